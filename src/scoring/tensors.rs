//! Between plain memory and tensors.

use tch::{Device, Kind, Tensor};

use crate::domain::Plane;
use crate::error::{Error, Result};

/// How many images of `side * side` values there are.
pub(super) fn image_count(pixels: &[u8], side: u32) -> Result<usize> {
    let area = side as usize * side as usize;
    if area == 0 || !pixels.len().is_multiple_of(area) {
        return Err(Error::Other(format!(
            "{} pixel values are no whole number of {side} × {side} images",
            pixels.len()
        )));
    }
    Ok(pixels.len() / area)
}

/// All values of a tensor, row-major. Called under `models::guard`.
pub(super) fn values(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.to_kind(Kind::Float).contiguous().to_device(Device::Cpu);
    let mut values = vec![0f32; flat.numel()];
    let count = values.len();
    flat.copy_data(&mut values, count);
    values
}

/// One image or map as a plane. Called under `models::guard`.
pub fn plane(tensor: &Tensor, side: u32) -> Plane {
    Plane::new(side, side, values(tensor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_image_is_refused() {
        let error = image_count(&[0; 17], 4).expect_err("17 values are no 4 × 4 image");
        assert!(error.to_string().contains("17 pixel values"), "{error}");
        assert!(image_count(&[], 0).is_err());
        assert_eq!(image_count(&[0; 32], 4).expect("two images"), 2);
    }

    #[test]
    fn values_come_row_by_row_also_from_a_view() {
        let tensor = Tensor::from_slice(&[1f32, 2.0, 3.0, 4.0]).view([2, 2]);
        assert_eq!(values(&tensor), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(values(&tensor.transpose(0, 1)), [1.0, 3.0, 2.0, 4.0]);
    }
}
