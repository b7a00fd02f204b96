//! Paints lesions onto chest X-rays, so that it is known which pixels are diseased. Synthetic, and always named so.
//!
//! A lesion has a *weight* at every point, 0 outside and at most 1 inside, with a border made irregular by seeded noise
//! (`shape`). Painting moves the *local mean* of the image towards the local white by weight × contrast and dampens
//! what lies above and below that mean only in part, so that ribs and vessels show through as they do through real
//! opacities (`paint`). The mask holds the pixels whose mean was raised by at least half of the lesion's greatest rise: what
//! lies over heart or liver, where nothing can be seen, is not in it. Chance places lesions within the lungs of a mean
//! healthy image (`place`).
//!
//! Lesions are painted onto the image as decoded, before it is scaled and equalised, so that a painted image takes the
//! one preprocessing path of all images.
//!
//! What this leaves out: lesions do not follow the lung's borders on the single image (but for their place by chance),
//! do not shift the heart or the diaphragm, and have no air bronchograms.

mod noise;
mod opacities;
mod outline;
mod paint;
mod place;
mod shape;

pub use opacities::with_opacities;
pub use outline::outline;
pub use paint::{Painted, mask_at, paint};
pub use place::place;
