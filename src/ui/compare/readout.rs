//! The values under the crosshair: as computed, never as displayed.

use egui::Pos2;

use crate::domain::{Analysis, ModelInfo, Plane};
use crate::ui::frame::Readout;

/// The values of one pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelValues {
    pub input: f32,
    pub reconstruction: f32,
    /// Input − reconstruction: positive where the image is lighter than a healthy one would be.
    pub difference: f32,
    /// On the calibrated scale: 1 is the 99.9th percentile of healthy.
    pub error: f32,
}

/// Reads all analyses at a point given in shares of the image: the input first, then every model's reconstruction or error.
/// The pixel is that of the first analysis. `None` outside the image or when there is no analysis.
pub fn readout<'a>(
    point: Pos2,
    reconstruction: bool,
    analyses: impl Iterator<Item = (&'a ModelInfo, &'a Analysis)>,
) -> Option<Readout> {
    let mut readout: Option<Readout> = None;
    for (model, analysis) in analyses {
        let (x, y) = pixel(&analysis.input, point)?;
        let Some(values) = PixelValues::at(analysis, point) else { continue };
        let readout = readout.get_or_insert_with(|| Readout { x, y, values: vec![("input".to_owned(), values.input)] });
        readout.values.push((model.name.clone(), if reconstruction { values.reconstruction } else { values.error }));
    }
    readout
}

impl PixelValues {
    /// The values at a point given in shares of the image; `None` outside it or when a plane has another size.
    pub fn at(analysis: &Analysis, point: Pos2) -> Option<Self> {
        let read = |plane: &Plane| pixel(plane, point).and_then(|(x, y)| plane.get(x, y));
        let (input, reconstruction) = (read(&analysis.input)?, read(&analysis.reconstruction)?);
        Some(Self { input, reconstruction, difference: input - reconstruction, error: read(&analysis.map)? })
    }
}

/// The pixel at a point given in shares of the image.
pub fn pixel(plane: &Plane, point: Pos2) -> Option<(u32, u32)> {
    let index = |share: f32, size: u32| {
        (share.is_finite() && (0.0..1.0).contains(&share)).then(|| ((share * size as f32) as u32).min(size - 1))
    };
    Some((index(point.x, plane.width)?, index(point.y, plane.height)?))
}

/// "0.68"
pub fn value(number: f32) -> String {
    // A rounded −0.00 reads as a sign where there is none.
    let number = if number.abs() < 0.005 { 0.0 } else { number };
    format!("{number:.2}")
}

/// "+0.13", "−0.05", "0.00"
pub fn signed(number: f32) -> String {
    if number.abs() < 0.005 {
        "0.00".to_owned()
    } else if number < 0.0 {
        format!("−{:.2}", -number)
    } else {
        format!("+{number:.2}")
    }
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;
    use crate::ui::compare::fixture;

    #[test]
    fn outside_there_is_nothing() {
        let state = fixture::state(2);
        for point in [pos2(-0.01, 0.5), pos2(0.5, 1.0), pos2(f32::NAN, 0.5)] {
            assert!(readout(point, false, fixture::shown(&state)).is_none());
        }
        assert!(readout(pos2(0.5, 0.5), false, std::iter::empty()).is_none());
    }

    #[test]
    fn values_are_those_of_the_pixel() {
        let state = fixture::state(2);
        let point = pos2(0.999, 0.5);
        let errors = readout(point, false, fixture::shown(&state)).unwrap();
        assert_eq!((errors.x, errors.y, errors.values.len()), (63, 32, 3));
        let (model, analysis) = fixture::shown(&state).next().unwrap();
        assert_eq!(errors.values[0], ("input".to_owned(), analysis.input.get(63, 32).unwrap()));
        assert_eq!(errors.values[1], (model.name.clone(), analysis.map.get(63, 32).unwrap()));
        let outputs = readout(point, true, fixture::shown(&state)).unwrap();
        assert_eq!(outputs.values[1].1, analysis.reconstruction.get(63, 32).unwrap());
        let values = PixelValues::at(analysis, point).unwrap();
        assert!((values.difference - (values.input - values.reconstruction)).abs() < 1e-6);
    }

    #[test]
    fn signs_are_typographic() {
        assert_eq!((signed(-0.125), signed(0.125), signed(-0.001)), ("−0.12".into(), "+0.12".into(), "0.00".into()));
        assert_eq!(value(-0.001), "0.00");
    }
}
