//! The points along two components, or three in space. The marks are one mesh, built when something changes and drawn
//! again as it is in all other frames.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, EventFilter, Id, Mesh, Pos2, Rect, Response, Role, Sense, Shape, Stroke,
    Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::camera::{Bounds, Camera, View};
use super::generate::Trace;
use super::marks::{self, Sprites};
use super::prepared::{ColorBy, Prepared};
use super::{color, hover, variance};
use crate::domain::{ModelInfo, thousands};
use crate::ui::benchmark::plot::ticks;
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, Theme, font, space};
use crate::ui::widgets::{Card, IconButton, Segmented, paint, paint_plate};

const HEADER: f32 = 30.0;
/// Left of and below the plane, for its ticks.
const TICKS: Vec2 = vec2(34.0, 34.0);
/// How near the pointer must come to a mark.
const REACH: f32 = 9.0;
/// Opacity of the marks of the plane, and of the farthest and nearest in space.
const OPACITY: f32 = 0.85;
const FAR: f32 = 0.28;
const NEAR: f32 = 1.0;
/// Share by which the nearest marks are larger and the farthest smaller.
const LARGER: f32 = 0.25;

/// What is drawn.
pub struct Scene<'a> {
    pub prepared: &'a Prepared,
    pub model: &'a ModelInfo,
    pub color_by: ColorBy,
    pub hidden: &'a BTreeSet<(ColorBy, usize)>,
    pub axes: [usize; 3],
    pub trace: &'a Trace,
    /// A click chooses a case rather than opening it.
    pub picks: bool,
}

impl Scene<'_> {
    /// Where a point lies along the axes.
    fn at(&self, point: usize) -> [f32; 3] {
        self.axes.map(|component| self.prepared.map.steps(point, component))
    }

    /// Where a code lies along the axes.
    fn code_at(&self, code: &[f32]) -> [f32; 3] {
        self.axes.map(|component| self.prepared.map.pca.steps(code, component))
    }
}

/// What the marks depend on.
#[derive(Clone, PartialEq)]
struct Key {
    map: usize,
    color_by: ColorBy,
    hidden: BTreeSet<(ColorBy, usize)>,
    axes: [usize; 3],
    view: View,
    rect: Rect,
    dark: bool,
    pixels_per_point: f32,
}

/// Marks as drawn, with where each is.
struct Drawn {
    key: Key,
    mesh: Arc<Mesh>,
    /// Point and place, the farthest first.
    places: Vec<(usize, Pos2)>,
}

/// What the plot keeps between frames.
#[derive(Default)]
pub struct Plot {
    sprites: Option<Sprites>,
    drawn: Option<Drawn>,
    /// Of one latent space along some axes.
    bounds: Option<(usize, [usize; 3], Bounds)>,
    rect: Option<Rect>,
    id: Option<Id>,
    hovered: Option<usize>,
}

impl Plot {
    /// The point under the pointer.
    pub fn hovered(&self) -> Option<usize> {
        self.hovered
    }

    /// The plot's id for the keyboard focus; none other's before it was drawn.
    pub fn id(&self, ui: &Ui) -> Id {
        self.id.unwrap_or_else(|| ui.scope_id().with("latent plot"))
    }

    /// A view of the place where the last frame drew.
    pub fn camera(&mut self, view: View, prepared: &Prepared, axes: [usize; 3]) -> Option<Camera> {
        let bounds = self.bounds(prepared, axes);
        self.rect.map(|rect| Camera::new(rect, view, bounds))
    }

    fn bounds(&mut self, prepared: &Prepared, axes: [usize; 3]) -> Bounds {
        let map = Arc::as_ptr(&prepared.map).addr();
        if let Some((of, along, bounds)) = self.bounds
            && (of, along) == (map, axes)
        {
            return bounds;
        }
        let points = 0..prepared.map.points.len();
        let bounds = Bounds::of(points.map(|point| axes.map(|component| prepared.map.steps(point, component))));
        self.bounds = Some((map, axes, bounds));
        bounds
    }

    /// Draws the card; gives the point that was clicked.
    pub fn ui(&mut self, ui: &mut Ui, card: Rect, scene: &Scene<'_>, view: &mut View, state: &State) -> Option<usize> {
        let mut clicked = None;
        Card::new(card).show(ui, |ui| {
            let inner = ui.max_rect();
            head(ui, inner.with_max_y(inner.top() + HEADER), scene, view);
            let sentence =
                paint::wrapped(ui, &scene.prepared.sentence, font::body(), theme::of(ui).text, inner.width() - 24.0);
            let foot = Rect::from_min_max(pos2(inner.left(), inner.bottom() - sentence.size().y), inner.max);
            self.canvas(
                ui,
                Rect::from_min_max(
                    inner.min + vec2(0.0, HEADER + space::S),
                    pos2(inner.right(), foot.top() - space::M),
                ),
                scene,
                view,
                state,
                &mut clicked,
            );
            let at = foot.left_top() + vec2(8.0, 9.0);
            paint::icon(ui.painter(), at, icons::EYE, 16.0, theme::of(ui).secondary);
            let spoken = ui.interact(foot, ui.scope_id().with("sentence"), Sense::hover());
            spoken.widget_info(|| WidgetInfo::labeled(Role::Label, true, &scene.prepared.sentence));
            ui.painter().galley(foot.min + vec2(24.0, 0.0), sentence, theme::of(ui).text);
        });
        clicked
    }

    fn canvas(
        &mut self,
        ui: &mut Ui,
        room: Rect,
        scene: &Scene<'_>,
        view: &mut View,
        state: &State,
        clicked: &mut Option<usize>,
    ) {
        let rect = if view.in_space {
            room
        } else {
            Rect::from_min_max(room.min + vec2(TICKS.x, 0.0), room.max - vec2(0.0, TICKS.y))
        };
        let id = ui.scope_id().with("latent plot");
        (self.rect, self.id) = (Some(rect), Some(id));
        let response = ui.interact(rect, id, Sense::click_and_drag());
        let bounds = self.bounds(scene.prepared, scene.axes);
        gestures(ui, &response, view, &Camera::new(rect, *view, bounds));
        let camera = Camera::new(rect, *view, bounds);
        let drawn = self.drawn(ui, scene, *view, &camera);
        let (mesh, hovered) = (drawn.mesh.clone(), under_pointer(&response, &drawn.places));
        let at = hovered.and_then(|point| drawn.places.iter().find(|(known, _)| *known == point)).map(|(_, at)| *at);
        self.hovered = hovered;
        speak(&response, scene, hovered);
        ground(ui, rect, scene, *view, &camera);
        let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(rect));
        painter.add(Shape::mesh(mesh));
        trace(ui, &painter, scene, &camera);
        if let (Some(point), Some(at)) = (hovered, at) {
            painter.circle_stroke(at, marks::RADIUS + 3.5, Stroke::new(1.5, theme::of(ui).accent));
            hover::show(ui, rect, at, scene, point, state);
            let _ = response.clone().on_hover_cursor(CursorIcon::PointingHand);
        }
        if response.clicked() {
            *clicked = hovered;
        }
    }

    /// The marks, drawn anew when something changed.
    fn drawn(&mut self, ui: &Ui, scene: &Scene<'_>, view: View, camera: &Camera) -> &Drawn {
        let theme = theme::of(ui);
        let key = Key {
            map: Arc::as_ptr(&scene.prepared.map).addr(),
            color_by: scene.color_by,
            hidden: scene.hidden.clone(),
            axes: scene.axes,
            view,
            rect: camera.rect,
            dark: theme.dark,
            pixels_per_point: ui.ctx().pixels_per_point(),
        };
        let sprites = match self.sprites.take() {
            Some(sprites) if sprites.fits(ui.ctx()) => sprites,
            _ => Sprites::new(ui.ctx()),
        };
        let sprites = self.sprites.insert(sprites);
        let kept = self.drawn.take().filter(|drawn| drawn.key == key);
        self.drawn.insert(kept.unwrap_or_else(|| draw(scene, camera, sprites, theme, key)))
    }

    /// Where a point was drawn last.
    #[cfg(test)]
    pub fn place_of(&self, point: usize) -> Option<Pos2> {
        self.drawn.as_ref()?.places.iter().find(|(known, _)| *known == point).map(|(_, at)| *at)
    }

    /// The mesh that the last frame drew.
    #[cfg(test)]
    pub fn mesh(&self) -> Option<Arc<Mesh>> {
        self.drawn.as_ref().map(|drawn| drawn.mesh.clone())
    }

    /// The marks that are shown.
    #[cfg(test)]
    pub fn shown(&self) -> usize {
        self.drawn.as_ref().map_or(0, |drawn| drawn.places.len())
    }
}

fn draw(scene: &Scene<'_>, camera: &Camera, sprites: &Sprites, theme: &Theme, key: Key) -> Drawn {
    let prepared = scene.prepared;
    let grouping = prepared.grouping(scene.color_by);
    let colors = color::of_points(prepared, scene.color_by, theme);
    let shown = |point: &usize| !scene.hidden.contains(&(scene.color_by, grouping.of[*point]));
    let mut placed: Vec<(usize, Pos2, f32)> = (0..prepared.map.points.len())
        .filter(shown)
        .map(|point| {
            let (at, near) = camera.place(scene.at(point));
            (point, at, near)
        })
        .collect();
    if key.view.in_space {
        placed.sort_by(|a, b| a.2.total_cmp(&b.2));
    }
    let mut mesh = sprites.mesh(placed.len());
    for &(point, at, near) in &placed {
        let (opacity, size) = if key.view.in_space {
            let share = f32::midpoint(near, 1.0);
            (FAR + (NEAR - FAR) * share, 1.0 + LARGER * near)
        } else {
            (OPACITY, 1.0)
        };
        sprites.add(&mut mesh, at, prepared.labels[point], size, colors[point].gamma_multiply(opacity));
    }
    let places = placed.into_iter().map(|(point, at, _)| (point, at)).collect();
    Drawn { key, mesh: Arc::new(mesh), places }
}

/// Title, how many are shown, and how they are looked at.
fn head(ui: &mut Ui, row: Rect, scene: &Scene<'_>, view: &mut View) {
    let theme = theme::of(ui);
    let controls = Rect::from_min_max(pos2(row.right() - 150.0, row.top()), row.max);
    let color = theme.series(scene.model.kind.series());
    ui.painter().circle_filled(pos2(row.left() + 5.0, row.center().y), 4.5, color);
    let title = Rect::from_min_max(row.min + vec2(18.0, 0.0), pos2(controls.left() - 8.0, row.bottom()));
    let placed = paint::line(ui, title, &scene.model.name, font::card_title(), theme.text);
    let grouping = scene.prepared.grouping(scene.color_by);
    let groups = grouping.groups.iter().enumerate();
    let shown: usize = groups
        .filter(|(index, _)| !scene.hidden.contains(&(scene.color_by, *index)))
        .map(|(_, group)| group.count)
        .sum();
    let all = grouping.of.len();
    let text = if shown == all {
        format!("{} images", thousands(all))
    } else {
        format!("{} of {} images", thousands(shown), thousands(all))
    };
    paint::line(ui, title.with_min_x(placed.right() + 12.0), &text, font::body(), theme.secondary);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(controls).layout(layout), |ui| {
        let reset = ui
            .add_enabled(!view.is_first(), IconButton::new(icons::ARROW_COUNTER_CLOCKWISE, "Reset the view").key("R"));
        if reset.clicked() {
            view.reset();
        }
        let mut in_space = view.in_space;
        let control =
            Segmented::new("Dimensions").option(false, "2-D").option(true, "3-D").tooltip("Drag to turn (D).");
        control.show(ui, &mut in_space);
        view.in_space = in_space;
    });
}

/// Carries out what the pointer does.
fn gestures(ui: &Ui, response: &Response, view: &mut View, camera: &Camera) {
    if response.dragged() {
        view.drag(response.drag_delta(), camera);
    }
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    }
    let Some(pointer) = response.hover_pos() else { return };
    let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
    let factor = (scroll / 240.0).exp() * pinch;
    if (factor - 1.0).abs() > 1e-4 {
        ui.input_mut(|input| input.smooth_scroll_delta.y = 0.0);
        view.magnify(factor, pointer, camera);
    }
}

/// The nearest mark within reach, of several the one on top.
fn under_pointer(response: &Response, places: &[(usize, Pos2)]) -> Option<usize> {
    let pointer = response.hover_pos().filter(|_| !response.dragged())?;
    let near = places.iter().map(|&(point, at)| (point, at.distance_sq(pointer)));
    let near = near.filter(|(_, distance)| *distance <= REACH * REACH);
    near.fold(None, |best: Option<(usize, f32)>, (point, distance)| match best {
        Some((_, least)) if least < distance => best,
        _ => Some((point, distance)),
    })
    .map(|(point, _)| point)
}

fn speak(response: &Response, scene: &Scene<'_>, hovered: Option<usize>) {
    let name = format!("Latent space of {}, {} images", scene.model.name, scene.prepared.map.points.len());
    let under = hovered.and_then(|point| scene.prepared.sample(point)).map(|sample| format!(", {}", sample.stem()));
    let under = under.unwrap_or_default();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{name}{under}")));
    if response.has_focus() {
        response.ctx.layer_painter(response.layer_id).rect_stroke(
            response.rect,
            CornerRadius::same(theme::radius::CONTROL),
            theme::of_context(&response.ctx).focus_stroke(),
            egui::StrokeKind::Inside,
        );
    }
}

/// Grid and ticks of the plane, or the axes in space.
fn ground(ui: &Ui, rect: Rect, scene: &Scene<'_>, view: View, camera: &Camera) {
    if view.in_space { space_axes(ui, rect, scene, camera) } else { grid(ui, rect, scene, camera) }
}

fn grid(ui: &Ui, rect: Rect, scene: &Scene<'_>, camera: &Camera) {
    let theme = theme::of(ui);
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::ZERO, theme.well);
    let most = |length: f32| (length / 60.0).max(2.0) as usize;
    let (low, high) = camera.range(0);
    for tick in ticks(f64::from(low), f64::from(high), most(rect.width())) {
        let x = painter.round_to_pixel_center(camera.place([tick as f32, 0.0, 0.0]).0.x);
        painter.vline(x, rect.y_range(), line(theme, tick));
        let at = pos2(x, rect.bottom() + 4.0);
        paint::text(painter, at, Align2::CENTER_TOP, number(tick), font::caption(), theme.secondary);
    }
    let (low, high) = camera.range(1);
    for tick in ticks(f64::from(low), f64::from(high), most(rect.height())) {
        let y = painter.round_to_pixel_center(camera.place([0.0, tick as f32, 0.0]).0.y);
        painter.hline(rect.x_range(), y, line(theme, tick));
        let at = pos2(rect.left() - 6.0, y);
        paint::text(painter, at, Align2::RIGHT_CENTER, number(tick), font::caption(), theme.secondary);
    }
    let below = pos2(rect.center().x, rect.bottom() + 19.0);
    let unit = ", in standard deviations of training codes";
    let name = format!("{}{unit}", axis_name(scene, 0));
    paint::text(painter, below, Align2::CENTER_TOP, name, font::caption(), theme.secondary);
    paint_plate(ui, rect.left_top() + vec2(6.0, 6.0), Align2::LEFT_TOP, &axis_name(scene, 1));
}

/// The lines through the mean are stronger.
fn line(theme: &Theme, tick: f64) -> Stroke {
    if tick.abs() < 1e-9 { theme.border_stroke() } else { theme.hairline_stroke() }
}

/// "−2", "0.5".
fn number(tick: f64) -> String {
    let rounded = (tick * 1e6).round() / 1e6;
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded }).replace('-', "−")
}

/// "PC 1 (34.1 % of variance)".
fn axis_name(scene: &Scene<'_>, axis: usize) -> String {
    let component = scene.axes[axis];
    match scene.prepared.map.pca.explained.get(component) {
        Some(share) => format!("PC {} ({} of variance)", component + 1, variance::percent(*share)),
        None => "no component".to_owned(),
    }
}

/// Lines through the mean, and in the corner which way each axis points.
fn space_axes(ui: &Ui, rect: Rect, scene: &Scene<'_>, camera: &Camera) {
    let theme = theme::of(ui);
    let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(rect));
    painter.rect_filled(rect, CornerRadius::ZERO, theme.well);
    for axis in 0..3 {
        let reach = camera.reach(axis);
        let end = |value: f32| {
            let mut at = [0.0; 3];
            at[axis] = value;
            camera.place(at).0
        };
        painter.line_segment([end(reach.0), end(reach.1)], theme.border_stroke());
    }
    let corner = rect.left_bottom() + vec2(44.0, -44.0);
    for axis in 0..3 {
        let way = camera.axis(axis);
        let end = corner + 28.0 * way;
        painter.line_segment([corner, end], Stroke::new(1.5, theme.secondary));
        let name = scene.axes[axis] + 1;
        let at = end + 9.0 * way.normalized();
        paint::text(&painter, at, Align2::CENTER_CENTER, name, font::caption_strong(), theme.text);
    }
    let names = [0, 1, 2].map(|axis| axis_name(scene, axis)).join(" · ");
    paint_plate(ui, rect.left_top() + vec2(6.0, 6.0), Align2::LEFT_TOP, &names);
}

/// Where the codes lie that are decoded at the right.
fn trace(ui: &Ui, painter: &egui::Painter, scene: &Scene<'_>, camera: &Camera) {
    let theme = theme::of(ui);
    let place = |code: &[f32]| camera.place(scene.code_at(code)).0;
    if let Some([from, to]) = &scene.trace.way {
        painter.line_segment([place(from), place(to)], Stroke::new(1.5, theme.accent));
    }
    for (code, name) in &scene.trace.marks {
        let at = place(code);
        diamond(painter, at, theme.accent, theme.well);
        if !name.is_empty() {
            let painter = ui.painter().with_clip_rect(painter.clip_rect());
            let galley = painter.layout_no_wrap(name.clone(), font::caption_strong(), theme.on_accent);
            let plate = Rect::from_min_size(at + vec2(7.0, -16.0), galley.size() + vec2(8.0, 1.0));
            painter.rect_filled(plate, CornerRadius::same(3), theme.accent);
            painter.galley(plate.min + vec2(4.0, 0.5), galley, theme.on_accent);
        }
    }
}

fn diamond(painter: &egui::Painter, at: Pos2, ink: Color32, edge: Color32) {
    let half = 6.0;
    let corners = [vec2(0.0, -half), vec2(half, 0.0), vec2(0.0, half), vec2(-half, 0.0)].map(|corner| at + corner);
    painter.add(Shape::convex_polygon(corners.to_vec(), ink, Stroke::new(1.5, edge)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_read_well() {
        assert_eq!([-2.0, -0.0, 0.5, 0.1 + 0.2].map(number), ["−2", "0", "0.5", "0.3"]);
    }
}
