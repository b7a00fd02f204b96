//! The status bar: the foremost job on every screen, the values under the cross-hair, and what the program is for.
//!
//! Every figure has a place as wide as its widest value, so that nothing moves while numbers count.

use egui::{Align2, Color32, CornerRadius, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::{Frame, RESEARCH_USE, Readout};
use crate::domain::{JobKind, clock};
use crate::engine::message::EngineCommand;
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::icons;
use crate::ui::state::{JobStage, JobView, State};
use crate::ui::theme::{self, Theme, font, space};
use crate::ui::widgets::{IconButton, ProgressBar, paint};

const GAP: f32 = 14.0;
const BUTTON: f32 = 24.0;

pub(super) fn ui(ui: &mut Ui, frame: &Frame<'_>, readout: Option<&Readout>, commands: &mut Commands) {
    let theme = theme::of(ui);
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.surface);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, theme.hairline_stroke());
    let right = research_use(ui, rect);
    let room = Rect::from_min_max(rect.min + vec2(space::SCREEN, 0.0), pos2(right - space::XL, rect.bottom()));
    let mut x = room.left();
    if let Some(job) = frame.state.foremost_job() {
        let compact = readout.is_some() || room.width() < 640.0;
        x = job_ui(ui, room, frame.state, job, compact, commands) + GAP;
    }
    if let Some(readout) = readout {
        if x > room.left() {
            ui.painter().vline(
                x.round() + 0.5,
                (rect.center().y - 7.0)..=(rect.center().y + 7.0),
                theme.border_stroke(),
            );
            x += GAP;
        }
        readout_ui(ui, Rect::from_min_max(pos2(x, room.top()), room.max), readout);
    }
}

/// At the right edge; returns where it begins.
fn research_use(ui: &mut Ui, rect: Rect) -> f32 {
    let theme = theme::of(ui);
    let at = pos2(rect.right() - space::SCREEN, rect.center().y);
    let text = paint::text(ui.painter(), at, Align2::RIGHT_CENTER, RESEARCH_USE, font::body(), theme.secondary);
    paint::icon(ui.painter(), pos2(text.left() - 13.0, at.y), icons::FLASK, 15.0, theme.secondary);
    let whole = Rect::from_min_max(pos2(text.left() - 21.0, text.top()), text.max);
    let label = ui.interact(whole, ui.scope_id().with("research use"), Sense::hover());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, RESEARCH_USE));
    whole.left()
}

/// What is said about a job.
struct Told {
    /// In a compact bar without what is plain from the rest.
    title: String,
    whole_title: String,
    /// "epoch 12 / 50", or what is being done.
    place: String,
    /// As wide as `place` ever gets.
    widest_place: String,
    share: Option<f32>,
    percent: String,
    speed: String,
    left: String,
    widest_left: &'static str,
    color: Color32,
    screen: Option<Screen>,
    can_pause: bool,
    can_steer: bool,
}

impl Told {
    fn of(job: &JobView, state: &State, theme: &Theme, compact: bool) -> Self {
        let progress = job.progress.as_ref();
        let share = progress
            .filter(|progress| progress.total > 0)
            .map(|progress| (progress.done as f32 / progress.total as f32).clamp(0.0, 1.0));
        let (place, widest_place) = place(job, state, compact);
        let goes_on = job.stage != JobStage::Paused && !job.stopping;
        let left_secs = progress.and_then(|progress| progress.left_secs).filter(|_| goes_on);
        let (color, screen) = match &job.kind {
            JobKind::Train(architecture) | JobKind::Calibrate(Some(architecture)) => {
                (theme.series(architecture.series()), Some(Screen::Train))
            }
            JobKind::OpenData(_) => (theme.accent, Some(Screen::Data)),
            JobKind::Benchmark | JobKind::Heatmaps => (theme.accent, Some(Screen::Benchmark)),
            JobKind::Explore => (theme.accent, Some(Screen::Explore)),
            JobKind::Calibrate(None) | JobKind::Ensemble | JobKind::Score | JobKind::ReadGroups | JobKind::Export => {
                (theme.accent, None)
            }
        };
        Self {
            title: title(job, compact),
            whole_title: title(job, false),
            place,
            widest_place,
            share,
            percent: share.map_or(String::new(), |share| format!("{:.0} %", share * 100.0)),
            speed: progress
                .and_then(|progress| progress.images_per_s)
                .map_or(String::new(), |speed| format!("{speed:.0} img/s")),
            left: left_secs.map_or(String::new(), |secs| format!("{} left", clock(secs))),
            widest_left: if left_secs.is_some_and(|secs| secs >= 3600.0) { "88:88:88 left" } else { "88:88 left" },
            color,
            screen,
            can_pause: matches!(job.kind, JobKind::Train(_)),
            can_steer: state.can_steer(job),
        }
    }
}

fn title(job: &JobView, compact: bool) -> String {
    let title = match &job.kind {
        JobKind::Train(architecture) if job.stopping => return format!("Stopping {}…", architecture.name()),
        JobKind::Train(architecture) if compact => architecture.name().to_owned(),
        JobKind::Train(architecture) => format!("Training {}", architecture.name()),
        JobKind::Calibrate(Some(architecture)) => format!("Calibrating {}", architecture.name()),
        JobKind::Calibrate(None) => "Calibrating".to_owned(),
        JobKind::OpenData(path) => {
            let name = path.file_name().map_or_else(|| "images".into(), |name| name.to_string_lossy());
            format!("Opening {name}")
        }
        JobKind::Benchmark => "Benchmark".to_owned(),
        JobKind::Explore => "Latent space".to_owned(),
        JobKind::Heatmaps => "Measuring heatmaps".to_owned(),
        JobKind::Ensemble => "Making an ensemble".to_owned(),
        JobKind::Score => "Scoring".to_owned(),
        JobKind::ReadGroups => "Reading groups".to_owned(),
        JobKind::Export => "Exporting".to_owned(),
    };
    match job.stage {
        _ if job.stopping => format!("{title}, stopping"),
        JobStage::Paused => format!("{title}, paused"),
        _ => title,
    }
}

/// Where a job is, and the widest text that can stand there.
fn place(job: &JobView, state: &State, compact: bool) -> (String, String) {
    if let Some(stage) = state.ending(job) {
        let first = stage.split(' ').next().unwrap_or_default();
        let words = if compact { format!("{first}…") } else { format!("{stage}…") };
        return (words.clone(), words);
    }
    if let Some(live) = state.live_of_job(job.id) {
        let done = live.epochs.last().map_or(0, |record| record.epoch);
        let batch =
            live.batches.last().map_or(0, |(step, _)| step.saturating_sub(1) / u64::from(live.steps_per_epoch.max(1)));
        let total = live.run.settings.epochs;
        let epoch = (batch as u32 + 1).max(done).min(total);
        let word = if compact { "" } else { "epoch " };
        return (format!("{word}{epoch} / {total}"), format!("{word}{total} / {total}"));
    }
    let stage = job.progress.as_ref().map_or(String::new(), |progress| progress.stage.clone());
    let widest = if compact { "Reading files…" } else { "Reading files and more…" };
    (stage, widest.to_owned())
}

/// Draws the job from the left of `room`; returns where it ends.
fn job_ui(ui: &mut Ui, room: Rect, state: &State, job: &JobView, compact: bool, commands: &mut Commands) -> f32 {
    let theme = theme::of(ui);
    let told = Told::of(job, state, theme, compact);
    let middle = room.center().y;
    ui.painter().circle_filled(pos2(room.left() + 4.0, middle), 4.0, told.color);
    let mut x = room.left() + 20.0;
    let mut put = |ui: &Ui, text: &str, widest: &str, strong: bool, right_aligned: bool| {
        let ink = if strong { theme.text } else { theme.secondary };
        let width = paint::width(ui, widest, font::body()).ceil();
        let galley = paint::elided(ui, text, font::body(), ink, width + 0.5);
        let left = if right_aligned { x + width - galley.size().x } else { x };
        ui.painter().galley(pos2(left, middle - galley.size().y / 2.0), galley, ink);
        x += width + GAP;
    };
    let longest_title: String = told.title.chars().take(36).collect();
    put(ui, &told.title, &longest_title, true, false);
    put(ui, &told.place, &told.widest_place, false, false);
    let bar = if compact { 56.0 } else { 140.0 };
    let bar_at = Rect::from_min_size(pos2(x, middle - 6.0), vec2(bar, 12.0));
    let bar_widget = ProgressBar::new(&told.title, told.share).color(told.color).width(bar);
    x += bar + GAP;
    let mut put = |ui: &Ui, text: &str, widest: &str| {
        let width = paint::width(ui, widest, font::body()).ceil();
        let galley = paint::elided(ui, text, font::body(), theme.secondary, width + 0.5);
        let at = pos2(x + width - galley.size().x, middle - galley.size().y / 2.0);
        ui.painter().galley(at, galley, theme.secondary);
        x += width + GAP;
    };
    if !compact {
        put(ui, &told.percent, "100 %");
        put(ui, &told.speed, "8888 img/s");
        put(ui, &told.left, told.widest_left);
    }
    let text = Rect::from_min_max(room.min, pos2(x - GAP, room.bottom()));
    lead_to_screen(ui, text, &told, state, commands);
    ui.scope_builder(UiBuilder::new().max_rect(bar_at), |ui| ui.add(bar_widget));
    buttons(ui, pos2(x - GAP / 2.0, middle), job, (told.can_pause, told.can_steer), commands)
}

/// The job as one button: a click shows the screen it belongs to.
fn lead_to_screen(ui: &mut Ui, rect: Rect, told: &Told, state: &State, commands: &mut Commands) {
    let theme = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with("job"), Sense::click());
    let name = format!("{}, {}", told.whole_title, told.place);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.trim_end_matches(", ")));
    if response.has_focus() {
        let corner = CornerRadius::same(theme::radius::SEGMENT);
        let place = rect.shrink2(vec2(0.0, 4.0)).expand2(vec2(4.0, 0.0));
        ui.painter().rect_stroke(place, corner, theme.focus_stroke(), egui::StrokeKind::Inside);
    }
    let mut known = vec![told.whole_title.clone()];
    known.extend([&told.place, &told.percent, &told.left].into_iter().filter(|part| !part.is_empty()).cloned());
    let waiting = match state.queue().count() {
        0 => String::new(),
        1 => ". 1 more is waiting".to_owned(),
        more => format!(". {more} more are waiting"),
    };
    let response = response.on_hover_text(format!("{}{waiting}.", known.join(", ").trim_end_matches('…')));
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
        && let Some(screen) = told.screen
    {
        commands.push(UiCommand::Go(screen));
    }
}

/// Pause or go on, and stop; returns where they end.
fn buttons(
    ui: &mut Ui,
    left: egui::Pos2,
    job: &JobView,
    (can_pause, can_steer): (bool, bool),
    commands: &mut Commands,
) -> f32 {
    let mut x = left.x;
    let mut button = |ui: &mut Ui, glyph: &str, name: &str, key: &str| {
        let place = Rect::from_min_size(pos2(x, left.y - BUTTON / 2.0), vec2(BUTTON, BUTTON));
        x += BUTTON + 2.0;
        let widget = IconButton::new(glyph, name).key(key).side(BUTTON);
        // A filled cross is a square.
        let widget = if can_pause { widget.filled() } else { widget };
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add_enabled(can_steer, widget).clicked()).inner
    };
    if can_pause {
        let paused = job.stage == JobStage::Paused;
        let (glyph, name) = if paused { (icons::PLAY, "Continue") } else { (icons::PAUSE, "Pause") };
        if button(ui, glyph, name, "Space") {
            commands.engine(pause_or_continue(job));
        }
        if button(ui, icons::STOP, "Stop", "") {
            commands.engine(EngineCommand::Stop { job: job.id });
        }
    } else if !matches!(job.kind, JobKind::ReadGroups | JobKind::Export) && button(ui, icons::X, "Cancel", "") {
        commands.engine(EngineCommand::Stop { job: job.id });
    }
    x
}

/// What the pause key and button ask for.
pub(in crate::ui) fn pause_or_continue(job: &JobView) -> EngineCommand {
    if job.stage == JobStage::Paused {
        EngineCommand::Continue { job: job.id }
    } else {
        EngineCommand::Pause { job: job.id }
    }
}

/// "x 144 y 137  input 0.68  VAE 0.43", cut when there is no room.
fn readout_ui(ui: &mut Ui, room: Rect, readout: &Readout) {
    let theme = theme::of(ui);
    let middle = room.center().y;
    let mut spoken = format!("x {} y {}", readout.x, readout.y);
    let mut job = egui::text::LayoutJob::default();
    let format = |ink: Color32| egui::TextFormat::simple(font::body(), ink);
    // All digits are equally wide; what a short number leaves free is put after it.
    let digit = paint::width(ui, "8", font::body());
    let spare = |number: u32| digit * 3u32.saturating_sub(number.max(1).ilog10() + 1) as f32;
    job.append(&format!("x {}", readout.x), 0.0, format(theme.secondary));
    job.append(&format!(" y {}", readout.y), spare(readout.x), format(theme.secondary));
    let mut gap = GAP + spare(readout.y);
    for (name, value) in &readout.values {
        let shown = format!("{value:.2}");
        job.append(name, gap, format(theme.secondary));
        gap = GAP;
        job.append(&format!(" {shown}"), 0.0, format(theme.text));
        spoken = format!("{spoken}, {name} {shown}");
    }
    job.wrap = egui::text::TextWrapping::truncate_at_width((room.width() - 24.0).max(0.0));
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    paint::icon(ui.painter(), pos2(room.left() + 8.0, middle), icons::CROSSHAIR_SIMPLE, 15.0, theme.secondary);
    let text = Rect::from_min_size(pos2(room.left() + 24.0, middle - galley.size().y / 2.0), galley.size());
    ui.painter().galley(text.min, galley, theme.text);
    let label = ui.interact(text, ui.scope_id().with("readout"), Sense::hover());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
}
