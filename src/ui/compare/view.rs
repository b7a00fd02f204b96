//! Which part of an image is looked at: zoom and pan, in shares of the image so that images of different sizes move together.

use egui::{Pos2, Rect, Vec2, pos2, vec2};
use serde::{Deserialize, Serialize};

/// Smallest and greatest magnification over "fits the frame".
pub const ZOOM_RANGE: std::ops::RangeInclusive<f32> = 1.0..=40.0;

/// A zoom and the point of the image in the middle of the frame, as shares of its width and height.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    pub zoom: f32,
    pub center: [f32; 2],
}

impl Default for View {
    fn default() -> Self {
        Self { zoom: 1.0, center: [0.5, 0.5] }
    }
}

/// What of an image is visible, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visible {
    /// On screen, inside the frame.
    pub rect: Rect,
    /// The same part of the image, (0, 0) top left to (1, 1) bottom right.
    pub uv: Rect,
}

/// The size at which an image of this aspect (width / height) just fits the frame.
fn fitted(frame: Rect, aspect: f32) -> Vec2 {
    let aspect = if aspect.is_finite() && aspect > 0.0 { aspect } else { 1.0 };
    let height = frame.height().min(frame.width() / aspect);
    vec2(height * aspect, height)
}

impl View {
    /// The whole image on screen; larger than the frame when zoomed in.
    pub fn image_rect(&self, frame: Rect, aspect: f32) -> Rect {
        let size = fitted(frame, aspect) * self.zoom;
        let offset = vec2((self.center[0] - 0.5) * size.x, (self.center[1] - 0.5) * size.y);
        Rect::from_center_size(frame.center() - offset, size)
    }

    /// The part of the image inside the frame; `None` when it lies wholly outside.
    pub fn visible(&self, frame: Rect, aspect: f32) -> Option<Visible> {
        let image = self.image_rect(frame, aspect);
        let rect = image.intersect(frame);
        if !rect.is_positive() {
            return None;
        }
        Some(Visible { rect, uv: Rect::from_min_max(share_of(image, rect.min), share_of(image, rect.max)) })
    }

    /// The point of the image under a point of the screen; outside (0, 0)–(1, 1) beside the image.
    pub fn to_image(self, frame: Rect, aspect: f32, screen: Pos2) -> Pos2 {
        share_of(self.image_rect(frame, aspect), screen)
    }

    /// Where a point of the image is on screen; may be outside the frame.
    pub fn to_screen(self, frame: Rect, aspect: f32, image: Pos2) -> Pos2 {
        let rect = self.image_rect(frame, aspect);
        pos2(rect.min.x + image.x * rect.width(), rect.min.y + image.y * rect.height())
    }

    /// Magnifies by `factor`, keeping the point under the pointer where it is as far as the image's edges allow.
    pub fn zoom_at(&mut self, frame: Rect, aspect: f32, pointer: Pos2, factor: f32) {
        if !factor.is_finite() || factor <= 0.0 {
            return;
        }
        let held = self.to_image(frame, aspect, pointer);
        self.zoom = (self.zoom * factor).clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end());
        let size = fitted(frame, aspect) * self.zoom;
        let from_center = pointer - frame.center();
        self.center = [held.x - from_center.x / size.x.max(1.0), held.y - from_center.y / size.y.max(1.0)];
        self.keep_inside();
    }

    /// Moves the image with the pointer by `delta` points of the screen.
    pub fn pan(&mut self, frame: Rect, aspect: f32, delta: Vec2) {
        let size = fitted(frame, aspect) * self.zoom;
        self.center[0] -= delta.x / size.x.max(1.0);
        self.center[1] -= delta.y / size.y.max(1.0);
        self.keep_inside();
    }

    /// True when nothing is zoomed or moved.
    pub fn is_whole(&self) -> bool {
        self.zoom <= *ZOOM_RANGE.start()
    }

    /// No more of the surroundings than needed: a zoomed image always fills the frame along its longer side.
    fn keep_inside(&mut self) {
        let half = 0.5 / self.zoom.max(1.0);
        for share in &mut self.center {
            *share = if share.is_finite() { share.clamp(half, 1.0 - half) } else { 0.5 };
        }
    }
}

/// The views of all panes: one for all while they are linked, else one each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Views {
    shared: View,
    /// By pane, while not linked; panes beyond its end look at the shared one.
    #[serde(skip)]
    own: Vec<View>,
    /// The pane that was moved last.
    #[serde(skip)]
    last: usize,
}

impl Views {
    pub fn get(&self, linked: bool, pane: usize) -> View {
        if linked { self.shared } else { self.own.get(pane).copied().unwrap_or(self.shared) }
    }

    pub fn set(&mut self, linked: bool, pane: usize, view: View) {
        if linked {
            self.shared = view;
            return;
        }
        if self.own.len() <= pane {
            self.own.resize(pane + 1, self.shared);
        }
        self.own[pane] = view;
        self.last = pane;
    }

    /// When linking is switched on all follow the pane that was moved last; when off each goes on from where it is.
    pub fn link(&mut self, linked: bool) {
        if linked {
            self.shared = self.get(false, self.last);
        }
        self.own.clear();
        self.last = 0;
    }

    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// A pane is gone.
    pub fn close(&mut self, pane: usize) {
        if pane < self.own.len() {
            self.own.remove(pane);
        }
    }

    /// Two panes change places.
    pub fn swap(&mut self, a: usize, b: usize) {
        let (first, second) = (self.get(false, a), self.get(false, b));
        if first != second {
            self.set(false, a, second);
            self.set(false, b, first);
        }
    }

    /// True when every pane shows the whole image.
    pub fn are_whole(&self) -> bool {
        self.shared.is_whole() && self.own.iter().all(View::is_whole)
    }
}

fn share_of(rect: Rect, point: Pos2) -> Pos2 {
    pos2((point.x - rect.min.x) / rect.width().max(1e-6), (point.y - rect.min.y) / rect.height().max(1e-6))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect { min: Pos2 { x: 100.0, y: 50.0 }, max: Pos2 { x: 310.0, y: 260.0 } };

    fn close(a: Pos2, b: Pos2) -> bool {
        (a - b).length() < 1e-2
    }

    #[test]
    fn nonsense_leaves_a_usable_view() {
        let mut view = View::default();
        view.zoom_at(FRAME, 1.0, FRAME.center(), f32::NAN);
        view.zoom_at(FRAME, f32::NAN, FRAME.center(), 0.0);
        view.pan(FRAME, 1.0, vec2(f32::NAN, f32::INFINITY));
        assert_eq!(view, View::default());
        assert!(view.visible(Rect::NOTHING, 1.0).is_none());
    }

    #[test]
    fn the_point_under_the_pointer_stays_when_zooming() {
        let mut view = View::default();
        let pointer = pos2(150.0, 200.0);
        for factor in [1.5, 2.0, 1.1, 0.7] {
            let before = view.to_image(FRAME, 1.0, pointer);
            view.zoom_at(FRAME, 1.0, pointer, factor);
            assert!(close(view.to_image(FRAME, 1.0, pointer), before));
        }
    }

    #[test]
    fn zooming_out_ends_at_the_whole_image() {
        let mut view = View { zoom: 8.0, center: [0.9, 0.1] };
        view.zoom_at(FRAME, 1.0, FRAME.min, 1e-6);
        assert_eq!(view, View::default());
        assert_eq!(view.image_rect(FRAME, 1.0), FRAME);
    }

    #[test]
    fn panning_stops_at_the_edge() {
        let mut view = View { zoom: 2.0, center: [0.5, 0.5] };
        view.pan(FRAME, 1.0, vec2(10_000.0, -10_000.0));
        assert_eq!(view.center, [0.25, 0.75]);
        let visible = view.visible(FRAME, 1.0).unwrap();
        assert_eq!(visible.rect, FRAME);
        assert!(close(visible.uv.min, pos2(0.0, 0.5)) && close(visible.uv.max, pos2(0.5, 1.0)));
    }

    #[test]
    fn a_wide_image_keeps_its_shape() {
        let rect = View::default().image_rect(FRAME, 2.0);
        assert_eq!((rect.width(), rect.height()), (210.0, 105.0));
        assert_eq!(rect.center(), FRAME.center());
        let there = View::default().to_image(FRAME, 2.0, rect.max);
        assert!(close(there, pos2(1.0, 1.0)));
    }

    #[test]
    fn unlinked_panes_move_alone_and_linking_takes_the_last_moved() {
        let near = View { zoom: 4.0, center: [0.3, 0.3] };
        let mut views = Views::default();
        views.set(true, 2, near);
        assert_eq!(views.get(true, 0), near);
        views.link(false);
        assert_eq!(views.get(false, 1), near, "nothing jumps when the link is cut");
        let far = View { zoom: 2.0, center: [0.5, 0.5] };
        views.set(false, 1, far);
        assert_eq!((views.get(false, 0), views.get(false, 1)), (near, far));
        views.swap(0, 1);
        assert_eq!((views.get(false, 0), views.get(false, 1)), (far, near));
        views.set(false, 0, far);
        views.link(true);
        assert_eq!(views.get(true, 5), far);
        views.reset();
        assert!(views.are_whole());
    }

    #[test]
    fn screen_and_image_are_inverse() {
        let view = View { zoom: 3.0, center: [0.4, 0.6] };
        let point = pos2(0.37, 0.52);
        assert!(close(view.to_image(FRAME, 0.8, view.to_screen(FRAME, 0.8, point)), point));
    }
}
