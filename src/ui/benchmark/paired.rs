//! The selected entry against every other, on the same images.

use egui::{Align2, Pos2, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};

use super::leaderboard::test_between;
use super::look::speak;
use super::{Shown, format};
use crate::domain::thousands;
use crate::evaluation;
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{glossary, paint};

/// Differences with a corrected p-value below this are called differences, as in the verdict.
const ALPHA: f64 = 0.05;

/// Rows scroll rather than shrink further.
const ROW: std::ops::RangeInclusive<f32> = 30.0..=38.0;

/// Right edges of the columns.
#[derive(Clone, Copy)]
struct Places {
    difference: f32,
    delong: f32,
    mcnemar: f32,
}

impl Places {
    fn new(right: f32) -> Self {
        // Clear of the scroll bar.
        Self { difference: right - 222.0, delong: right - 134.0, mcnemar: right - 8.0 }
    }
}

/// Draws the tab.
pub fn show(ui: &mut Ui, content: Rect, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let benchmark = &shown.prepared.benchmark;
    let entry = shown.entry();
    let text = format!("{} against the others, on the same {} images", entry.name, thousands(benchmark.cases.len()));
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
        "Large: corrected after Holm over all {} pairs; below 0.05 it is called a difference. McNemar: exact, on the calls at this threshold, {}, with the images that only one of the two calls correctly.",
        shown.prepared.benchmark.paired.len(),
        format::sigma(shown.outcome().sigma)
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
        (places.delong, "DeLong p", "DeLong"),
        (places.mcnemar, "McNemar p", "McNemar"),
    ] {
        let at = pos2(x, row.center().y);
        let placed = paint::text(ui.painter(), at, Align2::RIGHT_CENTER, text, font::caption(), theme.secondary);
        glossary::explain(speak(ui, placed, ("paired head", text), Role::Label, text), term);
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
    let room = vec2(places.difference - rect.left() - 120.0, rect.height() - 4.0);
    let name = look.name_in(ui, &other.name, font::body(), theme.text, room);
    ui.painter().galley(pos2(rect.left() + 16.0, y - name.size().y / 2.0), name, theme.text);
    let Some((test, gain)) = test_between(&shown.prepared.benchmark.paired, &shown.entry().id, &other.id) else {
        return;
    };
    let [low, high] = if gain == test.difference { test.difference_ci } else { test.difference_ci.map(|end| -end) };
    let range = format!("{} to {}", difference(low.min(high)), difference(low.max(high)));
    two_lines(ui, pos2(places.difference, y), &difference(gain), &range, false);
    let plain = evaluation::p_text(test.delong_p);
    two_lines(ui, pos2(places.delong, y), &p_value(test.holm_p), &plain, test.holm_p < ALPHA);
    let mut calls = String::new();
    if let Some((mine, theirs, test)) = shown.prepared.calls_between(shown.selected, index) {
        let plain = format!("{}, {mine} : {theirs}", evaluation::p_text(test.p));
        two_lines(ui, pos2(places.mcnemar, y), &p_value(test.holm_p), &plain, test.holm_p < ALPHA);
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

/// A figure over what belongs to it; checked where it says that there is a difference.
fn two_lines(ui: &Ui, at: Pos2, figure: &str, below: &str, differs: bool) {
    let theme = theme::of(ui);
    let font = if differs { font::body_strong() } else { font::body() };
    let place = at - vec2(0.0, 7.0);
    let placed = paint::text(ui.painter(), place, Align2::RIGHT_CENTER, figure, font, theme.text);
    if differs {
        paint::icon(ui.painter(), placed.left_center() - vec2(9.0, 0.0), icons::CHECK, 11.0, theme.text);
    }
    let place = at + vec2(0.0, 8.0);
    paint::text(ui.painter(), place, Align2::RIGHT_CENTER, below, font::caption(), theme.secondary);
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
