//! Colour maps as tables of 256 colours.

use std::sync::OnceLock;

use colorgrad::Gradient;
use serde::{Deserialize, Serialize};

/// How a value becomes a colour. Sequential ones run from 0 to 1; `Diverging` has zero in the middle, at 128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorMap {
    #[default]
    Inferno,
    Viridis,
    Magma,
    Cividis,
    Diverging,
    Gray,
}

/// One colour for each 8-bit value, red, green, blue.
pub type Lut = [[u8; 3]; 256];

/// Blue below, dark in the middle, orange above: the first two series colours, told apart by every kind of colour vision.
const DIVERGING: [[f32; 3]; 5] =
    [[173.0, 221.0, 255.0], [38.0, 128.0, 190.0], [16.0, 18.0, 22.0], [214.0, 120.0, 0.0], [255.0, 226.0, 150.0]];

impl ColorMap {
    pub const ALL: [Self; 6] = [Self::Inferno, Self::Viridis, Self::Magma, Self::Cividis, Self::Diverging, Self::Gray];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inferno => "Inferno",
            Self::Viridis => "Viridis",
            Self::Magma => "Magma",
            Self::Cividis => "Cividis",
            Self::Diverging => "Diverging",
            Self::Gray => "Grey",
        }
    }

    /// The map's table; made on first use, then free.
    pub fn lut(self) -> &'static Lut {
        static TABLES: [OnceLock<Lut>; 6] = [const { OnceLock::new() }; 6];
        TABLES[self as usize].get_or_init(|| match self {
            Self::Inferno => sample(&colorgrad::preset::inferno()),
            Self::Viridis => sample(&colorgrad::preset::viridis()),
            Self::Magma => sample(&colorgrad::preset::magma()),
            Self::Cividis => sample(&colorgrad::preset::cividis()),
            Self::Diverging => diverging(),
            Self::Gray => std::array::from_fn(|value| [value as u8; 3]),
        })
    }

    /// The colour of a value in [0, 1]; values outside are clamped, NaN is black.
    pub fn color(self, value: f32) -> [u8; 3] {
        if value.is_nan() {
            return [0; 3];
        }
        self.lut()[(value.clamp(0.0, 1.0) * 255.0).round() as usize]
    }
}

fn sample(gradient: &impl Gradient) -> Lut {
    std::array::from_fn(|value| {
        let [red, green, blue, _] = gradient.at(value as f32 / 255.0).to_rgba8();
        [red, green, blue]
    })
}

/// Straight lines between the five colours, the middle one exactly at 128.
fn diverging() -> Lut {
    std::array::from_fn(|value| {
        let position = if value <= 128 { value as f32 / 64.0 } else { 2.0 + (value - 128) as f32 / 63.5 };
        let first = (position as usize).min(3);
        let share = position - first as f32;
        std::array::from_fn(|channel| {
            (DIVERGING[first][channel] * (1.0 - share) + DIVERGING[first + 1][channel] * share).round() as u8
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_near_those_of_matplotlib() {
        // matplotlib.colormaps[name](0) and (255), times 255; the polynomial for cividis is off by up to 13.
        for (map, first, last) in [
            (ColorMap::Inferno, [0, 0, 4], [252, 255, 164]),
            (ColorMap::Magma, [0, 0, 4], [252, 253, 191]),
            (ColorMap::Viridis, [68, 1, 84], [253, 231, 37]),
            (ColorMap::Cividis, [0, 34, 78], [254, 232, 56]),
            (ColorMap::Gray, [0, 0, 0], [255, 255, 255]),
        ] {
            for (index, expected) in [(0, first), (255, last)] {
                let found = map.lut()[index];
                for channel in 0..3 {
                    let distance = i32::from(found[channel]) - expected[channel];
                    assert!(distance.abs() <= 14, "{} at {index}: {found:?} is not {expected:?}", map.name());
                }
            }
        }
    }

    #[test]
    fn sequential_maps_grow_lighter() {
        for map in [ColorMap::Inferno, ColorMap::Viridis, ColorMap::Magma, ColorMap::Cividis, ColorMap::Gray] {
            let light = |color: [u8; 3]| {
                0.2126 * f32::from(color[0]) + 0.7152 * f32::from(color[1]) + 0.0722 * f32::from(color[2])
            };
            for pair in map.lut().chunks(16).collect::<Vec<_>>().windows(2) {
                assert!(light(pair[0][0]) < light(pair[1][0]), "{}", map.name());
            }
        }
    }

    #[test]
    fn diverging_is_darkest_at_zero_and_differs_by_sign() {
        let lut = ColorMap::Diverging.lut();
        let sum = |color: [u8; 3]| color.iter().map(|&value| u32::from(value)).sum::<u32>();
        assert_eq!(lut.iter().map(|&color| sum(color)).min(), Some(sum(lut[128])));
        assert!(lut[0][2] > lut[0][0] && lut[255][0] > lut[255][2]);
    }

    #[test]
    fn values_outside_are_clamped() {
        assert_eq!(ColorMap::Gray.color(-1.0), [0; 3]);
        assert_eq!(ColorMap::Gray.color(f32::INFINITY), [255; 3]);
        assert_eq!(ColorMap::Inferno.color(f32::NAN), [0; 3]);
    }
}
