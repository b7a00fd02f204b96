//! Whether there is anything to see in an image.

use crate::domain::GrayImage;

/// An image whose grey values have a smaller standard deviation, in grey levels of 255, shows nothing: black, white or grey all
/// over but for rounding. Radiographs have 30 and more.
pub const LEAST_CONTRAST: f64 = 1.0;

/// Whether an image is more than one grey.
pub fn has_contrast(image: &GrayImage) -> bool {
    let count = image.pixels.len().max(1) as f64;
    let mean = image.pixels.iter().map(|&grey| f64::from(grey)).sum::<f64>() / count;
    let squares: f64 = image.pixels.iter().map(|&grey| (f64::from(grey) - mean).powi(2)).sum();
    (squares / count).sqrt() >= LEAST_CONTRAST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_grey_is_nothing_to_see_and_an_edge_is() {
        let image = |of: fn(usize) -> u8| GrayImage::new(8, 8, (0..64).map(of).collect());
        assert!(!has_contrast(&image(|_| 0)) && !has_contrast(&image(|_| 255)));
        assert!(!has_contrast(&image(|index| 90 + u8::from(index % 2 == 0))), "what rounding makes");
        assert!(has_contrast(&image(|index| if index < 32 { 90 } else { 100 })));
    }
}
