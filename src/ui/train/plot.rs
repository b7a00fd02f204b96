//! The curves: losses over epochs, every run in its architecture's colour.

use egui::{Align2, Color32, CornerRadius, Rect, Response, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, pos2, vec2};
use egui_plot::{Line, LineStyle, Plot, PlotPoint, PlotPoints};
use jiff::civil::Date;

use crate::domain::{Component, EpochRecord};
use crate::ui::theme::{self, Theme, font, radius, space};
use crate::ui::train::about::short_name;
use crate::ui::train::axis::{self, Follower, Tick};
use crate::ui::train::curves::{Curve, Curves, Window};
use crate::ui::train::labels;
use crate::ui::train::measure::Measure;
use crate::ui::train::runs::Run;
use crate::ui::widgets::{Button, paint};

/// Around the data, inside the plot's place.
const LEFT: f32 = 46.0;
const RIGHT: f32 = 58.0;
const TOP: f32 = 10.0;
const BOTTOM: f32 = 26.0;

/// One cannot look closer than this many epochs.
const CLOSEST: f64 = 0.2;
/// Below so many epochs in view, a batch has room of its own.
const BATCHES_READABLE: f64 = 6.0;

/// What the plot remembers between frames.
#[derive(Debug, Default)]
pub struct PlotMemory {
    curves: Curves,
    /// The epochs looked at closely; `None` shows all.
    zoom: Option<(f64, f64)>,
    horizontal: Follower,
    vertical: Follower,
    shown: Option<(Measure, bool)>,
}

/// What is to be drawn.
pub struct PlotContent<'a> {
    pub measure: Measure,
    pub log: bool,
    /// The runs that are shown, the most important first.
    pub runs: &'a [Run<'a>],
    /// Whether there are any at all.
    pub any_runs: bool,
    /// Epochs the next run would take, for the axis of an empty plot.
    pub planned_epochs: u32,
    /// The epoch that the film strip shows and the series it belongs to.
    pub marked: Option<(f64, Color32)>,
    pub today: Date,
}

/// One line of the plot: a run's component.
#[derive(Clone, Copy)]
struct Series<'a> {
    run: &'a Run<'a>,
    component: Component,
    part: &'static str,
    color: Color32,
}

/// The data's place and the values at its edges.
#[derive(Clone, Copy)]
struct Frame {
    rect: Rect,
    x: (f64, f64),
    y: (f64, f64),
    log: bool,
}

impl Frame {
    fn left(&self, x: f64) -> f32 {
        let share = (x - self.x.0) / (self.x.1 - self.x.0);
        self.rect.left() + share as f32 * self.rect.width()
    }

    fn top(&self, loss: f64) -> f32 {
        let value = if self.log { loss.max(f64::MIN_POSITIVE).log10() } else { loss };
        self.top_of(value)
    }

    /// Of a value as it stands on the axis.
    fn top_of(&self, value: f64) -> f32 {
        let share = (value - self.y.0) / (self.y.1 - self.y.0);
        self.rect.bottom() - share as f32 * self.rect.height()
    }

    fn epoch_at(&self, left: f32) -> f64 {
        self.x.0 + f64::from((left - self.rect.left()) / self.rect.width()) * (self.x.1 - self.x.0)
    }
}

impl PlotMemory {
    /// Draws the plot into `place`.
    pub fn ui(&mut self, ui: &mut Ui, place: Rect, content: &PlotContent<'_>) {
        let theme = theme::of(ui);
        let rect = Rect::from_min_max(place.min + vec2(LEFT, TOP), place.max - vec2(RIGHT, BOTTOM));
        let series = series(content, theme);
        let frame = self.frame(ui, rect, content, &series);
        paint_grid(ui, &frame);
        if let Some((epoch, color)) = content.marked
            && (frame.x.0..=frame.x.1).contains(&epoch)
        {
            ui.painter().vline(frame.left(epoch), rect.y_range(), Stroke::new(1.0, color.gamma_multiply(0.6)));
        }
        let response = self.lines_ui(ui, &frame, &series);
        response.widget_info(|| {
            let name = format!("{} over epochs", content.measure.title().0);
            egui::WidgetInfo::labeled(egui::Role::Image, true, name)
        });
        self.paint_ends(ui, &frame, content, &series);
        let drawn = |series: &Series<'_>| self.curve(series).is_some_and(|curve| curve.training.last().is_some());
        if !series.iter().any(drawn) {
            paint_absence(ui, rect, content);
        }
        self.reset_ui(ui, rect, &response);
        self.navigate(ui, &response, &frame, full_range(content));
        if let Some(pointer) = response.hover_pos()
            && !response.dragged()
        {
            self.paint_read_out(ui, &frame, &series, pointer);
        }
    }

    /// Brings curves and ranges up to date.
    fn frame(&mut self, ui: &Ui, rect: Rect, content: &PlotContent<'_>, series: &[Series<'_>]) -> Frame {
        if self.shown != Some((content.measure, content.log)) {
            self.shown = Some((content.measure, content.log));
            self.vertical.reset();
        }
        self.curves.keep(content.runs);
        let dt = f64::from(ui.input(|input| input.stable_dt)).min(0.1);
        let (x, moves_x) = self.horizontal.step(self.zoom.unwrap_or_else(|| full_range(content)), dt);
        let window = Window { from: x.0, to: x.1, log: content.log, columns: rect.width().max(1.0) as usize };
        for series in series {
            self.curves.prepare(series.run, series.component, window);
        }
        let (y, moves_y) = self.vertical.step(self.losses_in_view(content, series), dt);
        if moves_x || moves_y {
            ui.ctx().request_repaint_after_secs(1.0 / 60.0);
        }
        Frame { rect, x, y, log: content.log }
    }

    /// The range of the axis of losses.
    fn losses_in_view(&self, content: &PlotContent<'_>, series: &[Series<'_>]) -> (f64, f64) {
        let closely = self.zoom.is_some_and(|(from, to)| to - from < BATCHES_READABLE);
        let ranges = series.iter().filter_map(|series| self.curve(series)).flat_map(|curve| {
            let batches = if closely { curve.batches.range() } else { None };
            [curve.training.range(), curve.validation.range(), batches]
        });
        let all = ranges.flatten().reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
        match (all, content.log) {
            (Some((low, high)), log) => axis::roomy(low, high, log),
            (None, true) => (0.005f64.log10(), 0.1f64.log10()),
            (None, false) => (0.0, 0.1),
        }
    }

    fn curve(&self, series: &Series<'_>) -> Option<&Curve> {
        self.curves.get(series.run, series.component)
    }

    fn lines_ui(&self, ui: &mut Ui, frame: &Frame, series: &[Series<'_>]) -> Response {
        let mut child = ui.new_child(UiBuilder::new().max_rect(frame.rect).id_salt("curves"));
        let plot = Plot::new("curves")
            .width(frame.rect.width())
            .height(frame.rect.height())
            .show_axes(false)
            .show_grid(false)
            .show_background(false)
            .show_x(false)
            .show_y(false)
            .allow_zoom(false)
            .allow_drag(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_axis_zoom_drag(false)
            .allow_double_click_reset(false)
            .sense(Sense::click_and_drag());
        let (x, y) = (frame.x, frame.y);
        let curves = &self.curves;
        plot.show(&mut child, |plot| {
            plot.set_plot_bounds_x(x.0..=x.1);
            plot.set_plot_bounds_y(y.0..=y.1);
            // The faint ones first, the run that one looks at last.
            let found =
                || series.iter().rev().filter_map(|series| Some((series, curves.get(series.run, series.component)?)));
            for (series, curve) in found() {
                let share = if series.run.active.is_some() { 0.3 } else { 0.2 };
                plot.line(line(curve.batches.drawn(), series.color.gamma_multiply(share), 0.8));
            }
            for (series, curve) in found() {
                let dashes = LineStyle::Dashed { length: 5.0 };
                plot.line(line(curve.validation.drawn(), series.color, 1.3).style(dashes));
            }
            for (series, curve) in found() {
                let width = if series.run.active.is_some() { 2.2 } else { 1.5 };
                plot.line(line(curve.training.drawn(), series.color, width));
            }
        })
        .response
    }

    /// A dot where a run stands, and names at the ends of lines.
    fn paint_ends(&self, ui: &Ui, frame: &Frame, content: &PlotContent<'_>, series: &[Series<'_>]) {
        let clip = frame.rect.expand2(vec2(RIGHT, 6.0));
        let ends: Vec<(&Series<'_>, egui::Pos2)> = series
            .iter()
            .filter_map(|series| {
                let [x, loss] = self.curve(series)?.training.last()?;
                let end = pos2(frame.left(x), frame.top(loss));
                frame.rect.expand(2.0).contains(end).then_some((series, end))
            })
            .collect();
        let mut heights: Vec<f32> = ends.iter().map(|(_, end)| end.y).collect();
        labels::spread(&mut heights, 14.0, frame.rect.top() + 6.0, frame.rect.bottom() - 6.0);
        let painter = ui.painter().with_clip_rect(clip);
        for ((series, end), height) in ends.iter().zip(heights) {
            if series.run.active.is_some() {
                painter.circle_filled(*end, 7.0, series.color.gamma_multiply(0.3));
                painter.circle_filled(*end, 4.0, series.color);
            }
            let name = end_label(series, content);
            let at = pos2(end.x + if series.run.active.is_some() { 11.0 } else { 7.0 }, height);
            let galley = ui.painter().layout_no_wrap(name, font::caption(), series.color);
            let under = Align2::LEFT_CENTER.anchor_size(at, galley.size());
            let ground = theme::of(ui).window.gamma_multiply(0.75);
            painter.rect_filled(under.expand2(vec2(2.0, -1.0)), CornerRadius::same(2), ground);
            painter.galley(under.min, galley, series.color);
        }
    }

    fn reset_ui(&mut self, ui: &mut Ui, rect: Rect, response: &Response) {
        if self.zoom.is_none() {
            return;
        }
        let button = Button::secondary("Reset view").compact();
        let size = vec2(button.natural_width(ui), 24.0);
        let place = Rect::from_min_size(rect.right_top() + vec2(-size.x - 8.0, 8.0), size);
        let clicked = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add(button).clicked()).inner;
        let free = ui.memory(|memory| memory.focused().is_none());
        let key = free && ui.input(|input| input.modifiers.is_none() && input.key_pressed(egui::Key::R));
        if clicked || key || response.double_clicked() {
            self.zoom = None;
        }
    }

    /// The wheel looks closer at where the pointer is, dragging moves along. Losses follow what is in view.
    fn navigate(&mut self, ui: &Ui, response: &Response, frame: &Frame, full: (f64, f64)) {
        let (from, to) = self.zoom.unwrap_or(full);
        let mut wanted = (from, to);
        if response.dragged() && self.zoom.is_some() {
            let moved = -f64::from(response.drag_delta().x / frame.rect.width()) * (to - from);
            wanted = (from + moved, to + moved);
        }
        if response.contains_pointer()
            && let Some(pointer) = ui.input(|input| input.pointer.hover_pos())
        {
            let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = f64::from(pinch) * (f64::from(wheel) * 0.006).exp();
            let centre = frame.epoch_at(pointer.x);
            wanted = (centre - (centre - wanted.0) / factor, centre + (wanted.1 - centre) / factor);
        }
        if wanted == (from, to) {
            return;
        }
        let size = (wanted.1 - wanted.0).clamp(CLOSEST, full.1 - full.0);
        let start = wanted.0.clamp(full.0, (full.1 - size).max(full.0));
        self.zoom = (size < (full.1 - full.0) * 0.999).then_some((start, start + size));
        ui.ctx().request_repaint();
    }

    /// The values at the pointer: of the nearest line, at the nearest epoch.
    fn paint_read_out(&self, ui: &Ui, frame: &Frame, series: &[Series<'_>], pointer: egui::Pos2) {
        let x = frame.epoch_at(pointer.x);
        let nearest = series
            .iter()
            .filter_map(|series| {
                let [at, loss] = self.curve(series)?.training.nearest(x)?;
                // A line that ends far from the pointer is not meant.
                let aside = (frame.left(at) - pointer.x).abs();
                Some((series, aside + (frame.top(loss) - pointer.y).abs()))
            })
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((series, _)) = nearest else { return };
        let record = series.run.epochs().min_by_key(|record| ((f64::from(record.epoch) - x).abs() * 1e3) as u64);
        let batch = if frame.x.1 - frame.x.0 < BATCHES_READABLE || record.is_none() {
            self.curve(series).and_then(|curve| curve.batches_nearest(x))
        } else {
            None
        };
        let rows = read_out(record, batch, series.component);
        let title = match record {
            Some(record) => format!("{}, epoch {}", series_name(series), record.epoch),
            None => format!("{}, first epoch", series_name(series)),
        };
        let at = record.map_or(x, |record| f64::from(record.epoch));
        let theme = theme::of(ui);
        let line = frame.left(at);
        if frame.rect.x_range().contains(line) {
            ui.painter().vline(line, frame.rect.y_range(), Stroke::new(1.0, theme.border));
            if let Some(loss) = record.and_then(|record| record.validation.get(series.component)) {
                ui.painter().circle_filled(pos2(line, frame.top(loss)), 2.5, series.color);
            }
        }
        paint_card(ui, frame.rect, pos2(line, pointer.y), &title, &rows, series.color);
    }
}

/// A line over points that stay where they are.
fn line(points: &[PlotPoint], color: Color32, width: f32) -> Line<'_> {
    Line::new("", PlotPoints::Borrowed(points)).color(color).width(width).allow_hover(false)
}

impl Curve {
    fn batches_nearest(&self, x: f64) -> Option<f64> {
        self.batches.nearest(x).map(|point| point[1])
    }
}

/// All epochs of what is shown.
fn full_range(content: &PlotContent<'_>) -> (f64, f64) {
    let planned = f64::from(content.planned_epochs.clamp(1, 5000));
    let reach = content.runs.iter().map(Run::reach).reduce(f64::max);
    (0.0, reach.unwrap_or(planned).max(1.0))
}

fn series<'a>(content: &PlotContent<'a>, theme: &Theme) -> Vec<Series<'a>> {
    let mut all = Vec::new();
    for (index, run) in content.runs.iter().enumerate() {
        // A model keeps its colour; older runs of the same architecture step back.
        let older = content.runs[..index].iter().any(|newer| newer.architecture() == run.architecture());
        let color = theme.series(run.architecture().series());
        let color = if older { theme::mix(color, theme.window, 0.45) } else { color };
        for &(component, part) in content.measure.components() {
            let color = if part == "D" { theme::mix(color, theme.text, 0.45) } else { color };
            all.push(Series { run, component, part, color });
        }
    }
    all
}

fn series_name(series: &Series<'_>) -> String {
    let name = series.run.architecture().name();
    if series.part.is_empty() { name.to_owned() } else { format!("{name} {}", series.part) }
}

/// Short; with the day where two of an architecture are shown.
fn end_label(series: &Series<'_>, content: &PlotContent<'_>) -> String {
    let architecture = series.run.architecture();
    let several = content.runs.iter().filter(|run| run.architecture() == architecture).count() > 1;
    let name = short_name(architecture);
    match (series.part, several) {
        ("", false) => name.to_owned(),
        ("", true) => format!("{name} {}", series.run.when(content.today)),
        (part, _) => format!("{name} {part}"),
    }
}

fn paint_grid(ui: &Ui, frame: &Frame) {
    let theme = theme::of(ui);
    let (painter, rect) = (ui.painter(), frame.rect);
    let ticks =
        if frame.log { axis::log_ticks(frame.y.0, frame.y.1) } else { axis::linear_ticks(frame.y.0, frame.y.1, 5) };
    for Tick { at, label } in ticks {
        let y = frame.top_of(at);
        if rect.y_range().expand(0.5).contains(y) {
            painter.hline(rect.x_range(), y, theme.hairline_stroke());
            let at = pos2(rect.left() - 8.0, y);
            paint::text(painter, at, Align2::RIGHT_CENTER, label, font::caption(), theme.secondary);
        }
    }
    let ticks = axis::epoch_ticks(frame.x.0, frame.x.1);
    let last = ticks.len().saturating_sub(1);
    for (index, Tick { at, label }) in ticks.into_iter().enumerate() {
        let x = frame.left(at);
        if !rect.x_range().expand(0.5).contains(x) {
            continue;
        }
        painter.vline(x, rect.y_range(), theme.hairline_stroke());
        let label = if index == last { format!("{label} epochs") } else { label };
        paint::text(painter, pos2(x, rect.bottom() + 7.0), Align2::CENTER_TOP, label, font::caption(), theme.secondary);
    }
    painter.rect_stroke(rect, CornerRadius::ZERO, theme.hairline_stroke(), StrokeKind::Middle);
}

fn paint_absence(ui: &Ui, rect: Rect, content: &PlotContent<'_>) {
    let theme = theme::of(ui);
    let sentence = if !content.any_runs {
        "Curves appear here, batch by batch, as soon as a training starts."
    } else if content.runs.is_empty() {
        "All runs are hidden. Click an eye above to show one."
    } else if content.runs.iter().all(|run| run.epoch_count() == 0 && run.active.is_some()) {
        "The first batches are on their way."
    } else {
        content.measure.absence()
    };
    let galley = paint::wrapped(ui, sentence, font::body(), theme.secondary, rect.width() - 80.0);
    let place = Rect::from_center_size(rect.center(), galley.size());
    ui.painter().rect_filled(
        place.expand2(vec2(space::M, space::S)),
        CornerRadius::same(radius::CONTROL),
        theme.window,
    );
    ui.painter().galley(place.min, galley, theme.secondary);
    let label = ui.interact(place, ui.scope_id().with("no curves"), Sense::hover());
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, sentence));
}

/// How a row of the read-out is marked.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Mark {
    Solid,
    Dashed,
    Faint,
}

fn read_out(record: Option<&EpochRecord>, batch: Option<f64>, component: Component) -> Vec<(Mark, &'static str, f64)> {
    let training = record.and_then(|record| record.train.get(component));
    let validation = record.and_then(|record| record.validation.get(component));
    [(Mark::Solid, "training", training), (Mark::Dashed, "validation", validation), (Mark::Faint, "this batch", batch)]
        .into_iter()
        .filter_map(|(mark, name, value)| Some((mark, name, value?)))
        .collect()
}

fn paint_card(ui: &Ui, within: Rect, at: egui::Pos2, title: &str, rows: &[(Mark, &'static str, f64)], color: Color32) {
    let theme = theme::of(ui);
    let width = 150.0f32.max(paint::width(ui, title, font::body_strong()) + 24.0);
    let size = Vec2::new(width, 30.0 + rows.len() as f32 * 17.0 + 4.0);
    let right = at.x + 12.0 + size.x <= within.right();
    let left = if right { at.x + 12.0 } else { at.x - 12.0 - size.x };
    let top = (at.y - size.y - 8.0).clamp(within.top() + 6.0, (within.bottom() - size.y - 6.0).max(within.top()));
    let rect = Rect::from_min_size(pos2(left, top), size);
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(8), theme.raised, theme.border_stroke(), StrokeKind::Inside);
    let title_at = rect.min + vec2(10.0, 15.0);
    paint::text(painter, title_at, Align2::LEFT_CENTER, title, font::body_strong(), theme.text);
    for (index, (mark, name, value)) in rows.iter().enumerate() {
        let y = rect.top() + 34.0 + index as f32 * 17.0;
        paint_mark(ui, Rect::from_center_size(pos2(rect.left() + 18.0, y), vec2(16.0, 8.0)), *mark, color);
        paint::text(painter, pos2(rect.left() + 34.0, y), Align2::LEFT_CENTER, name, font::caption(), theme.secondary);
        let value_at = pos2(rect.right() - 10.0, y);
        paint::text(painter, value_at, Align2::RIGHT_CENTER, axis::figure(*value), font::caption(), theme.text);
    }
}

fn paint_mark(ui: &Ui, rect: Rect, mark: Mark, color: Color32) {
    let painter = ui.painter();
    let ends = [rect.left_center(), rect.right_center()];
    match mark {
        Mark::Solid => {
            painter.line_segment(ends, Stroke::new(1.8, color));
        }
        Mark::Dashed => painter.extend(egui::Shape::dashed_line(&ends, Stroke::new(1.5, color), 4.0, 2.0)),
        Mark::Faint => {
            let steps = 8u8;
            let points = (0..=steps).map(|step| {
                let x = rect.left() + rect.width() * f32::from(step) / f32::from(steps);
                pos2(x, rect.center().y + if step % 2 == 0 { 3.0 } else { -3.0 })
            });
            painter.add(egui::Shape::line(points.collect(), Stroke::new(1.0, color.gamma_multiply(0.6))));
        }
    }
}

/// What solid, faint and dashed lines are, under the plot.
pub fn key_ui(ui: &Ui, place: Rect) {
    let theme = theme::of(ui);
    let mut x = place.left() + LEFT;
    let entries = [(Mark::Solid, "training, smoothed"), (Mark::Faint, "per batch"), (Mark::Dashed, "held-out healthy")];
    for (mark, name) in entries {
        let mark_at = Rect::from_min_size(pos2(x, place.center().y - 4.0), vec2(20.0, 8.0));
        paint_mark(ui, mark_at, mark, theme.secondary);
        let at = pos2(x + 28.0, place.center().y);
        let text = paint::text(ui.painter(), at, Align2::LEFT_CENTER, name, font::caption(), theme.secondary);
        x = text.right() + 20.0;
    }
}
