//! All panes and their scale in the room under the toolbar.

use std::sync::Arc;

use egui::{Pos2, Rect, ScrollArea, Sense, Ui, UiBuilder, vec2};

use super::display::Show;
use super::facts::Facts;
use super::layout::{self, Arrangement, PANE_GAP, PaneLayout, PaneRects};
use super::pane::{self, ModelPane, PaneAction};
use super::scale;
use super::scene::Scene;
use crate::domain::Analysis;
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::space;
use crate::ui::widgets::EmptyState;

/// What was drawn.
pub struct Drawn {
    /// Panes and scale.
    pub rect: Rect,
    /// What was asked for in a pane; 0 is the input.
    pub action: Option<(usize, PaneAction)>,
}

/// Where the panes ended and what was asked for in one.
struct Panes {
    right: f32,
    bottom: f32,
    /// The row of images that the scale stands beside.
    row: Rect,
    action: Option<(usize, PaneAction)>,
}

/// Draws the panes, or the `maximised` one, and the scale beside them.
pub fn show(
    ui: &mut Ui,
    place: Rect,
    scene: &mut Scene<'_>,
    facts: &Facts,
    models: &[ModelPane<'_>],
    maximised: Option<usize>,
) -> Drawn {
    let width = place.width() - scale::WIDTH - space::M;
    let least = layout::least_height(width, place.height(), models.len(), scene.display.show == Show::Both);
    let mut draw = |ui: &mut Ui, place: Rect| {
        let area = place.with_max_x(place.right() - scale::WIDTH - space::M);
        let first = models.iter().find_map(|pane| pane.analysis);
        let panes = match maximised {
            Some(pane) => one_pane(ui, area, scene, facts, first, models, pane),
            None => all_panes(ui, area, scene, facts, first, models),
        };
        let left = panes.right + space::M;
        scale::show(ui, left, place.top(), panes.row, scene.display);
        let rect = Rect::from_min_max(place.min, Pos2::new(left + scale::WIDTH, panes.bottom));
        Drawn { rect, action: panes.action }
    };
    if least <= place.height() {
        return draw(ui, place);
    }
    // A low window, or very large type: everything scrolls.
    let area = ScrollArea::vertical().id_salt("from top to bottom").auto_shrink([false, false]);
    let scrolled = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        area.show(ui, |ui| {
            let (content, _) = ui.allocate_exact_size(vec2(place.width(), least), Sense::hover());
            draw(ui, content)
        })
    });
    scrolled.inner.inner
}

/// The input and a pane a model; these scroll when there are too many for the room.
fn all_panes(
    ui: &mut Ui,
    area: Rect,
    scene: &mut Scene<'_>,
    facts: &Facts,
    first: Option<&Arc<Analysis>>,
    models: &[ModelPane<'_>],
) -> Panes {
    let both = scene.display.show == Show::Both;
    let layout = layout::lay_out(area.width(), area.height(), models.len(), both);
    let height = layout.height(area.height());
    let outer = Rect::from_min_size(area.min, vec2(layout.input_width, height));
    let rects = PaneRects::upright(outer, layout.side, layout.input, true);
    let mut row = if layout.input == Arrangement::Stacked && both { rects.images[1] } else { rects.images[0] };
    let mut action = pane::input(ui, scene, &rects, facts, first, false).map(|action| (0, action));
    let rest = area.with_min_x(outer.right() + PANE_GAP);
    if models.is_empty() {
        let place = rest.with_max_y(outer.bottom());
        action = no_models(ui, place, scene.state).map(|action| (0, action)).or(action);
        return Panes { right: rest.right(), bottom: outer.bottom(), row, action };
    }
    let count = models.len() as f32;
    let width = count * layout.model_width + (count - 1.0) * PANE_GAP;
    let mut draw = |ui: &mut Ui, origin: Pos2| {
        for model in models {
            let offset = vec2((model.pane - 1) as f32 * (layout.model_width + PANE_GAP), 0.0);
            let (rects, done) = model_pane(ui, origin + offset, height, &layout, scene, model);
            row = if both { rects.images[1] } else { rects.images[0] };
            action = done.map(|done| (model.pane, done)).or(action.take());
        }
    };
    if layout.scrolls {
        // The bar lies in the margin under the panes.
        let view = rest.with_max_y(outer.bottom() + 9.0);
        ui.scope_builder(UiBuilder::new().max_rect(view), |ui| {
            ScrollArea::horizontal().id_salt("panes").auto_shrink([false, false]).show(ui, |ui| {
                let (content, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
                draw(ui, content.min);
            });
        });
    } else {
        draw(ui, rest.min);
    }
    let right = (rest.left() + width).min(rest.right());
    Panes { right, bottom: outer.bottom(), row, action }
}

/// No pane but the input's: an invitation to train, or to add one.
fn no_models(ui: &mut Ui, place: Rect, state: &State) -> Option<PaneAction> {
    let (words, button, action) = if state.models.is_empty() {
        ("Train a model to see what it makes of this image.", "Train a model", PaneAction::Train)
    } else {
        ("No model is shown.", "Add a pane", PaneAction::Add)
    };
    EmptyState::new(icons::STACK, words).button(button).show(ui, place).then_some(action)
}

fn model_pane(
    ui: &mut Ui,
    at: Pos2,
    height: f32,
    layout: &PaneLayout,
    scene: &mut Scene<'_>,
    model: &ModelPane<'_>,
) -> (PaneRects, Option<PaneAction>) {
    let outer = Rect::from_min_size(at, vec2(layout.model_width, height));
    let rects = PaneRects::upright(outer, layout.side, layout.model, layout.both);
    let builder = UiBuilder::new().max_rect(outer).id_salt(("pane", model.pane));
    let action = ui.scope_builder(builder, |ui| pane::model(ui, scene, &rects, model)).inner;
    (rects, action)
}

/// One pane alone, as large as it gets.
fn one_pane(
    ui: &mut Ui,
    area: Rect,
    scene: &mut Scene<'_>,
    facts: &Facts,
    first: Option<&Arc<Analysis>>,
    models: &[ModelPane<'_>],
    pane: usize,
) -> Panes {
    let two = pane == 0 || scene.display.show == Show::Both;
    let rects = PaneRects::maximised(area, two);
    let action = match pane.checked_sub(1).and_then(|index| models.get(index)) {
        None => pane::input(ui, scene, &rects, facts, first, true),
        Some(model) => {
            let builder = UiBuilder::new().max_rect(rects.outer).id_salt(("pane", model.pane));
            ui.scope_builder(builder, |ui| pane::model(ui, scene, &rects, model)).inner
        }
    };
    Panes {
        right: rects.outer.right(),
        bottom: rects.outer.bottom(),
        row: rects.images[0],
        action: action.map(|action| (pane, action)),
    }
}
