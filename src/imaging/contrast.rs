//! Whether there is anything to see in an image.

use super::{BASE_SIDE, area, resize};
use crate::domain::GrayImage;

/// Side at which it is looked for: what is finer is noise, and most networks see no more.
const SIDE: u32 = 64;
/// An image whose grey values have a smaller standard deviation, in grey levels of 255, shows nothing: black, white or grey all
/// over but for rounding. Radiographs have 30 and more.
const LEAST_CONTRAST: f64 = 1.0;

/// Whether an image is more than one grey; of a 64-px square nothing has to be scaled.
///
/// # Panics
/// If the image is empty.
pub fn has_contrast(image: &GrayImage) -> bool {
    if (image.width, image.height) == (SIDE, SIDE) {
        return deviation(&image.pixels) >= LEAST_CONTRAST;
    }
    deviation(&area(&resize(image, BASE_SIDE, BASE_SIDE), SIDE).pixels) >= LEAST_CONTRAST
}

/// Standard deviation.
fn deviation(greys: &[u8]) -> f64 {
    let count = greys.len().max(1) as f64;
    let mean = greys.iter().map(|&grey| f64::from(grey)).sum::<f64>() / count;
    let squares: f64 = greys.iter().map(|&grey| (f64::from(grey) - mean).powi(2)).sum();
    (squares / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_grey_is_nothing_to_see_and_an_edge_is() {
        for (width, height) in [(8, 8), (64, 64), (300, 200)] {
            let image = |of: &dyn Fn(u32) -> u8| {
                GrayImage::new(width, height, (0..width * height).map(|at| of(at / width)).collect())
            };
            assert!(!has_contrast(&image(&|_| 0)) && !has_contrast(&image(&|_| 255)));
            assert!(!has_contrast(&image(&|row| 90 + u8::from(row % 2 == 0))), "what rounding makes");
            assert!(has_contrast(&image(&|row| if row < height / 2 { 90 } else { 100 })));
        }
    }

    #[test]
    fn noise_that_no_network_sees_is_no_contrast() {
        let pixels = (0..1024 * 1024u32).map(|at| 100 + (at.wrapping_mul(2_654_435_761) >> 29) as u8).collect();
        assert!(!has_contrast(&GrayImage::new(1024, 1024, pixels)));
    }
}
