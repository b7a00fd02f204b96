//! Single-channel images as plain memory.

/// A single-channel 8-bit image, row-major. What files are decoded to and what the cache stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrayImage {
    pub width: u32,
    pub height: u32,
    /// `width * height` values, 0 black to 255 white.
    pub pixels: Vec<u8>,
}

impl GrayImage {
    /// Takes `pixels` row-major.
    ///
    /// # Panics
    /// If `pixels` does not hold `width * height` values.
    pub fn new(width: u32, height: u32, pixels: Vec<u8>) -> Self {
        assert_eq!(pixels.len(), width as usize * height as usize, "pixel count does not fit the size");
        Self { width, height, pixels }
    }

    /// The image as values in [0, 1].
    pub fn to_plane(&self) -> Plane {
        Plane::new(self.width, self.height, self.pixels.iter().map(|&value| f32::from(value) / 255.0).collect())
    }
}

/// A single-channel floating-point image or map, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    pub width: u32,
    pub height: u32,
    /// `width * height` values. Images: [0, 1]. Calibrated maps: 0 typical of healthy, 1 the 99.9th percentile of healthy.
    pub values: Vec<f32>,
}

impl Plane {
    /// Takes `values` row-major.
    ///
    /// # Panics
    /// If `values` does not hold `width * height` values.
    pub fn new(width: u32, height: u32, values: Vec<f32>) -> Self {
        assert_eq!(values.len(), width as usize * height as usize, "value count does not fit the size");
        Self { width, height, values }
    }

    /// The value at a pixel, or `None` outside.
    pub fn get(&self, x: u32, y: u32) -> Option<f32> {
        if x >= self.width || y >= self.height {
            return None;
        }
        self.values.get(y as usize * self.width as usize + x as usize).copied()
    }
}
