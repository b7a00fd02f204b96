//! ROC and precision–recall curves with the operating point, and the tabs beside them.

use egui::{
    Align2, CornerRadius, Id, Key, Rangef, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};
use serde::{Deserialize, Serialize};

use super::heatmaps::Against;
use super::look::{speak, whole_on_hover};
use super::plot::{UnitFrame, dashes, faint};
use super::{Shown, calibration, format, groups, heatmaps, paired};
use crate::domain::{BenchmarkEntry, SampleId, thousands};
use crate::evaluation::{BOOTSTRAP_RESAMPLES, Fit, set_how};
use crate::ui::command::Commands;
use crate::ui::state::State;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Card, glossary, paint};

const TABS: f32 = 36.0;
const LEGEND: f32 = 168.0;
const LEGEND_ROW: f32 = 24.0;
/// With a name on two lines of small type.
const LEGEND_TALL_ROW: f32 = 30.0;

/// What the card at the right shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tab {
    #[default]
    Roc,
    PrecisionRecall,
    Calibration,
    Heatmaps,
    Groups,
    Paired,
}

impl Tab {
    fn name(self) -> &'static str {
        match self {
            Self::Roc => "ROC",
            Self::PrecisionRecall => "PR",
            Self::Calibration => "Calibration",
            Self::Heatmaps => "Heatmaps",
            Self::Groups => "Sub-groups",
            Self::Paired => "Paired tests",
        }
    }

    fn explanation(self) -> &'static str {
        match self {
            Self::Roc => "Sensitivity against false alarms at every threshold.",
            Self::PrecisionRecall => {
                "Precision against recall at every threshold. Its floor is the share of diseased images."
            }
            Self::Calibration => "Whether probabilities of disease, fitted outside the test set, hold on it.",
            Self::Heatmaps => "How well maps show synthetic lesions whose place is known.",
            Self::Groups => "The same figures for one group of images at a time.",
            Self::Paired => "Whether two scores differ on the same images.",
        }
    }
}

/// What is chosen in the card.
pub struct Choices<'a> {
    pub tab: &'a mut Tab,
    pub fit: &'a mut Fit,
    pub grouping: &'a mut String,
    pub against: &'a mut Against,
}

/// Draws the card with the chosen tab; gives the samples whose thumbnails are in view.
pub fn show(
    ui: &mut Ui,
    card: Rect,
    shown: &Shown<'_>,
    choices: Choices<'_>,
    state: &State,
    commands: &mut Commands,
) -> Vec<SampleId> {
    let Choices { tab, fit, grouping, against } = choices;
    let mut offered = vec![Tab::Roc, Tab::PrecisionRecall, Tab::Calibration, Tab::Heatmaps, Tab::Groups];
    // Nothing invites to a second entry here.
    if !shown.prepared.benchmark.paired.is_empty() {
        offered.push(Tab::Paired);
    }
    if !offered.contains(tab) {
        *tab = Tab::Roc;
    }
    let visible = Card::new(card).padding(0.0).show(ui, |ui| {
        tabs(ui, card, &offered, tab);
        let content = card.with_min_y(card.top() + TABS).shrink2(vec2(space::CARD, 0.0));
        match tab {
            Tab::Roc => roc(ui, content, shown),
            Tab::PrecisionRecall => precision_recall(ui, content, shown),
            Tab::Calibration => calibration::show(ui, content, shown, fit),
            Tab::Heatmaps => return heatmaps::show(ui, content, shown, against, state, commands),
            Tab::Groups => groups::show(ui, content, shown, grouping, commands),
            Tab::Paired => paired::show(ui, content, shown),
        }
        Vec::new()
    });
    visible.inner
}

fn tabs(ui: &mut Ui, card: Rect, offered: &[Tab], chosen: &mut Tab) {
    let theme = theme::of(ui);
    let line = card.top() + TABS;
    ui.painter().hline(card.shrink(1.0).x_range(), line, theme.hairline_stroke());
    let mut x = card.left() + 16.0;
    for &tab in offered {
        let width = paint::width(ui, tab.name(), font::body());
        let rect = Rect::from_min_max(pos2(x, card.top()), pos2(x + width, line));
        let response = ui.interact(rect.expand2(vec2(8.0, 0.0)), Id::unique(("benchmark tab", tab)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), tab == *chosen, tab.name()));
        let ink = if tab == *chosen || response.hovered() { theme.text } else { theme.secondary };
        paint::text(ui.painter(), rect.center(), Align2::CENTER_CENTER, tab.name(), font::body(), ink);
        if tab == *chosen {
            ui.painter().hline(rect.x_range(), line - 1.0, Stroke::new(2.0, theme.accent));
        }
        if response.has_focus() {
            let ring = rect.shrink2(vec2(-4.0, 8.0));
            ui.painter().rect_stroke(ring, CornerRadius::same(4), theme.focus_stroke(), StrokeKind::Outside);
        }
        if response.clicked() || (response.has_focus() && ui.input(|input| input.key_pressed(Key::Space))) {
            *chosen = tab;
        }
        response.on_hover_text(tab.explanation());
        x += width + 24.0;
    }
}

/// A square plot at the left, its legend at the right.
pub fn split(content: Rect) -> (UnitFrame, Rect) {
    let room = vec2(content.width() - LEGEND - 16.0 - 36.0, content.height() - 32.0 - 42.0);
    let side = room.min_elem().max(80.0);
    let plot = Rect::from_min_size(content.min + vec2(36.0, 32.0), vec2(side, side));
    let legend = Rect::from_min_max(pos2(plot.right() + 16.0, content.top() + 16.0), content.max - vec2(0.0, 12.0));
    (UnitFrame { rect: plot }, legend)
}

fn roc(ui: &mut Ui, content: Rect, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let (frame, legend_rect) = split(content);
    frame.axes(ui, "1 − specificity", "Sensitivity");
    dashes(ui.painter(), &[frame.at([0.0, 0.0]), frame.at([1.0, 1.0])], Stroke::new(1.0, theme.border), 4.0);
    let entry = shown.entry();
    ui.painter().add(frame.band(&entry.roc_band, faint(shown.look().color, 0.2)));
    curves(ui, frame, shown, |entry| &entry.roc);
    let rates = &shown.outcome().rates;
    if let (Some(sensitivity), Some(specificity)) = (rates.sensitivity, rates.specificity) {
        frame.operating_point(ui, [1.0 - specificity.value, sensitivity.value]);
    }
    let hover = hover(ui, frame, "Receiver operating characteristic");
    read_out(hover, frame, &entry.roc, |[x, y]| {
        format!("{}: sensitivity {} at specificity {}", entry.name, format::percent(y), format::percent(1.0 - x))
    });
    let y = legend(ui, legend_rect, shown, "AUROC", |entry| entry.auroc.value);
    let resamples = thousands(BOOTSTRAP_RESAMPLES as usize);
    notes(ui, legend_rect, y, shown, &format!("Band: 95{}% bootstrap,\n{resamples} resamples", format::THIN));
}

fn precision_recall(ui: &mut Ui, content: Rect, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let (frame, legend_rect) = split(content);
    frame.axes(ui, "Recall (sensitivity)", "Precision");
    let prevalence = shown.prepared.diseased as f64 / shown.prepared.benchmark.cases.len().max(1) as f64;
    let floor = [frame.at([0.0, prevalence]), frame.at([1.0, prevalence])];
    dashes(ui.painter(), &floor, Stroke::new(1.0, theme.secondary), 4.0);
    curves(ui, frame, shown, |entry| &entry.pr);
    let rates = &shown.outcome().rates;
    if let (Some(recall), Some(precision)) = (rates.sensitivity, rates.ppv) {
        frame.operating_point(ui, [recall.value, precision.value]);
    }
    let entry = shown.entry();
    let hover = hover(ui, frame, "Precision and recall");
    read_out(hover, frame, &entry.pr, |[x, y]| {
        format!("{}: precision {} at recall {}", entry.name, format::percent(y), format::percent(x))
    });
    let y = legend(ui, legend_rect, shown, "AUPRC", |entry| entry.auprc);
    let floor = format!("Dashed: {} of the\nimages are {}", format::percent(prevalence), shown.prepared.disease);
    notes(ui, legend_rect, y, shown, &floor);
}

/// All curves, the selected one last and strongest.
fn curves(ui: &Ui, frame: UnitFrame, shown: &Shown<'_>, curve: impl Fn(&BenchmarkEntry) -> &[[f64; 2]]) {
    let clipped = ui.painter().with_clip_rect(frame.rect.expand(1.5).intersect(ui.clip_rect()));
    let entries = &shown.prepared.benchmark.entries;
    let others = (0..entries.len()).rev().filter(|&index| index != shown.selected);
    for index in others.chain([shown.selected]) {
        let (line, look) = (frame.line(curve(&entries[index])), shown.looks[index]);
        let width = if index == shown.selected { 2.2 } else { 1.3 };
        let stroke = Stroke::new(width, look.color);
        if look.baseline {
            dashes(&clipped, &line, stroke, 3.5);
        } else {
            clipped.add(Shape::line(line, stroke));
        }
    }
}

fn hover(ui: &Ui, frame: UnitFrame, name: &str) -> Response {
    speak(ui, frame.rect, name, Role::Figure, name)
}

/// The curve's nearest point under the pointer.
fn read_out(response: Response, frame: UnitFrame, curve: &[[f64; 2]], text: impl Fn([f64; 2]) -> String) {
    let Some(pointer) = response.hover_pos() else { return };
    let near = curve
        .iter()
        .copied()
        .min_by(|&a, &b| (frame.at(a) - pointer).length_sq().total_cmp(&(frame.at(b) - pointer).length_sq()));
    if let Some(point) = near {
        response.on_hover_text_at_pointer(text(point));
    }
}

/// Names and areas, best first; gives where it ends.
fn legend(ui: &Ui, rect: Rect, shown: &Shown<'_>, term: &str, area: impl Fn(&BenchmarkEntry) -> f64) -> f32 {
    let theme = theme::of(ui);
    let entries = &shown.prepared.benchmark.entries;
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|&a, &b| area(&entries[b]).total_cmp(&area(&entries[a])));
    let head = pos2(rect.right(), rect.top() - 2.0);
    let placed = paint::text(ui.painter(), head, Align2::RIGHT_CENTER, term, font::caption(), theme.secondary);
    glossary::explain(speak(ui, placed, ("legend", term), Role::Label, term), term);
    // Two notes of three lines follow.
    let below = rect.height() - 96.0;
    // Where there is room for all of them, names may take two lines.
    let pitch = if order.len() as f32 * LEGEND_TALL_ROW <= below { LEGEND_TALL_ROW } else { LEGEND_ROW };
    let room = (below / pitch).max(1.0) as usize;
    let mut y = rect.top() + 6.0 + pitch / 2.0;
    for &index in order.iter().take(room) {
        let (entry, look) = (&entries[index], shown.looks[index]);
        let strong = index == shown.selected;
        let ink = if look.baseline && !strong { theme.secondary } else { theme.text };
        let sample = [pos2(rect.left(), y), pos2(rect.left() + 13.0, y)];
        if look.baseline {
            dashes(ui.painter(), &sample, Stroke::new(1.6, look.color), 3.0);
        } else {
            ui.painter().line_segment(sample, Stroke::new(2.0, look.color));
        }
        let value = pos2(rect.right(), y);
        let font = match (strong, look.baseline) {
            (true, false) => font::body_strong(),
            (false, false) => font::body(),
            // A name in italics that is strong as well would not fit.
            (_, true) => font::caption(),
        };
        let figure = look.name(ui, &format::area(area(entry)), font.clone(), ink, 60.0);
        ui.painter().galley(value - vec2(figure.size().x, figure.size().y / 2.0), figure.clone(), ink);
        let width = rect.width() - 20.0 - figure.size().x - 6.0;
        let name = look.name_in(ui, &entry.name, font, ink, vec2(width, pitch));
        let placed = Rect::from_min_size(pos2(rect.left() + 20.0, y - name.size().y / 2.0), name.size());
        ui.painter().galley(placed.min, name.clone(), ink);
        whole_on_hover(ui, placed, ("legend name", &entry.id), &name, &entry.name);
        y += pitch;
    }
    y - pitch / 2.0
}

fn notes(ui: &Ui, rect: Rect, y: f32, shown: &Shown<'_>, text: &str) {
    let theme = theme::of(ui);
    let y = y + 8.0;
    ui.painter().hline(Rangef::new(rect.left(), rect.right()), y, theme.hairline_stroke());
    let galley = paint::wrapped(ui, text, font::caption(), theme.secondary, rect.width());
    let below = y + 10.0 + galley.size().y;
    ui.painter().galley(pos2(rect.left(), y + 10.0), galley, theme.secondary);
    let dot = pos2(rect.left() + 6.0, below + 18.0);
    ui.painter().circle(dot, 4.5, theme.text, Stroke::new(1.5, theme.surface));
    let text = format!("threshold {}{}", format::sigma(shown.outcome().sigma), set_how(shown.rule));
    paint::text(ui.painter(), dot + vec2(14.0, 0.0), Align2::LEFT_CENTER, text, font::caption(), theme.secondary);
}
