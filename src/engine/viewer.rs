//! The thread that holds the loaded models, shows one case to them and decodes codes, also while another network trains. It uses half
//! of the processor's threads and yields less than the trainer: somebody waits for the picture.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::calibrating;
use super::detector::Detector;
use super::failure::guarded;
use super::lungs::LungMasker;
use super::machine::{Niceness, set_threads};
use super::measured::{MOST_TIMED, rehearse};
use super::message::{EngineEvent, Failure, MOST_CODES};
use super::names;
use super::painted::Easel;
use super::shared::Shared;
use super::source::Source;
use crate::domain::{
    Analysis, Benchmark, BenchmarkEntry, CaseRef, Contender, DevicePreference, GrayImage, Lesion, Lungs, ModelId,
    ModelInfo, NoLungs, Plane, Preprocessing, Scoring, Unwatched, Watch,
};
use crate::error::{Error, Result};
use crate::evaluation::{self, Row};
use crate::imaging;
use crate::store::StoredModel;

/// What was asked for and has not been done.
#[derive(Default)]
pub(crate) struct Requests {
    models: VecDeque<ModelRequest>,
    /// The case to show, and who has not seen it yet.
    case: Option<(CaseRef, VecDeque<ModelId>)>,
    codes: Option<CodeRequest>,
    /// Whose scores are to be timed when there is nothing else to do.
    timing: Option<(Arc<Benchmark>, Vec<Contender>)>,
}

/// Codes to decode, and the number that the answer carries.
struct CodeRequest {
    model: ModelId,
    codes: Vec<Vec<f32>>,
    request: u64,
}

/// Whether what a model's user should know of its calibrations is told when it is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caution {
    Tell,
    /// By whoever made it, a moment ago.
    WasTold,
}

enum ModelRequest {
    Load(PathBuf, Caution),
    Unload(ModelId),
    SetScore(ModelId, Scoring),
    Rescore(Arc<Benchmark>, Vec<Contender>),
}

enum Task {
    Load(PathBuf, Caution),
    Unload(ModelId),
    Decode(CodeRequest),
    SetScore(ModelId, Scoring),
    Rescore(Arc<Benchmark>, Vec<Contender>),
    Analyse(CaseRef, ModelId),
    Time(Arc<Benchmark>, Vec<Contender>),
}

impl Requests {
    /// True when somebody waits for something.
    fn wait(&self) -> bool {
        !self.models.is_empty() || self.codes.is_some() || self.case.is_some()
    }

    /// Models before codes and cases: they were asked for earlier, or these would not find them.
    fn next(&mut self) -> Option<Task> {
        if let Some(request) = self.models.pop_front() {
            return Some(match request {
                ModelRequest::Load(path, caution) => Task::Load(path, caution),
                ModelRequest::Unload(model) => Task::Unload(model),
                ModelRequest::SetScore(model, score) => Task::SetScore(model, score),
                ModelRequest::Rescore(benchmark, models) => Task::Rescore(benchmark, models),
            });
        }
        if let Some(request) = self.codes.take() {
            return Some(Task::Decode(request));
        }
        if let Some((case, models)) = &mut self.case {
            if let Some(model) = models.pop_front() {
                return Some(Task::Analyse(case.clone(), model));
            }
            self.case = None;
        }
        self.timing.take().map(|(benchmark, models)| Task::Time(benchmark, models))
    }
}

/// Loads a run folder, or loads it again.
pub(crate) fn load(shared: &Shared, path: PathBuf) {
    load_with(shared, path, Caution::Tell);
}

/// The same of what was just made.
pub(crate) fn load_with(shared: &Shared, path: PathBuf, caution: Caution) {
    shared.viewer.change(|requests| requests.models.push_back(ModelRequest::Load(path, caution)));
}

pub(crate) fn unload(shared: &Shared, model: ModelId) {
    shared.viewer.change(|requests| requests.models.push_back(ModelRequest::Unload(model)));
}

/// Scores a model by something else.
pub(crate) fn set_score(shared: &Shared, model: ModelId, score: Scoring) {
    shared.viewer.change(|requests| requests.models.push_back(ModelRequest::SetScore(model, score)));
}

/// Shows a benchmark by other scores of its models; a newer request replaces an unanswered older one.
pub(crate) fn rescore(shared: &Shared, benchmark: Arc<Benchmark>, models: Vec<Contender>) {
    shared.viewer.change(|requests| {
        requests.models.retain(|request| !matches!(request, ModelRequest::Rescore(..)));
        requests.timing = None;
        requests.models.push_back(ModelRequest::Rescore(benchmark, models));
    });
}

/// Shows a case to models, in this order; what was asked for before and is not answered is forgotten.
pub(crate) fn analyse(shared: &Shared, case: CaseRef, models: Vec<ModelId>) {
    shared.viewer.change(|requests| requests.case = Some((case, models.into())));
}

/// Decodes codes; what was asked for before and is not answered is forgotten.
pub(crate) fn decode(shared: &Shared, model: ModelId, codes: Vec<Vec<f32>>, request: u64) {
    shared.viewer.change(|requests| requests.codes = Some(CodeRequest { model, codes, request }));
}

/// The thread: until the engine closes.
pub(crate) fn run(shared: &Shared) {
    shared.enter_tensor_thread(Niceness::Interactive, threads(shared));
    let mut viewer = Viewer { shared, models: Vec::new(), opened: None, lungs: None };
    while let Some(task) = shared.viewer.take(Requests::next) {
        match task {
            Task::Load(path, caution) => {
                tell(shared, guarded(|| viewer.load(&path, caution)).map(EngineEvent::ModelLoaded));
            }
            Task::SetScore(model, score) => {
                tell(shared, guarded(|| viewer.set_score(&model, &score)).map(EngineEvent::ScoreChanged));
            }
            Task::Rescore(benchmark, models) => viewer.rescore(benchmark, models),
            Task::Time(benchmark, models) => viewer.time(benchmark, models),
            Task::Unload(model) => viewer.unload(model),
            Task::Decode(request) => viewer.answer(request),
            Task::Analyse(case, model) => viewer.show(&case, &model),
        }
    }
}

/// While a training may need the others.
fn threads(shared: &Shared) -> u32 {
    shared.config.threads.div_ceil(2)
}

fn tell(shared: &Shared, done: Result<EngineEvent>) {
    shared.outbox.send(done.unwrap_or_else(|error| EngineEvent::Failed(error.into())));
}

/// The benchmark by other scores: rows that it has are taken over, others made from what was measured for it. A row whose
/// time was not known is made anew, because it may have been timed since.
fn rescored(shared: &Shared, benchmark: &Benchmark, models: &[Contender]) -> Result<Arc<Benchmark>> {
    let data = shared.need_data()?;
    let mut rows = Vec::new();
    for (model, scoring) in shared.contenders(models)? {
        let id = BenchmarkEntry::id_of(&model, &scoring);
        let known = benchmark.entries.iter().find(|entry| entry.id == id);
        let measured = shared.measured.of(&model, &data.summary().fingerprint);
        if known.is_some_and(|entry| entry.ms_per_image.is_some() || measured.is_none()) {
            rows.push(Row::Known(id));
            continue;
        }
        let measured = measured.ok_or_else(|| {
            Error::Other(format!("{} has not been measured on these images; run the benchmark again", model.name))
        })?;
        let same = measured.images() == benchmark.cases.len();
        if !same {
            return Err(Error::Other("these results are of other images; run the benchmark again".to_owned()));
        }
        rows.push(Row::New(Box::new(measured.entry(&model, &scoring)?)));
    }
    Ok(Arc::new(shared.pool.install(|| evaluation::with_rows(benchmark, rows))?))
}

/// Work that ends as soon as the viewer is asked for anything.
struct UntilAsked<'a>(&'a Shared);

impl Watch for UntilAsked<'_> {
    fn progress(&self, _stage: &str, _done: u64, _total: u64) {}

    fn cancelled(&self) -> bool {
        self.0.viewer.look(Requests::wait)
    }
}

struct Viewer<'a> {
    shared: &'a Shared,
    models: Vec<(ModelId, Detector)>,
    /// The last case, so that the second model need not read it again.
    opened: Option<OpenedCase>,
    /// Finds the lungs, or why it cannot; loaded when the first case is shown.
    lungs: Option<std::result::Result<LungMasker, Arc<str>>>,
}

/// A case that is read, not yet prepared.
struct OpenedCase {
    case: CaseRef,
    /// BLAKE3 of the file, hexadecimal.
    hash: String,
    source: Source,
    /// The image of a file, and lesions painted onto any.
    easel: Easel,
    /// It is of one grey all over.
    flat: bool,
    /// Whether a file looks like a frontal chest X-ray, once that was looked at.
    chest: Option<bool>,
}

impl Viewer<'_> {
    fn load(&mut self, path: &Path, caution: Caution) -> Result<Arc<ModelInfo>> {
        let detector = self.read(path)?;
        let info = self.shared.change_loaded(|loaded| {
            let before = names::of_folder(detector.folder(), loaded).cloned();
            loaded.retain(|model| before.as_ref().is_none_or(|before| model.id != before.id));
            let naming = detector.naming();
            let (id, name) = match before {
                Some(before) => (before.id.clone(), before.name.clone()),
                None => (names::unique_id(&naming, loaded), names::unique_name(&naming, loaded)),
            };
            let info = Arc::new(detector.describe(id, name));
            loaded.push(Arc::clone(&info));
            info
        });
        self.shared.measured.forget(&info, detector.checkpoint_hash());
        if let (Some(caution), Caution::Tell) = (detector.caution(), caution) {
            self.shared.notice(None, &format!("{}: {caution}", info.name));
        }
        self.models.retain(|(id, _)| *id != info.id);
        self.models.push((info.id.clone(), detector));
        Ok(info)
    }

    /// Scores a model by something else; calibrates it first where that is needed and the open data set has its images.
    fn set_score(&mut self, model: &ModelId, score: &Scoring) -> Result<Arc<ModelInfo>> {
        let known = self.models.iter_mut().find(|(id, _)| id == model);
        let (_, detector) = known.ok_or_else(|| Error::Other(format!("the model {} is not loaded", model.0)))?;
        detector.check(score)?;
        if !detector.is_calibrated(score) {
            let open = self.shared.open_data();
            let images_of = |run: &StoredModel| calibrating::images_of(self.shared, run, open.as_ref(), &Unwatched);
            let kept = detector.calibrate(&images_of, Some(score), &Unwatched);
            if let (Err(error), true) = (&kept, detector.is_calibrated(score)) {
                // It can be used all the same, until the program ends.
                self.shared.notice(None, &format!("The calibration is not kept: {error}"));
            } else {
                kept?;
            }
        }
        detector.choose(score)?;
        self.shared.change_loaded(|loaded| {
            let known = loaded.iter_mut().find(|info| info.id == *model);
            let known = known.ok_or_else(|| Error::Other(format!("the model {} is not loaded", model.0)))?;
            *known = Arc::new(detector.describe(known.id.clone(), known.name.clone()));
            Ok(Arc::clone(known))
        })
    }

    /// Shows other scores at once; the times that nobody took yet follow, unless something else takes the processor.
    fn rescore(&self, benchmark: Arc<Benchmark>, models: Vec<Contender>) {
        let shared = self.shared;
        let shown = guarded(|| rescored(shared, &benchmark, &models));
        let complete =
            shown.as_ref().map_or(true, |shown| shown.entries.iter().all(|entry| entry.ms_per_image.is_some()));
        tell(shared, shown.map(EngineEvent::Rescored));
        if !complete {
            shared.viewer.change(|requests| requests.timing = Some((benchmark, models)));
        }
    }

    /// Shows times where there were none. Begun again later when somebody waits for something else.
    fn time(&self, benchmark: Arc<Benchmark>, models: Vec<Contender>) {
        let shared = self.shared;
        if !shared.jobs.are_idle() {
            return;
        }
        // By all threads, as the benchmark did.
        set_threads(shared.config.threads);
        let timed = guarded(|| self.take_times(&benchmark, &models));
        set_threads(threads(shared));
        match timed.and_then(|()| guarded(|| rescored(shared, &benchmark, &models))) {
            Ok(timed) => shared.outbox.send(EngineEvent::Rescored(timed)),
            Err(Error::Cancelled) => shared.viewer.change(|requests| {
                let newer = requests.models.iter().any(|request| matches!(request, ModelRequest::Rescore(..)));
                if !newer {
                    requests.timing = Some((benchmark, models));
                }
            }),
            // Another data set was opened meanwhile, say; the cells stay empty.
            Err(error) => tracing::debug!(%error, "scores are not timed"),
        }
    }

    /// Times the models by those scores that they were not timed by yet, unless something else is asked for meanwhile.
    fn take_times(&self, benchmark: &Benchmark, models: &[Contender]) -> Result<()> {
        let shared = self.shared;
        let data = shared.need_data()?;
        for (model, scoring) in shared.contenders(models)? {
            let measured = shared.measured.of(&model, &data.summary().fingerprint);
            let Some(measured) = measured.filter(|measured| measured.time_of(&scoring).is_none()) else { continue };
            // Read anew: the benchmark may have calibrated it for more than the one that is shown knows.
            let device = shared.compute_device(shared.config.device)?;
            let mut detector = Detector::load(shared, &model.folder, device)?;
            detector.choose(&scoring)?;
            let how = detector.preprocessing();
            let pixels = shared.pool.install(|| data.pixels(how, &Unwatched))?;
            let few = pixels.gather(benchmark.cases.iter().map(|case| case.sample).take(MOST_TIMED));
            let watch = UntilAsked(shared);
            rehearse(&detector, &few, &watch)?;
            measured.time(&detector, &few, &watch)?;
        }
        Ok(())
    }

    /// On the GPU when it is to be used and has room, which a training may have taken.
    fn read(&self, path: &Path) -> Result<Detector> {
        let wanted = self.shared.config.device;
        match self.read_on(path, self.shared.compute_device(wanted)?) {
            Err(Error::OutOfMemory { .. }) if wanted == DevicePreference::Auto => self.read_on(path, tch::Device::Cpu),
            other => other,
        }
    }

    /// A run that was killed is calibrated first.
    fn read_on(&self, path: &Path, device: tch::Device) -> Result<Detector> {
        if let Some(folder) = calibrating::unfinished(path).filter(|_| !self.shared.is_bundled(path)) {
            calibrating::finish(self.shared, &folder, device, self.shared.open_data().as_ref(), &Unwatched)?;
        }
        Detector::load(self.shared, path, device)
    }

    fn unload(&mut self, model: ModelId) {
        self.models.retain(|(id, _)| *id != model);
        self.shared.change_loaded(|loaded| loaded.retain(|info| info.id != model));
        self.shared.outbox.send(EngineEvent::ModelUnloaded(model));
    }

    fn show(&mut self, case: &CaseRef, model: &ModelId) {
        let event = match guarded(|| self.analyse(case, model)) {
            Ok(analysis) => EngineEvent::Analysed(Arc::new(analysis)),
            Err(error) => {
                EngineEvent::CaseFailed { case: case.clone(), model: Some(model.clone()), error: error.into() }
            }
        };
        match self.opened.as_ref().filter(|opened| opened.case == *case.original()) {
            Some(opened) => opened.source.send_about(self.shared, event),
            None => self.shared.outbox.send(event),
        }
    }

    fn answer(&self, CodeRequest { model, codes, request }: CodeRequest) {
        let images = guarded(|| self.decode(&model, &codes)).map_err(Failure::from);
        self.shared.outbox.send(EngineEvent::Decoded { model, request, images });
    }

    fn decode(&self, model: &ModelId, codes: &[Vec<f32>]) -> Result<Vec<Arc<Plane>>> {
        if codes.len() > MOST_CODES {
            return Err(Error::Other(format!("at most {MOST_CODES} codes are decoded at once, not {}", codes.len())));
        }
        Ok(detector_of(&self.models, model)?.1.decode(codes)?.into_iter().map(Arc::new).collect())
    }

    fn analyse(&mut self, case: &CaseRef, model: &ModelId) -> Result<Analysis> {
        let original = case.original();
        if !self.opened.as_ref().is_some_and(|opened| opened.is_still(original, self.shared)) {
            self.opened = None;
            self.opened = Some(OpenedCase::read(original, self.shared)?);
        }
        let Some(opened) = &mut self.opened else { return Err(Error::Other("the case is closed".to_owned())) };
        let (id, detector) = detector_of(&self.models, model)?;
        let image = opened.prepare(case.lesions(), detector.preprocessing())?;
        let started = Instant::now();
        let scored = detector.analyse(&image.pixels)?;
        let took_ms = started.elapsed().as_secs_f64() * 1e3;
        let judged = detector.judge(id.clone(), scored.score, &opened.hash);
        let masker = self.lungs.get_or_insert_with(|| load_lungs(self.shared));
        let lungs = audit(masker.as_mut(), opened, self.shared, &image.pixels, &scored.map);
        Ok(Analysis {
            model: judged.model,
            case: case.clone(),
            input: Arc::new(image.to_plane()),
            reconstruction: Arc::new(scored.reconstruction),
            map: Arc::new(scored.map),
            lungs,
            score: judged.score,
            sigma: judged.sigma,
            p_value: judged.p_value,
            share_lower: judged.share_lower,
            threshold_sigma: judged.threshold_sigma,
            disagreement: scored.disagreement,
            seen_in_training: judged.seen_in_training,
            took_ms,
        })
    }
}

fn detector_of<'a>(models: &'a [(ModelId, Detector)], model: &ModelId) -> Result<&'a (ModelId, Detector)> {
    let known = models.iter().find(|(id, _)| id == model);
    known.ok_or_else(|| Error::Other(format!("the model {} is not loaded", model.0)))
}

/// How much of a map lies in the lungs, where there are any.
fn audit(
    masker: std::result::Result<&mut LungMasker, &mut Arc<str>>,
    opened: &mut OpenedCase,
    shared: &Shared,
    pixels: &[u8],
    map: &Plane,
) -> std::result::Result<Lungs, NoLungs> {
    if opened.flat {
        return Err(NoLungs::Flat);
    }
    let unknown = |error: Error| NoLungs::Unknown(error.to_string().into());
    let masker = masker.map_err(|reason| NoLungs::Unknown(Arc::clone(reason)))?;
    match opened.no_chest(masker, shared).map_err(unknown)? {
        Some(reason) => Err(reason),
        None => masker.audit(pixels, map).map_err(unknown),
    }
}

/// On the processor: one small image, and the GPU's memory is for the models.
fn load_lungs(shared: &Shared) -> std::result::Result<LungMasker, Arc<str>> {
    LungMasker::load(&shared.config.lungs_dir, tch::Device::Cpu).map_err(|error| error.to_string().into())
}

impl OpenedCase {
    fn read(case: &CaseRef, shared: &Shared) -> Result<Self> {
        let source = Source::of(case, shared)?;
        let (hash, easel, flat) = match &source {
            Source::Sample(data, id) => {
                let hash = data.summary().sample(*id).map_or_else(String::new, |sample| sample.hash.clone());
                let flat = data.base(*id).is_some_and(|base| !imaging::has_contrast(&base));
                (hash, Easel::default(), flat)
            }
            Source::File(path, _) => {
                let (hash, decoded) = imaging::read_hashed(path)?;
                let flat = !imaging::has_contrast(&decoded.image);
                (hash, Easel::with(decoded.image), flat)
            }
        };
        Ok(Self { case: case.clone(), hash, source, easel, flat, chest: None })
    }

    /// Why no lungs are looked for. The images of a data set are judged together, because one alone may mislead; a file
    /// from elsewhere is of the open data set's kind or is to look like a chest X-ray by itself.
    fn no_chest(&mut self, masker: &mut LungMasker, shared: &Shared) -> Result<Option<NoLungs>> {
        let (data, alone) = match &self.source {
            Source::Sample(data, _) => (Some(data.clone()), false),
            Source::File(..) => (shared.open_data(), true),
        };
        if let Some(data) = data
            && !masker.suits(&data)?
        {
            return Ok(Some(NoLungs::OtherImages));
        }
        if !alone {
            return Ok(None);
        }
        let chest = match self.chest {
            Some(known) => known,
            None => masker.is_chest(&self.prepare(&[], LungMasker::LOOKS_AT)?)?,
        };
        self.chest = Some(chest);
        Ok((!chest).then_some(NoLungs::OtherImage))
    }

    /// True for the same case, in the same data set, with its file unchanged.
    fn is_still(&self, case: &CaseRef, shared: &Shared) -> bool {
        Source::of(case, shared).is_ok_and(|now| self.source.is(&now))
    }

    /// By the one path that training images take, too.
    fn prepare(&mut self, lesions: &[Lesion], how: Preprocessing) -> Result<GrayImage> {
        match &self.source {
            Source::Sample(data, id) if lesions.is_empty() => data.prepare(*id, how),
            source => {
                let painted = self.easel.paint(lesions, || Ok(imaging::read_image(source.path())?.image))?;
                Ok(imaging::preprocess(&painted.image, how))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SampleId;
    use crate::evaluation::fixtures;

    fn model(name: &str) -> ModelId {
        ModelId(name.to_owned())
    }

    #[test]
    fn times_are_taken_when_nobody_waits_for_anything_else() {
        let benchmark = Arc::new(fixtures::benchmark());
        let mut requests = Requests { timing: Some((Arc::clone(&benchmark), Vec::new())), ..Requests::default() };
        assert!(!requests.wait());
        requests.models.push_back(ModelRequest::Unload(model("b")));
        requests.case = Some((CaseRef::Sample(SampleId(1)), [model("a")].into()));
        assert!(requests.wait());
        assert!(matches!(requests.next(), Some(Task::Unload(_))));
        assert!(matches!(requests.next(), Some(Task::Analyse(..))));
        assert!(matches!(requests.next(), Some(Task::Time(..))));
        assert!(requests.next().is_none());
    }

    #[test]
    fn models_come_first_and_a_newer_case_replaces_the_rest_of_an_older_one() {
        let mut requests = Requests::default();
        let case = |id| CaseRef::Sample(SampleId(id));
        requests.case = Some((case(1), [model("a"), model("b")].into()));
        assert!(matches!(requests.next(), Some(Task::Analyse(CaseRef::Sample(SampleId(1)), _))));
        requests.case = Some((case(2), [model("a")].into()));
        requests.models.push_back(ModelRequest::Load("x".into(), Caution::Tell));
        assert!(matches!(requests.next(), Some(Task::Load(..))));
        assert!(matches!(requests.next(), Some(Task::Analyse(CaseRef::Sample(SampleId(2)), _))));
        assert!(requests.next().is_none());
    }

    #[test]
    fn only_the_newest_codes_are_decoded_and_before_the_next_case() {
        let case = Some((CaseRef::Sample(SampleId(1)), [model("a")].into()));
        let mut requests = Requests { case, ..Requests::default() };
        for request in [1, 2] {
            requests.codes = Some(CodeRequest { model: model("a"), codes: Vec::new(), request });
        }
        assert!(matches!(requests.next(), Some(Task::Decode(CodeRequest { request: 2, .. }))));
        assert!(matches!(requests.next(), Some(Task::Analyse(..))));
        assert!(requests.next().is_none());
    }
}
