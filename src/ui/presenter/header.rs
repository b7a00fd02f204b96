//! The question at the top, and a chip for every model.

use std::sync::Arc;

use egui::{Align2, CornerRadius, Galley, Pos2, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::place::Place;
use super::{DIGITS, PresenterView};
use crate::domain::ModelInfo;
use crate::ui::frame::paint_logo;
use crate::ui::state::State;
use crate::ui::theme;
use crate::ui::widgets::paint;

/// Where chips begin, beside the question, and end.
const CHIPS: (f32, f32) = (480.0, 1248.0);
/// Between chips.
const GAP: f32 = 4.0;
/// What a chip has beside its words.
const AROUND: f32 = 50.0;
/// Widest words, where there is room for them.
const WIDEST: f32 = 220.0;

/// A chip's words, laid out.
struct Chip {
    name: Arc<Galley>,
    /// What the model is scored by, where others are scored by something else.
    score: Option<Arc<Galley>>,
}

impl Chip {
    /// With words of at most `widest` (of the design).
    fn new(ui: &Ui, place: Place, model: &ModelInfo, scores_differ: bool, widest: f32) -> Self {
        let theme = theme::of(ui);
        let words =
            |text: &str, size| paint::elided(ui, text, place.font(size, false), theme.secondary, widest * place.scale);
        Self { name: words(&model.name, 16.0), score: scores_differ.then(|| words(&model.score.name(), 13.0)) }
    }

    /// Of the design.
    fn width(&self, place: Place) -> f32 {
        let words = self.score.iter().fold(self.name.size().x, |widest, score| widest.max(score.size().x));
        words / place.scale + AROUND
    }

    /// Paints the words from `at` on, which is at half the chip's height.
    fn paint(self, ui: &Ui, place: Place, at: Pos2, selected: bool) {
        let theme = theme::of(ui);
        let ink = if selected { theme.text } else { theme.secondary };
        let line = |galley: Arc<Galley>, middle: f32, ink| {
            let top = at + vec2(0.0, middle * place.scale - galley.size().y / 2.0);
            ui.painter().galley_with_override_text_color(top, galley, ink);
        };
        line(self.name, if self.score.is_some() { -9.0 } else { 0.0 }, ink);
        if let Some(score) = self.score {
            line(score, 9.0, theme.secondary);
        }
    }
}

/// As wide as their words. Where these have no room, without the scores, whose beginnings would be all alike; then all equally
/// narrow.
fn layout(ui: &Ui, place: Place, models: &[Arc<ModelInfo>]) -> Vec<Chip> {
    let scores_differ = models.windows(2).any(|pair| pair[0].score != pair[1].score);
    let chips = |scores: bool, widest: f32| -> Vec<Chip> {
        models.iter().map(|model| Chip::new(ui, place, model, scores, widest)).collect()
    };
    let (room, count) = (CHIPS.1 - CHIPS.0 + GAP, models.len() as f32);
    let fits = |chips: &Vec<Chip>| chips.iter().map(|chip| chip.width(place) + GAP).sum::<f32>() <= room;
    let wide = chips(scores_differ, WIDEST);
    let names = || Some(chips(false, WIDEST)).filter(fits);
    if fits(&wide) { wide } else { names().unwrap_or_else(|| chips(false, (room / count - GAP - AROUND).min(WIDEST))) }
}

impl PresenterView {
    pub(super) fn chips(&mut self, ui: &mut Ui, place: Place, state: &State) {
        let theme = theme::of(ui);
        let models = &state.models[..state.models.len().min(DIGITS.len())];
        let mut right = CHIPS.1;
        for (model, chip) in models.iter().zip(layout(ui, place, models)).rev() {
            let width = chip.width(place);
            let rect = place.rect(right - width, 16.0, width, 40.0);
            right -= width + GAP;
            let selected = self.model.as_ref() == Some(&model.id);
            let response = ui.interact(rect, ui.scope_id().with(("model", &model.id)), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, &model.name));
            let corner = CornerRadius::same((6.0 * place.scale) as u8);
            if selected {
                ui.painter().rect(rect, corner, theme.raised, theme.border_stroke(), StrokeKind::Inside);
            }
            if response.has_focus() {
                ui.painter().rect_stroke(rect, corner, theme.focus_stroke(), StrokeKind::Inside);
            }
            let dot = rect.left_center() + vec2(20.0, 0.0) * place.scale;
            ui.painter().circle_filled(dot, 5.5 * place.scale, theme.series(model.kind.series()));
            let words = pos2(rect.left() + 34.0 * place.scale, rect.center().y);
            chip.paint(ui, place, words, selected || response.hovered());
            if response.clicked() {
                self.model = Some(model.id.clone());
            }
            response.on_hover_text(format!("{}. Score: {}", model.name, model.score.name()));
        }
    }
}

pub fn header(ui: &mut Ui, place: Place) {
    const QUESTION: &str = "How unusual is this image?";
    let theme = theme::of(ui);
    paint_logo(ui.painter(), place.rect(32.0, 23.0, 26.0, 26.0), theme.accent, theme.text);
    let at = place.at(78.0, 36.0);
    let title = paint::text(ui.painter(), at, Align2::LEFT_CENTER, QUESTION, place.font(28.0, true), theme.text);
    let heading = ui.interact(title, ui.scope_id().with("question"), Sense::hover());
    heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, QUESTION));
    let y = place.at(0.0, 71.5).y;
    ui.painter().hline(place.window.x_range(), y, theme.hairline_stroke());
}
