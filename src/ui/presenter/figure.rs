//! The one figure, what it is measured by, and what was learned from.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::place::Place;
use crate::domain::{Analysis, ModelInfo, thousands};
use crate::ui::compare::figures::{SPREAD, sigma_of};
use crate::ui::state::State;
use crate::ui::theme;
use crate::ui::widgets::paint;

/// "99.5 %", what it means, and what was learned from.
pub fn figure(
    ui: &mut Ui,
    place: Place,
    state: &State,
    model: &ModelInfo,
    analysis: Option<&Analysis>,
    failure: Option<&str>,
) {
    let theme = theme::of(ui);
    if let Some(failure) = failure {
        let galley = paint::wrapped(ui, failure, place.font(16.0, false), theme.bad, 368.0 * place.scale);
        ui.painter().galley(place.at(32.0, 584.0), galley, theme.bad);
        return;
    }
    let share = analysis.map_or("–".to_owned(), |analysis| format!("{:.1}", analysis.share_lower * 100.0));
    let number = place.font(64.0, true);
    let digits = ui.painter().layout_no_wrap(share.clone(), number, theme.text);
    let top = place.at(32.0, 610.0) - vec2(0.0, digits.size().y / 2.0);
    let (right, bottom) = (top.x + digits.size().x, place.at(0.0, 634.0).y);
    let rect = Rect::from_min_size(top, digits.size());
    ui.painter().galley(top, digits, theme.text);
    let unit_at = pos2(right + 10.0 * place.scale, bottom);
    paint::text(ui.painter(), unit_at, Align2::LEFT_BOTTOM, "%", place.font(36.0, false), theme.text);
    let label = ui.interact(rect, ui.scope_id().with("figure"), Sense::hover());
    let spoken = format!("{share} % of healthy images are less unusual");
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let n = model.calibration.healthy_scores.len();
    label.on_hover_text(format!(
        "Held-out healthy images with a lower score, of {n}; the most that can be said is {n} of {}.",
        n + 1
    ));
    let at = place.at(32.0, 671.0);
    let words = "of healthy images are less unusual";
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, words, place.font(20.0, false), theme.text);
    let run = state.runs.iter().find(|run| run.id == model.id);
    let learned = run.map_or("Learned from healthy images only".to_owned(), |run| {
        format!("Learned from {} healthy images only", thousands(run.train_count as usize))
    });
    let at = place.at(32.0, 698.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, learned, place.font(16.0, false), theme.secondary);
    if let Some(analysis) = analysis.filter(|analysis| analysis.disagreement.is_some()) {
        spread(ui, place, model, analysis);
    }
}

/// What the figure and the histogram beside it are scores of.
pub fn scored_by(ui: &Ui, place: Place, model: &ModelInfo) {
    let (at, ink) = (place.at(424.0, 556.0), theme::of(ui).secondary);
    let text = format!("Score: {}", model.score.name());
    let placed = paint::text(ui.painter(), at, Align2::LEFT_CENTER, &text, place.font(16.0, false), ink);
    let label = ui.interact(placed, ui.scope_id().with("score"), Sense::hover());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    label.on_hover_text(model.score.meaning());
}

/// The score of an ensemble, with how far its networks disagree.
fn spread(ui: &Ui, place: Place, model: &ModelInfo, analysis: &Analysis) {
    let text = format!("Score {} between {} networks", sigma_of(analysis), model.members.len());
    let (at, ink) = (place.at(32.0, 722.0), theme::of(ui).secondary);
    let placed = paint::text(ui.painter(), at, Align2::LEFT_CENTER, &text, place.font(16.0, false), ink);
    let label = ui.interact(placed, ui.scope_id().with("spread"), Sense::hover());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    label.on_hover_text(SPREAD);
}
