//! What stands where nothing is yet: an icon, one sentence, one button.

use std::sync::Arc;

use egui::text::LayoutJob;
use egui::{Align, Align2, Galley, Rect, Ui, UiBuilder, pos2, vec2};

use crate::ui::theme::{self, font};
use crate::ui::widgets::{Button, paint};

/// An invitation in the middle of a place.
#[must_use]
pub struct EmptyState<'a> {
    icon: &'a str,
    sentence: &'a str,
    button: Option<&'a str>,
}

impl<'a> EmptyState<'a> {
    pub fn new(icon: &'a str, sentence: &'a str) -> Self {
        Self { icon, sentence, button: None }
    }

    pub fn button(mut self, label: &'a str) -> Self {
        self.button = Some(label);
        self
    }

    /// Draws it in the middle of `rect`; true when the button was clicked.
    pub fn show(self, ui: &mut Ui, rect: Rect) -> bool {
        let theme = theme::of(ui);
        let galley = centred(ui, self.sentence, theme.secondary, (rect.width() - 48.0).min(420.0));
        let button = if self.button.is_some() { 44.0 } else { 0.0 };
        let top = rect.center().y - (40.0 + galley.size().y + button) / 2.0;
        paint::icon(ui.painter(), pos2(rect.center().x, top + 14.0), self.icon, 28.0, theme.disabled);
        let text = Align2::CENTER_TOP
            .align_size_within_rect(galley.size(), Rect::from_x_y_ranges(rect.x_range(), (top + 40.0)..=rect.bottom()));
        let below = text.bottom();
        let label = ui.interact(text, ui.scope_id().with(("empty", self.sentence)), egui::Sense::hover());
        label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, self.sentence));
        // Centred text is laid out around its position.
        ui.painter().galley(text.center_top(), galley, theme.secondary);
        let Some(label) = self.button else { return false };
        let button = Button::secondary(label);
        let size = vec2(button.natural_width(ui), 28.0);
        let place = Rect::from_center_size(pos2(rect.center().x, below + 16.0 + 14.0), size);
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add(button).clicked()).inner
    }
}

/// Text wrapped at a width, each line in the middle.
fn centred(ui: &Ui, text: &str, color: egui::Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple(text.to_owned(), font::body(), color, width.max(0.0));
    job.halign = Align::Center;
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::ui::icons;

    #[test]
    fn one_sentence_and_one_button() {
        let mut clicked = false;
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                let rect = ui.max_rect();
                clicked |=
                    EmptyState::new(icons::IMAGES, "No data set is open.").button("Use bundled sample").show(ui, rect);
            });
            harness.run();
            harness.get_by_label("No data set is open.");
            harness.get_by_label("Use bundled sample").click();
            harness.run();
        }
        assert!(clicked);
    }
}
