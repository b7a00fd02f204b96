//! "At this threshold": the confusion matrix and every share that follows from it.

use egui::{Align2, CornerRadius, Rect, Role, StrokeKind, Ui, pos2, vec2};

use super::look::speak;
use super::{Shown, format};
use crate::domain::Interval;
use crate::ui::icons;
use crate::ui::theme::{self, font, radius, space};
use crate::ui::widgets::{Card, glossary, header, paint};

/// Draws the card.
pub fn show(ui: &mut Ui, card: Rect, shown: &Shown<'_>) {
    Card::new(card).show(ui, |ui| {
        let inner = ui.max_rect();
        let top = Rect::from_min_size(inner.min - vec2(0.0, 6.0), vec2(inner.width(), 22.0));
        ui.scope_builder(egui::UiBuilder::new().max_rect(top), |ui| {
            header(ui, 22.0, "At this threshold", |ui| nominal(ui, shown));
        });
        let below = inner.with_min_y(top.bottom() + 4.0);
        let matrix = below.with_max_x(below.left() + 232.0);
        confusion(ui, matrix, shown);
        figures(ui, below.with_min_x(matrix.right() + 16.0), shown);
    });
}

/// What the rule promises against what it gives; with a caution where they differ.
fn nominal(ui: &Ui, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let outcome = shown.outcome();
    let (Some(nominal), Some(achieved)) = (outcome.nominal, outcome.rates.specificity) else { return };
    let text =
        format!("nominal specificity {}, achieved {}", format::round_percent(nominal), format::percent(achieved.value));
    let room = ui.available_rect_before_wrap();
    let galley = paint::elided(ui, &text, font::caption(), theme.secondary, room.width() - 20.0);
    let rect = Align2::RIGHT_CENTER.anchor_size(room.right_center(), galley.size());
    ui.painter().galley(rect.min, galley, theme.secondary);
    let differs = differ(nominal, &achieved);
    if differs {
        paint::filled_icon(ui.painter(), rect.left_center() - vec2(11.0, 0.0), icons::WARNING, 14.0, theme.caution);
    }
    let why = if differs {
        "Nominal: on the held-out healthy training images that set the threshold. Achieved: on the healthy test images. Its interval leaves the nominal value out: the two sets of healthy images are not alike."
    } else {
        "Nominal: on the held-out healthy training images that set the threshold. Achieved: on the healthy test images."
    };
    speak(ui, rect, "nominal", Role::Label, &text).on_hover_text(why);
}

/// More than chance explains: the interval of what is achieved leaves out what was promised.
fn differ(nominal: f64, achieved: &Interval) -> bool {
    nominal < achieved.low || nominal > achieved.high
}

fn confusion(ui: &Ui, rect: Rect, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let counts = shown.outcome().confusion;
    let left = rect.left() + 68.0;
    let gap = 6.0;
    let width = (rect.right() - left - gap) / 2.0;
    let heads = rect.top() + 8.0;
    let top = rect.top() + 20.0;
    let height = ((rect.bottom() - top - gap) / 2.0).min(46.0);
    for (column, text) in ["called unusual", "called healthy"].into_iter().enumerate() {
        let at = pos2(left + (column as f32) * (width + gap) + width / 2.0, heads);
        paint::text(ui.painter(), at, Align2::CENTER_CENTER, text, font::caption(), theme.secondary);
    }
    let rows = [
        (shown.prepared.disease.as_str(), [(counts.tp, "found", true), (counts.fn_, "missed", false)]),
        (
            "healthy",
            [
                (counts.fp, if counts.fp == 1 { "false alarm" } else { "false alarms" }, false),
                (counts.tn, "cleared", true),
            ],
        ),
    ];
    for (row, (name, cells)) in rows.into_iter().enumerate() {
        let y = top + row as f32 * (height + gap);
        let name_rect = Rect::from_min_size(pos2(rect.left(), y), vec2(64.0, height));
        paint::line(ui, name_rect, name, font::caption(), theme.secondary);
        for (column, (count, word, right)) in cells.into_iter().enumerate() {
            let cell = Rect::from_min_size(pos2(left + column as f32 * (width + gap), y), vec2(width, height));
            let fill = if right { theme.raised } else { theme.surface };
            let corner = CornerRadius::same(radius::CONTROL);
            ui.painter().rect(cell, corner, fill, theme.border_stroke(), StrokeKind::Inside);
            let middle = cell.center();
            let number = format::count(count as usize);
            paint::text(
                ui.painter(),
                middle - vec2(0.0, 8.0),
                Align2::CENTER_CENTER,
                number,
                font::body_strong(),
                theme.text,
            );
            paint::text(
                ui.painter(),
                middle + vec2(0.0, 9.0),
                Align2::CENTER_CENTER,
                word,
                font::caption(),
                theme.secondary,
            );
            speak(ui, cell, ("cell", row, column), Role::Cell, &format!("{name} {word}: {count}"));
        }
    }
}

fn figures(ui: &Ui, rect: Rect, shown: &Shown<'_>) {
    let rates = &shown.outcome().rates;
    let f1 = rates.f1.map(|value| (format!("{value:.3}"), String::new()));
    let all = [
        ("Sensitivity", share(rates.sensitivity)),
        ("Specificity", share(rates.specificity)),
        ("Accuracy", share(rates.accuracy)),
        ("PPV", share(rates.ppv)),
        ("NPV", share(rates.npv)),
        ("F1", f1),
    ];
    let pitch = vec2(rect.width() / 3.0, (rect.height() / 2.0).min(56.0));
    for (index, (term, value)) in all.into_iter().enumerate() {
        let (column, row) = ((index % 3) as f32, (index / 3) as f32);
        let place = Rect::from_min_size(rect.min + vec2(column * pitch.x, row * pitch.y), pitch);
        figure(ui, place, term, value);
    }
}

/// The figure and its interval.
fn share(interval: Option<Interval>) -> Option<(String, String)> {
    interval.map(|share| (format::percent(share.value), format::percent_range(&share)))
}

fn figure(ui: &Ui, place: Rect, term: &str, value: Option<(String, String)>) {
    let theme = theme::of(ui);
    let (figure, range) = value.unwrap_or_else(|| ("–".to_owned(), String::new()));
    let said = if range.is_empty() { format!("{term} {figure}") } else { format!("{term} {figure} [{range}]") };
    let top = place.left_top() + vec2(0.0, 1.0);
    paint::text(ui.painter(), top, Align2::LEFT_TOP, term, font::caption(), theme.secondary);
    paint::text(ui.painter(), top + vec2(0.0, 15.0), Align2::LEFT_TOP, figure, font::title(), theme.text);
    paint::text(ui.painter(), top + vec2(0.0, 36.0), Align2::LEFT_TOP, range, font::caption(), theme.secondary);
    let response = speak(ui, place.shrink2(vec2(0.0, space::XS / 2.0)), ("figure", term), Role::Label, &said);
    glossary::explain(response, term);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::wilson;

    #[test]
    fn a_difference_within_chance_is_no_caution() {
        assert!(differ(0.95, &wilson(193, 234).unwrap()));
        assert!(!differ(0.95, &wilson(55, 60).unwrap()));
        assert!(differ(0.80, &wilson(230, 234).unwrap()), "more specific than promised is a difference too");
    }
}
