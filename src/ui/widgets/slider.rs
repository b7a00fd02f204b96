//! A slider: track 3 high, knob of radius 6.

use egui::accesskit::Action;
use egui::{CornerRadius, EventFilter, Key, Rect, Response, Sense, Stroke, Ui, Widget, WidgetInfo, pos2, vec2};

use crate::ui::theme;

/// A value in a range, set by dragging, clicking or arrow keys.
#[must_use]
pub struct Slider<'a> {
    name: &'a str,
    value: &'a mut f32,
    low: f32,
    high: f32,
    step: f32,
    width: f32,
    logarithmic: bool,
}

impl<'a> Slider<'a> {
    pub fn new(name: &'a str, value: &'a mut f32, range: std::ops::RangeInclusive<f32>) -> Self {
        let (low, high) = (*range.start(), *range.end());
        Self { name, value, low, high, step: 0.0, width: 80.0, logarithmic: false }
    }

    /// Snaps to multiples; an arrow key moves by one of them (else by a twentieth of the range).
    pub fn step(mut self, step: f32) -> Self {
        self.step = step;
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Equal distances are equal factors; an arrow key moves by a sixtieth of the track. The range must be above 0.
    pub fn logarithmic(mut self) -> Self {
        self.logarithmic = true;
        self
    }

    /// The value at a share of the track.
    fn at(&self, share: f32) -> f32 {
        if self.logarithmic {
            self.low * (self.high / self.low).powf(share)
        } else {
            self.low + share * (self.high - self.low)
        }
    }

    /// The share of the track at which the value stands.
    fn share(&self) -> f32 {
        if self.logarithmic {
            (*self.value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (*self.value - self.low) / (self.high - self.low).max(f32::EPSILON)
        }
    }
}

impl Widget for Slider<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (rect, mut response) = ui.allocate_exact_size(vec2(self.width, 20.0), Sense::click_and_drag());
        let before = *self.value;
        let (left, right) = (rect.left() + 6.0, rect.right() - 6.0);
        if let Some(pointer) = response.interact_pointer_pos() {
            let share = ((pointer.x - left) / (right - left).max(1.0)).clamp(0.0, 1.0);
            *self.value = self.at(share);
        }
        let arrow = if self.step > 0.0 { self.step } else { (self.high - self.low) / 20.0 };
        let mut moved = 0i32;
        if response.has_focus() {
            let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
            moved +=
                ui.input(|input| input.num_presses(Key::ArrowRight) as i32 - input.num_presses(Key::ArrowLeft) as i32);
        }
        moved += ui.input(|input| {
            input.num_accesskit_action_requests(response.id, Action::Increment) as i32
                - input.num_accesskit_action_requests(response.id, Action::Decrement) as i32
        });
        if moved != 0 && self.logarithmic {
            *self.value = self.at(self.share() + moved as f32 / 60.0);
        } else if moved != 0 {
            *self.value += moved as f32 * arrow;
        }
        if self.step > 0.0 {
            *self.value = (*self.value / self.step).round() * self.step;
        }
        *self.value = self.value.clamp(self.low, self.high);
        if (*self.value - before).abs() > 0.0 {
            response.mark_changed();
        }
        let value = f64::from(*self.value);
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), value, self.name));
        let theme = theme::of(ui);
        let knob = pos2(left + self.share() * (right - left), rect.center().y);
        let track = Rect::from_min_max(pos2(rect.left(), knob.y - 1.5), pos2(rect.right(), knob.y + 1.5));
        let corner = CornerRadius::same(2);
        ui.painter().rect_filled(track, corner, theme.border);
        let filled = Rect::from_min_max(track.min, pos2(knob.x, track.bottom()));
        ui.painter().rect_filled(filled, corner, theme.accent);
        ui.painter().circle_filled(knob, 6.0, theme.text);
        if response.hovered() || response.has_focus() {
            ui.painter().circle_stroke(knob, 7.5, Stroke::new(1.5, theme.accent));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use egui::Role;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn arrow_keys_move_by_a_step_and_stop_at_the_end() {
        let mut value = 0.5;
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                ui.add(Slider::new("Opacity", &mut value, 0.0..=1.0).step(0.25));
            });
            harness.run();
            harness.get_by_role_and_label(Role::Slider, "Opacity").focus();
            harness.run();
            for _ in 0..5 {
                harness.key_press(Key::ArrowRight);
                harness.run();
            }
        }
        assert!((value - 1.0).abs() < 1e-6, "{value}");
    }

    #[test]
    fn a_logarithmic_slider_moves_by_factors() {
        let mut value = 1.0;
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                ui.add(Slider::new("Prevalence", &mut value, 0.1..=100.0).logarithmic());
            });
            harness.run();
            harness.get_by_role_and_label(Role::Slider, "Prevalence").focus();
            harness.run();
            for _ in 0..20 {
                harness.key_press(Key::ArrowRight);
                harness.run();
            }
        }
        // A third of three decades.
        assert!((value - 10.0).abs() < 1e-3, "{value}");
    }
}
