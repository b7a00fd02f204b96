//! The panes: the input, and one a model.

use std::sync::Arc;

use egui::{
    Align2, Color32, CornerRadius, Popup, PopupCloseBehavior, Rect, Role, Sense, Spinner, StrokeKind, Ui, UiBuilder,
    Vec2, Widget, WidgetInfo, pos2, vec2,
};

use super::canvas::Picture;
use super::facts::Facts;
use super::figures;
use super::layout::PaneRects;
use super::scene::Scene;
use super::threshold;
use crate::domain::{Analysis, ModelId, ModelInfo, ModelKind, Scoring};
use crate::engine::message::Failure;
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, font, radius};
use crate::ui::widgets::{Button, Dropdown, IconButton, menu_item, menu_label, paint, score_menu};

/// What a button takes of a header's width.
const BUTTON: f32 = 26.0;
/// Narrower headers leave maximising to a double click and the menu, so that names keep their room.
const ROOM_FOR_ALL: f32 = 190.0;

/// A pane of a model in this frame.
pub struct ModelPane<'a> {
    /// Among the panes; the input is 0.
    pub pane: usize,
    pub chosen: Option<&'a ModelId>,
    /// `None` while the chosen model is not loaded.
    pub model: Option<&'a Arc<ModelInfo>>,
    /// Perhaps still that of the case before.
    pub analysis: Option<&'a Arc<Analysis>>,
    pub failure: Option<&'a Failure>,
    /// An answer has been waited for long enough to say so.
    pub waiting: bool,
    pub maximised: bool,
}

/// What was asked for in a pane.
#[derive(Clone, Debug, PartialEq)]
pub enum PaneAction {
    Choose(Option<ModelId>),
    /// Show where the members of ensembles differ, or their maps again.
    Spread(bool),
    /// Score the pane's model by something else.
    Score(ModelId, Scoring),
    Left,
    Right,
    Close,
    Maximise,
    Retry,
    /// Add a pane.
    Add,
    /// Go to training.
    Train,
}

/// Surface, edge and the line in the series colour.
fn frame(ui: &Ui, outer: Rect, color: Color32) {
    let theme = theme::of(ui);
    let corner = CornerRadius::same(radius::CONTROL);
    ui.painter().rect(outer, corner, theme.surface, theme.hairline_stroke(), StrokeKind::Inside);
    let line = outer.with_max_y(outer.top() + 2.0);
    ui.painter().with_clip_rect(ui.clip_rect().intersect(line)).rect_filled(outer, corner, color);
}

fn put(ui: &mut Ui, rect: Rect, widget: impl Widget) -> egui::Response {
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| ui.add(widget)).inner
}

/// The button at the right of a header.
fn maximise_button(ui: &mut Ui, header: Rect, name: &str, maximised: bool) -> bool {
    let place = Rect::from_center_size(pos2(header.right() - 20.0, header.center().y), Vec2::splat(24.0));
    let (glyph, verb) = if maximised { (icons::ARROWS_IN_SIMPLE, "Restore") } else { (icons::CORNERS_OUT, "Maximise") };
    let name = format!("{verb} {name}");
    put(ui, place, IconButton::new(glyph, &name).key("double-click").side(24.0)).clicked()
}

/// Draws the input pane. `analysis` is that of the first model, whose input is shown.
pub fn input(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    rects: &PaneRects,
    facts: &Facts,
    analysis: Option<&Arc<Analysis>>,
    maximised: bool,
) -> Option<PaneAction> {
    let theme = theme::of(ui);
    frame(ui, rects.outer, theme.healthy);
    let title = rects.header.with_min_x(rects.header.left() + 13.0);
    let placed = paint::line(ui, title, "Input", font::body_strong(), theme.text);
    let heading = ui.interact(placed, ui.scope_id().with("input"), Sense::hover());
    heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, "Input"));
    let [first, second] = rects.images;
    if let Some(Err(failure)) = scene.state.cases.get(scene.case) {
        if let Some(action) = failed(ui, first, failure) {
            return Some(action);
        }
    } else {
        let mut picture = scene.original_picture(ui, 0, first);
        let original = scene.original.map(|original| &original.case);
        picture.lungs = analysis.filter(|shown| original == Some(&shown.case)).and_then(|shown| scene.lungs(shown));
        let waits = picture.layers[0].is_none();
        scene.show(ui, 0, 0, first, "Original", &picture);
        if waits {
            spinner(ui, first, true);
        }
    }
    let picture = match analysis {
        Some(analysis) => scene.seen_picture(ui, 0, second, analysis),
        None => Picture { label: "As the models see it", aspect: 1.0, ..Picture::default() },
    };
    scene.show(ui, 0, 1, second, "As the models see it", &picture);
    figures::facts(ui, rects.figures, facts);
    maximise_button(ui, rects.header, "input", maximised).then_some(PaneAction::Maximise)
}

/// Draws the pane of a model.
pub fn model(ui: &mut Ui, scene: &mut Scene<'_>, rects: &PaneRects, pane: &ModelPane<'_>) -> Option<PaneAction> {
    let theme = theme::of(ui);
    let color = pane.model.map_or(theme.border, |model| theme.series(model.kind.series()));
    frame(ui, rects.outer, color);
    let mut buttons = rects.header;
    let mut maximise = false;
    if pane.maximised || rects.header.width() >= ROOM_FOR_ALL {
        let name = pane.model.map_or("empty pane", |model| model.name.as_str());
        maximise = maximise_button(ui, buttons, name, pane.maximised);
        buttons.max.x -= BUTTON;
    }
    let mut action = header(ui, scene.state, buttons, pane, color);
    action = pane.model.and_then(|model| score_button(ui, buttons, model)).or(action);
    action = pane.model.and_then(|model| spread_button(ui, buttons, model, scene.display.spread)).or(action);
    if maximise {
        action = Some(PaneAction::Maximise);
    }
    let body = Rect::from_min_max(rects.images[0].min, rects.outer.max - vec2(1.0, 1.0));
    let Some(model) = pane.model else {
        let words = match pane.chosen {
            None if scene.state.models.is_empty() => "Train a model, or load one, to see what it makes of this case.",
            None => "Choose a model above.",
            Some(_) => "This model is not loaded. Choose another above.",
        };
        note(ui, body, icons::STACK, words);
        return action;
    };
    if let Some(failure) = pane.failure {
        return failed(ui, body, failure).or(action);
    }
    let two = rects.images[0] != rects.images[1];
    for (slot, rect) in rects.images.into_iter().enumerate().take(if two { 2 } else { 1 }) {
        let picture = match pane.analysis {
            Some(analysis) => scene.model_picture(ui, pane.pane, rect, slot == 1, model, analysis),
            None => Picture { aspect: 1.0, ..Picture::default() },
        };
        let what = if picture.label.is_empty() { "Image" } else { picture.label };
        scene.show(ui, pane.pane, slot, rect, &format!("{what}, {}", model.name), &picture);
    }
    if pane.waiting {
        spinner(ui, rects.images[0], pane.analysis.is_none());
    }
    if let Some(analysis) = pane.analysis {
        let stale = analysis.case != *scene.case && pane.waiting;
        let threshold = threshold::threshold(scene.state, scene.rule, model);
        figures::score(ui, rects.figures, model, analysis, &threshold, (!stale).then_some(color));
    }
    action
}

/// The button that opens the menu of scores; in colour where the model has another score than it was trained to have.
fn score_button(ui: &mut Ui, header: Rect, model: &ModelInfo) -> Option<PaneAction> {
    let place = Rect::from_center_size(pos2(header.right() - 20.0, header.center().y), Vec2::splat(24.0));
    let name = format!("Score of {}", model.name);
    let button = IconButton::new(icons::FUNCTION, &name).side(24.0).selected(model.score != model.own_score());
    let response = put(ui, place, button);
    let mut chosen = None;
    let menu = Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    menu.show(|ui| chosen = score_menu(ui, model, &model.score, 400.0));
    response.on_hover_ui(|ui| {
        ui.label(format!("{}: {}", model.score.name(), model.score.meaning()));
    });
    chosen.map(|score| PaneAction::Score(model.id.clone(), score))
}

/// The button that shows where an ensemble's members differ; a single network has none.
fn spread_button(ui: &mut Ui, header: Rect, model: &ModelInfo, shown: bool) -> Option<PaneAction> {
    if model.kind != ModelKind::Ensemble {
        return None;
    }
    let place = Rect::from_center_size(pos2(header.right() - 46.0, header.center().y), Vec2::splat(24.0));
    let name = format!("Where the members of {} differ", model.name);
    let response = put(ui, place, IconButton::new(icons::USERS, &name).side(24.0).selected(shown));
    response.clicked().then_some(PaneAction::Spread(!shown))
}

/// The menu of models in a pane's header.
fn header(ui: &mut Ui, state: &State, rect: Rect, pane: &ModelPane<'_>, color: Color32) -> Option<PaneAction> {
    let buttons = match pane.model.map(|model| model.kind) {
        Some(ModelKind::Ensemble) => 71.0,
        Some(ModelKind::Network(_)) => 45.0,
        None => 19.0,
    };
    let place = Rect::from_min_max(
        pos2(rect.left() + 13.0, rect.center().y - 14.0),
        pos2(rect.right() - buttons, rect.center().y + 14.0),
    );
    let text = match (pane.model, pane.chosen) {
        (Some(model), _) => model.name.as_str(),
        (None, Some(id)) => id.0.as_str(),
        (None, None) => "None",
    };
    let name = format!("Model of pane {}", pane.pane);
    let mut menu = Dropdown::new(&name, text).frameless().strong().width(place.width());
    if pane.model.is_some() {
        menu = menu.dot(color);
    }
    let mut action = None;
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        menu.show(ui, |ui| action = menu_of_models(ui, state, pane));
    });
    action
}

fn menu_of_models(ui: &mut Ui, state: &State, pane: &ModelPane<'_>) -> Option<PaneAction> {
    let theme = theme::of(ui);
    let mut action = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    if menu_item(ui, "None", "", None, pane.chosen.is_none()).clicked() {
        action = Some(PaneAction::Choose(None));
    }
    for model in &state.models {
        let color = theme.series(model.kind.series());
        let caption = if model.bundled { "bundled" } else { "" };
        let chosen = pane.chosen == Some(&model.id);
        if menu_item(ui, &model.name, caption, Some(color), chosen).clicked() {
            action = Some(PaneAction::Choose(Some(model.id.clone())));
        }
    }
    menu_label(ui, "Pane");
    let size = if pane.maximised { "Restore" } else { "Maximise" };
    for (label, what) in [
        (size, PaneAction::Maximise),
        ("Move left", PaneAction::Left),
        ("Move right", PaneAction::Right),
        ("Close pane", PaneAction::Close),
    ] {
        if menu_item(ui, label, "", None, false).clicked() {
            action = Some(what);
        }
    }
    action
}

/// Work is going on: in the corner of a picture that stays, or in the middle of an empty place.
fn spinner(ui: &Ui, rect: Rect, middle: bool) {
    let color = theme::DARK.secondary;
    let place = if middle {
        Rect::from_center_size(rect.center(), Vec2::splat(20.0))
    } else {
        Rect::from_center_size(rect.right_top() + vec2(-16.0, 16.0), Vec2::splat(14.0))
    };
    ui.painter().circle_filled(place.center(), place.width() / 2.0 + 3.0, theme::of(ui).plate);
    Spinner::new().color(color).paint_at(ui, place);
}

/// A sentence in the middle of a place.
fn note(ui: &Ui, rect: Rect, glyph: &str, words: &str) {
    let theme = theme::of(ui);
    let galley = paint::wrapped(ui, words, font::body(), theme.secondary, rect.width() - 32.0);
    paint::icon(ui.painter(), rect.center() - vec2(0.0, 40.0), glyph, 24.0, theme.disabled);
    let place = Align2::CENTER_TOP.anchor_size(rect.center() - vec2(0.0, 16.0), galley.size());
    ui.painter().galley(place.min, galley, theme.secondary);
    let label = ui.interact(place, ui.scope_id().with("note"), Sense::hover());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
}

/// What went wrong, to which thing, what to do, and a button to try once more.
fn failed(ui: &mut Ui, rect: Rect, failure: &Failure) -> Option<PaneAction> {
    let theme = theme::of(ui);
    let width = (rect.width() - 32.0).max(40.0);
    let message = paint::wrapped(ui, &failure.message, font::body(), theme.text, width);
    let advice = paint::wrapped(ui, &failure.advice, font::caption(), theme.secondary, width);
    let height = 36.0 + message.size().y + 6.0 + advice.size().y + 12.0 + 24.0;
    let left = rect.center().x - width / 2.0;
    let mut y = (rect.center().y - height / 2.0).max(rect.top() + 8.0);
    paint::icon(ui.painter(), pos2(left + 9.0, y + 12.0), icons::WARNING_CIRCLE, 20.0, theme.bad);
    y += 36.0;
    let label = Rect::from_min_size(pos2(left, y), message.size());
    let response = ui.interact(label, ui.scope_id().with("failure"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &failure.message));
    ui.painter().galley(label.min, message.clone(), theme.text);
    y += message.size().y + 6.0;
    ui.painter().galley(pos2(left, y), advice.clone(), theme.secondary);
    y += advice.size().y + 12.0;
    let button = Button::secondary("Try again").compact();
    let place = Rect::from_min_size(pos2(left, y), vec2(button.natural_width(ui), 24.0));
    put(ui, place, button).clicked().then_some(PaneAction::Retry)
}
