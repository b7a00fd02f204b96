//! The list of rules that a threshold can be drawn by.

use egui::{Align, Layout, Ui, UiKind};

use crate::domain::ThresholdRule;
use crate::evaluation;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Dropdown, NumberField, menu_item, menu_label};

/// Said wherever a rule of the list saw the labels of the images it is reported on.
pub const OPTIMISTIC: &str = "optimistic: chosen on labelled images";

/// The dropdown; gives the rule that was chosen. `provenance` is its tooltip.
pub fn dropdown(ui: &mut Ui, rule: ThresholdRule, provenance: &str) -> Option<ThresholdRule> {
    let mut chosen = None;
    let text = evaluation::rule_name(rule);
    let dropdown = Dropdown::new("Threshold rule", &text).width(206.0).stays_open();
    let response = dropdown.show(ui, |ui| chosen = menu(ui, rule));
    response.on_hover_text(format!("Threshold: {provenance}."));
    chosen
}

fn menu(ui: &mut Ui, rule: ThresholdRule) -> Option<ThresholdRule> {
    let mut chosen = None;
    let mut optimistic = false;
    menu_label(ui, "On held-out healthy training images");
    for option in evaluation::rule_options() {
        if option.is_optimistic() && !optimistic {
            optimistic = true;
            chosen = target(ui, rule).or(chosen);
            ui.add_space(space::XS);
            menu_label(ui, "On the test images themselves");
        }
        let caption = if option.is_optimistic() { OPTIMISTIC } else { "" };
        if menu_item(ui, &evaluation::rule_name(option), caption, None, option == rule).clicked() {
            chosen = Some(option);
            ui.close_kind(UiKind::Menu);
        }
    }
    ui.add_space(space::XS);
    menu_label(ui, "Or drag the line in the histogram.");
    chosen
}

/// A specificity of one's own, reached on the held-out healthy images.
fn target(ui: &mut Ui, rule: ThresholdRule) -> Option<ThresholdRule> {
    let theme = theme::of(ui);
    let mut percent = match rule {
        ThresholdRule::ValidationPercentile { percentile } => percentile,
        _ => 95.0,
    };
    let row = egui::vec2(ui.available_width(), 32.0);
    ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
        ui.add_space(20.0);
        ui.label(egui::RichText::new("Target specificity").font(font::body()).color(theme.text));
        let field = NumberField::new("Target specificity in per cent", &mut percent)
            .unit("%")
            .width(84.0)
            .decimals(None)
            .clamp(1.0, 100.0);
        ui.add(field).changed().then_some(ThresholdRule::ValidationPercentile { percentile: percent })
    })
    .inner
}
