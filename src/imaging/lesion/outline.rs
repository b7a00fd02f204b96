//! The line around a mask.

use crate::domain::{GrayImage, Segment};
use crate::imaging::resize;

/// The longer side of the grid that the line is found on: fine enough for a large image, coarse enough to be drawn in
/// every pane.
const GRID: u32 = 160;
/// Half covered.
const LEVEL: f32 = 127.5;

/// Pieces of the line around what is at least half covered by a mask (0 or 255), in no order, by marching squares
/// (Lorensen and Cline 1987, in the plane).
pub fn outline(mask: &GrayImage) -> Vec<Segment> {
    if mask.pixels.iter().all(|&value| value == 0) {
        return Vec::new();
    }
    let longer = mask.width.max(mask.height);
    let scaled = |side: u32| (u64::from(side) * u64::from(GRID.min(longer)) / u64::from(longer)).max(1) as u32;
    let (width, height) = (scaled(mask.width), scaled(mask.height));
    let covered = resize(mask, width, height).pixels;
    // With a border of nothing around, so that the line closes at the image's edge.
    let at = |column: i64, row: i64| {
        let within = (0..i64::from(width)).contains(&column) && (0..i64::from(height)).contains(&row);
        if within { f32::from(covered[row as usize * width as usize + column as usize]) } else { 0.0 }
    };
    let place = |column: f32, row: f32| {
        [(column + 0.5) / width as f32, (row + 0.5) / height as f32].map(|share| share.clamp(0.0, 1.0))
    };
    let mut segments = Vec::new();
    for row in -1..i64::from(height) {
        for column in -1..i64::from(width) {
            // Clockwise from the upper left.
            let corners = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(right, down)| (column + right, row + down));
            let crossings = crossings(corners.map(|(x, y)| ([x as f32, y as f32], at(x, y))));
            segments.extend(
                crossings.chunks_exact(2).map(|pair| [place(pair[0][0], pair[0][1]), place(pair[1][0], pair[1][1])]),
            );
        }
    }
    segments
}

/// Where the line crosses the edges of a cell: nowhere, at two or, at a saddle, at four places.
fn crossings(corners: [([f32; 2], f32); 4]) -> Vec<[f32; 2]> {
    let mut found = Vec::new();
    for (index, &(from, low)) in corners.iter().enumerate() {
        let (to, high) = corners[(index + 1) % 4];
        if (low >= LEVEL) != (high >= LEVEL) {
            let share = (LEVEL - low) / (high - low);
            found.push([from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LesionKind;
    use crate::imaging::lesion::{paint, place};

    #[test]
    fn the_line_runs_along_the_border_of_the_mask() {
        // Dark in the left half, so that every lesion has something to be whiter than.
        let image = GrayImage::new(300, 260, (0..300 * 260).map(|i| if i % 300 < 150 { 60 } else { 210 }).collect());
        for kind in LesionKind::ALL {
            let mut lesion = place(kind, 12);
            lesion.x = crate::domain::Permille::of(0.3);
            let mask = paint(&image, &[lesion]).mask;
            let at = |x: f32, y: f32| {
                let (x, y) = (x.clamp(0.0, 299.0) as usize, y.clamp(0.0, 259.0) as usize);
                mask.pixels[y * 300 + x] > 0
            };
            let segments = outline(&mask);
            assert!(segments.len() > 10, "{kind:?}");
            for [[x, y], _] in segments {
                let (x, y) = (x * 300.0, y * 260.0);
                let around: Vec<bool> = (-4i8..=4)
                    .flat_map(|dx| (-4i8..=4).map(move |dy| (f32::from(dx), f32::from(dy))))
                    .map(|(dx, dy)| at(x + dx, y + dy))
                    .collect();
                assert!(around.contains(&true) && around.contains(&false), "{kind:?} at {x}, {y}");
            }
        }
    }

    #[test]
    fn a_square_has_its_four_sides() {
        let inside = |index: u32| (10..30).contains(&(index % 40)) && (10..30).contains(&(index / 40));
        let mask = GrayImage::new(40, 40, (0..1600).map(|index| if inside(index) { 255 } else { 0 }).collect());
        let length: f32 = outline(&mask).iter().map(|[a, b]| (a[0] - b[0]).hypot(a[1] - b[1])).sum();
        assert!((length - 2.0).abs() < 0.05, "{length}");
    }

    #[test]
    fn nothing_and_everything_are_defined() {
        assert!(outline(&GrayImage::new(0, 0, Vec::new())).is_empty());
        assert!(outline(&GrayImage::new(4, 4, vec![0; 16])).is_empty());
        let all = outline(&GrayImage::new(4, 4, vec![255; 16]));
        assert!(!all.is_empty() && all.iter().flatten().flatten().all(|share| (0.0..=1.0).contains(share)));
    }
}
