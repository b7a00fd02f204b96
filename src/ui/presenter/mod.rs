//! Presenter mode: one model, three images, one figure, one histogram. Large, dark, nothing to break.

mod figure;
#[cfg(test)]
mod flows;
mod footer;
mod header;
mod histogram;
mod pictures;
mod place;
mod tour;
mod words;

use egui::{Color32, CornerRadius, Key, Modifiers, Ui};

use self::figure::{figure, scored_by};
use self::header::header;
use self::pictures::{color_bar, picture};
use self::place::Place;
use self::tour::Tour;
use self::words::{drawn_by, what_set};
use crate::domain::{CaseRef, ModelId, ModelInfo, ThresholdRule};
use crate::imaging::colormap::ColorMap;
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::compare::derived::Derived;
use crate::ui::compare::requests::Requests;
use crate::ui::compare::threshold::threshold;
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::textures::{Render, Source};
use crate::ui::theme;
use crate::ui::widgets::EmptyState;

const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// View state of the presenter mode.
pub struct PresenterView {
    /// Pixels of images are blended into each other.
    pub smooth: bool,
    /// How the line between healthy and unusual is drawn: as on the Benchmark screen.
    pub rule: ThresholdRule,
    tour: Tour,
    model: Option<ModelId>,
    requests: Requests,
    derived: Derived,
}

impl Default for PresenterView {
    fn default() -> Self {
        Self {
            smooth: true,
            rule: ThresholdRule::default(),
            tour: Tour::default(),
            model: None,
            requests: Requests::default(),
            derived: Derived::default(),
        }
    }
}

impl PresenterView {
    /// Draws over the whole window.
    pub fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        let theme = theme::of(ui);
        let place = Place::of(ui.max_rect());
        let ground = if theme.dark { theme::mix(theme.window, Color32::BLACK, 0.5) } else { theme.surface };
        ui.painter().rect_filled(place.window, CornerRadius::ZERO, ground);
        self.derived.begin_frame();
        self.tour.follow(state.data.as_ref());
        self.keys(ui, state);
        let model = self.choose_model(state);
        header(ui, place);
        self.chips(ui, place, state);
        let case = self.tour.current().cloned();
        match (&case, model) {
            (Some(case), Some(model)) => {
                self.request(ui, state, case, commands);
                self.case_ui(ui, place, state, case, &model);
            }
            _ => empty(ui, place, state, commands),
        }
        self.footer(ui, place, state, case.as_ref());
    }

    fn keys(&mut self, ui: &Ui, state: &State) {
        let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowRight) || pressed(Key::PageDown) {
            self.tour.step(true);
        }
        if pressed(Key::ArrowLeft) || pressed(Key::PageUp) {
            self.tour.step(false);
        }
        if pressed(Key::R) || pressed(Key::Home) {
            self.tour.restart();
            self.model = None;
        }
        for (key, model) in DIGITS.into_iter().zip(&state.models) {
            if pressed(key) {
                self.model = Some(model.id.clone());
            }
        }
    }

    /// The model presented: the one chosen, else the first.
    fn choose_model(&mut self, state: &State) -> Option<std::sync::Arc<ModelInfo>> {
        let chosen = self.model.as_ref().and_then(|id| state.model(id));
        let model = chosen.or(state.models.first()).cloned();
        self.model = model.as_ref().map(|model| model.id.clone());
        model
    }

    /// Asks for the case in sight by all models, then for the others, so that neither arrow nor chip has to wait.
    fn request(&mut self, ui: &Ui, state: &State, case: &CaseRef, commands: &mut Commands) {
        let models: Vec<ModelId> = state.models.iter().map(|model| model.id.clone()).collect();
        let now = ui.input(|input| input.time);
        self.requests.send(state, case, &self.tour.others(), &models, now, commands);
    }

    fn case_ui(&mut self, ui: &mut Ui, place: Place, state: &State, case: &CaseRef, model: &ModelInfo) {
        let theme = theme::of(ui);
        let series = theme.series(model.kind.series());
        let key = (case.clone(), model.id.clone());
        let analysis = match state.analyses.get(&key) {
            Some(Ok(analysis)) => Some(analysis.clone()),
            _ => None,
        };
        let shown = match state.cases.get(case) {
            Some(Ok(image)) => Some(Source::Case(image.clone())),
            _ => None,
        };
        let gray = Render { smooth: self.smooth, ..Render::gray() };
        let reconstruction =
            analysis.as_ref().map(|analysis| Source::Plane(self.derived.gray(&analysis.reconstruction, self.smooth)));
        let map = analysis.as_ref().map(|analysis| Source::Plane(self.derived.map(&analysis.map, self.smooth)));
        let color = Render { smooth: self.smooth, ..Render::with_lut(ColorMap::Inferno.lut()) };
        let drawn_by = drawn_by(model);
        let split = what_set(state, case);
        picture(ui, place, 32.0, theme.healthy, ("What we see", &split), (shown, gray));
        picture(ui, place, 424.0, series, ("What healthy would look like", &drawn_by), (reconstruction, gray));
        picture(ui, place, 816.0, series, ("Where they differ", "One scale for all images"), (map, color));
        color_bar(ui, place);
        let failure = match state.analyses.get(&key) {
            Some(Err(failure)) => Some(failure.message.as_str()),
            _ => None,
        };
        figure(ui, place, state, model, analysis.as_deref(), failure);
        scored_by(ui, place, model);
        histogram::ui(
            ui,
            place.rect(424.0, 576.0, 824.0, 150.0),
            place.scale,
            model,
            analysis.as_deref(),
            self.reach(state, model),
            &threshold(state, self.rule, model),
        );
    }

    /// The greatest score of the tour so far, so that the histogram keeps its scale from case to case.
    fn reach(&self, state: &State, model: &ModelInfo) -> f64 {
        let scores = self.tour.cases().iter().filter_map(|case| {
            let analysis = state.analyses.get(&(case.clone(), model.id.clone()))?.as_ref().ok()?;
            Some(analysis.sigma)
        });
        scores.fold(0.0, f64::max)
    }
}

fn empty(ui: &mut Ui, place: Place, state: &State, commands: &mut Commands) {
    let rect = place.rect(32.0, 92.0, 1216.0, 640.0);
    let (sentence, button, screen) = if state.data.is_none() {
        ("Open a data set to present its cases.", "Go to Data", Screen::Data)
    } else {
        ("Train or load a model to present cases with it.", "Go to Train", Screen::Train)
    };
    if EmptyState::new(icons::PRESENTATION, sentence).button(button).show(ui, rect) {
        commands.push(UiCommand::SetPresenter(false));
        commands.push(UiCommand::Go(screen));
    }
}
