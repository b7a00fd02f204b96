//! Presenter mode: one model, three images, one figure, one histogram. Large, dark, nothing to break.

mod histogram;
mod tour;

use egui::{Align2, Color32, CornerRadius, Key, Modifiers, Pos2, Rect, Role, Sense, StrokeKind, Ui, UiBuilder};
use egui::{WidgetInfo, pos2, vec2};

use self::tour::Tour;
use crate::domain::{Analysis, Architecture, CaseRef, DataSetSummary, Label, ModelId, ModelInfo, ModelKind, Split};
use crate::imaging::colormap::ColorMap;
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::compare::derived::Derived;
use crate::ui::compare::figures::{SPREAD, sigma_of};
use crate::ui::compare::requests::Requests;
use crate::ui::frame::{RESEARCH_USE, grouped, paint_logo};
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::textures::{Render, Source};
use crate::ui::theme::{self, font};
use crate::ui::widgets::{EmptyState, IconButton, ImageView, paint};

/// The window that the measures are given for.
const DESIGN: egui::Vec2 = vec2(1280.0, 800.0);
const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// View state of the presenter mode.
pub struct PresenterView {
    /// Pixels of images are blended into each other.
    pub smooth: bool,
    tour: Tour,
    model: Option<ModelId>,
    requests: Requests,
    derived: Derived,
}

impl Default for PresenterView {
    fn default() -> Self {
        Self {
            smooth: true,
            tour: Tour::default(),
            model: None,
            requests: Requests::default(),
            derived: Derived::default(),
        }
    }
}

/// Places in the window: the design's, enlarged to fit.
#[derive(Clone, Copy)]
struct Place {
    origin: Pos2,
    scale: f32,
    window: Rect,
}

impl Place {
    fn of(window: Rect) -> Self {
        let scale = (window.width() / DESIGN.x).min(window.height() / DESIGN.y);
        let origin = window.center() - DESIGN * scale / 2.0;
        Self { origin, scale, window }
    }

    fn at(self, x: f32, y: f32) -> Pos2 {
        self.origin + vec2(x, y) * self.scale
    }

    fn rect(self, x: f32, y: f32, width: f32, height: f32) -> Rect {
        Rect::from_min_size(self.at(x, y), vec2(width, height) * self.scale)
    }

    fn font(self, size: f32, semibold: bool) -> egui::FontId {
        font::sized(size * self.scale, semibold)
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

    fn chips(&mut self, ui: &mut Ui, place: Place, state: &State) {
        let theme = theme::of(ui);
        let mut right = 1248.0;
        for model in state.models.iter().take(DIGITS.len()).rev() {
            let font = place.font(16.0, false);
            let room = (right - 480.0) * place.scale - 64.0 * place.scale;
            let galley = paint::elided(ui, &model.name, font, theme.text, room.min(220.0 * place.scale));
            let width = galley.size().x / place.scale + 50.0;
            if right - width < 480.0 {
                break;
            }
            let rect = place.rect(right - width, 16.0, width, 40.0);
            right -= width + 4.0;
            let selected = self.model.as_ref() == Some(&model.id);
            let response = ui.interact(rect, ui.scope_id().with(("model", &model.id)), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, &model.name));
            let corner = CornerRadius::same((6.0 * place.scale) as u8);
            if selected {
                ui.painter().rect(rect, corner, theme.raised, theme.border_stroke(), StrokeKind::Inside);
            }
            if response.has_focus() {
                ui.painter().rect_stroke(rect, corner, theme.focus_stroke(), StrokeKind::Inside);
            }
            let ink = if selected || response.hovered() { theme.text } else { theme.secondary };
            let dot = rect.left_center() + vec2(20.0, 0.0) * place.scale;
            ui.painter().circle_filled(dot, 5.5 * place.scale, theme.series(model.kind.series()));
            let text = rect.left_center() + vec2(34.0 * place.scale, -galley.size().y / 2.0);
            ui.painter().galley_with_override_text_color(text, galley, ink);
            if response.clicked() {
                self.model = Some(model.id.clone());
            }
        }
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
        histogram::ui(
            ui,
            place.rect(424.0, 576.0, 824.0, 150.0),
            place.scale,
            model,
            analysis.as_deref(),
            self.reach(state, model),
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

    fn footer(&mut self, ui: &mut Ui, place: Place, state: &State, case: Option<&CaseRef>) {
        let theme = theme::of(ui);
        let top = place.window.bottom() - 48.0 * place.scale;
        let rect = Rect::from_min_max(pos2(place.window.left(), top), place.window.max);
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.surface);
        ui.painter().hline(rect.x_range(), rect.top() + 0.5, theme.hairline_stroke());
        let middle = rect.center().y;
        let (left, right) = (place.at(32.0, 0.0).x, place.at(1248.0, 0.0).x);
        let font = place.font(16.0, false);
        let notice = paint::text(
            ui.painter(),
            pos2(right, middle),
            Align2::RIGHT_CENTER,
            RESEARCH_USE,
            font.clone(),
            theme.secondary,
        );
        let icon = pos2(notice.left() - 22.0 * place.scale, middle);
        paint::icon(ui.painter(), icon, icons::FLASK, 19.0 * place.scale, theme.secondary);
        let Some(case) = case else { return };
        let count = self.tour.cases().len();
        let position = format!("Case {} of {count}", self.tour.position() + 1);
        let widest = paint::width(ui, &format!("Case {count} of {count}"), font.clone());
        let response = ui.interact(
            Rect::from_min_max(pos2(left, rect.top()), pos2(left + widest, rect.bottom())),
            ui.scope_id().with("position"),
            Sense::hover(),
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &position));
        let seed = state.data.as_ref().map_or(0, |data| data.split_seed);
        response.on_hover_text(format!("Drawn from the test set by seed {seed}, half of them healthy; not picked."));
        paint::text(ui.painter(), pos2(left, middle), Align2::LEFT_CENTER, position, font.clone(), theme.text);
        let mut x = left + widest + 14.0 * place.scale;
        for (glyph, name, key, forward) in
            [(icons::CARET_LEFT, "Previous case", "←", false), (icons::CARET_RIGHT, "Next case", "→", true)]
        {
            let side = 28.0 * place.scale;
            let at = Rect::from_min_size(pos2(x, middle - side / 2.0), vec2(side, side));
            x += side + 2.0;
            let button = IconButton::new(glyph, name).key(key).side(side);
            if ui.scope_builder(UiBuilder::new().max_rect(at), |ui| ui.add(button).clicked()).inner {
                self.tour.step(forward);
            }
        }
        let label = labelled(case, state.data.as_deref());
        let at = pos2(x + 12.0 * place.scale, middle);
        paint::text(ui.painter(), at, Align2::LEFT_CENTER, label, font, theme.secondary);
    }
}

fn header(ui: &mut Ui, place: Place) {
    const QUESTION: &str = "How unusual is this image?";
    let theme = theme::of(ui);
    paint_logo(ui.painter(), place.rect(32.0, 23.0, 26.0, 26.0), theme.accent, theme.text);
    let at = place.at(78.0, 36.0);
    let title = paint::text(ui.painter(), at, Align2::LEFT_CENTER, QUESTION, place.font(28.0, true), theme.text);
    let heading = ui.interact(title, ui.scope_id().with("question"), Sense::hover());
    heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, QUESTION));
    let y = place.at(0.0, 71.5).y;
    ui.painter().hline(place.window.x_range(), y, theme.hairline_stroke());
}

/// An image with a line above and two lines of words below.
fn picture(ui: &mut Ui, place: Place, x: f32, line: Color32, words: (&str, &str), image: (Option<Source>, Render)) {
    let theme = theme::of(ui);
    ui.painter().rect_filled(place.rect(x, 91.0, 368.0, 3.0), CornerRadius::ZERO, line);
    let rect = place.rect(x, 94.0, 368.0, 368.0);
    let view = ImageView::new(words.0, image.0, image.1, rect.size());
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| ui.add(view));
    let at = place.at(x, 487.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, words.0, place.font(20.0, true), theme.text);
    let at = place.at(x, 512.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, words.1, place.font(16.0, false), theme.secondary);
}

fn color_bar(ui: &Ui, place: Place) {
    let theme = theme::of(ui);
    let rect = place.rect(1198.0, 95.0, 16.0, 367.0);
    let steps = 64u8;
    for step in 0..steps {
        let (low, high) = (f32::from(step) / f32::from(steps), f32::from(step + 1) / f32::from(steps));
        let [r, g, b] = ColorMap::Inferno.color(low.midpoint(high));
        let y = |share: f32| rect.bottom() - share * rect.height();
        let band = Rect::from_min_max(pos2(rect.left(), y(high)), pos2(rect.right(), y(low) + 0.5));
        ui.painter().rect_filled(band, CornerRadius::ZERO, Color32::from_rgb(r, g, b));
    }
    for (text, share) in [("1.0", 0.985), ("0.5", 0.5), ("0", 0.015)] {
        let at = pos2(rect.right() + 9.0 * place.scale, rect.bottom() - share * rect.height());
        paint::text(ui.painter(), at, Align2::LEFT_CENTER, text, place.font(16.0, false), theme.secondary);
    }
}

/// "99.5 %", what it means, and what was learned from.
fn figure(
    ui: &mut Ui,
    place: Place,
    state: &State,
    model: &ModelInfo,
    analysis: Option<&Analysis>,
    failure: Option<&str>,
) {
    let theme = theme::of(ui);
    if let Some(failure) = failure {
        let galley = paint::wrapped(ui, failure, place.font(16.0, false), theme.bad, 368.0 * place.scale);
        ui.painter().galley(place.at(32.0, 584.0), galley, theme.bad);
        return;
    }
    let share = analysis.map_or("–".to_owned(), |analysis| format!("{:.1}", analysis.share_lower * 100.0));
    let number = place.font(64.0, true);
    let digits = ui.painter().layout_no_wrap(share.clone(), number, theme.text);
    let top = place.at(32.0, 610.0) - vec2(0.0, digits.size().y / 2.0);
    let (right, bottom) = (top.x + digits.size().x, place.at(0.0, 634.0).y);
    let rect = Rect::from_min_size(top, digits.size());
    ui.painter().galley(top, digits, theme.text);
    let unit_at = pos2(right + 10.0 * place.scale, bottom);
    paint::text(ui.painter(), unit_at, Align2::LEFT_BOTTOM, "%", place.font(36.0, false), theme.text);
    let label = ui.interact(rect, ui.scope_id().with("figure"), Sense::hover());
    let spoken = format!("{share} % of healthy images are less unusual");
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let n = model.calibration.healthy_scores.len();
    label.on_hover_text(format!(
        "Held-out healthy images with a lower score, of {n}; the most that can be said is {n} of {}.",
        n + 1
    ));
    let at = place.at(32.0, 671.0);
    let words = "of healthy images are less unusual";
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, words, place.font(20.0, false), theme.text);
    let run = state.runs.iter().find(|run| run.id == model.id);
    let learned = run.map_or("Learned from healthy images only".to_owned(), |run| {
        format!("Learned from {} healthy images only", grouped(run.train_count as usize))
    });
    let at = place.at(32.0, 698.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, learned, place.font(16.0, false), theme.secondary);
    if let Some(analysis) = analysis.filter(|analysis| analysis.disagreement.is_some()) {
        spread(ui, place, model, analysis);
    }
}

/// The score of an ensemble, with how far its networks disagree.
fn spread(ui: &Ui, place: Place, model: &ModelInfo, analysis: &Analysis) {
    let text = format!("Score {} between {} networks", sigma_of(analysis), model.members.len());
    let (at, ink) = (place.at(32.0, 722.0), theme::of(ui).secondary);
    let placed = paint::text(ui.painter(), at, Align2::LEFT_CENTER, &text, place.font(16.0, false), ink);
    let label = ui.interact(placed, ui.scope_id().with("spread"), Sense::hover());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    label.on_hover_text(SPREAD);
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

/// "Drawn by the VAE"; of an ensemble, the images of its networks are averaged.
fn drawn_by(model: &ModelInfo) -> String {
    match model.kind {
        ModelKind::Network(_) => format!("Drawn by the {}", common_name(model)),
        ModelKind::Ensemble => format!("Drawn by {} networks, averaged", model.members.len()),
    }
}

/// "autoencoder" and "denoising AE" begin with a word; VAE, GAN and `ViT` are names.
fn common_name(model: &ModelInfo) -> String {
    let word = matches!(
        model.kind,
        ModelKind::Network(
            Architecture::Autoencoder | Architecture::Denoiser | Architecture::Inpainter | Architecture::Restorer
        )
    );
    let mut letters = model.name.chars();
    match letters.next().filter(|_| word) {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => model.name.clone(),
    }
}

fn what_set(state: &State, case: &CaseRef) -> String {
    let CaseRef::Sample(id) = case else { return "Own image".to_owned() };
    let split = state.data.as_ref().and_then(|data| data.sample(*id)).map(|sample| sample.split);
    match split {
        Some(Split::Test) => "Image of the test set".to_owned(),
        Some(split) => format!("Image of the {} set", split.name().to_lowercase()),
        None => "Image".to_owned(),
    }
}

/// "labelled pneumonia, bacterial".
fn labelled(case: &CaseRef, data: Option<&DataSetSummary>) -> String {
    let CaseRef::Sample(id) = case else { return "own image".to_owned() };
    let Some(sample) = data.and_then(|data| data.sample(*id)) else { return String::new() };
    match (sample.label, sample.finding.as_deref()) {
        (Some(Label::Healthy), _) => "labelled healthy".to_owned(),
        (Some(Label::Diseased), Some(finding @ ("bacterial" | "viral"))) => format!("labelled pneumonia, {finding}"),
        (Some(Label::Diseased), Some(finding)) => format!("labelled {}", finding.to_lowercase()),
        (Some(Label::Diseased), None) => "labelled diseased".to_owned(),
        (None, _) => "without a label".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::engine::message::EngineCommand;
    use crate::ui::compare::fixture;

    type World = (PresenterView, State, Vec<UiCommand>);

    fn harness(state: State) -> Harness<'static, World> {
        Harness::builder().with_size(DESIGN).with_context_setup(theme::install).build_ui_state(
            |ui, (view, state, asked): &mut World| {
                let mut commands = Commands::default();
                let mut root = ui.new_child(UiBuilder::new().max_rect(ui.ctx().content_rect()));
                view.ui(&mut root, state, &mut commands);
                asked.extend(commands.drain());
            },
            (PresenterView::default(), state, Vec::new()),
        )
    }

    /// A world in which every case of the tour is analysed.
    fn analysed() -> State {
        analysed_by(fixture::state(4))
    }

    fn analysed_by(mut state: State) -> State {
        let mut tour = Tour::default();
        tour.follow(state.data.as_ref());
        let first = fixture::first_case(&state);
        let image = state.cases[&first].clone();
        let shown: Vec<Analysis> = fixture::shown(&state).map(|(_, analysis)| analysis.clone()).collect();
        for case in tour.cases() {
            state.cases.insert(case.clone(), image.clone());
            for analysis in &shown {
                let analysis = Analysis { case: case.clone(), ..analysis.clone() };
                state.analyses.insert((case.clone(), analysis.model.clone()), Ok(analysis.into()));
            }
        }
        state
    }

    #[test]
    fn arrows_walk_the_cases_and_r_goes_back_to_the_first() {
        let mut harness = harness(analysed());
        harness.run();
        harness.get_by_label("Case 1 of 12");
        for _ in 0..2 {
            harness.key_press(Key::ArrowRight);
            harness.run();
        }
        harness.get_by_label("Case 3 of 12");
        harness.get_by_role_and_label(Role::Button, "Previous case").click();
        harness.run();
        harness.get_by_label("Case 2 of 12");
        harness.key_press(Key::R);
        harness.run();
        harness.get_by_label("Case 1 of 12");
    }

    #[test]
    fn models_are_chosen_by_chip_and_digit() {
        let mut harness = harness(analysed());
        harness.run();
        assert_eq!(harness.state().0.model, Some(harness.state().1.models[0].id.clone()));
        harness.get_by_role_and_label(Role::RadioButton, "GAN").click();
        harness.run();
        assert_eq!(harness.state().0.model, Some(harness.state().1.models[2].id.clone()));
        harness.key_press(Key::Num2);
        harness.run();
        assert_eq!(harness.state().0.model, Some(harness.state().1.models[1].id.clone()));
        harness.get_by_label("99.5 % of healthy images are less unusual");
    }

    #[test]
    fn the_score_of_an_ensemble_stands_with_its_spread() {
        let mut harness = harness(analysed_by(fixture::with_ensemble(fixture::state(2))));
        harness.run();
        harness.get_by_label("Score 4.30 ± 0.40 σ between 2 networks");
        harness.get_by_label_contains("this image at 4.30 ± 0.40 σ, threshold");
        harness.key_press(Key::Num2);
        harness.run();
        assert!(harness.query_by_label_contains("networks").is_none(), "of one network there is none");
        harness.get_by_label_contains("this image at 3.50 σ, threshold");
    }

    /// For the eye: `NEUROSCAN_PICTURES=<folder> cargo test --lib ui::presenter::tests::pictures -- --ignored`.
    #[test]
    #[ignore = "writes pictures for the eye"]
    fn pictures() {
        let Some(folder) = std::env::var_os("NEUROSCAN_PICTURES").map(std::path::PathBuf::from) else { return };
        for (mode, name) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
            let mut harness = harness(analysed_by(fixture::with_ensemble(fixture::state(2))));
            harness.ctx.set_theme(mode);
            harness.run_steps(4);
            harness.render().unwrap().save(folder.join(format!("presenter-ensemble-{name}.png"))).unwrap();
        }
    }

    #[test]
    fn nothing_destructive_is_ever_asked_for() {
        let mut harness = harness(fixture::state(2));
        for key in [Key::ArrowRight, Key::Delete, Key::Space, Key::Enter, Key::R, Key::ArrowLeft] {
            harness.key_press(key);
            harness.run_steps(2);
        }
        let harmless = |command: &UiCommand| {
            matches!(
                command,
                UiCommand::Engine(
                    EngineCommand::Analyse { .. } | EngineCommand::LoadCase { .. } | EngineCommand::Thumbnails { .. }
                )
            )
        };
        assert!(harness.state().2.iter().all(harmless), "{:?}", harness.state().2);
        assert!(!harness.state().2.is_empty());
    }

    #[test]
    fn without_data_it_says_what_to_do() {
        let mut harness = harness(State::default());
        harness.run();
        harness.get_by_label("Go to Data").click();
        harness.run();
        let asked = &harness.state().2;
        assert!(matches!(asked.as_slice(), [UiCommand::SetPresenter(false), UiCommand::Go(Screen::Data)]));
    }

    #[test]
    fn everything_fits_into_odd_windows() {
        for size in [vec2(1024.0, 700.0), vec2(1920.0, 1080.0), vec2(700.0, 900.0)] {
            let mut harness = harness(analysed());
            harness.set_size(size);
            harness.run_steps(3);
            for label in ["What we see", "What healthy would look like", "Where they differ"] {
                let rect = harness.get_by_role_and_label(Role::Image, label).rect();
                assert!(rect.left() >= 0.0 && rect.right() <= size.x && rect.bottom() <= size.y, "{size:?}: {rect:?}");
                assert!((rect.width() - rect.height()).abs() < 0.5);
            }
        }
    }
}
