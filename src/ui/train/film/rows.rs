//! The cases on the strip: of a run that was watched, or those that the next one will be watched with.

use std::path::Path;
use std::sync::Arc;

use super::Film;
use crate::domain::{CaseRef, FilmRow, Preview, SampleId};
use crate::ui::state::{LiveRun, SavedFilm, State};
use crate::ui::train::facts::Facts;
use crate::ui::train::runs::Run;

/// A case on the strip.
pub struct Row {
    /// In the data set that is open; `None` when it is of another.
    pub case: Option<CaseRef>,
    pub name: String,
    /// By epoch, ascending; none before the first.
    pub previews: Vec<Arc<Preview>>,
}

impl Film {
    /// The cases of a run that was watched, with their pictures; else those that the next run will be watched with.
    pub(super) fn rows(&self, run: Option<&Run<'_>>, facts: Option<&Facts>, state: &State) -> Vec<Row> {
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
}

impl Row {
    /// Of a case whose data set is open.
    pub fn new(case: CaseRef, previews: Vec<Arc<Preview>>, state: &State) -> Self {
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
