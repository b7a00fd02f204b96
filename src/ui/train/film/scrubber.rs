//! The time line under the pictures.

use std::sync::Arc;

use egui::accesskit::Action;
use egui::{EventFilter, Key, Rect, Response, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::columns::nearest_epoch;
use crate::domain::Preview;
use crate::ui::theme;
use crate::ui::train::axis;
use crate::ui::train::runs::Run;

/// The time line: every epoch a tick, filled up to the newest, the knob at the one shown. Gives the picture moved to.
pub fn show(
    ui: &mut Ui,
    place: Rect,
    run: &Run<'_>,
    previews: &[Arc<Preview>],
    shown: usize,
    color: egui::Color32,
) -> Option<usize> {
    let theme = theme::of(ui);
    let response = ui.interact(place.expand2(vec2(8.0, 0.0)), ui.scope_id().with("scrubber"), Sense::click_and_drag());
    let total = run.reach().max(1.0);
    let epoch = previews.get(shown).map_or(0, |preview| preview.epoch);
    response.widget_info(|| WidgetInfo::slider(true, f64::from(epoch), "Epoch shown"));
    let left = |epoch: f64| place.left() + (epoch / total) as f32 * place.width();
    let middle = place.center().y;
    let stride = (total / f64::from(place.width() / 5.0)).ceil().max(1.0);
    let major = axis::epoch_ticks(0.0, total);
    let mut at = 0.0;
    while at <= total {
        let tall = major.iter().any(|tick| (tick.at - at).abs() < 0.5);
        let half = if tall { 4.0 } else { 2.0 };
        ui.painter().vline(left(at), (middle - half)..=(middle + half), theme.border_stroke());
        at += stride;
    }
    let newest = previews.last().map_or(0, |preview| preview.epoch);
    let track = |to: f64, ink: egui::Color32| {
        ui.painter().line_segment([pos2(place.left(), middle), pos2(left(to), middle)], Stroke::new(2.5, ink));
    };
    track(f64::from(newest), color.gamma_multiply(0.45));
    track(f64::from(epoch), color);
    let knob = pos2(left(f64::from(epoch)), middle);
    ui.painter().circle_filled(knob, 6.0, theme.text);
    if response.hovered() || response.has_focus() {
        ui.painter().circle_stroke(knob, 7.5, Stroke::new(1.5, theme.accent));
    }
    let moved = keys(ui, &response);
    if moved != 0 {
        return Some(shown.saturating_add_signed(moved).min(previews.len() - 1));
    }
    let pointer = response.interact_pointer_pos()?;
    let wanted = f64::from((pointer.x - place.left()) / place.width()) * total;
    Some(nearest_epoch(previews, wanted.round().max(0.0) as u32))
}

/// Steps asked for by arrow keys or a screen reader.
fn keys(ui: &Ui, response: &Response) -> isize {
    let mut moved = 0;
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        moved +=
            ui.input(|input| input.num_presses(Key::ArrowRight) as isize - input.num_presses(Key::ArrowLeft) as isize);
    }
    moved
        + ui.input(|input| {
            input.num_accesskit_action_requests(response.id, Action::Increment) as isize
                - input.num_accesskit_action_requests(response.id, Action::Decrement) as isize
        })
}
