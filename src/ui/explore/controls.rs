//! The card at the left: whose latent space, along which axes, in which colours, and how much variance is in them.

use egui::{Align2, Rect, RichText, Sense, Ui, vec2};

use super::prepared::{ColorBy, Prepared};
use super::{ExploreView, legend, placed, variance};
use crate::domain::{ModelInfo, ModelKind, thousands};
use crate::ui::state::State;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Card, Dropdown, Segmented, header, menu_item, paint};

/// Components that can be put on an axis.
const ON_AXES: usize = 12;
const AXES: [&str; 3] = ["X", "Y", "Z"];

/// Draws the card.
pub fn show(ui: &mut Ui, card: Rect, explore: &mut ExploreView, model: &ModelInfo, state: &State) {
    let prepared = explore.prepared.take();
    Card::new(card).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        header(ui, 22.0, "Latent space", |_| {});
        models(ui, explore, model, state);
        let Some(prepared) = &prepared else { return };
        about(ui, prepared);
        title(ui, "Component on each axis");
        axes(ui, explore, prepared);
        title(ui, "Colour by");
        colors(ui, explore);
        legend::show(ui, prepared, explore.color_by, &mut explore.hidden);
        title(ui, "Explained variance");
        variance::show(ui, &prepared.map.pca, theme::of(ui).series(model.kind.series()));
    });
    explore.prepared = prepared;
}

/// A small heading between the parts of the card.
fn title(ui: &mut Ui, text: &str) {
    ui.add_space(space::XS);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, text));
    paint::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, text, font::body_strong(), theme::of(ui).text);
}

fn models(ui: &mut Ui, explore: &mut ExploreView, model: &ModelInfo, state: &State) {
    let theme = theme::of(ui);
    let color = |model: &ModelInfo| theme.series(model.kind.series());
    let width = ui.available_width();
    let mut chosen = None;
    Dropdown::new("Model", &model.name).dot(color(model)).width(width).show(ui, |ui| {
        for other in &state.models {
            let caption = match (other.latent, other.kind) {
                (Some(numbers), _) => format!("{numbers} numbers"),
                (None, ModelKind::Ensemble) => "several codes".to_owned(),
                (None, ModelKind::Network(_)) => "no code".to_owned(),
            };
            if menu_item(ui, &other.name, &caption, Some(color(other)), other.id == model.id).clicked() {
                chosen = Some(other.id.clone());
            }
        }
    });
    if let Some(id) = chosen {
        explore.model = Some(id);
        ui.ctx().request_repaint();
    }
}

/// What the components were fitted to, and what a reader has to know about it.
fn about(ui: &mut Ui, prepared: &Prepared) {
    let theme = theme::of(ui);
    let map = &prepared.map;
    let numbers = if map.pca.latent() == 1 { "number" } else { "numbers" };
    let mut text = format!(
        "{} {numbers} a code. Components fitted to {} training images only, centred on their mean.",
        map.pca.latent(),
        thousands(map.pca.fitted as usize)
    );
    if let Some(other) = &map.trained_on {
        text.push_str(&format!(" The network itself was trained on other images or another split ({other})."));
    }
    if map.left_out > 0 {
        text.push_str(&format!(" {} images are left out, evenly.", thousands(map.left_out as usize)));
    }
    ui.label(RichText::new(text).font(font::caption()).color(theme.secondary));
}

/// Which component lies along which axis.
fn axes(ui: &mut Ui, explore: &mut ExploreView, prepared: &Prepared) {
    let theme = theme::of(ui);
    let kept = prepared.map.pca.kept();
    let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    let width = (row.width() - 2.0 * space::S) / 3.0;
    for (axis, name) in AXES.into_iter().enumerate() {
        let at = row.min + vec2(axis as f32 * (width + space::S), 0.0);
        let place = Rect::from_min_size(at, vec2(width, 28.0));
        let label = Align2::LEFT_CENTER.align_size_within_rect(vec2(12.0, 28.0), place);
        paint::line(ui, label, name, font::body(), theme.secondary);
        let component = explore.axes[axis];
        let text = if component < kept { (component + 1).to_string() } else { "–".to_owned() };
        placed(ui, name, place.with_min_x(label.right()), |ui| {
            if (axis == 2 && !explore.in_space) || kept == 0 {
                ui.disable();
            }
            let spoken = format!("{name} axis");
            Dropdown::new(&spoken, &text).width(width - 12.0).show(ui, |ui| {
                for (other, share) in prepared.map.pca.explained.iter().enumerate().take(ON_AXES) {
                    let caption = variance::percent(*share);
                    if menu_item(ui, &format!("PC {}", other + 1), &caption, None, other == component).clicked() {
                        put_on(&mut explore.axes, axis, other);
                        explore.view.reset();
                    }
                }
            });
        });
    }
}

/// Puts a component on an axis; the axis that had it takes the other's.
fn put_on(axes: &mut [usize; 3], axis: usize, component: usize) {
    if let Some(other) = axes.iter().position(|known| *known == component) {
        axes[other] = axes[axis];
    }
    axes[axis] = component;
}

fn colors(ui: &mut Ui, explore: &mut ExploreView) {
    let mut control = Segmented::new("Colour by");
    for by in ColorBy::ALL {
        control = control.option(by, by.name()).tooltip(match by {
            ColorBy::Label => "Healthy or diseased, as the folder says.",
            ColorBy::Split => "What an image is used for.",
            ColorBy::Score => "The model's score, in standard deviations of held-out healthy images.",
            ColorBy::Finding => "The sub-group that the file or folder name gives, such as bacterial or viral.",
        });
    }
    control.width(ui.available_width()).show(ui, &mut explore.color_by);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_component_lies_along_two_axes() {
        let mut axes = [0, 1, 2];
        put_on(&mut axes, 0, 2);
        assert_eq!(axes, [2, 1, 0]);
        put_on(&mut axes, 1, 7);
        assert_eq!(axes, [2, 7, 0]);
        put_on(&mut axes, 1, 7);
        assert_eq!(axes, [2, 7, 0]);
    }
}
