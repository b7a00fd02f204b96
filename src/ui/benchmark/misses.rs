//! The gallery of images on the wrong side of the threshold, the worst first; a click shows one on the Compare screen.

use egui::{Align2, CornerRadius, Id, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use serde::{Deserialize, Serialize};

use super::gallery::Strip;
use super::prepared::Scored;
use super::{Shown, format};
use crate::domain::{BenchmarkCase, CaseRef, SampleId};
use crate::ui::command::{Commands, UiCommand};
use crate::ui::state::State;
use crate::ui::textures::{self, Render, Source};
use crate::ui::theme::{self, font};
use crate::ui::widgets::{Card, Cell, Segmented, paint, paint_thumbnail};

const SIDE: f32 = 60.0;
const PITCH: f32 = 71.0;

/// Which of the two kinds of error is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Diseased, called healthy.
    #[default]
    Missed,
    /// Healthy, called unusual.
    FalseAlarms,
}

/// Draws the card; gives the samples in view. Images of another data set than the open one cannot be shown: `same_data` is
/// false then.
pub fn show(
    ui: &mut Ui,
    card: Rect,
    shown: &Shown<'_>,
    kind: &mut Kind,
    (state, same_data): (&State, bool),
    commands: &mut Commands,
) -> Vec<SampleId> {
    let theme = theme::of(ui);
    let sorted = &shown.prepared.sorted[shown.selected];
    let threshold = shown.outcome().sigma;
    let (missed, alarms) = (sorted.missed(threshold), sorted.false_alarms(threshold));
    let gallery = Card::new(card).show(ui, |ui| {
        let left = Rect::from_min_max(ui.max_rect().min, pos2(card.left() + 174.0, ui.max_rect().bottom()));
        head(ui, left, kind, (missed.len(), alarms.len()));
        let strip =
            Rect::from_min_max(pos2(card.left() + 187.0, card.top() + 12.0), pos2(card.right() - 14.0, card.bottom()));
        let list = if *kind == Kind::Missed { missed } else { alarms };
        if list.is_empty() {
            let text = match kind {
                Kind::Missed => format!("No {} image is called healthy at this threshold.", shown.prepared.disease),
                Kind::FalseAlarms => "No healthy image is called unusual at this threshold.".to_owned(),
            };
            paint::line(ui, strip.with_max_y(card.bottom() - 12.0), &text, font::body(), theme.secondary);
            return Vec::new();
        }
        gallery(ui, strip, shown, (list, *kind), (state, same_data), commands)
    });
    gallery.inner
}

fn head(ui: &mut Ui, left: Rect, kind: &mut Kind, (missed, alarms): (usize, usize)) {
    let theme = theme::of(ui);
    let title = Rect::from_min_size(left.min + vec2(0.0, -2.0), vec2(left.width(), 20.0));
    let placed = paint::line(ui, title, "Misses", font::card_title(), theme.text);
    super::look::speak(ui, placed, "misses title", Role::Heading, "Misses");
    let control = Rect::from_min_size(pos2(left.left(), left.top() + 24.0), vec2(158.0, 24.0));
    let (missed, alarms) = (format!("Missed {missed}"), format!("False {alarms}"));
    ui.scope_builder(UiBuilder::new().max_rect(control), |ui| {
        Segmented::new("Kind of error")
            .option(Kind::Missed, &missed)
            .tooltip("Diseased images called healthy.")
            .option(Kind::FalseAlarms, &alarms)
            .tooltip("Healthy images called unusual.")
            .compact()
            .show(ui, kind);
    });
    let order = if *kind == Kind::Missed { "lowest score first, σ" } else { "highest score first, σ" };
    let at = pos2(left.left(), control.bottom() + 15.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, order, font::caption(), theme.secondary);
}

/// Thumbnails of a list, the worst first; gives the samples in view.
fn gallery(
    ui: &mut Ui,
    strip: Rect,
    shown: &Shown<'_>,
    (list, kind): (&[Scored], Kind),
    (state, same_data): (&State, bool),
    commands: &mut Commands,
) -> Vec<SampleId> {
    let cases = &shown.prepared.benchmark.cases;
    // Both lists are ascending; false alarms are worst at their end.
    let nth = |index: usize| if kind == Kind::Missed { list[index] } else { list[list.len() - 1 - index] };
    let strip = Strip { place: strip, count: list.len(), side: SIDE, pitch: PITCH };
    let visible = strip.show(ui, ("misses", kind), |ui, rect, index| {
        let scored = nth(index);
        let case = &cases[scored.case];
        if thumbnail(ui, rect, scored, case, (state, same_data)) {
            commands.push(UiCommand::ShowCase(CaseRef::Sample(case.sample)));
        }
    });
    if same_data { visible.map(|index| cases[nth(index).case].sample).collect() } else { Vec::new() }
}

/// One image and its score; true when it was clicked.
fn thumbnail(ui: &Ui, rect: Rect, scored: Scored, case: &BenchmarkCase, (state, same_data): (&State, bool)) -> bool {
    let theme = theme::of(ui);
    let sense = if same_data { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, Id::unique(("benchmark miss", case.sample)), sense);
    let score = format::sigma(scored.sigma);
    let name = case.path.rsplit('/').next().unwrap_or(&case.path);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, same_data, format!("{name}, {score}")));
    let image = state.thumbnails.get(&case.sample).filter(|_| same_data);
    let texture = image.map(|image| {
        let aspect = image.width as f32 / image.height.max(1) as f32;
        (textures::texture(ui.ctx(), &Source::Gray(image.clone()), &Render::gray()), aspect)
    });
    paint_thumbnail(ui, rect, &Cell { name: String::new(), texture, mark: None, badge: None, selected: false });
    if response.hovered() || response.has_focus() {
        let edge = Stroke::new(2.0, theme.accent);
        ui.painter().rect_stroke(rect, CornerRadius::ZERO, edge, StrokeKind::Inside);
    }
    let below = rect.center_bottom() + vec2(0.0, 11.0);
    let text = format!("{:.2}", scored.sigma).replace('-', "−");
    paint::text(ui.painter(), below, Align2::CENTER_CENTER, text, font::caption(), theme.secondary);
    let clicked = response.clicked();
    let finding = case.finding.as_deref().map(|finding| format!(", {finding}")).unwrap_or_default();
    let action = if same_data { "Click to compare." } else { "Of a data set that is not open." };
    response.on_hover_text(format!("{name}{finding}, {score}. {action}"));
    clicked
}
