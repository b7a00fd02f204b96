//! The selected entry's figures for one finding at a time, against all healthy images.

use egui::{Align2, Rangef, Rect, Role, Stroke, Ui, pos2, vec2};

use super::look::speak;
use super::plot::ticks;
use super::{Shown, format};
use crate::domain::Interval;
use crate::evaluation::{self, SubGroup};
use crate::ui::theme::{self, font};
use crate::ui::widgets::{glossary, paint};

const ROW: f32 = 40.0;

/// Right edges of the columns, and the interval plot.
struct Places {
    count: f32,
    area: f32,
    area_range: f32,
    plot: Rangef,
    share: f32,
    share_range: f32,
}

impl Places {
    fn new(rect: Rect) -> Self {
        let right = rect.right();
        Self {
            share_range: right,
            share: right - 70.0,
            plot: Rangef::new(right - 244.0, right - 130.0),
            area_range: right - 258.0,
            area: right - 332.0,
            count: right - 384.0,
        }
    }
}

/// Draws the tab.
pub fn show(ui: &mut Ui, content: Rect, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let (entry, outcome) = (shown.entry(), shown.outcome());
    let groups = evaluation::subgroups(entry, &shown.prepared.benchmark.cases, outcome.sigma);
    let healthy = format::count(shown.prepared.healthy);
    let text = format!("{}: each finding against all {healthy} healthy images", entry.name);
    let line = Rect::from_min_size(content.min + vec2(0.0, 8.0), vec2(content.width(), 24.0));
    paint::line(ui, line, &text, font::caption(), theme.secondary);
    let heads = line.translate(vec2(0.0, 30.0));
    let places = Places::new(content);
    let low = groups.iter().filter_map(|group| group.auroc).map(|area| area.low).fold(1.0, f64::min);
    let high = groups.iter().filter_map(|group| group.auroc).map(|area| area.high).fold(0.0, f64::max);
    let (low, high) = if low < high { ((low - 0.01).max(0.0), (high + 0.01).min(1.0)) } else { (0.0, 1.0) };
    let x = |value: f64| places.plot.min + ((value - low) / (high - low)).clamp(0.0, 1.0) as f32 * places.plot.span();
    head_row(ui, heads, &places);
    let room = ((content.bottom() - heads.bottom() - 34.0) / ROW).max(1.0) as usize;
    let shown_groups = &groups[..groups.len().min(room)];
    let rows = Rect::from_min_size(heads.left_bottom(), vec2(content.width(), ROW * shown_groups.len() as f32));
    for tick in ticks(low, high, 3) {
        ui.painter().vline(x(tick), rows.y_range(), theme.hairline_stroke());
        let at = pos2(x(tick), heads.center().y);
        paint::text(ui.painter(), at, Align2::CENTER_CENTER, format!("{tick:.2}"), font::caption(), theme.secondary);
    }
    for (index, group) in shown_groups.iter().enumerate() {
        let y = rows.top() + (index as f32 + 0.5) * ROW;
        row(ui, Rect::from_x_y_ranges(rows.x_range(), y - ROW / 2.0..=y + ROW / 2.0), group, &places);
        if let Some(area) = group.auroc {
            ui.painter().hline(Rangef::new(x(area.low), x(area.high)), y, Stroke::new(1.6, shown.look().color));
            shown.look().paint_mark(ui.painter(), pos2(x(area.value), y), 4.5);
        }
    }
    let note = "Findings are read from file names. DeLong and Wilson intervals, 95\u{2009}%.";
    let at = pos2(content.left(), content.bottom() - 20.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, note, font::caption(), theme.secondary);
}

fn head_row(ui: &Ui, row: Rect, places: &Places) {
    let theme = theme::of(ui);
    for (x, anchor, text) in [
        (row.left(), Align2::LEFT_CENTER, "Finding"),
        (places.count, Align2::RIGHT_CENTER, "Images"),
        (places.area, Align2::RIGHT_CENTER, "AUROC"),
        (places.area_range, Align2::RIGHT_CENTER, "95\u{2009}% CI"),
        (places.share_range, Align2::RIGHT_CENTER, "Sensitivity, %"),
    ] {
        let placed = paint::text(ui.painter(), pos2(x, row.center().y), anchor, text, font::caption(), theme.secondary);
        let term = text.trim_end_matches(", %");
        glossary::explain(speak(ui, placed, ("group head", text), Role::Label, term), term);
    }
}

fn row(ui: &Ui, rect: Rect, group: &SubGroup, places: &Places) {
    let theme = theme::of(ui);
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline_stroke());
    let y = rect.center().y;
    let name = Rect::from_min_max(rect.min, pos2(places.count - 36.0, rect.bottom()));
    paint::line(ui, name, &group.name, font::body(), theme.text);
    let right = |x: f32, text: String, font, ink| {
        paint::text(ui.painter(), pos2(x, y), Align2::RIGHT_CENTER, text, font, ink);
    };
    let value = |interval: Option<Interval>, show: fn(f64) -> String| {
        interval.map_or_else(|| "–".to_owned(), |i| show(i.value))
    };
    right(places.count, format::count(group.count as usize), font::body(), theme.secondary);
    right(places.area, value(group.auroc, format::area), font::body(), theme.text);
    right(places.share, value(group.sensitivity, |share| format::share(Some(share))), font::body(), theme.text);
    let area_range = group.auroc.map(|area| format::area_range(&area)).unwrap_or_default();
    right(places.area_range, area_range, font::caption(), theme.secondary);
    let share_range = group.sensitivity.map(|share| format::percent_range(&share)).unwrap_or_default();
    right(places.share_range, share_range, font::caption(), theme.secondary);
    let said = format!(
        "{}, {} images, AUROC {}, sensitivity {}",
        group.name,
        group.count,
        value(group.auroc, format::area),
        value(group.sensitivity, format::percent)
    );
    speak(ui, rect, ("group", &group.name), Role::Label, &said);
}
