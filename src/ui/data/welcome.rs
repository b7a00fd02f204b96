//! What stands at the right while no data set is open: an invitation, progress, or why a folder could not be opened.

use egui::{Align2, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::engine::message::{DataOptions, DataSource, Failure};
use crate::ui::command::{Commands, UiCommand};
use crate::ui::data::{open, progress};
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{Button, Card, EmptyState, paint};

/// Width of lines of text.
const MEASURE: f32 = 640.0;

pub fn ui(ui: &mut Ui, rect: Rect, state: &State, commands: &mut Commands) {
    Card::new(rect).show(ui, |ui| {
        let inner = ui.max_rect();
        if let Some(job) = state.opening() {
            let place = Rect::from_center_size(inner.center(), vec2(MEASURE.min(inner.width()), progress::HEIGHT));
            progress::ui(ui, place, job, commands);
        } else if let Some(failure) = &state.data_failure {
            failure_ui(ui, inner, failure, commands);
        } else {
            let sentence = "Choose a folder of chest X-rays, or start with the sample.";
            if EmptyState::new(icons::IMAGES, sentence).button("Open the bundled sample").show(ui, inner) {
                open(DataSource::BundledSample, DataOptions::default(), commands);
            }
        }
    });
}

/// What happened, what to do about it, and the way to do it.
fn failure_ui(ui: &mut Ui, rect: Rect, failure: &Failure, commands: &mut Commands) {
    let theme = theme::of(ui);
    let width = MEASURE.min(rect.width());
    let message = paint::wrapped(ui, &failure.message, font::body_strong(), theme.text, width);
    let advice = paint::wrapped(ui, &failure.advice, font::body(), theme.secondary, width);
    let height = 40.0 + message.size().y + 8.0 + advice.size().y + 16.0 + 28.0;
    let column = Rect::from_center_size(rect.center(), vec2(width, height));
    paint::filled_icon(ui.painter(), column.center_top() + vec2(0.0, 14.0), icons::WARNING, 28.0, theme.caution);
    let mut top = column.top() + 40.0;
    for (galley, color, words) in [(message, theme.text, &failure.message), (advice, theme.secondary, &failure.advice)]
    {
        let strip = Rect::from_min_size(pos2(column.left(), top), vec2(width, galley.size().y));
        let place = Align2::CENTER_TOP.align_size_within_rect(galley.size(), strip);
        let label = ui.interact(place, ui.scope_id().with(words), Sense::hover());
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
        top = place.bottom() + 8.0;
        ui.painter().galley(place.min, galley, color);
    }
    let choose = Button::primary("Choose another folder…");
    let size = vec2(choose.natural_width(ui), 28.0);
    let place = Rect::from_min_size(pos2(column.center().x - size.x / 2.0, top + 8.0), size);
    if ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add(choose).clicked()).inner {
        commands.push(UiCommand::PickDataFolder);
    }
}
