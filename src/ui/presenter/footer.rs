//! The line at the bottom: where the tour stands, and what none may forget.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::PresenterView;
use super::place::Place;
use super::words::labelled;
use crate::domain::CaseRef;
use crate::ui::frame::RESEARCH_USE;
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme;
use crate::ui::widgets::{IconButton, paint};

impl PresenterView {
    pub(super) fn footer(&mut self, ui: &mut Ui, place: Place, state: &State, case: Option<&CaseRef>) {
        let theme = theme::of(ui);
        let top = place.window.bottom() - 48.0 * place.scale;
        let rect = Rect::from_min_max(pos2(place.window.left(), top), place.window.max);
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.surface);
        ui.painter().hline(rect.x_range(), rect.top() + 0.5, theme.hairline_stroke());
        let middle = rect.center().y;
        let (left, right) = (place.at(32.0, 0.0).x, place.at(1248.0, 0.0).x);
        let font = place.font(16.0, false);
        let notice = paint::text(
            ui.painter(),
            pos2(right, middle),
            Align2::RIGHT_CENTER,
            RESEARCH_USE,
            font.clone(),
            theme.secondary,
        );
        let icon = pos2(notice.left() - 22.0 * place.scale, middle);
        paint::icon(ui.painter(), icon, icons::FLASK, 19.0 * place.scale, theme.secondary);
        let Some(case) = case else { return };
        let count = self.tour.cases().len();
        let position = format!("Case {} of {count}", self.tour.position() + 1);
        let widest = paint::width(ui, &format!("Case {count} of {count}"), font.clone());
        let response = ui.interact(
            Rect::from_min_max(pos2(left, rect.top()), pos2(left + widest, rect.bottom())),
            ui.scope_id().with("position"),
            Sense::hover(),
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &position));
        let seed = state.data.as_ref().map_or(0, |data| data.split_seed);
        response.on_hover_text(format!("Drawn from the test set by seed {seed}, half of them healthy; not picked."));
        paint::text(ui.painter(), pos2(left, middle), Align2::LEFT_CENTER, position, font.clone(), theme.text);
        let mut x = left + widest + 14.0 * place.scale;
        for (glyph, name, key, forward) in
            [(icons::CARET_LEFT, "Previous case", "←", false), (icons::CARET_RIGHT, "Next case", "→", true)]
        {
            let side = 28.0 * place.scale;
            let at = Rect::from_min_size(pos2(x, middle - side / 2.0), vec2(side, side));
            x += side + 2.0;
            let button = IconButton::new(glyph, name).key(key).side(side);
            if ui.scope_builder(UiBuilder::new().max_rect(at), |ui| ui.add(button).clicked()).inner {
                self.tour.step(forward);
            }
        }
        let label = labelled(case, state.data.as_deref());
        let at = pos2(x + 12.0 * place.scale, middle);
        paint::text(ui.painter(), at, Align2::LEFT_CENTER, label, font, theme.secondary);
    }
}
