//! "At this threshold": the confusion matrix, every share that follows from it, and what is to be thought of them: whether
//! healthy images shifted, and what a call is worth at another prevalence.

use egui::{Align2, CornerRadius, Rect, Response, Role, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::look::speak;
use super::{Shown, format, gauge};
use crate::domain::{Interval, thousands};
use crate::evaluation::{self, PredictiveValues};
use crate::ui::icons;
use crate::ui::theme::{self, font, radius, space};
use crate::ui::widgets::{Card, IconButton, Slider, glossary, header, paint};

/// Prevalences on offer, in per cent.
const PREVALENCE: std::ops::RangeInclusive<f32> = 0.1..=95.0;
/// The strip of shift and prevalence under the figures.
const STRIP: f32 = 38.0;

/// Draws the card. `prevalence` (0–1) is what predictive values are for; the test set's own where none is set.
pub fn show(ui: &mut Ui, card: Rect, shown: &Shown<'_>, prevalence: &mut Option<f64>) {
    Card::new(card).show(ui, |ui| {
        let inner = ui.max_rect();
        let top = Rect::from_min_size(inner.min - vec2(0.0, 6.0), vec2(inner.width(), 22.0));
        ui.scope_builder(UiBuilder::new().max_rect(top), |ui| {
            header(ui, 22.0, "At this threshold", |ui| nominal(ui, shown));
        });
        let strip = inner.with_min_y(inner.bottom() - STRIP);
        let below = Rect::from_min_max(pos2(inner.left(), top.bottom() + 2.0), pos2(inner.right(), strip.top() - 8.0));
        let matrix = below.with_max_x(below.left() + 232.0);
        confusion(ui, matrix, shown);
        let right = matrix.right() + 16.0;
        ui.painter().hline(inner.x_range(), strip.top() - 2.0, theme::of(ui).hairline_stroke());
        gauge::show(ui, strip.with_max_x(matrix.right()).translate(vec2(0.0, 2.0)), shown);
        prevalence_control(ui, strip.with_min_x(right).translate(vec2(0.0, 2.0)), shown, prevalence);
        figures(ui, below.with_min_x(right), shown, *prevalence);
    });
}

/// Per cent with two figures: "0.25", "12", "62.5" for the test set's own.
fn in_percent(prevalence: f64) -> String {
    let percent = prevalence * 100.0;
    match percent {
        percent if percent < 9.95 => format!("{percent:.1}{}%", format::THIN),
        percent => format!("{percent:.0}{}%", format::THIN),
    }
}

/// The slider of prevalence with one sentence of what it changes. It comes before the figures, which follow in the same
/// frame.
fn prevalence_control(ui: &mut Ui, rect: Rect, shown: &Shown<'_>, prevalence: &mut Option<f64>) {
    let theme = theme::of(ui);
    let Some(own) = evaluation::prevalence_of(&shown.outcome().confusion) else { return };
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), 18.0));
    let placed = paint::line(ui, line, "Prevalence", font::caption(), theme.secondary);
    glossary::explain(speak(ui, placed, "prevalence", Role::Label, "Prevalence"), "Prevalence");
    let back = Rect::from_center_size(line.right_center() - vec2(10.0, 0.0), vec2(20.0, 20.0));
    let figure = Rect::from_min_max(pos2(back.left() - 48.0, line.top()), pos2(back.left() - 4.0, line.bottom()));
    let track = Rect::from_min_max(
        pos2(placed.right() + 10.0, line.center().y - 10.0),
        pos2(figure.left() - 6.0, line.center().y + 10.0),
    );
    ui.scope_builder(UiBuilder::new().max_rect(track), |ui| {
        let mut percent = (prevalence.unwrap_or(own) * 100.0) as f32;
        let slider = Slider::new("Prevalence in per cent", &mut percent, PREVALENCE).logarithmic().width(track.width());
        if ui.add(slider).changed() {
            // Two figures: what is written beside the slider is what it stands at.
            let scale = if percent < 9.95 { 10.0 } else { 1.0 };
            *prevalence = Some((f64::from(percent) * scale).round() / scale / 100.0);
        }
    });
    ui.scope_builder(UiBuilder::new().max_rect(back), |ui| {
        let button = IconButton::new(icons::ARROW_COUNTER_CLOCKWISE, "Prevalence of the test set").side(20.0);
        if ui.add_enabled(prevalence.is_some(), button).clicked() {
            *prevalence = None;
        }
    });
    let text = prevalence.map_or_else(|| format::percent(own), in_percent);
    paint::text(ui.painter(), figure.right_center(), Align2::RIGHT_CENTER, text, font::caption_strong(), theme.text);
    let below = Rect::from_min_size(line.left_bottom(), vec2(rect.width(), 16.0));
    let (sentence, why) = match prevalence {
        None => (
            "as in the test set; move to ask elsewhere".to_owned(),
            "PPV and NPV are counted on the test images, with Wilson intervals. They hold only where as many are diseased.".to_owned(),
        ),
        Some(set) => (
            format!("PPV, NPV if {} were diseased", in_percent(*set)),
            format!(
                "PPV and NPV by Bayes' theorem where {} of the images are diseased instead of the test set's {}, with sensitivity and specificity as measured here; logit intervals (Mercaldo, Lau and Zhou 2007). All else on this screen stays.",
                in_percent(*set),
                format::percent(own)
            ),
        ),
    };
    let placed = paint::line(ui, below, &sentence, font::caption(), theme.secondary);
    speak(ui, placed, "prevalence sentence", Role::Label, &sentence).on_hover_text(why);
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
    let set = if shown.rule.rests_on_held_out() { " that set the threshold" } else { "" };
    let unlike = if differs {
        " Its interval leaves the nominal value out: the two sets of healthy images are not alike."
    } else {
        ""
    };
    let why =
        format!("Nominal: on the held-out healthy training images{set}. Achieved: on the healthy test images.{unlike}");
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
    let height = ((rect.bottom() - top - gap) / 2.0).clamp(30.0, 46.0);
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
            let number = thousands(count as usize);
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

fn figures(ui: &Ui, rect: Rect, shown: &Shown<'_>, prevalence: Option<f64>) {
    let rates = &shown.outcome().rates;
    let counted = PredictiveValues { ppv: rates.ppv, npv: rates.npv };
    let PredictiveValues { ppv, npv } =
        prevalence.map_or(counted, |set| evaluation::predictive_values(&shown.outcome().confusion, set));
    let f1 = rates.f1.map(|value| (format!("{value:.3}"), String::new()));
    // Of the six only PPV and NPV follow the slider; accuracy and F1 would be other ones there, too, and say whose they are.
    let own = evaluation::prevalence_of(&shown.outcome().confusion).unwrap_or_default();
    let [of_set, of_test] = match prevalence {
        Some(set) => [format!(" at {}", in_percent(set)), ", test".to_owned()],
        None => [String::new(), String::new()],
    };
    let why = prevalence.map(|_| format!("Where {} are diseased, as in the test set.", format::percent(own)));
    let all = [
        ("Sensitivity", "", share(rates.sensitivity)),
        ("Specificity", "", share(rates.specificity)),
        ("Accuracy", &*of_test, share(rates.accuracy)),
        ("PPV", &*of_set, share(ppv)),
        ("NPV", &*of_set, share(npv)),
        ("F1", &*of_test, f1),
    ];
    let pitch = vec2(rect.width() / 3.0, (rect.height() / 2.0).min(56.0));
    for (index, (term, at, value)) in all.into_iter().enumerate() {
        let (column, row) = ((index % 3) as f32, (index / 3) as f32);
        let place = Rect::from_min_size(rect.min + vec2(column * pitch.x, row * pitch.y), pitch);
        let response = figure(ui, place, (term, at), value);
        if let Some(why) = why.as_ref().filter(|_| at == of_test) {
            response.on_hover_text(why);
        }
    }
}

/// The figure and its interval.
fn share(interval: Option<Interval>) -> Option<(String, String)> {
    interval.map(|share| format::share_of_all(&share))
}

/// One figure; `at` stands behind the term and says where it holds.
fn figure(ui: &Ui, place: Rect, (term, at): (&str, &str), value: Option<(String, String)>) -> Response {
    let theme = theme::of(ui);
    let (figure, range) = value.unwrap_or_else(|| ("–".to_owned(), String::new()));
    let name = format!("{term}{at}");
    let said = if range.is_empty() { format!("{name} {figure}") } else { format!("{name} {figure} [{range}]") };
    let top = place.left_top() + vec2(0.0, 1.0);
    paint::text(ui.painter(), top, Align2::LEFT_TOP, &name, font::caption(), theme.secondary);
    paint::text(ui.painter(), top + vec2(0.0, 15.0), Align2::LEFT_TOP, figure, font::title(), theme.text);
    paint::text(ui.painter(), top + vec2(0.0, 36.0), Align2::LEFT_TOP, range, font::caption(), theme.secondary);
    let response = speak(ui, place.shrink2(vec2(0.0, space::XS / 2.0)), ("figure", term), Role::Label, &said);
    glossary::explain(response, term)
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

    #[test]
    fn prevalences_have_two_figures() {
        assert_eq!(
            [0.001, 0.0254, 0.1, 0.951].map(in_percent),
            ["0.1\u{2009}%", "2.5\u{2009}%", "10\u{2009}%", "95\u{2009}%"]
        );
    }
}
