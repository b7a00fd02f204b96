//! Window and level: which grey values are spread over black to white. For display only; read-outs stay unscaled.

use egui::Vec2;
use serde::{Deserialize, Serialize};

/// A window of grey values in [0, 1]: `level` is its middle, `window` its width.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowLevel {
    pub window: f32,
    pub level: f32,
}

impl Default for WindowLevel {
    fn default() -> Self {
        Self { window: 1.0, level: 0.5 }
    }
}

/// Narrowest and widest window.
const WINDOW_RANGE: (f32, f32) = (0.02, 2.0);

impl WindowLevel {
    /// Drag: to the right widens the window (less contrast), down raises the level (darker), as on reading stations.
    /// `delta` in points; 300 points are the whole range.
    pub fn drag(&mut self, delta: Vec2) {
        if delta.any_nan() {
            return;
        }
        self.window = (self.window + delta.x / 300.0).clamp(WINDOW_RANGE.0, WINDOW_RANGE.1);
        self.level = (self.level + delta.y / 300.0).clamp(0.0, 1.0);
    }

    /// "W 1.00 · L 0.50": always as wide.
    pub fn label(self) -> String {
        format!("W {:.2} · L {:.2}", self.window, self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_a_number_drags_nothing() {
        let mut window = WindowLevel::default();
        window.drag(Vec2::new(f32::NAN, 3.0));
        assert_eq!(window, WindowLevel::default());
    }

    #[test]
    fn dragging_stays_in_range() {
        let mut window = WindowLevel::default();
        window.drag(Vec2::new(-1e6, 1e6));
        assert_eq!(window, WindowLevel { window: 0.02, level: 1.0 });
        window.drag(Vec2::new(1e6, -1e6));
        assert_eq!(window, WindowLevel { window: 2.0, level: 0.0 });
    }
}
