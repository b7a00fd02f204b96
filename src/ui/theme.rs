//! Every colour, size and typeface of the window, and how egui is told about them.
//!
//! Panes ask [`of`] for the colours of the mode in use and the functions of [`font`] for type; nothing else in `ui`
//! names a colour.

use std::sync::Arc;

use egui::epaint::Shadow;
use egui::style::{HandleShape, ScrollStyle, WidgetVisuals, Widgets};
use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, Margin, Stroke, TextStyle, Vec2, Visuals};

use super::icons;

/// The colours of one mode.
#[derive(Debug, PartialEq, Eq)]
pub struct Theme {
    pub dark: bool,
    /// Behind everything.
    pub window: Color32,
    /// Cards, rail, bars.
    pub surface: Color32,
    /// Chosen rows, secondary buttons, popups.
    pub raised: Color32,
    /// Fields and the tracks of segmented controls.
    pub well: Color32,
    /// Edges of cards, dividers, grids of plots.
    pub hairline: Color32,
    /// Edges of controls.
    pub border: Color32,
    pub text: Color32,
    pub secondary: Color32,
    pub disabled: Color32,
    pub accent: Color32,
    pub accent_hover: Color32,
    pub on_accent: Color32,
    pub good: Color32,
    pub caution: Color32,
    pub bad: Color32,
    /// Bars and marks of healthy images.
    pub healthy: Color32,
    /// Bars of diseased images where no model's colour applies.
    pub diseased: Color32,
    /// A model keeps its colour everywhere; see [`Theme::series`].
    series: [Color32; 11],
    /// Behind labels that stand on images.
    pub plate: Color32,
    /// Text on a plate.
    pub on_plate: Color32,
    /// What lies around an image that does not fill its place.
    pub image_well: Color32,
    /// Over the window while a dialog is open.
    pub backdrop: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The reading room.
pub static DARK: Theme = Theme {
    dark: true,
    window: rgb(0x0B_0E12),
    surface: rgb(0x12_171D),
    raised: rgb(0x1A_212A),
    well: rgb(0x0E_1318),
    hairline: rgb(0x1E_262F),
    border: rgb(0x2A_3440),
    text: rgb(0xE8_EEF4),
    secondary: rgb(0x93_A1B0),
    disabled: rgb(0x5A_6775),
    accent: rgb(0x4C_B8FF),
    accent_hover: rgb(0x7C_CBFF),
    on_accent: rgb(0x06_131D),
    good: rgb(0x41_B88A),
    caution: rgb(0xE3_A73B),
    bad: rgb(0xE4_605A),
    healthy: rgb(0x84_94A4),
    diseased: rgb(0xE8_EEF4),
    series: [
        rgb(0x56_B4E9),
        rgb(0xE6_9F00),
        rgb(0x00_9E73),
        rgb(0xCC_79A7),
        rgb(0xF0_E442),
        rgb(0xD5_5E00),
        rgb(0x00_72B2),
        rgb(0xA2_8BF0),
        rgb(0x9C_C23F),
        rgb(0xE0_7B7B),
        rgb(0x5F_D3D3),
    ],
    plate: Color32::from_rgba_premultiplied(0, 0, 0, 158),
    on_plate: rgb(0xE8_EEF4),
    image_well: rgb(0x00_0000),
    backdrop: Color32::from_rgba_premultiplied(0, 0, 0, 150),
};

/// The lecture hall.
pub static LIGHT: Theme = Theme {
    dark: false,
    window: rgb(0xF4_F6F8),
    surface: rgb(0xFF_FFFF),
    raised: rgb(0xED_F1F5),
    well: rgb(0xF7_F9FA),
    hairline: rgb(0xE3_E8ED),
    border: rgb(0xC9_D2DB),
    text: rgb(0x14_191F),
    secondary: rgb(0x52_606E),
    disabled: rgb(0x9A_A6B2),
    accent: rgb(0x0B_6BCB),
    accent_hover: rgb(0x08_57A6),
    on_accent: rgb(0xFF_FFFF),
    good: rgb(0x17_774F),
    caution: rgb(0x8F_5E00),
    bad: rgb(0xC0_362F),
    healthy: rgb(0x7D_8A97),
    diseased: rgb(0x14_191F),
    series: [
        rgb(0x2B_8CC4),
        rgb(0xB8_7B00),
        rgb(0x00_875F),
        rgb(0xB4_588C),
        rgb(0x8C_8200),
        rgb(0xC4_5200),
        rgb(0x00_5A8C),
        rgb(0x6B_4BC8),
        rgb(0x55_7A12),
        rgb(0xA8_3A4E),
        rgb(0x00_7C85),
    ],
    plate: Color32::from_rgba_premultiplied(0, 0, 0, 158),
    on_plate: rgb(0xFF_FFFF),
    image_well: rgb(0x00_0000),
    backdrop: Color32::from_rgba_premultiplied(8, 10, 12, 110),
};

impl Theme {
    /// The colour of a series; `ModelKind::series` gives a model's.
    pub fn series(&self, index: usize) -> Color32 {
        self.series[index % self.series.len()]
    }

    pub fn hairline_stroke(&self) -> Stroke {
        Stroke::new(1.0, self.hairline)
    }

    pub fn border_stroke(&self) -> Stroke {
        Stroke::new(1.0, self.border)
    }

    /// Around what has the keyboard focus.
    pub fn focus_stroke(&self) -> Stroke {
        Stroke::new(1.5, self.accent)
    }
}

/// The colours in use: those of the mode the `Ui` (or context) is in.
pub fn of(ui: &egui::Ui) -> &'static Theme {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// The same where there is no `Ui`.
pub fn of_context(context: &egui::Context) -> &'static Theme {
    if context.global_style().visuals.dark_mode { &DARK } else { &LIGHT }
}

/// Distances, in logical pixels.
pub mod space {
    pub const XS: f32 = 4.0;
    pub const S: f32 = 8.0;
    pub const M: f32 = 12.0;
    pub const L: f32 = 16.0;
    pub const XL: f32 = 24.0;
    pub const XXL: f32 = 32.0;
    /// Around a screen.
    pub const SCREEN: f32 = 16.0;
    /// Between cards.
    pub const CARD_GAP: f32 = 12.0;
    /// Inside cards.
    pub const CARD: f32 = 14.0;
}

/// Corners, in logical pixels.
pub mod radius {
    pub const CARD: u8 = 10;
    pub const CONTROL: u8 = 6;
    /// Inside a segmented track.
    pub const SEGMENT: u8 = 4;
}

/// Heights of controls, in logical pixels.
pub mod height {
    pub const CONTROL: f32 = 28.0;
    pub const COMPACT: f32 = 24.0;
    pub const PRIMARY: f32 = 40.0;
}

/// The typefaces. All figures have the same width.
pub mod font {
    use egui::{FontFamily, FontId};

    /// The name of the semibold family.
    pub const SEMIBOLD: &str = "semibold";

    fn strong(size: f32) -> FontId {
        FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
    }

    /// 11: captions, axes, labels on images.
    pub fn caption() -> FontId {
        FontId::proportional(11.0)
    }

    pub fn caption_strong() -> FontId {
        strong(11.0)
    }

    /// 13: everything that is read.
    pub fn body() -> FontId {
        FontId::proportional(13.0)
    }

    pub fn body_strong() -> FontId {
        strong(13.0)
    }

    /// 14 semibold: titles of cards.
    pub fn card_title() -> FontId {
        strong(14.0)
    }

    /// 16 semibold: the screen's title.
    pub fn title() -> FontId {
        strong(16.0)
    }

    /// 20 semibold: figures in panes.
    pub fn figure() -> FontId {
        strong(20.0)
    }

    /// 28 semibold: the one number that matters.
    pub fn hero() -> FontId {
        strong(28.0)
    }

    /// 12 monospaced: paths.
    pub fn mono() -> FontId {
        FontId::monospace(12.0)
    }

    /// 11 monospaced: the log.
    pub fn mono_small() -> FontId {
        FontId::monospace(11.0)
    }

    /// Any size, for presenter mode.
    pub fn sized(size: f32, semibold: bool) -> FontId {
        if semibold { strong(size) } else { FontId::proportional(size) }
    }
}

/// Gives a context the typefaces and both modes. Call once, before the first frame.
pub fn install(context: &egui::Context) {
    context.set_fonts(fonts());
    for (mode, theme) in [(egui::Theme::Dark, &DARK), (egui::Theme::Light, &LIGHT)] {
        context.style_mut_of(mode, |style| apply(style, theme));
    }
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let files: [(&str, &'static [u8]); 5] = [
        ("inter", include_bytes!("../../assets/fonts/Inter-Regular.ttf")),
        ("inter-semibold", include_bytes!("../../assets/fonts/Inter-SemiBold.ttf")),
        ("jetbrains-mono", include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf")),
        ("phosphor", include_bytes!("../../assets/fonts/Phosphor.ttf")),
        ("phosphor-fill", include_bytes!("../../assets/fonts/Phosphor-Fill.ttf")),
    ];
    for (name, bytes) in files {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let families = [
        (FontFamily::Proportional, ["inter", "phosphor"]),
        (FontFamily::Name(font::SEMIBOLD.into()), ["inter-semibold", "phosphor"]),
        (FontFamily::Monospace, ["jetbrains-mono", "inter"]),
        (FontFamily::Name(icons::REGULAR.into()), ["phosphor", "inter"]),
        (FontFamily::Name(icons::FILLED.into()), ["phosphor-fill", "inter"]),
    ];
    for (family, names) in families {
        fonts.families.insert(family, names.map(str::to_owned).to_vec());
    }
    fonts
}

fn apply(style: &mut egui::Style, theme: &Theme) {
    style.text_styles = [
        (TextStyle::Small, font::caption()),
        (TextStyle::Body, font::body()),
        (TextStyle::Button, font::body()),
        (TextStyle::Heading, font::title()),
        (TextStyle::Monospace, font::mono()),
    ]
    .into();
    style.visuals = visuals(theme);
    style.animation_time = 0.08;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(space::S, space::S);
    spacing.button_padding = Vec2::new(11.0, 5.0);
    spacing.interact_size = Vec2::new(height::CONTROL, height::CONTROL);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.slider_width = 120.0;
    spacing.slider_rail_height = 3.0;
    spacing.tooltip_width = 320.0;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 9.0;
    spacing.combo_height = 320.0;
    spacing.scroll = ScrollStyle {
        floating: true,
        bar_width: 6.0,
        floating_width: 4.0,
        floating_allocated_width: 0.0,
        bar_inner_margin: 2.0,
        bar_outer_margin: 0.0,
        handle_min_length: 24.0,
        dormant_handle_opacity: 0.5,
        active_handle_opacity: 0.7,
        dormant_background_opacity: 0.0,
        ..ScrollStyle::floating()
    };
}

fn visuals(theme: &Theme) -> Visuals {
    let base = if theme.dark { Visuals::dark() } else { Visuals::light() };
    let corner_radius = CornerRadius::same(radius::CONTROL);
    let state = |fill: Color32, edge: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, edge),
        corner_radius,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let shadow_alpha = if theme.dark { 120 } else { 40 };
    let shadow =
        Shadow { offset: [0, 6], blur: 20, spread: 0, color: Color32::from_rgba_premultiplied(0, 0, 0, shadow_alpha) };
    Visuals {
        dark_mode: theme.dark,
        override_text_color: None,
        weak_text_color: Some(theme.secondary),
        widgets: Widgets {
            noninteractive: state(theme.surface, theme.hairline, theme.text),
            inactive: state(theme.raised, theme.border, theme.text),
            hovered: state(mix(theme.raised, theme.text, 0.06), theme.border, theme.text),
            active: state(mix(theme.raised, theme.text, 0.12), theme.accent, theme.text),
            open: state(theme.raised, theme.accent, theme.text),
        },
        selection: egui::style::Selection {
            bg_fill: theme.accent.gamma_multiply(0.35),
            stroke: Stroke::new(1.0, theme.text),
        },
        hyperlink_color: theme.accent,
        faint_bg_color: theme.well,
        extreme_bg_color: theme.well,
        text_edit_bg_color: Some(theme.well),
        code_bg_color: theme.well,
        warn_fg_color: theme.caution,
        error_fg_color: theme.bad,
        window_corner_radius: CornerRadius::same(radius::CARD),
        window_shadow: shadow,
        window_fill: theme.surface,
        window_stroke: theme.border_stroke(),
        menu_corner_radius: CornerRadius::same(8),
        panel_fill: theme.window,
        popup_shadow: shadow,
        handle_shape: HandleShape::Circle,
        slider_trailing_fill: true,
        interact_cursor: None,
        ..base
    }
}

/// `share` of the way from one colour to another.
pub fn mix(from: Color32, to: Color32, share: f32) -> Color32 {
    let blend = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
    Color32::from_rgb(blend(from.r(), to.r()), blend(from.g(), to.g()), blend(from.b(), to.b()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2 contrast ratio.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let luminance = |color: Color32| {
            let channel = |value: u8| {
                let value = f64::from(value) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(color.r()) + 0.7152 * channel(color.g()) + 0.0722 * channel(color.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for theme in [&DARK, &LIGHT] {
            for ground in [theme.window, theme.surface, theme.raised, theme.well] {
                for ink in [theme.text, theme.secondary, theme.good, theme.caution, theme.bad] {
                    let ratio = contrast(ink, ground);
                    assert!(ratio >= 4.5, "dark {}: {ink:?} on {ground:?} is {ratio:.2}", theme.dark);
                }
            }
            for fill in [theme.accent, theme.accent_hover] {
                assert!(contrast(theme.on_accent, fill) >= 4.5, "on accent {fill:?}");
            }
        }
    }

    #[test]
    fn figures_have_one_width() {
        let context = egui::Context::default();
        install(&context);
        context.begin_pass(egui::RawInput::default());
        for font in [font::body(), font::figure(), font::mono()] {
            let widths: Vec<f32> =
                ('0'..='9').map(|digit| context.fonts_mut(|fonts| fonts.glyph_width(&font, digit))).collect();
            assert!(widths.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 1e-3), "{font:?}: {widths:?}");
        }
        context.end_pass().drop_without_applying_deltas();
    }

    #[test]
    fn the_typefaces_have_the_signs_in_use() {
        let context = egui::Context::default();
        install(&context);
        context.begin_pass(egui::RawInput::default());
        context.fonts_mut(|fonts| {
            for font in [font::body(), font::body_strong(), font::mono()] {
                assert!(fonts.has_glyphs(&font, "σ–−×±≥≤≈·…→←µéß‘’“”"), "{font:?}");
            }
        });
        context.end_pass().drop_without_applying_deltas();
    }

    #[test]
    fn series_never_run_out() {
        assert_eq!(DARK.series(0), DARK.series(DARK.series.len()));
        assert_ne!(DARK.series(0), LIGHT.series(0));
    }

    /// Every architecture has a colour of its own, and so have ensembles, that stands out from the ground and from the others (by ΔE of 1976
    /// in CIE Lab, where 2 is just noticeable).
    #[test]
    fn series_can_be_told_apart() {
        for theme in [&DARK, &LIGHT] {
            assert!(theme.series.len() > crate::domain::ModelKind::Ensemble.series());
            for (index, &color) in theme.series.iter().enumerate() {
                for ground in [theme.window, theme.surface] {
                    assert!(contrast(color, ground) >= 3.0, "dark {}: series {index}", theme.dark);
                }
                for (other, &another) in theme.series[..index].iter().enumerate() {
                    let distance = difference(color, another);
                    assert!(distance > 18.0, "dark {}: series {index} and {other}: {distance:.1}", theme.dark);
                }
            }
        }
    }

    /// Distance in CIE Lab (D65).
    fn difference(one: Color32, other: Color32) -> f64 {
        let lab = |color: Color32| {
            let linear = |value: u8| {
                let value = f64::from(value) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            let [red, green, blue] = [linear(color.r()), linear(color.g()), linear(color.b())];
            let curve = |value: f64| {
                if value > 216.0 / 24389.0 { value.cbrt() } else { (24389.0 / 27.0 * value + 16.0) / 116.0 }
            };
            let x = curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
            let y = curve(0.2126 * red + 0.7152 * green + 0.0722 * blue);
            let z = curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
            [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
        };
        lab(one).iter().zip(lab(other)).map(|(p, q)| (p - q).powi(2)).sum::<f64>().sqrt()
    }
}
