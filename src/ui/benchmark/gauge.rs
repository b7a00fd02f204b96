//! The shift gauge: whether the healthy test images score like those that set the threshold.

use egui::{Align2, CornerRadius, Rangef, Rect, Role, Stroke, Ui, pos2, vec2};

use super::look::speak;
use super::{Shown, format};
use crate::domain::ThresholdRule;
use crate::evaluation::Shift;
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::paint;

/// From 0 over "alike" at the middle to 1, and what follows for the threshold.
pub fn show(ui: &Ui, rect: Rect, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), 18.0));
    let placed = paint::line(ui, line, "Shift", font::caption(), theme.secondary);
    let below = Rect::from_min_size(line.left_bottom(), vec2(rect.width(), 16.0));
    let Some(shift) = shown.shift() else {
        let text = "No held-out healthy scores to compare with.";
        let placed = paint::line(ui, below, text, font::caption(), theme.secondary);
        speak(ui, placed, "shift", Role::Label, text);
        return;
    };
    let figures = format!("{:.2} [{:.2}–{:.2}]", shift.auroc.value, shift.auroc.low, shift.auroc.high);
    let at = pos2(rect.right(), line.center().y);
    let text = paint::text(ui.painter(), at, Align2::RIGHT_CENTER, &figures, font::caption(), theme.text);
    track(ui, Rangef::new(placed.right() + 10.0, text.left() - 10.0), line.center().y, shift);
    verdict(ui, below, shift, shown.rule);
    let said = format!("Shift of healthy images: AUROC {figures}. {}", shift.sentence(shown.rule));
    speak(ui, rect, "shift", Role::Label, &said).on_hover_text(format!(
        "{} AUROC of {} held-out healthy images against {} healthy test images, with DeLong's 95{}% interval: 0.5 is alike.",
        shift.sentence(shown.rule),
        shift.validation,
        shift.test,
        format::THIN,
    ));
}

fn track(ui: &Ui, x: Rangef, y: f32, shift: &Shift) {
    let theme = theme::of(ui);
    let at = |value: f64| x.min + value.clamp(0.0, 1.0) as f32 * x.span();
    let bar = Rect::from_min_max(pos2(x.min, y - 1.5), pos2(x.max, y + 1.5));
    ui.painter().rect_filled(bar, CornerRadius::same(2), theme.border);
    ui.painter().vline(at(0.5), y - 6.0..=y + 6.0, Stroke::new(1.0, theme.secondary));
    let color = if shift.differs() { theme.caution } else { theme.healthy };
    let whisker = Rangef::new(at(shift.auroc.low), at(shift.auroc.high));
    ui.painter().hline(whisker, y, Stroke::new(2.0, color));
    ui.painter().circle_filled(pos2(at(shift.auroc.value), y), 4.0, color);
}

/// The sentence in so few words that they fit.
fn verdict(ui: &Ui, rect: Rect, shift: &Shift, rule: ThresholdRule) {
    let theme = theme::of(ui);
    let (text, color) = match (shift.differs(), shift.auroc.value > 0.5, rule.rests_on_held_out()) {
        (true, true, true) => ("expect more false alarms than promised", theme.caution),
        (true, false, true) => ("expect fewer false alarms than promised", theme.caution),
        (true, true, false) => ("healthy test images score higher", theme.caution),
        (true, false, false) => ("healthy test images score lower", theme.caution),
        (false, ..) => ("test healthy images score like held-out ones", theme.secondary),
    };
    let mut place = rect;
    if shift.differs() {
        paint::filled_icon(ui.painter(), rect.left_center() + vec2(6.0, 0.0), icons::WARNING, 12.0, color);
        place.min.x += 17.0;
    }
    paint::line(ui, place, text, font::caption(), color);
}
