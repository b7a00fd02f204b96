//! The selected entry's probabilities: do they hold on the test images?

use egui::{Align2, CornerRadius, Rect, Role, Stroke, Ui, UiBuilder, pos2, vec2};

use super::curves::split;
use super::look::speak;
use super::plot::{UnitFrame, dashes, faint};
use super::{Shown, format};
use crate::domain::thousands;
use crate::evaluation::{self, Bin, Fit, Probabilities};
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{EmptyState, Segmented, glossary, paint};

/// The tallest bar of counts, as a share of the plot.
const TALLEST_COUNT: f32 = 0.16;
const FIGURE_ROW: f32 = 17.0;

/// Draws the tab.
pub fn show(ui: &mut Ui, content: Rect, shown: &Shown<'_>, fit: &mut Fit) {
    let found = match shown.prepared.probabilities(shown.selected, *fit) {
        Ok(found) => found,
        Err(why) => {
            EmptyState::new(icons::CHART_SCATTER, why).show(ui, content);
            return;
        }
    };
    let (frame, side) = split(content);
    frame.axes(ui, "predicted probability of disease", "Share that is diseased");
    counts(ui, frame, &found.reliability.bins);
    dashes(ui.painter(), &[frame.at([0.0, 0.0]), frame.at([1.0, 1.0])], Stroke::new(1.0, theme::of(ui).border), 4.0);
    bins(ui, frame, shown, &found.reliability.bins);
    figures(ui, side, shown, found, fit);
}

/// How many images each bin has, from the floor.
fn counts(ui: &Ui, frame: UnitFrame, bins: &[Bin]) {
    let theme = theme::of(ui);
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(1) as f32;
    for bin in bins {
        let height = f64::from(TALLEST_COUNT * bin.count as f32 / most);
        let bar = Rect::from_two_pos(frame.at([bin.low, 0.0]), frame.at([bin.high, height])).shrink2(vec2(0.5, 0.0));
        ui.painter().rect_filled(bar, CornerRadius::ZERO, faint(theme.healthy, 0.45));
    }
}

fn bins(ui: &Ui, frame: UnitFrame, shown: &Shown<'_>, bins: &[Bin]) {
    let look = shown.look();
    let line: Vec<_> = bins.iter().map(|bin| frame.at([bin.predicted, bin.observed.value])).collect();
    ui.painter().line(line.clone(), Stroke::new(1.3, faint(look.color, 0.6)));
    for (bin, &at) in bins.iter().zip(&line) {
        let (low, high) = (frame.at([bin.predicted, bin.observed.low]), frame.at([bin.predicted, bin.observed.high]));
        ui.painter().line_segment([low, high], Stroke::new(1.6, look.color));
        look.paint_mark(ui.painter(), at, 4.0);
    }
    let name = "Reliability diagram";
    let response = speak(ui, frame.rect, name, Role::Figure, name);
    let Some(pointer) = response.hover_pos() else { return };
    let nearest = bins.iter().zip(&line).min_by(|a, b| (a.1.x - pointer.x).abs().total_cmp(&(b.1.x - pointer.x).abs()));
    if let Some((bin, _)) = nearest {
        response.on_hover_text_at_pointer(format!(
            "{} of {} images are diseased: {} [{}], predicted {}",
            bin.diseased,
            bin.count,
            format::percent(bin.observed.value),
            format::percent_range(&bin.observed),
            format::percent(bin.predicted)
        ));
    }
}

fn figures(ui: &mut Ui, side: Rect, shown: &Shown<'_>, found: &Probabilities, fit: &mut Fit) {
    let theme = theme::of(ui);
    let control = Rect::from_min_size(side.min - vec2(0.0, 6.0), vec2(side.width(), 24.0));
    ui.scope_builder(UiBuilder::new().max_rect(control), |ui| {
        Segmented::new("Fitted by")
            .option(Fit::Platt, Fit::Platt.name())
            .tooltip("A sigmoid of the score, with smoothed targets (Platt 1999).")
            .option(Fit::Isotonic, Fit::Isotonic.name())
            .tooltip("Any curve that never falls, by pooling adjacent violators (Zadrozny and Elkan 2002).")
            .compact()
            .width(side.width())
            .show(ui, fit);
    });
    let reliability = &found.reliability;
    let mut y = control.bottom() + 16.0;
    for (term, value, strong) in [
        ("ECE", reliability.ece, true),
        ("MCE", reliability.mce, true),
        ("Brier", reliability.brier, true),
        ("Reliability", reliability.reliability, false),
        ("Resolution", reliability.resolution, false),
        ("Uncertainty", reliability.uncertainty, false),
    ] {
        let (font, ink) = if strong { (font::body(), theme.text) } else { (font::caption(), theme.secondary) };
        let left = if strong { side.left() } else { side.left() + 12.0 };
        paint::text(ui.painter(), pos2(left, y), Align2::LEFT_CENTER, term, font.clone(), theme.secondary);
        let text = format!("{value:.3}");
        paint::text(ui.painter(), pos2(side.right(), y), Align2::RIGHT_CENTER, &text, font, ink);
        let row = Rect::from_x_y_ranges(side.x_range(), y - FIGURE_ROW / 2.0..=y + FIGURE_ROW / 2.0);
        let response = speak(ui, row, ("calibration", term), Role::Label, &format!("{term} {text}"));
        glossary::explain(response, term);
        y += FIGURE_ROW;
    }
    note(ui, side.with_min_y(y), shown, found);
}

/// On what the curve was fitted, and what was done about the other mix of images.
fn note(ui: &Ui, rect: Rect, shown: &Shown<'_>, found: &Probabilities) {
    let theme = theme::of(ui);
    ui.painter().hline(rect.x_range(), rect.top(), theme.hairline_stroke());
    let shifted = shown.shift().is_some_and(evaluation::Shift::differs);
    let doubt = if shifted { ", which the shift gauge denies of healthy ones" } else { "" };
    let text = format!(
        "Fitted on {} held-out healthy and {} development images, no test image. Moved from their {} diseased to the test set's {}; unmoved, ECE is {:.3}. Assumes that a class scores alike there and here{doubt}.",
        thousands(found.healthy),
        thousands(found.diseased),
        format::percent(found.fit_prevalence),
        format::percent(found.test_prevalence),
        found.uncorrected_ece
    );
    let galley = paint::wrapped(ui, &text, font::caption(), theme.secondary, rect.width());
    let place = Rect::from_min_size(rect.min + vec2(0.0, 8.0), galley.size());
    ui.painter().galley(place.min, galley, theme.secondary);
    speak(ui, place, "calibration note", Role::Label, &text).on_hover_text(
        "Probabilities are moved to another prevalence after Saerens, Latinne and Decaestecker 2002. Bins, ECE and MCE as in Guo et al. 2017.",
    );
}
