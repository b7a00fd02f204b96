//! The mirrored histogram with the threshold: diseased images up, healthy ones down, errors opaque.

use egui::accesskit::{Action, ActionData};
use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Event, EventFilter, Id, Key, Rangef, Rect, Response, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::look::{Look, speak, whole_on_hover};
use super::plot::{faint, ticks};
use super::prepared::{Outcome, Scored, Sorted, not_above};
use super::{Shown, format, percentiles, rules};
use crate::domain::{ThresholdRule, thousands};
use crate::evaluation;
use crate::ui::icons;
use crate::ui::theme::{self, font, radius, space};
use crate::ui::widgets::{Card, IconButton, header, paint};

/// σ that an arrow key moves the line by; with Shift ten times that.
const ARROW_STEP: f64 = 0.05;

/// Half the width of what is grabbed as the line.
const GRIP: f32 = 28.0;

/// Room beside the bars for the counts.
const SIDE_ROOM: f32 = 96.0;

/// The places inside the card.
#[derive(Clone, Copy, Debug)]
struct Places {
    /// Where the line can be dragged: bars and the words above them.
    drag: Rect,
    bars: Rect,
}

fn places(card: Rect) -> Places {
    let inner = card.shrink2(vec2(space::CARD, 0.0));
    let bars = Rect::from_min_max(pos2(inner.left(), card.top() + 66.0), pos2(inner.right(), card.bottom() - 27.0));
    Places {
        drag: Rect::from_min_max(pos2(inner.left(), card.top() + 44.0), inner.right_bottom() - vec2(0.0, 8.0)),
        bars,
    }
}

/// From σ to the screen and back.
#[derive(Clone, Copy, Debug)]
struct Axis {
    room: Rangef,
    low: f64,
    high: f64,
}

impl Axis {
    /// Shows all scores but the last half per cent at either end, which may lie anywhere, between the counts.
    fn new(sorted: &Sorted, room: Rangef) -> Self {
        let within = |list: &[Scored], share: f64| {
            let last = list.len().checked_sub(1)?;
            list.get((share * last as f64).round() as usize).map(|scored| scored.sigma)
        };
        let both = |share| [within(&sorted.healthy, share), within(&sorted.diseased, share)].into_iter().flatten();
        let (low, high) = (both(0.005).fold(-1.0, f64::min), both(0.995).fold(3.0, f64::max));
        // Those that lie near the rest are shown where they lie.
        let reach = 0.12 * (high - low);
        let (low, high) =
            (both(0.0).fold(low, f64::min).max(low - reach), both(1.0).fold(high, f64::max).min(high + reach));
        let per_point = (high - low) / f64::from((room.span() - 2.0 * SIDE_ROOM).max(50.0));
        let side = per_point * f64::from(SIDE_ROOM);
        Self { room, low: low - side, high: high + side }
    }

    fn x(self, sigma: f64) -> f32 {
        let share = ((sigma - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.room.min + share as f32 * self.room.span()
    }

    fn sigma(self, x: f32) -> f64 {
        let share = f64::from(((x - self.room.min) / self.room.span().max(1.0)).clamp(0.0, 1.0));
        self.low + share * (self.high - self.low)
    }
}

/// Lets the line be moved by pointer, keys or a screen reader, where it is shown; gives the rule that follows. Comes before
/// anything of the screen is painted, so that all of it follows in the same frame.
pub fn drag(
    ui: &Ui,
    card: Rect,
    sorted: &Sorted,
    outcome: &Outcome,
    is_shown: bool,
) -> (Response, Option<ThresholdRule>) {
    let places = places(card);
    if !is_shown {
        return (ui.interact(places.drag, Id::unique("benchmark percentiles"), Sense::hover()), None);
    }
    let axis = Axis::new(sorted, places.bars.x_range());
    let response = ui.interact(places.drag, Id::unique("benchmark threshold"), Sense::click_and_drag());
    let mut sigma = outcome.sigma;
    if let Some(pointed) = asked_by_pointer(ui, &response, axis, sigma) {
        response.request_focus();
        sigma = pointed;
    }
    sigma += asked_by_keys(ui, &response);
    if let Some(value) = asked_by_reader(ui, response.id) {
        sigma = value;
    }
    let moved = sigma != outcome.sigma;
    // Two decimals: what is written beside the line is what it stands at.
    sigma = (sigma.clamp(axis.low, axis.high) * 100.0).round() / 100.0;
    response.widget_info(|| {
        let mut info = WidgetInfo::slider(ui.is_enabled(), sigma, "Threshold");
        info.current_text_value = Some(format::sigma(sigma));
        info
    });
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.add_action(Action::SetValue);
        node.add_action(Action::Increment);
        node.add_action(Action::Decrement);
    });
    let response = response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    (response, moved.then_some(ThresholdRule::Manual { sigma }))
}

/// Where the line is dragged to, or sent by a click elsewhere. A line that is grabbed beside its middle does not jump, and
/// a click on it alone changes nothing.
fn asked_by_pointer(ui: &Ui, response: &Response, axis: Axis, sigma: f64) -> Option<f64> {
    let pointer = response.interact_pointer_pos()?;
    let line = axis.x(sigma);
    let near = |x: f32| (x - line).abs() <= GRIP;
    let grip = response.id.with("grip");
    if response.drag_started() {
        let pressed = ui.input(|input| input.pointer.press_origin()).unwrap_or(pointer).x;
        ui.data_mut(|data| data.insert_temp(grip, if near(pressed) { line - pressed } else { 0.0 }));
    }
    if response.dragged() {
        let offset = ui.data(|data| data.get_temp::<f32>(grip)).unwrap_or(0.0);
        return Some(axis.sigma(pointer.x + offset));
    }
    (response.clicked() && !near(pointer.x)).then(|| axis.sigma(pointer.x))
}

fn asked_by_keys(ui: &Ui, response: &Response) -> f64 {
    let mut steps = ui.input(|input| {
        input.num_accesskit_action_requests(response.id, Action::Increment) as f64
            - input.num_accesskit_action_requests(response.id, Action::Decrement) as f64
    });
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        steps += ui.input(|input| {
            let presses = input.num_presses(Key::ArrowRight) as f64 - input.num_presses(Key::ArrowLeft) as f64;
            if input.modifiers.shift { 10.0 * presses } else { presses }
        });
    }
    steps * ARROW_STEP
}

fn asked_by_reader(ui: &Ui, id: Id) -> Option<f64> {
    ui.input(|input| {
        input.events.iter().find_map(|event| match event {
            Event::AccessKitActionRequest(request)
                if request.target_node == id.accesskit_id() && request.action == Action::SetValue =>
            {
                match request.data {
                    Some(ActionData::NumericValue(value)) if value.is_finite() => Some(value),
                    _ => None,
                }
            }
            _ => None,
        })
    })
}

/// Draws the card; gives the rule that was chosen from the list.
pub fn show(
    ui: &mut Ui,
    card: Rect,
    shown: &Shown<'_>,
    rule: ThresholdRule,
    as_table: &mut bool,
    line: &Response,
) -> Option<ThresholdRule> {
    let chosen = Card::new(card).show(ui, |ui| head(ui, shown, rule, as_table)).inner;
    let places = places(card);
    if *as_table {
        percentiles::show(ui, places.drag, shown);
        return chosen;
    }
    let sorted = &shown.prepared.sorted[shown.selected];
    let axis = Axis::new(sorted, places.bars.x_range());
    let outcome = &shown.prepared.outcomes[shown.selected];
    let bins = Bins::new(places, axis, sorted);
    bars(ui, places, axis, &bins, outcome.sigma, shown.look());
    scale(ui, card, places, axis);
    counts(ui, places, bins.middle, shown);
    threshold(ui, places, axis, outcome.sigma, line);
    chosen
}

fn head(ui: &mut Ui, shown: &Shown<'_>, rule: ThresholdRule, as_table: &mut bool) -> Option<ThresholdRule> {
    let theme = theme::of(ui);
    let calibration = &shown.entry().calibration;
    let own_unit = evaluation::threshold_score(calibration, shown.outcome().sigma);
    let provenance = format!("{}. In the score's own unit {own_unit:.4}", evaluation::provenance(rule, calibration));
    // The card's padding is above already.
    let top = ui.max_rect().top() - 6.0;
    ui.scope_builder(egui::UiBuilder::new().max_rect(ui.max_rect().with_min_y(top)), |ui| {
        header(ui, 30.0, "Scores", |ui| {
            let chosen = rules::dropdown(ui, rule, &provenance);
            let table = IconButton::new(icons::TABLE, "Percentiles of the scores").side(24.0).selected(*as_table);
            if ui.add(table).clicked() {
                *as_table = !*as_table;
            }
            let rest = ui.available_rect_before_wrap();
            let mut x = rest.left() + 4.0;
            let middle = rest.center().y;
            let look = shown.look();
            look.paint_mark(ui.painter(), pos2(x + 4.0, middle), 4.0);
            let name = look.name(ui, &shown.entry().name, font::caption(), theme.secondary, 104.0);
            let placed = Rect::from_min_size(pos2(x + 14.0, middle - name.size().y / 2.0), name.size());
            ui.painter().galley(placed.min, name.clone(), theme.secondary);
            whole_on_hover(ui, placed, "name over scores", &name, &shown.entry().name);
            x += 14.0 + name.size().x + 12.0;
            ui.painter().vline(x, Rangef::new(middle - 7.0, middle + 7.0), theme.border_stroke());
            x += 12.0;
            // A caution needs the room of what the bars show themselves.
            let [above, below] = if rule.is_optimistic() { ["", ""] } else { [", above", ", below"] };
            let (healthy, disease) = (format!("healthy{below}"), format!("{}{above}", shown.prepared.disease));
            for (color, text) in [(theme.healthy, healthy.as_str()), (bar_color(look, theme), disease.as_str())] {
                let swatch = Rect::from_center_size(pos2(x + 4.5, middle), vec2(9.0, 9.0));
                ui.painter().rect_filled(swatch, CornerRadius::ZERO, color);
                let at = pos2(x + 15.0, middle);
                let text = paint::text(ui.painter(), at, Align2::LEFT_CENTER, text, font::caption(), theme.secondary);
                x = text.right() + 11.0;
            }
            if rule.is_optimistic() {
                let warned = Rect::from_min_max(pos2(x, middle - 9.0), pos2(rest.right() - 2.0, middle + 9.0));
                caution(ui, warned, "optimistic", rules::OPTIMISTIC);
            }
            chosen
        })
    })
    .inner
}

/// A caution's icon and a word; the rest of it on hover.
fn caution(ui: &Ui, place: Rect, word: &str, whole: &str) {
    let theme = theme::of(ui);
    paint::filled_icon(ui.painter(), place.left_center() + vec2(7.0, 0.0), icons::WARNING, 13.0, theme.caution);
    let text = place.with_min_x(place.left() + 17.0);
    let placed = paint::line(ui, text, word, font::caption(), theme.caution);
    speak(ui, placed.union(place.with_max_x(place.left() + 17.0)), ("optimistic", whole), egui::Role::Label, whole)
        .on_hover_text(crate::ui::widgets::glossary::define("Optimistic").unwrap_or(whole));
}

fn bar_color(look: Look, theme: &theme::Theme) -> Color32 {
    if look.baseline { theme.diseased } else { look.color }
}

/// How many images fall on each bar, and how tall one image is.
struct Bins {
    up: Vec<usize>,
    down: Vec<usize>,
    /// Height of the line between up and down: each side has the room its tallest bar needs.
    middle: f32,
    scale: f32,
}

impl Bins {
    /// Bars of about nine points.
    fn new(places: Places, axis: Axis, sorted: &Sorted) -> Self {
        let bins = ((places.bars.width() / 9.0) as usize).clamp(12, 200);
        let edge = |bin: usize| axis.sigma(places.bars.left() + places.bars.width() * bin as f32 / bins as f32);
        let counted = |list: &[Scored]| -> Vec<usize> {
            let mut before = 0;
            (1..=bins)
                .map(|bin| {
                    // What lies beyond either end is counted at that end.
                    let until = if bin == bins { list.len() } else { not_above(list, edge(bin)) };
                    let count = until.saturating_sub(before);
                    before = until.max(before);
                    count
                })
                .collect()
        };
        let (up, down) = (counted(&sorted.diseased), counted(&sorted.healthy));
        let tallest = |counts: &[usize]| counts.iter().copied().max().unwrap_or(0) as f32;
        let (tall_up, tall_down) = (tallest(&up), tallest(&down));
        // The words at the ends of the line need their height whatever is counted.
        let words = 26.0;
        let room = places.bars.height() - 2.0;
        let share = tall_up / (tall_up + tall_down).max(1.0);
        let middle = places.bars.top() + (room * share).clamp(words, room - words);
        let scale = ((middle - places.bars.top()) / tall_up.max(1.0))
            .min((places.bars.bottom() - middle - 2.0) / tall_down.max(1.0));
        Self { up, down, middle, scale }
    }
}

/// The bars; one that the threshold passes through changes its opacity there.
fn bars(ui: &Ui, places: Places, axis: Axis, bins: &Bins, threshold: f64, look: Look) {
    let theme = theme::of(ui);
    let line = axis.x(threshold);
    let pitch = places.bars.width() / bins.up.len() as f32;
    let diseased = bar_color(look, theme);
    for (bin, (&up, &down)) in bins.up.iter().zip(&bins.down).enumerate() {
        let left = places.bars.left() + bin as f32 * pitch;
        let x = Rangef::new(left, left + pitch - 1.0);
        let above = Rangef::new(bins.middle - up as f32 * bins.scale, bins.middle);
        let below = Rangef::new(bins.middle + 1.0, bins.middle + 1.0 + down as f32 * bins.scale);
        split_bar(ui, x, above, line, [diseased, faint(diseased, 0.5)]);
        split_bar(ui, x, below, line, [faint(theme.healthy, 0.5), theme.healthy]);
    }
    ui.painter().hline(places.bars.x_range(), bins.middle, Stroke::new(1.0, theme.secondary));
}

/// A bar in one colour left of `line` and in another right of it.
fn split_bar(ui: &Ui, x: Rangef, y: Rangef, line: f32, [left, right]: [Color32; 2]) {
    if y.span() < 0.1 {
        return;
    }
    let bar = Rect::from_x_y_ranges(x, y);
    let cut = line.clamp(x.min, x.max);
    for (part, color) in [(bar.with_max_x(cut), left), (bar.with_min_x(cut), right)] {
        if part.width() > 0.0 {
            ui.painter().rect_filled(part, CornerRadius::ZERO, color);
        }
    }
}

fn scale(ui: &Ui, card: Rect, places: Places, axis: Axis) {
    let theme = theme::of(ui);
    ui.painter().hline(places.bars.x_range(), places.bars.bottom() + 1.0, theme.border_stroke());
    let shown = (places.bars.left() + 10.0)..(places.bars.right() - 14.0);
    let mut marks = ticks(axis.low, axis.high, (places.bars.width() / 56.0) as usize);
    marks.retain(|&tick| shown.contains(&axis.x(tick)));
    let decimals = usize::from(marks.windows(2).any(|pair| pair[1] - pair[0] < 0.99));
    for (index, tick) in marks.iter().enumerate() {
        let unit = if index + 1 == marks.len() { " σ" } else { "" };
        let text = format!("{tick:.decimals$}{unit}").replace('-', "−");
        let at = pos2(axis.x(*tick), card.bottom() - 13.0);
        paint::text(ui.painter(), at, Align2::CENTER_CENTER, text, font::caption(), theme.secondary);
    }
}

/// Missed and cleared at the left, found and false alarms at the right.
fn counts(ui: &Ui, places: Places, middle: f32, shown: &Shown<'_>) {
    let theme = theme::of(ui);
    let counted = shown.prepared.outcomes[shown.selected].confusion;
    let (above, below) = (middle - 12.0, middle + 13.0);
    for (left, y, count, word) in [
        (true, above, counted.fn_, "missed"),
        (true, below, counted.tn, "cleared"),
        (false, above, counted.tp, "found"),
        (false, below, counted.fp, "false alarms"),
    ] {
        let word_galley = paint::elided(ui, &format!(" {word}"), font::caption(), theme.secondary, 120.0);
        let count_galley = paint::elided(ui, &thousands(count as usize), font::caption_strong(), theme.text, 80.0);
        let width = word_galley.size().x + count_galley.size().x;
        let x = if left { places.bars.left() } else { places.bars.right() - width };
        let rect = Rect::from_min_size(pos2(x, y - 8.0), vec2(width, 16.0));
        let at = rect.min + vec2(count_galley.size().x, 0.0);
        ui.painter().galley(rect.min, count_galley, theme.text);
        ui.painter().galley(at, word_galley, theme.secondary);
        speak(ui, rect, ("count", word), egui::Role::Label, &format!("{count} {word}"));
    }
}

/// The line, its place in σ, and which way is which.
fn threshold(ui: &Ui, places: Places, axis: Axis, sigma: f64, line: &Response) {
    let theme = theme::of(ui);
    let x = axis.x(sigma);
    let pill_y = places.drag.top() + 10.0;
    ui.painter().vline(x, Rangef::new(pill_y, places.bars.bottom() + 1.0), Stroke::new(2.0, theme.text));
    let text = paint::elided(ui, &format::sigma(sigma), font::caption_strong(), theme.window, 90.0);
    let pill = vec2((text.size().x + 18.0).max(52.0), 20.0);
    let center = x.clamp(places.bars.left() + pill.x / 2.0, places.bars.right() - pill.x / 2.0);
    let pill = Rect::from_center_size(pos2(center, pill_y), pill);
    ui.painter().rect_filled(pill, CornerRadius::same(radius::CONTROL), theme.text);
    if line.has_focus() || line.dragged() {
        let edge = CornerRadius::same(radius::CONTROL + 2);
        ui.painter().rect_stroke(pill.expand(2.0), edge, theme.focus_stroke(), StrokeKind::Outside);
    }
    ui.painter().galley(pill.center() - text.size() / 2.0, text, theme.window);
    for (at, anchor, words) in [
        (pill.left_center() - vec2(10.0, 0.0), Align2::RIGHT_CENTER, "← called healthy"),
        (pill.right_center() + vec2(10.0, 0.0), Align2::LEFT_CENTER, "called unusual →"),
    ] {
        let width = paint::width(ui, words, font::caption());
        let rect = anchor.anchor_size(at, vec2(width, 14.0));
        if rect.left() >= places.bars.left() && rect.right() <= places.bars.right() {
            paint::text(ui.painter(), at, anchor, words, font::caption(), theme.secondary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(sigmas: &[f64]) -> Vec<Scored> {
        sigmas.iter().enumerate().map(|(case, &sigma)| Scored { sigma, case }).collect()
    }

    #[test]
    fn one_wild_score_does_not_squeeze_the_rest() {
        let mut sigmas: Vec<f64> = (0..400).map(|rank| f64::from(rank) / 100.0).collect();
        sigmas.push(900.0);
        let sorted = Sorted { healthy: list(&[-1.5, 0.0, 1.0]), diseased: list(&sigmas) };
        let axis = Axis::new(&sorted, Rangef::new(100.0, 732.0));
        assert!(axis.high < 6.0 && axis.low < -1.5, "{axis:?}");
        assert_eq!(axis.x(900.0), 732.0);
        assert!((axis.sigma(axis.x(1.81)) - 1.81).abs() < 1e-4);
    }

    #[test]
    fn an_axis_without_scores_is_still_an_axis() {
        let axis = Axis::new(&Sorted::default(), Rangef::new(0.0, 600.0));
        assert!(axis.low < axis.high && axis.x(0.0).is_finite());
        let same = Sorted { healthy: list(&[0.0; 5]), diseased: list(&[0.0; 5]) };
        let axis = Axis::new(&same, Rangef::new(0.0, 10.0));
        assert!(axis.low < 0.0 && axis.high > 0.0);
    }
}
