//! A grid of square thumbnails that lays out only the rows in view, however many there are.

use std::ops::Range;

use egui::{
    Align2, Color32, CornerRadius, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, TextureId, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use crate::domain::Label;
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{paint_class_mark, paint_image};

/// One thumbnail.
pub struct Cell<'a> {
    /// For screen readers and the tooltip.
    pub name: String,
    /// The texture and its width over its height; `None` while it is being read.
    pub texture: Option<(TextureId, f32)>,
    pub mark: Option<Label>,
    /// A word in the upper left corner, such as "copy".
    pub badge: Option<&'a str>,
    pub selected: bool,
}

/// A scrolling grid.
#[must_use]
pub struct ThumbnailGrid {
    side: f32,
    gap: f32,
    count: usize,
    scroll_to: Option<usize>,
}

/// What happened in a grid.
#[derive(Debug, Default)]
pub struct GridResponse {
    pub clicked: Option<usize>,
    pub double_clicked: Option<usize>,
    /// The thumbnails in view, for which pixels are worth reading.
    pub visible: Range<usize>,
    pub columns: usize,
}

impl ThumbnailGrid {
    pub fn new(count: usize) -> Self {
        Self { side: 80.0, gap: 7.0, count, scroll_to: None }
    }

    /// Side of a thumbnail.
    pub fn side(mut self, side: f32) -> Self {
        self.side = side;
        self
    }

    /// Brings a thumbnail into view.
    pub fn scroll_to(mut self, index: Option<usize>) -> Self {
        self.scroll_to = index;
        self
    }

    /// Fills the rest of `ui`; `cell` is asked for the thumbnails in view only.
    pub fn show<'a>(self, ui: &mut Ui, mut cell: impl FnMut(&Ui, usize) -> Cell<'a>) -> GridResponse {
        let columns = (((ui.available_width() - 10.0 + self.gap) / (self.side + self.gap)) as usize).max(1);
        let rows = self.count.div_ceil(columns);
        let pitch = self.side + self.gap;
        let mut area = ScrollArea::vertical().auto_shrink([false, false]);
        if let Some(index) = self.scroll_to {
            let view = ui.available_height();
            let top = (index / columns) as f32 * pitch;
            area = area.vertical_scroll_offset((top - (view - self.side) / 2.0).max(0.0));
        }
        let mut result = GridResponse { columns, ..GridResponse::default() };
        area.show_viewport(ui, |ui, viewport| {
            ui.set_height((rows as f32 * pitch - self.gap).max(0.0));
            let first = ((viewport.top() / pitch) as usize).min(rows);
            let last = ((viewport.bottom() / pitch).ceil().max(0.0) as usize).min(rows);
            result.visible = (first * columns).min(self.count)..(last * columns).min(self.count);
            let origin = ui.max_rect().min;
            for index in result.visible.clone() {
                let at = origin + vec2((index % columns) as f32 * pitch, (index / columns) as f32 * pitch);
                let rect = Rect::from_min_size(at, vec2(self.side, self.side));
                let cell = cell(ui, index);
                let response = ui.interact(rect, ui.scope_id().with(("thumbnail", index)), Sense::click());
                response.widget_info(|| WidgetInfo::selected(Role::Button, true, cell.selected, &cell.name));
                paint_cell(ui, rect, &cell, response.has_focus());
                if response.clicked() {
                    result.clicked = Some(index);
                }
                if response.double_clicked() {
                    result.double_clicked = Some(index);
                }
                response.on_hover_text(cell.name);
            }
        });
        result
    }
}

/// The middle square of an image that is `aspect` times as wide as high.
fn middle_square(aspect: f32) -> Rect {
    let (width, height) = if aspect > 1.0 { (1.0 / aspect, 1.0) } else { (1.0, aspect) };
    Rect::from_center_size(pos2(0.5, 0.5), vec2(width, height))
}

fn paint_cell(ui: &Ui, rect: Rect, cell: &Cell<'_>, focused: bool) {
    let theme = theme::of(ui);
    let painter = ui.painter();
    match cell.texture {
        Some((texture, aspect)) => paint_image(painter, rect, texture, middle_square(aspect), Color32::WHITE),
        None => {
            painter.rect_filled(rect, CornerRadius::ZERO, theme.raised);
        }
    }
    if let Some(label) = cell.mark {
        // A little smaller on small thumbnails.
        let scale = (rect.width() / 80.0).clamp(0.8, 1.0);
        let at = rect.right_bottom() - Vec2::splat(if scale < 1.0 { 6.5 } else { 10.0 });
        painter.circle_filled(at, 6.5 * scale, Color32::BLACK);
        paint_class_mark(painter, at, 5.0 * scale, label, Color32::WHITE);
    }
    if let Some(badge) = cell.badge {
        let galley = painter.layout_no_wrap(badge.to_owned(), font::caption(), theme::DARK.caution);
        let plate = Rect::from_min_size(rect.min + vec2(3.0, 3.0), galley.size() + vec2(22.0, 2.0));
        painter.rect_filled(plate, CornerRadius::same(3), theme.plate);
        let at = plate.left_center() + vec2(4.0, 0.0);
        painter.text(at, Align2::LEFT_CENTER, icons::COPY_SIMPLE, icons::regular(11.0), theme::DARK.caution);
        painter.galley(plate.min + vec2(18.0, 1.0), galley, theme::DARK.caution);
    }
    if cell.selected || focused {
        let stroke = Stroke::new(2.0, theme.accent);
        painter.rect_stroke(rect.expand(1.0), CornerRadius::ZERO, stroke, StrokeKind::Outside);
    }
}

/// Paints a thumbnail at an exact place, as strips of cases and galleries do.
pub fn paint_thumbnail(ui: &Ui, rect: Rect, cell: &Cell<'_>) {
    paint_cell(ui, rect, cell, false);
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    fn cell(index: usize) -> Cell<'static> {
        Cell { name: format!("case {index}"), texture: None, mark: Some(Label::Healthy), badge: None, selected: false }
    }

    #[test]
    fn only_what_is_in_view_is_asked_for() {
        let mut asked = std::collections::BTreeSet::new();
        let mut clicked = None;
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                let response = ThumbnailGrid::new(5840).show(ui, |_, index| {
                    asked.insert(index);
                    cell(index)
                });
                clicked = response.clicked.or(clicked);
            });
            harness.run();
            harness.get_by_role_and_label(Role::Button, "case 3").click();
            harness.run();
        }
        assert!(!asked.is_empty() && asked.len() < 40, "{} cells for a small window", asked.len());
        assert_eq!(clicked, Some(3));
    }

    #[test]
    fn scrolling_to_a_case_shows_it() {
        let mut harness = crate::ui::widgets::harness(|ui| {
            ThumbnailGrid::new(5840).scroll_to(Some(4000)).show(ui, |_, index| cell(index));
        });
        harness.run();
        harness.get_by_label("case 4000");
    }

    #[test]
    fn an_empty_grid_and_odd_shapes_are_fine() {
        let mut harness = crate::ui::widgets::harness(|ui| {
            let response = ThumbnailGrid::new(0).show(ui, |_, index| cell(index));
            assert!(response.visible.is_empty());
        });
        harness.run();
        assert_eq!(middle_square(2.0).width(), 0.5);
        assert_eq!(middle_square(0.5).height(), 0.5);
    }
}
