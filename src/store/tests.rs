//! Run folders from creation to deletion, and what damaged ones answer.

use std::path::{Path, PathBuf};

use super::*;
use crate::domain::{
    Architecture, Calibration, EpochRecord, LossComponents, MapScale, Preset, RunStatus, Split, TrainingSettings,
};

pub(super) fn new_run(architecture: Architecture) -> NewRun {
    let entry = |path: &str, split| SplitEntry { path: path.to_owned(), hash: format!("hash of {path}"), split };
    NewRun {
        settings: TrainingSettings::preset(architecture, Preset::Recommended),
        data: DataRecord {
            name: "sample".to_owned(),
            fingerprint: "f".to_owned(),
            root: Some(PathBuf::from("/data")),
            split_seed: 7,
            without_copies: false,
            train_count: 2,
            validation_count: 1,
            development_count: 0,
        },
        split: vec![
            entry("train/a.png", Split::Train),
            entry("train/b, \"quoted\".png", Split::Train),
            entry("train/c.png", Split::Validation),
        ],
        versions: Versions::default(),
        parameters: 12,
    }
}

pub(super) fn epoch(epoch: u32, error: f64, best: bool) -> EpochRecord {
    let loss = LossComponents { total: error, recon: error, ..LossComponents::default() };
    EpochRecord {
        epoch,
        train: loss,
        validation: loss,
        development_auroc: Some(0.9),
        learning_rate: 1e-3,
        images_per_s: 100.0,
        elapsed_secs: f64::from(epoch),
        cpu_secs: None,
        best,
    }
}

pub(super) fn calibration() -> Calibration {
    let map_scale = MapScale { typical: 0.01, p999: 0.3 };
    Calibration { healthy_scores: vec![0.1, 0.2, 0.1 + 0.2], mean: 0.2, sd: 0.1, map_scale }
}

/// A run of two epochs, the first of which was the best, with its calibration.
fn finished(models: &Path) -> PathBuf {
    let mut run = RunWriter::create(models, None, new_run(Architecture::Vae)).unwrap();
    run.save_epoch(epoch(1, 0.5, true), b"last 1", Some(b"best 1")).unwrap();
    run.save_epoch(epoch(2, 0.6, false), b"last 2", None).unwrap();
    run.save_calibration(&calibration()).unwrap();
    run.save_preview(2, 2, 1, &[0, 255]).unwrap();
    run.finish(RunStatus::Complete, "done").unwrap();
    run.folder().to_path_buf()
}

#[test]
fn a_run_comes_back_as_it_was() {
    let models = tempfile::tempdir().unwrap();
    let folder = finished(models.path());
    let (info, record) = open(&folder, false).unwrap();
    assert_eq!(info.epochs.as_slice(), [epoch(1, 0.5, true), epoch(2, 0.6, false)]);
    assert_eq!((info.best_epoch, info.status, info.usable), (Some(1), RunStatus::Complete, true));
    assert_eq!((record.epochs, record.best_epoch, record.data.root), (2, Some(1), None));
    let model = open_model(&folder, false).unwrap();
    assert_eq!(model.calibration, calibration());
    assert_eq!((model.best_epoch, model.train_hashes.len(), model.validation_hashes.len()), (1, 2, 1));
    assert!(model.train_hashes.contains("hash of train/b, \"quoted\".png"));
    assert_eq!(std::fs::read(&model.checkpoint).unwrap(), b"best 1");
    let by_file = open_model(&model.checkpoint, false).unwrap();
    assert_eq!(by_file.run.id, model.run.id);
}

#[test]
fn no_run_overwrites_another() {
    let models = tempfile::tempdir().unwrap();
    let folders: Vec<PathBuf> = (0..4).map(|_| finished(models.path())).collect();
    let names: std::collections::HashSet<_> = folders.iter().collect();
    assert_eq!(names.len(), 4);
    let name = folders[0].file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.ends_with("_vae_s7") && name.len() == "2026-11-20_1305_vae_s7".len(), "{name}");
    let error = RunWriter::create(models.path(), Some(&folders[0]), new_run(Architecture::Vae)).unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error}");
    let chosen = models.path().join("deep/chosen");
    std::fs::create_dir_all(&chosen).unwrap();
    for left in [files::LOCK, files::SPLIT, ".unfinished-abc"] {
        std::fs::write(chosen.join(left), b"killed before there was a run").unwrap();
    }
    let run = RunWriter::create(models.path(), Some(&chosen), new_run(Architecture::Vae)).unwrap();
    assert_eq!(run.folder(), chosen);
}

#[test]
fn a_run_whose_process_is_gone_reads_as_interrupted() {
    let models = tempfile::tempdir().unwrap();
    let run = RunWriter::create(models.path(), None, new_run(Architecture::Gan)).unwrap();
    let folder = run.folder().to_path_buf();
    assert_eq!(open(&folder, false).unwrap().0.status, RunStatus::Running);
    assert!(RunWriter::resume(&folder, Versions::default()).unwrap_err().to_string().contains("being trained"));
    assert!(delete(&folder, Path::new("/nowhere")).unwrap_err().to_string().contains("being trained"));
    drop(run);
    assert_eq!(open(&folder, false).unwrap().0.status, RunStatus::Interrupted);
    assert!(open_model(&folder, false).unwrap_err().to_string().contains("resume it first"));
}

#[test]
fn a_resumed_run_forgets_what_came_after_its_last_checkpoint() {
    let models = tempfile::tempdir().unwrap();
    let mut run = RunWriter::create(models.path(), None, new_run(Architecture::Vae)).unwrap();
    let folder = run.folder().to_path_buf();
    run.save_epoch(epoch(1, 0.5, true), b"last 1", Some(b"best 1")).unwrap();
    run.save_calibration(&calibration()).unwrap();
    assert!(run.info().usable);
    run.save_epoch(epoch(2, 0.4, true), b"last 2", Some(b"best 2")).unwrap();
    assert!(!run.info().usable, "the calibration was another checkpoint's");
    drop(run);
    // As if the process had been killed between the table and the checkpoint of epoch 2.
    std::fs::write(folder.join(files::LAST), b"last 1").unwrap();
    std::fs::write(folder.join(format!("{}x", atomic::UNFINISHED_PREFIX)), b"half").unwrap();
    let mut run = RunWriter::resume(&folder, Versions::default()).unwrap();
    run.rewind(1).unwrap();
    assert_eq!(run.epochs(), [epoch(1, 0.5, true)]);
    assert_eq!(run.record().resumed[0].after_epoch, 1);
    assert!(run.rewind(2).unwrap_err().to_string().contains("epochs.csv"));
    assert!(!folder.join(format!("{}x", atomic::UNFINISHED_PREFIX)).exists());
    run.finish(RunStatus::Complete, "done").unwrap();
    drop(run);
    let error = RunWriter::resume(&folder, Versions::default()).unwrap_err();
    assert!(error.to_string().contains("complete"), "{error}");
}

#[test]
fn listing_tells_runs_from_bundled_and_damaged_ones() {
    let models = tempfile::tempdir().unwrap();
    let bundled = models.path().join("bundled");
    let mine = finished(models.path());
    finished(&bundled);
    let broken = models.path().join("broken");
    std::fs::create_dir_all(&broken).unwrap();
    std::fs::write(broken.join(files::RUN), b"{").unwrap();
    std::fs::create_dir_all(models.path().join("holiday pictures")).unwrap();
    let listing = list(models.path(), &bundled);
    assert_eq!(listing.runs.iter().map(|run| run.bundled).collect::<Vec<_>>(), [false, true]);
    assert_eq!(listing.damaged.len(), 1);
    assert!(listing.damaged[0].to_string().contains("broken"), "{}", listing.damaged[0]);
    assert!(delete(&listing.runs[1].folder, &bundled).unwrap_err().to_string().contains("comes with"));
    std::fs::write(mine.join("notes.txt"), b"mine").unwrap();
    delete(&mine, &bundled).unwrap();
    let left: Vec<_> = std::fs::read_dir(&mine).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["notes.txt"], "what is not the run's stays");
    assert_eq!(list(models.path(), &bundled).runs.len(), 1);
    assert!(delete(&mine, &bundled).unwrap_err().to_string().contains("no run"));
    assert!(list(Path::new("/nowhere"), Path::new("/nowhere/bundled")).runs.is_empty());
}

/// What is put into a file, and words of the answer.
type Damage = (&'static str, fn(&Path), &'static str);

#[test]
fn damage_is_named_and_never_a_panic() {
    let rewrite = |path: &Path, from: &str, to: &str| {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    };
    let damages: &[Damage] = &[
        ("run.json", |path| std::fs::write(path, b"").unwrap(), "damaged"),
        ("run.json", |path| std::fs::write(path, "[".repeat(100_000)).unwrap(), "damaged"),
        ("run.json", |path| std::fs::remove_file(path).unwrap(), "cannot read"),
        ("epochs.csv", |path| std::fs::write(path, b"epoch\n1\n").unwrap(), "damaged"),
        ("epochs.csv", |path| std::fs::write(path, [0xff, 0xfe, 0x00]).unwrap(), "damaged"),
        ("split.csv", |path| std::fs::write(path, b"path,hash,split\na,b,nonsense\n").unwrap(), "damaged"),
        ("calibration.json", |path| std::fs::write(path, b"{}").unwrap(), "damaged"),
        ("calibration.json", |path| std::fs::remove_file(path).unwrap(), "with a calibration.json"),
        ("best.safetensors", |path| std::fs::write(path, b"another").unwrap(), "not the one"),
    ];
    for (name, damage, words) in damages {
        let models = tempfile::tempdir().unwrap();
        let folder = finished(models.path());
        damage(&folder.join(name));
        let error = open_model(&folder, false).unwrap_err().to_string();
        assert!(error.contains(words), "{name}: {error}");
        assert!(error.contains(&folder.display().to_string()), "{name}: {error}");
    }
    for (name, from, to) in [
        ("run.json", "\"epochs\": 100", "\"epochs\": 100000"),
        ("run.json", "\"image_size\": 64", "\"image_size\": 4294967295"),
        ("run.json", "64,", "4000000000,"),
        ("run.json", "\"format\": 1", "\"format\": 99"),
        ("run.json", "\"sigma\": 0.0625", "\"sigma\": 1e300"),
        ("calibration.json", "0.1", "9e99"),
        ("calibration.json", "0.1", "1e999"),
    ] {
        let models = tempfile::tempdir().unwrap();
        let folder = finished(models.path());
        rewrite(&folder.join(name), from, to);
        let error = open_model(&folder, false).unwrap_err().to_string();
        assert!(error.contains(name), "{name}: {error}");
    }
}

#[test]
fn files_that_could_carry_code_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, words) in [
        ("model.pt", "only .safetensors"),
        ("model.PTH", "only .safetensors"),
        ("model.onnx", "a run folder or a .safetensors"),
        ("model.safetensors", "no run.json"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, b"x").unwrap();
        let error = open_model(&path, false).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains(name), "{error}");
    }
    assert!(open_model(&folder.path().join("gone.safetensors"), false).is_err());
}
