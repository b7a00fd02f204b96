//! What stands under the images: facts of the case, and each model's score among healthy ones.

use egui::{Align2, Color32, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::facts::Facts;
use super::threshold::Threshold;
use crate::domain::{Analysis, EnsembleMember, Lungs, ModelInfo, NoLungs, thousands};
use crate::evaluation;
use crate::ui::icons;
use crate::ui::theme::{self, Theme, font};
use crate::ui::widgets::{ScoreHistogram, glossary, paint};

/// From the pane's edge to words and bars.
const INSET: f32 = 13.0;
/// From the top of the figures to that of the histogram.
const HISTOGRAM_TOP: f32 = 35.0;
const HISTOGRAM_HEIGHTS: std::ops::RangeInclusive<f32> = 40.0..=150.0;
/// Under the histogram: score and threshold, then what of the map lies in the lungs.
const CAPTION: f32 = 30.0;
/// What the figure after ± is.
pub const SPREAD: &str =
    "±: standard deviation between the ensemble's networks. Where they disagree, trust the score less.";
/// Beside the figure of an image with a lesion.
const PAINTED: &str = "with synthetic lesion";
const LUNGS: f32 = 19.0;
/// Under the name of an image that the models are not made for, and of one without anything in it.
const NO_CHEST: &str = "Does not look like a chest X-ray";
const FLAT: &str = "No contrast: scores mean nothing";
/// What is too wide for its line gets one of its own of this height, where there is room.
const OWN_LINE: f32 = 16.0;
/// Between lines of facts.
const LINE: f32 = 20.0;

/// "99.5 %": with n held-out images at most n/(n + 1), so never 100.
pub fn percent(share: f64) -> String {
    let percent = (share.clamp(0.0, 1.0) * 1000.0).round() / 10.0;
    let percent = if share < 1.0 { percent.min(99.9) } else { percent };
    format!("{percent:.1}\u{2009}%")
}

/// "4.31 σ", with a minus sign where there is one.
pub fn sigma(value: f64) -> String {
    format!("{value:.2} σ").replace('-', "−")
}

/// "4.31 ± 0.40 σ": the spread between the networks of an ensemble, where there are several.
pub fn sigma_of(analysis: &Analysis) -> String {
    match &analysis.disagreement {
        Some(found) => format!("{:.2} ± {:.2} σ", analysis.sigma, found.spread_sigma).replace('-', "−"),
        None => sigma(analysis.sigma),
    }
}

/// "p 0.005"
pub fn p_value(value: f64) -> String {
    if value < 0.001 { "p < 0.001".to_owned() } else { format!("p {value:.3}") }
}

/// The score of one model, in its `color`; figures of the case before have none and are dimmed.
pub fn score(
    ui: &Ui,
    rect: Rect,
    model: &ModelInfo,
    analysis: &Analysis,
    threshold: &Threshold,
    color: Option<Color32>,
) {
    let theme = theme::of(ui);
    let inner = rect.shrink2(vec2(INSET, 0.0));
    let (ink, ink_soft) = color.map_or((theme.disabled, theme.disabled), |_| (theme.text, theme.secondary));
    let figure = percent(analysis.share_lower);
    let placed = paint::line(ui, line(inner, 20.0, 24.0), &figure, font::figure(), ink);
    let beside =
        Rect::from_min_max(pos2(placed.right() + 7.0, rect.top() + 14.0), pos2(inner.right(), rect.top() + 34.0));
    let painted = !analysis.case.lesions().is_empty();
    let (long, short, soft) = if painted {
        (PAINTED, "synthetic lesion", theme.caution)
    } else {
        ("of healthy are lower", "are lower", ink_soft)
    };
    let [first, second] = own_lines(ui, rect.height(), inner.width());
    let words = if first > 0.0 { line(inner, HISTOGRAM_TOP + 5.0, OWN_LINE) } else { beside };
    let fits = paint::width(ui, long, font::caption()) <= words.width();
    paint::line(ui, words, if fits { long } else { short }, font::caption(), soft);
    let hint = hover(ui, Rect::from_min_max(inner.min, pos2(inner.right(), words.bottom())), "share", || {
        let painted = if painted { format!(", {PAINTED}") } else { String::new() };
        format!("{}: {figure} of healthy are lower{painted}", model.name)
    });
    let n = model.calibration.healthy_scores.len();
    hint.on_hover_ui(|ui| {
        ui.label(format!("Of {n} held-out healthy images, so many have a lower score from {}.", model.name));
        ui.label(format!("Score: {}.", model.score.describe()));
    });
    let parts = Caption::new(model, analysis, threshold);
    let top = HISTOGRAM_TOP + first;
    let height =
        (rect.height() - top - second - CAPTION - LUNGS).clamp(*HISTOGRAM_HEIGHTS.start(), *HISTOGRAM_HEIGHTS.end());
    let bars = Rect::from_min_size(pos2(inner.left(), rect.top() + top), vec2(inner.width(), height));
    ScoreHistogram::new("", &model.calibration, bars.size())
        .mark(analysis.sigma, color.unwrap_or(theme.disabled))
        .threshold(threshold.sigma)
        .paint(ui, bars);
    histogram_hint(ui, bars, model, analysis, threshold);
    let under = bars.bottom() - rect.top() + 9.5;
    parts.paint(ui, line(inner, under + second / 2.0, OWN_LINE + second), ink_soft);
    lungs(ui, line(inner, under + second + LUNGS, OWN_LINE), analysis, ink_soft);
    let below = rect.with_min_y(bars.bottom() + second + CAPTION + LUNGS + 4.0);
    if below.height() > LINE {
        model_facts(ui, below, model, analysis, ink);
    }
}

/// Heights of a line for the words beside the figure and of one for the threshold, which narrow panes have where they are
/// high enough. By the widest that is usual and not by what stands there, so that all panes are alike.
fn own_lines(ui: &Ui, height: f32, width: f32) -> [f32; 2] {
    let caption = |text: &str| paint::width(ui, text, font::caption());
    let words = paint::width(ui, "99.9\u{2009}%", font::figure()) + 7.0 + caption("of healthy are lower");
    let threshold = caption("4.30 σ · threshold 1.62") + 8.0 + caption("p 0.005");
    let mut spare = height - HISTOGRAM_TOP - *HISTOGRAM_HEIGHTS.start() - CAPTION - LUNGS;
    [words, threshold].map(|wanted| {
        let own = if wanted > width && spare >= OWN_LINE { OWN_LINE } else { 0.0 };
        spare -= own;
        own
    })
}

/// What is known of a model, where there is room.
fn model_facts(ui: &Ui, rect: Rect, model: &ModelInfo, analysis: &Analysis, ink: Color32) {
    let time = |secs: f64| if secs < 100.0 { format!("{secs:.0} s") } else { format!("{:.0} min", secs / 60.0) };
    let cpu = model.training_cpu_secs.map_or_else(String::new, |secs| format!(" ({} CPU)", time(secs)));
    let time = time(model.training_secs);
    let best = match model.best_epoch {
        Some(epoch) => format!(", best epoch {epoch}"),
        None => format!(", {} networks", model.members.len()),
    };
    let values = [
        format!("{:.4}, in {:.1} ms", analysis.score, analysis.took_ms),
        model.score.describe(),
        format!("{time}{cpu}{best}"),
        format!("{} parameters", thousands(model.parameters as usize)),
    ];
    let terms = ["Score", "Compares", "Trained", "Size"];
    for (index, (term, value)) in terms.into_iter().zip(&values).enumerate() {
        let row = line(rect.shrink2(vec2(INSET - 1.0, 0.0)), LINE * (index as f32 + 0.5), LINE);
        if row.bottom() <= rect.bottom() - 4.0 {
            fact(ui, theme::of(ui), row, term, value, ink);
        }
    }
}

/// A line of `rect` whose middle lies `center` under its top.
fn line(rect: Rect, center: f32, height: f32) -> Rect {
    let y = rect.top() + center;
    Rect::from_min_max(pos2(rect.left(), y - height / 2.0), pos2(rect.right(), y + height / 2.0))
}

fn hover(ui: &Ui, rect: Rect, salt: &str, text: impl Fn() -> String) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(salt), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text()));
    response
}

fn histogram_hint(ui: &Ui, bars: Rect, model: &ModelInfo, analysis: &Analysis, threshold: &Threshold) {
    let n = model.calibration.healthy_scores.len();
    let response = hover(ui, bars, "histogram", || {
        let (score, line) = (sigma(analysis.sigma), sigma(threshold.sigma));
        let how = evaluation::set_how(threshold.rule);
        format!("Scores of {n} healthy images; this case at {score}, threshold at {line}{how}")
    });
    response.on_hover_ui(|ui| {
        ui.label(format!("Scores of {n} held-out healthy images in σ, from −2.5 to 7; beyond, at the edge."));
        ui.label(format!("Dashed: the threshold, {}. In colour: this case.", threshold.provenance(model)));
    });
}

/// Score and threshold at the left, p at the right; in a narrow pane the threshold under them where there is room, else on
/// hover.
struct Caption<'a> {
    model: &'a ModelInfo,
    analysis: &'a Analysis,
    provenance: String,
    score: String,
    threshold: String,
    p: String,
}

impl<'a> Caption<'a> {
    fn new(model: &'a ModelInfo, analysis: &'a Analysis, threshold: &Threshold) -> Self {
        Self {
            model,
            analysis,
            provenance: threshold.provenance(model),
            score: sigma_of(analysis),
            threshold: format!("threshold {:.2}{}", threshold.sigma, evaluation::set_how(threshold.rule))
                .replace('-', "−"),
            p: p_value(analysis.p_value),
        }
    }

    fn long(&self) -> String {
        format!("{} · {}", self.score, self.threshold)
    }

    /// All of it on one line.
    fn fits(&self, ui: &Ui, width: f32) -> bool {
        let of = |text: &str| paint::width(ui, text, font::caption());
        of(&self.long()) + of(&self.p) + 8.0 <= width
    }

    /// On one line or, in a place that is high enough, on two.
    fn paint(&self, ui: &Ui, rect: Rect, ink: Color32) {
        let first = rect.with_max_y(rect.top() + OWN_LINE);
        let long = self.long();
        let two_lines = rect.height() > OWN_LINE;
        let left = if !two_lines && self.fits(ui, rect.width()) { &long } else { &self.score };
        paint::line(ui, first, left, font::caption(), ink);
        paint::text(ui.painter(), first.right_center(), Align2::RIGHT_CENTER, &self.p, font::caption(), ink);
        if two_lines {
            paint::line(ui, rect.with_min_y(first.bottom()), &self.threshold, font::caption(), ink);
        }
        let hint = hover(ui, rect, "caption", || format!("{long}, {}", self.p));
        hint.on_hover_ui(|ui| {
            ui.label(&long);
            ui.label(format!("The threshold: {}.", self.provenance));
            members(ui, self.model, self.analysis);
            if let Some(note) = self.model.score.map_note() {
                ui.label(note);
            }
            for term in ["σ", "Threshold", "Conformal p"] {
                if let Some(meaning) = glossary::define(term) {
                    ui.label(format!("{term}: {meaning}"));
                }
            }
        });
    }
}

/// What each network of an ensemble makes of the image.
fn members(ui: &mut Ui, model: &ModelInfo, analysis: &Analysis) {
    let Some(found) = &analysis.disagreement else { return };
    ui.label(SPREAD);
    for (member, value) in EnsembleMember::describe_all(&model.members, &model.score).iter().zip(&found.sigmas) {
        ui.label(format!("{member}: {}", sigma(*value)));
    }
}

/// How much of the map lies in the lungs: a check whether the model looks where it should. Nothing about other images than
/// chest X-rays.
fn lungs(ui: &Ui, rect: Rect, analysis: &Analysis, ink: Color32) {
    let theme = theme::of(ui);
    let whole = |share: f64| format!("{:.0}\u{2009}%", share * 100.0);
    let (words, ink) = match &analysis.lungs {
        Ok(Lungs { share: Some(share), .. }) => (format!("{} of the map lies in the lungs", whole(*share)), ink),
        Ok(_) => ("Nothing on the map".to_owned(), ink),
        Err(NoLungs::OtherImages | NoLungs::OtherImage | NoLungs::Flat) => return,
        Err(NoLungs::Unknown(_)) => ("Share in the lungs: not known".to_owned(), theme.disabled),
    };
    let short = words.replace("of the map lies in the lungs", "in the lungs");
    let fits = paint::width(ui, &words, font::caption()) <= rect.width();
    paint::line(ui, rect, if fits { &words } else { &short }, font::caption(), ink);
    let hint = hover(ui, rect, "lungs", || words.clone());
    hint.on_hover_ui(|ui| match &analysis.lungs {
        Ok(lungs) => {
            ui.label(format!("The lungs take up {} of the image (O outlines them).", whole(lungs.area)));
            ui.label("A map that avoids them hints at a shortcut: markers, collimation, how the image was taken.");
        }
        Err(reason) => {
            ui.label(reason.sentence());
        }
    });
}

/// The facts of a case, one a line.
pub fn facts(ui: &Ui, rect: Rect, facts: &Facts) {
    let theme = theme::of(ui);
    let inner = Rect::from_min_max(rect.min + vec2(INSET - 1.0, 0.0), rect.max - vec2(4.0, 0.0));
    let name = line(inner, 17.5, 20.0);
    paint::line(ui, name, &facts.name, font::body(), theme.text);
    hover(ui, name, "name", || facts.name.clone()).on_hover_text(&facts.name);
    let seen = if facts.seen { theme.caution } else { theme.text };
    if let Some(caution) = &facts.caution {
        let row = line(inner, 42.5, LINE);
        paint::icon(ui.painter(), pos2(row.left() + 6.5, row.center().y), icons::WARNING, 13.0, theme.caution);
        let words = if *caution == NoLungs::Flat { FLAT } else { NO_CHEST };
        paint::line(ui, row.with_min_x(row.left() + 18.0), words, font::caption(), theme.text);
        hover(ui, row, "caution", || caution.sentence()).on_hover_text(caution.sentence());
    }
    // Where a caution takes the first line, an image of one's own goes without a label, which it has not got, and others
    // without what models get.
    let lines = [
        ("Labelled", &facts.labelled, theme.text),
        ("Split", &facts.split, seen),
        ("File", &facts.file, theme.text),
        ("Models get", &facts.models_get, theme.text),
    ];
    let first = usize::from(facts.caution.is_some());
    let shown = lines.into_iter().skip(first * usize::from(facts.own)).take(4 - first);
    for (index, (term, value, ink)) in (first..).zip(shown) {
        let row = line(inner, 42.5 + LINE * index as f32, LINE);
        if row.bottom() <= rect.bottom() + 1.0 {
            fact(ui, theme, row, term, value, ink);
        }
    }
}

fn fact(ui: &Ui, theme: &Theme, row: Rect, term: &str, value: &str, ink: Color32) {
    let split = row.left() + 65.0;
    paint::line(ui, row, term, font::caption(), theme.secondary);
    let place = Rect::from_min_max(pos2(split, row.top()), row.max);
    let value = if value.is_empty() { "–" } else { value };
    paint::line(ui, place, value, font::caption(), ink);
    hover(ui, row, term, || format!("{term}: {value}")).on_hover_ui(|ui| {
        ui.label(value);
        if let Some(meaning) = value.contains("CLAHE").then(|| glossary::define("CLAHE")).flatten() {
            ui.label(meaning);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::compare::fixture;

    #[test]
    fn a_share_below_one_is_never_shown_as_all() {
        assert_eq!(percent(194.0 / 195.0), "99.5\u{2009}%");
        assert_eq!(percent(0.999_99), "99.9\u{2009}%");
        assert_eq!(percent(0.0), "0.0\u{2009}%");
    }

    #[test]
    fn the_spread_of_an_ensemble_stands_beside_its_score() {
        let state = fixture::state(1);
        let (_, analysis) = fixture::shown(&state).next().expect("an analysis");
        let single = Analysis { sigma: -0.5, ..analysis.clone() };
        assert_eq!(sigma_of(&single), "−0.50 σ");
        let ensemble = fixture::of_ensemble(single);
        assert_eq!(sigma_of(&ensemble), "−0.50 ± 0.40 σ");
    }

    #[test]
    fn figures_keep_their_form() {
        assert_eq!(sigma(-0.416), "−0.42 σ");
        assert_eq!(sigma(4.306), "4.31 σ");
        assert_eq!(p_value(0.005_13), "p 0.005");
        assert_eq!(p_value(0.000_4), "p < 0.001");
    }
}
