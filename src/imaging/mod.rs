//! From a file's bytes to the square grey image a network sees, and from values to colours. No tensors, no windows.

mod clahe;
pub mod colormap;
mod contrast;
mod decode;
mod jpeg;
mod lanes;
pub mod lesion;
mod preprocess;
mod resize;
mod structure;

pub use clahe::clahe;
pub use contrast::has_contrast;
pub use decode::{
    Decoded, MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE, MIN_SIDE, decode, read_bytes, read_hashed, read_image,
};
pub use preprocess::{BASE_SIDE, base, finish, preprocess};
pub use resize::{area, resize};
pub use structure::is_dicom;
