//! Trained runs put together, through the engine: what they say together, and how far they disagree.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::PathBuf;
use std::sync::Arc;

use neuroscan::domain::{
    Analysis, Architecture, Benchmark, CaseRef, Contender, EnsembleInfo, EnsembleMember, EntryKind, ImageScore,
    JobOutcome, Label, MapsPlacedBy, MemberChoice, ModelId, ModelInfo, ModelKind, SampleId, Split,
};
use neuroscan::engine::message::{DataSource, EngineCommand, EngineEvent, Failure};
use support::{TestEngine, make_run, open_sample, sample_dir, tiny};

/// Two networks of different kinds, calibrated for every score, with the sample open.
fn two_calibrated(engine: &mut TestEngine) -> [Arc<ModelInfo>; 2] {
    let sample = open_sample();
    let settings = [tiny(Architecture::Autoencoder, 1), tiny(Architecture::Vae, 2)];
    let models = settings.map(|settings| engine.load(&make_run(&engine.models_dir(), &settings, &sample)));
    engine.open(DataSource::BundledSample);
    let job = engine.new_job();
    let folders = models.iter().map(|model| model.folder.clone()).collect();
    engine.send(EngineCommand::Calibrate { job, folders });
    assert_eq!(engine.until_end(job).1, Ok(JobOutcome::Done));
    // The viewer takes up what was calibrated by itself; these answers may come between its own.
    models.map(|model| {
        engine.send(EngineCommand::LoadModel { path: model.folder.clone() });
        engine.wait("the calibrated model", |event| match event {
            EngineEvent::ModelLoaded(loaded) if loaded.folder == model.folder && loaded.calibrated.len() > 1 => {
                Some(Arc::clone(loaded))
            }
            _ => None,
        })
    })
}

fn make(engine: &mut TestEngine, members: Vec<PathBuf>) -> Result<(Arc<EnsembleInfo>, Arc<ModelInfo>), Failure> {
    make_and_hear(engine, as_trained(members)).map(|(made, loaded, _)| (made, loaded))
}

fn as_trained(members: Vec<PathBuf>) -> Vec<MemberChoice> {
    members.into_iter().map(MemberChoice::from).collect()
}

/// An ensemble as made, as loaded, and what was told meanwhile.
type Made = (Arc<EnsembleInfo>, Arc<ModelInfo>, Vec<String>);

fn make_and_hear(engine: &mut TestEngine, members: Vec<MemberChoice>) -> Result<Made, Failure> {
    let mut notices = Vec::new();
    let job = engine.new_job();
    engine.send(EngineCommand::MakeEnsemble { job, members, name: None, out: None });
    let (mut made, mut loaded, mut ended) = (None, None, None);
    engine.wait("the ensemble", |event| {
        match event {
            EngineEvent::EnsembleMade { ensemble, .. } => made = Some(Arc::clone(ensemble)),
            EngineEvent::ModelLoaded(model) if model.kind == ModelKind::Ensemble => loaded = Some(Arc::clone(model)),
            EngineEvent::Notice(notice) => notices.push(notice.message.clone()),
            EngineEvent::JobEnded { job: of, .. } if *of == job => ended = Some(Ok(())),
            EngineEvent::JobFailed { job: of, error } if *of == job => ended = Some(Err(error.clone())),
            _ => {}
        }
        matches!((&loaded, &ended), (Some(_), Some(Ok(()))) | (_, Some(Err(_)))).then_some(())
    });
    ended.unwrap()?;
    Ok((made.unwrap(), loaded.unwrap(), notices))
}

fn analyse(engine: &TestEngine, case: &CaseRef, model: &ModelId) -> Arc<Analysis> {
    engine.send(EngineCommand::Analyse { case: case.clone(), models: vec![model.clone()] });
    engine.wait("the analysis", |event| match event {
        EngineEvent::Analysed(analysis) if analysis.case == *case && analysis.model == *model => {
            Some(Arc::clone(analysis))
        }
        EngineEvent::CaseFailed { error, .. } => panic!("{error:?}"),
        _ => None,
    })
}

/// The ensemble's figures from those of its members, by hand; `weights` add up to 1.
fn check_by_hand(
    engine: &TestEngine,
    case: &CaseRef,
    ensemble: &ModelInfo,
    members: &[Arc<ModelInfo>; 2],
    weights: [f64; 2],
) {
    // Around the mean one lies the other's share of their distance away.
    let [mine, yours] = weights;
    let spread_of = |distance: f64| distance.abs() * (mine * yours).sqrt();
    let together = analyse(engine, case, &ensemble.id);
    let alone = [0, 1].map(|index: usize| analyse(engine, case, &members[index].id));
    let [a, b] = [0, 1].map(|index: usize| members[index].calibration.sigma(alone[index].score));
    let close = |one: f64, other: f64| assert!((one - other).abs() < 1e-4 * other.abs().max(1.0), "{one} {other}");
    close(together.score, mine * a + yours * b);
    let found = together.disagreement.as_ref().unwrap();
    let sd = ensemble.calibration.sd;
    close(found.spread_sigma, spread_of(a - b) / sd);
    close(mine * found.sigmas[0] + yours * found.sigmas[1], together.sigma);
    let pixels = alone[0].map.values.iter().zip(&alone[1].map.values).zip(&found.map.values);
    for ((one, other), spread) in pixels {
        let expected = spread_of(f64::from(one - other)) as f32;
        assert!((expected - spread).abs() < 1e-4 * expected.max(1.0), "{one} {other} {spread}");
    }
    let pixels = alone[0].reconstruction.values.iter().zip(&alone[1].reconstruction.values);
    for ((one, other), mean) in pixels.zip(&together.reconstruction.values) {
        assert!((one * mine as f32 + other * yours as f32 - mean).abs() < 1e-5);
    }
    assert!(alone[0].disagreement.is_none());
}

#[test]
fn an_ensemble_is_the_mean_of_its_members_and_says_how_far_they_differ() {
    let mut engine = TestEngine::start();
    let mut members = two_calibrated(&mut engine);
    let folders = members.iter().map(|member| member.folder.clone()).collect();
    let (info, ensemble) = make(&mut engine, folders).unwrap();
    assert_eq!((info.maps, info.members.len()), (MapsPlacedBy::HealthyPixels, 2));
    assert_eq!((ensemble.name.as_str(), ensemble.score.slug().as_str()), ("Ensemble of 2", "own"));
    let titles: Vec<String> = ensemble.members.iter().map(EnsembleMember::title).collect();
    assert_eq!(titles, ["Autoencoder, seed 1", "VAE, seed 2"]);
    assert_eq!(ensemble.latent, None);
    assert!(ensemble.calibrated.contains("knn") && !ensemble.calibrated.contains("kl"), "what both can");
    let data = open_sample();
    let case = CaseRef::Sample(data.summary().ids(Split::Test, Some(Label::Diseased)).next().unwrap());
    check_by_hand(&engine, &case, &ensemble, &members, [0.5; 2]);
    // One score for all.
    let chosen = engine.set_score(&ensemble.id, "l1").unwrap();
    for member in &mut members {
        *member = engine.set_score(&member.id, "l1").unwrap();
    }
    check_by_hand(&engine, &case, &chosen, &members, [0.5; 2]);
    // About one healthy pixel in a thousand is above 1, as of any model; these networks never saw the training images.
    let healthy: Vec<SampleId> = data.summary().ids(Split::Train, None).collect();
    let (mut above, mut all) = (0, 0);
    for id in healthy {
        let map = &analyse(&engine, &CaseRef::Sample(id), &ensemble.id).map;
        above += map.values.iter().filter(|value| **value > 1.0).count();
        all += map.values.len();
    }
    let share = above as f64 / all as f64;
    assert!((0.0002..0.005).contains(&share), "{share}");
    // What a member cannot do is said.
    let lacking = engine.set_score(&ensemble.id, "kl").unwrap_err();
    assert!(lacking.message.contains("Autoencoder"), "{lacking:?}");
    // A fusion of its measures keeps mean and spread together.
    let fusion = engine.set_score(&ensemble.id, "own+0.5*gradient").unwrap();
    let fused = analyse(&engine, &case, &fusion.id);
    let sigmas = &fused.disagreement.as_ref().unwrap().sigmas;
    assert!((f64::midpoint(sigmas[0], sigmas[1]) - fused.sigma).abs() < 1e-6);
    // Its runs may go.
    for member in &members {
        std::fs::remove_dir_all(&member.folder).unwrap();
    }
    assert_eq!(engine.load(&ensemble.folder).id, ensemble.id);
}

#[test]
fn members_count_by_their_weights_each_by_the_score_chosen_for_it() {
    let mut engine = TestEngine::start();
    let mut members = two_calibrated(&mut engine);
    let [fused, trained] = members.each_ref().map(|member| member.folder.clone());
    let fusion = "mse-central+0.5*l1";
    let choices = vec![
        MemberChoice { score: Some(fusion.parse().unwrap()), weight: 3.0, ..fused.clone().into() },
        trained.clone().into(),
    ];
    let (info, ensemble, _) = make_and_hear(&mut engine, choices).unwrap();
    assert!(!info.as_trained && info.maps == MapsPlacedBy::HealthyPixels);
    let told: Vec<_> = ensemble.members.iter().map(|member| (member.score.slug(), member.weight)).collect();
    assert_eq!(told, [(fusion.to_owned(), 3.0), (members[1].own_score().slug(), 1.0)]);
    // A single model scored by the fusion has its calibration, and draws the map that the member has.
    members[0] = engine.set_score(&members[0].id, fusion).unwrap();
    let data = open_sample();
    let case = CaseRef::Sample(data.summary().ids(Split::Test, Some(Label::Diseased)).next().unwrap());
    check_by_hand(&engine, &case, &ensemble, &members, [0.75, 0.25]);
    // The sum of two z-scores has not a deviation of 1; the member's measure has.
    assert!((members[0].calibration.sd - 1.0).abs() > 1e-3, "{}", members[0].calibration.sd);
    // One score for all counts by the same weights.
    let together = engine.set_score(&ensemble.id, "l1").unwrap();
    for member in &mut members {
        *member = engine.set_score(&member.id, "l1").unwrap();
    }
    check_by_hand(&engine, &case, &together, &members, [0.75, 0.25]);

    // Its row of a benchmark has the same numbers, and says which scores and weights they are of.
    let job = engine.new_job();
    let own = Contender { model: ensemble.id.clone(), score: Some("own".parse().unwrap()) };
    let models = vec![own, ensemble.id.clone().into()];
    engine.send(EngineCommand::Benchmark { job, models });
    let (events, end) = engine.until_end(job);
    assert_eq!(end, Ok(JobOutcome::Done));
    let benchmark = events.iter().find_map(|event| match event {
        EngineEvent::Benchmarked { benchmark, .. } => Some(Arc::clone(benchmark)),
        _ => None,
    });
    let benchmark = benchmark.unwrap();
    let [by_own, by_l1] = &benchmark.entries[..2] else { panic!("two scores") };
    assert!(by_own.score_description.contains("weighted mean of 2 networks"), "{}", by_own.score_description);
    assert!(by_own.score_description.contains(&format!("Autoencoder, by {fusion}, weight 3; VAE, by ")));
    assert!(by_l1.score_description.contains("(Autoencoder, weight 3; VAE, weight 1)"), "{}", by_l1.score_description);
    let shown = analyse(&engine, &case, &ensemble.id);
    let CaseRef::Sample(id) = case else { panic!("a sample") };
    let index = benchmark.cases.iter().position(|of| of.sample == id).unwrap();
    assert!((by_l1.test_scores[index] - shown.score).abs() < 1e-4, "{} {}", by_l1.test_scores[index], shown.score);

    // Calibrated again it keeps scores and weights, also of a measure that no network is calibrated for by itself.
    let job = engine.new_job();
    engine.send(EngineCommand::Calibrate { job, folders: vec![ensemble.folder.clone()] });
    assert_eq!(engine.until_end(job).1, Ok(JobOutcome::Done));
    let text = std::fs::read_to_string(ensemble.folder.join("ensemble.json")).unwrap();
    assert!(text.contains(fusion) && text.contains("\"weight\": 3.0"), "{text}");

    let wrong = vec![MemberChoice { score: Some("kl".parse().unwrap()), ..fused.into() }, trained.into()];
    let failure = make_and_hear(&mut engine, wrong).unwrap_err();
    assert!(failure.message.contains("not calibrated for kl"), "{failure:?}");
}

#[test]
fn an_ensemble_takes_part_wherever_a_model_does() {
    let mut engine = TestEngine::start();
    let members = two_calibrated(&mut engine);
    let folders = members.iter().map(|member| member.folder.clone()).collect();
    let (_, ensemble) = make(&mut engine, folders).unwrap();
    let job = engine.new_job();
    let models = vec![ensemble.id.clone().into(), members[0].id.clone().into()];
    engine.send(EngineCommand::Benchmark { job, models });
    let (events, end) = engine.until_end(job);
    assert_eq!(end, Ok(JobOutcome::Done));
    let benchmark: Arc<Benchmark> = events
        .iter()
        .find_map(|event| match event {
            EngineEvent::Benchmarked { benchmark, .. } => Some(Arc::clone(benchmark)),
            _ => None,
        })
        .unwrap();
    let [together, alone] = &benchmark.entries[..2] else { panic!("two models") };
    assert_eq!(together.kind, EntryKind::Model(ModelKind::Ensemble), "{:?}", benchmark.cautions);
    assert_eq!(together.test_spreads.as_ref().map(Vec::len), Some(benchmark.cases.len()));
    assert!(alone.test_spreads.is_none());
    let wanted = Contender { model: ensemble.id.clone(), score: Some("mse+2*l1".parse().unwrap()) };
    engine.send(EngineCommand::Rescore { benchmark: Arc::clone(&benchmark), models: vec![wanted] });
    let again = engine.wait("the benchmark", |event| match event {
        EngineEvent::Rescored(benchmark) => Some(Arc::clone(benchmark)),
        EngineEvent::Failed(failure) => panic!("{failure:?}"),
        _ => None,
    });
    assert!(again.entries[0].test_spreads.is_some());

    let file = sample_dir().join("test/NORMAL/IM-0006-0001.jpeg");
    let job = engine.new_job();
    let models = vec![ensemble.id.clone().into(), members[0].id.clone().into()];
    engine.send(EngineCommand::Score { job, models, inputs: vec![file.clone()], heatmaps: None });
    let (events, end) = engine.until_end(job);
    assert_eq!(end, Ok(JobOutcome::Done));
    let scores: Arc<Vec<ImageScore>> = events
        .iter()
        .find_map(|event| match event {
            EngineEvent::Scored { scores, .. } => Some(Arc::clone(scores)),
            _ => None,
        })
        .unwrap();
    let shown = analyse(&engine, &CaseRef::File(file), &ensemble.id);
    let spread = shown.disagreement.as_ref().unwrap().spread_sigma;
    assert!((scores[0].spread_sigma.unwrap() - spread).abs() < 1e-3);
    assert_eq!(scores[1].spread_sigma, None);

    let job = engine.new_job();
    engine.send(EngineCommand::Explore { job, model: ensemble.id.clone() });
    let failure = engine.until_end(job).1.unwrap_err();
    assert!(failure.message.contains("each of its members has a latent space"), "{failure:?}");
}

#[test]
fn what_cannot_be_put_together_is_said_and_without_data_the_maps_say_so() {
    let mut engine = TestEngine::start();
    let members = two_calibrated(&mut engine);
    let one = vec![members[0].folder.clone()];
    assert!(make(&mut engine, one).unwrap_err().message.contains("not of 1"));
    let uncalibrated = make_run(&engine.models_dir(), &tiny(Architecture::Autoencoder, 3), &open_sample());
    let failure = make(&mut engine, vec![members[0].folder.clone(), uncalibrated]).unwrap_err();
    assert!(failure.message.contains("neuroscan calibrate"), "{failure:?}");

    // Another engine, in which no data set is open.
    let mut bare = TestEngine::start();
    let folders = members.iter().map(|member| member.folder.clone()).collect();
    let (info, ensemble, notices) = make_and_hear(&mut bare, as_trained(folders)).unwrap();
    assert_eq!(info.maps, MapsPlacedBy::MeanOfMembers);
    assert!(matches!(&notices[..], [only] if only.contains("maps are not placed")), "said once: {notices:?}");
    bare.open(DataSource::BundledSample);
    let job = bare.new_job();
    bare.send(EngineCommand::Calibrate { job, folders: vec![ensemble.folder.clone()] });
    assert_eq!(bare.until_end(job).1, Ok(JobOutcome::Done));
    let text = std::fs::read_to_string(ensemble.folder.join("ensemble.json")).unwrap();
    assert!(text.contains("healthy_pixels") && ensemble.folder.join("maps.json").is_file());
}
