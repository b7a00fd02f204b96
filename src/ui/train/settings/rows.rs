//! A row of the settings: a label at the left, a control at the right, and under both what is wrong.

use egui::{Align, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::controls::FIELD;
use super::fields::Fields;
use crate::domain::TrainingSettings;
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{NumberField, paint};

/// Height of a row.
const ROW: f32 = 32.0;

/// A row for a number.
pub struct Number<'a> {
    /// In `TrainingSettings`, for its problem.
    pub field: &'static str,
    pub label: &'static str,
    pub unit: &'a str,
    pub tooltip: &'static str,
    pub step: f64,
    pub decimals: Option<usize>,
}

impl<'a> Number<'a> {
    pub fn whole(field: &'static str, label: &'static str, unit: &'a str, tooltip: &'static str) -> Self {
        Self { field, label, unit, tooltip, step: 1.0, decimals: Some(0) }
    }

    pub fn real(field: &'static str, label: &'static str, unit: &'a str, tooltip: &'static str, step: f64) -> Self {
        Self { field, label, unit, tooltip, step, decimals: None }
    }
}

impl<'a> Fields<'a> {
    pub fn real(&mut self, ui: &mut Ui, number: &Number<'_>, field: fn(&mut TrainingSettings) -> &mut f64) {
        let now = *field(self.settings);
        self.number(ui, number, |_| now, |settings, value| *field(settings) = value);
    }

    pub fn percent(&mut self, ui: &mut Ui, number: &Number<'_>, field: fn(&mut TrainingSettings) -> &mut f64) {
        let now = shown_percent(*field(self.settings));
        self.number(ui, number, |_| now, |settings, value| *field(settings) = value / 100.0);
    }

    pub fn number(
        &mut self,
        ui: &mut Ui,
        number: &Number<'_>,
        get: impl Fn(&TrainingSettings) -> f64,
        set: impl Fn(&mut TrainingSettings, f64),
    ) {
        let problem = self.problem(number.field);
        self.row(ui, number.field, number.label, number.tooltip, |ui, fields| {
            let mut value = get(fields.settings);
            let field = NumberField::new(number.label, &mut value)
                .unit(number.unit)
                .width(FIELD)
                .step(number.step)
                .decimals(number.decimals)
                .scientific_below(1e-3)
                .problem(problem);
            if ui.add(field).changed() {
                set(fields.settings, value);
            }
        });
    }

    fn problem(&self, field: &str) -> Option<&'a str> {
        let problems = self.problems;
        problems.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }

    /// A label at the left, a control at the right, and under both what is wrong.
    pub fn row(
        &mut self,
        ui: &mut Ui,
        field: &'static str,
        label: &str,
        tooltip: &str,
        control: impl FnOnce(&mut Ui, &mut Self),
    ) {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
        let place = Rect::from_min_max(rect.min, pos2(rect.right() - FIELD - 8.0, rect.bottom()));
        paint::line(ui, place, label, font::body(), theme.secondary);
        let hover = ui.interact(place, ui.scope_id().with(("label", label)), Sense::hover());
        if !tooltip.is_empty() {
            hover.on_hover_text(tooltip);
        }
        let place = Rect::from_min_max(pos2(rect.right() - FIELD, rect.top()), rect.max);
        let builder = UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center)).id_salt(label);
        let mut child = ui.new_child(builder);
        control(&mut child, self);
        let problems = self.problems;
        for problem in problems.iter().filter(|problem| problem.field == field && leads(field, label)) {
            problem_ui(ui, &problem.message);
        }
    }
}

/// Several rows share a field of the settings; its problems stand under one of them.
fn leads(field: &str, label: &str) -> bool {
    match field {
        "augmentation" => label == "Shift",
        "score" => label == "Difference",
        _ => true,
    }
}

fn problem_ui(ui: &mut Ui, message: &str) {
    let theme = theme::of(ui);
    let width = ui.available_width();
    let galley = paint::wrapped(ui, message, font::caption(), theme.bad, width - 18.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, galley.size().y + 4.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, message));
    paint::icon(ui.painter(), rect.left_top() + vec2(6.0, 7.0), icons::WARNING_CIRCLE, 13.0, theme.bad);
    ui.painter().galley(rect.min + vec2(18.0, 0.0), galley, theme.bad);
}

/// Without the noise of binary fractions: 5, not 5.000000000000001.
pub fn shown_percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

/// A row for a whole number.
pub fn whole(fields: &mut Fields<'_>, ui: &mut Ui, number: &Number<'_>, field: fn(&mut TrainingSettings) -> &mut u32) {
    let now = f64::from(*field(fields.settings));
    let set = |settings: &mut TrainingSettings, value: f64| {
        *field(settings) = value.round().clamp(0.0, f64::from(u32::MAX)) as u32;
    };
    fields.number(ui, number, |_| now, set);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_shown_without_noise() {
        assert_eq!(shown_percent(0.05), 5.0);
        assert_eq!(shown_percent(0.031_25), 3.125);
    }
}
