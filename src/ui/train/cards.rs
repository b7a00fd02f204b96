//! The architecture cards: what can be trained, how it stands, and what "Train all" trains.

use egui::{Align2, Color32, CornerRadius, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};
use egui::{pos2, vec2};
use jiff::civil::Date;

use crate::domain::{Architecture, JobKind, RunStatus};
use crate::ui::icons;
use crate::ui::state::{JobStage, State};
use crate::ui::theme::{self, Theme, font, radius};
use crate::ui::train::about::{self, about};
use crate::ui::train::drafts::Drafts;
use crate::ui::train::runs::Run;
use crate::ui::widgets::{paint, spinner_arc};

/// Two cards a row, so that all ten leave room for the settings and the buttons.
const COLUMNS: usize = 2;
const GAP: f32 = 6.0;
/// With a line for how it stands.
const MAIN_HEIGHT: f32 = 46.0;
const HEIGHT: f32 = 28.0;
/// Side of the box that is ticked, and of what can be clicked around it.
const TICK: f32 = 14.0;
const TICK_TARGET: f32 = 24.0;

/// How an architecture stands: what goes on now, else how its newest run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    Untrained,
    /// When, as in the legend.
    Trained(String),
    /// Can be gone on with.
    Stopped,
    /// Another process trains it.
    Elsewhere,
    Diverged,
    Queued,
    /// Runs or is paused: the share that is done.
    Running {
        share: f32,
        paused: bool,
    },
    /// Its epochs are over or it was asked to stop: what it does, "stopping" or "calibrating".
    Ending(String),
}

impl Standing {
    /// In words, for the card's accessible value.
    fn words(&self) -> String {
        match self {
            Self::Untrained => "not trained yet".to_owned(),
            Self::Trained(when) => format!("trained, {when}"),
            Self::Stopped => "stopped".to_owned(),
            Self::Elsewhere => "training elsewhere".to_owned(),
            Self::Diverged => "diverged".to_owned(),
            Self::Queued => "queued".to_owned(),
            Self::Running { share, paused } => {
                let doing = if *paused { "paused" } else { "training" };
                format!("{doing}, {:.0}\u{2009}%", 100.0 * share)
            }
            Self::Ending(doing) => doing.clone(),
        }
    }

    /// In a few letters, for the card's second line.
    fn caption(&self) -> String {
        match self {
            Self::Untrained => String::new(),
            Self::Trained(when) => when.clone(),
            Self::Running { share, .. } => format!("{:.0}\u{2009}%", 100.0 * share),
            Self::Elsewhere => "elsewhere".to_owned(),
            Self::Stopped | Self::Diverged | Self::Queued | Self::Ending(_) => self.words(),
        }
    }
}

/// How an architecture stands, what goes on now before what has been.
pub fn standing(state: &State, runs: &[Run<'_>], architecture: Architecture, today: Date) -> Standing {
    let job = state.jobs.iter().rev().find(|job| job.is_started() && job.kind == JobKind::Train(architecture));
    if let Some(job) = job {
        let stage = state.ending(job).and_then(|stage| stage.split(' ').next());
        match stage {
            _ if job.stopping => return Standing::Ending("stopping".to_owned()),
            Some(stage) => return Standing::Ending(stage.to_lowercase()),
            None => {}
        }
        let progress = job.progress.as_ref().filter(|progress| progress.total > 0);
        let share = progress.map_or(0.0, |progress| progress.done as f32 / progress.total as f32);
        return Standing::Running { share, paused: job.stage == JobStage::Paused };
    }
    if state.queue().any(|job| job.kind == JobKind::Train(architecture)) {
        return Standing::Queued;
    }
    let Some(newest) = runs.iter().find(|run| run.architecture() == architecture) else { return Standing::Untrained };
    match newest.info.status {
        RunStatus::Complete | RunStatus::StoppedEarly => Standing::Trained(newest.when(today)),
        RunStatus::Running if newest.is_elsewhere() => Standing::Elsewhere,
        RunStatus::Running | RunStatus::Interrupted => Standing::Stopped,
        RunStatus::Diverged => Standing::Diverged,
    }
}

/// Draws the cards, the four that are compared above the others; a click chooses one, a tick takes it up in "Train all".
pub fn ui(ui: &mut Ui, drafts: &mut Drafts, state: &State, runs: &[Run<'_>], explained: &mut bool, today: Date) {
    crate::ui::widgets::header(ui, 26.0, "Architecture", |ui| {
        let caret = if *explained { icons::CARET_UP } else { icons::CARET_DOWN };
        if quiet_button(ui, "How they work", caret).clicked() {
            *explained = !*explained;
        }
    });
    ui.spacing_mut().item_spacing.y = GAP;
    ui.add_space(-2.0);
    let (main, others) = Architecture::ALL.split_at(Architecture::MAIN.len());
    for (group, height) in [(main, MAIN_HEIGHT), (others, HEIGHT)] {
        for row in group.chunks(COLUMNS) {
            let (place, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
            let size = vec2((place.width() - GAP) / COLUMNS as f32, height);
            for (column, &architecture) in row.iter().enumerate() {
                let rect = Rect::from_min_size(place.min + vec2(column as f32 * (size.x + GAP), 0.0), size);
                let now = standing(state, runs, architecture, today);
                card_ui(ui, &Card { architecture, rect, now }, drafts);
            }
        }
    }
    if *explained {
        ui.add_space(2.0);
        explanation_ui(ui, drafts.architecture);
    }
}

fn card_ui(ui: &mut Ui, card: &Card, drafts: &mut Drafts) {
    let architecture = card.architecture;
    let selected = drafts.architecture == architecture;
    let response = card.show(ui, selected, drafts);
    let mut ticked = drafts.is_ticked(architecture);
    if card.tick(ui, ticked).clicked() {
        ticked = !ticked;
        drafts.tick(architecture, ticked);
    }
    if response.clicked() {
        drafts.architecture = architecture;
    }
    response.on_hover_ui(|ui| {
        let settings = drafts.of(architecture);
        ui.set_max_width(300.0);
        ui.label(egui::RichText::new(architecture.name()).font(font::body_strong()));
        let count = settings.parameter_count().map(about::count);
        let size = count.map_or_else(String::new, |count| format!(" · {count} parameters"));
        ui.label(format!("{}{size} · {}", about::line(&settings), card.now.words()));
        explanation_ui(ui, architecture);
    });
}

/// Secondary words with a caret, without a frame.
pub fn quiet_button(ui: &mut Ui, label: &str, caret: &str) -> Response {
    let theme = theme::of(ui);
    let width = paint::width(ui, label, font::sized(12.0, false)) + 18.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), label));
    let ink = if response.hovered() || response.has_focus() { theme.text } else { theme.secondary };
    let (font, at) = (font::sized(12.0, false), rect.left_center());
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, label, font, ink);
    paint::icon(ui.painter(), rect.right_center() - vec2(6.0, 0.0), caret, 11.0, ink);
    if response.has_focus() {
        let corner = CornerRadius::same(3);
        ui.painter().rect_stroke(rect.expand2(vec2(3.0, -1.0)), corner, theme.focus_stroke(), StrokeKind::Outside);
    }
    response
}

struct Card {
    architecture: Architecture,
    rect: Rect,
    now: Standing,
}

impl Card {
    fn id(&self, ui: &Ui, part: &str) -> Id {
        ui.scope_id().with((part, self.architecture.slug()))
    }

    /// Name and standing; the answer is that of the card as a whole.
    fn show(&self, ui: &Ui, selected: bool, drafts: &Drafts) -> Response {
        let (theme, rect, name) = (theme::of(ui), self.rect, self.architecture.name());
        let response = ui.interact(rect, self.id(ui, "card"), Sense::click());
        response.widget_info(|| {
            let mut info = WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), selected, name);
            info.current_text_value = Some(self.now.words());
            info
        });
        let corner = CornerRadius::same(radius::CONTROL);
        let fill = if selected || response.hovered() { theme.raised } else { theme.surface };
        let edge = if selected { theme.secondary } else { theme.hairline };
        ui.painter().rect(rect, corner, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
        if response.has_focus() {
            ui.painter().rect_stroke(rect, corner, theme.focus_stroke(), StrokeKind::Outside);
        }
        let color = theme.series(self.architecture.series());
        let main = rect.height() > HEIGHT;
        let (size, line) = if main { (18.0, rect.top() + 15.0) } else { (15.0, rect.center().y) };
        paint::icon(
            ui.painter(),
            pos2(rect.left() + 17.0, rect.center().y),
            about(self.architecture).icon,
            size,
            color,
        );
        let type_ = if main { font::body_strong() } else { font::sized(12.0, false) };
        let title =
            paint::text(ui.painter(), pos2(rect.left() + 32.0, line), Align2::LEFT_CENTER, name, type_, theme.text);
        if !main {
            self.paint_mark(ui, pos2(rect.right() - 33.0, line), theme);
            return response;
        }
        let at = pos2(title.left(), rect.top() + 32.0);
        let marked = self.paint_mark(ui, at + vec2(5.5, 0.0), theme);
        let mut words = self.now.caption();
        if words.is_empty() {
            words = drafts.of(self.architecture).parameter_count().map(about::count).unwrap_or_default();
        }
        let from = if marked { at.x + 16.0 } else { at.x };
        let place = Rect::from_min_max(pos2(from, at.y - 8.0), pos2(rect.right() - TICK_TARGET - 2.0, at.y + 8.0));
        paint::line(ui, place, &words, font::caption(), theme.secondary);
        response
    }

    /// The sign of how it stands; false where there is none.
    fn paint_mark(&self, ui: &Ui, at: egui::Pos2, theme: &Theme) -> bool {
        let filled = |icon: &str, ink: Color32| paint::filled_icon(ui.painter(), at, icon, 13.0, ink);
        match self.now {
            Standing::Untrained => return false,
            Standing::Trained(_) => filled(icons::CHECK_CIRCLE, theme.good),
            Standing::Stopped => filled(icons::PAUSE, theme.secondary),
            Standing::Diverged => filled(icons::WARNING, theme.caution),
            Standing::Ending(_) | Standing::Elsewhere => {
                paint::icon(ui.painter(), at, icons::HOURGLASS, 13.0, theme.secondary);
            }
            Standing::Queued => paint::icon(ui.painter(), at, icons::CLOCK, 13.0, theme.secondary),
            Standing::Running { share, paused } => {
                let color = theme.series(self.architecture.series());
                spinner_arc(ui.painter(), at, 5.5, share.max(0.02), color, theme.border);
                if paused {
                    paint::filled_icon(ui.painter(), at, icons::PAUSE, 7.0, theme.text);
                }
            }
        }
        true
    }

    /// The box in the lower right corner.
    fn tick(&self, ui: &Ui, ticked: bool) -> Response {
        let theme = theme::of(ui);
        let target = Rect::from_min_max(self.rect.max - Vec2::splat(TICK_TARGET), self.rect.max);
        let middle = if self.rect.height() > HEIGHT { self.rect.top() + 32.0 } else { self.rect.center().y };
        let place = Rect::from_center_size(pos2(target.right() - 14.0, middle), Vec2::splat(TICK));
        let response = ui.interact(target, self.id(ui, "tick"), Sense::click());
        let name = format!("{} in Train all", self.architecture.name());
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), ticked, &name));
        let corner = CornerRadius::same(3);
        let edge = if response.hovered() { theme.text } else { theme.secondary };
        if ticked {
            ui.painter().rect_filled(place, corner, theme.accent);
            paint::icon(ui.painter(), place.center(), icons::CHECK, 11.0, theme.on_accent);
        } else {
            ui.painter().rect(place, corner, theme.well, Stroke::new(1.0, edge), StrokeKind::Inside);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(place.expand(2.0), corner, theme.focus_stroke(), StrokeKind::Outside);
        }
        response.on_hover_text(if ticked { "“Train all” trains it." } else { "“Train all” leaves it out." })
    }
}

/// Mechanism, strengths, weaknesses and paper.
fn explanation_ui(ui: &mut Ui, architecture: Architecture) {
    let theme = theme::of(ui);
    let about = about(architecture);
    ui.spacing_mut().item_spacing.y = 4.0;
    let small = |text: &str| egui::RichText::new(text).font(font::sized(12.0, false)).color(theme.secondary);
    ui.label(small(about.mechanism));
    for (icon, ink, text) in [
        (icons::PLUS, theme.good, about.strengths),
        (icons::MINUS, theme.caution, about.weaknesses),
        (icons::BOOK_OPEN, theme.secondary, about.paper),
    ] {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            ui.label(egui::RichText::new(icon).font(icons::regular(13.0)).color(ink));
            ui.add(egui::Label::new(small(text)).wrap());
        });
    }
    ui.add_space(4.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::train::{fixture, runs};

    fn all(state: &State) -> [Standing; Architecture::ALL.len()] {
        let (runs, today) = (runs::all(state), jiff::Zoned::now().date());
        Architecture::ALL.map(|architecture| standing(state, &runs, architecture, today))
    }

    #[test]
    fn what_goes_on_stands_before_what_has_been() {
        let standings = all(&fixture::running());
        assert!(matches!(&standings[0], Standing::Trained(when) if !when.is_empty()));
        assert!(matches!(standings[1], Standing::Running { paused: false, share } if (0.2..0.3).contains(&share)));
        assert_eq!(standings[2..4], [Standing::Queued, Standing::Queued]);
        assert!(standings[4..].iter().all(|standing| *standing == Standing::Untrained));
        assert!(matches!(all(&fixture::paused())[1], Standing::Running { paused: true, .. }));
    }

    #[test]
    fn the_newest_run_tells_how_it_ended() {
        assert_eq!(all(&fixture::interrupted())[1], Standing::Stopped);
        assert_eq!(all(&fixture::elsewhere())[1], Standing::Elsewhere);
        assert!(matches!(all(&fixture::ended())[1], Standing::Trained(_)));
        assert!(all(&State::default()).iter().all(|standing| *standing == Standing::Untrained));
    }
}
