//! Maps against boxes that people drew around findings: how often the highest pixel lies in one, how much marked pixels
//! and boxes have in common, and the images themselves with their boxes.

use std::sync::Arc;

use egui::{
    Align2, Color32, CornerRadius, Id, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::gallery::Strip;
use super::heatmaps::{HEAD, ROW};
use super::look::speak;
use super::{Shown, format};
use crate::domain::{
    Benchmark, BenchmarkEntry, BoxFigures, CaseRef, DataSetSummary, MarkedBox, Sample, SampleId, evenly,
};
use crate::ui::command::{Commands, UiCommand};
use crate::ui::state::State;
use crate::ui::textures::{self, Render, Source};
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{paint, paint_image};

/// Side of an image, at least and at most: thumbnails have 128 pixels.
const SIDE: std::ops::RangeInclusive<f32> = 48.0..=128.0;
/// Under an image: what was found, and the scroll bar.
const BELOW_IMAGE: f32 = 30.0;

/// The test images with boxes that the figures are of, found once for results and data set.
#[derive(Debug, Default)]
pub struct Boxed {
    of: Option<(Arc<Benchmark>, Arc<DataSetSummary>)>,
    samples: Vec<SampleId>,
}

impl Boxed {
    /// Finds them where the results or the data set are others; without a data set there are none.
    pub fn follow(&mut self, benchmark: &Arc<Benchmark>, data: Option<&Arc<DataSetSummary>>) {
        let Some(data) = data else { return *self = Self::default() };
        let known = |(known, of): &(Arc<Benchmark>, Arc<DataSetSummary>)| {
            Arc::ptr_eq(known, benchmark) && Arc::ptr_eq(of, data)
        };
        if !self.of.as_ref().is_some_and(known) {
            self.samples = find(benchmark, data);
            self.of = Some((benchmark.clone(), data.clone()));
        }
    }

    pub fn samples(&self) -> &[SampleId] {
        &self.samples
    }
}

/// The same choice as the engine's: of many, as many evenly spread as were looked at.
fn find(benchmark: &Benchmark, data: &DataSetSummary) -> Vec<SampleId> {
    let looked_at = benchmark.entries.iter().find_map(|entry| entry.boxes).map_or(0, |figures| figures.images);
    let has_boxes = |id: &SampleId| data.sample(*id).is_some_and(|sample| !sample.boxes.is_empty());
    let boxed: Vec<SampleId> = benchmark.cases.iter().map(|case| case.sample).filter(has_boxes).collect();
    evenly(boxed.len(), looked_at as usize).map(|index| boxed[index]).collect()
}

/// Right edges of the columns.
struct Places {
    pointing: f32,
    range: f32,
    chance: f32,
    in_lungs: f32,
    iou: f32,
    iou_chance: f32,
}

impl Places {
    fn new(rect: Rect) -> Self {
        let right = rect.right();
        Self {
            pointing: right - 290.0,
            range: right - 222.0,
            chance: right - 164.0,
            in_lungs: right - 104.0,
            iou: right - 52.0,
            iou_chance: right,
        }
    }
}

/// Draws the figures of every entry that has some, and where there is room the images; gives those in view.
pub fn show(ui: &mut Ui, content: Rect, shown: &Shown<'_>, state: &State, commands: &mut Commands) -> Vec<SampleId> {
    let places = Places::new(content);
    let heads = Rect::from_min_size(content.min, vec2(content.width(), HEAD));
    head_row(ui, heads, &places);
    let entries = &shown.prepared.benchmark.entries;
    let boxed: Vec<(usize, BoxFigures)> =
        entries.iter().enumerate().filter_map(|(index, entry)| Some((index, entry.boxes?))).collect();
    let note_at = note(ui, content, boxed.first().map_or(0, |(_, figures)| figures.images));
    let room = ((note_at - heads.bottom() - space::S) / ROW).max(1.0) as usize;
    for (line, (index, figures)) in boxed.iter().take(room).enumerate() {
        let top = heads.bottom() + line as f32 * ROW;
        let rect = Rect::from_min_size(pos2(content.left(), top), vec2(content.width(), ROW));
        row(ui, rect, shown, *index, figures, &places);
    }
    let top = heads.bottom() + boxed.len().min(room) as f32 * ROW + space::M;
    images(ui, Rect::from_x_y_ranges(content.x_range(), top..=note_at - space::XS), shown, state, commands)
}

fn head_row(ui: &Ui, row: Rect, places: &Places) {
    let cells = [
        (row.left(), Align2::LEFT_CENTER, "Map of", "Map"),
        (places.pointing, Align2::RIGHT_CENTER, "Pointing", "Pointing game"),
        (places.range, Align2::RIGHT_CENTER, "95\u{2009}% CI", "95 % CI"),
        (places.chance, Align2::RIGHT_CENTER, "Chance", "By chance"),
        (places.in_lungs, Align2::RIGHT_CENTER, "in lungs", "Chance in lungs"),
        (places.iou, Align2::RIGHT_CENTER, "IoU", "IoU"),
        (places.iou_chance, Align2::RIGHT_CENTER, "Chance", "By chance"),
    ];
    super::heatmaps::head_cells(ui, row, "box head", &cells);
}

fn row(ui: &Ui, rect: Rect, shown: &Shown<'_>, index: usize, figures: &BoxFigures, places: &Places) {
    let (theme, entry, look) = (theme::of(ui), &shown.prepared.benchmark.entries[index], shown.looks[index]);
    let y = rect.center().y;
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline_stroke());
    look.paint_mark(ui.painter(), pos2(rect.left() + 4.0, y), 4.0);
    let strong = if index == shown.selected { font::body_strong() } else { font::body() };
    let room = vec2(places.pointing - rect.left() - 64.0, rect.height() - 4.0);
    let name = look.name_in(ui, &entry.name, strong, theme.text, room);
    ui.painter().galley(pos2(rect.left() + 16.0, y - name.size().y / 2.0), name, theme.text);
    let right = |x: f32, text: String, font, ink| {
        paint::text(ui.painter(), pos2(x, y), Align2::RIGHT_CENTER, text, font, ink);
    };
    right(places.pointing, format::percent(figures.pointing.value), font::body(), theme.text);
    right(places.range, format::percent_range(&figures.pointing), font::caption(), theme.secondary);
    right(places.chance, format::percent(figures.pointing_chance), font::body(), theme.secondary);
    let in_lungs = figures.pointing_chance_in_lungs.map_or_else(|| "–".to_owned(), format::percent);
    right(places.in_lungs, in_lungs, font::body(), theme.secondary);
    right(places.iou, format::area(figures.iou), font::body(), theme.text);
    right(places.iou_chance, format::area(figures.iou_chance), font::body(), theme.secondary);
    let response = speak(ui, rect, ("box row", &entry.id), Role::Label, &said(entry, figures));
    response.on_hover_text(format!(
        "{}: {} of an image lie at 1 or above. The overlap reaches 0.25 in {} of the images and 0.5 in {}.",
        entry.name,
        format::percent(figures.marked),
        format::percent(figures.iou_above_025),
        format::percent(figures.iou_above_050)
    ));
}

fn said(entry: &BenchmarkEntry, figures: &BoxFigures) -> String {
    format!(
        "{}, highest pixel in a box {}, by chance {}, IoU {}, by chance {}",
        entry.name,
        format::percent(figures.pointing.value),
        format::percent(figures.pointing_chance),
        format::area(figures.iou),
        format::area(figures.iou_chance)
    )
}

/// What the figures are of, at the foot; gives where it begins.
fn note(ui: &Ui, content: Rect, images: u32) -> f32 {
    let theme = theme::of(ui);
    let text = format!(
        "Maps of {images} test images with boxes that people drew around findings. IoU: all boxes of an image against the \
         pixels at 1 or above on the map's scale."
    );
    let galley = paint::wrapped(ui, &text, font::caption(), theme.secondary, content.width());
    let top = content.bottom() - 10.0 - galley.size().y;
    let place = Rect::from_min_size(pos2(content.left(), top), galley.size());
    ui.painter().galley(place.min, galley, theme.secondary);
    speak(ui, place, "box note", Role::Label, &text);
    top
}

/// The images with their boxes, in a row; a click shows one on the Compare screen. Gives those in view.
fn images(ui: &mut Ui, place: Rect, shown: &Shown<'_>, state: &State, commands: &mut Commands) -> Vec<SampleId> {
    let side = (place.height() - BELOW_IMAGE).min(*SIDE.end()).floor();
    let (Some(data), false) = (&state.data, shown.boxed.is_empty() || side < *SIDE.start()) else {
        return Vec::new();
    };
    let strip = Strip { place, count: shown.boxed.len(), side, pitch: side + space::S };
    let visible = strip.show(ui, "boxes", |ui, rect, index| {
        let id = shown.boxed[index];
        if data.sample(id).is_some_and(|sample| image(ui, rect, id, sample, state)) {
            commands.push(UiCommand::ShowCase(CaseRef::Sample(id)));
        }
    });
    shown.boxed[visible].to_vec()
}

/// One image, whole; true when it was clicked.
fn image(ui: &Ui, rect: Rect, id: SampleId, sample: &Sample, state: &State) -> bool {
    let theme = theme::of(ui);
    let response = ui.interact(rect, Id::unique(("benchmark box", id)), Sense::click());
    let finding = sample.finding.as_deref().unwrap_or_default();
    let count = match sample.boxes.len() {
        1 => "1 box".to_owned(),
        count => format!("{count} boxes"),
    };
    let said = [sample.stem(), finding, &count].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let said = said.join(", ");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
    let size = vec2(sample.width.max(1) as f32, sample.height.max(1) as f32);
    let whole = Rect::from_center_size(rect.center(), size * (rect.width() / size.max_elem()));
    match state.thumbnails.get(&id) {
        Some(pixels) => {
            let texture = textures::texture(ui.ctx(), &Source::Gray(pixels.clone()), &Render::gray());
            paint_image(
                ui.painter(),
                whole,
                texture,
                Rect::from_min_size(pos2(0.0, 0.0), Vec2::splat(1.0)),
                Color32::WHITE,
            );
            sample.boxes.iter().for_each(|&marked| outline(ui, whole, marked, size));
        }
        None => {
            ui.painter().rect_filled(whole, CornerRadius::ZERO, theme.raised);
        }
    }
    if response.hovered() || response.has_focus() {
        let edge = Stroke::new(2.0, theme.accent);
        ui.painter().rect_stroke(rect, CornerRadius::ZERO, edge, StrokeKind::Inside);
    }
    let below = Rect::from_min_size(rect.left_bottom() + vec2(0.0, 3.0), vec2(rect.width(), 16.0));
    paint::line(ui, below, finding, font::caption(), theme.secondary);
    let clicked = response.clicked();
    response.on_hover_text(format!("{said}. Click to compare."));
    clicked
}

/// A box of an image of `size` pixels that fills `whole`.
fn outline(ui: &Ui, whole: Rect, marked: MarkedBox, size: Vec2) {
    let [x, y, width, height] = [marked.x, marked.y, marked.width, marked.height].map(|length| length as f32);
    let scale = whole.size() / size;
    let rect = Rect::from_min_size(whole.min + vec2(x, y) * scale, vec2(width, height) * scale).intersect(whole);
    for stroke in [Stroke::new(2.5, theme::of(ui).plate), Stroke::new(1.0, theme::DARK.text)] {
        ui.painter().rect_stroke(rect, CornerRadius::ZERO, stroke, StrokeKind::Middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures;
    use crate::ui::benchmark::fixture;

    #[test]
    fn the_images_are_those_the_figures_are_of() {
        let state = fixture::with_boxes(fixture::state(), 10);
        let (benchmark, data) = (state.benchmark.clone().unwrap(), state.data.clone().unwrap());
        let mut boxed = Boxed::default();
        boxed.follow(&benchmark, Some(&data));
        assert_eq!(boxed.samples().len(), 10);
        let with_box = |id: &SampleId| !data.sample(*id).unwrap().boxes.is_empty();
        assert!(boxed.samples().iter().all(with_box));
        let mut fewer = (*benchmark).clone();
        for entry in &mut fewer.entries {
            entry.boxes = Some(BoxFigures { images: 5, ..fixtures::boxes(0.3) });
        }
        let all = boxed.samples().to_vec();
        boxed.follow(&Arc::new(fewer), Some(&data));
        let every_second: Vec<SampleId> = all.into_iter().step_by(2).collect();
        assert_eq!(boxed.samples(), every_second, "of more than were looked at, an even choice");
        boxed.follow(&benchmark, None);
        assert!(boxed.samples().is_empty());
        assert!(find(&benchmark, &DataSetSummary { samples: Vec::new(), ..(*data).clone() }).is_empty());
    }
}
