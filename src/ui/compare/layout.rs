//! How large the panes are and where their parts lie. All sizes in points; images are squares.

use egui::{Rect, Vec2, pos2, vec2};

/// Series line and header.
pub const HEADER: f32 = 36.0;
/// Least height under the images for the figure, the histogram and its caption.
pub const FOOTER: f32 = 138.0;
/// Between images of one pane.
pub const IMAGE_GAP: f32 = 4.0;
/// Between panes.
pub const PANE_GAP: f32 = 10.0;
/// Both borders of a pane.
const BORDERS: f32 = 2.0;
/// Below this, images are no longer made smaller: the panes scroll.
const MIN_SIDE: f32 = 168.0;
/// The side when the panes scroll, and the room allows it.
const SCROLL_SIDE: f32 = 210.0;
/// Least useful side in a very low window.
const SMALLEST_SIDE: f32 = 96.0;
/// Figures beside the images of a maximised pane.
pub const SIDE_COLUMN: f32 = 264.0;

/// How the images of a pane lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    Stacked,
    Beside,
}

/// The measures of all panes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaneLayout {
    /// Of every image.
    pub side: f32,
    pub input: Arrangement,
    pub model: Arrangement,
    pub input_width: f32,
    pub model_width: f32,
    /// A model pane has two images.
    pub both: bool,
    /// The model panes are wider than the room for them.
    pub scrolls: bool,
}

/// The figures grow by this at most when there is more room than the images can take.
const FIGURES_GROW: f32 = 180.0;

/// Where the parts of a pane lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaneRects {
    pub outer: Rect,
    /// Under the series line.
    pub header: Rect,
    /// The second is the first again in a pane of one image.
    pub images: [Rect; 2],
    pub figures: Rect,
}

impl PaneRects {
    /// A pane among others: figures under the images.
    pub fn upright(outer: Rect, side: f32, arrangement: Arrangement, two: bool) -> Self {
        let mut rects = Self::with_images(outer, side, arrangement, two);
        rects.figures = Rect::from_min_max(pos2(outer.left(), rects.images[1].bottom()), outer.max);
        rects
    }

    /// A pane alone: images beside each other, figures at the right.
    pub fn maximised(area: Rect, two: bool) -> Self {
        let side = maximised_side(area.width(), area.height(), if two { 2 } else { 1 });
        let width = pane_width(side, if two { 2 } else { 1 }) + SIDE_COLUMN;
        let outer = Rect::from_min_size(area.min, vec2(width, HEADER + side + BORDERS));
        let mut rects = Self::with_images(outer, side, Arrangement::Beside, two);
        rects.figures = Rect::from_min_max(rects.images[1].right_top(), outer.max);
        rects
    }

    fn with_images(outer: Rect, side: f32, arrangement: Arrangement, two: bool) -> Self {
        let header = Rect::from_min_max(outer.min + vec2(0.0, 2.0), pos2(outer.right(), outer.top() + HEADER));
        let first = Rect::from_min_size(outer.min + vec2(BORDERS / 2.0, HEADER), Vec2::splat(side));
        let second = match (two, arrangement) {
            (false, _) => first,
            (true, Arrangement::Stacked) => first.translate(vec2(0.0, side + IMAGE_GAP)),
            (true, Arrangement::Beside) => first.translate(vec2(side + IMAGE_GAP, 0.0)),
        };
        Self { outer, header, images: [first, second], figures: outer }
    }
}

impl PaneLayout {
    /// Height of all panes in a room so high.
    pub fn height(&self, room: f32) -> f32 {
        let stacked = self.input == Arrangement::Stacked || self.model == Arrangement::Stacked && self.both;
        let images = if stacked { 2.0 * self.side + IMAGE_GAP } else { self.side };
        let least = HEADER + images + FOOTER + BORDERS;
        room.min(least + FIGURES_GROW).max(least)
    }
}

/// The least height of the panes in a room so large, whether among others or alone.
pub fn least_height(width: f32, height: f32, models: usize, both: bool) -> f32 {
    lay_out(width, height, models, both).height(0.0)
}

/// Width of a pane with `images` beside each other.
fn pane_width(side: f32, images: u8) -> f32 {
    let images = f32::from(images);
    images * side + (images - 1.0) * IMAGE_GAP + BORDERS
}

/// Lays out the input pane (two images) and `models` panes of one image, or of two with `both`, for the largest images.
pub fn lay_out(width: f32, height: f32, models: usize, both: bool) -> PaneLayout {
    let models = models.max(1);
    let room = height - HEADER - FOOTER - BORDERS;
    let stacked_room = (room - IMAGE_GAP) / 2.0;
    let candidates: &[(Arrangement, Arrangement)] = if both {
        &[(Arrangement::Stacked, Arrangement::Stacked), (Arrangement::Beside, Arrangement::Beside)]
    } else {
        &[(Arrangement::Stacked, Arrangement::Stacked), (Arrangement::Beside, Arrangement::Stacked)]
    };
    let side_of = |input: Arrangement, model: Arrangement| {
        let columns = images_across(input, true)
            + f32::from(u8::try_from(models).unwrap_or(u8::MAX)) * images_across(model, both);
        let panes = models as f32 + 1.0;
        let inner_gaps = (columns - panes) * IMAGE_GAP;
        let by_width = (width - models as f32 * PANE_GAP - panes * BORDERS - inner_gaps) / columns;
        let stacks = input == Arrangement::Stacked || (both && model == Arrangement::Stacked);
        let by_height = if stacks { stacked_room } else { room };
        (by_width, by_height)
    };
    let mut best = (candidates[0], f32::MIN);
    for &candidate in candidates {
        let (by_width, by_height) = side_of(candidate.0, candidate.1);
        let side = by_width.min(by_height);
        if side > best.1 + 0.5 {
            best = (candidate, side);
        }
    }
    let ((input, model), mut side) = best;
    let (by_width, by_height) = side_of(input, model);
    let scrolls = by_width < MIN_SIDE && by_width < by_height;
    if scrolls {
        side = by_height.min(SCROLL_SIDE);
    }
    let side = side.max(SMALLEST_SIDE).floor();
    let input_width = pane_width(side, if input == Arrangement::Beside { 2 } else { 1 });
    let model_width = pane_width(side, if both && model == Arrangement::Beside { 2 } else { 1 });
    let scrolls = scrolls || input_width + models as f32 * (PANE_GAP + model_width) > width + 0.5;
    PaneLayout { side, input, model, input_width, model_width, both, scrolls }
}

fn images_across(arrangement: Arrangement, two: bool) -> f32 {
    if two && arrangement == Arrangement::Beside { 2.0 } else { 1.0 }
}

/// The side of the images of a maximised pane, with its figures beside them.
pub fn maximised_side(width: f32, height: f32, images: u8) -> f32 {
    let across = f32::from(images.max(1));
    let by_width = (width - SIDE_COLUMN - BORDERS - (across - 1.0) * IMAGE_GAP) / across;
    by_width.min(height - HEADER - BORDERS).max(SMALLEST_SIDE).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_room_at_all_still_gives_positive_sizes() {
        for models in [0, 1, 300] {
            let layout = lay_out(10.0, 10.0, models, true);
            assert!(layout.side >= SMALLEST_SIDE && layout.model_width > layout.side);
        }
        assert!(maximised_side(0.0, 0.0, 0) >= SMALLEST_SIDE);
    }

    #[test]
    fn four_models_at_the_design_size_are_as_drawn() {
        let layout = lay_out(1100.0, 600.0, 4, true);
        assert_eq!((layout.side, layout.model_width, layout.scrolls), (210.0, 212.0, false));
        assert_eq!(layout.model, Arrangement::Stacked);
    }

    #[test]
    fn few_models_lie_beside_each_other_when_that_is_larger() {
        let layout = lay_out(1100.0, 600.0, 1, true);
        assert_eq!(layout.model, Arrangement::Beside);
        assert!(layout.side > 260.0);
        assert!(layout.input_width + PANE_GAP + layout.model_width <= 1100.0);
    }

    #[test]
    fn many_models_scroll_at_a_readable_size() {
        assert!(!lay_out(1100.0, 600.0, 5, true).scrolls);
        let layout = lay_out(1100.0, 600.0, 8, true);
        assert!(layout.scrolls);
        assert_eq!(layout.side, 210.0);
    }

    #[test]
    fn the_parts_of_a_pane_lie_inside_it_and_do_not_overlap() {
        for arrangement in [Arrangement::Stacked, Arrangement::Beside] {
            for two in [false, true] {
                let width = pane_width(200.0, if two && arrangement == Arrangement::Beside { 2 } else { 1 });
                let outer = Rect::from_min_size(pos2(88.0, 160.0), vec2(width, 600.0));
                let rects = PaneRects::upright(outer, 200.0, arrangement, two);
                assert_eq!(rects.images[0] == rects.images[1], !two);
                for image in rects.images {
                    assert!(outer.contains_rect(image) && !image.intersect(rects.figures).is_positive());
                    assert!(!image.intersect(rects.header).is_positive());
                }
            }
        }
        let area = Rect::from_min_size(pos2(88.0, 160.0), vec2(1100.0, 600.0));
        for two in [false, true] {
            let rects = PaneRects::maximised(area, two);
            assert!(area.contains_rect(rects.outer) && rects.outer.contains_rect(rects.figures));
            assert!(rects.figures.width() >= SIDE_COLUMN);
        }
    }

    #[test]
    fn figures_take_some_of_the_room_that_is_left() {
        let layout = lay_out(1100.0, 600.0, 4, true);
        assert_eq!(layout.height(600.0), 600.0);
        assert_eq!(layout.height(2000.0), 600.0 + FIGURES_GROW);
        assert_eq!(layout.height(0.0), 600.0);
        assert!(least_height(1100.0, 600.0, 9, true) <= 600.0);
        assert!(least_height(500.0, 200.0, 4, true) > 200.0, "a low window scrolls");
    }

    #[test]
    fn a_4k_window_is_filled_without_overflowing() {
        for models in 1..=6usize {
            for both in [false, true] {
                let layout = lay_out(1740.0, 880.0, models, both);
                let used = layout.input_width + models as f32 * (layout.model_width + PANE_GAP);
                assert!(layout.scrolls || used <= 1740.5, "{models} {both} {used}");
            }
        }
    }
}
