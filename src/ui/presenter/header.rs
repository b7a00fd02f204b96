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
    /// In small type: what the model is scored by, where others are scored by something else, or what tells it from
    /// another of its name.
    below: Option<Arc<Galley>>,
}

impl Chip {
    /// With words of at most `widest` (of the design).
    fn new(ui: &Ui, place: Place, (name, below): (&str, Option<&str>), widest: f32) -> Self {
        let theme = theme::of(ui);
        let words =
            |text: &str, size| paint::elided(ui, text, place.font(size, false), theme.secondary, widest * place.scale);
        Self { name: words(name, 16.0), below: below.map(|below| words(below, 13.0)) }
    }

    /// Of the design.
    fn width(&self, place: Place) -> f32 {
        let words = self.below.iter().fold(self.name.size().x, |widest, below| widest.max(below.size().x));
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
        line(self.name, if self.below.is_some() { -9.0 } else { 0.0 }, ink);
        if let Some(below) = self.below {
            line(below, 9.0, theme.secondary);
        }
    }
}

/// "Autoencoder", and "2026-11-20 13:05" where that tells it from another one.
fn parted(name: &str) -> (&str, Option<&str>) {
    name.split_once(" · ").map_or((name, None), |(name, rest)| (name, Some(rest)))
}

/// As wide as their words. Where these have no room, without the scores, whose beginnings would be all alike; then with what
/// tells namesakes apart below their names; then with the end of that, "13:05", and the longest names cut.
fn layout(ui: &Ui, place: Place, models: &[Arc<ModelInfo>]) -> Vec<Chip> {
    let chips = |words: &dyn Fn(&ModelInfo) -> (String, Option<String>), widest: f32| -> Vec<Chip> {
        let chip = |model: &Arc<ModelInfo>| {
            let (name, below) = words(model);
            Chip::new(ui, place, (&name, below.as_deref()), widest)
        };
        models.iter().map(chip).collect()
    };
    let with_score = |model: &ModelInfo| (model.name.clone(), Some(model.score.name()));
    let whole = |model: &ModelInfo| (model.name.clone(), None);
    let in_two = |model: &ModelInfo| {
        let (name, rest) = parted(&model.name);
        (name.to_owned(), rest.map(str::to_owned))
    };
    let with_end = |model: &ModelInfo| {
        let (name, rest) = parted(&model.name);
        (name.to_owned(), rest.and_then(|rest| Some(rest.rsplit(' ').next()?.to_owned())))
    };
    let (room, count) = (CHIPS.1 - CHIPS.0 + GAP, models.len() as f32);
    let fits = |chips: &Vec<Chip>| chips.iter().map(|chip| chip.width(place) + GAP).sum::<f32>() <= room;
    let scores_differ = models.windows(2).any(|pair| pair[0].score != pair[1].score);
    let scored = scores_differ.then(|| chips(&with_score, WIDEST)).filter(fits);
    let wide = scored.or_else(|| Some(chips(&whole, WIDEST)).filter(fits));
    wide.or_else(|| Some(chips(&in_two, WIDEST)).filter(fits)).unwrap_or_else(|| {
        let natural: Vec<f32> = chips(&with_end, WIDEST).iter().map(|chip| chip.width(place) - AROUND).collect();
        chips(&with_end, cut_at(natural, room - count * (GAP + AROUND)))
    })
}

/// The width at which the widest of `widths` are cut, so that all together have `room`.
fn cut_at(mut widths: Vec<f32>, room: f32) -> f32 {
    widths.sort_unstable_by(f32::total_cmp);
    let (mut left, count) = (room, widths.len());
    for (index, width) in widths.into_iter().enumerate() {
        let share = left / (count - index) as f32;
        if width > share {
            return share.max(0.0);
        }
        left -= width;
    }
    WIDEST
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_leave_their_room_to_long_ones() {
        assert_eq!(cut_at(vec![100.0, 30.0, 30.0], 140.0), 80.0);
        assert_eq!(cut_at(vec![50.0, 50.0, 50.0], 90.0), 30.0);
        assert_eq!(cut_at(vec![10.0, 20.0], 90.0), WIDEST);
        assert_eq!(cut_at(vec![10.0], -5.0), 0.0);
    }

    #[test]
    fn namesakes_are_told_apart_by_what_stands_behind_the_dot() {
        assert_eq!(parted("VAE · 2026-11-20 13:05"), ("VAE", Some("2026-11-20 13:05")));
        assert_eq!(parted("VAE"), ("VAE", None));
    }
}
