//! How well maps show where something is. Painted lesions: by model and kind of lesion, with one lesion to look at; before,
//! the invitation to measure it. Where the data set has boxes around findings, these come first (`boxes`).

use egui::{Align2, Color32, Rangef, Rect, Role, Shape, Stroke, Ui, UiBuilder, Vec2, pos2, vec2};
use serde::{Deserialize, Serialize};

use super::look::{Look, speak};
use super::{Shown, boxes, format, same_data};
use crate::domain::{
    EntryKind, HeatmapEntry, HeatmapExample, Heatmaps, JobKind, LesionKind, ModelId, PixelFigures, SampleId, Segment,
};
use crate::engine::message::EngineCommand;
use crate::imaging::colormap::ColorMap;
use crate::ui::command::Commands;
use crate::ui::icons;
use crate::ui::state::{JobStage, JobView, State};
use crate::ui::textures::{self, Render, Source};
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Button, EmptyState, ProgressBar, Segmented, glossary, paint, paint_image, paint_plate};

pub(super) const ROW: f32 = 23.0;
/// The head's and the switch's.
pub(super) const HEAD: f32 = 24.0;
/// Images of the example, at least and at most.
const EXAMPLE: std::ops::RangeInclusive<f32> = 60.0..=220.0;

/// What maps are held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Against {
    /// Boxes around real findings; where there are none, lesions of all kinds.
    #[default]
    Boxes,
    /// Painted lesions of one kind, or of all together.
    Lesions(Option<LesionKind>),
}

/// Draws the tab: the figures, or how to get them. Gives the samples whose thumbnails are in view.
pub fn show(
    ui: &mut Ui,
    content: Rect,
    shown: &Shown<'_>,
    against: &mut Against,
    state: &State,
    commands: &mut Commands,
) -> Vec<SampleId> {
    if let Some(job) = job(state) {
        running(ui, content, state, job, commands);
        return Vec::new();
    }
    let benchmark = &shown.prepared.benchmark;
    let boxed = benchmark.entries.iter().any(|entry| entry.boxes.is_some());
    let lesions = benchmark.heatmaps.as_deref();
    if !boxed && *against == Against::Boxes {
        *against = Against::Lesions(None);
    }
    let mut below = content;
    if boxed || lesions.is_some() {
        let rect = Rect::from_min_size(content.min + vec2(0.0, space::S), vec2(content.width(), HEAD));
        let end = switch(ui, rect, boxed, lesions.is_some(), against);
        if let Some(words) = lesions.and_then(Heatmaps::caution).filter(|_| *against != Against::Boxes) {
            caution(ui, rect.with_min_x(end + space::S), words);
        }
        below = content.with_min_y(rect.bottom() + 4.0);
    }
    match (*against, lesions) {
        (Against::Boxes, _) => return boxes::show(ui, below, shown, state, commands),
        (Against::Lesions(kind), Some(heatmaps)) => measured(ui, below, shown, heatmaps, kind, boxed),
        (Against::Lesions(_), None) => invitation(ui, below, shown, boxed, state, commands),
    }
    Vec::new()
}

/// At the right end of `room`: where the lesions lie is nothing for these images.
fn caution(ui: &Ui, room: Rect, sentence: &str) {
    const WORDS: &str = "no lungs here";
    let theme = theme::of(ui);
    let width = paint::width(ui, WORDS, font::caption());
    let words = room.with_min_x(room.right() - width);
    let fits = room.width() >= width + 18.0;
    let icon = if fits { words.left() - 10.0 } else { room.right() - 7.0 };
    paint::filled_icon(ui.painter(), pos2(icon, room.center().y), icons::WARNING, 13.0, theme.caution);
    if fits {
        paint::line(ui, words, WORDS, font::caption(), theme.caution);
    }
    speak(ui, room.with_min_x(icon - 7.0), "heatmap caution", Role::Label, sentence).on_hover_text(sentence);
}

/// Gives where it ends.
fn switch(ui: &mut Ui, rect: Rect, boxed: bool, measured: bool, against: &mut Against) -> f32 {
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        let mut segments = Segmented::new("What maps are held against").compact();
        if boxed {
            segments = segments.option(Against::Boxes, "Boxes").tooltip("Boxes that people drew around real findings.");
        }
        let all = match (boxed, measured) {
            (true, false) => "Painted lesions",
            (true, true) => "Lesions",
            (false, _) => "All",
        };
        segments = segments.option(Against::Lesions(None), all);
        if measured {
            for kind in LesionKind::ALL {
                segments = segments.option(Against::Lesions(Some(kind)), kind.name());
            }
        }
        segments.show(ui, against).rect.right()
    })
    .inner
}

/// The measuring that is queued or runs.
fn job(state: &State) -> Option<&JobView> {
    state.jobs.iter().rev().find(|job| job.is_active() && job.kind == JobKind::Heatmaps)
}

fn running(ui: &mut Ui, content: Rect, state: &State, job: &JobView, commands: &mut Commands) {
    let text = state.progress_of(job);
    let above = content.with_max_y(content.center().y + 20.0);
    EmptyState::new(icons::HOURGLASS, &text).show(ui, above);
    let bar = Rect::from_center_size(content.center() + vec2(0.0, 24.0), vec2(200.0, 12.0));
    ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
        ui.add(ProgressBar::new("Measuring heatmaps", job.share()).width(200.0));
    });
    let cancel = Button::secondary("Cancel").name("Cancel measuring").filled_icon(icons::STOP);
    let size = vec2(cancel.natural_width(ui), 28.0);
    let place = Rect::from_center_size(content.center() + vec2(0.0, 60.0), size);
    if ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add_enabled(!job.stopping, cancel).clicked()).inner {
        commands.engine(EngineCommand::Stop { job: job.id });
    }
}

/// The models of the benchmark that are loaded.
fn loaded(shown: &Shown<'_>, state: &State) -> Vec<ModelId> {
    let entries = shown.prepared.benchmark.entries.iter();
    let models = entries.filter(|entry| matches!(entry.kind, EntryKind::Model(_)));
    let mut ids: Vec<ModelId> = Vec::new();
    // A model may be there by several scores.
    for id in models.map(|entry| ModelId(entry.model().to_owned())) {
        if state.model(&id).is_some() && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn invitation(ui: &mut Ui, content: Rect, shown: &Shown<'_>, boxed: bool, state: &State, commands: &mut Commands) {
    let models = loaded(shown, state);
    let last = state.jobs.iter().rev().find(|job| job.kind == JobKind::Heatmaps);
    let failed = last.and_then(|job| match &job.stage {
        JobStage::Failed(failure) => Some(format!("{} {}", failure.message, failure.advice)),
        _ => None,
    });
    let (icon, sentence, button) = if !same_data(state, &shown.prepared.benchmark) {
        (icons::FOLDER_OPEN, "These results are of another data set than the one that is open.", None)
    } else if models.is_empty() {
        (icons::STACK, "None of the models in these results is loaded.", None)
    } else if super::job(state).is_some() {
        (icons::HOURGLASS, "A benchmark is running. The maps can be measured when it is done.", None)
    } else if let Some(failed) = &failed {
        (icons::WARNING_CIRCLE, failed.trim_end(), Some("Try again"))
    } else {
        let words = if boxed {
            "Paint synthetic lesions onto healthy test images and measure how well each map shows them."
        } else {
            "No test image here has a box around a finding. Paint synthetic lesions onto healthy ones and measure how well each map shows them."
        };
        (icons::TARGET, words, Some("Measure heatmaps"))
    };
    let mut empty = EmptyState::new(icon, sentence);
    if let Some(button) = button {
        empty = empty.button(button);
    }
    if empty.show(ui, content) {
        let benchmark = shown.prepared.benchmark.clone();
        commands.engine(EngineCommand::MeasureHeatmaps { job: Commands::new_job(), benchmark, models });
    }
}

/// Right edges of the columns.
struct Places {
    auroc: f32,
    auroc_range: f32,
    precision: f32,
    overlap: f32,
    overlap_range: f32,
    untrained: f32,
}

impl Places {
    fn new(rect: Rect) -> Self {
        let right = rect.right();
        Self {
            auroc: right - 306.0,
            auroc_range: right - 228.0,
            precision: right - 178.0,
            overlap: right - 122.0,
            overlap_range: right - 42.0,
            untrained: right,
        }
    }
}

fn figures(entry: &HeatmapEntry, kind: Option<LesionKind>) -> Option<&PixelFigures> {
    let Some(kind) = kind else { return Some(&entry.all) };
    entry.by_lesion.iter().find(|figures| figures.lesion == kind).map(|figures| &figures.pixels)
}

fn measured(ui: &Ui, content: Rect, shown: &Shown<'_>, heatmaps: &Heatmaps, kind: Option<LesionKind>, boxed: bool) {
    let places = Places::new(content);
    let heads = Rect::from_min_size(content.min, vec2(content.width(), HEAD));
    head_row(ui, heads, &places);
    // The note below, then the example, take their room first.
    let least = EXAMPLE.start() + 52.0;
    let room = ((content.bottom() - heads.bottom() - least) / ROW).max(1.0) as usize;
    let selected = &shown.entry().id;
    let rows = heatmaps.entries.iter().take(room);
    for (index, entry) in rows.clone().enumerate() {
        let top = heads.bottom() + index as f32 * ROW;
        let rect = Rect::from_min_size(pos2(content.left(), top), vec2(content.width(), ROW));
        row(ui, rect, shown, entry, kind, &places, entry.id == *selected);
    }
    let below = content.with_min_y(heads.bottom() + rows.count() as f32 * ROW + space::S);
    let note_at = note(ui, below, heatmaps, boxed);
    let entry = heatmaps.entries.iter().find(|entry| entry.id == *selected).or(heatmaps.entries.first());
    if let Some(entry) = entry {
        example(ui, below.with_max_y(note_at - space::S), entry, kind);
    }
}

/// The heads of columns: where, on which side of that, the words, and the term that explains them.
pub(super) fn head_cells(ui: &Ui, row: Rect, id: &str, cells: &[(f32, Align2, &str, &str)]) {
    let theme = theme::of(ui);
    for &(x, anchor, text, term) in cells {
        let placed = paint::text(ui.painter(), pos2(x, row.center().y), anchor, text, font::caption(), theme.secondary);
        glossary::explain(speak(ui, placed, (id, x as i32), Role::Label, text), term);
    }
}

fn head_row(ui: &Ui, row: Rect, places: &Places) {
    let cells = [
        (row.left(), Align2::LEFT_CENTER, "Map of", "Map"),
        (places.auroc, Align2::RIGHT_CENTER, "Pixel AUROC", "Pixel AUROC"),
        (places.auroc_range, Align2::RIGHT_CENTER, "95\u{2009}% CI", "95 % CI"),
        (places.precision, Align2::RIGHT_CENTER, "AP", "Pixel AP"),
        (places.overlap, Align2::RIGHT_CENTER, "AUPRO", "AUPRO"),
        (places.overlap_range, Align2::RIGHT_CENTER, "95\u{2009}% CI", "95 % CI"),
        (places.untrained, Align2::RIGHT_CENTER, "ρ", "Untrained"),
    ];
    head_cells(ui, row, "heatmap head", &cells);
}

/// As in the leaderboard; the baseline has no row there.
fn look(ui: &Ui, shown: &Shown<'_>, entry: &HeatmapEntry) -> Look {
    let known = shown.prepared.benchmark.entries.iter().position(|known| known.id == entry.id);
    known.map_or(Look { color: theme::of(ui).healthy, baseline: true }, |index| shown.looks[index])
}

fn row(
    ui: &Ui,
    rect: Rect,
    shown: &Shown<'_>,
    entry: &HeatmapEntry,
    kind: Option<LesionKind>,
    places: &Places,
    selected: bool,
) {
    let theme = theme::of(ui);
    let y = rect.center().y;
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline_stroke());
    let look = look(ui, shown, entry);
    look.paint_mark(ui.painter(), pos2(rect.left() + 4.0, y), 4.0);
    let strong = if selected { font::body_strong() } else { font::body() };
    let room = vec2(places.auroc - rect.left() - 56.0, rect.height() - 4.0);
    let name = look.name_in(ui, &entry.name, strong, theme.text, room);
    ui.painter().galley(pos2(rect.left() + 16.0, y - name.size().y / 2.0), name, theme.text);
    let right = |x: f32, text: &str, font, ink| {
        paint::text(ui.painter(), pos2(x, y), Align2::RIGHT_CENTER, text, font, ink);
    };
    let Some(figures) = figures(entry, kind) else { return };
    let sanity = entry.sanity.map_or_else(|| "–".to_owned(), |sanity| format!("{:.2}", sanity.spearman));
    let sanity = sanity.replace('-', "−");
    right(places.auroc, &format::area(figures.auroc.value), font::body(), theme.text);
    right(places.auroc_range, &format::area_range(&figures.auroc), font::caption(), theme.secondary);
    right(places.precision, &format::area(figures.average_precision.value), font::body(), theme.text);
    right(places.overlap, &format::area(figures.aupro.value), font::body(), theme.text);
    right(places.overlap_range, &format::area_range(&figures.aupro), font::caption(), theme.secondary);
    right(places.untrained, &sanity, font::body(), theme.text);
    let said = format!(
        "{}, pixel AUROC {}, AP {}, AUPRO {}, like untrained {sanity}",
        entry.name,
        format::area(figures.auroc.value),
        format::area(figures.average_precision.value),
        format::area(figures.aupro.value),
    );
    let response = speak(ui, rect, ("heatmap row", &entry.id), Role::Label, &said);
    response.on_hover_ui(|ui| {
        ui.label(&entry.name);
        for line in details(entry, kind) {
            ui.label(line);
        }
    });
}

/// What the columns leave out.
fn details(entry: &HeatmapEntry, kind: Option<LesionKind>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(figures) = figures(entry, kind) {
        let share = format::percent(figures.lesion_share);
        lines.push(format!("{share} of the pixels are lesion: by chance the AP would be as much, the AUPRO 0.150."));
    }
    let image_auroc = |kind: LesionKind| entry.by_lesion.iter().find(|figures| figures.lesion == kind)?.image_auroc;
    if let Some(auroc) = kind.and_then(image_auroc) {
        lines.push(format!("Image score, with against without lesion: AUROC {}.", format::area(auroc)));
    }
    if let Some(share) = entry.healthy_above_one {
        let share = format::percent(share);
        lines.push(format!("Without lesions, {share} of the pixels lie above 1 on the map's scale."));
    }
    if let Some(sanity) = entry.sanity {
        lines.push(
            format!(
                "Untrained network: rank correlation of the maps {:.2}, linear {:.2}, structural similarity {:.2}; its own pixel AUROC {:.3}.",
                sanity.spearman, sanity.pearson, sanity.ssim, sanity.untrained_auroc
            )
            .replace('-', "−"),
        );
    }
    lines
}

/// What the figures are of, at the foot; gives where it begins.
fn note(ui: &Ui, below: Rect, heatmaps: &Heatmaps, boxed: bool) -> f32 {
    let theme = theme::of(ui);
    let images = heatmaps.images;
    let boxes = if boxed { "" } else { "; no real finding has a box" };
    let text = format!(
        "Synthetic lesions on {images} healthy test images, one of each kind{boxes}. AUPRO up to 30\u{2009}% false positives. ρ: likeness to the untrained network's maps."
    );
    let galley = paint::wrapped(ui, &text, font::caption(), theme.secondary, below.width());
    let top = below.bottom() - 10.0 - galley.size().y;
    let place = Rect::from_min_size(pos2(below.left(), top), galley.size());
    ui.painter().galley(place.min, galley, theme.secondary);
    speak(ui, place, "heatmap note", Role::Label, &text);
    top
}

/// One lesion: what the network saw, and its map.
fn example(ui: &Ui, room: Rect, entry: &HeatmapEntry, kind: Option<LesionKind>) {
    let chosen = kind.unwrap_or(LesionKind::Consolidation);
    let Some(example) = entry.examples.iter().find(|example| example.lesion == chosen) else { return };
    let side = room.height().min((room.width() - space::M) / 2.0 - 60.0);
    if side < *EXAMPLE.start() - 1.0 {
        return;
    }
    let side = side.min(*EXAMPLE.end()).floor();
    let first = Rect::from_min_size(room.min, Vec2::splat(side));
    let second = first.translate(vec2(side + space::S, 0.0));
    picture(ui, first, &Source::Plane(example.input.clone()), &Render::gray(), &example.outline);
    let render = match entry.kind {
        EntryKind::Model(_) => Render::with_lut(ColorMap::default().lut()),
        EntryKind::Baseline => Render::gray(),
    };
    picture(ui, second, &Source::Plane(example.map.clone()), &render, &example.outline);
    speak(ui, first, "heatmap example", Role::Image, &format!("{}, synthetic, outlined", chosen.name()));
    speak(ui, second, "heatmap example map", Role::Image, &format!("Map of {}", entry.name));
    caption(ui, room.with_min_x(second.right() + space::M), entry, example);
}

fn picture(ui: &Ui, rect: Rect, source: &Source, render: &Render, outline: &[Segment]) {
    let texture = textures::texture(ui.ctx(), source, render);
    paint_image(ui.painter(), rect, texture, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
    let at = |[x, y]: [f32; 2]| rect.min + vec2(x * rect.width(), y * rect.height());
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    for stroke in [Stroke::new(2.5, theme::of(ui).plate), Stroke::new(1.0, theme::DARK.text)] {
        painter.extend(outline.iter().map(|&[from, to]| Shape::line_segment([at(from), at(to)], stroke)));
    }
}

fn caption(ui: &Ui, room: Rect, entry: &HeatmapEntry, example: &HeatmapExample) {
    let theme = theme::of(ui);
    let file = example.path.rsplit('/').next().unwrap_or(&example.path);
    let lines = [
        (example.lesion.name(), font::body_strong(), theme.text),
        ("synthetic", font::caption(), theme.secondary),
        (file, font::caption(), theme.secondary),
        (entry.name.as_str(), font::caption(), theme.secondary),
    ];
    let mut y = room.top();
    for (text, font, ink) in lines {
        let line = Rect::from_x_y_ranges(Rangef::new(room.left(), room.right()), y..=y + 18.0);
        if line.bottom() <= room.bottom() + 1.0 && line.width() > 20.0 {
            paint::line(ui, line, text, font, ink);
        }
        y += 18.0;
    }
    let corner = pos2(room.left() - space::M - 6.0, room.top() + 6.0);
    paint_plate(ui, corner, Align2::RIGHT_TOP, "Map");
}
