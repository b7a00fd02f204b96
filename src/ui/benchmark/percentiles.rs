//! The scores as a table: percentiles of healthy and diseased images, in σ of the held-out healthy ones.

use egui::{Align2, Rect, Role, Ui, pos2, vec2};

use super::look::speak;
use super::{Shown, format};
use crate::domain::thousands;
use crate::evaluation::{self, PERCENTILES, Percentiles, Scored};
use crate::ui::theme::{self, font};
use crate::ui::widgets::paint;

const ROW: f32 = 34.0;
const COLUMN: f32 = 68.0;

/// Draws the table of the selected entry.
pub fn show(ui: &Ui, rect: Rect, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let right = |index: usize| rect.right() - COLUMN * (PERCENTILES.len() - 1 - index) as f32;
    let heads = rect.top() + 10.0;
    let ink = theme.secondary;
    for (index, of) in PERCENTILES.iter().enumerate() {
        let text = format!("{of}{}%", format::THIN);
        paint::text(ui.painter(), pos2(right(index), heads), Align2::RIGHT_CENTER, text, font::caption(), ink);
    }
    let at = pos2(rect.left(), heads);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, "Scores up to … in σ", font::caption(), ink);
    for (line, of) in evaluation::percentiles(shown.entry(), &shown.prepared.benchmark.cases).iter().enumerate() {
        let top = rect.top() + 22.0 + ROW * line as f32;
        let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), ROW));
        ui.painter().hline(row.x_range(), row.top(), theme.hairline_stroke());
        let name = format!("{} · {}", name(of.of, shown), thousands(of.images as usize));
        paint::line(ui, row.with_max_x(right(0) - COLUMN + 12.0), &name, font::body(), theme.text);
        for (index, sigma) in sigmas(of, shown).into_iter().enumerate() {
            let at = pos2(right(index), row.center().y);
            let figure = format::sigma(sigma);
            let figure = figure.trim_end_matches(" σ");
            paint::text(ui.painter(), at, Align2::RIGHT_CENTER, figure, font::body(), theme.text);
        }
        speak(ui, row, ("percentiles", of.of.slug()), Role::Label, &said(of, &name, shown))
            .on_hover_text(in_own_unit(of));
    }
}

fn name(of: Scored, shown: &Shown<'_>) -> String {
    match of {
        Scored::ValidationHealthy => "held-out healthy".to_owned(),
        Scored::TestHealthy => "test healthy".to_owned(),
        Scored::TestDiseased => format!("test {}", shown.prepared.disease),
    }
}

fn sigmas(of: &Percentiles, shown: &Shown<'_>) -> [f64; PERCENTILES.len()] {
    of.values.map(|score| shown.entry().calibration.sigma(score))
}

fn said(of: &Percentiles, name: &str, shown: &Shown<'_>) -> String {
    let each = PERCENTILES.iter().zip(sigmas(of, shown));
    let each: Vec<String> = each.map(|(of, sigma)| format!("{of}{}% {}", format::THIN, format::sigma(sigma))).collect();
    format!("{name}: {}", each.join(", "))
}

fn in_own_unit(of: &Percentiles) -> String {
    let each: Vec<String> =
        PERCENTILES.iter().zip(of.values).map(|(of, score)| format!("{of}{}% {score:.4}", format::THIN)).collect();
    format!("In the score's own unit: {}.", each.join(", "))
}
