//! A walk along the principal components, decoded as one goes.

use egui::{Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::generate::{Shown, Trace, decoded};
use super::placed;
use super::prepared::Prepared;
use crate::domain::Pca;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Button, Slider, paint};

/// Directions with a slider.
const MOST: usize = 8;
/// Standard deviations to either side.
const REACH: f32 = 3.0;
const ROW: f32 = 26.0;

/// Where the walk stands.
#[derive(Debug, Default)]
pub struct Walk {
    /// Standard deviations from the mean along the first directions; those left out are 0.
    steps: Vec<f32>,
}

impl Walk {
    /// Where it stands, as a code.
    pub fn code(&self, pca: &Pca) -> Vec<f32> {
        pca.code_at(&self.steps)
    }

    /// What the plot shows of it.
    pub fn trace(&self, pca: &Pca) -> Trace {
        Trace { way: Some([pca.mean.clone(), self.code(pca)]), marks: vec![(self.code(pca), String::new())] }
    }

    pub fn ui(&mut self, ui: &mut Ui, prepared: &Prepared, shown: Shown<'_>) {
        let pca = &prepared.map.pca;
        let room = ui.available_rect_before_wrap();
        let rows = pca.kept().min(MOST);
        let side = (room.height() - rows as f32 * ROW - 110.0).min(room.width()).max(120.0);
        decoded(ui, "Image at this code", shown, side);
        self.steps.resize(rows, 0.0);
        ui.add_space(space::S);
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, step) in self.steps.iter_mut().enumerate() {
            row(ui, index, step);
        }
        if rows == 0 {
            ui.label("The codes of the training images are all the same: there is nothing to walk along.");
        }
        ui.add_space(space::S);
        let words = "From the mean of the training codes, in their standard deviations (sd) along each component.";
        ui.label(RichText::new(words).font(font::caption()).color(theme::of(ui).secondary));
        ui.add_space(space::S);
        ui.horizontal(|ui| {
            let moved = self.steps.iter().any(|step| *step != 0.0);
            if ui.add_enabled(moved, Button::secondary("Back to the mean")).clicked() {
                self.steps.fill(0.0);
            }
        });
    }
}

fn row(ui: &mut Ui, index: usize, step: &mut f32) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let name = format!("PC {}", index + 1);
    let label = Rect::from_min_size(rect.min, vec2(38.0, ROW));
    paint::line(ui, label, &name, font::body(), theme.secondary);
    let value = Rect::from_min_max(pos2(rect.right() - 56.0, rect.top()), rect.max);
    let track =
        Rect::from_min_max(pos2(label.right(), rect.center().y - 10.0), pos2(value.left() - 6.0, rect.bottom()));
    let slider = Slider::new(&name, step, -REACH..=REACH).step(0.1).width(track.width());
    placed(ui, &name, track, |ui| ui.add(slider))
        .on_hover_text("Standard deviations of the training codes from their mean.");
    let text = signed(*step);
    let at = pos2(rect.right(), rect.center().y);
    let placed = paint::text(ui.painter(), at, egui::Align2::RIGHT_CENTER, &text, font::body(), theme.text);
    let spoken = ui.interact(placed, ui.scope_id().with(("step", index)), Sense::hover());
    spoken.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}, {text}")));
}

/// "+1.5 sd", "0.0 sd", "−0.3 sd".
fn signed(step: f32) -> String {
    let sign = match step {
        step if step > 0.04 => "+",
        step if step < -0.04 => "−",
        _ => "",
    };
    format!("{sign}{:.1} sd", step.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_their_sign() {
        assert_eq!([signed(1.5), signed(-0.3), signed(-0.0), signed(0.01)], ["+1.5 sd", "−0.3 sd", "0.0 sd", "0.0 sd"]);
    }

    #[test]
    fn the_walk_begins_at_the_mean() {
        let pca = Pca { mean: vec![1.0, 2.0], components: vec![vec![0.0, 1.0]], sd: vec![3.0], ..Pca::default() };
        let mut walk = Walk::default();
        assert_eq!(walk.code(&pca), [1.0, 2.0]);
        walk.steps = vec![2.0];
        assert_eq!(walk.code(&pca), [1.0, 8.0]);
        assert_eq!(walk.trace(&pca).way, Some([vec![1.0, 2.0], vec![1.0, 8.0]]));
    }
}
