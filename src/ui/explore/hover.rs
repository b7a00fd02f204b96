//! What is known of the point under the pointer: its thumbnail, name, label, split and score.

use egui::{Align2, CornerRadius, Id, LayerId, Order, Pos2, Rect, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::plot::Scene;
use super::{legend, thumbnail};
use crate::domain::Label;
use crate::ui::state::State;
use crate::ui::theme::{self, font, radius};
use crate::ui::widgets::paint;

const SIZE: egui::Vec2 = vec2(284.0, 100.0);
const IMAGE: f32 = 84.0;
const PADDING: f32 = 8.0;
const LINE: f32 = 18.0;

/// Draws the card beside `at`, inside `room`.
pub fn show(ui: &Ui, room: Rect, at: Pos2, scene: &Scene<'_>, point: usize, state: &State) {
    let Some(sample) = scene.prepared.sample(point) else { return };
    let theme = theme::of(ui);
    let card = beside(room, at);
    let layer = LayerId::new(Order::Tooltip, Id::unique("latent point"));
    let ui = &Ui::new(ui.ctx().clone(), Id::unique("latent point"), UiBuilder::new().layer_id(layer).max_rect(card));
    let corner = CornerRadius::same(radius::CONTROL);
    ui.painter().rect(card, corner, theme.raised, theme.border_stroke(), StrokeKind::Inside);
    let image = Rect::from_min_size(card.min + vec2(PADDING, PADDING), vec2(IMAGE, IMAGE));
    thumbnail(ui, image, scene.prepared, point, state);
    let label = match sample.label {
        Some(Label::Healthy) => "healthy",
        Some(Label::Diseased) => "diseased",
        None => "no label",
    };
    let finding = sample.finding.as_deref().filter(|_| sample.label == Some(Label::Diseased));
    let finding = finding.map(|finding| format!(", {finding}")).unwrap_or_default();
    let score = legend::sigma(scene.prepared.map.points[point].sigma as f32);
    let action = if scene.picks { "Click to choose this case" } else { "Click to compare" };
    let lines = [
        (sample.stem().to_owned(), font::body_strong(), theme.text),
        (format!("{label}{finding}"), font::body(), theme.text),
        (format!("{} set", sample.split.name()), font::body(), theme.secondary),
        (format!("score {score}"), font::body(), theme.text),
        (action.to_owned(), font::caption(), theme.secondary),
    ];
    for (index, (text, font, ink)) in lines.into_iter().enumerate() {
        let top = card.top() + 5.0 + index as f32 * LINE;
        let row = Rect::from_min_max(pos2(image.right() + 10.0, top), pos2(card.right() - PADDING, top + LINE));
        paint::line(ui, row, &text, font, ink);
    }
}

/// Below and to the right of a point, unless that is outside.
fn beside(room: Rect, at: Pos2) -> Rect {
    let right = at.x + 14.0 + SIZE.x <= room.right();
    let below = at.y + 14.0 + SIZE.y <= room.bottom();
    let anchor = match (right, below) {
        (true, true) => Align2::LEFT_TOP,
        (true, false) => Align2::LEFT_BOTTOM,
        (false, true) => Align2::RIGHT_TOP,
        (false, false) => Align2::RIGHT_BOTTOM,
    };
    let offset = vec2(if right { 14.0 } else { -14.0 }, if below { 14.0 } else { -14.0 });
    anchor.anchor_size(at + offset, SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_stays_inside() {
        let room = Rect::from_min_size(pos2(100.0, 100.0), vec2(600.0, 500.0));
        for at in [room.min, room.max, room.left_bottom(), room.right_top(), room.center()] {
            assert!(room.expand(15.0).contains_rect(beside(room, at)), "{at:?}");
            assert!(!beside(room, at).contains(at));
        }
    }
}
