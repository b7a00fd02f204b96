//! The engine as its listeners know it: commands in, events out.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use neuroscan::domain::{
    Analysis, Architecture, Benchmark, CaseRef, Contender, DataSetSummary, DevicePreference, EntryKind, GrayImage,
    GroupTable, ImageScore, JobOutcome, Label, LatentMap, ModelId, NoLungs, Plane, Preset, Prior, SampleId, Split,
    ThresholdRule, TrainingSettings,
};
use neuroscan::engine::message::{CaseImage, DataOptions, DataSource, EngineCommand, EngineEvent, Failure};
use support::{TestEngine, make_run, open_sample, sample_dir, tiny};

/// A folder with a handful of images, some of which are none.
fn mixed_folder(place: &Path) -> PathBuf {
    let folder = place.join("mixed");
    std::fs::create_dir_all(folder.join("below")).unwrap();
    let test = sample_dir().join("test/NORMAL");
    let mut images: Vec<PathBuf> = std::fs::read_dir(test).unwrap().map(|entry| entry.unwrap().path()).collect();
    images.sort();
    std::fs::copy(&images[0], folder.join("a.jpeg")).unwrap();
    std::fs::copy(&images[1], folder.join("below/a.jpeg")).unwrap();
    let whole = std::fs::read(&images[2]).unwrap();
    std::fs::write(folder.join("cut.jpeg"), &whole[..whole.len() / 3]).unwrap();
    std::fs::write(folder.join("empty.png"), b"").unwrap();
    std::fs::write(folder.join("words.jpg"), b"not an image at all").unwrap();
    std::fs::write(folder.join("notes.txt"), b"nobody looks at this").unwrap();
    folder
}

fn first(data: &DataSetSummary, split: Split, label: Label) -> SampleId {
    data.ids(split, Some(label)).next().unwrap()
}

fn case_loaded(engine: &TestEngine, wanted: &CaseRef) -> Result<Arc<CaseImage>, Failure> {
    engine.wait("the case", |event| match event {
        EngineEvent::CaseLoaded { case, image } if case == wanted => Some(Ok(Arc::clone(image))),
        EngineEvent::CaseFailed { case, model: None, error } if case == wanted => Some(Err(error.clone())),
        _ => None,
    })
}

fn analyse(engine: &TestEngine, case: &CaseRef, model: &ModelId) -> Result<Arc<Analysis>, Failure> {
    engine.send(EngineCommand::Analyse { case: case.clone(), models: vec![model.clone()] });
    engine.wait("the analysis", |event| match event {
        EngineEvent::Analysed(analysis) if analysis.case == *case && analysis.model == *model => {
            Some(Ok(Arc::clone(analysis)))
        }
        EngineEvent::CaseFailed { case: failed, model: Some(of), error } if failed == case && of == model => {
            Some(Err(error.clone()))
        }
        _ => None,
    })
}

#[test]
fn a_data_set_opens_and_shows_its_images() {
    let mut engine = TestEngine::start();
    let job = engine.new_job();
    engine.send(EngineCommand::OpenData { job, source: DataSource::BundledSample, options: DataOptions::default() });
    let (events, end) = engine.until_end(job);
    assert_eq!(end, Ok(JobOutcome::Done));
    let opened = events.iter().position(|event| matches!(event, EngineEvent::DataOpened { .. })).unwrap();
    let checked = events
        .iter()
        .position(|event| matches!(event, EngineEvent::DataChecked { findings, .. } if findings.len() > 1));
    assert!(opened < checked.expect("a check with findings"));
    let EngineEvent::DataOpened { data, .. } = &events[opened] else { panic!("that is what was found") };
    assert!(data.bundled);
    assert_eq!((data.count(Split::Test, Label::Healthy), data.count(Split::Test, Label::Diseased)), (60, 60));

    let samples: Vec<SampleId> = (0..data.samples.len() as u32).step_by(7).map(SampleId).collect();
    engine.send(EngineCommand::Thumbnails { samples: samples.clone(), side: 80 });
    let mut missing = samples;
    engine.wait("all thumbnails", |event| {
        if let EngineEvent::Thumbnail { sample, image } = event {
            assert_eq!(image.width.max(image.height), 80);
            missing.retain(|waiting| waiting != sample);
        }
        missing.is_empty().then_some(())
    });

    let id = first(data, Split::Test, Label::Diseased);
    let case = CaseRef::Sample(id);
    engine.send(EngineCommand::LoadCase { case: case.clone() });
    let image = case_loaded(&engine, &case).unwrap();
    let sample = data.sample(id).unwrap();
    assert_eq!((image.stored_width, image.stored_height), (sample.width, sample.height));
    assert!(sample.path.ends_with(&image.file_name) && !image.file_name.is_empty());

    let gone = CaseRef::File("/nowhere/x.png".into());
    engine.send(EngineCommand::LoadCase { case: gone.clone() });
    assert!(case_loaded(&engine, &gone).unwrap_err().message.contains("/nowhere/x.png"));
}

#[test]
fn a_folder_that_does_not_open_leaves_the_open_one_open() {
    let mut engine = TestEngine::start();
    let data = engine.open(DataSource::BundledSample);
    let job = engine.new_job();
    let source = DataSource::Folder("/nowhere/at/all".into());
    engine.send(EngineCommand::OpenData { job, source, options: DataOptions::default() });
    let (events, end) = engine.until_end(job);
    assert!(end.unwrap_err().message.contains("/nowhere/at/all"));
    assert!(!events.iter().any(|event| matches!(event, EngineEvent::DataOpened { .. })));
    let case = CaseRef::Sample(first(&data, Split::Train, Label::Healthy));
    engine.send(EngineCommand::LoadCase { case: case.clone() });
    assert!(case_loaded(&engine, &case).is_ok());
}

#[test]
fn the_folder_asked_for_last_is_the_one_that_is_open() {
    let mut engine = TestEngine::start();
    let folder = mixed_folder(engine.folder.path());
    let jobs = [engine.new_job(), engine.new_job(), engine.new_job()];
    for (job, source) in jobs.into_iter().zip([
        DataSource::BundledSample,
        DataSource::Folder("/nowhere".into()),
        DataSource::Folder(folder),
    ]) {
        engine.send(EngineCommand::OpenData { job, source, options: DataOptions::default() });
    }
    let mut ended = 0;
    let mut opened = None;
    engine.wait("three ends", |event| {
        match event {
            EngineEvent::DataOpened { data, .. } => opened = Some(Arc::clone(data)),
            EngineEvent::JobEnded { .. } | EngineEvent::JobFailed { .. } => ended += 1,
            _ => {}
        }
        (ended == 3).then_some(())
    });
    let opened = opened.unwrap();
    assert_eq!((opened.name.as_str(), opened.samples.len(), opened.rejected.len()), ("mixed", 2, 3));
}

#[test]
fn a_model_sees_a_sample_and_its_file_the_same_way() {
    let mut engine = TestEngine::start();
    let sample = open_sample();
    let run = make_run(&engine.models_dir(), &tiny(Architecture::Autoencoder, 1), &sample);
    let model = engine.load(&run);
    assert_eq!((model.name.as_str(), model.bundled, model.folder.as_path()), ("Autoencoder", false, run.as_path()));
    let data = engine.open(DataSource::BundledSample);

    let seen = first(&data, Split::Train, Label::Healthy);
    let unseen = first(&data, Split::Test, Label::Diseased);
    for (id, in_training) in [(seen, true), (unseen, false)] {
        let by_sample = analyse(&engine, &CaseRef::Sample(id), &model.id).unwrap();
        let file = CaseRef::File(data.root.join(&data.sample(id).unwrap().path));
        let by_file = analyse(&engine, &file, &model.id).unwrap();
        assert_eq!(by_sample.score.to_bits(), by_file.score.to_bits());
        assert_eq!((&by_sample.input, &by_sample.map), (&by_file.input, &by_file.map));
        assert_eq!((by_sample.seen_in_training, by_file.seen_in_training), (in_training, in_training));
        let calibration = &model.calibration;
        assert!((by_sample.sigma - calibration.sigma(by_sample.score)).abs() < 1e-12);
        assert!(by_sample.p_value > 0.0 && by_sample.p_value <= 1.0);
        let threshold = calibration.sigma(calibration.percentile(95.0).unwrap());
        assert!((by_sample.threshold_sigma - threshold).abs() < 1e-12);
        for plane in [&by_sample.input, &by_sample.reconstruction, &by_sample.map] {
            assert_eq!((plane.width, plane.height), (32, 32));
            assert!(plane.values.iter().all(|value| value.is_finite() && *value >= 0.0));
        }
    }

    let bad = CaseRef::File(mixed_folder(engine.folder.path()).join("words.jpg"));
    assert!(analyse(&engine, &bad, &model.id).unwrap_err().message.contains("words.jpg"));
    let beyond = CaseRef::Sample(SampleId(1_000_000));
    assert!(analyse(&engine, &beyond, &model.id).is_err());
    assert!(analyse(&engine, &CaseRef::Sample(seen), &model.id).is_ok(), "and goes on");
}

#[test]
fn models_come_and_go_under_names_of_their_own() {
    let engine = TestEngine::start();
    let sample = open_sample();
    let bundled = make_run(&engine.models_dir().join("bundled"), &tiny(Architecture::Vae, 1), &sample);
    let own = make_run(&engine.models_dir(), &tiny(Architecture::Vae, 1), &sample);
    let (first, second) = (engine.load(&bundled), engine.load(&own));
    assert!(first.bundled && !second.bundled);
    assert_eq!(first.name, "VAE");
    assert!(second.name.starts_with("VAE · 20"), "{}", second.name);
    assert_ne!(first.id, second.id);
    let again = engine.load(&own.join("best.safetensors"));
    assert_eq!((&again.id, &again.name), (&second.id, &second.name), "the same model, loaded anew");

    engine.send(EngineCommand::UnloadModel { model: first.id.clone() });
    engine.wait("ModelUnloaded", |event| {
        matches!(event, EngineEvent::ModelUnloaded(id) if *id == first.id).then_some(())
    });
    let file = CaseRef::File(sample_dir().join("test/NORMAL/IM-0006-0001.jpeg"));
    assert!(analyse(&engine, &file, &first.id).unwrap_err().message.contains("not loaded"));
    assert!(analyse(&engine, &file, &second.id).is_ok());
}

#[test]
fn an_own_image_is_judged_by_itself_whatever_is_open() {
    let mut engine = TestEngine::start();
    let run = make_run(&engine.models_dir(), &tiny(Architecture::Vae, 1), &open_sample());
    let model = engine.load(&run);
    let drawn = engine.folder.path().join("disc.png");
    let disc =
        |x: u32, y: u32| image::Luma([if x.abs_diff(64).pow(2) + y.abs_diff(64).pow(2) < 2_025 { 200u8 } else { 5 }]);
    image::GrayImage::from_fn(128, 128, disc).save(&drawn).unwrap();
    let black = engine.folder.path().join("black.png");
    image::GrayImage::new(128, 128).save(&black).unwrap();
    let [disc, black, xray] = [drawn, black, sample_dir().join("test/NORMAL/IM-0006-0001.jpeg")].map(CaseRef::File);
    for opened in [false, true] {
        if opened {
            engine.open(DataSource::BundledSample);
        }
        assert_eq!(analyse(&engine, &disc, &model.id).unwrap().lungs, Err(NoLungs::OtherImage));
        assert_eq!(analyse(&engine, &black, &model.id).unwrap().lungs, Err(NoLungs::Flat));
        assert!(analyse(&engine, &xray, &model.id).unwrap().lungs.is_ok());
    }
    let folder = mixed_folder(engine.folder.path());
    image::GrayImage::from_pixel(90, 70, image::Luma([90])).save(folder.join("grey.png")).unwrap();
    let data = engine.open(DataSource::Folder(folder));
    let grey = data.samples.iter().position(|sample| sample.path == "grey.png").unwrap();
    let grey = CaseRef::Sample(SampleId(grey as u32));
    assert_eq!(analyse(&engine, &grey, &model.id).unwrap().lungs, Err(NoLungs::Flat), "a sample of a data set too");
}

#[test]
fn damaged_models_are_named_and_stop_nothing() {
    let engine = TestEngine::start();
    let sample = open_sample();
    let damages: [(&str, &[u8]); 3] =
        [("best.safetensors", b"cut"), ("calibration.json", b"{"), ("run.json", b"{\"format\":1}")];
    for (name, bytes) in damages {
        let run = make_run(&engine.models_dir(), &tiny(Architecture::Gan, 1), &sample);
        std::fs::write(run.join(name), bytes).unwrap();
        engine.send(EngineCommand::LoadModel { path: run.clone() });
        let failure = engine.failure();
        assert!(failure.message.contains(&run.join(name).display().to_string()), "{failure:?}");
        assert!(!failure.advice.is_empty());
    }
    engine.send(EngineCommand::LoadModel { path: "/nowhere/model".into() });
    assert!(engine.failure().message.contains("/nowhere/model"));
    engine.load(&make_run(&engine.models_dir(), &tiny(Architecture::Gan, 2), &sample));
}

#[test]
fn a_benchmark_measures_models_and_baselines() {
    let mut engine = TestEngine::start();
    let sample = open_sample();
    let here = engine.load(&make_run(&engine.models_dir(), &tiny(Architecture::Autoencoder, 1), &sample));
    // A network that was trained on what is tested here.
    let job = engine.new_job();
    let other = engine.folder.path().join("other");
    std::fs::create_dir_all(other.join("train")).unwrap();
    copy_folder(&sample_dir().join("test/NORMAL"), &other.join("train/NORMAL"));
    let elsewhere = neuroscan::dataset::open(
        &other,
        &neuroscan::dataset::OpenOptions::default(),
        &neuroscan::dataset::CacheDir::memory_only(),
        &neuroscan::domain::Unwatched,
    )
    .unwrap();
    let there = engine.load(&make_run(&engine.models_dir(), &tiny(Architecture::Vit, 1), &elsewhere));
    let data = engine.open(DataSource::BundledSample);

    engine.send(EngineCommand::Benchmark { job, models: vec![there.id.clone().into(), here.id.clone().into()] });
    let benchmark = benchmarked(&engine, job);
    let names: Vec<&str> = benchmark.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names[..2], ["ViT", "Autoencoder"]);
    assert_eq!(benchmark.entries[2..].iter().filter(|entry| entry.kind == EntryKind::Baseline).count(), 4);
    assert_eq!((benchmark.cases.len(), benchmark.split.test), (120, 120));
    let development = data.count(Split::Development, Label::Diseased);
    assert_eq!(benchmark.held_out.len(), data.count(Split::Validation, Label::Healthy) + development);
    for entry in &benchmark.entries {
        assert!(entry.ms_per_image.is_some() && entry.development_auroc.is_some() && entry.central_auroc.is_some());
    }
    let blur = &benchmark.entries[2];
    assert!(blur.auroc.value > 0.7, "the blur of an image tells much here: {:?}", blur.auroc);
    let about = |name: &str, what: &str| {
        benchmark.cautions.iter().any(|caution| caution.starts_with(name) && caution.contains(what))
    };
    assert!(about("ViT", "trained on other images"), "{:?}", benchmark.cautions);
    assert!(about("ViT", "trained on 41 test images; its AUROC is optimistic"), "{:?}", benchmark.cautions);
    assert!(!about("Autoencoder", "trained on"), "{:?}", benchmark.cautions);

    // The same figure as on the Compare screen.
    let case = &benchmark.cases[5];
    let shown = analyse(&engine, &CaseRef::Sample(case.sample), &here.id).unwrap();
    assert!((shown.score - benchmark.entries[1].test_scores[5]).abs() < 1e-5 * shown.score.abs().max(1e-3));

    let groups = read_groups(&mut engine, &format!("path,site\n{},north\n", case.path)).unwrap();
    assert_eq!((groups.columns[0].as_str(), groups.rows.len()), ("site", 1));
    let stranger = read_groups(&mut engine, "path,site\nelsewhere.png,north\n").unwrap_err();
    assert!(stranger.message.contains("None of its 1 rows names an image"), "{stranger:?}");
    let damaged = read_groups(&mut engine, "patient,site\n7,north\n").unwrap_err();
    assert!(damaged.message.contains("No column holds paths") && !damaged.advice.is_empty(), "{damaged:?}");

    let (job, folder) = (engine.new_job(), engine.folder.path().join("export"));
    engine.send(EngineCommand::ExportBenchmark {
        job,
        benchmark,
        groups: Some(groups),
        rule: ThresholdRule::default(),
        folder: folder.clone(),
    });
    let (events, end) = engine.until_end(job);
    assert_eq!(end, Ok(JobOutcome::Done));
    let paths = events.iter().find_map(|event| match event {
        EngineEvent::Exported { paths, .. } => Some(paths.clone()),
        _ => None,
    });
    let paths = paths.unwrap();
    assert!(paths.contains(&folder.join("metrics.json")) && paths.iter().all(|path| path.is_file()), "{paths:?}");
}

fn read_groups(engine: &mut TestEngine, text: &str) -> Result<Arc<GroupTable>, Failure> {
    let (job, path) = (engine.new_job(), engine.folder.path().join("groups.csv"));
    std::fs::write(&path, text).unwrap();
    engine.send(EngineCommand::ReadGroups { job, path });
    let (events, end) = engine.until_end(job);
    end?;
    let read = events.iter().find_map(|event| match event {
        EngineEvent::GroupsRead { table, .. } => Some(Arc::clone(table)),
        _ => None,
    });
    Ok(read.expect("GroupsRead"))
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn benchmarked(engine: &TestEngine, job: neuroscan::domain::JobId) -> Arc<Benchmark> {
    let (events, end) = engine.until_end(job);
    assert_eq!(end, Ok(JobOutcome::Done));
    let found = events.iter().find_map(|event| match event {
        EngineEvent::Benchmarked { benchmark, .. } => Some(Arc::clone(benchmark)),
        _ => None,
    });
    found.expect("Benchmarked")
}

#[test]
fn a_model_damaged_after_loading_is_left_out_of_the_benchmark() {
    let mut engine = TestEngine::start();
    let run = make_run(&engine.models_dir(), &tiny(Architecture::Vae, 1), &open_sample());
    let model = engine.load(&run);
    std::fs::write(run.join("best.safetensors"), b"cut").unwrap();
    engine.open(DataSource::BundledSample);
    let job = engine.new_job();
    engine.send(EngineCommand::Benchmark { job, models: vec![model.id.clone().into()] });
    let benchmark = benchmarked(&engine, job);
    assert_eq!(benchmark.entries.len(), 4, "the baselines");
    assert!(
        benchmark.cautions.iter().any(|caution| caution.starts_with("VAE is left out")),
        "{:?}",
        benchmark.cautions
    );
}

#[test]
fn what_cannot_be_benchmarked_is_said() {
    let mut engine = TestEngine::start();
    let job = engine.new_job();
    engine.send(EngineCommand::Benchmark { job, models: Vec::new() });
    assert!(engine.until_end(job).1.unwrap_err().message.contains("No data set is open"));
    let folder = mixed_folder(engine.folder.path());
    engine.open(DataSource::Folder(folder));
    let job = engine.new_job();
    engine.send(EngineCommand::Benchmark { job, models: Vec::new() });
    let failure = engine.until_end(job).1.unwrap_err();
    assert!(failure.message.contains("0 healthy and 0 diseased") && !failure.advice.is_empty(), "{failure:?}");
    engine.open(DataSource::BundledSample);
    let job = engine.new_job();
    engine.send(EngineCommand::Benchmark { job, models: vec![ModelId("nobody".to_owned()).into()] });
    assert!(engine.until_end(job).1.unwrap_err().message.contains("nobody"));
}

fn explored(engine: &TestEngine, job: neuroscan::domain::JobId) -> Arc<LatentMap> {
    let (events, end) = engine.until_end(job);
    assert_eq!(end, Ok(JobOutcome::Done));
    let found = events.iter().find_map(|event| match event {
        EngineEvent::Explored { map, .. } => Some(Arc::clone(map)),
        _ => None,
    });
    found.expect("Explored")
}

fn decode(engine: &TestEngine, model: &ModelId, codes: Vec<Vec<f32>>, number: u64) -> Result<Vec<Arc<Plane>>, Failure> {
    engine.send(EngineCommand::Decode { model: model.clone(), codes, request: number });
    engine.wait("the decoded images", |event| match event {
        EngineEvent::Decoded { request, images, .. } if *request == number => Some(images.clone()),
        _ => None,
    })
}

#[test]
fn a_bundled_model_maps_the_bundled_sample_and_decodes_its_codes() {
    let mut engine = TestEngine::start();
    let model = engine.load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/bundled/vae"));
    let data = engine.open(DataSource::BundledSample);
    let job = engine.new_job();
    engine.send(EngineCommand::Explore { job, model: model.id.clone() });
    let map = explored(&engine, job);
    let (count, latent) = (data.samples.len(), model.latent.unwrap() as usize);
    assert_eq!((map.points.len(), map.left_out, map.codes.len()), (count, 0, count * latent));
    let train = data.ids(Split::Train, None).count();
    assert_eq!(map.pca.fitted as usize, train);
    assert_eq!(map.prior, Prior::StandardNormal);
    assert_eq!(map.trained_on.as_deref(), Some("chest_xray"), "the sample is not what it was trained on");
    // Of the training codes the components hold everything, and their middle is the middle.
    assert!((map.pca.explained.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{:?}", map.pca.explained);
    assert!(map.pca.explained.windows(2).all(|pair| pair[0] >= pair[1]));
    for direction in 0..map.pca.kept() {
        let steps: Vec<f64> = (0..train).map(|point| f64::from(map.steps(point, direction))).collect();
        let mean = steps.iter().sum::<f64>() / train as f64;
        let variance = steps.iter().map(|step| (step - mean).powi(2)).sum::<f64>() / (train - 1) as f64;
        assert!(mean.abs() < 1e-3 && (variance - 1.0).abs() < 1e-3, "PC {direction}: {mean} {variance}");
    }
    // A code decodes to the reconstruction that the Compare screen shows, and the score is its score.
    let point = map.points.iter().position(|point| point.sample == first(&data, Split::Test, Label::Diseased)).unwrap();
    let case = CaseRef::Sample(map.points[point].sample);
    let shown = analyse(&engine, &case, &model.id).unwrap();
    assert!((shown.sigma - map.points[point].sigma).abs() < 1e-4);
    let images = decode(&engine, &model.id, vec![map.code(point).to_vec(), map.pca.mean.clone()], 1).unwrap();
    let gap = images[0].values.iter().zip(&shown.reconstruction.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(gap < 1e-4, "{gap}");
    assert_eq!((images.len(), images[1].width), (2, model.preprocessing.image_size));
}

#[test]
fn what_cannot_be_explored_or_decoded_is_said() {
    let mut engine = TestEngine::start();
    let sample = open_sample();
    let without_code = TrainingSettings { decoder_layers: 0, ..tiny(Architecture::Vit, 1) };
    let vit = engine.load(&make_run(&engine.models_dir(), &without_code, &sample));
    let ae = engine.load(&make_run(&engine.models_dir(), &tiny(Architecture::Autoencoder, 1), &sample));
    let explore = |engine: &mut TestEngine, model: &str| {
        let job = engine.new_job();
        engine.send(EngineCommand::Explore { job, model: ModelId(model.to_owned()) });
        engine.until_end(job).1.unwrap_err()
    };
    assert!(explore(&mut engine, &ae.id.0).message.contains("No data set is open"));
    let folder = mixed_folder(engine.folder.path());
    engine.open(DataSource::Folder(folder));
    let failure = explore(&mut engine, &ae.id.0);
    assert!(failure.message.contains("this data set has 0") && failure.advice.contains("train/NORMAL"), "{failure:?}");
    engine.open(DataSource::BundledSample);
    assert!(explore(&mut engine, "nobody").message.contains("nobody"));
    assert!(explore(&mut engine, &vit.id.0).message.contains("no single code"));

    let message = |result: Result<Vec<Arc<Plane>>, Failure>| result.unwrap_err().message;
    assert!(message(decode(&engine, &ModelId("nobody".to_owned()), vec![vec![0.0; 4]], 1)).contains("nobody"));
    assert!(message(decode(&engine, &vit.id, vec![vec![0.0; 4]], 2)).contains("no single code"));
    assert!(message(decode(&engine, &ae.id, vec![vec![0.0; 3]], 3)).contains("4 numbers, not 3"));
    assert!(message(decode(&engine, &ae.id, vec![vec![f32::NAN; 4]], 4)).contains("not a number"));
    assert!(message(decode(&engine, &ae.id, vec![vec![0.0; 4]; 65], 5)).contains("most 64"));
    assert_eq!(decode(&engine, &ae.id, vec![vec![0.0; 4]; 64], 6).unwrap().len(), 64);

    // A job that is cancelled at once ends so, and leaves nothing.
    let job = engine.new_job();
    engine.send(EngineCommand::Explore { job, model: ae.id.clone() });
    engine.send(EngineCommand::Stop { job });
    let (events, end) = engine.until_end(job);
    let told = events.iter().any(|event| matches!(event, EngineEvent::Explored { .. }));
    assert!(end == Ok(JobOutcome::Cancelled) || (end == Ok(JobOutcome::Done) && told), "{end:?}");
}

#[test]
fn long_jobs_wait_their_turn_are_cancelled_and_hold_up_nobody() {
    let mut engine = TestEngine::start();
    // Slow enough to be caught at work.
    let mut slow = tiny(Architecture::Vit, 1);
    slow.preprocessing.image_size = 128;
    slow.token_width = 128;
    slow.encoder_layers = 4;
    let sample = open_sample();
    let slow = engine.load(&make_run(&engine.models_dir(), &slow, &sample));
    let quick = engine.load(&make_run(&engine.models_dir(), &tiny(Architecture::Autoencoder, 1), &sample));
    let data = engine.open(DataSource::BundledSample);
    let [first_job, second_job] = [engine.new_job(), engine.new_job()];
    for job in [first_job, second_job] {
        engine.send(EngineCommand::Benchmark { job, models: vec![slow.id.clone().into()] });
    }
    engine.wait("the first at work", |event| {
        matches!(event, EngineEvent::JobProgress { job, progress }
            if *job == first_job && progress.stage.starts_with("Scoring"))
        .then_some(())
    });
    // A case is shown and a folder opens meanwhile.
    let shown = analyse(&engine, &CaseRef::Sample(first(&data, Split::Test, Label::Healthy)), &quick.id);
    assert!(shown.is_ok());
    engine.send(EngineCommand::Stop { job: second_job });
    assert_eq!(engine.until_end(second_job).1, Ok(JobOutcome::Cancelled), "while it waits");
    engine.open(DataSource::BundledSample);
    engine.send(EngineCommand::Stop { job: first_job });
    let (events, end) = engine.until_end(first_job);
    assert_eq!(end, Ok(JobOutcome::Cancelled));
    assert!(!events.iter().any(|event| matches!(event, EngineEvent::Benchmarked { .. })));
}

#[test]
fn closing_does_not_wait_for_long_jobs() {
    let mut engine = TestEngine::start();
    let mut slow = tiny(Architecture::Vit, 1);
    slow.preprocessing.image_size = 128;
    slow.token_width = 128;
    slow.encoder_layers = 6;
    let slow = engine.load(&make_run(&engine.models_dir(), &slow, &open_sample()));
    engine.open(DataSource::BundledSample);
    let job = engine.new_job();
    engine.send(EngineCommand::Benchmark { job, models: vec![slow.id.clone().into()] });
    engine.wait("work", |event| {
        matches!(event, EngineEvent::JobProgress { progress, .. } if progress.stage.starts_with("Scoring"))
            .then_some(())
    });
    let took = engine.close();
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn a_newer_case_replaces_an_older_one() {
    let mut engine = TestEngine::start();
    let model = engine.load(&make_run(&engine.models_dir(), &tiny(Architecture::Vae, 1), &open_sample()));
    let data = engine.open(DataSource::BundledSample);
    let cases: Vec<CaseRef> = data.ids(Split::Test, None).take(60).map(CaseRef::Sample).collect();
    for case in &cases {
        engine.send(EngineCommand::Analyse { case: case.clone(), models: vec![model.id.clone(); 8] });
    }
    let mut answered = 0;
    engine.wait("the last", |event| {
        if let EngineEvent::Analysed(analysis) = event {
            answered += 1;
            return (analysis.case == cases[59]).then_some(());
        }
        None
    });
    assert!(answered < 8 * 60, "{answered}");
}

#[test]
fn files_are_scored_wherever_they_are_and_bad_ones_are_listed() {
    let mut engine = TestEngine::start();
    let sample = open_sample();
    let small = engine.load(&make_run(&engine.models_dir(), &tiny(Architecture::Autoencoder, 1), &sample));
    let mut settings = tiny(Architecture::Vae, 2);
    settings.preprocessing.image_size = 64;
    settings.preprocessing.clahe = false;
    let large = engine.load(&make_run(&engine.models_dir(), &settings, &sample));
    let folder = mixed_folder(engine.folder.path());
    let single = sample_dir().join("test/NORMAL/IM-0006-0001.jpeg");
    let heatmaps = engine.folder.path().join("maps");
    let inputs = vec![folder.clone(), single.clone(), "/nowhere/x.png".into()];
    let score = |engine: &mut TestEngine, heatmaps: Option<PathBuf>| {
        let job = engine.new_job();
        let models = vec![small.id.clone().into(), large.id.clone().into()];
        engine.send(EngineCommand::Score { job, models, inputs: inputs.clone(), heatmaps });
        let (events, end) = engine.until_end(job);
        assert_eq!(end, Ok(JobOutcome::Done));
        sort_out(&events)
    };
    let (scored, failed) = score(&mut engine, None);
    let paths: Vec<&Path> = scored.iter().map(|(path, _)| path.as_path()).collect();
    assert_eq!(paths, [&folder.join("a.jpeg"), &folder.join("below/a.jpeg"), &single]);
    assert_eq!(failed.len(), 4, "{failed:?}");
    for name in ["cut.jpeg", "empty.png", "words.jpg", "/nowhere/x.png"] {
        assert!(failed.iter().any(|(path, error)| path.ends_with(name) && error.message.contains(name)), "{name}");
    }
    let (with_maps, _) = score(&mut engine, Some(heatmaps.clone()));
    for ((_, plain), (_, mapped)) in scored.iter().zip(&with_maps) {
        assert_eq!(plain.iter().map(|score| &score.model).collect::<Vec<_>>(), [&small.id, &large.id]);
        for (plain, mapped) in plain.iter().zip(mapped.iter()) {
            assert!((plain.sigma - mapped.sigma).abs() < 1e-3, "{plain:?} {mapped:?}");
            let picture = mapped.heatmap.as_ref().unwrap();
            assert!(picture.starts_with(&heatmaps) && image::open(picture).is_ok());
            assert!(plain.heatmap.is_none() && !plain.seen_in_training);
        }
    }
    let shown = analyse(&engine, &CaseRef::File(single), &small.id).unwrap();
    assert!((shown.sigma - scored[2].1[0].sigma).abs() < 1e-3);
}

#[test]
fn a_score_is_changed_without_training_and_calibrated_where_the_images_are() {
    let mut engine = TestEngine::start();
    let run = make_run(&engine.models_dir(), &tiny(Architecture::Vae, 1), &open_sample());
    let model = engine.load(&run);
    assert_eq!(model.score.slug(), "blurred-central-jitter");
    // Calibrated before there were other scores, and no data set is open.
    let failure = engine.set_score(&model.id, "mse").unwrap_err();
    assert!(failure.message.contains("open"), "{failure:?}");
    let data = engine.open(DataSource::BundledSample);
    let case = CaseRef::Sample(first(&data, Split::Test, Label::Diseased));
    let before = analyse(&engine, &case, &model.id).unwrap();
    let changed = engine.set_score(&model.id, "mse+0.5*knn").unwrap();
    assert_eq!((changed.score.slug().as_str(), changed.id.clone()), ("mse+0.5*knn", model.id.clone()));
    assert!(changed.calibrated.contains("ssim-central-jitter") && changed.calibrated.contains("kl"));
    let count = data.count(Split::Validation, Label::Healthy);
    assert_eq!(changed.calibration.healthy_scores.len(), count);
    assert!(changed.calibration.mean.abs() < 1e-6, "each part is in deviations from the mean");
    let after = analyse(&engine, &case, &model.id).unwrap();
    assert_ne!(before.score.to_bits(), after.score.to_bits());
    assert_eq!(before.reconstruction, after.reconstruction);
    // Kept: the run loaded again knows all scores, also without data.
    let mut again = TestEngine::start();
    let known = again.load(&run);
    assert_eq!(known.score.slug(), "blurred-central-jitter", "its own at first");
    let known = again.set_score(&known.id, "mahalanobis").unwrap();
    assert_eq!(known.calibration.healthy_scores.len(), count);
    again.close();
    let lacking = engine.set_score(&model.id, "aleatoric").unwrap_err();
    assert!(lacking.message.contains("predicts no variance"), "{lacking:?}");
    let failure = engine.set_score(&ModelId("nobody".to_owned()), "mse").unwrap_err();
    assert!(failure.message.contains("nobody"));
}

#[test]
fn a_calibration_of_another_checkpoint_is_not_used() {
    let mut engine = TestEngine::start();
    let run = make_run(&engine.models_dir(), &tiny(Architecture::Autoencoder, 1), &open_sample());
    let other = make_run(&engine.models_dir(), &tiny(Architecture::Autoencoder, 2), &open_sample());
    let (model, stranger) = (engine.load(&run), engine.load(&other));
    engine.open(DataSource::BundledSample);
    let job = engine.new_job();
    engine.send(EngineCommand::Calibrate { job, folders: vec![stranger.folder.clone()] });
    assert_eq!(engine.until_end(job).1, Ok(JobOutcome::Done));
    copy_folder(&other.join("calibrations"), &run.join("calibrations"));
    engine.send(EngineCommand::LoadModel { path: run.clone() });
    let mut notice = String::new();
    let loaded = engine.wait("the model", |event| match event {
        EngineEvent::Notice(said) => {
            notice.clone_from(&said.message);
            None
        }
        EngineEvent::ModelLoaded(info) if info.id == model.id => Some(Arc::clone(info)),
        _ => None,
    });
    assert!(notice.contains("another checkpoint"), "{notice}");
    assert_eq!(loaded.calibrated.len(), 1, "its own score only: {:?}", loaded.calibrated);
    engine.set_score(&model.id, "l1").unwrap();
}

#[test]
fn a_benchmark_changes_scores_without_measuring_again() {
    let mut engine = TestEngine::start();
    let model = engine.load(&make_run(&engine.models_dir(), &tiny(Architecture::Vae, 1), &open_sample()));
    engine.open(DataSource::BundledSample);
    let contender = |score: &str| Contender { model: model.id.clone(), score: Some(score.parse().unwrap()) };
    let job = engine.new_job();
    engine.send(EngineCommand::Benchmark { job, models: vec![model.id.clone().into(), contender("mse-central")] });
    let benchmark = benchmarked(&engine, job);
    let ids = |benchmark: &Benchmark| -> Vec<String> {
        let models = benchmark.entries.iter().filter(|entry| entry.kind != EntryKind::Baseline);
        models.map(|entry| entry.id.clone()).collect()
    };
    let own = model.id.0.clone();
    assert_eq!(ids(&benchmark), [own.clone(), format!("{own}@mse-central")]);
    assert!(benchmark.entries[1].name.contains("Squared error"), "{}", benchmark.entries[1].name);
    let wanted = vec![contender("kl"), contender("ssim+2*gradient"), contender("blurred-central-jitter")];
    engine.send(EngineCommand::Rescore { benchmark: Arc::clone(&benchmark), models: wanted });
    let rescored = |event: &EngineEvent| match event {
        EngineEvent::Rescored(benchmark) => Some(Arc::clone(benchmark)),
        EngineEvent::Failed(failure) => panic!("{failure:?}"),
        _ => None,
    };
    let again = engine.wait("the benchmark", rescored);
    assert_eq!(ids(&again), [format!("{own}@kl"), format!("{own}@ssim+2*gradient"), own]);
    assert_eq!(again.entries[2], benchmark.entries[0], "taken over as it was");
    assert_eq!(again.entries.len(), 7);
    assert_eq!(again.entries.iter().filter(|entry| entry.ms_per_image.is_none()).count(), 2, "not timed yet");
    let timed = engine.wait("the times", rescored);
    assert!(timed.entries.iter().all(|entry| entry.ms_per_image.is_some_and(|ms| ms > 0.0)));
    assert_eq!(ids(&timed), ids(&again));
    // As if it had been measured for it.
    let job = engine.new_job();
    engine.send(EngineCommand::Benchmark { job, models: vec![contender("ssim+2*gradient")] });
    let measured = benchmarked(&engine, job);
    for (a, b) in measured.entries[0].test_scores.iter().zip(&again.entries[1].test_scores) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
    engine.send(EngineCommand::Rescore { benchmark, models: vec![contender("blurred20")] });
    assert!(engine.failure().message.contains("blurred20"));
}

#[test]
fn cases_are_shown_while_a_network_trains() {
    let mut engine = TestEngine::start();
    let model = engine.load(&make_run(&engine.models_dir(), &tiny(Architecture::Vae, 1), &open_sample()));
    let data = engine.open(DataSource::BundledSample);
    let job = engine.new_job();
    let settings = TrainingSettings {
        epochs: 5000,
        device: DevicePreference::Cpu,
        ..TrainingSettings::preset(Architecture::Autoencoder, Preset::Recommended)
    };
    engine.send(EngineCommand::Train { job, settings: Box::new(settings), pins: Vec::new(), out: None });
    engine.wait("training", |event| matches!(event, EngineEvent::TrainingBatch { .. }).then_some(()));
    let mut took: Vec<Duration> = data
        .ids(Split::Test, None)
        .take(9)
        .map(|id| {
            let asked = Instant::now();
            analyse(&engine, &CaseRef::Sample(id), &model.id).unwrap();
            asked.elapsed()
        })
        .collect();
    took.sort_unstable();
    assert!(took[4] < Duration::from_secs(1), "{took:?}");
    engine.send(EngineCommand::Stop { job });
    assert_eq!(engine.until_end(job).1, Ok(JobOutcome::Stopped));
}

type Scored = Vec<(PathBuf, Arc<Vec<ImageScore>>)>;

fn sort_out(events: &[EngineEvent]) -> (Scored, Vec<(PathBuf, Failure)>) {
    let (mut scored, mut failed) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            EngineEvent::Scored { path, scores, .. } => scored.push((path.clone(), Arc::clone(scores))),
            EngineEvent::ScoreFailed { path, error, .. } => failed.push((path.clone(), error.clone())),
            _ => {}
        }
    }
    (scored, failed)
}

#[test]
fn a_picture_of_another_data_set_never_stands_for_a_sample() {
    let mut engine = TestEngine::start();
    let folder = mixed_folder(engine.folder.path());
    let data = engine.open(DataSource::BundledSample);
    let all: Vec<SampleId> = (0..data.samples.len() as u32).map(SampleId).collect();
    engine.send(EngineCommand::Thumbnails { samples: all, side: 512 });
    let job = engine.new_job();
    engine.send(EngineCommand::OpenData { job, source: DataSource::Folder(folder), options: DataOptions::default() });
    engine.wait("the other", |event| matches!(event, EngineEvent::DataOpened { .. }).then_some(()));
    engine.send(EngineCommand::Thumbnails { samples: vec![SampleId(1)], side: 64 });
    let image: Arc<GrayImage> = engine.wait("its thumbnail", |event| match event {
        EngineEvent::Thumbnail { sample, image } => {
            assert_eq!(*sample, SampleId(1), "a thumbnail of what was open before");
            Some(Arc::clone(image))
        }
        _ => None,
    });
    assert_eq!(image.width.max(image.height), 64);
}
