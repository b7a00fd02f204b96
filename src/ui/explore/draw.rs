//! Codes drawn by chance, decoded.

use egui::{Rect, Ui, vec2};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::decoding::Decoding;
use super::generate::{Trace, paint_decoded};
use super::prepared::Prepared;
use crate::domain::{LatentMap, Prior, normal, thousands};
use crate::ui::icons;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Button, paint};

/// Images of one draw.
const COUNT: usize = 6;
const COLUMNS: usize = 2;
const GAP: f32 = 8.0;
/// Draws follow from it and their number, so that any can be had again.
const SEED: u64 = 7;

/// Which draw is shown.
#[derive(Debug, Default)]
pub struct Draws {
    /// Draws before this one.
    before: u64,
    /// The codes of this draw, once they are wanted.
    codes: Vec<Vec<f32>>,
}

impl Draws {
    /// Draws anew from another latent space.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// The codes of the draw.
    pub fn codes(&mut self, map: &LatentMap) -> &[Vec<f32>] {
        if self.codes.is_empty() {
            let mut random = ChaCha8Rng::seed_from_u64(SEED);
            random.set_stream(self.before);
            self.codes = (0..COUNT).map(|_| map.draw(&normal(&mut random, map.draw_len()))).collect();
        }
        &self.codes
    }

    /// What the plot shows of it.
    pub fn trace(&mut self, map: &LatentMap) -> Trace {
        let marks = self.codes(map).iter().zip(1..).map(|(code, number)| (code.clone(), number.to_string()));
        Trace { way: None, marks: marks.collect() }
    }

    pub fn ui(&mut self, ui: &mut Ui, prepared: &Prepared, decoding: &Decoding) {
        let theme = theme::of(ui);
        let map = &prepared.map;
        let room = ui.available_rect_before_wrap();
        let rows = COUNT.div_ceil(COLUMNS) as f32;
        let text = source(map);
        let words = paint::wrapped(ui, &text, font::caption(), theme.secondary, room.width());
        let high = (room.height() - words.size().y - 28.0 - 3.0 * space::S - (rows - 1.0) * GAP) / rows;
        let side = high.min((room.width() - GAP) / COLUMNS as f32).max(48.0);
        let (grid, _) = ui.allocate_exact_size(vec2(room.width(), rows * (side + GAP) - GAP), egui::Sense::hover());
        let left = f32::midpoint(grid.width() - COLUMNS as f32 * (side + GAP), GAP);
        for (index, code) in self.codes(map).iter().enumerate() {
            let (column, row) = ((index % COLUMNS) as f32, (index / COLUMNS) as f32);
            let at = grid.min + vec2(left + column * (side + GAP), row * (side + GAP));
            let place = Rect::from_min_size(at, vec2(side, side));
            let image = decoding.image(code);
            paint_decoded(ui, place, &format!("Drawn image {}", index + 1), image.as_ref(), &(index + 1).to_string());
        }
        ui.horizontal(|ui| {
            if ui.add(Button::secondary("Draw again").icon(icons::SHUFFLE)).clicked() {
                self.before += 1;
                self.codes.clear();
            }
            let label = egui::RichText::new(format!("Draw {} of seed {SEED}", self.before + 1)).color(theme.secondary);
            ui.label(label.font(font::caption()));
        });
        ui.label(egui::RichText::new(text).font(font::caption()).color(theme.secondary));
    }
}

/// Where the codes come from, as it is.
fn source(map: &LatentMap) -> String {
    match map.prior {
        Prior::StandardNormal => {
            "Decoded from codes drawn from N(0, I), the prior that this network is trained towards; not patients."
                .to_owned()
        }
        Prior::Fitted => format!(
            "Decoded from codes drawn from a Gaussian fitted to {} training codes, as this network has no prior; not patients.",
            thousands(map.pca.fitted as usize)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::explore::fixture;

    #[test]
    fn draws_differ_and_can_be_had_again() {
        let map = fixture::prepared().map;
        let draw = |before| Draws { before, codes: Vec::new() }.codes(&map).to_vec();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_eq!((draw(1).len(), draw(1)[0].len()), (COUNT, map.pca.latent()));
    }

    #[test]
    fn numbers_are_standard_normal() {
        let values = normal(&mut ChaCha8Rng::seed_from_u64(1), 20_001);
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
    }

    #[test]
    fn where_they_come_from_is_said() {
        let mut map = (*fixture::prepared().map).clone();
        map.prior = Prior::StandardNormal;
        assert!(source(&map).contains("N(0, I)"));
        map.prior = Prior::Fitted;
        assert!(source(&map).contains("Gaussian fitted to 10 training codes"));
    }
}
