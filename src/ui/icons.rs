//! The icons in use: [Phosphor](https://phosphoricons.com) 2.1 (MIT), a glyph each.
//!
//! Each stands in both weights: paint it in [`regular`] or, for what is chosen or on, in [`filled`].
//! After adding one, run `scripts/make-fonts.sh`, which cuts the fonts to the glyphs named here.

use egui::{FontFamily, FontId};

/// The name of the family of outlined icons.
pub const REGULAR: &str = "icons";
/// The name of the family of filled icons.
pub const FILLED: &str = "icons-filled";

/// Outlined icons at a size.
pub fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(REGULAR.into()))
}

/// Filled icons at a size.
pub fn filled(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(FILLED.into()))
}

pub const ARROW_CLOCKWISE: &str = "\u{e036}";
pub const ARROW_COUNTER_CLOCKWISE: &str = "\u{e038}";
pub const ARROW_DOWN: &str = "\u{e03e}";
pub const ARROW_LEFT: &str = "\u{e058}";
pub const ARROW_RIGHT: &str = "\u{e06c}";
pub const ARROW_SQUARE_OUT: &str = "\u{e5de}";
pub const ARROW_UP: &str = "\u{e08e}";
pub const ARROWS_CLOCKWISE: &str = "\u{e094}";
pub const ARROWS_IN_LINE_HORIZONTAL: &str = "\u{e530}";
pub const ARROWS_IN_SIMPLE: &str = "\u{e09e}";
pub const ARROWS_OUT_LINE_HORIZONTAL: &str = "\u{e534}";
pub const ARROWS_OUT_SIMPLE: &str = "\u{e0a6}";
pub const ATOM: &str = "\u{e5e4}";
pub const BELL: &str = "\u{e0ce}";
pub const BOOK_OPEN: &str = "\u{e0e6}";
pub const BRAIN: &str = "\u{e74e}";
pub const CARET_DOWN: &str = "\u{e136}";
pub const CARET_LEFT: &str = "\u{e138}";
pub const CARET_RIGHT: &str = "\u{e13a}";
pub const CARET_UP: &str = "\u{e13c}";
pub const CHART_BAR: &str = "\u{e150}";
pub const CHART_LINE: &str = "\u{e154}";
pub const CHART_LINE_DOWN: &str = "\u{e8b6}";
pub const CHART_SCATTER: &str = "\u{eaac}";
pub const CHECK: &str = "\u{e182}";
pub const CHECK_CIRCLE: &str = "\u{e184}";
pub const CIRCLE: &str = "\u{e18a}";
pub const CIRCLE_DASHED: &str = "\u{e602}";
pub const CIRCLE_HALF: &str = "\u{e18c}";
pub const CLOCK: &str = "\u{e19a}";
pub const CLOCK_COUNTER_CLOCKWISE: &str = "\u{e1a0}";
pub const COLUMNS: &str = "\u{e546}";
pub const COPY: &str = "\u{e1ca}";
pub const COPY_SIMPLE: &str = "\u{e1cc}";
pub const CORNERS_OUT: &str = "\u{e1d0}";
pub const CPU: &str = "\u{e610}";
pub const CROSSHAIR: &str = "\u{e1d6}";
pub const CROSSHAIR_SIMPLE: &str = "\u{e1d8}";
pub const CUBE_FOCUS: &str = "\u{ed0a}";
pub const CURSOR: &str = "\u{e1dc}";
pub const DOTS_THREE: &str = "\u{e1fe}";
pub const DOTS_THREE_VERTICAL: &str = "\u{e208}";
pub const DOWNLOAD_SIMPLE: &str = "\u{e20c}";
pub const DROP: &str = "\u{e210}";
pub const ERASER: &str = "\u{e21e}";
pub const EXPORT: &str = "\u{eaf0}";
pub const EYE: &str = "\u{e220}";
pub const EYE_SLASH: &str = "\u{e224}";
pub const FILE: &str = "\u{e230}";
pub const FILE_MAGNIFYING_GLASS: &str = "\u{e238}";
pub const FLASK: &str = "\u{e79e}";
pub const FLOPPY_DISK: &str = "\u{e248}";
pub const FOLDER: &str = "\u{e24a}";
pub const FOLDER_OPEN: &str = "\u{e256}";
pub const FUNCTION: &str = "\u{ebe4}";
pub const FUNNEL_SIMPLE: &str = "\u{e268}";
pub const GEAR_SIX: &str = "\u{e272}";
pub const GRAPH: &str = "\u{eb58}";
pub const GRAPHICS_CARD: &str = "\u{e612}";
pub const GRID_NINE: &str = "\u{ec8c}";
pub const HAND: &str = "\u{e298}";
pub const HOURGLASS: &str = "\u{e2b2}";
pub const IDENTIFICATION_CARD: &str = "\u{e2c8}";
pub const IMAGE: &str = "\u{e2ca}";
pub const IMAGES: &str = "\u{e836}";
pub const INFO: &str = "\u{e2ce}";
pub const KEYBOARD: &str = "\u{e2d8}";
pub const LIGHTNING: &str = "\u{e2de}";
pub const LINK_BREAK: &str = "\u{e2e4}";
pub const LINK_SIMPLE: &str = "\u{e2e6}";
pub const LIST: &str = "\u{e2f0}";
pub const LIST_BULLETS: &str = "\u{e2f2}";
pub const LIST_CHECKS: &str = "\u{eadc}";
pub const LOCK_SIMPLE: &str = "\u{e308}";
pub const LOCK_SIMPLE_OPEN: &str = "\u{e30a}";
pub const MAGIC_WAND: &str = "\u{e6b6}";
pub const MAGNIFYING_GLASS: &str = "\u{e30c}";
pub const MASK_HAPPY: &str = "\u{e9f4}";
pub const MEDAL: &str = "\u{e320}";
pub const MINUS: &str = "\u{e32a}";
pub const MONITOR_PLAY: &str = "\u{e58c}";
pub const MOON: &str = "\u{e330}";
pub const NOTE_PENCIL: &str = "\u{e34c}";
pub const NUMBER_SQUARE_ONE: &str = "\u{e36c}";
pub const PALETTE: &str = "\u{e6c8}";
pub const PAPER_PLANE_TILT: &str = "\u{e398}";
pub const PAUSE: &str = "\u{e39e}";
pub const PAUSE_CIRCLE: &str = "\u{e3a0}";
pub const PLAY: &str = "\u{e3d0}";
pub const PLAY_CIRCLE: &str = "\u{e3d2}";
pub const PLUS: &str = "\u{e3d4}";
pub const PRESENTATION: &str = "\u{e654}";
pub const PRESENTATION_CHART: &str = "\u{e656}";
pub const PUSH_PIN: &str = "\u{e3e2}";
pub const PUSH_PIN_SLASH: &str = "\u{e3e4}";
pub const QUESTION: &str = "\u{e3e8}";
pub const RANKING: &str = "\u{ed62}";
pub const ROWS: &str = "\u{e5a2}";
pub const SCAN: &str = "\u{ebb6}";
pub const SEAL_CHECK: &str = "\u{e606}";
pub const SELECTION: &str = "\u{e69a}";
pub const SHUFFLE: &str = "\u{e422}";
pub const SLIDERS_HORIZONTAL: &str = "\u{e434}";
pub const SORT_ASCENDING: &str = "\u{e444}";
pub const SORT_DESCENDING: &str = "\u{e446}";
pub const SPLIT_HORIZONTAL: &str = "\u{e872}";
pub const SQUARES_FOUR: &str = "\u{e464}";
pub const STACK: &str = "\u{e466}";
pub const STACK_SIMPLE: &str = "\u{e468}";
pub const STETHOSCOPE: &str = "\u{e7ea}";
pub const STOP: &str = "\u{e46c}";
pub const STOP_CIRCLE: &str = "\u{e46e}";
pub const SUN: &str = "\u{e472}";
pub const SWAP: &str = "\u{e83c}";
pub const TABLE: &str = "\u{e476}";
pub const TARGET: &str = "\u{e47c}";
pub const TEXT_AA: &str = "\u{e6ee}";
pub const TRASH: &str = "\u{e4a6}";
pub const TRAY: &str = "\u{e4aa}";
pub const TRAY_ARROW_DOWN: &str = "\u{e010}";
pub const TREE_STRUCTURE: &str = "\u{e67c}";
pub const TROPHY: &str = "\u{e67e}";
pub const USER: &str = "\u{e4c2}";
pub const USERS: &str = "\u{e4d6}";
pub const WARNING: &str = "\u{e4e0}";
pub const WARNING_CIRCLE: &str = "\u{e4e2}";
pub const WAVE_SINE: &str = "\u{ea9a}";
pub const WAVEFORM: &str = "\u{e802}";
pub const X: &str = "\u{e4f6}";
pub const X_CIRCLE: &str = "\u{e4f8}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_weights_have_the_glyphs() {
        let context = egui::Context::default();
        crate::ui::theme::install(&context);
        context.begin_pass(egui::RawInput::default());
        context.fonts_mut(|fonts| {
            for glyph in [FOLDER_OPEN, CHART_LINE_DOWN, COLUMNS, RANKING, QUESTION, GEAR_SIX, FLASK, WARNING] {
                assert!(fonts.has_glyphs(&regular(16.0), glyph), "outlined {}", glyph.escape_unicode());
                assert!(fonts.has_glyphs(&filled(16.0), glyph), "filled {}", glyph.escape_unicode());
            }
        });
        context.end_pass().drop_without_applying_deltas();
    }
}
