//! Scores image files wherever they are, without an open data set: what `neuroscan score` does.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::detector::{Agreed, Detector, Seen};
use super::heatmap;
use super::jobs::{Job, JobWatch};
use super::message::{EngineEvent, Failure};
use super::shared::Shared;
use crate::dataset;
use crate::domain::{Contender, GrayImage, ImageScore, JobOutcome, ModelInfo, Preprocessing, Watch};
use crate::error::{Error, Result};
use crate::imaging;

/// Files read at a time: bounds the memory, and how long a cancelled job goes on.
const BATCH: usize = 32;

/// What is to be scored.
pub(super) struct Request {
    pub models: Vec<Contender>,
    pub inputs: Vec<PathBuf>,
    pub heatmaps: Option<PathBuf>,
}

/// Runs on the trainer's thread.
pub(super) fn run(shared: &Shared, job: &Job, request: &Request) -> Result<JobOutcome> {
    let watch = JobWatch::new(job, &shared.outbox);
    let device = shared.compute_device(shared.config.device)?;
    let mut judges = Vec::new();
    let contenders = shared.contenders(&request.models)?;
    let count = contenders.len() as u64;
    for ((info, scoring), before) in contenders.into_iter().zip(0..) {
        watch.progress("Loading models", before, count);
        let mut detector = Detector::load(shared, &info.folder, device)?;
        detector.choose(&scoring).map_err(|error| Error::Other(format!("{}: {error}", info.name)))?;
        judges.push(Judge { info, detector });
    }
    if judges.is_empty() {
        return Err(Error::Other("no model was chosen to score with".to_owned()));
    }
    let heatmaps = request.heatmaps.clone();
    let mut scoring = Scoring { shared, job, judges, heatmaps, drawn: HashSet::new(), undrawn: None };
    let files = scoring.find(&request.inputs, &watch)?;
    let total = files.len() as u64;
    for (batch, done) in files.chunks(BATCH).zip((0u64..).step_by(BATCH)) {
        if watch.cancelled() {
            return Err(Error::Cancelled);
        }
        watch.progress("Scoring images", done, total);
        scoring.score(batch)?;
    }
    watch.progress("Scoring images", total, total);
    scoring.undrawn.map_or(Ok(JobOutcome::Done), Err)
}

struct Judge {
    info: Arc<ModelInfo>,
    detector: Detector,
}

/// A file that is to be scored.
struct Found {
    path: PathBuf,
    /// Where below the chosen folder it is; its name where it was chosen itself.
    relative: PathBuf,
}

/// A file that was read.
struct Readable {
    hash: String,
    image: GrayImage,
    /// Nothing is to be seen in it.
    flat: bool,
    /// One a preprocessing that some model wants.
    prepared: Vec<(Preprocessing, GrayImage)>,
}

struct Scoring<'a> {
    shared: &'a Shared,
    job: &'a Job,
    judges: Vec<Judge>,
    /// None from the first on that cannot be written.
    heatmaps: Option<PathBuf>,
    /// Heatmaps that were written, so that none overwrites another.
    drawn: HashSet<PathBuf>,
    /// Why no more are drawn: the scores are told all the same, and this at the end.
    undrawn: Option<Error>,
}

impl Scoring<'_> {
    /// The files to score, those of each input by path. An input that is not there is reported and the others go on.
    fn find(&self, inputs: &[PathBuf], watch: &dyn Watch) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        for input in inputs {
            if !input.is_dir() {
                let relative = input.file_name().map_or_else(|| input.clone(), PathBuf::from);
                found.push(Found { path: input.clone(), relative });
                continue;
            }
            match dataset::image_files(input, watch) {
                Ok(files) if files.is_empty() => {
                    let error = Error::Other("there are no images in this folder".to_owned());
                    self.fail(input, error.into());
                }
                Ok(files) => found.extend(files.into_iter().map(|path| {
                    let relative = path.strip_prefix(input).unwrap_or(&path).to_path_buf();
                    Found { path, relative }
                })),
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(error) => self.fail(input, error.into()),
            }
        }
        Ok(found)
    }

    /// Scores some files and tells, in their order.
    fn score(&mut self, batch: &[Found]) -> Result<()> {
        let mut ways: Vec<Preprocessing> = self.judges.iter().map(|judge| judge.detector.preprocessing()).collect();
        ways.sort_unstable_by_key(|how| (how.image_size, how.clahe));
        ways.dedup();
        let read: Vec<Result<Readable>> =
            self.shared.pool.install(|| batch.par_iter().map(|found| read(&found.path, &ways)).collect());
        let readable: Vec<&Readable> = read.iter().filter_map(|read| read.as_ref().ok()).collect();
        let mut by_judge = Vec::new();
        for judge in &self.judges {
            let scores = if self.heatmaps.is_some() { explain(judge, &readable) } else { score(judge, &readable) };
            let scores = scores.map_err(|error| match error {
                Error::Cancelled => Error::Cancelled,
                error => Error::Other(format!("{} cannot score: {error}", judge.info.name)),
            })?;
            by_judge.push(scores.into_iter());
        }
        for (found, read) in batch.iter().zip(&read) {
            match read {
                Ok(readable) => {
                    let verdicts: Vec<Verdict> = by_judge.iter_mut().filter_map(Iterator::next).collect();
                    self.tell(found, readable, verdicts);
                }
                Err(error) => self.fail(&found.path, error.into()),
            }
        }
        Ok(())
    }

    fn tell(&mut self, found: &Found, readable: &Readable, verdicts: Vec<Verdict>) {
        if readable.flat {
            let message = format!("{} has no contrast: its score means nothing", found.path.display());
            self.shared.notice(Some(self.job.id), &message);
        }
        let mut scores = Vec::with_capacity(verdicts.len());
        for (mut verdict, judge) in verdicts.into_iter().zip(&self.judges) {
            if let (Some(folder), Some(scored)) = (&self.heatmaps, &verdict.scored) {
                let path = heatmap::free_name(folder, &found.relative, &judge.info.id, &mut self.drawn);
                match heatmap::write(&readable.image, &scored.map, &path) {
                    Ok(()) => verdict.score.heatmap = Some(path),
                    Err(error) => (self.heatmaps, self.undrawn) = (None, Some(error)),
                }
            }
            scores.push(verdict.score);
        }
        let (job, path) = (self.job.id, found.path.clone());
        self.shared.outbox.send(EngineEvent::Scored { job, path, scores: Arc::new(scores) });
    }

    fn fail(&self, path: &Path, error: Failure) {
        self.shared.outbox.send(EngineEvent::ScoreFailed { job: self.job.id, path: path.to_path_buf(), error });
    }
}

/// What one model says about one file.
struct Verdict {
    score: ImageScore,
    /// Where a heatmap is wanted.
    scored: Option<Seen>,
}

fn read(path: &Path, ways: &[Preprocessing]) -> Result<Readable> {
    let (hash, decoded) = imaging::read_hashed(path)?;
    let prepared = ways.iter().map(|&how| (how, imaging::preprocess(&decoded.image, how))).collect();
    let flat = !imaging::has_contrast(&decoded.image);
    Ok(Readable { hash, image: decoded.image, flat, prepared })
}

/// All at once.
fn score(judge: &Judge, files: &[&Readable]) -> Result<Vec<Verdict>> {
    let pixels: Vec<u8> = files.iter().flat_map(|file| file.prepared(&judge.detector)).copied().collect();
    let scores = judge.detector.scores(&pixels, &crate::domain::Unwatched)?;
    let verdict = |(&score, file): (&Agreed, &&Readable)| Verdict { score: judge.judge(score, file), scored: None };
    Ok(scores.iter().zip(files).map(verdict).collect())
}

/// One by one, with their maps.
fn explain(judge: &Judge, files: &[&Readable]) -> Result<Vec<Verdict>> {
    let verdict = |file: &&Readable| {
        let scored = judge.detector.analyse(file.prepared(&judge.detector))?;
        Ok(Verdict { score: judge.judge(scored.score, file), scored: Some(scored) })
    };
    files.iter().map(verdict).collect()
}

impl Judge {
    fn judge(&self, score: Agreed, file: &Readable) -> ImageScore {
        self.detector.judge(self.info.id.clone(), score, &file.hash)
    }
}

impl Readable {
    fn prepared(&self, detector: &Detector) -> &[u8] {
        let how = detector.preprocessing();
        self.prepared.iter().find(|(way, _)| *way == how).map_or(&[], |(_, image)| &image.pixels)
    }
}
