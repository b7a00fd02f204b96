//! Where things stand on the screen.

use egui::{Rect, pos2, vec2};

use crate::ui::theme::space;

/// The screen's height at 1280×800, below which nothing is made smaller.
const BASE_HEIGHT: f32 = 732.0;
const LEFT: f32 = 320.0;
const RIGHT: f32 = 240.0;
const PADDING: f32 = space::SCREEN;

/// The places of all parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Places {
    pub left: Rect,
    pub centre: Rect,
    pub right: Rect,
    pub plot_header: Rect,
    pub legend: Rect,
    pub plot: Rect,
    pub key: Rect,
    /// The line between plot and film.
    pub divider: f32,
    pub film: Rect,
}

impl Places {
    pub fn new(screen: Rect) -> Self {
        let spare = (screen.width() - 1208.0).max(0.0);
        let right_width = RIGHT + (spare * 0.08).min(100.0);
        let left = Rect::from_min_max(screen.min, pos2(screen.left() + LEFT, screen.bottom()));
        let right = Rect::from_min_max(pos2(screen.right() - right_width, screen.top()), screen.max);
        let centre = Rect::from_min_max(pos2(left.right(), screen.top()), pos2(right.left(), screen.bottom()));
        // Of what there is more than the least, the film strip takes a third: its images grow twice.
        let more = (screen.height() - BASE_HEIGHT).max(0.0);
        let film_height = 233.0 + (more * 0.34).min(260.0);
        let divider = screen.bottom() - film_height;
        let inner = centre.shrink2(vec2(PADDING, 0.0));
        let row = |top: f32, height: f32| {
            Rect::from_min_size(pos2(inner.left(), screen.top() + top), vec2(inner.width(), height))
        };
        let plot = Rect::from_min_max(
            pos2(centre.left() + 12.0, screen.top() + 74.0),
            pos2(centre.right() - 12.0, (divider - 27.0).max(screen.top() + 174.0)),
        );
        let key = Rect::from_min_size(pos2(plot.left(), divider - 27.0), vec2(plot.width(), 18.0));
        let film = Rect::from_min_max(pos2(inner.left(), divider), inner.max);
        Self { left, centre, right, plot_header: row(8.0, 28.0), legend: row(44.0, 24.0), plot, key, divider, film }
    }

    /// The contents of the left column: what scrolls, and the foot of a given height.
    pub fn left_parts(&self, foot: f32) -> (Rect, Rect) {
        let inner = Rect::from_min_max(self.left.min + vec2(PADDING, 11.0), self.left.max - vec2(PADDING, PADDING));
        let at = (inner.bottom() - foot).max(inner.top() + 100.0);
        let above = Rect::from_min_max(inner.min, pos2(inner.right(), at));
        (above, Rect::from_min_max(pos2(inner.left(), at), inner.max))
    }

    /// The contents of the right column.
    pub fn right_inner(&self) -> Rect {
        Rect::from_min_max(self.right.min + vec2(PADDING, 9.0), self.right.max - vec2(PADDING, 8.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(width: f32, height: f32) -> Places {
        Places::new(Rect::from_min_size(pos2(72.0, 40.0), vec2(width, height)))
    }

    #[test]
    fn measures_at_1280_by_800_are_those_of_the_design() {
        let places = places(1208.0, 732.0);
        assert_eq!((places.left.width(), places.centre.width(), places.right.width()), (320.0, 648.0, 240.0));
        assert_eq!(places.plot.height(), 398.0);
        let side = (places.film.height() - 41.0 - 72.0 - 4.0) / 2.0;
        assert_eq!(side, 58.0);
        assert!(places.film.bottom() <= 772.0);
    }

    #[test]
    fn larger_windows_give_to_plot_and_film() {
        let (small, large) = (places(1208.0, 732.0), places(1848.0, 1012.0));
        assert!(large.plot.height() > small.plot.height() + 150.0);
        assert!(large.film.height() > small.film.height() + 80.0);
        assert!(large.plot.bottom() < large.key.center().y && large.key.bottom() <= large.divider);
    }
}
