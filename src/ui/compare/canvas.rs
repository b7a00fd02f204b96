//! One place where a picture is shown: layers, labels, crosshair, and what the pointer does there.

use std::sync::Arc;

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, EventFilter, Id, Key, Modifiers, PointerButton, Pos2, Rect, Response,
    Role, Sense, Shape, Stroke, TextureId, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::display::Display;
use super::view::View;
use crate::domain::Segment;
use crate::ui::icons;
use crate::ui::theme;
use crate::ui::widgets::{paint, paint_image, paint_plate};

/// Half the width of the gap in the middle of the crosshair.
const CROSS_GAP: f32 = 7.0;
/// From an image's corner to its label.
const LABEL_INSET: f32 = 6.0;
/// How near the pointer must be to take hold of the divider.
const DIVIDER_REACH: f32 = 7.0;

/// A texture over the whole image.
#[derive(Clone, Copy)]
pub struct Layer {
    pub texture: TextureId,
    pub tint: Color32,
    /// Only this part of the screen.
    pub clip: Rect,
}

/// What is shown in one place.
#[derive(Default)]
pub struct Picture {
    /// On the image, such as "Reconstruction".
    pub label: &'static str,
    /// In the other corner: what is right of the divider.
    pub label_right: &'static str,
    /// Width over height; every layer is stretched to it.
    pub aspect: f32,
    /// The first below.
    pub layers: [Option<Layer>; 2],
    /// The value under the crosshair.
    pub chip: Option<String>,
    /// In the other corner where nothing else stands there: how much of the score the map is of.
    pub part: Option<String>,
    /// In the lower right corner: what a legend says.
    pub legend: Option<String>,
    /// A warning in the lower left corner.
    pub badge: Option<&'static str>,
    /// The border of what is painted onto the image.
    pub outline: Option<Arc<Vec<Segment>>>,
    /// The divider can be dragged here.
    pub divider: bool,
    /// The border of the lungs.
    pub lungs: Option<Arc<Vec<Segment>>>,
}

/// A place as it was drawn: where the next frame's pointer is compared against.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub id: Id,
    /// 0 is the input, then the panes of models.
    pub pane: usize,
    pub rect: Rect,
    pub aspect: f32,
}

/// What the pointer did in a place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gestures {
    /// The point of the image under the pointer.
    pub over: Option<Pos2>,
    /// The image was moved or magnified.
    pub moved: bool,
    pub maximise: bool,
    /// The point of the image that was clicked.
    pub clicked: Option<Pos2>,
}

/// Carries out what the pointer does in a place that the last frame drew. Call before drawing, so that all panes follow
/// in the same frame.
pub fn gestures(ui: &Ui, place: &Place, view: &mut View, display: &mut Display) -> Gestures {
    let mut done = Gestures::default();
    if let Some(divider) = ui.ctx().read_response(divider_id(place.id))
        && move_divider(ui, place, &divider, display)
    {
        return done;
    }
    let Some(response) = ui.ctx().read_response(place.id) else { return done };
    done.moved = zoom(ui, place, &response, view);
    let delta = response.drag_delta();
    let primary = response.dragged_by(PointerButton::Primary);
    if response.dragged_by(PointerButton::Secondary) || (primary && display.adjust_window) {
        display.window.drag(delta);
    } else if (primary || response.dragged_by(PointerButton::Middle)) && delta != Vec2::ZERO {
        view.pan(place.rect, place.aspect, delta);
        done.moved = true;
    }
    done.maximise = response.double_clicked();
    let on_image = |pointer: Option<Pos2>| {
        pointer
            .map(|pointer| view.to_image(place.rect, place.aspect, pointer))
            .filter(|point| (0.0..1.0).contains(&point.x) && (0.0..1.0).contains(&point.y))
    };
    done.over = on_image(response.hover_pos().filter(|_| !response.dragged()));
    done.clicked = on_image(response.interact_pointer_pos().filter(|_| response.clicked()));
    done
}

/// By dragging, or by arrow keys while it has the focus.
fn move_divider(ui: &Ui, place: &Place, divider: &Response, display: &mut Display) -> bool {
    if divider.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(divider.id, filter));
        let presses = |key: Key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)) as f32;
        let moved = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
        display.swipe_at = (display.swipe_at + 0.05 * moved).clamp(0.0, 1.0);
    }
    let Some(pointer) = divider.interact_pointer_pos().filter(|_| divider.dragged()) else { return false };
    display.swipe_at = ((pointer.x - place.rect.left()) / place.rect.width().max(1.0)).clamp(0.0, 1.0);
    true
}

/// Wheel and pinch magnify at the pointer.
fn zoom(ui: &Ui, place: &Place, response: &Response, view: &mut View) -> bool {
    let Some(pointer) = response.hover_pos() else { return false };
    let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
    let factor = (scroll / 240.0).exp() * pinch;
    if (factor - 1.0).abs() < 1e-4 {
        return false;
    }
    // Nothing around the image is to scroll as well.
    ui.input_mut(|input| input.smooth_scroll_delta.y = 0.0);
    view.zoom_at(place.rect, place.aspect, pointer, factor);
    true
}

fn divider_id(place: Id) -> Id {
    place.with("divider")
}

/// Draws a picture in its place and makes it sensitive to the pointer for the next frame.
pub fn show(ui: &Ui, place: &Place, name: &str, picture: &Picture, view: View, cross: Option<Pos2>, display: &Display) {
    let response = ui.interact(place.rect, place.id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), name));
    response.on_hover_and_drag_cursor(if display.adjust_window {
        CursorIcon::ResizeNwSe
    } else {
        CursorIcon::Crosshair
    });
    if !ui.is_rect_visible(place.rect) {
        return;
    }
    paint_layers(ui, place, picture, view);
    for (outline, color) in [(&picture.lungs, theme::DARK.healthy), (&picture.outline, theme::DARK.text)] {
        if let Some(outline) = outline {
            paint_outline(ui, place, picture, view, (outline, color));
        }
    }
    if let Some(point) = cross.filter(|_| picture.layers[0].is_some()) {
        paint_crosshair(ui, place, picture, view, point);
    }
    paint_label(ui, place.rect, Align2::LEFT_TOP, picture.label);
    let part = picture.part.as_deref().filter(|_| picture.label_right.is_empty());
    paint_label(ui, place.rect, Align2::RIGHT_TOP, part.unwrap_or(picture.label_right));
    paint_label(ui, place.rect, Align2::RIGHT_BOTTOM, picture.legend.as_deref().unwrap_or_default());
    if let Some(badge) = picture.badge {
        paint_badge(ui, place.rect, badge);
    }
    if picture.divider {
        divider(ui, place, name, display);
    }
}

fn paint_layers(ui: &Ui, place: &Place, picture: &Picture, view: View) {
    let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(place.rect));
    painter.rect_filled(place.rect, CornerRadius::ZERO, theme::of(ui).image_well);
    let Some(visible) = view.visible(place.rect, picture.aspect) else { return };
    for layer in picture.layers.iter().flatten() {
        let painter = painter.with_clip_rect(painter.clip_rect().intersect(layer.clip));
        paint_image(&painter, visible.rect, layer.texture, visible.uv, layer.tint);
    }
}

/// A light line on a dark one, to be seen on every colour of a map.
fn paint_outline(ui: &Ui, place: &Place, picture: &Picture, view: View, (outline, color): (&[Segment], Color32)) {
    let image = view.image_rect(place.rect, picture.aspect).intersect(place.rect);
    let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(image));
    let at = |[x, y]: [f32; 2]| view.to_screen(place.rect, picture.aspect, pos2(x, y));
    for stroke in [Stroke::new(2.5, theme::of(ui).plate), Stroke::new(1.0, color)] {
        painter.extend(outline.iter().map(|&[from, to]| Shape::line_segment([at(from), at(to)], stroke)));
    }
}

fn paint_crosshair(ui: &Ui, place: &Place, picture: &Picture, view: View, point: Pos2) {
    let frame = place.rect;
    let image = view.image_rect(frame, picture.aspect).intersect(frame);
    let at = view.to_screen(frame, picture.aspect, point);
    if !frame.contains(at) || !image.is_positive() {
        return;
    }
    let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(image));
    let (x, y) = (painter.round_to_pixel_center(at.x), painter.round_to_pixel_center(at.y));
    // On images, which are as dark in both modes.
    let stroke = Stroke::new(1.0, theme::DARK.accent.gamma_multiply(0.85));
    for side in [-1.0, 1.0] {
        let end = if side < 0.0 { image.min } else { image.max };
        painter.line_segment([pos2(x + side * CROSS_GAP, y), pos2(end.x, y)], stroke);
        painter.line_segment([pos2(x, y + side * CROSS_GAP), pos2(x, end.y)], stroke);
    }
    if let Some(chip) = &picture.chip {
        let width = paint::width(ui, chip, theme::font::caption()) + 20.0;
        let right = if at.x + width > frame.right() { Align2::RIGHT_TOP } else { Align2::LEFT_TOP };
        let anchor = if at.y + 30.0 > frame.bottom() { Align2([right.x(), egui::Align::Max]) } else { right };
        let offset = vec2(8.0 * -anchor.x().to_sign(), 6.0 * -anchor.y().to_sign());
        paint_plate(ui, at + offset, anchor, chip);
    }
}

/// A label in a corner, where it fits.
fn paint_label(ui: &Ui, frame: Rect, corner: Align2, text: &str) {
    let inner = frame.shrink(LABEL_INSET);
    if !text.is_empty() && paint::width(ui, text, theme::font::caption()) + 12.0 <= inner.width() {
        paint_plate(ui, corner.pos_in_rect(&inner), corner, text);
    }
}

fn paint_badge(ui: &Ui, frame: Rect, text: &str) {
    let color = theme::DARK.caution;
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::font::caption(), color);
    let size = galley.size() + vec2(30.0, 4.0);
    let plate = Align2::LEFT_BOTTOM.anchor_size(frame.left_bottom() + vec2(LABEL_INSET, -LABEL_INSET), size);
    ui.painter().rect_filled(plate, CornerRadius::same(3), theme::of(ui).plate);
    paint::icon(ui.painter(), plate.left_center() + vec2(13.0, 0.0), icons::WARNING, 12.0, color);
    ui.painter().galley(plate.min + vec2(24.0, 2.0), galley, color);
}

/// The line between what is left and right of it, with a handle.
fn divider(ui: &Ui, place: &Place, name: &str, display: &Display) {
    let rect = place.rect;
    let x = rect.left() + display.swipe_at * rect.width();
    let reach = Rect::from_x_y_ranges((x - DIVIDER_REACH)..=(x + DIVIDER_REACH), rect.y_range());
    let response = ui.interact(reach, divider_id(place.id), Sense::drag() | Sense::focusable_noninteractive());
    response.widget_info(|| {
        WidgetInfo::slider(ui.is_enabled(), f64::from(display.swipe_at), format!("Swipe divider, {name}"))
    });
    let active = response.hovered() || response.dragged() || response.has_focus();
    let color = if active { theme::DARK.accent } else { theme::DARK.text };
    let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(rect));
    painter.vline(painter.round_to_pixel_center(x), rect.y_range(), Stroke::new(1.0, color));
    let knob = pos2(x, rect.center().y);
    painter.circle_filled(knob, 8.0, theme::of(ui).plate);
    painter.circle_stroke(knob, 8.0, Stroke::new(1.0, color));
    paint::icon(&painter, knob, icons::ARROWS_OUT_LINE_HORIZONTAL, 11.0, color);
    response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    fn place() -> Place {
        let rect = Rect::from_min_size(pos2(50.0, 50.0), vec2(200.0, 200.0));
        Place { id: Id::unique("picture"), pane: 0, rect, aspect: 1.0 }
    }

    struct Seen {
        view: View,
        display: Display,
        gestures: Gestures,
    }

    fn frame(ui: &mut Ui, seen: &mut Seen) {
        let gestures = gestures(ui, &place(), &mut seen.view, &mut seen.display);
        seen.gestures.moved |= gestures.moved;
        seen.gestures.maximise |= gestures.maximise;
        seen.gestures.over = gestures.over;
        let picture = Picture {
            label: "Map",
            aspect: 1.0,
            chip: Some("0.43".to_owned()),
            badge: Some("seen in training"),
            divider: seen.display.swipe,
            ..Picture::default()
        };
        show(ui, &place(), "Map, VAE", &picture, seen.view, gestures.over, &seen.display);
    }

    fn run(act: impl FnOnce(&mut egui_kittest::Harness<'_>), display: Display) -> Seen {
        let mut seen = Seen { view: View::default(), display, gestures: Gestures::default() };
        {
            let mut harness = crate::ui::widgets::harness(|ui| frame(ui, &mut seen));
            harness.run();
            act(&mut harness);
            harness.run();
        }
        seen
    }

    #[test]
    fn the_wheel_magnifies_at_the_pointer() {
        let seen = run(
            |harness| {
                harness.hover_at(pos2(100.0, 150.0));
                harness.run();
                harness.event(egui::Event::MouseWheel {
                    unit: egui::MouseWheelUnit::Point,
                    delta: vec2(0.0, 100.0),
                    phase: egui::TouchPhase::Move,
                    source: egui::MouseWheelSource::Unknown,
                    modifiers: Modifiers::NONE,
                });
                harness.run_steps(30);
            },
            Display::default(),
        );
        assert!(seen.view.zoom > 1.2 && seen.gestures.moved, "{:?}", seen.view);
        let over = seen.gestures.over.unwrap();
        assert!((over.x - 0.25).abs() < 1e-3 && (over.y - 0.5).abs() < 1e-3, "{over:?}");
    }

    fn drag(harness: &mut egui_kittest::Harness<'_>, from: Pos2, to: Pos2) {
        harness.drag_at(from);
        harness.run();
        harness.hover_at(to);
        harness.run();
        harness.drop_at(to);
        harness.run();
    }

    #[test]
    fn dragging_changes_window_and_level_in_that_mode_only() {
        let path = (pos2(100.0, 100.0), pos2(160.0, 100.0));
        let seen = run(|harness| drag(harness, path.0, path.1), Display::default());
        assert_eq!(seen.display.window, Display::default().window);
        let mut adjusting = Display::default();
        adjusting.adjust_window = true;
        let seen = run(|harness| drag(harness, path.0, path.1), adjusting);
        assert!((seen.display.window.window - 1.2).abs() < 1e-3, "{:?}", seen.display.window);
    }

    #[test]
    fn the_divider_is_dragged_without_moving_the_image() {
        let mut display = Display::default();
        display.set_swipe(true);
        let seen = run(|harness| drag(harness, pos2(150.0, 120.0), pos2(100.0, 120.0)), display);
        assert!((seen.display.swipe_at - 0.25).abs() < 1e-3, "{}", seen.display.swipe_at);
        assert!(!seen.gestures.moved);
    }

    #[test]
    fn it_is_found_by_its_name() {
        let mut seen = Seen { view: View::default(), display: Display::default(), gestures: Gestures::default() };
        let mut harness = crate::ui::widgets::harness(|ui| frame(ui, &mut seen));
        harness.run();
        assert_eq!(harness.get_by_role_and_label(Role::Image, "Map, VAE").rect(), place().rect);
    }
}
