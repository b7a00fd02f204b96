//! A segmented control: one of a few, side by side in a track.

use egui::{CornerRadius, Key, Rect, Response, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::domain::Label;
use crate::ui::theme::{self, font, height, radius};
use crate::ui::widgets::{paint, paint_class_mark};

struct Segment<'a, T> {
    value: T,
    label: &'a str,
    mark: Option<Label>,
    tooltip: &'a str,
}

/// One of a few. `Segmented::new("Scale").option(Log, "Log").option(Linear, "Linear").show(ui, &mut scale)`.
#[must_use]
pub struct Segmented<'a, T> {
    name: &'a str,
    segments: Vec<Segment<'a, T>>,
    width: Option<f32>,
    height: f32,
}

impl<'a, T: PartialEq> Segmented<'a, T> {
    /// `name` says what is chosen, for screen readers.
    pub fn new(name: &'a str) -> Self {
        Self { name, segments: Vec::new(), width: None, height: height::CONTROL }
    }

    pub fn option(mut self, value: T, label: &'a str) -> Self {
        self.segments.push(Segment { value, label, mark: None, tooltip: "" });
        self
    }

    /// With a class mark before the words.
    pub fn option_with_mark(mut self, value: T, label: &'a str, mark: Label) -> Self {
        self.segments.push(Segment { value, label, mark: Some(mark), tooltip: "" });
        self
    }

    /// Words shown on hover over the option added last.
    pub fn tooltip(mut self, tooltip: &'a str) -> Self {
        if let Some(segment) = self.segments.last_mut() {
            segment.tooltip = tooltip;
        }
        self
    }

    /// As wide as this, shared equally while all words fit so; else each as wide as its words.
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// 24 high.
    pub fn compact(mut self) -> Self {
        self.height = height::COMPACT;
        self
    }

    /// The width it takes by itself.
    pub fn natural_width(&self, ui: &Ui) -> f32 {
        6.0 + self.segments.iter().map(|segment| natural(ui, segment)).sum::<f32>()
    }

    /// Draws the control; the response is `changed` when another option was chosen.
    pub fn show(self, ui: &mut Ui, value: &mut T) -> Response {
        let theme = theme::of(ui);
        let widths: Vec<f32> = match self.width {
            Some(width) => shared(width - 6.0, self.segments.iter().map(|segment| natural(ui, segment)).collect()),
            None => self.segments.iter().map(|segment| natural(ui, segment)).collect(),
        };
        let size = vec2(6.0 + widths.iter().sum::<f32>(), self.height);
        let (rect, mut response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::RadioGroup, ui.is_enabled(), self.name));
        let corner = CornerRadius::same(radius::CONTROL);
        ui.painter().rect(rect, corner, theme.well, theme.border_stroke(), StrokeKind::Inside);
        let mut x = rect.left() + 3.0;
        for (segment, width) in self.segments.into_iter().zip(widths) {
            let place = Rect::from_min_size(pos2(x, rect.top() + 3.0), vec2(width, rect.height() - 6.0));
            x += width;
            let selected = segment.value == *value;
            let part = ui.interact(place, response.id.with(segment.label), Sense::click());
            part.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), selected, segment.label));
            paint_segment(ui, place, &segment, selected, &part);
            let chosen = part.clicked() || (part.has_focus() && ui.input(|input| input.key_pressed(Key::Space)));
            if !segment.tooltip.is_empty() {
                part.on_hover_text(segment.tooltip);
            }
            if chosen && !selected {
                *value = segment.value;
                response.mark_changed();
            }
        }
        response
    }
}

/// Equal widths where the widest words fit into one; else their own, with what is left over shared.
fn shared(room: f32, natural: Vec<f32>) -> Vec<f32> {
    let count = natural.len().max(1) as f32;
    if natural.iter().all(|width| *width - 8.0 <= room / count) {
        return vec![room / count; natural.len()];
    }
    let spare = (room - natural.iter().sum::<f32>()) / count;
    natural.into_iter().map(|width| width + spare).collect()
}

fn natural<T>(ui: &Ui, segment: &Segment<'_, T>) -> f32 {
    18.0 + paint::width(ui, segment.label, font::body()) + if segment.mark.is_some() { 15.0 } else { 0.0 }
}

fn paint_segment<T>(ui: &Ui, place: Rect, segment: &Segment<'_, T>, selected: bool, part: &Response) {
    let theme = theme::of(ui);
    let corner = CornerRadius::same(radius::SEGMENT);
    if selected {
        ui.painter().rect(place, corner, theme.raised, theme.border_stroke(), StrokeKind::Inside);
    }
    if part.has_focus() {
        ui.painter().rect_stroke(place, corner, theme.focus_stroke(), StrokeKind::Inside);
    }
    let ink = if selected || part.hovered() { theme.text } else { theme.secondary };
    let mark = if segment.mark.is_some() { 15.0 } else { 0.0 };
    let galley = paint::elided(ui, segment.label, font::body(), ink, place.width() - mark - 6.0);
    let left = place.center().x - f32::midpoint(galley.size().x, mark);
    if let Some(label) = segment.mark {
        paint_class_mark(ui.painter(), pos2(left + 4.5, place.center().y), 4.5, label, theme.secondary);
    }
    let at = pos2(left + mark, place.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, ink);
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn choosing_another_option_changes_the_value_once() {
        let (mut value, mut changes) = (1, 0);
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                let control = Segmented::new("Scale").option(1, "Log").option_with_mark(2, "Healthy", Label::Healthy);
                changes += i32::from(control.show(ui, &mut value).changed());
            });
            harness.run();
            harness.get_by_role_and_label(Role::RadioButton, "Healthy").click();
            harness.run();
            harness.get_by_role_and_label(Role::RadioButton, "Healthy").click();
            harness.run();
        }
        assert_eq!((value, changes), (2, 1));
    }

    #[test]
    fn long_words_take_from_short_ones() {
        assert_eq!(shared(90.0, vec![20.0, 30.0, 25.0]), [30.0; 3]);
        assert_eq!(shared(90.0, vec![50.0, 20.0, 14.0]), [52.0, 22.0, 16.0]);
    }

    #[test]
    fn a_given_width_is_kept() {
        let mut value = 1;
        let mut harness = crate::ui::widgets::harness(move |ui| {
            Segmented::new("Preset").option(1, "Recommended").option(2, "Custom").width(288.0).show(ui, &mut value);
        });
        harness.run();
        assert_eq!(harness.get_by_role_and_label(Role::RadioGroup, "Preset").rect().width(), 288.0);
    }
}
