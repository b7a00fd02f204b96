//! From places in the latent space to places on the screen: flat, or turned in space.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// How far a view can be magnified.
const ZOOM: std::ops::RangeInclusive<f32> = 0.5..=40.0;
/// Empty share of the half extent around the outermost points.
const MARGIN: f32 = 1.08;
/// How much nearer things are larger.
const PERSPECTIVE: f32 = 0.22;
/// The space is seen a little from above and from the side at first.
const YAW: f32 = 0.6;
const PITCH: f32 = 0.35;
/// Radians a point of dragging.
const TURN: f32 = 0.008;

/// Where points lie, along the three axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub center: [f32; 3],
    /// Half the extent, positive.
    pub half: [f32; 3],
}

impl Bounds {
    /// Around all points; around (0, 0, 0) without any.
    pub fn of(points: impl Iterator<Item = [f32; 3]>) -> Self {
        let mut range = [(f32::INFINITY, f32::NEG_INFINITY); 3];
        for point in points {
            for ((low, high), value) in range.iter_mut().zip(point) {
                if value.is_finite() {
                    (*low, *high) = (low.min(value), high.max(value));
                }
            }
        }
        let range = range.map(|(low, high)| if low <= high { (low, high) } else { (0.0, 0.0) });
        Self {
            center: range.map(|(low, high)| f32::midpoint(low, high)),
            half: range.map(|(low, high)| ((high - low) / 2.0 * MARGIN).max(0.5)),
        }
    }
}

/// What part of the plane is shown, or from where the space is looked at. Kept while axes and colours change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    pub in_space: bool,
    zoom: f32,
    /// The flat view's middle, from the middle of the points, in their unit.
    shift: Vec2,
    /// The turned view's angles, in radians.
    yaw: f32,
    pitch: f32,
}

impl Default for View {
    fn default() -> Self {
        Self { in_space: false, zoom: 1.0, shift: Vec2::ZERO, yaw: YAW, pitch: PITCH }
    }
}

impl View {
    /// Everything in sight, seen as at first.
    pub fn reset(&mut self) {
        *self = Self { in_space: self.in_space, ..Self::default() };
    }

    pub fn is_first(&self) -> bool {
        *self == Self { in_space: self.in_space, ..Self::default() }
    }

    /// Moves the plane or turns the space by so many points of the screen.
    pub fn drag(&mut self, delta: Vec2, camera: &Camera) {
        if !delta.x.is_finite() || !delta.y.is_finite() {
            return;
        }
        if self.in_space {
            self.yaw = (self.yaw + delta.x * TURN) % std::f32::consts::TAU;
            let most = std::f32::consts::FRAC_PI_2;
            self.pitch = (self.pitch + delta.y * TURN).clamp(-most, most);
        } else {
            let moved = vec2(-delta.x, delta.y) / camera.scale;
            self.shift = (self.shift + moved).clamp(-2.0 * camera.half, 2.0 * camera.half);
        }
    }

    /// Magnifies; the plane around what is at `at`, the space around its middle.
    pub fn magnify(&mut self, factor: f32, at: Pos2, camera: &Camera) {
        if !factor.is_finite() || factor <= 0.0 {
            return;
        }
        let zoom = (self.zoom * factor).clamp(*ZOOM.start(), *ZOOM.end());
        if !self.in_space {
            let from_middle = vec2(at.x - camera.rect.center().x, camera.rect.center().y - at.y);
            self.shift += from_middle / camera.scale * (1.0 - self.zoom / zoom);
        }
        self.zoom = zoom;
    }
}

/// A view made ready for a place on the screen.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    pub rect: Rect,
    view: View,
    bounds: Bounds,
    /// Points of the screen a unit.
    scale: f32,
    /// Half extents of the plane.
    half: Vec2,
    /// Sine and cosine of both angles.
    yaw: (f32, f32),
    pitch: (f32, f32),
}

impl Camera {
    pub fn new(rect: Rect, view: View, bounds: Bounds) -> Self {
        let half = vec2(bounds.half[0], bounds.half[1]);
        let fitting = if view.in_space {
            // Half the diagonal always fits, but corners are empty as a rule.
            let radius = bounds.half.iter().map(|half| half * half).sum::<f32>().sqrt();
            0.72 * rect.width().min(rect.height()) / radius
        } else {
            (0.5 * rect.width() / half.x).min(0.5 * rect.height() / half.y)
        };
        let scale = (fitting * view.zoom).max(1e-6);
        Self { rect, view, bounds, scale, half, yaw: view.yaw.sin_cos(), pitch: view.pitch.sin_cos() }
    }

    /// Where a place lies on the screen, and how near: −1 far to 1 near, 0 in the plane.
    pub fn place(&self, at: [f32; 3]) -> (Pos2, f32) {
        let from_middle: [f32; 3] = std::array::from_fn(|axis| at[axis] - self.bounds.center[axis]);
        let middle = self.rect.center();
        if !self.view.in_space {
            let offset = vec2(from_middle[0], from_middle[1]) - self.view.shift;
            return (pos2(middle.x + offset.x * self.scale, middle.y - offset.y * self.scale), 0.0);
        }
        let [x, y, z] = self.turned(from_middle);
        let radius = self.bounds.half.iter().map(|half| half * half).sum::<f32>().sqrt();
        let near = (z / radius).clamp(-1.0, 1.0);
        let scale = self.scale / (1.0 - PERSPECTIVE * near);
        (pos2(middle.x + x * scale, middle.y - y * scale), near)
    }

    /// From the middle of the points, to the right, up and towards the eye.
    fn turned(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let ((yaw_sin, yaw_cos), (pitch_sin, pitch_cos)) = (self.yaw, self.pitch);
        let (x, z) = (x * yaw_cos + z * yaw_sin, z * yaw_cos - x * yaw_sin);
        [x, y * pitch_cos - z * pitch_sin, z * pitch_cos + y * pitch_sin]
    }

    /// The direction of an axis on the screen, one long where it lies across the line of sight.
    pub fn axis(&self, axis: usize) -> Vec2 {
        let mut way = [0.0; 3];
        way[axis] = 1.0;
        let [x, y, _] = self.turned(way);
        vec2(x, -y)
    }

    /// From where to where points lie along an axis.
    pub fn reach(&self, axis: usize) -> (f32, f32) {
        let (middle, half) = (self.bounds.center[axis], self.bounds.half[axis]);
        (middle - half, middle + half)
    }

    /// The range of the plane that is in sight along x (0) or y (1).
    pub fn range(&self, axis: usize) -> (f32, f32) {
        let half = if axis == 0 { self.rect.width() } else { self.rect.height() } / 2.0 / self.scale;
        let middle = self.bounds.center[axis] + if axis == 0 { self.view.shift.x } else { self.view.shift.y };
        (middle - half, middle + half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECT: Rect = Rect { min: Pos2 { x: 100.0, y: 50.0 }, max: Pos2 { x: 500.0, y: 350.0 } };

    fn bounds() -> Bounds {
        Bounds::of([[-2.0, -1.0, 0.0], [4.0, 3.0, 1.0]].into_iter())
    }

    fn camera(view: View) -> Camera {
        Camera::new(RECT, view, bounds())
    }

    #[test]
    fn all_points_are_in_sight_at_first_from_every_side() {
        for in_space in [false, true] {
            for turn in 0..24 {
                let view = View { in_space, yaw: turn as f32 * 0.5, pitch: turn as f32 * 0.1 - 1.2, ..View::default() };
                for corner in [[-2.0, -1.0, 0.0], [4.0, 3.0, 1.0], [-2.0, 3.0, 1.0], [4.0, -1.0, 0.0]] {
                    let (at, near) = camera(view).place(corner);
                    let grown = RECT.expand(0.5 * RECT.height());
                    assert!(if in_space { grown.contains(at) } else { RECT.contains(at) }, "{at:?}");
                    assert!((-1.0..=1.0).contains(&near));
                }
            }
        }
    }

    #[test]
    fn up_is_up_and_right_is_right() {
        let (low, _) = camera(View::default()).place([0.0; 3]);
        let (high, _) = camera(View::default()).place([1.0, 1.0, 0.0]);
        assert!(high.x > low.x && high.y < low.y);
    }

    #[test]
    fn what_is_under_the_pointer_stays_there_when_the_plane_is_magnified() {
        let mut view = View::default();
        let at = camera(view).place([3.0, 0.5, 0.0]).0;
        view.magnify(3.0, at, &camera(view));
        let moved = camera(view).place([3.0, 0.5, 0.0]).0;
        assert!((moved - at).length() < 0.01, "{at:?} {moved:?}");
        view.drag(vec2(20.0, -10.0), &camera(view));
        let dragged = camera(view).place([3.0, 0.5, 0.0]).0;
        assert!((dragged - at - vec2(20.0, -10.0)).length() < 0.01);
        assert!(!view.is_first());
        view.reset();
        assert!(view.is_first());
    }

    #[test]
    fn nearer_things_are_nearer_and_a_whole_turn_changes_nothing() {
        let mut view = View { in_space: true, yaw: 0.0, pitch: 0.0, ..View::default() };
        assert!(camera(view).place([1.0, 1.0, 1.0]).1 > camera(view).place([1.0, 1.0, 0.0]).1);
        let before = camera(view).place([4.0, 3.0, 1.0]).0;
        view.drag(vec2(std::f32::consts::TAU / TURN, 0.0), &camera(view));
        assert!((camera(view).place([4.0, 3.0, 1.0]).0 - before).length() < 0.1);
    }

    #[test]
    fn nonsense_leaves_a_usable_view() {
        let mut view = View::default();
        let camera = camera(view);
        view.drag(vec2(f32::NAN, 1.0), &camera);
        view.magnify(f32::NAN, RECT.center(), &camera);
        view.magnify(-1.0, RECT.center(), &camera);
        assert!(view.is_first());
        view.magnify(1e9, RECT.center(), &camera);
        assert_eq!(view.zoom, *ZOOM.end());
        let none = Bounds::of(std::iter::empty());
        assert_eq!((none.center, none.half), ([0.0; 3], [0.5; 3]));
        let odd = Bounds::of([[f32::NAN, 1.0, f32::INFINITY]].into_iter());
        assert_eq!(odd.center, [0.0, 1.0, 0.0]);
        let flat = Camera::new(Rect::from_min_size(pos2(0.0, 0.0), Vec2::ZERO), View::default(), none);
        assert!(flat.place([1.0, 1.0, 1.0]).0.x.is_finite());
    }

    #[test]
    fn the_range_in_sight_is_that_of_the_edges() {
        let camera = camera(View::default());
        let (low, high) = camera.range(0);
        assert!((camera.place([low, 0.0, 0.0]).0.x - RECT.left()).abs() < 0.01);
        assert!((camera.place([high, 0.0, 0.0]).0.x - RECT.right()).abs() < 0.01);
        let (low, _) = camera.range(1);
        assert!((camera.place([0.0, low, 0.0]).0.y - RECT.bottom()).abs() < 0.01);
    }
}
