//! The Explore screen: the latent space of a model along its principal components, and what lies between and beyond the
//! images in it.

mod camera;
mod color;
mod controls;
mod decoding;
mod draw;
mod empty;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod flows;
mod generate;
mod hover;
mod keys;
mod legend;
mod marks;
mod pair;
mod plot;
mod prepared;
mod variance;
mod walk;

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Rect, Ui, UiBuilder, vec2};
use serde::{Deserialize, Serialize};

use self::camera::View;
use self::generate::{Generator, Tab};
use self::plot::{Plot, Scene};
use self::prepared::{ColorBy, Prepared};
use crate::domain::{Architecture, CaseRef, ModelId, ModelInfo, ModelKind};
use crate::ui::command::{Commands, UiCommand};
use crate::ui::state::{State, ThumbnailRequests};
use crate::ui::textures::{self, Render, Source};
use crate::ui::theme::space;
use crate::ui::widgets::{Cell, paint_thumbnail};

/// Width of the card at the left.
const LEFT: f32 = 256.0;

/// View state of the Explore screen, kept across restarts.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct ExploreView {
    /// Whose latent space is shown; `None` lets the screen choose.
    model: Option<ModelId>,
    color_by: ColorBy,
    in_space: bool,
    /// The components on the axes, from 0.
    axes: [usize; 3],
    tab: Tab,
    /// Groups of the legend that are not shown.
    #[serde(skip)]
    hidden: BTreeSet<(ColorBy, usize)>,
    #[serde(skip)]
    view: View,
    #[serde(skip)]
    prepared: Option<Prepared>,
    #[serde(skip)]
    plot: Plot,
    #[serde(skip)]
    generator: Generator,
    #[serde(skip)]
    requests: ThumbnailRequests,
}

impl Default for ExploreView {
    fn default() -> Self {
        Self {
            model: None,
            color_by: ColorBy::default(),
            in_space: false,
            axes: [0, 1, 2],
            tab: Tab::default(),
            hidden: BTreeSet::new(),
            view: View::default(),
            prepared: None,
            plot: Plot::default(),
            generator: Generator::default(),
            requests: ThumbnailRequests::default(),
        }
    }
}

impl ExploreView {
    /// Whose latent space the screen shows or offers to make: the model chosen, else a VAE, else any with a code.
    pub fn model<'s>(&self, state: &'s State) -> Option<&'s Arc<ModelInfo>> {
        let chosen = self.model.as_ref().and_then(|id| state.model(id));
        let with_code = || state.models.iter().filter(|model| model.latent.is_some());
        chosen
            .or_else(|| with_code().find(|model| model.kind == ModelKind::Network(Architecture::Vae)))
            .or_else(|| with_code().next())
            .or_else(|| state.models.first())
    }

    /// Draws the screen into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        let fresh = self.follow(state);
        let areas = Areas::new(ui.max_rect());
        let Some(model) = self.model(state).filter(|_| state.data.is_some()).cloned() else {
            empty::show(ui, ui.max_rect(), None, state, commands);
            return;
        };
        controls::show(ui, areas.left, self, &model, state);
        let Some(prepared) = self.prepared.take() else {
            empty::show(ui, areas.plot.union(areas.right), Some(&model), state, commands);
            return;
        };
        self.view.in_space = self.in_space;
        keys::read(ui, self, &prepared);
        self.generator.prepare(&prepared, fresh, self.tab, ui, state, commands);
        self.plot_ui(ui, areas.plot, &prepared, &model, state, commands);
        self.generator.ui(ui, areas.right, &prepared, &mut self.tab, state);
        self.ask_thumbnails(ui, &prepared, state, commands);
        self.prepared = Some(prepared);
    }

    /// Prepares what the engine has told; true when that is another latent space than before.
    fn follow(&mut self, state: &State) -> bool {
        let map = self.model(state).and_then(|model| state.latents.get(&model.id));
        let (Some(map), Some(data)) = (map, &state.data) else {
            self.prepared = None;
            return false;
        };
        if self.prepared.as_ref().is_some_and(|prepared| prepared.is_of(map, data)) {
            return false;
        }
        let prepared = Prepared::new(map.clone(), data.clone());
        let last = prepared.map.pca.kept().saturating_sub(1);
        if self.axes.iter().any(|axis| *axis > last) {
            self.axes = [0, 1, 2];
        }
        self.hidden.clear();
        self.view.reset();
        self.prepared = Some(prepared);
        true
    }

    fn plot_ui(
        &mut self,
        ui: &mut Ui,
        card: Rect,
        prepared: &Prepared,
        model: &ModelInfo,
        state: &State,
        commands: &mut Commands,
    ) {
        let trace = self.generator.trace(prepared, self.tab);
        let armed = self.generator.pair.armed.filter(|_| self.tab == Tab::Interpolate);
        let scene = Scene {
            prepared,
            model,
            color_by: self.color_by,
            hidden: &self.hidden,
            axes: self.axes,
            trace: &trace,
            picks: armed.is_some(),
        };
        let clicked = self.plot.ui(ui, card, &scene, &mut self.view, state);
        self.in_space = self.view.in_space;
        match (clicked, armed) {
            (Some(point), Some(slot)) => {
                self.generator.pair.choose(slot, point);
                ui.ctx().request_repaint();
            }
            (Some(point), None) => {
                let sample = prepared.map.points[point].sample;
                commands.push(UiCommand::ShowCase(CaseRef::Sample(sample)));
            }
            (None, _) => {}
        }
    }

    /// Asks for the thumbnails that the frame would have shown.
    fn ask_thumbnails(&mut self, ui: &Ui, prepared: &Prepared, state: &State, commands: &mut Commands) {
        let pair = (self.tab == Tab::Interpolate).then(|| self.generator.pair.points());
        let points = pair.into_iter().flatten().chain(self.plot.hovered());
        let wanted = points.filter_map(|point| prepared.map.points.get(point)).map(|point| point.sample);
        self.requests.ask(ui, state, wanted, commands);
    }
}

/// Lays something out at an exact place; what is laid out next does not notice.
fn placed<R>(ui: &mut Ui, salt: &str, place: Rect, content: impl FnOnce(&mut Ui) -> R) -> R {
    content(&mut ui.new_child(UiBuilder::new().id_salt(salt).max_rect(place)))
}

/// The thumbnail of a point with its class mark.
fn thumbnail(ui: &Ui, place: Rect, prepared: &Prepared, point: usize, state: &State) {
    let sample = prepared.map.points.get(point).map(|point| point.sample);
    let image = sample.and_then(|sample| state.thumbnails.get(&sample));
    let texture = image.map(|image| {
        let aspect = image.width as f32 / image.height.max(1) as f32;
        (textures::texture(ui.ctx(), &Source::Gray(image.clone()), &Render::gray()), aspect)
    });
    let mark = prepared.labels.get(point).copied().flatten();
    paint_thumbnail(ui, place, &Cell { name: String::new(), texture, mark, badge: None, selected: false });
}

/// Where the cards stand.
struct Areas {
    left: Rect,
    plot: Rect,
    right: Rect,
}

impl Areas {
    /// More width goes to the plot, a little to the card at the right.
    fn new(screen: Rect) -> Self {
        let gap = space::CARD_GAP;
        let inner = screen.shrink2(vec2(space::SCREEN, space::M));
        let right = (0.24 * inner.width()).clamp(260.0, 400.0).round();
        let left = inner.with_max_x(inner.left() + LEFT);
        let right = inner.with_min_x(inner.right() - right);
        let plot = inner.with_min_x(left.right() + gap).with_max_x(right.left() - gap);
        Self { left, plot, right }
    }
}
