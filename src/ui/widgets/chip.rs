//! Chips: a rounded name with a series colour, that can be chosen or taken away.

use egui::{
    Align2, Color32, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::paint;

/// A chip such as "● VAE ×".
#[must_use]
pub struct Chip<'a> {
    label: &'a str,
    dot: Option<Color32>,
    selected: bool,
    removable: bool,
}

/// What was done to a chip.
pub struct ChipResponse {
    pub response: Response,
    pub remove: bool,
}

impl<'a> Chip<'a> {
    pub fn new(label: &'a str) -> Self {
        Self { label, dot: None, selected: false, removable: false }
    }

    pub fn dot(mut self, color: Color32) -> Self {
        self.dot = Some(color);
        self
    }

    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// With a cross that takes it away.
    pub fn removable(mut self) -> Self {
        self.removable = true;
        self
    }

    pub fn show(self, ui: &mut Ui) -> ChipResponse {
        let theme = theme::of(ui);
        let dot = if self.dot.is_some() { 16.0 } else { 0.0 };
        let cross = if self.removable { 20.0 } else { 0.0 };
        let width = 22.0 + dot + paint::width(ui, self.label, font::body()) + cross;
        let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), self.selected, self.label));
        let corner = CornerRadius::same(14);
        let fill = if self.selected || response.hovered() { theme.raised } else { theme.surface };
        let edge = if self.selected { theme.accent } else { theme.border };
        ui.painter().rect(rect, corner, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
        if response.has_focus() {
            ui.painter().rect_stroke(rect, corner, theme.focus_stroke(), StrokeKind::Outside);
        }
        let mut x = rect.left() + 11.0;
        if let Some(color) = self.dot {
            ui.painter().circle_filled(pos2(x + 4.0, rect.center().y), 4.0, color);
            x += dot;
        }
        let at = pos2(x, rect.center().y);
        paint::text(ui.painter(), at, Align2::LEFT_CENTER, self.label, font::body(), theme.text);
        let remove = self.removable && {
            let place = Rect::from_center_size(pos2(rect.right() - 16.0, rect.center().y), vec2(18.0, 18.0));
            let button = ui.interact(place, response.id.with("remove"), Sense::click());
            let name = format!("Remove {}", self.label);
            button.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
            let ink = if button.hovered() || button.has_focus() { theme.text } else { theme.secondary };
            paint::icon(ui.painter(), place.center(), icons::X, 12.0, ink);
            button.on_hover_text(name).clicked()
        };
        ChipResponse { response, remove }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn choosing_and_removing_are_told_apart() {
        let mut seen = (false, false);
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                let chip = Chip::new("VAE").dot(theme::DARK.series(1)).removable().show(ui);
                seen.0 |= chip.response.clicked();
                seen.1 |= chip.remove;
            });
            harness.run();
            harness.get_by_role_and_label(Role::Button, "Remove VAE").click();
            harness.run();
        }
        assert_eq!(seen, (false, true));
    }
}
