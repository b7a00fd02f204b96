//! The marks of the classes: a ring for healthy, a disc for diseased. Never colours.

use egui::{Color32, Painter, Pos2, Response, Role, Sense, Stroke, Ui, Widget, WidgetInfo, vec2};

use crate::domain::Label;
use crate::ui::theme;

/// Paints the mark of a label, `radius` from centre to outer edge.
pub fn paint_class_mark(painter: &Painter, center: Pos2, radius: f32, label: Label, color: Color32) {
    match label {
        Label::Healthy => {
            let width = (radius * 0.4).clamp(1.2, 2.0);
            painter.circle_stroke(center, radius - width / 2.0, Stroke::new(width, color));
        }
        Label::Diseased => {
            painter.circle_filled(center, radius, color);
        }
    }
}

/// The mark as a widget, with its meaning as its name.
#[must_use]
pub struct ClassMark {
    label: Label,
    radius: f32,
}

impl ClassMark {
    pub fn new(label: Label) -> Self {
        Self { label, radius: 4.5 }
    }

    pub fn radius(mut self, radius: f32) -> Self {
        self.radius = radius;
        self
    }
}

impl Widget for ClassMark {
    fn ui(self, ui: &mut Ui) -> Response {
        let side = 2.0 * self.radius;
        let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
        let name = match self.label {
            Label::Healthy => "healthy",
            Label::Diseased => "diseased",
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
        paint_class_mark(ui.painter(), rect.center(), self.radius, self.label, theme::of(ui).secondary);
        response
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn each_mark_says_its_class() {
        let mut harness = crate::ui::widgets::harness(|ui| {
            ui.add(ClassMark::new(Label::Healthy));
            ui.add(ClassMark::new(Label::Diseased));
        });
        harness.run();
        harness.get_by_role_and_label(Role::Image, "healthy");
        harness.get_by_role_and_label(Role::Image, "diseased");
    }
}
