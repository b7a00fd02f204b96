//! The row over everything: which case is shown, which are walked through, and its neighbours as thumbnails.

use std::ops::Range;

use egui::scroll_area::ScrollBarVisibility;
use egui::{
    Align, Layout, Popup, Rect, Response, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::facts;
use super::misses::NoMisses;
use super::navigation::{LabelFilter, Navigator, Source, case_name};
use super::{figures, threshold};
use crate::domain::{CaseRef, Label, ModelInfo, SampleId, Split, thousands};
use crate::ui::command::{Commands, UiCommand};
use crate::ui::icons;
use crate::ui::state::{State, ThumbnailRequests};
use crate::ui::textures::{self, Render, Source as Pixels};
use crate::ui::theme::{self, font};
use crate::ui::widgets::{Button, Cell, IconButton, Segmented, menu_item, menu_label, paint, paint_thumbnail};

pub const HEIGHT: f32 = 64.0;
const THUMBNAIL: f32 = 44.0;
/// The most pixels a side that a thumbnail is drawn from.
const MOST_PIXELS: u32 = 128;
const PITCH: f32 = 50.0;
/// An arrow and its distance from the thumbnails.
const ARROW: f32 = 34.0;

/// Draws the row; the navigator follows what is clicked.
pub fn show(
    ui: &mut Ui,
    rect: Rect,
    state: &State,
    navigator: &mut Navigator,
    first_model: Option<&ModelInfo>,
    requests: &mut ThumbnailRequests,
    commands: &mut Commands,
) {
    let theme = theme::of(ui);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline_stroke());
    let inner = rect.shrink2(vec2(theme::space::SCREEN, 0.0));
    let title = inner.with_max_x(inner.left() + title_width(ui, navigator));
    title_menu(ui, title, state, navigator, first_model);
    let open = Button::secondary("Open…").icon(icons::FOLDER_OPEN);
    let size = vec2(open.natural_width(ui), theme::height::CONTROL);
    let place = Rect::from_center_size(pos2(inner.right() - size.x / 2.0, rect.center().y), size);
    let hint = "Show any image files; they stay on this machine (or drop them here)";
    if ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add(open)).inner.on_hover_text(hint).clicked() {
        commands.push(UiCommand::PickImages);
    }
    let middle = Rect::from_x_y_ranges((title.right() + theme::space::M)..=(place.left() - 16.0), rect.y_range());
    let row = UiBuilder::new().max_rect(middle).layout(Layout::left_to_right(Align::Center));
    // In a narrow window the row scrolls.
    let area = ScrollArea::horizontal().scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden).id_salt("filters");
    let filters = ui.scope_builder(row, |ui| area.show(ui, |ui| filters(ui, state, navigator, first_model))).inner;
    let filters = filters.content_size.x.min(middle.width());
    let room = middle.with_min_x(middle.left() + filters + 16.0);
    thumbnails(ui, room, state, navigator, requests, commands);
}

fn case_of(position: Option<usize>, count: usize) -> String {
    match position {
        Some(position) => format!("Case {} of {}", thousands(position + 1), thousands(count)),
        None if count == 0 => "No such case".to_owned(),
        None => format!("{} cases", thousands(count)),
    }
}

/// As wide as the title can become in this list, so that walking through it moves nothing.
fn title_width(ui: &Ui, navigator: &Navigator) -> f32 {
    let count = navigator.list().len();
    paint::width(ui, &case_of(Some(count.saturating_sub(1)), count), font::body_strong()).max(108.0) + 8.0
}

/// Position and source; a click chooses another source.
fn title_menu(ui: &mut Ui, rect: Rect, state: &State, navigator: &mut Navigator, first_model: Option<&ModelInfo>) {
    let theme = theme::of(ui);
    let text = case_of(navigator.position(), navigator.list().len());
    let source = match first_model.filter(|_| navigator.worst_first()) {
        Some(model) => format!("worst misses, {}", model.name),
        None => navigator.source().name().to_owned(),
    };
    let place = Rect::from_min_max(pos2(rect.left(), rect.top() + 10.0), pos2(rect.right(), rect.bottom() - 12.0));
    let response = ui.interact(place, ui.scope_id().with("cases from"), Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), "Cases from");
        info.current_text_value = Some(format!("{text}, {source}"));
        info
    });
    let line =
        |center: f32| Rect::from_min_max(pos2(rect.left(), center - 9.0), pos2(rect.right() - 4.0, center + 9.0));
    paint::line(ui, line(rect.top() + 23.0), &text, font::body_strong(), theme.text);
    let ink = if response.hovered() { theme.text } else { theme.secondary };
    let caption = line(rect.top() + 40.0);
    let room = caption.with_max_x(caption.right() - 14.0);
    let cut = paint::width(ui, &source, font::caption()) > room.width();
    let placed = paint::line(ui, room, &source, font::caption(), ink);
    paint::icon(ui.painter(), pos2(placed.right() + 9.0, caption.center().y), icons::CARET_DOWN, 9.0, ink);
    if response.has_focus() {
        let corner = egui::CornerRadius::same(theme::radius::SEGMENT);
        ui.painter().rect_stroke(place.expand(3.0), corner, theme.focus_stroke(), egui::StrokeKind::Outside);
    }
    Popup::menu(&response).gap(4.0).width(220.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        menu_label(ui, "Cases from");
        for source in Source::ALL {
            let count = count(state, navigator, source);
            let chosen = source == navigator.source() && !navigator.worst_first();
            if count > 0 && menu_item(ui, capital(source.name()).as_str(), &thousands(count), None, chosen).clicked() {
                navigator.set_source(source);
            }
        }
    });
    if cut {
        response.on_hover_text(source);
    }
}

fn count(state: &State, navigator: &Navigator, source: Source) -> usize {
    match (source, &state.data) {
        (Source::Own, _) => navigator.own_count(),
        (Source::Split(split), Some(data)) => data.ids(split, None).count(),
        (Source::Split(_), None) => 0,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Label filter, random case, worst misses.
fn filters(ui: &mut Ui, state: &State, navigator: &mut Navigator, first_model: Option<&ModelInfo>) {
    ui.spacing_mut().item_spacing.x = theme::space::S;
    let one_class = matches!(
        navigator.source(),
        Source::Own | Source::Split(Split::Train | Split::Validation | Split::Development | Split::Unlabelled)
    );
    ui.add_enabled_ui(!one_class, |ui| {
        let class = facts::class_name(state.data.as_deref());
        let mut filter = if one_class { LabelFilter::All } else { navigator.filter() };
        let control = Segmented::new("Labels")
            .option(LabelFilter::All, "All")
            .option_with_mark(LabelFilter::Healthy, "Healthy", Label::Healthy)
            .option_with_mark(LabelFilter::Diseased, &class, Label::Diseased);
        if control.show(ui, &mut filter).changed() {
            navigator.set_filter(filter);
        }
    });
    if ui.add(IconButton::new(icons::SHUFFLE, "Random case").framed()).clicked() {
        navigator.random(&mut rand::rng());
    }
    let reason = Navigator::misses_reason(state, first_model.map(|model| &model.id));
    worst_misses(ui, reason, state, navigator, first_model);
}

fn worst_misses(
    ui: &mut Ui,
    reason: Option<NoMisses>,
    state: &State,
    navigator: &mut Navigator,
    first_model: Option<&ModelInfo>,
) {
    let button = Button::secondary("Worst misses").selected(navigator.worst_first());
    let response = ui.add_enabled(reason.is_none(), button);
    let response = response.on_disabled_hover_text(reason.map_or("", NoMisses::reason));
    let clicked = response.clicked();
    response.on_hover_ui(|ui| {
        let Some(model) = first_model else { return };
        let line = threshold::threshold(state, navigator.rule(), model);
        ui.label(format!(
            "Test cases on the wrong side of the threshold of {} at {}, furthest first.",
            model.name,
            figures::sigma(line.sigma)
        ));
        ui.label(format!("The threshold: {}.", line.provenance(model)));
    });
    if clicked {
        navigator.set_worst_first(!navigator.worst_first());
    }
}

/// The part of a list of `count` that `places` thumbnails show around `position`.
fn window(position: usize, count: usize, places: usize) -> Range<usize> {
    let places = places.min(count);
    let first = position.saturating_sub(places / 2).min(count - places);
    first..first + places
}

/// The current case among its neighbours, with arrows at both ends.
fn thumbnails(
    ui: &mut Ui,
    room: Rect,
    state: &State,
    navigator: &mut Navigator,
    requests: &mut ThumbnailRequests,
    commands: &mut Commands,
) {
    let fit = ((room.width() - 2.0 * ARROW + PITCH - THUMBNAIL) / PITCH).max(0.0) as usize;
    // An odd number has a middle.
    let places = if fit > 1 { fit - (fit + 1) % 2 } else { fit }.min(navigator.list().len());
    if places == 0 {
        return;
    }
    let position = navigator.position().unwrap_or(0);
    let shown = window(position, navigator.list().len(), places);
    let width = places as f32 * PITCH - (PITCH - THUMBNAIL);
    let strip = Rect::from_center_size(room.center(), vec2(width, THUMBNAIL));
    arrows(ui, strip, navigator, position);
    let cases = &navigator.list()[shown.clone()];
    let samples = cases.iter().filter_map(|case| match case {
        CaseRef::Sample(id) => Some(*id),
        CaseRef::File(_) | CaseRef::Painted(_) => None,
    });
    requests.ask(ui, state, nearest_first(samples, position - shown.start), commands);
    let mut picked = None;
    for (place, case) in cases.iter().enumerate() {
        let at = strip.min + vec2(place as f32 * PITCH, 0.0);
        let rect = Rect::from_min_size(at, Vec2::splat(THUMBNAIL));
        if thumbnail(ui, rect, place, state, case, navigator.current() == Some(case)).clicked() {
            picked = Some(case.clone());
        }
    }
    if let Some(case) = picked {
        navigator.pick(case);
    }
}

/// The engine answers in the order of the request.
fn nearest_first(samples: impl Iterator<Item = SampleId>, middle: usize) -> impl Iterator<Item = SampleId> {
    let mut samples: Vec<(usize, SampleId)> = samples.enumerate().collect();
    samples.sort_by_key(|(place, _)| place.abs_diff(middle));
    samples.into_iter().map(|(_, id)| id)
}

fn arrows(ui: &mut Ui, strip: Rect, navigator: &mut Navigator, position: usize) {
    let last = navigator.list().len().saturating_sub(1);
    for (x, glyph, name, key, forward, enabled) in [
        (strip.left() - 20.0, icons::CARET_LEFT, "Previous case", "Left", false, position > 0),
        (strip.right() + 20.0, icons::CARET_RIGHT, "Next case", "Right", true, position < last),
    ] {
        let place = Rect::from_center_size(pos2(x, strip.center().y), Vec2::splat(28.0));
        let button = IconButton::new(glyph, name).key(key);
        let response = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add_enabled(enabled, button)).inner;
        if response.clicked() {
            navigator.step(forward);
        }
    }
}

fn thumbnail(ui: &Ui, rect: Rect, place: usize, state: &State, case: &CaseRef, selected: bool) -> Response {
    let data = state.data.as_deref();
    let response = ui.interact(rect, ui.scope_id().with(("thumbnail", place)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, case_name(case, data)));
    let (pixels, mark) = match case {
        CaseRef::Sample(id) => {
            let mark = data.and_then(|data| data.sample(*id)).and_then(|sample| sample.label);
            (state.thumbnails.get(id).map(|image| Pixels::Gray(image.clone())), mark)
        }
        CaseRef::File(_) | CaseRef::Painted(_) => {
            let image = state.cases.get(case).and_then(|image| image.as_ref().ok());
            (image.map(|image| Pixels::Case(image.clone())), None)
        }
    };
    let max_side = ((THUMBNAIL * ui.pixels_per_point()) as u32).next_power_of_two().clamp(32, MOST_PIXELS);
    let texture = pixels.map(|pixels| {
        let [width, height] = pixels.size();
        let render = Render { max_side, ..Render::gray() };
        (textures::texture(ui.ctx(), &pixels, &render), width as f32 / height.max(1) as f32)
    });
    // Its name is needed on hover and by screen readers only.
    paint_thumbnail(ui, rect, &Cell { name: String::new(), texture, mark, badge: None, selected });
    response.on_hover_ui(|ui| {
        ui.label(case_name(case, data));
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_keeps_the_case_in_the_middle_until_the_ends() {
        assert_eq!(window(0, 12, 5), 0..5);
        assert_eq!(window(6, 12, 5), 4..9);
        assert_eq!(window(11, 12, 5), 7..12);
        assert_eq!(window(1, 3, 9), 0..3);
        assert_eq!(window(0, 0, 9), 0..0);
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(case_of(Some(1_340), 5_232), "Case 1,341 of 5,232");
        assert_eq!(case_of(Some(213), 624), "Case 214 of 624");
        assert_eq!(case_of(None, 0), "No such case");
    }

    #[test]
    fn thumbnails_near_the_case_come_first() {
        let order: Vec<u32> = nearest_first((0..5).map(SampleId), 2).map(|id| id.0).collect();
        assert_eq!(order[0], 2);
        assert_eq!(order.len(), 5);
        assert!(order[4] == 0 || order[4] == 4);
    }
}
