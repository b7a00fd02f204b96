//! Cards: a surface with a hairline edge, and the header that stands in most of them.

use egui::{Align, Color32, CornerRadius, InnerResponse, Layout, Rect, StrokeKind, Ui, UiBuilder};

use crate::ui::theme::{self, font, radius, space};
use crate::ui::widgets::paint;

/// A card at an exact place; its content is laid out inside the padding and clipped to the card.
#[must_use]
pub struct Card {
    rect: Rect,
    padding: f32,
    fill: Option<Color32>,
}

impl Card {
    pub fn new(rect: Rect) -> Self {
        Self { rect, padding: space::CARD, fill: None }
    }

    /// Distance between edge and content; 0 for lists that run to the edge.
    pub fn padding(mut self, padding: f32) -> Self {
        self.padding = padding;
        self
    }

    pub fn fill(mut self, fill: Color32) -> Self {
        self.fill = Some(fill);
        self
    }

    /// Draws the card and its content, top down. `ui`'s cursor is not moved: cards are placed, not flowed.
    pub fn show<R>(self, ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
        let theme = theme::of(ui);
        ui.painter().rect(
            self.rect,
            CornerRadius::same(radius::CARD),
            self.fill.unwrap_or(theme.surface),
            theme.hairline_stroke(),
            StrokeKind::Inside,
        );
        let mut child = ui
            .new_child(UiBuilder::new().max_rect(self.rect.shrink(self.padding)).layout(Layout::top_down(Align::Min)));
        child.shrink_clip_rect(self.rect.shrink(1.0));
        let inner = content(&mut child);
        InnerResponse::new(inner, child.response())
    }
}

/// A row with a card's title at the left; `right` is laid out from the right edge.
pub fn header<R>(ui: &mut Ui, height: f32, title: &str, right: impl FnOnce(&mut Ui) -> R) -> R {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), height), egui::Sense::hover());
    let placed = paint::line(ui, rect, title, font::card_title(), theme.text);
    let label = ui.interact(placed, ui.scope_id().with(("header", title)), egui::Sense::hover());
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, title));
    let rest = Rect::from_min_max(egui::pos2(placed.right() + space::M, rect.top()), rect.max);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rest).layout(Layout::right_to_left(Align::Center)));
    right(&mut child)
}

#[cfg(test)]
mod tests {
    use egui::{Role, pos2, vec2};
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn content_lies_inside_the_padding() {
        let card = Rect::from_min_size(pos2(20.0, 20.0), vec2(200.0, 100.0));
        let mut inside = Rect::NOTHING;
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                Card::new(card).show(ui, |ui| {
                    inside = ui.max_rect();
                    header(ui, 24.0, "Split", |ui| ui.label("right"));
                });
            });
            harness.run();
            let heading = harness.get_by_role_and_label(Role::Heading, "Split").rect();
            let right = harness.get_by_label("right").rect();
            assert!(heading.right() < right.left() && right.right() <= 206.5, "{heading:?} {right:?}");
        }
        assert_eq!(inside, card.shrink(space::CARD));
    }
}
