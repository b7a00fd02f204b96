//! "Watch it learn": a pinned case, and what the network made of it epoch by epoch.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::accesskit::Action;
use egui::{
    Align, Align2, CornerRadius, EventFilter, Key, Layout, Popup, PopupCloseBehavior, Rect, Response, Role, Sense,
    Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::domain::{CaseRef, FilmRow, Label, ModelId, Preview, SampleId, Split};
use crate::engine::message::EngineCommand;
use crate::imaging::colormap::ColorMap;
use crate::ui::command::{Commands, UiCommand};
use crate::ui::icons;
use crate::ui::state::{LiveRun, SavedFilm, State, ThumbnailRequests};
use crate::ui::textures::{self, Render, Source};
use crate::ui::theme::{self, font, space};
use crate::ui::train::axis;
use crate::ui::train::facts::Facts;
use crate::ui::train::pins::{self, Pins};
use crate::ui::train::runs::Run;
use crate::ui::widgets::{
    Cell, IconButton, ImageView, Segmented, ThumbnailGrid, paint, paint_class_mark, paint_thumbnail,
};

/// Between columns, and between reconstruction and map.
const GAP: f32 = 4.0;
/// Below the images: epochs, scrubber, air.
const HEADER: f32 = 41.0;
const FOOTER: f32 = 72.0;
/// All of a texture.
const WHOLE: Rect = Rect { min: egui::Pos2::ZERO, max: pos2(1.0, 1.0) };

/// What the film strip remembers.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Film {
    pub pins: Pins,
    /// Which of the pinned cases is on the strip.
    pin: usize,
    /// The epoch that was scrubbed to, of which run; the newest otherwise.
    #[serde(skip)]
    scrubbed: Option<(ModelId, u32)>,
    /// The run folder whose pictures were asked for last, and how many epochs it had.
    #[serde(skip)]
    asked: Option<(PathBuf, usize)>,
    #[serde(skip)]
    picker_shows: PickerShows,
    #[serde(skip)]
    requests: ThumbnailRequests,
}

/// A case on the strip.
struct Row {
    /// In the data set that is open; `None` when it is of another.
    case: Option<CaseRef>,
    name: String,
    /// By epoch, ascending; none before the first.
    previews: Vec<Arc<Preview>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum PickerShows {
    #[default]
    Diseased,
    Healthy,
}

/// How much closer together early pictures are than late ones.
const EARLY: f64 = 1.4;

/// The columns to show of `count` pictures: the first, the newest and `chosen` always, early ones closer together,
/// because there most happens.
pub fn thin(count: usize, columns: usize, chosen: Option<usize>) -> Vec<usize> {
    if count <= columns {
        return (0..count).collect();
    }
    let Some(last_column) = columns.checked_sub(1).filter(|last| *last > 0) else {
        return chosen.or(count.checked_sub(1)).into_iter().collect();
    };
    let mut kept: Vec<usize> = Vec::with_capacity(columns);
    for column in 0..columns {
        let share = (column as f64 / last_column as f64).powf(EARLY);
        let wanted = (share * (count - 1) as f64).round() as usize;
        let least = kept.last().map_or(0, |before| before + 1);
        // Leave room for the columns that follow.
        kept.push(wanted.max(least).min(count - (columns - column)));
    }
    if let Some(chosen) = chosen.filter(|chosen| !kept.contains(chosen)) {
        // The first and the newest stay; the nearest between gives way.
        let inner = 1..last_column.max(2);
        if let Some(at) = inner.min_by_key(|&at| kept[at.min(last_column)].abs_diff(chosen)) {
            kept[at.min(last_column)] = chosen;
        }
    }
    kept
}

impl Film {
    /// The epoch shown of a run, when one was scrubbed to.
    pub fn scrubbed(&self, run: &Run<'_>) -> Option<u32> {
        self.scrubbed.as_ref().filter(|(id, _)| id == &run.info.id).map(|(_, epoch)| *epoch)
    }

    /// Draws the strip into `place`, with the run it is about.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        place: Rect,
        run: Option<&Run<'_>>,
        facts: Option<&Facts>,
        state: &State,
        commands: &mut Commands,
    ) {
        let mut wanted: Vec<SampleId> = Vec::new();
        self.ask(run, state, commands);
        let rows = self.rows(run, facts, state);
        self.pin = self.pin.min(rows.len().saturating_sub(1));
        wanted.extend(rows.iter().filter_map(|row| sample_of(row.case.as_ref())));
        let header = Rect::from_min_size(place.min, vec2(place.width(), 36.0));
        self.header_ui(ui, header, &rows, run, facts, state, &mut wanted);
        let strip = Rect::from_min_max(place.min + vec2(0.0, HEADER), place.max);
        let side = ((strip.height() - FOOTER - GAP) / 2.0).floor().max(24.0);
        let input = Rect::from_min_size(strip.min, vec2(2.0 * side - 6.0, 2.0 * side - 6.0));
        let row = rows.get(self.pin);
        let previews = row.map_or(&[][..], |row| row.previews.as_slice());
        if let Some(row) = row {
            input_ui(ui, input, row, state, commands);
        }
        let film = Rect::from_min_max(pos2(input.right() + space::M, strip.top()), strip.max);
        match (run, previews.is_empty()) {
            (Some(run), false) => self.columns_ui(ui, film, side, run, previews),
            _ => paint_nothing(ui, film, side, run, state),
        }
        self.requests.ask(ui, state, wanted, commands);
    }

    /// Asks for the pictures that a run's folder keeps, once, where this session has not seen all of them being made.
    fn ask(&mut self, run: Option<&Run<'_>>, state: &State, commands: &mut Commands) {
        let Some(run) = run.filter(|run| run.epoch_count() > 0) else { return };
        let wanted = Some((run.info.folder.clone(), run.epoch_count()));
        let first = run.live.and_then(|live| live.previews.iter().flatten().next());
        let whole = first.is_some_and(|first| first.epoch == 0);
        if !whole && state.film(&run.info.folder).is_none() && self.asked != wanted {
            self.asked = wanted;
            commands.engine(EngineCommand::LoadFilm { folder: run.info.folder.clone() });
        }
    }

    /// The cases of a run that was watched, with their pictures; else those that the next run will be watched with.
    fn rows(&self, run: Option<&Run<'_>>, facts: Option<&Facts>, state: &State) -> Vec<Row> {
        let saved = run.and_then(|run| state.film(&run.info.folder));
        let live: Vec<Row> = run.and_then(|run| run.live).map(|live| live_rows(live, saved, state)).unwrap_or_default();
        if !live.is_empty() {
            return live;
        }
        if let Some(film) = saved.filter(|film| !film.rows.is_empty()) {
            return saved_rows(film, state);
        }
        let pinned = facts.map(|facts| self.pins.of(facts)).unwrap_or_default();
        pinned.iter().map(|&id| Row::new(CaseRef::Sample(id), Vec::new(), state)).collect()
    }

    #[allow(clippy::too_many_arguments, reason = "what the header shows and where")]
    fn header_ui(
        &mut self,
        ui: &mut Ui,
        place: Rect,
        rows: &[Row],
        run: Option<&Run<'_>>,
        facts: Option<&Facts>,
        state: &State,
        wanted: &mut Vec<SampleId>,
    ) {
        let theme = theme::of(ui);
        let title = paint::line(ui, place, "Watch it learn", font::card_title(), theme.text);
        let heading = ui.interact(title, ui.scope_id().with("watch it learn"), Sense::hover());
        heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, "Watch it learn"));
        let at = pos2(title.right() + space::M, place.center().y);
        let caption = "pinned cases, redrawn every epoch";
        paint::text(ui.painter(), at, Align2::LEFT_CENTER, caption, font::caption(), theme.secondary);
        let builder = UiBuilder::new().max_rect(place).layout(Layout::right_to_left(Align::Center)).id_salt("cases");
        let mut right = ui.new_child(builder);
        right.spacing_mut().item_spacing.x = 5.0;
        let active = run.is_some_and(|run| run.active.is_some());
        let pin = right
            .add_enabled(state.data.is_some(), IconButton::new(icons::PUSH_PIN, "Choose the cases to watch").framed());
        self.picker_ui(&pin, active, facts, state, wanted);
        right.add_space(5.0);
        for (index, row) in rows.iter().enumerate().rev() {
            if thumbnail_ui(&mut right, row, "Watch", index == self.pin, state).clicked() {
                self.pin = index;
            }
        }
    }

    fn picker_ui(
        &mut self,
        button: &Response,
        active: bool,
        facts: Option<&Facts>,
        state: &State,
        wanted: &mut Vec<SampleId>,
    ) {
        let Some(facts) = facts else { return };
        let behavior = PopupCloseBehavior::CloseOnClickOutside;
        Popup::menu(button).close_behavior(behavior).gap(6.0).width(330.0).show(|ui| {
            ui.set_min_size(vec2(318.0, 320.0));
            let theme = theme::of(ui);
            let count = self.pins.of(facts).len();
            ui.horizontal(|ui| {
                ui.label(egui::RichText::new(format!("{count} of {} watched", pins::MOST)).font(font::body_strong()));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    Segmented::new("Cases")
                        .option_with_mark(PickerShows::Diseased, "Diseased", Label::Diseased)
                        .option_with_mark(PickerShows::Healthy, "Healthy", Label::Healthy)
                        .compact()
                        .show(ui, &mut self.picker_shows);
                });
            });
            let note = if active {
                "What runs keeps its cases; a choice made now holds for the next run."
            } else {
                "None of these is trained on, and none is of the test set."
            };
            ui.label(egui::RichText::new(note).font(font::caption()).color(theme.secondary));
            wanted.extend(self.pins.of(facts));
            self.pinned_ui(ui, facts, state);
            let label = match self.picker_shows {
                PickerShows::Diseased => Label::Diseased,
                PickerShows::Healthy => Label::Healthy,
            };
            self.grid_ui(ui, facts, &pins::candidates(&facts.data, label), state, wanted);
        });
    }

    /// The cases that are watched; a click lets one go.
    fn pinned_ui(&mut self, ui: &mut Ui, facts: &Facts, state: &State) {
        let mut let_go = None;
        ui.horizontal(|ui| {
            ui.set_min_height(28.0);
            for id in self.pins.of(facts) {
                let row = Row::new(CaseRef::Sample(*id), Vec::new(), state);
                if thumbnail_ui(ui, &row, "Stop watching", false, state).clicked() {
                    let_go = Some(*id);
                }
            }
        });
        if let Some(id) = let_go {
            self.pins.toggle(facts, id);
        }
    }

    fn grid_ui(&mut self, ui: &mut Ui, facts: &Facts, ids: &[SampleId], state: &State, wanted: &mut Vec<SampleId>) {
        let pinned = self.pins.of(facts).to_vec();
        let grid = ThumbnailGrid::new(ids.len()).side(56.0);
        let response = grid.show(ui, |ui, index| {
            let id = ids[index];
            let sample = facts.data.sample(id);
            Cell {
                name: sample.map_or_else(String::new, |sample| sample.stem().to_owned()),
                texture: thumbnail(ui, id, state),
                mark: sample.and_then(|sample| sample.label),
                badge: None,
                selected: pinned.contains(&id),
            }
        });
        wanted.extend(response.visible.filter_map(|index| ids.get(index).copied()));
        if let Some(id) = response.clicked.and_then(|index| ids.get(index)) {
            self.pins.toggle(facts, *id);
        }
    }

    fn columns_ui(&mut self, ui: &mut Ui, place: Rect, side: f32, run: &Run<'_>, previews: &[Arc<Preview>]) {
        let theme = theme::of(ui);
        let color = theme.series(run.architecture().series());
        let newest = previews.len() - 1;
        let chosen = self.scrubbed(run).map(|epoch| nearest_epoch(previews, epoch));
        let shown = chosen.unwrap_or(newest);
        let columns = (((place.width() + GAP) / (side + GAP)) as usize).max(2);
        for (column, index) in thin(previews.len(), columns, chosen).into_iter().enumerate() {
            let preview = &previews[index];
            let left = place.left() + column as f32 * (side + GAP);
            let top = Rect::from_min_size(pos2(left, place.top()), vec2(side, side));
            let whole = top.union(top.translate(vec2(0.0, side + GAP)));
            let response = ui.interact(whole, ui.scope_id().with(("film", column)), Sense::click());
            let name = format!("Epoch {}", preview.epoch);
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, index == shown, &name));
            paint_pair(ui, top, preview);
            if index == shown {
                ui.painter().rect_stroke(whole, CornerRadius::ZERO, Stroke::new(2.0, color), StrokeKind::Outside);
            }
            if response.has_focus() {
                ui.painter().rect_stroke(whole, CornerRadius::ZERO, theme.focus_stroke(), StrokeKind::Inside);
            }
            let (font, ink) = if index == shown {
                (font::body_strong(), theme.text)
            } else {
                (font::sized(12.0, false), theme.secondary)
            };
            let at = pos2(whole.center().x, whole.bottom() + 11.0);
            paint::text(ui.painter(), at, Align2::CENTER_CENTER, preview.epoch, font, ink);
            if response.clicked() {
                self.scrub(run, previews, index);
            }
            response.on_hover_text(hover(preview, run));
        }
        let scrubber = Rect::from_min_size(
            pos2(place.left() + 8.0, place.top() + 2.0 * side + GAP + 22.0),
            vec2(place.width() - 16.0, 18.0),
        );
        if let Some(index) = scrubber_ui(ui, scrubber, run, previews, shown, color) {
            self.scrub(run, previews, index);
        }
    }

    /// Stays at an epoch; at the newest the strip follows the training again.
    fn scrub(&mut self, run: &Run<'_>, previews: &[Arc<Preview>], index: usize) {
        let newest = index + 1 >= previews.len();
        self.scrubbed = previews.get(index).filter(|_| !newest).map(|preview| (run.info.id.clone(), preview.epoch));
    }
}

impl Row {
    /// Of a case whose data set is open.
    fn new(case: CaseRef, previews: Vec<Arc<Preview>>, state: &State) -> Self {
        Self { name: case_name(&case, state), case: Some(case), previews }
    }
}

/// What this session has seen, after what the run's folder has of the same images.
fn live_rows(live: &LiveRun, saved: Option<&SavedFilm>, state: &State) -> Vec<Row> {
    let watched = live.previews.iter().filter_map(|row| row.first().map(|first| (first, row)));
    let row = |(first, previews): (&Arc<Preview>, &Vec<Arc<Preview>>)| {
        let same = |row: &&FilmRow| row.previews.first().is_some_and(|saved| saved.input == first.input);
        let before = saved.and_then(|film| film.rows.iter().find(same)).map_or(&[][..], |row| row.previews.as_slice());
        let before = before.iter().filter(|preview| preview.epoch < first.epoch);
        let previews: Vec<Arc<Preview>> = before.chain(previews).cloned().collect();
        first.case.clone().map(|case| Row::new(case, previews, state))
    };
    watched.filter_map(row).collect()
}

fn saved_rows(film: &SavedFilm, state: &State) -> Vec<Row> {
    let row = |(index, (row, sample)): (usize, (&FilmRow, &Option<SampleId>))| {
        let previews = row.previews.clone();
        if let Some(id) = sample {
            return Row::new(CaseRef::Sample(*id), previews, state);
        }
        let name = row.case.as_ref().map_or_else(|| format!("Pinned case {}", index + 1), |case| stem(&case.path));
        Row { case: None, name, previews }
    };
    film.rows.iter().zip(&film.samples).enumerate().map(row).collect()
}

/// A path's last part without its ending.
fn stem(path: &str) -> String {
    Path::new(path).file_stem().map_or_else(|| path.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

fn sample_of(case: Option<&CaseRef>) -> Option<SampleId> {
    match case {
        Some(CaseRef::Sample(id)) => Some(*id),
        Some(CaseRef::File(_) | CaseRef::Painted(_)) | None => None,
    }
}

fn thumbnail(ui: &Ui, id: SampleId, state: &State) -> Option<(egui::TextureId, f32)> {
    let image = state.thumbnails.get(&id)?;
    let aspect = image.width as f32 / image.height.max(1) as f32;
    Some((textures::texture(ui.ctx(), &Source::Gray(image.clone()), &Render::gray()), aspect))
}

fn case_name(case: &CaseRef, state: &State) -> String {
    match case {
        CaseRef::Sample(id) => state
            .data
            .as_ref()
            .and_then(|data| data.sample(*id))
            .map_or_else(|| format!("case {}", id.0 + 1), |sample| sample.stem().to_owned()),
        CaseRef::File(path) => stem(&path.to_string_lossy()),
        CaseRef::Painted(painted) => case_name(&painted.original, state),
    }
}

fn thumbnail_ui(ui: &mut Ui, row: &Row, action: &str, selected: bool, state: &State) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::click());
    let name = format!("{action} {}", row.name);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &name));
    let theme = theme::of(ui);
    let texture = sample_of(row.case.as_ref()).and_then(|id| thumbnail(ui, id, state)).or_else(|| {
        let seen = Source::Plane(row.previews.first()?.input.clone());
        Some((textures::texture(ui.ctx(), &seen, &Render::gray()), 1.0))
    });
    paint_thumbnail(ui, rect, &Cell { name: String::new(), texture, mark: None, badge: None, selected: false });
    if selected || response.has_focus() {
        let ink = if response.has_focus() { theme.accent } else { theme.text };
        ui.painter().rect_stroke(rect, CornerRadius::ZERO, Stroke::new(2.0, ink), StrokeKind::Outside);
    }
    response.on_hover_text(name)
}

/// The pinned case as the network sees it, its name, and that it is not trained on.
fn input_ui(ui: &mut Ui, place: Rect, row: &Row, state: &State, commands: &mut Commands) {
    let theme = theme::of(ui);
    let id = sample_of(row.case.as_ref());
    let thumbnail = id.and_then(|id| state.thumbnails.get(&id));
    let seen = row.previews.last().map(|preview| Source::Plane(preview.input.clone()));
    let source = seen.or_else(|| thumbnail.map(|image| Source::Gray(image.clone())));
    let sense = if row.case.is_some() { Sense::click() } else { Sense::hover() };
    let view = ImageView::new(&row.name, source, Render::gray(), place.size()).sense(sense);
    let response = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add(view)).inner;
    match &row.case {
        Some(case) => {
            if response.on_hover_text(format!("{}: show it in Compare", row.name)).clicked() {
                commands.push(UiCommand::ShowCase(case.clone()));
            }
        }
        None => {
            response.on_hover_text(format!("{}, not in the data set that is open", row.name));
        }
    }
    let line = Rect::from_min_size(pos2(place.left(), place.bottom() + 5.0), vec2(place.width(), 15.0));
    paint::line(ui, line, &row.name, font::caption_strong(), theme.text);
    let line = line.translate(vec2(0.0, 15.0));
    let sample = id.and_then(|id| state.data.as_ref()?.sample(id));
    let (words, label) = match sample {
        None => ("of another data set", None),
        Some(sample) => match sample.split {
            Split::Train => ("trained on", sample.label),
            Split::Validation => ("healthy, held out", sample.label),
            Split::Development | Split::Test | Split::Unlabelled => ("not trained on", sample.label),
        },
    };
    let mut left = line.left();
    if let Some(label) = label {
        paint_class_mark(ui.painter(), pos2(left + 4.5, line.center().y), 3.5, label, theme.secondary);
        left += 13.0;
    }
    let at = pos2(left, line.center().y);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, words, font::caption(), theme.secondary);
}

fn paint_pair(ui: &Ui, top: Rect, preview: &Preview) {
    let rows = [
        (&preview.reconstruction, Render::gray(), top),
        (&preview.map, Render::with_lut(ColorMap::Inferno.lut()), top.translate(vec2(0.0, top.height() + GAP))),
    ];
    for (plane, render, rect) in rows {
        let texture = textures::texture(ui.ctx(), &Source::Plane(plane.clone()), &render);
        ui.painter().image(texture, rect, WHOLE, egui::Color32::WHITE);
    }
}

/// Where there is nothing to show yet: empty frames, and why.
fn paint_nothing(ui: &Ui, place: Rect, side: f32, run: Option<&Run<'_>>, state: &State) {
    let theme = theme::of(ui);
    let columns = (((place.width() + GAP) / (side + GAP)) as usize).max(1);
    for column in 0..columns {
        for row in 0..2u8 {
            let at = place.min + vec2(column as f32, f32::from(row)) * (side + GAP);
            let rect = Rect::from_min_size(at, vec2(side, side));
            ui.painter().rect(rect, CornerRadius::ZERO, theme.well, theme.hairline_stroke(), StrokeKind::Inside);
        }
    }
    let sentence = match run {
        Some(run) if run.active.is_some() => "The first pictures come when the first epoch ends.",
        Some(run) if run.epoch_count() > 0 && state.film(&run.info.folder).is_none() => {
            "Reading the pictures of this run…"
        }
        Some(run) if run.epoch_count() > 0 => "This run has kept no pictures.",
        _ if state.data.is_none() => "Open a data set to choose the cases to watch.",
        _ => "Rebuilt image and map appear here, epoch by epoch, while a run trains.",
    };
    let galley = paint::wrapped(ui, sentence, font::body(), theme.secondary, place.width() - 48.0);
    let images = Rect::from_min_size(place.min, vec2(place.width(), 2.0 * side + GAP));
    let rect = Rect::from_center_size(images.center(), galley.size());
    ui.painter().rect_filled(rect.expand2(vec2(12.0, 8.0)), CornerRadius::same(6), theme.window);
    ui.painter().galley(rect.min, galley, theme.secondary);
}

fn nearest_epoch(previews: &[Arc<Preview>], epoch: u32) -> usize {
    let nearest = previews.iter().enumerate().min_by_key(|(_, preview)| preview.epoch.abs_diff(epoch));
    nearest.map_or(0, |(index, _)| index)
}

fn hover(preview: &Preview, run: &Run<'_>) -> String {
    if preview.epoch == 0 {
        return "The untrained network".to_owned();
    }
    let record = run.epochs().find(|record| record.epoch == preview.epoch);
    record.map_or_else(
        || format!("Epoch {}", preview.epoch),
        |record| format!("Epoch {}, validation error {}", record.epoch, axis::figure(record.validation.recon)),
    )
}

/// The time line: every epoch a tick, filled up to the newest, the knob at the one shown. Gives the picture moved to.
fn scrubber_ui(
    ui: &mut Ui,
    place: Rect,
    run: &Run<'_>,
    previews: &[Arc<Preview>],
    shown: usize,
    color: egui::Color32,
) -> Option<usize> {
    let theme = theme::of(ui);
    let response = ui.interact(place.expand2(vec2(8.0, 0.0)), ui.scope_id().with("scrubber"), Sense::click_and_drag());
    let total = run.reach().max(1.0);
    let epoch = previews.get(shown).map_or(0, |preview| preview.epoch);
    response.widget_info(|| WidgetInfo::slider(true, f64::from(epoch), "Epoch shown"));
    let left = |epoch: f64| place.left() + (epoch / total) as f32 * place.width();
    let middle = place.center().y;
    let stride = (total / f64::from(place.width() / 5.0)).ceil().max(1.0);
    let major = axis::epoch_ticks(0.0, total);
    let mut at = 0.0;
    while at <= total {
        let tall = major.iter().any(|tick| (tick.at - at).abs() < 0.5);
        let half = if tall { 4.0 } else { 2.0 };
        ui.painter().vline(left(at), (middle - half)..=(middle + half), theme.border_stroke());
        at += stride;
    }
    let newest = previews.last().map_or(0, |preview| preview.epoch);
    let track = |to: f64, ink: egui::Color32| {
        ui.painter().line_segment([pos2(place.left(), middle), pos2(left(to), middle)], Stroke::new(2.5, ink));
    };
    track(f64::from(newest), color.gamma_multiply(0.45));
    track(f64::from(epoch), color);
    let knob = pos2(left(f64::from(epoch)), middle);
    ui.painter().circle_filled(knob, 6.0, theme.text);
    if response.hovered() || response.has_focus() {
        ui.painter().circle_stroke(knob, 7.5, Stroke::new(1.5, theme.accent));
    }
    let moved = keys(ui, &response);
    if moved != 0 {
        return Some(shown.saturating_add_signed(moved).min(previews.len() - 1));
    }
    let pointer = response.interact_pointer_pos()?;
    let wanted = f64::from((pointer.x - place.left()) / place.width()) * total;
    Some(nearest_epoch(previews, wanted.round().max(0.0) as u32))
}

/// Steps asked for by arrow keys or a screen reader.
fn keys(ui: &Ui, response: &Response) -> isize {
    let mut moved = 0;
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        moved +=
            ui.input(|input| input.num_presses(Key::ArrowRight) as isize - input.num_presses(Key::ArrowLeft) as isize);
    }
    moved
        + ui.input(|input| {
            input.num_accesskit_action_requests(response.id, Action::Increment) as isize
                - input.num_accesskit_action_requests(response.id, Action::Decrement) as isize
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_pictures_are_all_shown() {
        assert_eq!(thin(0, 8, None), Vec::<usize>::new());
        assert_eq!(thin(3, 8, Some(1)), [0, 1, 2]);
    }

    #[test]
    fn early_epochs_stand_closer_together_and_the_ends_stay() {
        assert_eq!(thin(12, 8, None), [0, 1, 2, 3, 5, 7, 9, 11]);
        for count in [9, 20, 51, 101, 5_000] {
            let kept = thin(count, 8, None);
            assert_eq!((kept.len(), kept[0], kept[7]), (8, 0, count - 1));
            assert!(kept.windows(2).all(|pair| pair[0] < pair[1]), "{kept:?}");
        }
    }

    #[test]
    fn the_epoch_scrubbed_to_is_always_there() {
        for chosen in 0..51 {
            let kept = thin(51, 8, Some(chosen));
            assert!(kept.contains(&chosen), "{chosen} in {kept:?}");
            assert_eq!((kept.len(), kept[0], kept[7]), (8, 0, 50));
            assert!(kept.windows(2).all(|pair| pair[0] < pair[1]), "{chosen}: {kept:?}");
        }
        assert_eq!(thin(10, 1, Some(4)), [4]);
    }
}
