//! The lines behind a finding, in a popup.

use egui::{Popup, PopupCloseBehavior, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use crate::domain::Finding;
use crate::ui::data::words;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{link, paint};

const WIDTH: f32 = 620.0;
const HEIGHT: f32 = 300.0;
const LINE: f32 = 18.0;

/// A link that opens the list. Only the lines in view are laid out: there may be thousands.
pub fn ui(ui: &mut Ui, label: &str, name: &str, finding: &Finding) {
    let response = link(ui, label, name);
    Popup::menu(&response)
        .id(response.id.with("details"))
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .gap(6.0)
        .width(WIDTH)
        .show(|ui| {
            let theme = theme::of(ui);
            ui.set_width(WIDTH);
            ui.label(RichText::new(&finding.title).font(font::body_strong()));
            ui.label(RichText::new(&finding.explanation).color(theme.secondary));
            if finding.details.len() > 12 {
                let count = words::counted(finding.details.len(), "line", "lines");
                ui.label(RichText::new(count).font(font::caption()).color(theme.secondary));
            }
            ui.separator();
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().max_height(HEIGHT).show_rows(ui, LINE, finding.details.len(), |ui, rows| {
                for line in &finding.details[rows] {
                    let (place, response) = ui.allocate_exact_size(vec2(WIDTH, LINE), Sense::hover());
                    paint::line(ui, place, line, font::caption(), theme.text);
                    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, line));
                    response.on_hover_text(line);
                }
            });
        });
}
