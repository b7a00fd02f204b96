//! A thin bar that fills, and a ring that does while a thing is busy.

use egui::{
    Color32, CornerRadius, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Widget, WidgetInfo, vec2,
};

use crate::ui::theme;

/// A bar 3 high. Without a share it shows that work is going on.
#[must_use]
pub struct ProgressBar<'a> {
    name: &'a str,
    share: Option<f32>,
    color: Option<Color32>,
    width: f32,
}

impl<'a> ProgressBar<'a> {
    /// `share` in [0, 1]; `None` while unknown.
    pub fn new(name: &'a str, share: Option<f32>) -> Self {
        Self { name, share, color: None, width: 140.0 }
    }

    pub fn color(mut self, color: Color32) -> Self {
        self.color = Some(color);
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }
}

impl Widget for ProgressBar<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (rect, response) = ui.allocate_exact_size(vec2(self.width, 12.0), Sense::hover());
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, self.name);
            info.value = self.share.map(f64::from);
            info
        });
        let theme = theme::of(ui);
        let track = Rect::from_center_size(rect.center(), vec2(rect.width(), 3.0));
        ui.painter().rect_filled(track, CornerRadius::same(2), theme.border);
        let color = self.color.unwrap_or(theme.accent);
        let filled = if let Some(share) = self.share {
            Rect::from_min_size(track.min, vec2(track.width() * share.clamp(0.0, 1.0), 3.0))
        } else {
            ui.ctx().request_repaint_after_secs(0.05);
            let at = (ui.input(|input| input.time) * 0.6).fract() as f32;
            let width = track.width() * 0.3;
            Rect::from_min_size(track.min + vec2((track.width() + width) * at - width, 0.0), vec2(width, 3.0))
                .intersect(track)
        };
        ui.painter().rect_filled(filled, CornerRadius::same(2), color);
        response
    }
}

/// Paints a ring of which `share` is in colour, from the top clockwise.
pub fn spinner_arc(painter: &Painter, center: Pos2, radius: f32, share: f32, color: Color32, track: Color32) {
    painter.circle_stroke(center, radius, Stroke::new(2.0, track));
    let share = share.clamp(0.0, 1.0);
    let steps = 2 + (share * 40.0) as usize;
    let points = (0..=steps)
        .map(|step| {
            let angle = (step as f32 / steps as f32 * share - 0.25) * std::f32::consts::TAU;
            center + radius * vec2(angle.cos(), angle.sin())
        })
        .collect();
    painter.add(Shape::line(points, Stroke::new(2.0, color)));
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn shares_out_of_range_stay_inside() {
        let mut harness = crate::ui::widgets::harness(|ui| {
            ui.add(ProgressBar::new("Training VAE", Some(7.0)).width(100.0));
            spinner_arc(ui.painter(), ui.max_rect().center(), 6.0, f32::NAN, Color32::WHITE, Color32::GRAY);
        });
        harness.run();
        assert_eq!(harness.get_by_role_and_label(Role::ProgressIndicator, "Training VAE").rect().width(), 100.0);
    }
}
