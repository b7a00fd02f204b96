//! A field for a number, with its unit at the right.

use egui::{Key, Rect, Response, Sense, TextEdit, Ui, Widget, pos2, vec2};

use crate::ui::theme::{self, font, height};
use crate::ui::widgets::{paint, text};

/// A number typed by hand. Arrow keys step it; what cannot be read as a number is put back.
#[must_use]
pub struct NumberField<'a> {
    name: &'a str,
    value: &'a mut f64,
    unit: &'a str,
    width: f32,
    step: f64,
    decimals: Option<usize>,
    scientific_below: f64,
    range: (f64, f64),
    problem: Option<&'a str>,
}

impl<'a> NumberField<'a> {
    pub fn new(name: &'a str, value: &'a mut f64) -> Self {
        Self {
            name,
            value,
            unit: "",
            width: 128.0,
            step: 1.0,
            decimals: Some(0),
            scientific_below: 0.0,
            range: (f64::NEG_INFINITY, f64::INFINITY),
            problem: None,
        }
    }

    pub fn unit(mut self, unit: &'a str) -> Self {
        self.unit = unit;
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// What an arrow key adds.
    pub fn step(mut self, step: f64) -> Self {
        self.step = step;
        self
    }

    /// Digits after the point; `None` shows as many as are needed.
    pub fn decimals(mut self, decimals: Option<usize>) -> Self {
        self.decimals = decimals;
        self
    }

    /// Values below this are shown like 1e-4.
    pub fn scientific_below(mut self, limit: f64) -> Self {
        self.scientific_below = limit;
        self
    }

    /// Keeps the number within limits. Where a number out of range is to be reported instead, leave this off.
    pub fn clamp(mut self, low: f64, high: f64) -> Self {
        self.range = (low, high);
        self
    }

    /// What is wrong with the number: a red edge, the words on hover.
    pub fn problem(mut self, problem: Option<&'a str>) -> Self {
        self.problem = problem;
        self
    }

    fn show(value: f64, decimals: Option<usize>, scientific_below: f64) -> String {
        if value != 0.0 && value.abs() < scientific_below {
            return format!("{value:e}");
        }
        match decimals {
            Some(decimals) => format!("{value:.decimals$}"),
            None => format!("{value}"),
        }
    }
}

/// Reads a number as people write it: decimal point or comma, thin spaces between thousands, 1e-3.
fn parse(text: &str) -> Option<f64> {
    let text: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let text = if text.matches(',').count() == 1 && !text.contains('.') { text.replace(',', ".") } else { text };
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

impl Widget for NumberField<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, height::CONTROL), Sense::hover());
        let unit = paint::width(ui, self.unit, font::caption());
        let room = Rect::from_min_max(
            rect.min + vec2(9.0, 0.0),
            pos2(rect.right() - if unit > 0.0 { unit + 14.0 } else { 8.0 }, rect.bottom()),
        );
        let id = ui.scope_id().with(("number", self.name));
        let typed: Option<String> = ui.data(|data| data.get_temp(id));
        let mut text = typed.clone().unwrap_or_else(|| Self::show(*self.value, self.decimals, self.scientific_below));
        let background = ui.painter().add(egui::Shape::Noop);
        let edit = TextEdit::singleline(&mut text)
            .id(id.with("edit"))
            .frame(egui::Frame::NONE)
            .font(font::body())
            .desired_width(room.width())
            .align(egui::Align2::LEFT_CENTER);
        let mut response = ui.put(room, edit).accessible_name(self.name);
        let before = *self.value;
        if response.has_focus() {
            let stepped = ui.input_mut(|input| {
                f64::from(u8::from(input.consume_key(egui::Modifiers::NONE, Key::ArrowUp)))
                    - f64::from(u8::from(input.consume_key(egui::Modifiers::NONE, Key::ArrowDown)))
            });
            if stepped != 0.0 {
                *self.value = (parse(&text).unwrap_or(before) + stepped * self.step).clamp(self.range.0, self.range.1);
                text = Self::show(*self.value, self.decimals, self.scientific_below);
            } else if let Some(number) = parse(&text) {
                *self.value = number.clamp(self.range.0, self.range.1);
            }
            ui.data_mut(|data| data.insert_temp(id, text));
        } else if typed.is_some() {
            if let Some(number) = parse(&text) {
                *self.value = number.clamp(self.range.0, self.range.1);
            }
            ui.data_mut(|data| data.remove_temp::<String>(id));
        }
        if (*self.value - before).abs() > 0.0 {
            response.mark_changed();
        } else {
            response.flags.remove(egui::response::Flags::CHANGED);
        }
        let response = text::well(ui, rect, background, response, self.problem);
        let at = pos2(rect.right() - 9.0, rect.center().y);
        paint::text(ui.painter(), at, egui::Align2::RIGHT_CENTER, self.unit, font::caption(), theme.secondary);
        response
    }
}

#[cfg(test)]
mod tests {
    use egui::Role;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, number) in [("0.002", 0.002), ("0,002", 0.002), ("1 200", 1200.0), ("2e-3", 0.002), (" 7 ", 7.0)] {
            assert_eq!(parse(text), Some(number), "{text:?}");
        }
        for text in ["", "abc", "1.2.3", "inf", "NaN", "1,2,3"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(NumberField::show(0.0001, None, 0.001), "1e-4");
        assert_eq!(NumberField::show(64.0, Some(0), 0.0), "64");
    }

    fn type_into(text: &str) -> f64 {
        let mut value = 64.0;
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                ui.add(NumberField::new("Batch", &mut value).unit("images").clamp(1.0, 4096.0));
            });
            harness.run();
            let field = harness.get_by_role_and_label(Role::TextInput, "Batch");
            field.focus();
            harness.run();
            harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
            harness.get_by_label("Batch").type_text(text);
            harness.run();
            harness.key_press(Key::Enter);
            harness.run();
        }
        value
    }

    #[test]
    fn what_is_typed_counts_within_the_limits_and_nonsense_does_not() {
        assert_eq!(type_into("128"), 128.0);
        assert_eq!(type_into("99999"), 4096.0);
        assert_eq!(type_into("many"), 64.0);
    }
}
