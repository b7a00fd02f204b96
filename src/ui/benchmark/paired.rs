//! The selected entry against every other, on the same images.

use egui::{Align2, Pos2, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};

use super::leaderboard::test_between;
use super::look::speak;
use super::{Shown, format};
use crate::evaluation;
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{glossary, paint};

/// Differences with a corrected p-value below this are called differences, as in the verdict.
const ALPHA: f64 = 0.05;

/// Rows scroll rather than shrink further.
const ROW: std::ops::RangeInclusive<f32> = 32.0..=38.0;

/// Right edges of the columns.
#[derive(Clone, Copy)]
struct Places {
    difference: f32,
    delong: f32,
    holm: f32,
    mcnemar: f32,
    mcnemar_holm: f32,
}

impl Places {
    fn new(right: f32) -> Self {
        Self {
            difference: right - 244.0,
            delong: right - 188.0,
            holm: right - 130.0,
            mcnemar: right - 60.0,
            mcnemar_holm: right,
        }
    }
}

/// Draws the tab.
pub fn show(ui: &mut Ui, content: Rect, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let benchmark = &shown.prepared.benchmark;
    let entry = shown.entry();
    let text =
        format!("{} against the others, on the same {} images", entry.name, format::count(benchmark.cases.len()));
    let line = Rect::from_min_size(content.min + vec2(0.0, 6.0), vec2(content.width(), 22.0));
    paint::line(ui, line, &text, font::caption(), theme.secondary);
    let heads = line.translate(vec2(0.0, 22.0));
    let places = Places::new(content.right());
    head_row(ui, heads, places);
    let mut others: Vec<usize> = (0..benchmark.entries.len()).filter(|&index| index != shown.selected).collect();
    others.sort_by(|&a, &b| benchmark.entries[b].auroc.value.total_cmp(&benchmark.entries[a].auroc.value));
    let foot = note(ui, content, shown);
    let rows = Rect::from_min_max(heads.left_bottom(), pos2(content.right(), foot));
    let height = (rows.height() / others.len().max(1) as f32).clamp(*ROW.start(), *ROW.end());
    ui.scope_builder(UiBuilder::new().max_rect(rows), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("paired").auto_shrink([false, false]).show(ui, |ui| {
            for &index in &others {
                let (rect, _) = ui.allocate_exact_size(vec2(rows.width(), height), Sense::hover());
                row(ui, rect, shown, index, places);
            }
        });
    });
}

/// What the tests are; gives where it begins.
fn note(ui: &Ui, content: Rect, shown: &Shown<'_>) -> f32 {
    let theme = theme::of(ui);
    let note = format!(
        "p: DeLong's test. McNemar: exact, on the calls at this threshold, {}; images that only one calls correctly.\nHolm: corrected over all {} pairs; below 0.05 it is called a difference.",
        format::sigma(shown.outcome().sigma),
        shown.prepared.benchmark.paired.len()
    );
    let galley = paint::wrapped(ui, &note, font::caption(), theme.secondary, content.width());
    let top = content.bottom() - 8.0 - galley.size().y;
    ui.painter().galley(pos2(content.left(), top), galley, theme.secondary);
    top - 6.0
}

fn head_row(ui: &Ui, row: Rect, places: Places) {
    let theme = theme::of(ui);
    let at = row.left_center();
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, "Against", font::caption(), theme.secondary);
    for (x, text, term) in [
        (places.difference, "AUROC difference", "DeLong"),
        (places.delong, "p", "DeLong"),
        (places.holm, "Holm p", "Holm"),
        (places.mcnemar, "McNemar", "McNemar"),
        (places.mcnemar_holm, "Holm p ", "Holm"),
    ] {
        let at = pos2(x, row.center().y);
        let text_shown = text.trim_end();
        let placed = paint::text(ui.painter(), at, Align2::RIGHT_CENTER, text_shown, font::caption(), theme.secondary);
        glossary::explain(speak(ui, placed, ("paired head", text), Role::Label, text_shown), term);
    }
}

/// "+0.018", "−0.004".
fn difference(value: f64) -> String {
    format!("{value:+.3}").replace('-', "−")
}

/// "0.15", "< 0.001": the p-value without its letter.
fn p_value(p: f64) -> String {
    evaluation::p_text(p).replacen("p ", "", 1)
}

fn row(ui: &Ui, rect: Rect, shown: &Shown<'_>, index: usize, places: Places) {
    let theme = theme::of(ui);
    let other = &shown.prepared.benchmark.entries[index];
    let look = shown.looks[index];
    let y = rect.center().y;
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline_stroke());
    look.paint_mark(ui.painter(), pos2(rect.left() + 4.0, y), 4.0);
    let name = look.name(ui, &other.name, font::body(), theme.text, places.difference - rect.left() - 96.0);
    ui.painter().galley(pos2(rect.left() + 16.0, y - name.size().y / 2.0), name, theme.text);
    let Some((test, gain)) = test_between(&shown.prepared.benchmark.paired, &shown.entry().id, &other.id) else {
        return;
    };
    let [low, high] = if gain == test.difference { test.difference_ci } else { test.difference_ci.map(|end| -end) };
    let range = format!("{} to {}", difference(low.min(high)), difference(low.max(high)));
    let two_lines = |x: f32, value: &str, below: &str| {
        paint::text(ui.painter(), pos2(x, y - 7.0), Align2::RIGHT_CENTER, value, font::body(), theme.text);
        paint::text(ui.painter(), pos2(x, y + 8.0), Align2::RIGHT_CENTER, below, font::caption(), theme.secondary);
    };
    two_lines(places.difference, &difference(gain), &range);
    let plain = p_value(test.delong_p);
    paint::text(ui.painter(), pos2(places.delong, y), Align2::RIGHT_CENTER, plain, font::body(), theme.secondary);
    corrected(ui, pos2(places.holm, y), test.holm_p);
    let mut calls = String::new();
    if let Some((mine, theirs, test)) = shown.prepared.calls_between(shown.selected, index) {
        two_lines(places.mcnemar, &p_value(test.p), &format!("{mine} : {theirs}"));
        corrected(ui, pos2(places.mcnemar_holm, y), test.holm_p);
        calls = format!("; McNemar p {}, Holm {}", p_value(test.p), p_value(test.holm_p));
    }
    let outcome = if test.holm_p < ALPHA { "differ" } else { "are not shown to differ" };
    let said = format!(
        "{} and {} {outcome}: AUROC difference {} [{range}], Holm p {}{calls}",
        shown.entry().name,
        other.name,
        difference(gain),
        p_value(test.holm_p)
    );
    speak(ui, rect, ("paired", &other.id), Role::Label, &said).on_hover_text(said);
}

/// A corrected p-value, checked where it is called a difference.
fn corrected(ui: &Ui, at: Pos2, p: f64) {
    let theme = theme::of(ui);
    let differs = p < ALPHA;
    let (font, ink) = if differs { (font::body_strong(), theme.text) } else { (font::body(), theme.secondary) };
    let placed = paint::text(ui.painter(), at, Align2::RIGHT_CENTER, p_value(p), font, ink);
    if differs {
        paint::icon(ui.painter(), placed.left_center() - vec2(8.0, 0.0), icons::CHECK, 10.0, theme.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PairedTest;

    #[test]
    fn a_test_is_found_from_either_side() {
        let test = PairedTest {
            first: "a".to_owned(),
            second: "b".to_owned(),
            difference: 0.02,
            difference_ci: [0.0, 0.04],
            delong_p: 0.1,
            holm_p: 0.2,
            mcnemar_p: 0.3,
        };
        let paired = [test];
        assert_eq!(test_between(&paired, "a", "b").map(|found| found.1), Some(0.02));
        assert_eq!(test_between(&paired, "b", "a").map(|found| found.1), Some(-0.02));
        assert!(test_between(&paired, "a", "c").is_none());
    }

    #[test]
    fn differences_carry_their_sign_and_p_values_no_letter() {
        assert_eq!([difference(0.018), difference(-0.0042)], ["+0.018", "−0.004"]);
        assert_eq!([p_value(0.15), p_value(0.000_1)], ["0.15", "< 0.001"]);
    }
}
