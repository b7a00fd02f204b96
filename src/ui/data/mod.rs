//! The Data screen: which folder is open, how it is split, what is in it, and what the check found.

mod check;
mod details;
mod filter;
#[cfg(test)]
mod fixture;
mod grid;
mod progress;
mod report;
mod source;
mod split;
#[cfg(test)]
mod tests;
mod welcome;
mod words;

use egui::{Rect, Ui, pos2};

use crate::domain::{DataSetSummary, SampleId};
use crate::engine::message::{DataOptions, DataSource, EngineCommand, Failure};
use crate::ui::command::Commands;
use crate::ui::state::State;
use crate::ui::theme::space;

use filter::{Filter, Shown};

/// Height of the card that says where the images come from.
const SOURCE_HEIGHT: f32 = 150.0;
/// Width of the cards at the left.
const LEFT_WIDTH: f32 = 348.0;
/// Least height of the check: its header and seven findings.
const CHECK_HEIGHT: f32 = 288.0;
/// Share of a higher window that the check takes.
const CHECK_SHARE: f32 = 0.36;
/// Side of a thumbnail, in points.
const SIDES: std::ops::RangeInclusive<f32> = 48.0..=160.0;

/// View state of the Data screen, kept across restarts.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct DataView {
    filter: Filter,
    /// Side of a thumbnail, in points.
    side: f32,
    #[serde(skip)]
    shown: Shown,
    #[serde(skip)]
    selected: Option<SampleId>,
    #[serde(skip)]
    grid: grid::GridView,
    #[serde(skip)]
    draft: Option<split::Draft>,
    /// The failure whose banner was closed.
    #[serde(skip)]
    dismissed: Option<Failure>,
}

impl Default for DataView {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            side: 80.0,
            shown: Shown::default(),
            selected: None,
            grid: grid::GridView::default(),
            draft: None,
            dismissed: None,
        }
    }
}

/// Where the cards lie.
struct Places {
    source: Rect,
    split: Rect,
    grid: Rect,
    check: Rect,
}

impl Places {
    fn of(screen: Rect) -> Self {
        let area = screen.shrink(space::SCREEN);
        let check_height = CHECK_HEIGHT.max(area.height() * CHECK_SHARE).min(area.height() * 0.6);
        let check = Rect::from_min_max(pos2(area.left(), area.bottom() - check_height), area.max);
        let bottom = check.top() - space::CARD_GAP;
        let middle = area.left() + LEFT_WIDTH;
        let source = Rect::from_min_max(area.min, pos2(middle, area.top() + SOURCE_HEIGHT));
        let split = Rect::from_min_max(pos2(area.left(), source.bottom() + space::CARD_GAP), pos2(middle, bottom));
        let grid = Rect::from_min_max(pos2(middle + space::CARD_GAP, area.top()), pos2(area.right(), bottom));
        Self { source, split, grid, check }
    }
}

impl DataView {
    /// Draws the screen into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        let places = Places::of(ui.max_rect());
        if self.shown.update(state, &mut self.filter) {
            self.selected = None;
        }
        source::ui(ui, places.source, state, commands);
        split::ui(ui, places.split, state, &mut self.draft, commands);
        match &state.data {
            Some(data) => {
                self.grid_ui(ui, places.grid, state, data, commands);
                check::ui(ui, places.check, state, data, &mut self.filter, commands);
            }
            None => welcome::ui(
                ui,
                places.grid.union(Rect::from_min_max(pos2(places.grid.left(), places.check.top()), places.check.max)),
                state,
                commands,
            ),
        }
    }
}

/// Opens the same images again, split or cleaned in another way.
fn reopen(data: &DataSetSummary, options: DataOptions, commands: &mut Commands) {
    let source = if data.bundled { DataSource::BundledSample } else { DataSource::Folder(data.root.clone()) };
    open(source, options, commands);
}

fn open(source: DataSource, options: DataOptions, commands: &mut Commands) {
    commands.engine(EngineCommand::OpenData { job: Commands::new_job(), source, options });
}
