//! The Compare screen: one case, the input and every chosen model's view of it, side by side.
//!
//! Every frame: bring panes and list in line with the state, carry out keys and what the pointer did in the places the
//! last frame drew, draw, and ask the engine for what is missing. Pictures stay until their successors arrive.

mod body;
mod canvas;
mod case_strip;
pub(in crate::ui) mod derived;
mod display;
mod facts;
pub(in crate::ui) mod figures;
#[cfg(test)]
pub(in crate::ui) mod fixture;
#[cfg(test)]
mod flows;
mod keys;
mod layout;
mod lesion;
mod misses;
mod navigation;
mod pane;
mod panes;
mod readout;
pub(in crate::ui) mod requests;
mod scale;
mod scene;
mod signed;
pub(in crate::ui) mod threshold;
mod toolbar;
mod view;
mod window_level;

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Rect, Ui, pos2, vec2};

use self::canvas::Place;
use self::derived::Derived;
use self::display::{Display, Show};
use self::facts::Facts;
use self::lesion::LesionTool;
use self::navigation::Navigator;
use self::pane::{ModelPane, PaneAction};
use self::panes::Panes;
use self::requests::Requests;
use self::scene::{Cross, Original, Scene};
use self::toolbar::ToolbarAction;
use self::view::Views;
use self::window_level::WindowLevel;
use crate::domain::{Analysis, CaseRef, ModelId, ModelInfo, NoLungs, ThresholdRule};
use crate::engine::message::EngineCommand;
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::frame::Readout;
use crate::ui::icons;
use crate::ui::state::{State, ThumbnailRequests};
use crate::ui::theme::space;
use crate::ui::widgets::EmptyState;

/// An answer that takes longer than this is waited for visibly; most come sooner, and a flash would be noise.
const VISIBLE_WAIT_SECS: f64 = 0.15;

/// Longer than this no answer about a lesion is waited for once it has changed.
const MOST_PAINTING_SECS: f64 = 2.0;

/// View state of the Compare screen, kept across restarts.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CompareView {
    navigator: Navigator,
    panes: Panes,
    display: Display,
    views: Views,
    lesion: LesionTool,
    #[serde(skip)]
    live: Live,
}

/// What does not survive a restart.
#[derive(Default)]
struct Live {
    requests: Requests,
    thumbnails: ThumbnailRequests,
    derived: Derived,
    readout: Option<Readout>,
    cross: Option<Cross>,
    /// The pane that fills the screen; 0 is the input.
    maximised: Option<usize>,
    /// The newest answer of each model shown.
    shown: HashMap<ModelId, Arc<Analysis>>,
    original: Option<Original>,
    places: Vec<Place>,
    /// The case that answers are missing for, and since when.
    waiting: Option<(CaseRef, f64)>,
    /// The painted case asked for last, and when. While a lesion is dragged larger its answers show although the next
    /// ones are wanted already, and nothing newer is asked for before they are there: else the first model alone would
    /// ever answer.
    painting: Option<(CaseRef, f64)>,
    /// Where panes and scale were drawn, for a picture of them.
    drawn: Option<Rect>,
}

impl CompareView {
    /// Draws the screen into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        self.panes.sync(state);
        self.sync_list(state);
        self.lesion.sync(state, self.navigator.current());
        self.live.derived.begin_frame();
        self.keys(ui, state, commands);
        self.gestures(ui);
        let screen = ui.max_rect();
        if self.navigator.current().is_none() {
            self.live.readout = None;
            no_case(ui, screen, state, commands);
            return;
        }
        let strip = screen.with_max_y(screen.top() + case_strip::HEIGHT);
        let bar = Rect::from_min_max(strip.left_bottom(), pos2(screen.right(), strip.bottom() + toolbar::HEIGHT));
        let painting = if self.lesion.is_on() { lesion::HEIGHT } else { 0.0 };
        let lesion_bar = Rect::from_min_max(bar.left_bottom(), pos2(screen.right(), bar.bottom() + painting));
        let first = self.first_model(state);
        let thumbnails = &mut self.live.thumbnails;
        case_strip::show(ui, strip, state, &mut self.navigator, first.as_deref(), thumbnails, commands);
        let can_reset = !self.views.are_whole() || self.display.window != WindowLevel::default();
        let lungs = self.no_lungs();
        let asked = toolbar::show(ui, bar, &mut self.display, self.lesion.is_on(), can_reset, lungs.as_deref());
        if self.lesion.is_on() {
            self.lesion.ui(ui, lesion_bar);
        }
        // A click changes the list in this frame; what is shown must be in it.
        self.sync_list(state);
        self.lesion.sync(state, self.navigator.current());
        let body = Rect::from_min_max(lesion_bar.left_bottom(), screen.max).shrink2(vec2(space::SCREEN, space::M));
        let now = ui.input(|input| input.time);
        self.follow(state, now);
        self.body(ui, body, state, now, commands);
        if let Some(asked) = asked {
            self.carry_out(asked, state, commands);
        }
        self.ask(state, now, commands);
        self.live.readout = self.read(state);
        if self.display.blink {
            ui.ctx().request_repaint_after_secs(Display::blink_next_secs(now) as f32);
        }
    }

    /// Shows a case from now on; the screen asks for its analyses when it is drawn next.
    pub fn show_case(&mut self, case: CaseRef) {
        self.navigator.show(case);
    }

    /// Whether pixels are blended into each other; the settings of the window have the same switch.
    pub fn smooth(&self) -> bool {
        self.display.smooth
    }

    pub fn set_smooth(&mut self, smooth: bool) {
        self.display.smooth = smooth;
    }

    /// Thresholds, and what misses them, are those of this rule from now on: it is chosen on the Benchmark screen.
    pub fn set_rule(&mut self, rule: ThresholdRule) {
        self.navigator.set_rule(rule);
    }

    /// The values under the cross-hair, for the status bar; `None` while it is off or outside.
    pub fn readout(&self) -> Option<&Readout> {
        self.live.readout.as_ref()
    }

    /// The case in sight, with the lesions painted onto it.
    fn case(&self) -> Option<CaseRef> {
        self.navigator.current().map(|case| self.lesion.painted(case))
    }

    fn first_model(&self, state: &State) -> Option<Arc<ModelInfo>> {
        self.panes.first(state).and_then(|id| state.model(id)).cloned()
    }

    /// Why the lungs cannot be outlined; `None` when they can, or when nothing is known yet.
    fn no_lungs(&self) -> Option<String> {
        let mut shown = self.live.shown.values();
        if self.live.shown.values().any(|analysis| analysis.lungs.is_ok()) {
            return None;
        }
        shown.find_map(|analysis| analysis.lungs.as_ref().err().map(NoLungs::sentence))
    }

    fn sync_list(&mut self, state: &State) {
        self.navigator.sync(state, self.panes.first(state));
    }

    /// What the pointer did in the places of the last frame.
    fn gestures(&mut self, ui: &Ui) {
        let places = std::mem::take(&mut self.live.places);
        let linked = self.display.linked;
        for place in &places {
            let before = self.views.get(linked, place.pane);
            let mut view = before;
            let done = canvas::gestures(ui, place, &mut view, &mut self.display);
            if done.moved && view != before {
                self.views.set(linked, place.pane, view);
            }
            if let Some(point) = done.over {
                self.live.cross = Some(Cross { point, pane: place.pane });
            }
            let paints = self.lesion.is_on() && place.pane == 0;
            if let Some(point) = done.clicked.filter(|_| paints) {
                self.lesion.place(point);
            }
            if done.maximise && !paints {
                self.toggle_maximised(place.pane);
            }
        }
        self.live.places = places;
        self.live.places.clear();
    }

    fn toggle_maximised(&mut self, pane: usize) {
        self.live.maximised = if self.live.maximised == Some(pane) { None } else { Some(pane) };
    }

    /// Takes over the answers that have arrived for the case in sight; what is shown stays until then.
    fn follow(&mut self, state: &State, now: f64) {
        let Some(case) = self.case() else { return };
        self.follow_painting(state, &case);
        if let Some(Ok(image)) = state.cases.get(&case)
            && self.live.original.as_ref().is_none_or(|shown| !Arc::ptr_eq(&shown.image, image))
        {
            self.live.original = Some(Original { case: case.clone(), image: image.clone() });
        }
        let wanted = self.panes.wanted(state);
        let mut missing = false;
        for id in &wanted {
            match state.analyses.get(&(case.clone(), id.clone())) {
                Some(Ok(analysis)) => {
                    self.live.shown.insert(id.clone(), analysis.clone());
                }
                Some(Err(_)) => {
                    self.live.shown.remove(id);
                }
                None => missing = true,
            }
        }
        self.live.shown.retain(|id, _| wanted.contains(id));
        if missing {
            if self.live.waiting.as_ref().is_none_or(|(waited_for, _)| *waited_for != case) {
                self.live.waiting = Some((case, now));
            }
        } else {
            self.live.waiting = None;
        }
        if self.live.cross.is_none() {
            self.live.cross = self.place_of_most_error(state);
        }
    }

    /// Takes over the answers about lesions that have changed since, as long as there are no newer ones.
    fn follow_painting(&mut self, state: &State, case: &CaseRef) {
        let Some((asked, _)) = self.live.painting.clone() else { return };
        if asked == *case || asked.original() != case.original() || case.lesions().is_empty() {
            return;
        }
        if let Some(Ok(image)) = state.cases.get(&asked) {
            self.live.original = Some(Original { case: asked.clone(), image: image.clone() });
        }
        for id in self.panes.wanted(state) {
            if let Some(Ok(analysis)) = state.analyses.get(&(asked.clone(), id.clone())) {
                self.live.shown.insert(id, analysis.clone());
            }
        }
    }

    /// Where the crosshair begins: at the largest error of the first model, the outer parts of the image left out.
    fn place_of_most_error(&self, state: &State) -> Option<Cross> {
        let map = &self.live.shown.get(self.panes.first(state)?)?.map;
        let point = |index: usize| {
            let (x, y) = (index % map.width.max(1) as usize, index / map.width.max(1) as usize);
            pos2((x as f32 + 0.5) / map.width as f32, (y as f32 + 0.5) / map.height as f32)
        };
        let central = Rect::from_min_max(pos2(0.15, 0.15), pos2(0.85, 0.85));
        let inside = map.values.iter().enumerate().filter(|(index, _)| central.contains(point(*index)));
        let most = inside.max_by(|a, b| a.1.total_cmp(b.1))?.0;
        Some(Cross { point: point(most), pane: 1 })
    }

    /// Draws the panes and the scale.
    fn body(&mut self, ui: &mut Ui, place: Rect, state: &State, now: f64, commands: &mut Commands) {
        let Some(case) = self.case() else { return };
        let waited = self.live.waiting.as_ref().map(|(_, since)| now - since);
        if waited.is_some_and(|waited| waited < VISIBLE_WAIT_SECS) {
            ui.ctx().request_repaint_after_secs(VISIBLE_WAIT_SECS as f32);
        }
        let waiting = waited.is_some_and(|waited| waited >= VISIBLE_WAIT_SECS);
        let (mut derived, mut places) = (std::mem::take(&mut self.live.derived), std::mem::take(&mut self.live.places));
        let models: Vec<ModelPane<'_>> = model_panes(&self.panes, &self.live, state, &case, waiting);
        let facts = self.facts(state, &case);
        let mut scene = Scene {
            state,
            display: &self.display,
            case: &case,
            rule: self.navigator.rule(),
            original: self.live.original.as_ref(),
            outlines: self.lesion.shows_outline(),
            cross: self.live.cross,
            views: &self.views,
            derived: &mut derived,
            places: &mut places,
            now,
        };
        let maximised = self.live.maximised.filter(|pane| *pane <= models.len());
        let drawn = body::show(ui, place, &mut scene, &facts, &models, maximised);
        self.live.drawn = Some(drawn.rect.intersect(place));
        (self.live.derived, self.live.places) = (derived, places);
        if let Some((pane, action)) = drawn.action {
            self.act(pane, action, state, commands);
        }
    }

    fn facts(&self, state: &State, case: &CaseRef) -> Facts {
        let image =
            self.live.original.as_ref().filter(|shown| same_image(&shown.case, case)).map(|shown| &*shown.image);
        let shown = self.panes.list.iter().flatten().filter_map(|id| {
            let analysis = self.live.shown.get(id).filter(|analysis| same_image(&analysis.case, case));
            Some((&**state.model(id)?, analysis.map(|analysis| &**analysis)))
        });
        Facts::of(state, case, image, shown)
    }

    /// Carries out what was asked for in a pane; 0 is the input.
    fn act(&mut self, pane: usize, action: PaneAction, state: &State, commands: &mut Commands) {
        let index = pane.wrapping_sub(1);
        match action {
            PaneAction::Maximise => self.toggle_maximised(pane),
            PaneAction::Choose(model) => {
                if let Some(chosen) = self.panes.list.get_mut(index) {
                    *chosen = model;
                }
            }
            PaneAction::Spread(shown) => self.display.spread = shown,
            PaneAction::Score(model, score) => commands.engine(EngineCommand::SetScore { model, score }),
            PaneAction::Left | PaneAction::Right => {
                let right = action == PaneAction::Right;
                let other = if right { pane + 1 } else { index };
                if (1..=self.panes.list.len()).contains(&other) {
                    self.panes.shift(index, right);
                    self.views.swap(pane, other);
                }
            }
            PaneAction::Close => {
                self.panes.close(index);
                self.views.close(pane);
                self.live.maximised = None;
            }
            PaneAction::Add => self.panes.add(state),
            PaneAction::Train => commands.push(UiCommand::Go(Screen::Train)),
            PaneAction::Retry => {
                if let Some(case) = self.case() {
                    Requests::retry(&case, self.panes.wanted(state), commands);
                }
            }
        }
    }

    fn carry_out(&mut self, asked: ToolbarAction, state: &State, commands: &mut Commands) {
        match asked {
            ToolbarAction::Lesion => self.lesion.toggle(),
            ToolbarAction::Link => self.views.link(self.display.linked),
            ToolbarAction::Reset => self.reset(),
            ToolbarAction::AddModel => {
                self.panes.add(state);
                self.live.maximised = None;
            }
            ToolbarAction::Export => self.export(state, commands),
        }
    }

    fn reset(&mut self) {
        self.views.reset();
        self.display.window = WindowLevel::default();
    }

    /// Asks for a picture of panes and scale.
    fn export(&self, state: &State, commands: &mut Commands) {
        let (Some(drawn), Some(case)) = (self.live.drawn, self.case()) else { return };
        let name = navigation::case_name(&case, state.data.as_deref());
        commands.push(UiCommand::SavePicture {
            suggested_name: format!("{name}-compare.png"),
            rect: [drawn.left(), drawn.top(), drawn.right(), drawn.bottom()],
        });
    }

    /// Asks the engine for what the case in sight lacks, then its neighbours.
    fn ask(&mut self, state: &State, now: f64, commands: &mut Commands) {
        let Some(current) = self.case() else { return };
        let wanted = self.panes.wanted(state);
        let mut neighbours = Vec::with_capacity(2);
        if !current.lesions().is_empty() {
            // Neighbours wait: the next change of the lesion comes sooner.
            if self.is_painting(state, &current, &wanted, now) {
                return;
            }
            if self.live.painting.as_ref().is_none_or(|(asked, _)| *asked != current) {
                self.live.painting = Some((current.clone(), now));
            }
        } else if let Some(position) = self.navigator.position() {
            let list = self.navigator.list();
            neighbours.extend(list.get(position + 1).cloned());
            neighbours.extend(position.checked_sub(1).and_then(|before| list.get(before)).cloned());
        }
        self.live.requests.send(state, &current, &neighbours, &wanted, now, commands);
    }

    /// Other lesions on the same image were asked for a moment ago and are not all answered.
    fn is_painting(&self, state: &State, current: &CaseRef, wanted: &[ModelId], now: f64) -> bool {
        let Some((asked, since)) = &self.live.painting else { return false };
        if asked == current || !same_image(asked, current) || now - since > MOST_PAINTING_SECS {
            return false;
        }
        let answered = |id: &ModelId| state.analyses.contains_key(&(asked.clone(), id.clone()));
        !state.cases.contains_key(asked) || !wanted.iter().all(answered)
    }

    fn read(&self, state: &State) -> Option<Readout> {
        let cross = self.live.cross.filter(|_| self.display.crosshair)?;
        let one = (!self.display.linked && cross.pane > 0).then(|| cross.pane - 1);
        let panes = self.panes.list.iter().enumerate().filter(|(index, _)| one.is_none_or(|one| one == *index));
        let shown = panes.filter_map(|(_, id)| {
            let id = id.as_ref()?;
            Some((&**state.model(id)?, &**self.live.shown.get(id)?))
        });
        readout::readout(cross.point, self.display.show == Show::Reconstruction, shown)
    }
}

/// Both are of one image, whatever is painted onto it.
fn same_image(a: &CaseRef, b: &CaseRef) -> bool {
    a.original() == b.original()
}

/// Nothing to show: an invitation.
fn no_case(ui: &mut Ui, screen: Rect, state: &State, commands: &mut Commands) {
    if state.opening().is_some() {
        EmptyState::new(icons::HOURGLASS, "The data set is being opened.").show(ui, screen);
        return;
    }
    let words = "Open a data set, or drop an image here, to see what each model makes of it.";
    if EmptyState::new(icons::IMAGES, words).button("Open a data set").show(ui, screen) {
        commands.push(UiCommand::Go(Screen::Data));
    }
}

fn model_panes<'a>(
    panes: &'a Panes,
    live: &'a Live,
    state: &'a State,
    case: &CaseRef,
    waiting: bool,
) -> Vec<ModelPane<'a>> {
    let list = panes.list.iter().enumerate();
    list.map(|(index, chosen)| {
        let chosen = chosen.as_ref();
        let model = chosen.and_then(|id| state.model(id));
        let answer = model.and_then(|model| state.analyses.get(&(case.clone(), model.id.clone())));
        ModelPane {
            pane: index + 1,
            chosen,
            model,
            analysis: model.and_then(|model| live.shown.get(&model.id)),
            failure: answer.and_then(|answer| answer.as_ref().err()),
            waiting: waiting && model.is_some() && answer.is_none(),
            maximised: live.maximised == Some(index + 1),
        }
    })
    .collect()
}
