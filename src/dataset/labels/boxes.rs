//! Boxes around findings: one a row, in pixels of the stored image.

use crate::domain::MarkedBox;

/// A box as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RawBox {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// How far a box may reach beyond its image before it is absurd: rounding, in pixels.
const TOLERANCE: f64 = 1.5;

impl RawBox {
    /// Within an image of that size, in whole pixels.
    ///
    /// # Errors
    /// What is wrong with it, in half a sentence.
    pub fn within(self, width: u32, height: u32) -> Result<MarkedBox, String> {
        let Self { x, y, width: across, height: down } = self;
        if ![x, y, across, down].iter().all(|value| value.is_finite()) {
            return Err("is not made of numbers".to_owned());
        }
        if across < 1.0 || down < 1.0 {
            return Err(format!("is {across} × {down} pixels large"));
        }
        let (right, bottom) = (x + across, y + down);
        let (most_x, most_y) = (f64::from(width), f64::from(height));
        if x < -TOLERANCE || y < -TOLERANCE || right > most_x + TOLERANCE || bottom > most_y + TOLERANCE {
            return Err(format!("reaches from ({x}, {y}) to ({right}, {bottom}) in an image of {width} × {height}"));
        }
        let inside = |value: f64, most: f64| value.round().clamp(0.0, most) as u32;
        let (left, top) = (inside(x, most_x), inside(y, most_y));
        let (right, bottom) = (inside(right, most_x), inside(bottom, most_y));
        Ok(MarkedBox { x: left, y: top, width: right - left, height: bottom - top })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_stay_in_their_image() {
        let of = |x, y, width, height| RawBox { x, y, width, height }.within(512, 400);
        assert_eq!(of(10.4, 20.0, 30.2, 40.0), Ok(MarkedBox { x: 10, y: 20, width: 31, height: 40 }));
        assert_eq!(of(-1.0, 0.0, 513.5, 401.0), Ok(MarkedBox { x: 0, y: 0, width: 512, height: 400 }));
        for absurd in [
            of(f64::NAN, 0.0, 5.0, 5.0),
            of(0.0, 0.0, f64::INFINITY, 5.0),
            of(0.0, 0.0, 0.0, 5.0),
            of(5.0, 5.0, -3.0, 9.0),
            of(500.0, 0.0, 40.0, 5.0),
            of(-40.0, 0.0, 50.0, 5.0),
            of(0.0, 1e300, 5.0, 5.0),
        ] {
            assert!(absurd.is_err(), "{absurd:?}");
        }
    }
}
