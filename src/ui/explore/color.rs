//! The colour of a point.

use egui::Color32;

use super::prepared::{ColorBy, Ink, Prepared};
use crate::imaging::colormap::ColorMap;
use crate::ui::theme::{self, Theme};

/// The ink of a group in the colours of the mode.
pub fn of_ink(ink: Ink, theme: &Theme) -> Color32 {
    match ink {
        Ink::Healthy => theme.healthy,
        Ink::Diseased => theme.diseased,
        Ink::Series(index) => theme.series(index),
    }
}

/// The colour of a place in the range of scores. In both modes high scores stand out from the ground, and the lowest can
/// still be seen.
pub fn of_share(share: f32, theme: &Theme) -> Color32 {
    let [r, g, b] = ColorMap::Inferno.color(if theme.dark { 0.36 + 0.64 * share } else { 0.78 - 0.73 * share });
    Color32::from_rgb(r, g, b)
}

/// The colour of each point, opaque.
pub fn of_points(prepared: &Prepared, by: ColorBy, theme: &Theme) -> Vec<Color32> {
    if by == ColorBy::Score {
        let share = |sigma| prepared.score_share(sigma);
        return prepared.map.points.iter().map(|point| of_share(share(point.sigma), theme)).collect();
    }
    let grouping = prepared.grouping(by);
    let inks: Vec<Color32> = grouping.groups.iter().map(|group| of_ink(group.ink, theme)).collect();
    grouping.of.iter().map(|&group| inks.get(group).copied().unwrap_or(theme.secondary)).collect()
}

/// What a group that is not shown looks like in the legend.
pub fn hidden(theme: &Theme) -> Color32 {
    theme::mix(theme.surface, theme.disabled, 0.6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::explore::fixture;
    use crate::ui::theme::{DARK, LIGHT};

    #[test]
    fn each_point_has_a_colour_and_low_scores_can_be_seen() {
        let prepared = fixture::prepared();
        for theme in [&DARK, &LIGHT] {
            for by in ColorBy::ALL {
                assert_eq!(of_points(&prepared, by, theme).len(), prepared.map.points.len());
            }
            let distance = |a: Color32, b: Color32| {
                let channel = |a: u8, b: u8| (i32::from(a) - i32::from(b)).abs();
                channel(a.r(), b.r()) + channel(a.g(), b.g()) + channel(a.b(), b.b())
            };
            assert!(distance(of_share(0.0, theme), theme.surface) > 150);
            assert!(distance(of_share(1.0, theme), theme.surface) > distance(of_share(0.0, theme), theme.surface));
        }
    }
}
