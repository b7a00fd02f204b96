//! Keys that work on every screen, and the overlay that lists all keys. Keys of one screen belong to that screen.

use egui::{
    Align2, Area, Context, Key, KeyboardShortcut, Modal, Modifiers, Order, Role, ScrollArea, Sense, Ui, WidgetInfo,
    vec2,
};

use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::frame::status_key;
use crate::ui::icons;
use crate::ui::settings::TEXT_SCALE_STEP;
use crate::ui::state::State;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{IconButton, paint};

/// What is open, so that keys mean the right thing.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each can be open without the others")]
pub struct Open {
    pub presenter: bool,
    pub keys: bool,
    pub settings: bool,
    /// A question waits for its answer.
    pub question: bool,
}

const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// Reads the keys of this frame. Call after the screen was drawn: what a screen or field consumed is gone.
pub fn global(context: &Context, screen: Screen, open: Open, state: &State, commands: &mut Commands) {
    let pressed = |modifiers: Modifiers, key: Key| {
        context.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
    };
    if pressed(Modifiers::NONE, Key::F11) {
        commands.push(UiCommand::SetPresenter(!open.presenter));
    }
    text_scale_keys(context, commands);
    if open.question || context.text_edit_focused() {
        return;
    }
    if pressed(Modifiers::NONE, Key::Escape) {
        if open.keys {
            commands.push(UiCommand::ShowKeys(false));
        } else if open.settings {
            commands.push(UiCommand::ShowSettings(false));
        } else if open.presenter {
            commands.push(UiCommand::SetPresenter(false));
        }
    }
    // The sign is on another key in every layout, with or without shift.
    let question = context.input_mut(|input| {
        let found = input.events.iter().any(|event| matches!(event, egui::Event::Text(text) if text == "?"));
        found || input.consume_key(Modifiers::NONE, Key::Questionmark)
    });
    if question {
        commands.push(UiCommand::ShowKeys(!open.keys));
    }
    if open.presenter || open.keys {
        return;
    }
    for screen in Screen::ALL {
        if pressed(Modifiers::NONE, DIGITS[usize::from(screen.digit()) - 1]) {
            commands.push(UiCommand::Go(screen));
        }
    }
    if pressed(Modifiers::COMMAND, Key::O) {
        commands.push(if screen == Screen::Compare { UiCommand::PickImages } else { UiCommand::PickDataFolder });
    }
    if pressed(Modifiers::COMMAND, Key::E) {
        export(context, screen, state, commands);
    }
    // Space presses the button that has the focus, when one has.
    if context.memory(|memory| memory.focused().is_none())
        && let Some(job) = state.training_job().filter(|job| state.can_steer(job))
        && pressed(Modifiers::NONE, Key::Space)
    {
        commands.engine(status_key(job));
    }
}

fn text_scale_keys(context: &Context, commands: &mut Commands) {
    let steps = context.input_mut(|input| {
        let bigger =
            input.consume_key(Modifiers::COMMAND, Key::Plus) || input.consume_key(Modifiers::COMMAND, Key::Equals);
        let smaller = input.consume_key(Modifiers::COMMAND, Key::Minus);
        let reset = input.consume_key(Modifiers::COMMAND, Key::Num0);
        (f32::from(u8::from(bigger)) - f32::from(u8::from(smaller)), reset)
    });
    match steps {
        (_, true) => commands.push(UiCommand::SetTextScale(1.0)),
        (step, false) if step.abs() > 0.0 => {
            commands.push(UiCommand::SetTextScale(context.zoom_factor() + step * TEXT_SCALE_STEP));
        }
        _ => {}
    }
}

/// The benchmark with its tables and figures where there is one; else a picture of the screen.
fn export(context: &Context, screen: Screen, state: &State, commands: &mut Commands) {
    if screen == Screen::Benchmark && state.benchmark.is_some() {
        commands.push(UiCommand::PickBenchmarkExportFolder);
        return;
    }
    let rect = crate::ui::frame::screen_rect(context.content_rect());
    commands.push(UiCommand::SavePicture {
        suggested_name: format!("neuroscan-{}.png", screen.name().to_lowercase()),
        rect: [rect.left(), rect.top(), rect.right(), rect.bottom()],
    });
}

/// A screen, or where else keys work, and each key with what it does.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

/// In the order of the rail, in columns of about one height.
const COLUMNS: [&[Group]; 3] = [
    &[
        (
            "Everywhere",
            &[
                ("1 – 5", "The screens of the rail, in order"),
                ("Ctrl O", "Open a data set, or images"),
                ("Ctrl E", "Export tables, log or a picture"),
                ("Space", "Pause the training, or go on"),
                ("Ctrl +  Ctrl −", "Larger, smaller"),
                ("Ctrl 0", "Size 100\u{2009}%"),
                ("F11", "Presenter mode"),
                ("?", "These keys"),
                ("Esc", "Close, leave"),
            ],
        ),
        ("Data", &[("← →  ↑ ↓", "Walk through the images"), ("Enter", "Show the image in Compare")]),
        ("Train", &[("← →", "In the film: epoch before, after"), ("R", "Reset the view of the curves")]),
    ],
    &[
        (
            "Compare",
            &[
                ("← →", "Previous, next case"),
                ("G", "Overlay and back"),
                ("H", "Cross-hair"),
                ("O", "Outline of the lungs"),
                ("I", "Invert"),
                ("W", "Drag sets window and level"),
                ("L", "Link zoom and position"),
                ("B", "Blink against the input"),
                ("P", "Paint a synthetic lesion"),
                ("Ctrl Z", "Take the last lesion away"),
                ("R", "Reset the view"),
                ("+  −", "Zoom in, out"),
            ],
        ),
        (
            "Benchmark",
            &[
                ("↑ ↓", "Row above, below"),
                ("← →", "Move the threshold, once clicked"),
                ("Shift ← →", "The same, ten times as far"),
                ("Ctrl E", "Tables and figures into a folder"),
            ],
        ),
    ],
    &[
        (
            "Explore",
            &[
                ("← →  ↑ ↓", "Turn in 3-D, move in 2-D"),
                ("D", "2-D and 3-D"),
                ("C", "Colour by the next"),
                ("R", "Reset the view"),
                ("+  −", "Zoom in, out"),
            ],
        ),
        ("Presenter", &[("← →", "Walk the cases"), ("1 – 9", "Choose the model"), ("R", "Back to the first case")]),
        (
            "Pointer",
            &[
                ("Wheel", "Zoom at the pointer"),
                ("Drag", "Move"),
                ("Right drag", "In Compare: window and level"),
                ("Double-click", "One pane alone, and back"),
            ],
        ),
    ],
];

const COLUMN: f32 = 320.0;
const ROW: f32 = 26.0;
const KEY_WIDTH: f32 = 108.0;
/// Around the list, in a window that is too small for all of it.
const MARGIN: f32 = 32.0;

/// Draws the list of keys over the window; it scrolls where it does not fit.
pub fn overlay(context: &Context, commands: &mut Commands) {
    let theme = theme::of_context(context);
    let frame = egui::Frame::new()
        .fill(theme.surface)
        .stroke(theme.border_stroke())
        .corner_radius(theme::radius::CARD)
        .inner_margin(24);
    let area = Modal::default_area(egui::Id::unique("keys")).order(Order::Foreground);
    let area = Area::fade_in(area, false).accessible_name("Keys").role(Role::Dialog);
    let modal = Modal::new(egui::Id::unique("keys")).area(area).frame(frame).backdrop_color(theme.backdrop);
    let room = context.content_rect().size() - vec2(2.0 * (MARGIN + 24.0), 2.0 * (MARGIN + 24.0) + 36.0);
    let shown = modal.show(context, |ui| {
        ui.set_width((3.0 * COLUMN + 2.0 * space::XL).min(room.x));
        let closed = title_row(ui);
        ui.add_space(space::S);
        let area = ScrollArea::both().id_salt("keys").max_height(room.y.max(ROW)).min_scrolled_height(room.y);
        area.show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = space::XL;
                for column in COLUMNS {
                    column_ui(ui, column);
                }
            });
        });
        closed
    });
    if shown.inner || shown.backdrop_response.clicked() {
        commands.push(UiCommand::ShowKeys(false));
    }
}

fn title_row(ui: &mut Ui) -> bool {
    ui.horizontal(|ui| {
        let theme = theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 36.0, 28.0), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, "Keys"));
        paint::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, "Keys", font::title(), theme.text);
        ui.add(IconButton::new(icons::X, "Close").key("Esc")).clicked()
    })
    .inner
}

fn column_ui(ui: &mut Ui, groups: &[Group]) {
    ui.vertical(|ui| {
        ui.set_width(COLUMN);
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, (group, keys)) in groups.iter().enumerate() {
            if index > 0 {
                ui.add_space(space::M);
            }
            let theme = theme::of(ui);
            let (rect, _) = ui.allocate_exact_size(vec2(COLUMN, ROW), Sense::hover());
            paint::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, *group, font::body_strong(), theme.text);
            for (key, meaning) in *keys {
                row(ui, key, meaning);
            }
        }
    });
}

fn row(ui: &mut Ui, key: &str, meaning: &str) {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(COLUMN, ROW), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{key}: {meaning}")));
    let mut x = rect.left();
    for cap in key.split("  ") {
        let galley = paint::elided(ui, cap, font::caption(), theme.text, KEY_WIDTH);
        let plate = egui::Rect::from_min_size(
            egui::pos2(x, rect.center().y - 10.0),
            vec2(galley.size().x.max(8.0) + 14.0, 20.0),
        );
        let corner = egui::CornerRadius::same(theme::radius::SEGMENT);
        ui.painter().rect(plate, corner, theme.raised, theme.border_stroke(), egui::StrokeKind::Inside);
        ui.painter().galley(plate.center() - galley.size() / 2.0, galley, theme.text);
        x = plate.right() + 4.0;
    }
    let at = egui::pos2(rect.left() + KEY_WIDTH + 8.0, rect.center().y);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, meaning, font::body(), theme.secondary);
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::engine::message::EngineCommand;
    use crate::ui::frame::tests::training;

    struct World {
        state: State,
        open: Open,
        text: String,
        asked: Vec<UiCommand>,
    }

    fn harness(open: Open) -> Harness<'static, World> {
        let world = World { state: training(), open, text: String::new(), asked: Vec::new() };
        Harness::builder().with_size(vec2(1280.0, 800.0)).with_context_setup(theme::install).build_ui_state(
            |ui, world: &mut World| {
                let mut commands = Commands::default();
                let field = ui.text_edit_singleline(&mut world.text);
                field.accessible_name("Notes");
                global(ui.ctx(), Screen::Data, world.open, &world.state, &mut commands);
                if world.open.keys {
                    overlay(ui.ctx(), &mut commands);
                }
                world.asked.extend(commands.drain());
            },
            world,
        )
    }

    #[test]
    fn keys_ask_for_what_the_overlay_says() {
        let mut harness = harness(Open::default());
        for (modifiers, key) in [
            (Modifiers::NONE, Key::Num3),
            (Modifiers::COMMAND, Key::O),
            (Modifiers::NONE, Key::F11),
            (Modifiers::NONE, Key::Space),
            (Modifiers::COMMAND, Key::Plus),
            (Modifiers::COMMAND, Key::E),
        ] {
            harness.key_press_modifiers(modifiers, key);
            harness.run();
        }
        harness.event(egui::Event::Text("?".to_owned()));
        harness.run();
        let asked = &harness.state().asked;
        assert!(matches!(asked[0], UiCommand::Go(Screen::Compare)), "{asked:?}");
        assert!(matches!(asked[1], UiCommand::PickDataFolder));
        assert!(matches!(asked[2], UiCommand::SetPresenter(true)));
        assert!(matches!(asked[3], UiCommand::Engine(EngineCommand::Pause { .. })));
        assert!(matches!(asked[4], UiCommand::SetTextScale(scale) if (scale - 1.1).abs() < 1e-6));
        assert!(
            matches!(&asked[5], UiCommand::SavePicture { suggested_name, .. } if suggested_name == "neuroscan-data.png")
        );
        assert!(matches!(asked[6], UiCommand::ShowKeys(true)));
        assert_eq!(asked.len(), 7);
    }

    #[test]
    fn a_field_that_is_typed_into_keeps_its_keys() {
        let mut harness = harness(Open::default());
        harness.get_by_label("Notes").focus();
        harness.run();
        harness.get_by_label("Notes").type_text("12 ? ");
        harness.key_press(Key::Num1);
        harness.key_press(Key::Space);
        harness.run();
        assert!(harness.state().asked.is_empty(), "{:?}", harness.state().asked);
        assert_eq!(harness.state().text, "12 ? ");
    }

    #[test]
    fn escape_closes_what_lies_on_top() {
        for (open, expected) in [
            (Open { keys: true, presenter: true, ..Open::default() }, "ShowKeys(false)"),
            (Open { settings: true, ..Open::default() }, "ShowSettings(false)"),
            (Open { presenter: true, ..Open::default() }, "SetPresenter(false)"),
        ] {
            let mut harness = harness(open);
            harness.key_press(Key::Escape);
            harness.run();
            assert_eq!(format!("{:?}", harness.state().asked), format!("[{expected}]"));
        }
    }

    #[test]
    fn digits_are_those_of_the_rail_in_order() {
        let digits: Vec<u8> = Screen::ALL.into_iter().map(Screen::digit).collect();
        assert_eq!(digits, [1, 2, 3, 4, 5], "as the overlay says");
        let groups: Vec<&str> = COLUMNS.into_iter().flatten().map(|(group, _)| *group).collect();
        for screen in Screen::ALL {
            assert!(groups.contains(&screen.name()), "{} has no keys", screen.name());
        }
    }

    #[test]
    fn the_overlay_lists_keys_and_closes() {
        let mut harness = harness(Open { keys: true, ..Open::default() });
        harness.run();
        harness.get_by_role_and_label(Role::Heading, "Keys");
        harness.get_by_label("F11: Presenter mode");
        harness.get_by_label("Shift ← →: The same, ten times as far");
        let rows = || COLUMNS.into_iter().flatten().flat_map(|(_, keys)| *keys);
        for (key, meaning) in rows() {
            let place = harness.get_all_by_label(&format!("{key}: {meaning}")).next().unwrap().rect();
            assert!(place.right() < 1280.0 && place.bottom() < 800.0, "{key} at {place:?}");
        }
        harness.get_by_role_and_label(Role::Button, "Close").click();
        harness.run();
        assert!(harness.state().asked.iter().any(|command| matches!(command, UiCommand::ShowKeys(false))));
    }

    #[test]
    #[ignore = "writes pictures for looking at"]
    fn pictures_for_looking_at() {
        for (mode, name) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
            let mut harness = harness(Open { keys: true, ..Open::default() });
            harness.ctx.set_theme(mode);
            harness.run();
            let path = std::env::temp_dir().join(format!("neuroscan-keys-{name}.png"));
            harness.render().unwrap().save(path).unwrap();
        }
    }
}
