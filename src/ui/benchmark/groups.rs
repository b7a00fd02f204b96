//! The selected entry's figures for one group of images at a time.

use egui::{Align, Align2, Layout, Rangef, Rect, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, UiKind, pos2, vec2};

use super::look::speak;
use super::plot::ticks;
use super::{Shown, format};
use crate::domain::{Interval, thousands};
use crate::evaluation::{self, FEW_IN_GROUP, Grouping, SubGroup};
use crate::ui::command::{Commands, UiCommand};
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{Button, Dropdown, EmptyState, glossary, menu_item, paint};

const ROW: f32 = 40.0;
/// With a name on two lines.
const TALL_ROW: f32 = 58.0;
const OPEN: &str = "Groups from CSV…";

/// Right edges of the columns, and the interval plot.
struct Places {
    area: f32,
    plot: Rangef,
    sensitivity: f32,
    specificity: f32,
}

impl Places {
    fn new(rect: Rect) -> Self {
        // Clear of the scroll bar.
        let right = rect.right() - 8.0;
        Self {
            specificity: right,
            sensitivity: right - 80.0,
            plot: Rangef::new(right - 252.0, right - 164.0),
            area: right - 268.0,
        }
    }
}

/// Draws the tab; `chosen` names the grouping.
pub fn show(ui: &mut Ui, content: Rect, shown: &Shown<'_>, chosen: &mut String, commands: &mut Commands) {
    let groups = &shown.prepared.groups;
    let Some(first) = groups.groupings.first() else {
        let why = groups.cautions.first().map_or(
            "File names tell no groups apart here. A table with a column “path” or “file name” and one column for each grouping does.",
            String::as_str,
        );
        if EmptyState::new(icons::COLUMNS, why).button(OPEN).show(ui, content) {
            commands.push(UiCommand::PickGroups);
        }
        return;
    };
    let grouping = groups.groupings.iter().find(|grouping| grouping.name == *chosen).unwrap_or(first);
    let bar = Rect::from_min_size(content.min + vec2(0.0, 8.0), vec2(content.width(), 28.0));
    head_bar(ui, bar, shown, grouping, chosen, commands);
    let (entry, cases) = (shown.entry(), &shown.prepared.benchmark.cases);
    let found = evaluation::subgroups(entry, cases, &grouping.groups, shown.outcome().sigma);
    let heads = Rect::from_min_size(bar.left_bottom() + vec2(0.0, 2.0), vec2(content.width(), 24.0));
    let places = Places::new(content);
    head_row(ui, heads, &places);
    let foot = Rect::from_min_max(pos2(content.left(), content.bottom() - 46.0), content.max - vec2(0.0, 8.0));
    let rows = Rect::from_min_max(heads.left_bottom(), pos2(content.right(), foot.top()));
    rows_area(ui, rows, &found, shown, &places, heads.center().y);
    footer(ui, foot, shown, grouping, &found);
}

/// Which grouping, of whom, and where more come from.
fn head_bar(
    ui: &mut Ui,
    bar: Rect,
    shown: &Shown<'_>,
    grouping: &Grouping,
    chosen: &mut String,
    commands: &mut Commands,
) {
    let theme = theme::of(ui);
    let layout = UiBuilder::new().max_rect(bar).layout(Layout::right_to_left(Align::Center));
    let left = ui.scope_builder(layout, |ui| {
        let response = ui.add(Button::secondary(OPEN).compact());
        if response.clicked() {
            commands.push(UiCommand::PickGroups);
        }
        response.on_hover_text(
            "A CSV with a column “path” or “file name” and one column for each grouping, such as sex, site or age. Numbers are cut at their terciles.",
        );
        ui.min_rect().left()
    });
    let mut rest = bar.with_max_x(left.inner - 12.0);
    let all = &shown.prepared.groups.groupings;
    if all.len() > 1 {
        let width = 148.0;
        let place = rest.with_max_x(rest.left() + width);
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
            Dropdown::new("Grouping", &grouping.name).width(width).show(ui, |ui| {
                for option in all {
                    if menu_item(ui, &option.name, "", None, option.name == grouping.name).clicked() {
                        chosen.clone_from(&option.name);
                        ui.close_kind(UiKind::Menu);
                    }
                }
            });
        });
        rest.min.x += width + 12.0;
    }
    let text = shown.entry().name.clone();
    paint::line(ui, rest, &text, font::caption(), theme.secondary);
}

fn head_row(ui: &Ui, row: Rect, places: &Places) {
    let theme = theme::of(ui);
    for (x, anchor, text, term) in [
        (row.left(), Align2::LEFT_CENTER, "Group", "Group"),
        (places.area, Align2::RIGHT_CENTER, "AUROC", "AUROC"),
        (places.sensitivity, Align2::RIGHT_CENTER, "Sens., %", "Sensitivity"),
        (places.specificity, Align2::RIGHT_CENTER, "Spec., %", "Specificity"),
    ] {
        let placed = paint::text(ui.painter(), pos2(x, row.center().y), anchor, text, font::caption(), theme.secondary);
        glossary::explain(speak(ui, placed, ("group head", text), Role::Label, term), term);
    }
}

/// From AUROC to the screen, the same for all rows.
struct Axis {
    plot: Rangef,
    low: f64,
    high: f64,
}

impl Axis {
    fn new(groups: &[SubGroup], plot: Rangef) -> Self {
        let areas = || groups.iter().filter_map(|group| group.auroc);
        let low = areas().map(|area| area.low).fold(1.0, f64::min);
        let high = areas().map(|area| area.high).fold(0.0, f64::max);
        let (low, high) = if low < high { ((low - 0.01).max(0.0), (high + 0.01).min(1.0)) } else { (0.0, 1.0) };
        Self { plot, low, high }
    }

    fn x(&self, value: f64) -> f32 {
        self.plot.min + ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0) as f32 * self.plot.span()
    }
}

/// The rows, scrolled when there are more than fit.
fn rows_area(ui: &mut Ui, area: Rect, groups: &[SubGroup], shown: &Shown<'_>, places: &Places, heads_y: f32) {
    let theme = theme::of(ui);
    let axis = Axis::new(groups, places.plot);
    let heights: Vec<f32> = groups.iter().map(|group| row_height(ui, group, area.left(), places)).collect();
    // Clear of the head beside them, and of each other.
    let mut free = axis.plot.min;
    for tick in ticks(axis.low, axis.high, 3) {
        let rows = Rangef::new(area.top(), area.bottom().min(area.top() + heights.iter().sum::<f32>()));
        ui.painter().vline(axis.x(tick), rows, theme.hairline_stroke());
        let (at, text) = (pos2(axis.x(tick), heads_y), format!("{tick:.2}"));
        let half = paint::width(ui, &text, font::caption()) / 2.0;
        if at.x - half < free {
            continue;
        }
        free = at.x + half + 6.0;
        paint::text(ui.painter(), at, Align2::CENTER_CENTER, text, font::caption(), theme.secondary);
    }
    ui.scope_builder(UiBuilder::new().max_rect(area), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("sub-groups").auto_shrink([false, false]).show(ui, |ui| {
            for (group, &height) in groups.iter().zip(&heights) {
                let (rect, _) = ui.allocate_exact_size(vec2(area.width(), height), Sense::hover());
                row(ui, rect, group, shown, (places, &axis));
            }
        });
    });
}

/// Room for a group's name: from here to the figures; a small group's begins after its caution.
fn name_room(group: &SubGroup, left: f32, places: &Places) -> Rangef {
    Rangef::new(if group.is_small() { left + 17.0 } else { left }, places.area - 74.0)
}

/// A name that is too long for one line gets two.
fn row_height(ui: &Ui, group: &SubGroup, left: f32, places: &Places) -> f32 {
    let fits = paint::width(ui, &group.name, font::body()) <= name_room(group, left, places).span();
    if fits { ROW } else { TALL_ROW }
}

fn row(ui: &Ui, rect: Rect, group: &SubGroup, shown: &Shown<'_>, (places, axis): (&Places, &Axis)) {
    let theme = theme::of(ui);
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline_stroke());
    let y = rect.center().y;
    let room = name_room(group, rect.left(), places);
    if group.is_small() {
        let at = pos2(rect.left() + 6.0, rect.top() + 13.5);
        paint::filled_icon(ui.painter(), at, icons::WARNING, 12.0, theme.caution);
    }
    let name = paint::wrapped_rows(ui, &group.name, font::body(), theme.text, room.span(), 2);
    let cut = name.elided;
    ui.painter().galley(pos2(room.min, rect.top() + 4.5), name, theme.text);
    let counts = Rect::from_min_max(
        pos2(rect.left(), rect.bottom() - ROW / 2.0 + 3.0),
        pos2(places.area - 74.0, rect.bottom() - 4.0),
    );
    paint::line(ui, counts, &counted(group), font::caption(), theme.secondary);
    let two_lines = |x: f32, value: Option<String>, range: Option<String>| {
        let value = value.unwrap_or_else(|| "–".to_owned());
        let at = pos2(x, if range.is_some() { y - 7.0 } else { y });
        paint::text(ui.painter(), at, Align2::RIGHT_CENTER, value, font::body(), theme.text);
        if let Some(range) = range {
            paint::text(ui.painter(), pos2(x, y + 9.0), Align2::RIGHT_CENTER, range, font::caption(), theme.secondary);
        }
    };
    let area = group.auroc;
    two_lines(places.area, area.map(|area| format::area(area.value)), area.map(|area| format::area_range(&area)));
    for (x, share) in [(places.sensitivity, group.sensitivity), (places.specificity, group.specificity)] {
        two_lines(
            x,
            share.map(|share| format::share(Some(share.value))),
            share.map(|share| format::percent_range(&share)),
        );
    }
    if let Some(area) = area {
        ui.painter().hline(Rangef::new(axis.x(area.low), axis.x(area.high)), y, Stroke::new(1.6, shown.look().color));
        shown.look().paint_mark(ui.painter(), pos2(axis.x(area.value), y), 4.5);
    }
    let response = speak(ui, rect, ("group", &group.name), Role::Label, &said(group));
    if cut || group.is_small() {
        response.on_hover_ui(|ui| {
            if cut {
                ui.label(&group.name);
            }
            if group.is_small() {
                let few = "images of a class: read the intervals, not the figures.";
                ui.label(format!("Fewer than {FEW_IN_GROUP} {few}"));
            }
        });
    }
}

/// "234 diseased", "80 diseased, 120 healthy".
fn counted(group: &SubGroup) -> String {
    let diseased = format!("{} diseased", thousands(group.diseased as usize));
    if group.against_all_healthy {
        return diseased;
    }
    format!("{diseased}, {} healthy", thousands(group.healthy as usize))
}

fn said(group: &SubGroup) -> String {
    let value = |interval: Option<Interval>, show: fn(f64) -> String| {
        interval.map_or_else(|| "–".to_owned(), |interval| show(interval.value))
    };
    format!(
        "{}, {} healthy and {} diseased images, AUROC {}, sensitivity {}, specificity {}",
        group.name,
        group.healthy,
        group.diseased,
        value(group.auroc, format::area),
        value(group.sensitivity, format::percent),
        value(group.specificity, format::percent)
    )
}

/// From where the groups are, and what of the table could not be used.
fn footer(ui: &Ui, rect: Rect, shown: &Shown<'_>, grouping: &Grouping, groups: &[SubGroup]) {
    let theme = theme::of(ui);
    let borrowed = if groups.iter().any(|group| group.against_all_healthy) {
        " Groups without healthy images stand against all healthy ones."
    } else {
        ""
    };
    let text = format!("Groups from {}.{borrowed} DeLong and Wilson intervals, 95{}%.", grouping.source, format::THIN);
    let galley = paint::wrapped(ui, &text, font::caption(), theme.secondary, rect.width());
    let cautions = &shown.prepared.groups.cautions;
    let line = Rect::from_min_max(rect.left_bottom() - vec2(0.0, 15.0), rect.right_bottom());
    let at = if cautions.is_empty() { rect.left_bottom() - vec2(0.0, galley.size().y) } else { rect.min };
    if let Some(first) = cautions.first() {
        let one = paint::elided(ui, &text, font::caption(), theme.secondary, rect.width());
        ui.painter().galley(pos2(at.x, at.y + 4.0), one, theme.secondary);
        paint::filled_icon(ui.painter(), line.left_center() + vec2(6.0, 0.0), icons::WARNING, 12.0, theme.caution);
        paint::line(ui, line.with_min_x(line.left() + 17.0), first, font::caption(), theme.secondary);
        speak(ui, rect, "group cautions", Role::Label, &cautions.join(" "))
            .on_hover_text(format!("{text}\n{}", cautions.join("\n")));
    } else {
        ui.painter().galley(at, galley, theme.secondary);
    }
}
