//! The architecture cards: what can be trained, what it is, and how it stands.

use egui::{Align2, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::domain::{Architecture, JobKind};
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, Theme, font, radius};
use crate::ui::train::about::{self, about};
use crate::ui::train::drafts::Drafts;
use crate::ui::train::runs::Run;
use crate::ui::widgets::{paint, spinner_arc};

/// So that nine cards leave room for the settings at hand.
const HEIGHT: f32 = 40.0;
const GAP: f32 = 4.0;

/// How an architecture stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    Untrained,
    Trained,
    Queued,
    /// Runs or is paused: the share that is done.
    Running {
        share: f32,
        paused: bool,
    },
}

impl Standing {
    /// In words, for the card's accessible name.
    fn words(self) -> &'static str {
        match self {
            Self::Untrained => "not trained yet",
            Self::Trained => "trained",
            Self::Queued => "queued",
            Self::Running { paused: false, .. } => "training",
            Self::Running { paused: true, .. } => "paused",
        }
    }
}

/// How an architecture stands, what goes on now before what has been.
pub fn standing(state: &State, runs: &[Run<'_>], architecture: Architecture) -> Standing {
    let own = |run: &&Run<'_>| run.architecture() == architecture;
    let job = state.jobs.iter().rev().find(|job| job.is_started() && job.kind == JobKind::Train(architecture));
    if let Some(job) = job {
        let progress = job.progress.as_ref().filter(|progress| progress.total > 0);
        let share = progress.map_or(0.0, |progress| progress.done as f32 / progress.total as f32);
        return Standing::Running { share, paused: job.stage == crate::ui::state::JobStage::Paused };
    }
    if state.queue().any(|job| job.kind == JobKind::Train(architecture)) {
        return Standing::Queued;
    }
    if runs.iter().filter(own).any(|run| run.info.usable) { Standing::Trained } else { Standing::Untrained }
}

/// Draws the cards one below the other; a click chooses one.
pub fn ui(ui: &mut Ui, drafts: &mut Drafts, state: &State, runs: &[Run<'_>], explained: &mut bool) {
    let theme = theme::of(ui);
    crate::ui::widgets::header(ui, 26.0, "Architecture", |ui| {
        let caret = if *explained { icons::CARET_UP } else { icons::CARET_DOWN };
        if quiet_button(ui, "How they work", caret).clicked() {
            *explained = !*explained;
        }
    });
    ui.spacing_mut().item_spacing.y = GAP;
    ui.add_space(-2.0);
    for architecture in Architecture::ALL {
        let selected = drafts.architecture == architecture;
        let settings = drafts.of(architecture);
        let now = standing(state, runs, architecture);
        let card = Card { architecture, line: about::line(&settings), parameters: settings.parameter_count(), now };
        let response = card.show(ui, selected, theme);
        if response.clicked() {
            drafts.architecture = architecture;
        }
        if *explained && selected {
            explanation_ui(ui, architecture);
        } else {
            response.on_hover_ui(|ui| {
                ui.set_max_width(300.0);
                ui.label(egui::RichText::new(architecture.name()).font(font::body_strong()));
                explanation_ui(ui, architecture);
            });
        }
    }
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
    line: String,
    parameters: Option<u64>,
    now: Standing,
}

impl Card {
    fn show(&self, ui: &mut Ui, selected: bool, theme: &Theme) -> Response {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
        let name = self.architecture.name();
        response.widget_info(|| {
            let mut info = WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), selected, name);
            info.current_text_value = Some(self.now.words().to_owned());
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
        let tile = Rect::from_min_size(rect.min + vec2(6.0, 6.0), vec2(28.0, 28.0));
        ui.painter().rect(tile, corner, theme.well, theme.hairline_stroke(), StrokeKind::Inside);
        paint::icon(ui.painter(), tile.center(), about(self.architecture).icon, 17.0, color);
        let at = pos2(rect.left() + 44.0, rect.top() + 13.0);
        let title = paint::text(ui.painter(), at, Align2::LEFT_CENTER, name, font::body_strong(), theme.text);
        if let Some(parameters) = self.parameters {
            let at = pos2(title.right() + 8.0, at.y);
            let count = about::count(parameters);
            paint::text(ui.painter(), at, Align2::LEFT_CENTER, count, font::caption(), theme.secondary);
        }
        let line = Rect::from_min_max(
            pos2(rect.left() + 44.0, rect.top() + 20.0),
            pos2(rect.right() - 56.0, rect.top() + 36.0),
        );
        paint::line(ui, line, &self.line, font::caption(), theme.secondary);
        self.paint_standing(ui, rect, theme);
        response
    }

    fn paint_standing(&self, ui: &Ui, rect: Rect, theme: &Theme) {
        let at = rect.right_center() - vec2(21.0, 0.0);
        match self.now {
            Standing::Untrained => {}
            Standing::Trained => paint::filled_icon(ui.painter(), at, icons::CHECK_CIRCLE, 16.0, theme.good),
            Standing::Queued => {
                let at = rect.right_center() - vec2(13.0, 0.0);
                let words = self.now.words();
                paint::text(ui.painter(), at, Align2::RIGHT_CENTER, words, font::caption(), theme.secondary);
            }
            Standing::Running { share, paused } => {
                let color = theme.series(self.architecture.series());
                spinner_arc(ui.painter(), at, 6.5, share.max(0.02), color, theme.border);
                if paused {
                    paint::filled_icon(ui.painter(), at, icons::PAUSE, 8.0, theme.text);
                }
            }
        }
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

    #[test]
    fn what_goes_on_stands_before_what_has_been() {
        let state = fixture::running();
        let runs = runs::all(&state);
        let standings = Architecture::ALL.map(|architecture| standing(&state, &runs, architecture));
        assert_eq!(standings[0], Standing::Trained);
        assert!(matches!(standings[1], Standing::Running { paused: false, share } if (0.2..0.3).contains(&share)));
        assert_eq!(standings[2..4], [Standing::Queued, Standing::Queued]);
        assert!(standings[4..].iter().all(|standing| *standing == Standing::Untrained));
    }

    #[test]
    fn nothing_trained_says_nothing() {
        assert_eq!(standing(&State::default(), &[], Architecture::Gan), Standing::Untrained);
    }
}
