//! Runs of this session as they grow, and the pictures of earlier ones.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{State, limit, plane_bytes};
use crate::domain::{
    DataSetSummary, EpochRecord, FilmRow, JobId, LossComponents, ModelId, Preview, RunInfo, RunStatus, SampleId,
};

/// A run trained in this session, as it grows.
#[derive(Clone, Debug)]
pub struct LiveRun {
    pub job: JobId,
    pub run: Arc<RunInfo>,
    pub steps_per_epoch: u32,
    pub epochs: Vec<Arc<EpochRecord>>,
    /// One a batch, `(step, loss)`; step counts from 1 over the whole run. Thinned when there are very many.
    pub batches: Vec<(u64, LossComponents)>,
    /// By pinned case, then by epoch in order of arrival. Thinned when they grow large; first and newest stay.
    pub previews: Vec<Vec<Arc<Preview>>>,
}

/// The pictures that a run's folder keeps.
#[derive(Clone, Debug)]
pub struct SavedFilm {
    pub folder: PathBuf,
    pub rows: Arc<Vec<FilmRow>>,
    /// The case of each row in the open data set, where it is there.
    pub samples: Vec<Option<SampleId>>,
}

impl State {
    /// A run of this session.
    pub fn live_run(&self, id: &ModelId) -> Option<&LiveRun> {
        self.live.iter().rev().find(|live| &live.run.id == id)
    }

    /// The run a training job writes.
    pub fn live_of_job(&self, job: JobId) -> Option<&LiveRun> {
        self.live.iter().rev().find(|live| live.job == job)
    }

    /// What was read of the pictures in a run's folder.
    pub fn film(&self, folder: &Path) -> Option<&SavedFilm> {
        self.films.iter().find(|film| film.folder == folder)
    }

    pub(super) fn film_loaded(&mut self, folder: PathBuf, rows: Arc<Vec<FilmRow>>) {
        self.films.retain(|film| film.folder != folder);
        if self.films.len() >= limit::FILMS {
            self.films.remove(0);
        }
        let samples = samples_of(&rows, self.data.as_deref());
        self.films.push(SavedFilm { folder, rows, samples });
    }

    pub(super) fn live_mut(&mut self, job: JobId) -> Option<&mut LiveRun> {
        self.live.iter_mut().rev().find(|live| live.job == job)
    }

    pub(super) fn training_started(&mut self, job: JobId, run: Arc<RunInfo>, steps_per_epoch: u32) {
        self.log(false, format!("{} started, seed {}", run.architecture().name(), run.settings.seed));
        let epochs = run.epochs.iter().cloned().map(Arc::new).collect();
        // A resumed run of this session goes on where it stood.
        let earlier = self.live.iter().position(|live| live.run.id == run.id).map(|index| self.live.remove(index));
        let (batches, previews) = earlier.map(|live| (live.batches, live.previews)).unwrap_or_default();
        self.live.push(LiveRun { job, run, steps_per_epoch, epochs, batches, previews });
        let old = self.live.len().saturating_sub(limit::RUNS_WITH_PREVIEWS);
        for live in &mut self.live[..old] {
            live.previews.clear();
        }
    }

    /// A run of another process has grown or ended.
    pub(super) fn run_changed(&mut self, run: &RunInfo) {
        if run.status != RunStatus::Running {
            self.log(false, format!("{}: training elsewhere has ended", run.architecture().name()));
        }
        self.stored_again(run);
    }

    /// The folder of a run has changed; one that has ended keeps more pictures than when they were read.
    pub(super) fn stored_again(&mut self, run: &RunInfo) {
        if run.status != RunStatus::Running {
            self.films.retain(|film| film.folder != run.folder);
        }
        let known = Arc::make_mut(&mut self.runs).iter_mut().find(|known| known.folder == run.folder);
        if let Some(known) = known {
            known.clone_from(run);
        }
    }

    pub(super) fn training_batch(&mut self, job: JobId, step: u64, loss: LossComponents) {
        let Some(live) = self.live_mut(job) else { return };
        // A resumed run repeats the steps after its last checkpoint.
        while live.batches.last().is_some_and(|(last, _)| *last >= step) {
            live.batches.pop();
        }
        live.batches.push((step, loss));
        if live.batches.len() > limit::BATCHES {
            let mut index = 0;
            live.batches.retain(|_| {
                index += 1;
                index % 2 == 0
            });
        }
    }

    pub(super) fn training_epoch(&mut self, job: JobId, record: Arc<EpochRecord>) {
        let Some(live) = self.live_mut(job) else { return };
        live.epochs.retain(|known| known.epoch < record.epoch);
        let best = if record.best { " best" } else { "" };
        let line = format!("epoch {:<3} val {:.4}{best}", record.epoch, record.validation.recon);
        live.epochs.push(record);
        self.log(false, line);
    }

    pub(super) fn training_preview(&mut self, job: JobId, preview: Arc<Preview>) {
        let Some(live) = self.live_mut(job) else { return };
        if live.previews.len() <= preview.pin {
            // A pin is a position among a handful.
            live.previews.resize(preview.pin.min(63) + 1, Vec::new());
        }
        let pins = live.previews.len();
        let Some(row) = live.previews.get_mut(preview.pin) else { return };
        row.retain(|known| known.epoch < preview.epoch);
        let bytes = plane_bytes(&preview.reconstruction) + plane_bytes(&preview.map);
        row.push(preview);
        if row.len() * bytes * pins > limit::PREVIEW_BYTES && row.len() > 8 {
            let last = row.len() - 1;
            let mut index = 0;
            row.retain(|_| {
                let keep = index == 0 || index == last || index % 2 == 0;
                index += 1;
                keep
            });
        }
    }
}

/// The cases of a film in a data set, by content.
pub(super) fn samples_of(rows: &[FilmRow], data: Option<&DataSetSummary>) -> Vec<Option<SampleId>> {
    let find = |row: &FilmRow| {
        let case = row.case.as_ref()?;
        let at = data?.samples.iter().position(|sample| sample.hash == case.hash)?;
        Some(SampleId(at as u32))
    };
    rows.iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, CaseRef, PinnedCase};
    use crate::engine::message::EngineEvent;
    use crate::ui::state::examples::{self, plane};

    #[test]
    fn a_resumed_run_repeats_no_point() {
        let mut state = State::default();
        let run = Arc::new(examples::run("vae-1", Architecture::Vae));
        let loss = LossComponents::default();
        let id = run.id.clone();
        state.apply(EngineEvent::TrainingStarted { job: JobId(1), run: run.clone(), steps_per_epoch: 2 });
        for step in 1..=5 {
            state.apply(EngineEvent::TrainingBatch { job: JobId(1), run: id.clone(), epoch: 1, step, loss });
        }
        state.apply(EngineEvent::TrainingStarted { job: JobId(2), run, steps_per_epoch: 2 });
        state.apply(EngineEvent::TrainingBatch { job: JobId(2), run: id.clone(), epoch: 2, step: 3, loss });
        let live = state.live_run(&id).unwrap();
        assert_eq!(live.batches.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(state.live.len(), 1);
    }

    #[test]
    fn long_trainings_keep_their_first_and_newest_previews() {
        let mut state = State::default();
        let run = Arc::new(examples::run("vae-1", Architecture::Vae));
        let id = run.id.clone();
        state.apply(EngineEvent::TrainingStarted { job: JobId(1), run, steps_per_epoch: 1 });
        let shared = plane(128);
        for epoch in 0..2_000 {
            let preview = Preview {
                epoch,
                pin: 1,
                case: Some(CaseRef::Sample(SampleId(0))),
                input: shared.clone(),
                reconstruction: shared.clone(),
                map: shared.clone(),
            };
            state.apply(EngineEvent::TrainingPreview { job: JobId(1), run: id.clone(), preview: Arc::new(preview) });
        }
        let row = &state.live[0].previews[1];
        assert!(row.len() < 200, "{}", row.len());
        assert_eq!((row[0].epoch, row[row.len() - 1].epoch), (0, 1_999));
        assert!(row.windows(2).all(|pair| pair[0].epoch < pair[1].epoch));
    }

    #[test]
    fn films_are_few_and_find_their_cases_in_the_open_data_set() {
        let mut state = State::default();
        let data = examples::data();
        let case = PinnedCase { path: "x".to_owned(), hash: data.samples[12].hash.clone() };
        let rows = Arc::new(vec![
            FilmRow { case: Some(case), previews: Vec::new() },
            FilmRow { case: None, previews: Vec::new() },
        ]);
        let folder = |index: usize| PathBuf::from(format!("/models/{index}"));
        for index in 0..9 {
            state.apply(EngineEvent::FilmLoaded { folder: folder(index), rows: rows.clone() });
        }
        assert_eq!(state.films.len(), limit::FILMS);
        assert!(state.film(&folder(0)).is_none());
        assert_eq!(state.film(&folder(8)).unwrap().samples, [None, None]);
        state.apply(EngineEvent::DataOpened { job: JobId(1), data });
        assert_eq!(state.film(&folder(8)).unwrap().samples, [Some(SampleId(12)), None]);
        let run = RunInfo { folder: folder(8), status: RunStatus::Complete, ..examples::run("8", Architecture::Vae) };
        state.apply(EngineEvent::TrainingEnded { job: JobId(2), run: Arc::new(run) });
        assert!(state.film(&folder(8)).is_none(), "there are more pictures now");
    }
}
