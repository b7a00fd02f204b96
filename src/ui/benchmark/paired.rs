//! The selected entry against every other, on the same images.

use egui::{Align2, Rect, Role, Ui, pos2, vec2};

use super::leaderboard::test_between;
use super::look::speak;
use super::{Shown, format};
use crate::evaluation;
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{glossary, paint};

/// Differences with a corrected p-value below this are called differences, as in the verdict.
const ALPHA: f64 = 0.05;

/// Draws the tab.
pub fn show(ui: &mut Ui, content: Rect, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let benchmark = &shown.prepared.benchmark;
    let entry = shown.entry();
    let text =
        format!("{} against the others, on the same {} images", entry.name, format::count(benchmark.cases.len()));
    let line = Rect::from_min_size(content.min + vec2(0.0, 8.0), vec2(content.width(), 24.0));
    paint::line(ui, line, &text, font::caption(), theme.secondary);
    let heads = line.translate(vec2(0.0, 30.0));
    let right = content.right();
    let places = [right - 236.0, right - 160.0, right - 82.0, right];
    head_row(ui, heads, places);
    let mut others: Vec<usize> = (0..benchmark.entries.len()).filter(|&index| index != shown.selected).collect();
    others.sort_by(|&a, &b| benchmark.entries[b].auroc.value.total_cmp(&benchmark.entries[a].auroc.value));
    let room = (content.bottom() - heads.bottom() - 48.0).max(30.0);
    let height = (room / others.len().max(1) as f32).clamp(22.0, 36.0);
    for (position, &index) in others.iter().take((room / height) as usize).enumerate() {
        let top = heads.bottom() + position as f32 * height;
        row(ui, Rect::from_min_size(pos2(content.left(), top), vec2(content.width(), height)), shown, index, places);
    }
    let pairs = benchmark.paired.len();
    let note = format!(
        "p: DeLong's test. Holm: corrected over all {pairs} pairs; below 0.05 it is called a difference.\nMcNemar: exact, on the calls at the 95th percentile of held-out healthy images."
    );
    let galley = paint::wrapped(ui, &note, font::caption(), theme.secondary, content.width());
    ui.painter().galley(pos2(content.left(), content.bottom() - 12.0 - galley.size().y), galley, theme.secondary);
}

fn head_row(ui: &Ui, row: Rect, places: [f32; 4]) {
    let theme = theme::of(ui);
    let at = row.left_center();
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, "Against", font::caption(), theme.secondary);
    for (x, (text, term)) in places.into_iter().zip([
        ("AUROC difference", "DeLong"),
        ("p", "DeLong"),
        ("Holm p", "Holm"),
        ("McNemar p", "McNemar"),
    ]) {
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

fn row(ui: &Ui, rect: Rect, shown: &Shown<'_>, index: usize, places: [f32; 4]) {
    let theme = theme::of(ui);
    let other = &shown.prepared.benchmark.entries[index];
    let look = shown.looks[index];
    let y = rect.center().y;
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline_stroke());
    look.paint_mark(ui.painter(), pos2(rect.left() + 4.0, y), 4.0);
    let name = look.name(ui, &other.name, font::body(), theme.text, places[0] - rect.left() - 90.0);
    ui.painter().galley(pos2(rect.left() + 16.0, y - name.size().y / 2.0), name, theme.text);
    let Some((test, gain)) = test_between(&shown.prepared.benchmark.paired, &shown.entry().id, &other.id) else {
        return;
    };
    let differs = test.holm_p < ALPHA;
    let texts = [difference(gain), p_value(test.delong_p), p_value(test.holm_p), p_value(test.mcnemar_p)];
    for (column, (x, text)) in places.into_iter().zip(&texts).enumerate() {
        let (font, ink) = match column {
            2 if differs => (font::body_strong(), theme.text),
            0 => (font::body(), theme.text),
            _ => (font::body(), theme.secondary),
        };
        let placed = paint::text(ui.painter(), pos2(x, y), Align2::RIGHT_CENTER, text, font, ink);
        if column == 2 && differs {
            paint::icon(ui.painter(), placed.left_center() - vec2(9.0, 0.0), icons::CHECK, 11.0, theme.text);
        }
    }
    let [gain, _, holm, _] = &texts;
    let outcome = if differs { "differ" } else { "are not shown to differ" };
    let said = format!("{} and {} {outcome}: AUROC difference {gain}, Holm p {holm}", shown.entry().name, other.name);
    speak(ui, rect, ("paired", &other.id), Role::Label, &said);
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
