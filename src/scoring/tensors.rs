//! Between plain memory and tensors.

use tch::{Device, Kind, TchError, Tensor};

use crate::domain::Plane;
use crate::error::{Error, Result};

/// A network seen from here: a batch `[b, 1, side, side]` in [0, 1] to its reconstruction of the same shape.
pub type Reconstruct<'a> = dyn Fn(&Tensor) -> Result<Tensor> + 'a;

/// libtorch's own words, cut to their first sentence: what follows is a C++ stack.
pub(super) fn torch_error(error: TchError) -> Error {
    let text = match error {
        TchError::Torch(text) => text,
        other => other.to_string(),
    };
    let line = text.lines().next().unwrap_or_default();
    let message = line.split_once(". ").map_or(line, |(sentence, _)| sentence);
    Error::Torch { message: message.trim_end_matches('.').to_owned() }
}

/// Grey values to a batch in [0, 1].
///
/// # Shapes
/// `pixels` holds `b * side * side` values, image after image; the result is `[b, 1, side, side]`.
///
/// # Errors
/// When `pixels` is not a whole number of images, or the device has no room.
pub fn image_batch(pixels: &[u8], side: u32, device: Device) -> Result<Tensor> {
    let count = image_count(pixels, side)?;
    let shape = [count as i64, 1, i64::from(side), i64::from(side)];
    Tensor::f_from_data_size(pixels, &shape, Kind::Uint8)
        .and_then(|bytes| bytes.f_to_device(device)?.f_to_kind(Kind::Float)?.f_div_scalar(255.0))
        .map_err(torch_error)
}

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

/// All values of a tensor, row-major.
pub(super) fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    let flat = tensor
        .f_to_kind(Kind::Float)
        .and_then(|tensor| tensor.f_contiguous()?.f_to_device(Device::Cpu))
        .map_err(torch_error)?;
    let mut values = vec![0f32; flat.numel()];
    let count = values.len();
    flat.f_copy_data(&mut values, count).map_err(torch_error)?;
    Ok(values)
}

/// One image or map as a plane.
pub(super) fn plane(tensor: &Tensor, side: u32) -> Result<Plane> {
    Ok(Plane::new(side, side, values(tensor)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_image_is_refused() {
        let error = image_batch(&[0; 17], 4, Device::Cpu).expect_err("17 values are no 4 × 4 image");
        assert!(error.to_string().contains("17 pixel values"), "{error}");
        assert!(image_batch(&[], 0, Device::Cpu).is_err());
    }

    #[test]
    fn grey_values_become_zero_to_one() {
        let batch = image_batch(&[0, 51, 102, 255, 1, 1, 1, 1], 2, Device::Cpu).expect("two images");
        assert_eq!(batch.size(), [2, 1, 2, 2]);
        let values = values(&batch).expect("values");
        for (value, wanted) in values.iter().zip([0.0, 0.2, 0.4, 1.0]) {
            assert!((value - wanted).abs() < 1e-6);
        }
    }

    #[test]
    fn libtorch_is_cut_to_its_first_sentence() {
        let text =
            "The size of tensor a (3) must match. Second sentence.\nException raised from infer_size at ../ATen.cpp";
        assert_eq!(torch_error(TchError::Torch(text.to_owned())).to_string(), "The size of tensor a (3) must match");
    }
}
