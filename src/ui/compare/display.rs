//! How images are shown: what the toolbar and the keys set.

use serde::{Deserialize, Serialize};

use super::window_level::WindowLevel;
use crate::imaging::colormap::ColorMap;

/// What a model's pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Show {
    Reconstruction,
    Map,
    /// The map over the input.
    Overlay,
    /// The reconstruction and the map.
    #[default]
    Both,
}

impl Show {
    pub const ALL: [Self; 4] = [Self::Reconstruction, Self::Map, Self::Overlay, Self::Both];

    pub fn name(self) -> &'static str {
        match self {
            Self::Reconstruction => "Reconstruction",
            Self::Map => "Map",
            Self::Overlay => "Overlay",
            Self::Both => "Both",
        }
    }

    /// A map in colour is among what is shown.
    pub fn has_map(self) -> bool {
        self != Self::Reconstruction
    }

    /// There is something to swipe or blink against the input.
    pub fn compares_with_input(self) -> bool {
        self != Self::Map
    }
}

/// The settings of the toolbar.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the toolbar")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Display {
    pub show: Show,
    /// Where the overlay key goes back to.
    before_overlay: Show,
    pub color_map: ColorMap,
    /// Of the overlay, [0, 1].
    pub opacity: f32,
    /// The overlay shows only places at [`Display::marked_from`] or above.
    pub marked_only: bool,
    /// On the calibrated scale, above 0.
    pub marked_from: f32,
    pub invert: bool,
    pub window: WindowLevel,
    /// Dragging changes window and level instead of moving the image.
    pub adjust_window: bool,
    pub linked: bool,
    pub crosshair: bool,
    /// The lungs are outlined.
    pub lungs: bool,
    /// Of an ensemble, where its members differ stands in the place of the map.
    pub spread: bool,
    /// Pixels are blended into each other, not drawn as squares.
    pub smooth: bool,
    #[serde(skip)]
    pub swipe: bool,
    /// Where the divider is, as a share of the image's width on screen.
    #[serde(skip, default = "half")]
    pub swipe_at: f32,
    #[serde(skip)]
    pub blink: bool,
}

fn half() -> f32 {
    0.5
}

impl Default for Display {
    fn default() -> Self {
        Self {
            show: Show::Both,
            before_overlay: Show::Both,
            color_map: ColorMap::Inferno,
            opacity: 0.75,
            marked_only: false,
            marked_from: 1.0,
            invert: false,
            window: WindowLevel::default(),
            adjust_window: false,
            linked: true,
            crosshair: true,
            lungs: false,
            spread: false,
            smooth: true,
            swipe: false,
            swipe_at: half(),
            blink: false,
        }
    }
}

impl Display {
    /// To the overlay, or back to what was shown before.
    pub fn toggle_overlay(&mut self) {
        if self.show == Show::Overlay {
            self.set_show(self.before_overlay);
        } else {
            self.before_overlay = self.show;
            self.set_show(Show::Overlay);
        }
    }

    /// From which value on the overlay marks places; `None` where it shows the whole map.
    pub fn marks_from(&self) -> Option<f32> {
        (self.show == Show::Overlay && self.marked_only).then_some(self.marked_from.max(LEAST_MARKED))
    }

    /// To the overlay of marked places alone, or back to the whole map.
    pub fn toggle_marked(&mut self) {
        let marks = self.marks_from().is_none();
        self.marked_only = marks;
        if marks && self.show != Show::Overlay {
            self.toggle_overlay();
        }
    }

    /// Shows something else; with the map alone there is nothing to swipe or blink against.
    pub fn set_show(&mut self, show: Show) {
        self.show = show;
        if !show.compares_with_input() {
            self.swipe = false;
            self.blink = false;
        }
    }

    /// Swipe and blink exclude each other: both would show the input in the same place.
    pub fn set_swipe(&mut self, on: bool) {
        self.swipe = on;
        self.blink &= !on;
    }

    pub fn set_blink(&mut self, on: bool) {
        self.blink = on;
        self.swipe &= !on;
    }

    /// True while blinking shows the input: twice a second.
    pub fn blink_shows_input(&self, now_secs: f64) -> bool {
        self.blink && now_secs.rem_euclid(BLINK_SECS) < BLINK_SECS / 2.0
    }

    /// Seconds until blinking changes the picture.
    pub fn blink_next_secs(now_secs: f64) -> f64 {
        let half = BLINK_SECS / 2.0;
        half - now_secs.rem_euclid(half)
    }
}

/// The threshold of marked places is at least this; at 0 all of the image would be.
pub const LEAST_MARKED: f32 = 0.1;

/// Of a whole blink, input and reconstruction: slower than three flashes a second (WCAG 2.3.1).
const BLINK_SECS: f64 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restored_settings_have_a_divider_in_the_middle() {
        let display: Display = serde_json::from_str(r#"{"opacity":0.3}"#).unwrap();
        assert_eq!(display, Display { opacity: 0.3, ..Display::default() });
    }

    #[test]
    fn the_overlay_key_goes_there_and_back() {
        let mut display = Display { show: Show::Map, ..Display::default() };
        display.toggle_overlay();
        assert_eq!(display.show, Show::Overlay);
        display.toggle_overlay();
        assert_eq!(display.show, Show::Map);
    }

    #[test]
    fn the_map_alone_cannot_be_swiped() {
        let mut display = Display::default();
        display.set_swipe(true);
        display.set_show(Show::Overlay);
        assert!(display.swipe);
        display.set_show(Show::Map);
        assert!(!display.swipe && !display.blink);
    }

    #[test]
    fn swipe_and_blink_exclude_each_other() {
        let mut display = Display::default();
        display.set_swipe(true);
        display.set_blink(true);
        assert!(display.blink && !display.swipe);
        display.set_swipe(true);
        assert!(!display.blink && display.swipe);
    }

    #[test]
    fn blinking_is_twice_a_second() {
        let display = Display { blink: true, ..Display::default() };
        let changes = (0..200)
            .filter(|step| {
                let now = f64::from(*step) * 0.01;
                display.blink_shows_input(now) != display.blink_shows_input(now + 0.01)
            })
            .count();
        assert_eq!(changes, 8);
        assert!((Display::blink_next_secs(0.1) - 0.15).abs() < 1e-9);
    }
}
