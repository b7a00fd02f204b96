//! Ensembles from making to deletion, and what damaged or ill-matched ones answer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::tests::{calibration, epoch, new_run};
use super::*;
use crate::domain::{
    Architecture, Calibrations, MapPlacement, MapScale, MapsPlacedBy, Measure, MeasuredHealthy, MemberChoice,
    PlaceScale, RunStatus, Scoring,
};
use crate::error::Result;

/// A run whose weights are these words, calibrated for its own score and for one more on images of this name.
fn run(models: &Path, weights: &str, images: &str, side: u32) -> PathBuf {
    let mut new = new_run(Architecture::Vae);
    new.settings.preprocessing.image_size = side;
    let own = new.settings.score.slug();
    let mut run = RunWriter::create(models, None, new).unwrap();
    run.save_epoch(epoch(1, 0.5, true), b"last", Some(weights.as_bytes())).unwrap();
    run.save_calibration(&calibration()).unwrap();
    run.finish(RunStatus::Complete, "done").unwrap();
    let healthy = |scores: [f64; 3]| MeasuredHealthy { images: images.into(), scores: scores.to_vec() };
    let measures = [(own, healthy([0.25, 0.75, 0.5])), ("ssim-lungs".to_owned(), healthy([3.0, 2.0, 1.0]))];
    let known = Calibrations { measures: measures.into(), maps: [].into() };
    calibrations::write(run.folder(), &known, &StoredBank::default()).unwrap();
    run.folder().to_path_buf()
}

fn choices(runs: &[PathBuf]) -> Vec<MemberChoice> {
    runs.iter().cloned().map(MemberChoice::from).collect()
}

fn make(models: &Path, runs: &[PathBuf], name: Option<&str>) -> Result<PathBuf> {
    Ok(EnsembleDraft::create(models, None, &choices(runs), name)?.finish()?.folder)
}

/// The first by the other score with this weight, the second as trained.
fn make_weighted(models: &Path, runs: &[PathBuf; 2], weight: f64) -> Result<PathBuf> {
    let mut choices = choices(runs);
    choices[0] = MemberChoice { score: Some("ssim-lungs".parse().unwrap()), weight, ..choices[0].clone() };
    Ok(EnsembleDraft::create(models, None, &choices, None)?.finish()?.folder)
}

fn two(models: &Path) -> [PathBuf; 2] {
    [run(models, "a", "x", 64), run(models, "b", "x", 64)]
}

fn refused(models: &Path, runs: &[PathBuf]) -> String {
    let before = std::fs::read_dir(models).unwrap().count();
    let error = make(models, runs, None).unwrap_err().to_string();
    assert_eq!(std::fs::read_dir(models).unwrap().count(), before, "nothing is left behind");
    error
}

#[test]
fn an_ensemble_comes_back_as_it_was_whatever_becomes_of_its_runs() {
    let models = tempfile::tempdir().unwrap();
    let runs = two(models.path());
    let folder = make(models.path(), &runs, Some(" Two VAEs ")).unwrap();
    let listed = list(models.path(), Path::new(""));
    assert!(listed.damaged.is_empty(), "{:?}", listed.damaged);
    assert_eq!((listed.runs.len(), listed.ensembles.len()), (2, 1));
    for run in &runs {
        delete(run, Path::new("/nowhere")).unwrap();
    }
    let stored = open_ensemble(&folder, false).unwrap();
    assert_eq!(stored.info, listed.ensembles[0]);
    assert_eq!((stored.info.name.as_str(), stored.info.maps), ("Two VAEs", MapsPlacedBy::MeanOfMembers));
    assert_eq!(stored.members.len(), 2);
    assert_eq!(stored.members[0].train_hashes.len(), 2);
    let own = &stored.calibrations.measures[&Measure::Own.slug()];
    assert_eq!(own.scores.len(), 3);
    assert!((own.scores[0] + 1.0).abs() < 1e-9 && own.scores[2].abs() < 1e-9, "means of standard deviations");
    assert!(stored.calibrations.maps.is_empty());
}

#[test]
fn members_calibrated_by_an_older_program_have_to_be_put_together_again() {
    let models = tempfile::tempdir().unwrap();
    let folder = make(models.path(), &two(models.path()), None).unwrap();
    let path = folder.join("members/2/calibrations/ssim.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"format\":2", "\"format\":1")).unwrap();
    let error = open_ensemble(&folder, false).unwrap_err().to_string();
    assert!(error.contains("older NeuroScan") && error.contains("put its runs together again"), "{error}");
    assert!(error.contains("VAE, seed"), "{error}");
}

#[test]
fn placed_maps_are_kept_and_belong_to_their_ensemble() {
    let models = tempfile::tempdir().unwrap();
    let folder = make(models.path(), &two(models.path()), None).unwrap();
    let info = open_ensemble(&folder, false).unwrap().info;
    let by_place = PlaceScale { side: 1, typical: vec![0.5], spread: vec![0.25], top: 3.0 };
    let placement = MapPlacement { everywhere: MapScale::NONE, by_place: Arc::new(by_place) };
    write_maps(&info, &[("own".to_owned(), placement)].into()).unwrap();
    let stored = open_ensemble(&folder, false).unwrap();
    assert_eq!(stored.info.maps, MapsPlacedBy::HealthyPixels);
    assert!((stored.calibrations.maps["own"].by_place.top - 3.0).abs() < 1e-12);
    let other =
        make(models.path(), &[run(models.path(), "c", "x", 64), run(models.path(), "d", "x", 64)], None).unwrap();
    std::fs::copy(other.join("ensemble.json"), folder.join("ensemble.json")).unwrap();
    let error = open_ensemble(&folder, false).unwrap_err().to_string();
    assert!(error.contains("member 1"), "{error}");
    std::fs::remove_file(other.join("maps.json")).unwrap_err();
    std::fs::copy(folder.join("maps.json"), other.join("maps.json")).unwrap();
    let text = std::fs::read_to_string(other.join("ensemble.json")).unwrap();
    std::fs::write(other.join("ensemble.json"), text.replace("mean_of_members", "healthy_pixels")).unwrap();
    let error = open_ensemble(&other, false).unwrap_err().to_string();
    assert!(error.contains("another ensemble"), "{error}");
}

#[test]
fn runs_that_do_not_go_together_are_named() {
    let models = tempfile::tempdir().unwrap();
    let [a, b] = two(models.path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let one = std::slice::from_ref(&a);
    assert!(refused(models.path(), one).contains("not of 1"));
    assert!(refused(models.path(), &[]).contains("not of 0"));
    let twice = refused(models.path(), &[a.clone(), a.clone()]);
    assert!(twice.contains(&name(&a)) && twice.contains("same network"), "{twice}");
    let copy = run(models.path(), "b", "x", 64);
    let same = refused(models.path(), &[b.clone(), copy.clone()]);
    assert!(same.contains(&name(&b)) && same.contains(&name(&copy)), "{same}");
    let elsewhere = run(models.path(), "c", "y", 64);
    let error = refused(models.path(), &[a.clone(), elsewhere.clone()]);
    assert!(error.contains(&name(&elsewhere)) && error.contains("different validation images"), "{error}");
    let larger = run(models.path(), "d", "x", 128);
    let error = refused(models.path(), &[a.clone(), larger]);
    assert!(error.contains("64 × 64") && error.contains("128 × 128"), "{error}");
    let uncalibrated = run(models.path(), "e", "x", 64);
    std::fs::remove_dir_all(uncalibrated.join(files::CALIBRATIONS)).unwrap();
    let error = refused(models.path(), &[a.clone(), uncalibrated.clone()]);
    assert!(error.contains(&name(&uncalibrated)) && error.contains("neuroscan calibrate"), "{error}");
    let ensemble = make(models.path(), &[a.clone(), b.clone()], None).unwrap();
    let nested = refused(models.path(), &[a.clone(), ensemble]);
    assert!(nested.contains("no member of another"), "{nested}");
    assert!(refused(models.path(), &[a.clone(), models.path().join("nowhere")]).contains("nowhere"));
    assert!(make(models.path(), &[a, b], Some("\n")).is_err());
}

#[test]
fn a_folder_with_something_in_it_is_not_overwritten() {
    let models = tempfile::tempdir().unwrap();
    let runs = two(models.path());
    let out = models.path().join("mine");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    let error = EnsembleDraft::create(models.path(), Some(&out), &choices(&runs), None).unwrap_err().to_string();
    assert!(error.contains("not empty") && error.contains("mine"), "{error}");
    let other = models.path().join("other");
    let made = EnsembleDraft::create(models.path(), Some(&other), &choices(&runs), None).unwrap().finish().unwrap();
    assert_eq!((made.folder.as_path(), made.name.as_str()), (other.as_path(), "Ensemble of 2"));
    assert!(EnsembleDraft::create(models.path(), Some(&other), &choices(&runs), None).is_err());
}

#[test]
fn damage_is_named_and_an_ensemble_is_deleted_but_for_what_is_not_its_own() {
    let models = tempfile::tempdir().unwrap();
    let folder = make(models.path(), &two(models.path()), None).unwrap();
    let weights = folder.join("members/2/best.safetensors");
    std::fs::write(&weights, "other weights").unwrap();
    let error = open_ensemble(&folder, false).unwrap_err().to_string();
    assert!(error.contains("members") && error.contains("best.safetensors"), "{error}");
    std::fs::remove_dir_all(folder.join("members/2")).unwrap();
    let error = open_ensemble(&folder, false).unwrap_err().to_string();
    assert!(error.contains("members"), "{error}");
    std::fs::write(folder.join("ensemble.json"), "{ not json").unwrap();
    assert!(open_ensemble(&folder, false).unwrap_err().to_string().contains("ensemble.json"));
    assert_eq!(list(models.path(), Path::new("")).damaged.len(), 1);
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    delete(&folder, Path::new("/nowhere")).unwrap();
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
    let whole =
        make(models.path(), &[run(models.path(), "c", "x", 64), run(models.path(), "d", "x", 64)], None).unwrap();
    delete(&whole, Path::new("/nowhere")).unwrap();
    assert!(!whole.exists());
}

#[test]
fn a_draft_that_is_given_up_leaves_nothing() {
    let models = tempfile::tempdir().unwrap();
    let runs = two(models.path());
    drop(EnsembleDraft::create(models.path(), None, &choices(&runs), None).unwrap());
    assert_eq!(std::fs::read_dir(models.path()).unwrap().count(), 2);
    let draft = EnsembleDraft::create(models.path(), None, &choices(&runs), None).unwrap();
    assert!(list(models.path(), Path::new("")).ensembles.is_empty(), "nobody sees it before it is whole");
    draft.finish().unwrap();
    assert_eq!(list(models.path(), Path::new("")).ensembles.len(), 1);
}

fn record(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("ensemble.json")).unwrap()
}

#[test]
fn what_older_programs_can_read_is_written_as_they_did_and_opens_with_equal_weights() {
    let models = tempfile::tempdir().unwrap();
    let folder = make(models.path(), &two(models.path()), None).unwrap();
    let text = record(&folder);
    assert!(text.contains("\"format\": 1") && !text.contains("weight"), "{text}");
    let info = open_ensemble(&folder, false).unwrap().info;
    assert!(info.as_trained && info.members.iter().all(|member| member.weight.to_bits() == 1f64.to_bits()));
    let first = text.find("\"data_name\"").unwrap();
    let contradicts = format!("{}\"weight\": 2.0, {}", &text[..first], &text[first..]);
    std::fs::write(folder.join("ensemble.json"), contradicts).unwrap();
    assert!(open_ensemble(&folder, false).unwrap_err().to_string().contains("contradicts itself"));
    // Another score than the run's own is none of that format either.
    let own = info.members[0].score.slug();
    std::fs::write(folder.join("ensemble.json"), text.replacen(&own, "ssim-lungs", 1)).unwrap();
    assert!(open_ensemble(&folder, false).unwrap_err().to_string().contains("member 1"));
}

#[test]
fn chosen_scores_and_weights_come_back_and_are_of_another_ensemble_than_others() {
    let models = tempfile::tempdir().unwrap();
    let runs = two(models.path());
    let folder = make_weighted(models.path(), &runs, 0.5).unwrap();
    let text = record(&folder);
    assert!(text.contains("\"format\": 2") && text.contains("\"weight\": 0.5"), "{text}");
    let stored = open_ensemble(&folder, false).unwrap();
    assert!(!stored.info.as_trained);
    let members: Vec<_> = stored.info.members.iter().map(|member| (member.score.slug(), member.weight)).collect();
    let own = Scoring::from(stored.members[1].run.settings.score).slug();
    assert_eq!(members, [("ssim-lungs".to_owned(), 0.5), (own, 1.0)]);
    // (1, 0, −1) with a third and (−1, 1, 0) with two thirds.
    let pooled = &stored.calibrations.measures["own"].scores;
    for (score, expected) in pooled.iter().zip([-1.0 / 3.0, 2.0 / 3.0, -1.0 / 3.0]) {
        assert!((score - expected).abs() < 1e-6, "{pooled:?}");
    }
    let other = open_ensemble(&make_weighted(models.path(), &runs, 0.25).unwrap(), false).unwrap();
    let plain = open_ensemble(&make(models.path(), &runs, None).unwrap(), false).unwrap();
    assert_ne!(stored.checkpoint_hash, other.checkpoint_hash);
    assert_ne!(stored.checkpoint_hash, plain.checkpoint_hash);
    let newer = text.replace("\"format\": 2", "\"format\": 3");
    std::fs::write(folder.join("ensemble.json"), newer).unwrap();
    assert!(open_ensemble(&folder, false).unwrap_err().to_string().contains("newer NeuroScan"));
}

#[test]
fn weights_that_are_none_and_scores_that_are_not_calibrated_are_named() {
    let models = tempfile::tempdir().unwrap();
    let runs = two(models.path());
    let name = runs[0].file_name().unwrap().to_string_lossy().into_owned();
    for weight in [0.0, -1.0, f64::NAN, f64::INFINITY, 1001.0] {
        let error = make_weighted(models.path(), &runs, weight).unwrap_err().to_string();
        assert!(error.contains(&name) && error.contains(&weight.to_string()), "{error}");
    }
    let by = |score: &str| {
        let mut choices = choices(&runs);
        choices[0].score = Some(score.parse().unwrap());
        EnsembleDraft::create(models.path(), None, &choices, None).unwrap_err().to_string()
    };
    let error = by("ssim-lungs+knn");
    assert!(error.contains(&name) && error.contains("knn") && error.contains("neuroscan calibrate"), "{error}");
    let error = by("own+ssim-lungs");
    assert!(error.contains(&name) && error.contains("own scores"), "{error}");
    let folder = make_weighted(models.path(), &runs, 0.5).unwrap();
    let text = record(&folder);
    for damage in ["0.0", "-2", "1e4", "1e999", "null", "\"heavy\""] {
        std::fs::write(folder.join("ensemble.json"), text.replace("\"weight\": 0.5", &format!("\"weight\": {damage}")))
            .unwrap();
        let error = open_ensemble(&folder, false).unwrap_err().to_string();
        assert!(error.contains("ensemble.json"), "{error}");
        let is_number = !["1e999", "null", "\"heavy\""].contains(&damage);
        assert!(!is_number || (error.contains("weight of") && error.contains(&name)), "{error}");
        assert_eq!(list(models.path(), Path::new("")).damaged.len(), 1);
    }
}

#[test]
fn the_list_of_runs_says_what_each_is_calibrated_for() {
    let models = tempfile::tempdir().unwrap();
    let folder = run(models.path(), "a", "x", 64);
    let known = |models: &Path| list(models, Path::new("")).runs[0].calibrated.iter().cloned().collect::<Vec<_>>();
    let own = Scoring::from(new_run(Architecture::Vae).settings.score).slug();
    assert_eq!(known(models.path()), [own.as_str(), "ssim-lungs"]);
    std::fs::write(folder.join(files::CALIBRATIONS).join("ssim.json"), "{ not json").unwrap();
    assert_eq!(known(models.path()), [own], "what cannot be read is left out");
    std::fs::remove_dir_all(folder.join(files::CALIBRATIONS)).unwrap();
    assert!(known(models.path()).is_empty());
}
