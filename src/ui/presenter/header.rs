//! The question at the top, and a chip for every model.

use egui::{Align2, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, vec2};

use super::place::Place;
use super::{DIGITS, PresenterView};
use crate::ui::frame::paint_logo;
use crate::ui::state::State;
use crate::ui::theme;
use crate::ui::widgets::paint;

impl PresenterView {
    pub(super) fn chips(&mut self, ui: &mut Ui, place: Place, state: &State) {
        let theme = theme::of(ui);
        let mut right = 1248.0;
        for model in state.models.iter().take(DIGITS.len()).rev() {
            let font = place.font(16.0, false);
            let room = (right - 480.0) * place.scale - 64.0 * place.scale;
            let galley = paint::elided(ui, &model.name, font, theme.text, room.min(220.0 * place.scale));
            let width = galley.size().x / place.scale + 50.0;
            if right - width < 480.0 {
                break;
            }
            let rect = place.rect(right - width, 16.0, width, 40.0);
            right -= width + 4.0;
            let selected = self.model.as_ref() == Some(&model.id);
            let response = ui.interact(rect, ui.scope_id().with(("model", &model.id)), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, &model.name));
            let corner = CornerRadius::same((6.0 * place.scale) as u8);
            if selected {
                ui.painter().rect(rect, corner, theme.raised, theme.border_stroke(), StrokeKind::Inside);
            }
            if response.has_focus() {
                ui.painter().rect_stroke(rect, corner, theme.focus_stroke(), StrokeKind::Inside);
            }
            let ink = if selected || response.hovered() { theme.text } else { theme.secondary };
            let dot = rect.left_center() + vec2(20.0, 0.0) * place.scale;
            ui.painter().circle_filled(dot, 5.5 * place.scale, theme.series(model.kind.series()));
            let text = rect.left_center() + vec2(34.0 * place.scale, -galley.size().y / 2.0);
            ui.painter().galley_with_override_text_color(text, galley, ink);
            if response.clicked() {
                self.model = Some(model.id.clone());
            }
        }
    }
}

pub fn header(ui: &mut Ui, place: Place) {
    const QUESTION: &str = "How unusual is this image?";
    let theme = theme::of(ui);
    paint_logo(ui.painter(), place.rect(32.0, 23.0, 26.0, 26.0), theme.accent, theme.text);
    let at = place.at(78.0, 36.0);
    let title = paint::text(ui.painter(), at, Align2::LEFT_CENTER, QUESTION, place.font(28.0, true), theme.text);
    let heading = ui.interact(title, ui.scope_id().with("question"), Sense::hover());
    heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, QUESTION));
    let y = place.at(0.0, 71.5).y;
    ui.painter().hline(place.window.x_range(), y, theme.hairline_stroke());
}
