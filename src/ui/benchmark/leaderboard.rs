//! The leaderboard: every figure of every entry, sorted by any, with the intervals on one axis.

use egui::{
    Align2, CornerRadius, EventFilter, Id, Key, Rangef, Rect, Response, Role, ScrollArea, Sense, Stroke, StrokeKind,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::columns::{Column, Places, Sort};
use super::look::{Look, speak};
use super::plot::ticks;
use super::prepared::Prepared;
use super::{Shown, format, rules};
use crate::domain::{BenchmarkEntry, ElsewhereEntry, EntryKind, Interval, PairedTest, ThresholdRule, thousands};
use crate::evaluation::{self, spread_of_calls};
use crate::ui::icons;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Card, glossary, header, paint};

const HEADER: f32 = 36.0;
const HEADS: f32 = 24.0;
const FOOTER: f32 = 34.0;
const CAUTION: f32 = 22.0;
const ROW: f32 = 34.0;

/// The height at which all rows show.
pub fn wanted_height(rows: usize, cautions: bool) -> f32 {
    HEADER + HEADS + rows as f32 * ROW + FOOTER + if cautions { CAUTION } else { 0.0 } + 2.0
}

/// What was done to the table.
#[derive(Default)]
pub struct Done {
    /// Index of the entry that was chosen.
    pub chosen: Option<usize>,
    /// The head that was clicked.
    pub sorted_by: Option<Column>,
}

/// Draws the card. `order` holds indices of entries, the first row first.
pub fn show(ui: &mut Ui, card: Rect, shown: &Shown<'_>, order: &[usize], sort: Sort, rule: ThresholdRule) -> Done {
    let mut done = Done::default();
    Card::new(card).padding(0.0).show(ui, |ui| {
        let inner = card.shrink2(vec2(space::CARD, 0.0));
        let top = Rect::from_min_size(inner.min, vec2(inner.width(), HEADER));
        ui.scope_builder(UiBuilder::new().max_rect(top), |ui| title(ui, shown, rule));
        let heads = Rect::from_min_size(pos2(inner.left(), top.bottom()), vec2(inner.width(), HEADS));
        let places = Places::new(heads);
        let axis = IntervalAxis::new(shown.prepared, places.plot);
        done.sorted_by = heads_row(ui, heads, &places, &axis, sort);
        let cautions = shown.prepared.cautions();
        let foot_height = FOOTER + if cautions.is_empty() { 0.0 } else { CAUTION };
        let foot = Rect::from_min_max(pos2(inner.left(), inner.bottom() - foot_height), inner.max);
        let rows = Rect::from_min_max(pos2(card.left() + 1.0, heads.bottom()), pos2(card.right() - 1.0, foot.top()));
        done.chosen = rows_area(ui, rows, shown, order, (&places, &axis));
        footer(ui, foot, shown, &cautions);
    });
    done
}

fn title(ui: &mut Ui, shown: &Shown<'_>, rule: ThresholdRule) {
    let theme = theme::of(ui);
    header(ui, HEADER, "Leaderboard", |ui| {
        let room = ui.available_rect_before_wrap();
        let text = subtitle(rule);
        let color = if rule.is_optimistic() { theme.caution } else { theme.secondary };
        let galley = paint::elided(ui, &text, font::caption(), color, room.width());
        let rect = Align2::RIGHT_CENTER.anchor_size(room.right_center(), galley.size());
        ui.painter().galley(rect.min, galley, color);
        let provenance = evaluation::provenance(rule, &shown.entry().calibration);
        speak(ui, rect, "rule", Role::Label, &text).on_hover_text(format!("Threshold: {provenance}."));
    });
}

/// From where the shares in the table come: what holds for every row.
fn subtitle(rule: ThresholdRule) -> String {
    match rule {
        ThresholdRule::ValidationPercentile { percentile } => {
            let name = evaluation::rule_name(rule).replace("Validation, ", "");
            let nominal = format::round_percent(percentile / 100.0);
            format!("in % at the {name} of held-out healthy, nominal specificity {nominal}")
        }
        ThresholdRule::MeanPlusSigma { k } => format!("in % at {k} σ of held-out healthy images"),
        // What that promises differs from model to model.
        ThresholdRule::Manual { sigma } => format!("in % at {}, by hand: optimistic", format::sigma(sigma)),
        ThresholdRule::Youden | ThresholdRule::BestF1 => {
            format!("in % at {}, {}", evaluation::rule_name(rule).replace(", on test labels", ""), rules::OPTIMISTIC)
        }
    }
}

/// From AUROC to the screen, the same for all rows.
struct IntervalAxis {
    plot: Rangef,
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl IntervalAxis {
    fn new(prepared: &Prepared, plot: Rangef) -> Self {
        let home =
            prepared.beside.iter().flat_map(|beside| &beside.compared.entries).map(|entry| entry.home_auroc.value);
        let home: Vec<f64> = home.collect();
        let entries = &prepared.benchmark.entries;
        let low = entries.iter().map(|entry| entry.auroc.low).chain(home.iter().copied()).fold(1.0, f64::min);
        let high = entries.iter().map(|entry| entry.auroc.high).chain(home).fold(0.0, f64::max);
        let (low, high) = if low < high { (low, high) } else { (0.0, 1.0) };
        let margin = 0.06 * (high - low).max(0.02);
        let (low, high) = ((low - margin).max(0.0), (high + margin).min(1.0));
        let most = (plot.span() / 24.0) as usize;
        Self { plot, low, high, ticks: ticks(low, high, most.max(2)) }
    }

    fn x(&self, value: f64) -> f32 {
        let share = ((value - self.low) / (self.high - self.low).max(1e-9)).clamp(0.0, 1.0);
        self.plot.min + share as f32 * self.plot.span()
    }
}

fn heads_row(ui: &mut Ui, row: Rect, places: &Places, axis: &IntervalAxis, sort: Sort) -> Option<Column> {
    let theme = theme::of(ui);
    let mut clicked = None;
    let mut head = |ui: &mut Ui, column: Column, x: f32, anchor: Align2| {
        if head(ui, column, pos2(x, row.center().y), anchor, sort).clicked() {
            clicked = Some(column);
        }
    };
    head(ui, Column::Name, places.name.min, Align2::LEFT_CENTER);
    head(ui, Column::Auroc, places.auroc, Align2::RIGHT_CENTER);
    for (column, x) in Column::RIGHT.into_iter().zip(places.right) {
        head(ui, column, x, Align2::RIGHT_CENTER);
    }
    let at = pos2(places.interval, row.center().y);
    let text = format!("95{}% CI", format::THIN);
    let placed = paint::text(ui.painter(), at, Align2::RIGHT_CENTER, text, font::caption(), theme.secondary);
    glossary::explain(speak(ui, placed, "interval head", Role::Label, "95 % CI"), "95 % CI");
    // Inside the plot, clear of the heads beside it.
    let inside = |tick: f64| axis.x(tick) > axis.plot.min + 11.0 && axis.x(tick) < axis.plot.max - 11.0;
    for &tick in axis.ticks.iter().filter(|&&tick| inside(tick)) {
        let at = pos2(axis.x(tick), row.center().y);
        let text = format!("{tick:.2}");
        paint::text(ui.painter(), at, Align2::CENTER_CENTER, text, font::caption(), theme.secondary);
    }
    clicked
}

fn head(ui: &Ui, column: Column, at: egui::Pos2, anchor: Align2, sort: Sort) -> Response {
    let theme = theme::of(ui);
    let sorted = sort.column == column;
    let width = paint::width(ui, column.head(), font::caption());
    let rect = anchor.anchor_size(at, vec2(width, 20.0));
    let response =
        ui.interact(rect.expand2(vec2(3.0, 2.0)), Id::unique(("benchmark head", column.head())), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ColumnHeader, ui.is_enabled(), sorted, column.name()));
    let ink = if sorted || response.hovered() || response.has_focus() { theme.text } else { theme.secondary };
    paint::text(ui.painter(), at, anchor, column.head(), font::caption(), ink);
    if sorted {
        let caret = if sort.descending { icons::CARET_DOWN } else { icons::CARET_UP };
        let x = if anchor == Align2::LEFT_CENTER { rect.right() + 7.0 } else { rect.left() - 6.0 };
        paint::icon(ui.painter(), pos2(x, at.y + 0.5), caret, 8.0, theme.text);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, CornerRadius::same(3), theme.focus_stroke(), StrokeKind::Outside);
    }
    let meaning = glossary::define(column.name()).unwrap_or(column.meaning());
    response.on_hover_text(format!("{}. {meaning} Click to sort.", column.name()))
}

/// The rows, scrolled when there are more than fit; gives the entry that was chosen by click or arrow key.
fn rows_area(
    ui: &mut Ui,
    area: Rect,
    shown: &Shown<'_>,
    order: &[usize],
    places: (&Places, &IntervalAxis),
) -> Option<usize> {
    let theme = theme::of(ui);
    for &tick in &places.1.ticks {
        ui.painter().vline(places.1.x(tick), area.y_range(), theme.hairline_stroke());
    }
    let height = (area.height() / order.len().max(1) as f32).floor().clamp(26.0, ROW);
    let mut chosen = asked_by_arrows(ui, shown, order);
    ui.scope_builder(UiBuilder::new().max_rect(area), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("leaderboard").auto_shrink([false, false]).show(ui, |ui| {
            for &index in order {
                let (rect, _) = ui.allocate_exact_size(vec2(area.width(), height), Sense::hover());
                let response = row(ui, rect, shown, index, places);
                if response.clicked() {
                    chosen = Some(index);
                }
            }
        });
    });
    chosen
}

/// The neighbour that an arrow key leads to, from the row in focus, or from the selected one when nothing is.
fn asked_by_arrows(ui: &Ui, shown: &Shown<'_>, order: &[usize]) -> Option<usize> {
    let entries = &shown.prepared.benchmark.entries;
    let focused = ui.memory(egui::Memory::focused);
    let at = |&index: &usize| focused.map_or(index == shown.selected, |id| id == row_id(&entries[index].id));
    let position = order.iter().position(at)?;
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(row_id(&entries[order[position]].id), filter));
    let (down, up) = ui.input(|input| (input.num_presses(Key::ArrowDown), input.num_presses(Key::ArrowUp)));
    let next = (position + down).saturating_sub(up).min(order.len() - 1);
    (next != position).then(|| {
        if focused.is_some() {
            ui.memory_mut(|memory| memory.request_focus(row_id(&entries[order[next]].id)));
        }
        order[next]
    })
}

fn row_id(entry: &str) -> Id {
    Id::unique(("benchmark row", entry))
}

fn row(ui: &Ui, rect: Rect, shown: &Shown<'_>, index: usize, (places, axis): (&Places, &IntervalAxis)) -> Response {
    let theme = theme::of(ui);
    let (entry, outcome) = (&shown.prepared.benchmark.entries[index], &shown.prepared.outcomes[index]);
    let selected = index == shown.selected;
    let response = ui.interact(rect, row_id(&entry.id), Sense::click());
    let standing = shown.standings[index];
    let said = || {
        let range = format::area_range(&entry.auroc);
        let word = standing.word().map_or_else(String::new, |word| format!(", {word}"));
        format!("{}, AUROC {} [{range}]{word}", entry.name, format::area(entry.auroc.value))
    };
    response.widget_info(|| WidgetInfo::selected(Role::Row, ui.is_enabled(), selected, said()));
    if selected {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.raised);
        // The fill hides the lines of the axis.
        for &tick in &axis.ticks {
            ui.painter().vline(axis.x(tick), rect.y_range(), theme.border_stroke());
        }
    } else if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme::mix(theme.surface, theme.raised, 0.5));
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, CornerRadius::ZERO, theme.focus_stroke(), StrokeKind::Inside);
    }
    let y = rect.center().y;
    let look = shown.looks[index];
    look.paint_mark(ui.painter(), pos2(places.name.min + 4.0, y), 4.0);
    let ink = if look.baseline { theme.secondary } else { theme.text };
    let font = if look.baseline && !places.wide { font::sized(12.0, false) } else { font::body() };
    let word = standing.word().map(|word| paint::wrapped(ui, word, font::caption(), theme.caution, f32::INFINITY));
    let room = places.name.span() - 15.0 - word.as_ref().map_or(0.0, |word| word.size().x + 6.0);
    let name = look.name_in(ui, &entry.name, font, ink, vec2(room, rect.height() - 4.0));
    let left = places.name.min + 15.0;
    if let Some(word) = word {
        ui.painter().galley(pos2(left + name.size().x + 6.0, y + 0.75 - word.size().y / 2.0), word, theme.caution);
    }
    ui.painter().galley(pos2(left, y - name.size().y / 2.0), name, ink);
    let right = |x: f32, text: String, font: egui::FontId, ink| {
        // Small figures stand on the line of the large ones.
        let y = if font.size < 12.0 { y + 0.75 } else { y };
        paint::text(ui.painter(), pos2(x, y), Align2::RIGHT_CENTER, text, font, ink);
    };
    right(places.auroc, format::area(entry.auroc.value), font::body(), theme.text);
    let small = if places.wide { font::body() } else { font::caption() };
    right(places.interval, format::area_range(&entry.auroc), small.clone(), theme.secondary);
    for (column, x) in Column::RIGHT.into_iter().zip(places.right) {
        let cost = matches!(column, Column::Parameters | Column::Training | Column::Time);
        let (font, ink) = if cost { (small.clone(), theme.secondary) } else { (font::body(), theme.text) };
        right(x, column.text(entry, outcome), font, ink);
    }
    interval(ui, y, entry, look, axis);
    let home = shown.prepared.beside.as_ref().and_then(|beside| Some((&*beside.home_name, beside.of(&entry.id)?)));
    if let Some((_, home)) = home {
        // Hollow: what the model reached at home.
        ui.painter().circle_stroke(pos2(axis.x(home.home_auroc.value), y), 4.5, Stroke::new(1.4, look.color));
    }
    let benchmark = &shown.prepared.benchmark;
    response.on_hover_ui(|ui| {
        if let Some(sentence) = standing.sentence() {
            ui.label(egui::RichText::new(sentence).color(theme.caution));
        }
        details(ui, entry, benchmark.development_counts(), home);
        if let Some(nominal) = outcome.nominal {
            let nominal = format!("Specificity on its held-out healthy images: {}", format::percent(nominal));
            ui.label(egui::RichText::new(nominal).font(font::caption()).color(theme.secondary));
        }
        if let Some(found) = spread_of_calls(entry, &benchmark.cases, outcome.sigma) {
            ui.label(egui::RichText::new(found.sentence()).font(font::caption()).color(theme.secondary));
        }
    })
}

fn interval(ui: &Ui, y: f32, entry: &BenchmarkEntry, look: Look, axis: &IntervalAxis) {
    let whisker = Rangef::new(axis.x(entry.auroc.low), axis.x(entry.auroc.high));
    ui.painter().hline(whisker, y, Stroke::new(1.6, look.color));
    look.paint_mark(ui.painter(), pos2(axis.x(entry.auroc.value), y), 4.5);
}

/// What else is known of an entry, `held_out` being the images of its development AUROC, and what it reached at home.
fn details(ui: &mut Ui, entry: &BenchmarkEntry, held_out: [usize; 2], home: Option<(&str, &ElsewhereEntry)>) {
    let theme = theme::of(ui);
    ui.label(egui::RichText::new(&entry.name).font(font::body_strong()).color(theme.text));
    let mut line = |text: String| {
        ui.label(egui::RichText::new(text).font(font::caption()).color(theme.secondary));
    };
    line(format!("Score: {}", entry.score_description));
    let bootstrap = &entry.auroc_bootstrap;
    line(format!(
        "AUROC {} [{}] DeLong, [{}] bootstrap",
        format::area(entry.auroc.value),
        format::area_range(&entry.auroc),
        format::area_range(bootstrap)
    ));
    line(format!("AUPRC {}", format::area(entry.auprc)));
    let [at_80, at_90, at_95] = entry.sensitivity_at.map(format::percent);
    line(format!(
        "Sensitivity {at_80}, {at_90}, {at_95} at 80, 90, 95{}% specificity on the test images",
        format::THIN
    ));
    if matches!(entry.kind, EntryKind::Model(_)) && entry.training_secs.is_some() {
        line(format!("Trained {}", format::training_times(entry.training_secs, entry.training_cpu_secs)));
    }
    if let Some(central) = entry.central_auroc {
        line(format!("AUROC of the central 70{}% only: {}", format::THIN, format::area(central)));
    }
    if let Some(development) = entry.development_auroc {
        let [healthy, diseased] = held_out.map(thousands);
        line(format!(
            "Development AUROC {}: {healthy} held-out healthy, {diseased} diseased images of the training folder",
            format::area(development)
        ));
    }
    if let Some(lungs) = &entry.lungs {
        let [healthy, diseased, area] = [lungs.healthy, lungs.diseased, lungs.area].map(format::percent);
        line(format!(
            "In the lungs: {healthy} of the maps of healthy images, {diseased} of diseased; they take up {area}"
        ));
    }
    if let Some(boxes) = &entry.boxes {
        let [hit, chance] = [boxes.pointing.value, boxes.pointing_chance].map(format::percent);
        line(format!(
            "Highest pixel of the map in a box around a finding: {hit} of {} images, by chance {chance}",
            boxes.images
        ));
    }
    if let Some((name, home)) = home {
        let share =
            |share: Option<Interval>| share.map_or_else(|| "–".to_owned(), |share| format::percent(share.value));
        line(format!(
            "On {name} (hollow mark): AUROC {}, specificity {} at the same threshold, {} here",
            format::area(home.home_auroc.value),
            share(home.home_specificity),
            share(home.specificity)
        ));
    }
    line(format!("Test normals against held-out normals: AUROC {} (0.5 is alike)", format::area(entry.shift_auroc)));
}

/// The verdict, and below it the first caution with the rest on hover.
fn footer(ui: &mut Ui, rect: Rect, shown: &Shown<'_>, all: &[String]) {
    let theme = theme::of(ui);
    let benchmark = &shown.prepared.benchmark;
    let wide = rect.expand2(vec2(space::CARD - 1.0, 0.0));
    ui.painter().rect_filled(wide.with_max_y(rect.bottom() - 10.0), CornerRadius::ZERO, theme.surface);
    ui.painter().hline(wide.x_range(), rect.top(), theme.hairline_stroke());
    let verdict = Rect::from_min_size(rect.min, vec2(rect.width(), FOOTER));
    paint::icon(ui.painter(), verdict.left_center() + vec2(7.0, 0.0), icons::INFO, 14.0, theme.secondary);
    let room = verdict.width() - 22.0;
    let mut galley = paint::wrapped(ui, &benchmark.verdict, font::sized(12.0, false), theme.secondary, f32::INFINITY);
    if galley.size().x > room {
        galley = paint::wrapped_rows(ui, &benchmark.verdict, font::caption(), theme.secondary, room, 2);
    }
    let at = pos2(verdict.left() + 22.0, verdict.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.secondary);
    speak(ui, verdict, "verdict", Role::Label, &benchmark.verdict).on_hover_ui(|ui| verdict_details(ui, shown));
    if let Some(first) = all.first() {
        let line = Rect::from_min_max(pos2(rect.left(), verdict.bottom() - 5.0), rect.max - vec2(0.0, 7.0));
        cautions(ui, line, first, all);
    }
}

fn cautions(ui: &Ui, line: Rect, first: &str, all: &[String]) {
    let theme = theme::of(ui);
    paint::filled_icon(ui.painter(), line.left_center() + vec2(7.0, 0.0), icons::WARNING, 13.0, theme.caution);
    let more = if all.len() > 1 { format!("+{} more", all.len() - 1) } else { String::new() };
    let more_width = if more.is_empty() { 0.0 } else { paint::width(ui, &more, font::caption()) + 10.0 };
    let text = Rect::from_min_max(pos2(line.left() + 22.0, line.top()), pos2(line.right() - more_width, line.bottom()));
    paint::line(ui, text, first, font::caption(), theme.secondary);
    paint::text(ui.painter(), line.right_center(), Align2::RIGHT_CENTER, more, font::caption(), theme.text);
    speak(ui, line, "cautions", Role::Label, &all.join(" ")).on_hover_ui(|ui| {
        for caution in all {
            ui.horizontal_wrapped(|ui| ui.label(caution));
        }
    });
}

/// How the verdict was reached, for the tooltip.
fn verdict_details(ui: &mut Ui, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let pairs = shown.prepared.benchmark.paired.len();
    let text = format!("DeLong's test between every two of the same images, corrected after Holm over {pairs} pairs.");
    ui.label(egui::RichText::new(&shown.prepared.benchmark.verdict).color(theme.text));
    ui.label(egui::RichText::new(text).font(font::caption()).color(theme.secondary));
}

/// The test between two entries, its difference as seen from the first.
pub fn test_between<'a>(paired: &'a [PairedTest], first: &str, second: &str) -> Option<(&'a PairedTest, f64)> {
    paired.iter().find_map(|test| {
        if test.first == first && test.second == second {
            Some((test, test.difference))
        } else if test.first == second && test.second == first {
            Some((test, -test.difference))
        } else {
            None
        }
    })
}
