//! What stands around every screen: rail, title bar, status bar.

/// The values under the cross-hair, for the status bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readout {
    /// Pixel of the image as the models see it.
    pub x: u32,
    pub y: u32,
    /// Name and unscaled value, the input first.
    pub values: Vec<(String, f32)>,
}
