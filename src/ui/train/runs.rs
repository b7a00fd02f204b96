//! The runs of the screen: those of this session while they grow, and those read from run folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use crate::domain::{Architecture, EpochRecord, JobId, ModelId, RunInfo, RunStatus};
use crate::ui::state::{JobStage, LiveRun, State};

/// A run, wherever it is known from.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub info: &'a RunInfo,
    pub live: Option<&'a LiveRun>,
    /// How its job stands, while there is one that has begun and not ended.
    pub active: Option<Activity>,
}

/// A training that has begun and not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    pub job: JobId,
    pub paused: bool,
}

/// All runs, newest first; a run of this session stands for its folder.
pub fn all(state: &State) -> Vec<Run<'_>> {
    let live = state.live.iter().rev().map(|live| {
        let stage = state.job(live.job).filter(|job| job.is_started()).map(|job| &job.stage);
        let active = stage.map(|stage| Activity { job: live.job, paused: *stage == JobStage::Paused });
        Run { info: &live.run, live: Some(live), active }
    });
    let stored = state.runs.iter().filter(|run| state.live_run(&run.id).is_none()).map(|info| Run {
        info,
        live: None,
        active: None,
    });
    let mut runs: Vec<Run<'_>> = live.chain(stored).filter(|run| run.epoch_count() > 0 || run.live.is_some()).collect();
    runs.sort_by_key(|run| (run.active.is_none(), run.live.is_none(), std::cmp::Reverse(run.info.started_unix_secs)));
    runs
}

impl<'a> Run<'a> {
    pub fn architecture(&self) -> Architecture {
        self.info.architecture()
    }

    pub fn epoch_count(&self) -> usize {
        self.live.map_or(self.info.epochs.len(), |live| live.epochs.len())
    }

    /// Another process trains it right now: a second window, or a command. One of this session whose status was never
    /// brought up to date broke off.
    pub fn is_elsewhere(&self) -> bool {
        self.live.is_none() && self.info.status == RunStatus::Running
    }

    /// It is being trained, here or elsewhere.
    pub fn is_growing(&self) -> bool {
        self.active.is_some() || self.is_elsewhere()
    }

    /// What is known of every epoch, in order.
    pub fn epochs(&self) -> impl DoubleEndedIterator<Item = &'a EpochRecord> + use<'a> {
        let live = self.live.map(|live| live.epochs.iter().map(Arc::as_ref));
        let stored = if self.live.is_some() { None } else { Some(self.info.epochs.iter()) };
        live.into_iter().flatten().chain(stored.into_iter().flatten())
    }

    pub fn last_epoch(&self) -> Option<&'a EpochRecord> {
        self.epochs().next_back()
    }

    /// The epoch whose checkpoint is kept.
    pub fn best_epoch(&self) -> Option<&'a EpochRecord> {
        self.epochs().rfind(|record| record.best)
    }

    /// How far the axis of epochs has to reach for it: as planned while it runs, as it ended else.
    pub fn reach(&self) -> f64 {
        let last = self.last_epoch().map_or(1, |record| record.epoch);
        f64::from(if self.is_growing() { self.info.settings.epochs.max(last) } else { last })
    }

    /// "now", "13:01", "yesterday", "Tue", "20 Nov", "2024"; bundled ones say so.
    pub fn when(&self, today: Date) -> String {
        match self.active {
            Some(Activity { paused: true, .. }) => "paused".to_owned(),
            Some(_) => "now".to_owned(),
            None if self.info.bundled => "bundled".to_owned(),
            None => when(self.info.started_unix_secs, today, &TimeZone::system()),
        }
    }

    /// A name that tells it apart from the others: "VAE now".
    pub fn name(&self, today: Date) -> String {
        format!("{} {}", self.architecture().name(), self.when(today))
    }

    /// How it stands, in words.
    pub fn standing(&self) -> &'static str {
        match (self.active, self.info.status) {
            (Some(Activity { paused: true, .. }), _) => "Paused",
            (Some(_), _) => "Training",
            (None, RunStatus::Running) if self.is_elsewhere() => {
                "Training elsewhere: in another window, or by a command"
            }
            (None, RunStatus::Running | RunStatus::Interrupted) => "Stopped, can be resumed",
            (None, RunStatus::StoppedEarly) => "Ended early: validation error no longer fell",
            (None, RunStatus::Diverged) => "Diverged: last good checkpoint kept",
            (None, RunStatus::Complete) => "Complete",
        }
    }
}

/// When a run began, as short as can be.
fn when(unix_secs: i64, today: Date, zone: &TimeZone) -> String {
    let Ok(timestamp) = Timestamp::from_second(unix_secs) else { return "–".to_owned() };
    let began = timestamp.to_zoned(zone.clone());
    let days = began.date().until((Unit::Day, today)).map_or(i32::MAX, |span| span.get_days());
    let format = match days {
        ..=0 => "%H:%M",
        1 => return "yesterday".to_owned(),
        2..=6 => "%a",
        7..=330 => "%-d %b",
        _ => "%Y",
    };
    began.strftime(format).to_string()
}

/// Which runs are drawn. The newest of each architecture is, the others are not, until one says otherwise.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Shown {
    /// By run folder's name.
    toggled: BTreeMap<String, bool>,
}

impl Shown {
    /// Whether a run among `runs` (newest first) is drawn.
    pub fn is_shown(&self, run: &Run<'_>, runs: &[Run<'_>]) -> bool {
        self.toggled.get(&run.info.id.0).copied().unwrap_or_else(|| {
            let newest = runs.iter().find(|other| other.architecture() == run.architecture());
            run.active.is_some() || newest.is_some_and(|newest| newest.info.id == run.info.id)
        })
    }

    pub fn set(&mut self, run: &ModelId, shown: bool) {
        self.toggled.insert(run.0.clone(), shown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::train::fixture;

    #[test]
    fn times_are_short() {
        let today = jiff::civil::date(2026, 11, 20);
        let utc = TimeZone::UTC;
        let at = |year, month, day| {
            let time = jiff::civil::date(year, month, day).at(13, 1, 0, 0);
            when(time.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second(), today, &utc)
        };
        assert_eq!(at(2026, 11, 20), "13:01");
        assert_eq!(at(2026, 11, 19), "yesterday");
        assert_eq!(at(2026, 11, 17), "Tue");
        assert_eq!(at(2026, 10, 2), "2 Oct");
        assert_eq!(at(2024, 10, 2), "2024");
        assert_eq!(at(2026, 11, 21), "13:01", "a clock that is behind does not matter");
    }

    #[test]
    fn a_run_of_this_session_stands_for_its_folder() {
        let mut state = fixture::running();
        let stored = state.runs.len();
        assert_eq!(all(&state).len(), stored + 1);
        let own = (*state.live[0].run).clone();
        state.runs = Arc::new(state.runs.iter().cloned().chain([own]).collect());
        assert_eq!(all(&state).len(), stored + 1);
        assert!(all(&state)[0].active.is_some(), "what runs stands first");
    }

    #[test]
    fn a_run_that_broke_off_here_is_not_trained_elsewhere() {
        let mut state = fixture::running();
        let job = state.live[0].job;
        assert!(!all(&state)[0].is_elsewhere() && all(&state)[0].is_growing());
        let error = crate::ui::state::examples::failure("The program met an error of its own.");
        state.apply(crate::engine::message::EngineEvent::JobFailed { job, error });
        let runs = all(&state);
        let broken_off = runs.iter().find(|run| run.live.is_some()).unwrap();
        assert_eq!(broken_off.info.status, RunStatus::Running);
        assert!(!broken_off.is_growing());
        assert_eq!(broken_off.standing(), "Stopped, can be resumed");
        assert!(all(&fixture::elsewhere())[0].is_elsewhere());
    }

    #[test]
    fn the_newest_of_each_architecture_is_drawn() {
        let state = fixture::running();
        let runs = all(&state);
        let mut shown = Shown::default();
        let count = |shown: &Shown| runs.iter().filter(|run| shown.is_shown(run, &runs)).count();
        assert_eq!(count(&shown), 4, "the older VAE is not");
        shown.set(&runs[0].info.id, false);
        assert_eq!(count(&shown), 3);
    }
}
