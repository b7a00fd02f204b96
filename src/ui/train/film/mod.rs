//! "Watch it learn": a pinned case, and what the network made of it epoch by epoch.

mod cases;
mod columns;
mod picker;
mod rows;
mod scrubber;

use std::path::PathBuf;

use egui::{Align, Align2, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use self::cases::{input_ui, sample_of, thumbnail_ui};
use self::columns::paint_nothing;
use self::picker::PickerShows;
use self::rows::Row;
use crate::domain::{ModelId, SampleId};
use crate::engine::message::EngineCommand;
use crate::ui::command::Commands;
use crate::ui::icons;
use crate::ui::state::{State, ThumbnailRequests};
use crate::ui::theme::{self, font, space};
use crate::ui::train::facts::Facts;
use crate::ui::train::pins::Pins;
use crate::ui::train::runs::Run;
use crate::ui::widgets::{IconButton, paint};

/// Between columns, and between reconstruction and map.
const GAP: f32 = 4.0;
/// Below the images: epochs, scrubber, air.
const HEADER: f32 = 41.0;
const FOOTER: f32 = 72.0;

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
}
