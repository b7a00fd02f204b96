//! What the user has set for the whole window, and the popover in which it is set.

use std::path::PathBuf;

use egui::{Align2, Area, Context, Id, Order, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use serde::{Deserialize, Serialize};

use crate::ui::command::{Commands, UiCommand};
use crate::ui::frame::{RAIL, RESEARCH_USE};
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{IconButton, Segmented, link, paint};

pub const TEXT_SCALES: std::ops::RangeInclusive<f32> = 0.8..=2.0;
pub const TEXT_SCALE_STEP: f32 = 0.1;

/// Screens are laid out for windows of at least so many points, which larger text leaves fewer of.
const LEAST_POINTS: Vec2 = vec2(1200.0, 750.0);

/// The largest scale that leaves a window room for its screens, in steps; `window` is its size at 100 %. At least 100 %.
pub fn largest_text_scale(window: Vec2) -> f32 {
    let fits = (window.x / LEAST_POINTS.x).min(window.y / LEAST_POINTS.y);
    let stepped = ((fits + 0.001) / TEXT_SCALE_STEP).floor() * TEXT_SCALE_STEP;
    if stepped.is_finite() { stepped.clamp(1.0, *TEXT_SCALES.end()) } else { 1.0 }
}

/// The size of the window at a text scale of 100 %.
pub fn window_at_full_scale(context: &Context) -> Vec2 {
    context.content_rect().size() * context.zoom_factor()
}

/// Kept across restarts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub dark: bool,
    /// 1 is 100 %. Smaller on screen while the window is too small for it.
    pub text_scale: f32,
    /// Pixels of images are blended into each other, not drawn as squares.
    pub smooth_images: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { dark: true, text_scale: 1.0, smooth_images: true }
    }
}

impl Settings {
    /// Takes a scale in steps and within limits; nonsense is 100 %.
    pub fn set_text_scale(&mut self, scale: f32) {
        let stepped = (scale / TEXT_SCALE_STEP).round() * TEXT_SCALE_STEP;
        self.text_scale =
            if stepped.is_finite() { stepped.clamp(*TEXT_SCALES.start(), *TEXT_SCALES.end()) } else { 1.0 };
    }
}

/// What the popover tells about this installation.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// "wgpu, llvmpipe (Vulkan)".
    pub renderer: String,
    pub models_dir: PathBuf,
    pub cache_dir: PathBuf,
    pub config_file: Option<PathBuf>,
}

const WIDTH: f32 = 360.0;
const LABEL: f32 = 96.0;

/// Where the bundled sample comes from, as its licence asks.
const CREDIT: &str =
    "Sample X-rays: Kermany, Zhang and Goldbaum 2018, doi:10.17632/rscbjbr9sj, CC BY 4.0, scaled to 224 px.";

/// Draws the popover above the foot of the rail.
pub fn popover(context: &Context, settings: &mut Settings, about: &About, state: &State, commands: &mut Commands) {
    let theme = theme::of_context(context);
    let corner = pos2(RAIL + 8.0, context.content_rect().bottom() - 8.0);
    let area = Area::new(Id::unique("settings"))
        .order(Order::Foreground)
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(corner)
        .fade_in(false)
        .movable(false)
        .accessible_name("Settings")
        .role(Role::Dialog);
    let shown = area.show(context, |ui| {
        egui::Frame::new()
            .fill(theme.surface)
            .stroke(theme.border_stroke())
            .corner_radius(theme::radius::CARD)
            .shadow(ui.visuals().popup_shadow)
            .inner_margin(16)
            .show(ui, |ui| content(ui, settings, about, state, commands));
    });
    // It stands on its lower edge: while its height is still being found, the frame is laid out anew, unseen.
    let height = shown.response.rect.height();
    let id = shown.response.id.with("height");
    let before = context.data_mut(|data| data.get_temp::<f32>(id));
    context.data_mut(|data| data.insert_temp(id, height));
    if before.is_none_or(|before| (before - height).abs() > 0.5) {
        context.request_discard("the settings find their height");
    }
    // The gear itself closes it by its own click.
    let clicked_beside = context.input(|input| {
        input.pointer.any_click()
            && input.pointer.interact_pos().is_some_and(|at| !shown.response.rect.contains(at) && at.x > RAIL)
    });
    if clicked_beside {
        commands.push(UiCommand::ShowSettings(false));
    }
}

fn content(ui: &mut Ui, settings: &mut Settings, about: &About, state: &State, commands: &mut Commands) {
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing = vec2(space::S, 6.0);
    title_row(ui, commands);
    choices(ui, settings, commands);
    rule(ui);
    machine(ui, about, state);
    rule(ui);
    folder(ui, "Models", &about.models_dir, commands);
    folder(ui, "Cache", &about.cache_dir, commands);
    if let Some(file) = &about.config_file {
        fact(ui, "Settings file", &file.display().to_string());
    }
    rule(ui);
    let version = concat!("NeuroScan ", env!("CARGO_PKG_VERSION"));
    text(ui, &format!("{version}. {RESEARCH_USE}."));
    text(ui, CREDIT);
}

fn title_row(ui: &mut Ui, commands: &mut Commands) {
    ui.horizontal(|ui| {
        let theme = theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 36.0, 28.0), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, "Settings"));
        paint::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, "Settings", font::card_title(), theme.text);
        if ui.add(IconButton::new(icons::X, "Close").key("Esc")).clicked() {
            commands.push(UiCommand::ShowSettings(false));
        }
    });
}

fn choices(ui: &mut Ui, settings: &mut Settings, commands: &mut Commands) {
    row(ui, "Theme", |ui| {
        let mut dark = settings.dark;
        let control = Segmented::new("Theme").option(true, "Dark").option(false, "Light").width(180.0);
        if control.show(ui, &mut dark).changed() {
            commands.push(UiCommand::SetDarkMode(dark));
        }
    });
    row(ui, "Size", |ui| {
        let scale = ui.ctx().zoom_factor();
        ui.spacing_mut().item_spacing.x = 0.0;
        let smaller = IconButton::new(icons::MINUS, "Smaller").key("Ctrl −").framed();
        if ui.add_enabled(scale > *TEXT_SCALES.start() + 0.01, smaller).clicked() {
            commands.push(UiCommand::SetTextScale(scale - TEXT_SCALE_STEP));
        }
        let shown = format!("{:.0} %", scale * 100.0);
        let (rect, response) = ui.allocate_exact_size(vec2(64.0, 28.0), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &shown));
        let theme = theme::of(ui);
        paint::text(ui.painter(), rect.center(), Align2::CENTER_CENTER, &shown, font::body(), theme.text);
        let larger = IconButton::new(icons::PLUS, "Larger").key("Ctrl +").framed();
        if ui.add_enabled(scale < *TEXT_SCALES.end() - 0.01, larger).clicked() {
            commands.push(UiCommand::SetTextScale(scale + TEXT_SCALE_STEP));
        }
    });
    row(ui, "Image pixels", |ui| {
        Segmented::new("Image pixels")
            .option(true, "Smooth")
            .tooltip("Values between pixels are interpolated for display; read-outs are not.")
            .option(false, "Squares")
            .tooltip("Every pixel is drawn as a square.")
            .width(180.0)
            .show(ui, &mut settings.smooth_images);
    });
    row(ui, "Presenter", |ui| {
        if link(ui, "Start (F11)", "Start presenter mode").clicked() {
            commands.push(UiCommand::ShowSettings(false));
            commands.push(UiCommand::SetPresenter(true));
        }
    });
}

fn machine(ui: &mut Ui, about: &About, state: &State) {
    match &state.machine {
        Some(machine) => {
            fact(ui, "Device", &machine.device_name);
            if let Some(reason) = &machine.cuda_reason {
                fact(ui, "CUDA", reason);
            }
            fact(ui, "libtorch", &format!("{}, {} threads", machine.libtorch, machine.threads));
        }
        None => fact(ui, "Device", "Looking…"),
    }
    fact(ui, "Renderer", &about.renderer);
}

fn row(ui: &mut Ui, label: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(LABEL, 28.0), Sense::hover());
        paint::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, label, font::body(), theme.secondary);
        content(ui);
    });
}

/// A label and its value, wrapped.
fn fact(ui: &mut Ui, label: &str, value: &str) {
    let theme = theme::of(ui);
    let galley = paint::wrapped(ui, value, font::body(), theme.text, WIDTH - LABEL - space::S);
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, galley.size().y + 2.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{label}: {value}")));
    paint::text(ui.painter(), rect.min, Align2::LEFT_TOP, label, font::body(), theme.secondary);
    ui.painter().galley(rect.min + vec2(LABEL + space::S, 0.0), galley, theme.text);
}

/// A folder that can be opened; its path is cut at the left, where it says least.
fn folder(ui: &mut Ui, label: &str, path: &std::path::Path, commands: &mut Commands) {
    ui.horizontal(|ui| {
        let theme = theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(WIDTH - 48.0, 20.0), Sense::hover());
        let whole = path.display().to_string();
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{label}: {whole}")));
        paint::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, label, font::body(), theme.secondary);
        let room = rect.with_min_x(rect.left() + LABEL + space::S);
        paint::line(ui, room, &tail(ui, &whole, room.width()), font::mono_small(), theme.text);
        response.on_hover_text(&whole);
        if link(ui, "Open", &format!("Open the folder of {}", label.to_lowercase())).clicked() {
            commands.push(UiCommand::OpenFolderInFileManager(path.to_path_buf()));
        }
    });
}

/// The end of a path that fits, after "…".
fn tail(ui: &Ui, path: &str, width: f32) -> String {
    let mut rest = path;
    while paint::width(ui, rest, font::mono_small()) > width - 12.0 {
        let Some((index, _)) = rest.char_indices().nth(1) else { break };
        rest = &rest[index..];
    }
    if rest.len() < path.len() { format!("…{rest}") } else { path.to_owned() }
}

fn text(ui: &mut Ui, text: &str) {
    let theme = theme::of(ui);
    let galley = paint::wrapped(ui, text, font::caption(), theme.secondary, WIDTH);
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, galley.size().y), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().galley(rect.min, galley, theme.secondary);
}

fn rule(ui: &mut Ui) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, 9.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, theme.hairline_stroke());
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::ui::frame::tests::training;

    type World = (Settings, State, Vec<UiCommand>);

    fn harness() -> Harness<'static, World> {
        let about = About {
            renderer: "wgpu, llvmpipe (Vulkan)".to_owned(),
            models_dir: PathBuf::from("/a/rather/long/path/that/does/not/fit/into/the/popover/at/all/models"),
            cache_dir: PathBuf::from("/cache"),
            config_file: None,
        };
        Harness::builder().with_size(vec2(1280.0, 800.0)).with_context_setup(theme::install).build_ui_state(
            move |ui, (settings, state, asked): &mut World| {
                let mut commands = Commands::default();
                popover(ui.ctx(), settings, &about, state, &mut commands);
                asked.extend(commands.drain());
            },
            (Settings::default(), training(), Vec::new()),
        )
    }

    #[test]
    fn theme_size_and_pixels_can_be_chosen() {
        let mut harness = harness();
        harness.run();
        harness.get_by_role_and_label(Role::RadioButton, "Light").click();
        harness.run();
        harness.get_by_role_and_label(Role::Button, "Larger").click();
        harness.run();
        harness.get_by_role_and_label(Role::RadioButton, "Squares").click();
        harness.run();
        harness.get_by_role_and_label(Role::Link, "Open the folder of cache").click();
        harness.run();
        let (settings, _, asked) = harness.state();
        assert!(!settings.smooth_images);
        assert!(matches!(asked[0], UiCommand::SetDarkMode(false)), "{asked:?}");
        assert!(matches!(asked[1], UiCommand::SetTextScale(scale) if (scale - 1.1).abs() < 1e-6));
        assert!(matches!(&asked[2], UiCommand::OpenFolderInFileManager(folder) if folder == "/cache"));
    }

    #[test]
    fn a_click_beside_it_closes_it() {
        let mut harness = harness();
        harness.run();
        for pressed in [true, false] {
            harness.event(egui::Event::PointerButton {
                pos: pos2(900.0, 100.0),
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: egui::Modifiers::NONE,
            });
        }
        harness.run();
        assert!(matches!(harness.state().2.as_slice(), [UiCommand::ShowSettings(false)]));
    }

    #[test]
    fn a_window_keeps_room_for_its_screens() {
        let scales = [vec2(1280.0, 800.0), vec2(1920.0, 1080.0), vec2(2560.0, 1600.0), vec2(700.0, 500.0), Vec2::NAN]
            .map(largest_text_scale);
        for (scale, expected) in scales.into_iter().zip([1.0, 1.4, 2.0, 1.0, 1.0]) {
            assert!((scale - expected).abs() < 1e-5, "{scales:?}");
        }
        assert!((largest_text_scale(vec2(1320.0, 825.0)) - 1.1).abs() < 1e-5, "just enough is enough");
    }

    #[test]
    fn scales_stay_in_steps_and_limits() {
        let mut settings = Settings::default();
        for (given, taken) in [(1.14, 1.1), (9.0, 2.0), (0.1, 0.8), (f32::NAN, 1.0)] {
            settings.set_text_scale(given);
            assert!((settings.text_scale - taken).abs() < 1e-5, "{given} gives {}", settings.text_scale);
        }
    }
}
