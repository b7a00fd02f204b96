//! The sign of an error: lighter or darker than a healthy image would be.

use crate::domain::{Analysis, DRAWN_WIDE, Plane, Residual};

/// The calibrated map with the sign of input − reconstruction. A map of differences shows what lies around a pixel, so its
/// sign is that of the difference blurred as widely.
pub fn signed_map(analysis: &Analysis, residual: Residual) -> Plane {
    let (width, height) = (analysis.map.width as usize, analysis.map.height as usize);
    let same_size = |plane: &Plane| plane.values.len() == width * height;
    if !same_size(&analysis.input) || !same_size(&analysis.reconstruction) {
        return (*analysis.map).clone();
    }
    let difference: Vec<f32> = analysis
        .input
        .values
        .iter()
        .zip(&analysis.reconstruction.values)
        .map(|(input, output)| input - output)
        .collect();
    let difference = if residual.is_difference() {
        blur(&difference, width, height, DRAWN_WIDE as f32 * width as f32)
    } else {
        difference
    };
    let values = analysis
        .map
        .values
        .iter()
        .zip(difference)
        .map(|(&size, difference)| if difference < 0.0 { -size } else { size })
        .collect();
    Plane::new(analysis.map.width, analysis.map.height, values)
}

/// Separable Gaussian, `sigma` in pixels, cut at 3 σ; the edge pixels go on outside.
fn blur(values: &[f32], width: usize, height: usize, sigma: f32) -> Vec<f32> {
    if sigma.is_nan() || sigma <= 0.0 || values.is_empty() {
        return values.to_vec();
    }
    let radius = (3.0 * sigma).ceil() as i64;
    let kernel: Vec<f32> = (-radius..=radius).map(|x| (-0.5 * (x as f32 / sigma).powi(2)).exp()).collect();
    let total: f32 = kernel.iter().sum();
    let pass = |values: &[f32], along: usize, stride: usize, across: usize, step: usize| {
        let mut out = vec![0.0; values.len()];
        for line in 0..across {
            for position in 0..along {
                let sum: f32 = (-radius..=radius)
                    .zip(&kernel)
                    .map(|(offset, weight)| {
                        let index = (position as i64 + offset).clamp(0, along as i64 - 1) as usize;
                        weight * values[line * step + index * stride]
                    })
                    .sum();
                out[line * step + position * stride] = sum / total;
            }
        }
        out
    };
    let rows = pass(values, width, 1, height, width);
    pass(&rows, height, width, width, 1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ui::compare::fixture;

    #[test]
    fn planes_of_different_sizes_give_the_unsigned_map() {
        let state = fixture::state(1);
        let (_, analysis) = fixture::shown(&state).next().unwrap();
        let odd = Analysis { input: Arc::new(Plane::new(2, 2, vec![0.0; 4])), ..analysis.clone() };
        assert_eq!(signed_map(&odd, Residual::Squared), *analysis.map);
    }

    #[test]
    fn the_size_is_the_map_and_the_sign_is_the_difference() {
        let state = fixture::state(1);
        let (_, analysis) = fixture::shown(&state).next().unwrap();
        let plane = |values: Vec<f32>| Arc::new(Plane::new(2, 1, values));
        let small = Analysis {
            input: plane(vec![0.9, 0.1]),
            reconstruction: plane(vec![0.5, 0.5]),
            map: plane(vec![0.7, 0.6]),
            ..analysis.clone()
        };
        assert_eq!(signed_map(&small, Residual::Squared).values, [0.7, -0.6]);
    }

    #[test]
    fn blurring_keeps_the_sum_inside_and_flat_planes_flat() {
        let flat = blur(&[0.5; 48], 8, 6, 2.0);
        assert!(flat.iter().all(|value| (value - 0.5).abs() < 1e-6));
        let mut point = vec![0.0; 21 * 21];
        point[10 * 21 + 10] = 1.0;
        let spread = blur(&point, 21, 21, 1.5);
        assert!((spread.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!(spread[10 * 21 + 10] < 0.1 && spread[10 * 21 + 11] > 0.0);
        assert!((spread[10 * 21 + 8] - spread[8 * 21 + 10]).abs() < 1e-7);
    }
}
