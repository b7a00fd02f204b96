//! A field for one line of text.

use egui::layers::ShapeIdx;
use egui::{CornerRadius, Rect, Response, Sense, Stroke, StrokeKind, TextEdit, Ui, Widget, vec2};

use crate::ui::theme::{self, font, height, radius};

/// Text typed by hand.
#[must_use]
pub struct TextField<'a> {
    name: &'a str,
    text: &'a mut String,
    hint: &'a str,
    width: f32,
    problem: Option<&'a str>,
}

impl<'a> TextField<'a> {
    /// `name` is the accessible name.
    pub fn new(name: &'a str, text: &'a mut String) -> Self {
        Self { name, text, hint: "", width: 220.0, problem: None }
    }

    /// What stands there while nothing does.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// What is wrong with the text: a red edge, the words on hover.
    pub fn problem(mut self, problem: Option<&'a str>) -> Self {
        self.problem = problem;
        self
    }
}

impl Widget for TextField<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, height::CONTROL), Sense::hover());
        let room: Rect = rect.shrink2(vec2(9.0, 0.0));
        let background = ui.painter().add(egui::Shape::Noop);
        let edit = TextEdit::singleline(self.text)
            .hint_text(self.hint)
            .frame(egui::Frame::NONE)
            .font(font::body())
            .desired_width(room.width())
            .align(egui::Align2::LEFT_CENTER);
        let response = ui.put(room, edit).accessible_name(self.name);
        well(ui, rect, background, response, self.problem)
    }
}

/// Fills the shape reserved below what is typed with a field's ground: a red edge where there is a problem, told on hover.
pub(super) fn well(ui: &Ui, rect: Rect, below: ShapeIdx, typed: Response, problem: Option<&str>) -> Response {
    let theme = theme::of(ui);
    let edge = if problem.is_some() {
        Stroke::new(1.0, theme.bad)
    } else if typed.has_focus() {
        theme.focus_stroke()
    } else {
        theme.border_stroke()
    };
    let corner = CornerRadius::same(radius::CONTROL);
    ui.painter().set(below, egui::epaint::RectShape::new(rect, corner, theme.well, edge, StrokeKind::Inside));
    match problem {
        Some(problem) => typed.on_hover_text(problem),
        None => typed,
    }
}

#[cfg(test)]
mod tests {
    use egui::Role;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn what_is_typed_is_in_the_text() {
        let mut text = String::new();
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                ui.add(
                    TextField::new("Name of the thing", &mut text).hint("Name (optional)").problem(Some("Too short")),
                );
            });
            harness.run();
            harness.get_by_role_and_label(Role::TextInput, "Name of the thing").focus();
            harness.run();
            harness.get_by_label("Name of the thing").type_text("Two of May");
            harness.run();
        }
        assert_eq!(text, "Two of May");
    }
}
