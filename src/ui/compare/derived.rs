//! Planes made from other planes for display: enlarged, or with their sign. Made once, held while they are shown.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::signed;
use crate::domain::{Analysis, Plane, Residual};

/// Planes are enlarged to about this many pixels a side before they are coloured, so that a 64-pixel map is smooth on screen.
const SMOOTH_SIDE: u32 = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Enlarged,
    Signed,
}

struct Held {
    plane: Arc<Plane>,
    /// What the plane was made from; held so that no other can take its address.
    _source: Arc<dyn Any + Send + Sync>,
    used_in: u64,
}

/// All planes made for the screen.
#[derive(Default)]
pub struct Derived {
    held: HashMap<(usize, Kind), Held>,
    frame: u64,
}

impl Derived {
    /// Call once a frame: what the last frame did not show is let go.
    pub fn begin_frame(&mut self) {
        let shown = self.frame;
        self.held.retain(|_, held| held.used_in == shown);
        self.frame += 1;
    }

    /// A grey plane, enlarged when `smooth`.
    pub fn gray(&mut self, plane: &Arc<Plane>, smooth: bool) -> Arc<Plane> {
        if smooth { self.enlarged(plane, (0.0, 1.0)) } else { plane.clone() }
    }

    /// A map, enlarged when `smooth`.
    pub fn map(&mut self, map: &Arc<Plane>, smooth: bool) -> Arc<Plane> {
        if smooth { self.enlarged(map, (0.0, f32::MAX)) } else { map.clone() }
    }

    /// The map with the sign of input − reconstruction, enlarged when `smooth`.
    pub fn signed_map(&mut self, analysis: &Arc<Analysis>, residual: Residual, smooth: bool) -> Arc<Plane> {
        let signed = self.get(analysis, Kind::Signed, |analysis| signed::signed_map(analysis, residual));
        if smooth { self.enlarged(&signed, (f32::MIN, f32::MAX)) } else { signed }
    }

    fn enlarged(&mut self, plane: &Arc<Plane>, range: (f32, f32)) -> Arc<Plane> {
        if factor(plane) == 1 {
            return plane.clone();
        }
        self.get(plane, Kind::Enlarged, |plane| enlarge(plane, range))
    }

    fn get<S: Any + Send + Sync>(&mut self, source: &Arc<S>, kind: Kind, make: impl FnOnce(&S) -> Plane) -> Arc<Plane> {
        let frame = self.frame;
        let held = self.held.entry((Arc::as_ptr(source).addr(), kind)).or_insert_with(|| Held {
            plane: Arc::new(make(source)),
            _source: source.clone(),
            used_in: frame,
        });
        held.used_in = frame;
        held.plane.clone()
    }
}

fn factor(plane: &Plane) -> u32 {
    (SMOOTH_SIDE / plane.width.max(plane.height).max(1)).clamp(1, 8)
}

/// The plane enlarged by a whole factor, through its own values (cubic convolution, Keys 1981) and kept within `range`.
/// A plane that is large enough already is returned as it is.
fn enlarge(plane: &Plane, range: (f32, f32)) -> Plane {
    let factor = factor(plane);
    if factor == 1 {
        return plane.clone();
    }
    let (width, height) = (plane.width as usize, plane.height as usize);
    let (new_width, new_height) = (width * factor as usize, height * factor as usize);
    let (columns, rows) = (taps(width, factor), taps(height, factor));
    let mut wide = Vec::with_capacity(new_width * height);
    for row in plane.values.chunks_exact(width.max(1)) {
        wide.extend(columns.iter().map(|tap| tap.sum(|index| row[index])));
    }
    let mut values = Vec::with_capacity(new_width * new_height);
    for tap in &rows {
        values.extend((0..new_width).map(|x| tap.sum(|index| wide[index * new_width + x]).clamp(range.0, range.1)));
    }
    Plane::new(new_width as u32, new_height as u32, values)
}

/// Four neighbours and their weights.
struct Tap {
    index: [usize; 4],
    weight: [f32; 4],
}

impl Tap {
    fn sum(&self, read: impl Fn(usize) -> f32) -> f32 {
        (0..4).map(|k| self.weight[k] * read(self.index[k])).sum()
    }
}

fn taps(length: usize, factor: u32) -> Vec<Tap> {
    let last = length.saturating_sub(1) as i64;
    (0..length * factor as usize)
        .map(|position| {
            let center = (position as f32 + 0.5) / factor as f32 - 0.5;
            let t = center - center.floor();
            let base = center.floor() as i64;
            Tap {
                index: std::array::from_fn(|k| (base + k as i64 - 1).clamp(0, last) as usize),
                weight: [
                    0.5 * t * (t * (2.0 - t) - 1.0),
                    0.5 * (t * t * (3.0 * t - 5.0) + 2.0),
                    0.5 * t * (t * (4.0 - 3.0 * t) + 1.0),
                    0.5 * t * t * (t - 1.0),
                ],
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::compare::fixture;

    #[test]
    fn planes_are_made_once_and_let_go_when_no_longer_shown() {
        let state = fixture::state(1);
        let (model, analysis) = fixture::shown(&state).next().unwrap();
        let analysis = Arc::new(analysis.clone());
        let mut derived = Derived::default();
        derived.begin_frame();
        let first = derived.signed_map(&analysis, model.shown_residual(), true);
        derived.begin_frame();
        assert!(Arc::ptr_eq(&first, &derived.signed_map(&analysis, model.shown_residual(), true)));
        assert_eq!(derived.held.len(), 2);
        derived.begin_frame();
        let plain = derived.map(&analysis.map, false);
        assert!(Arc::ptr_eq(&plain, &analysis.map));
        derived.begin_frame();
        assert!(derived.held.is_empty());
    }

    #[test]
    fn enlarging_keeps_a_flat_plane_flat_and_stays_in_range() {
        let flat = enlarge(&Plane::new(64, 64, vec![0.25; 64 * 64]), (0.0, 1.0));
        assert_eq!((flat.width, flat.height), (256, 256));
        assert!(flat.values.iter().all(|value| (value - 0.25).abs() < 1e-5));
        let mut edge = Plane::new(32, 32, vec![0.0; 1024]);
        for y in 0..32 {
            for x in 16..32 {
                edge.values[y * 32 + x] = 1.0;
            }
        }
        let edge = enlarge(&edge, (0.0, 1.0));
        assert!(edge.values.iter().all(|value| (0.0..=1.0).contains(value)));
        assert!(edge.values[0] < 0.01 && edge.values[255] > 0.99);
    }

    #[test]
    fn a_large_plane_is_left_alone() {
        let plane = Plane::new(200, 100, vec![0.5; 20_000]);
        assert_eq!(enlarge(&plane, (0.0, 1.0)), plane);
        assert_eq!(enlarge(&Plane::new(0, 0, Vec::new()), (0.0, 1.0)).values.len(), 0);
    }
}
