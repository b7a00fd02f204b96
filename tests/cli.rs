//! The built program as a script sees it: exit codes, events, files, Ctrl-C.

#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// A place where the program keeps its runs and its cache, apart from the developer's.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let config = format!(
            "(models_dir: \"models\", bundled_models_dir: \"bundled\", sample_dir: \"{}\", cache_dir: \"cache\", threads: 2)",
            root.join("assets/sample").display()
        );
        fs::write(folder.path().join("config.ron"), config).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neuroscan"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NEUROSCAN_CONFIG", self.path("config.ron"))
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn events(stdout: &[u8]) -> Vec<Value> {
    text(stdout).lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no event: {line}"))).collect()
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == kind).collect()
}

fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "stdout: {}\nstderr: {}", text(&output.stdout), text(&output.stderr));
}

/// Forty healthy and four diseased training images, six and six test images of the bundled sample.
fn small_data() -> &'static Path {
    static DATA: OnceLock<TempDir> = OnceLock::new();
    DATA.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
        for (class, count) in [("train/NORMAL", 40), ("train/PNEUMONIA", 4), ("test/NORMAL", 6), ("test/PNEUMONIA", 6)]
        {
            let (from, to) = (sample.join(class), folder.path().join(class));
            fs::create_dir_all(&to).unwrap();
            let mut files: Vec<PathBuf> = fs::read_dir(from).unwrap().map(|file| file.unwrap().path()).collect();
            files.sort();
            for file in files.iter().take(count) {
                fs::copy(file, to.join(file.file_name().unwrap())).unwrap();
            }
        }
        folder
    })
    .path()
}

const TINY: [&str; 8] = ["--arch", "ae", "--size", "32", "--batch", "8", "--device", "cpu"];

/// `train` with tiny settings.
fn train(place: &Place, more: &[&str]) -> Command {
    let data = small_data().to_str().unwrap();
    place.command(&[&["train", "--json", "--data", data], &TINY[..], more].concat())
}

/// One trained run that several tests use.
fn trained() -> &'static (Place, PathBuf, Vec<Value>) {
    static TRAINED: OnceLock<(Place, PathBuf, Vec<Value>)> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let place = Place::new();
        let run = place.path("run");
        let output = train(&place, &["--epochs", "2", "--out", run.to_str().unwrap()]).output().unwrap();
        assert_code(&output, 0);
        (place, run, events(&output.stdout))
    })
}

#[test]
fn usage_errors_are_2_and_name_the_option() {
    let place = Place::new();
    for (arguments, named) in [
        (vec!["train", "--arch", "resnet", "--data", "x"], "known are ae, vae, gan, vit"),
        (vec!["train", "--arch", "ae", "--data", "x", "--epochs", "0"], "--epochs"),
        (vec!["train", "--arch", "ae", "--data", "x", "--epochs", "many"], "--epochs"),
        (vec!["train", "--arch", "ae", "--data", "x", "--lr", "-1"], "--lr"),
        (vec!["train", "--arch", "ae", "--data", "x", "--lr", "nan"], "--lr"),
        (vec!["train", "--arch", "ae", "--data", "x", "--size", "33"], "--size"),
        (vec!["train", "--arch", "ae", "--data", "x", "--device", "tpu"], "--device"),
        (vec!["train", "--data", "x"], "--arch"),
        (vec!["train", "--arch", "ae"], "--data"),
        (vec!["score", "--model", "x"], "--input"),
        (vec!["benchmark", "--data", "x"], "--out"),
        (vec!["explore", "--data", "x", "--out", "y"], "--model"),
        (vec!["frobnicate"], "frobnicate"),
    ] {
        let output = place.run(&arguments);
        assert_code(&output, 2);
        assert!(text(&output.stderr).contains(named), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn help_and_version_are_no_errors() {
    let place = Place::new();
    let version = place.run(&["--version"]);
    assert_code(&version, 0);
    assert!(text(&version.stdout).starts_with("neuroscan "));
    let help = place.run(&["--help"]);
    assert_code(&help, 0);
    for command in ["doctor", "train", "score", "benchmark", "bench", "screenshot"] {
        assert!(text(&help.stdout).contains(command), "{command} is not in the help");
    }
}

#[test]
fn the_doctor_finds_this_machine_usable_and_checks_data() {
    let place = Place::new();
    let output = place.run(&["doctor", "--data", small_data().to_str().unwrap()]);
    assert_code(&output, 0);
    let said = text(&output.stdout);
    for word in ["libtorch", "CUDA", "Memory", "Cache", "Run folders", "Data set", "train 3", "can be used"] {
        assert!(said.contains(word), "{word} is missing:\n{said}");
    }
}

#[test]
fn a_folder_that_is_not_there_fails_and_is_named() {
    let place = Place::new();
    let output = place.run(&["train", "--json", "--arch", "ae", "--data", "/nowhere/chest_xray"]);
    assert_code(&output, 1);
    let events = events(&output.stdout);
    assert_eq!(events.last().unwrap()["event"], "failed");
    assert!(events.last().unwrap()["error"].as_str().unwrap().contains("/nowhere/chest_xray"));
    assert!(text(&output.stderr).contains("error: "));
}

#[test]
fn a_folder_without_healthy_images_says_what_was_expected() {
    let place = Place::new();
    let empty = place.path("empty");
    fs::create_dir_all(&empty).unwrap();
    let output = place.run(&["train", "--arch", "ae", "--data", empty.to_str().unwrap()]);
    assert_code(&output, 1);
    assert!(text(&output.stderr).contains("empty"), "{}", text(&output.stderr));
}

#[test]
fn training_tells_every_epoch_and_the_run() {
    let (_, run, events) = trained();
    let epochs = of_kind(events, "epoch");
    assert_eq!(epochs.iter().map(|event| event["epoch"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    for epoch in epochs {
        for key in ["loss", "val_loss", "images_per_s"] {
            assert!(epoch[key].is_number(), "{key} is missing: {epoch}");
        }
        assert!(epoch["components"]["recon"].is_number());
    }
    let done = events.last().unwrap();
    assert_eq!((done["event"].as_str(), done["epochs"].as_u64()), (Some("done"), Some(2)));
    assert_eq!(Path::new(done["run"].as_str().unwrap()), run);
    assert!(done["best_epoch"].is_number());
    for file in ["run.json", "split.csv", "epochs.csv", "last.safetensors", "best.safetensors", "metrics.json"] {
        assert!(run.join(file).is_file(), "{file} is missing");
    }
}

#[test]
fn a_run_is_never_overwritten() {
    let (place, run, _) = trained();
    let before = fs::read(run.join("run.json")).unwrap();
    let output = train(place, &["--epochs", "1", "--out", run.to_str().unwrap()]).output().unwrap();
    assert_code(&output, 1);
    assert_eq!(fs::read(run.join("run.json")).unwrap(), before);
}

#[test]
fn one_bad_file_alone_fails_and_among_others_is_a_warning() {
    let (place, run, _) = trained();
    let bad = place.path("bad.jpeg");
    fs::write(&bad, b"not an image").unwrap();
    let (run, bad) = (run.to_str().unwrap(), bad.to_str().unwrap());
    let alone = place.run(&["score", "--json", "--model", run, "--input", bad]);
    assert_code(&alone, 1);
    assert!(text(&alone.stdout).contains("bad.jpeg"));

    let good = small_data().join("test/NORMAL");
    let table = place.path("scores.csv");
    let arguments = ["score", "--json", "--model", run, "--input", good.to_str().unwrap(), bad, "--out"];
    let both = place.run(&[&arguments[..], &[table.to_str().unwrap()]].concat());
    assert_code(&both, 0);
    let events = events(&both.stdout);
    assert_eq!((of_kind(&events, "score").len(), of_kind(&events, "warning").len()), (6, 1));
    assert_eq!(events[0], serde_json::json!({ "event": "stage", "stage": "Loading models" }));
    let done = events.last().unwrap();
    assert_eq!((done["images"].as_u64(), done["failed"].as_u64()), (Some(6), Some(1)));
    assert_eq!(fs::read_to_string(table).unwrap().lines().count(), 7);
}

/// A picture that cannot be written costs no scores; an image without contrast is named.
#[test]
fn scores_outlive_their_pictures_and_flat_images_are_told() {
    let (place, run, _) = trained();
    let (flat, pictures, table) = (place.path("flat"), place.path("pictures"), place.path("outlived.csv"));
    fs::create_dir_all(&flat).unwrap();
    for (name, grey) in [("a", 0), ("b", 90)] {
        image::GrayImage::from_pixel(64, 64, image::Luma([grey])).save(flat.join(name).with_extension("png")).unwrap();
    }
    fs::create_dir_all(pictures.join("b_run.png")).unwrap();
    let [run, flat, pictures, out] = [run, &flat, &pictures, &table].map(|path| path.to_str().unwrap());
    let scored = place.run(&["score", "--model", run, "--input", flat, "--heatmaps", pictures, "--out", out]);
    assert_code(&scored, 1);
    let said = text(&scored.stderr);
    assert!(said.contains("2 images scored") && said.contains("b_run.png"), "{said}");
    assert_eq!(said.matches("has no contrast").count(), 2, "{said}");
    let table = fs::read_to_string(table).unwrap();
    assert_eq!((table.lines().count(), table.contains("a_run.png"), table.contains("b_run.png")), (3, true, false));
}

/// The one that comes with the program has the plain name.
#[test]
fn names_do_not_depend_on_the_order_of_models() {
    let ((_, run, _), again) = (trained(), trained_again());
    let place = Place::new();
    let bundled = place.path("bundled/ae");
    fs::create_dir_all(&bundled).unwrap();
    for file in ["run.json", "split.csv", "epochs.csv", "best.safetensors", "calibration.json"] {
        fs::copy(again.join(file), bundled.join(file)).unwrap();
    }
    let (mine, theirs) = (run.to_str().unwrap(), bundled.to_str().unwrap());
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample/test/NORMAL/IM-0006-0001.jpeg");
    let named = |models: [&str; 2]| -> Vec<String> {
        let arguments = ["score", "--json", "--input", image.to_str().unwrap(), "--model"];
        let scored = place.run(&[&arguments[..], &models[..]].concat());
        assert_code(&scored, 0);
        let events = events(&scored.stdout);
        of_kind(&events, "score").iter().map(|score| score["model"].as_str().unwrap().to_owned()).collect()
    };
    let (first, second) = (named([mine, theirs]), named([theirs, mine]));
    assert_eq!((first[1].as_str(), second[0].as_str()), ("Autoencoder", "Autoencoder"));
    assert!(first[0] == second[1] && first[0].starts_with("Autoencoder · "), "{first:?} {second:?}");
}

#[test]
fn an_output_folder_that_cannot_be_written_is_named_before_any_work() {
    let place = Place::new();
    let file = place.path("file");
    fs::write(&file, b"x").unwrap();
    let (out, file) = (file.join("out"), file.to_str().unwrap());
    let (out, data) = (out.to_str().unwrap(), small_data().to_str().unwrap());
    for command in [
        &["demo", "--out", out][..],
        &["benchmark", "--data", data, "--out", out],
        &["explore", "--data", data, "--model", "x", "--out", out],
        &["score", "--input", data, "--out", out],
        &["score", "--input", data, "--heatmaps", out],
    ] {
        let output = place.run(command);
        assert_code(&output, 1);
        let said = text(&output.stderr);
        assert!(said.contains(file) && !said.contains('…'), "{command:?}: {said}");
    }
}

#[test]
fn a_model_that_is_not_there_is_named() {
    let place = Place::new();
    let output = place.run(&["score", "--model", "/nowhere/run", "--input", "x.png"]);
    assert_code(&output, 1);
    let said = text(&output.stderr);
    assert!(said.starts_with("Loading models…\n") && said.contains("/nowhere/run"), "{said}");
}

/// A table that calls every other test image a woman's.
fn sexes() -> String {
    let mut files: Vec<PathBuf> = ["test/NORMAL", "test/PNEUMONIA"]
        .iter()
        .flat_map(|folder| fs::read_dir(small_data().join(folder)).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let row = |(index, file): (usize, &PathBuf)| {
        format!("{},{}\n", file.file_name().unwrap().to_str().unwrap(), if index % 2 == 0 { "F" } else { "M" })
    };
    let rows: String = files.iter().enumerate().map(row).collect();
    format!("File Name,sex\n{rows}")
}

#[test]
fn a_benchmark_writes_what_the_contract_says() {
    let (place, run, _) = trained();
    let out = place.path("out");
    let arguments =
        ["benchmark", "--json", "--data", small_data().to_str().unwrap(), "--model", run.to_str().unwrap(), "--out"];
    let (table, strange) = (place.path("patients.csv"), place.path("strange.csv"));
    fs::write(&strange, "file name,sex\nno-such-image.png,F\n").unwrap();
    let with_groups = |table: &Path| {
        place.run(&[&arguments[..], &[out.to_str().unwrap(), "--groups", table.to_str().unwrap()]].concat())
    };
    let refused = with_groups(&strange);
    assert_code(&refused, 1);
    assert!(text(&refused.stdout).contains("names an image of"), "{refused:?}");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "nothing is scored for a table of other images");
    fs::write(&table, sexes()).unwrap();
    let output = with_groups(&table);
    assert_code(&output, 0);
    let told = events(&output.stdout);
    assert_eq!(told.last().unwrap()["event"], "done");
    let stages: Vec<_> = of_kind(&told, "stage").iter().map(|event| event["stage"].as_str().unwrap()).collect();
    assert!(stages.contains(&"Loading models"), "{stages:?}");
    let metrics: Value = serde_json::from_str(&fs::read_to_string(out.join("metrics.json")).unwrap()).unwrap();
    assert_eq!(metrics["split"]["test"], 12);
    assert!(metrics["baselines"].as_array().unwrap().len() >= 2);
    let model = &metrics["models"][0];
    assert_eq!(model["arch"], "ae");
    for key in [
        "name",
        "params",
        "auroc",
        "auroc_ci",
        "auprc",
        "threshold",
        "threshold_source",
        "accuracy",
        "f1",
        "sensitivity",
        "specificity",
        "confusion",
        "ms_per_image",
    ] {
        assert!(model.get(key).is_some(), "{key} is missing");
    }
    let groups = &model["groups"]["sex"];
    let sizes = |group: &str| [&groups[group]["healthy"], &groups[group]["count"]].map(|count| count.as_u64().unwrap());
    assert_eq!((sizes("F")[0] + sizes("M")[0], sizes("F")[1] + sizes("M")[1]), (6, 6), "{groups}");
    let why = model["probabilities"]["platt"]["missing"].as_str().unwrap();
    assert!(why.contains("4 diseased"), "{why}");
    let scores = fs::read_to_string(out.join("scores.csv")).unwrap();
    assert!(scores.starts_with("path,label,split,"), "{scores}");
    for figure in ["roc.svg", "roc.png", "pr.svg", "scores.png", "subgroups.svg"] {
        assert!(out.join(figure).metadata().unwrap().len() > 1000, "{figure}");
    }
}

#[test]
fn a_latent_space_is_written_as_two_tables() {
    let (place, run, _) = trained();
    let out = place.path("latent");
    let arguments =
        ["explore", "--json", "--data", small_data().to_str().unwrap(), "--model", run.to_str().unwrap(), "--out"];
    let output = place.run(&[&arguments[..], &[out.to_str().unwrap()]].concat());
    assert_code(&output, 0);
    let events = events(&output.stdout);
    let done = events.last().unwrap();
    assert_eq!((done["event"].as_str(), done["images"].as_u64()), (Some("done"), Some(56)));
    let table = fs::read_to_string(out.join("latent.csv")).unwrap();
    assert!(table.starts_with("path,label,split,pc1,") && table.lines().count() == 57, "{table}");
    assert!(table.lines().next().unwrap().ends_with(",score"));
    let shares = done["explained_variance_ratio"].as_array().unwrap();
    let variance = fs::read_to_string(out.join("explained_variance.csv")).unwrap();
    assert_eq!(variance.lines().count(), shares.len() + 1);
    assert!((shares.iter().map(|share| share.as_f64().unwrap()).sum::<f64>() - 1.0).abs() < 1e-6);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_a_run_that_goes_on() {
    let place = Place::new();
    let run = place.path("run");
    let run = run.to_str().unwrap();
    let epochs = "6";
    let mut child = train(&place, &["--epochs", epochs, "--out", run])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.by_ref().find(|line| line.as_ref().unwrap().contains("\"epoch\":2,")).unwrap().unwrap();
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    let last: Value = serde_json::from_str(rest.last().unwrap()).unwrap();
    assert_eq!((last["event"].as_str(), last["interrupted"].as_bool()), (Some("failed"), Some(true)));
    assert!(said.contains("neuroscan train --resume"), "{said}");
    let reached = last["epochs"].as_u64().unwrap();
    assert!((2..6).contains(&reached), "{reached}");

    // Other settings are refused, its own are not needed; neither is the folder.
    assert_code(&place.run(&["train", "--resume", run, "--epochs", "3"]), 2);
    let resumed = place.run(&["train", "--json", "--resume", run, "--epochs", epochs]);
    assert_code(&resumed, 0);
    let events = events(&resumed.stdout);
    assert_eq!(of_kind(&events, "epoch")[0]["epoch"].as_u64(), Some(reached + 1));
    assert_eq!(events.last().unwrap()["epochs"], 6);
    assert_code(&place.run(&["train", "--resume", run]), 1);
}

/// A second network on the same images.
fn trained_again() -> &'static PathBuf {
    static AGAIN: OnceLock<PathBuf> = OnceLock::new();
    AGAIN.get_or_init(|| {
        let (place, _, _) = trained();
        let run = place.path("again");
        let out = run.to_str().unwrap();
        assert_code(&train(place, &["--epochs", "1", "--seed", "11", "--out", out]).output().unwrap(), 0);
        run
    })
}

#[test]
fn runs_are_put_together_and_scored_with_their_spread() {
    let ((place, run, _), again) = (trained(), trained_again());
    let (run, again) = (run.to_str().unwrap(), again.to_str().unwrap());
    let out = place.path("both");
    let out = out.to_str().unwrap();
    assert_code(&place.run(&["ensemble", "--json"]), 2);
    let alone = place.run(&["ensemble", "--json", "--model", run, "--out", out]);
    assert_code(&alone, 1);
    assert!(events(&alone.stdout)[0]["error"].as_str().unwrap().contains("not of 1"));
    let data = small_data().to_str().unwrap();
    let made =
        place.run(&["ensemble", "--json", "--model", run, again, "--name", "Both", "--out", out, "--data", data]);
    assert_code(&made, 0);
    let told = events(&made.stdout);
    let members = of_kind(&told, "member");
    assert_eq!(members.len(), 2);
    assert!(members.iter().all(|member| member["weight"] == 1.0), "{members:?}");
    let done = told.last().unwrap();
    assert_eq!((&done["event"], &done["name"], &done["maps_placed"]), (&"done".into(), &"Both".into(), &true.into()));
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample/test/NORMAL/IM-0006-0001.jpeg");
    let scored = place.run(&["score", "--json", "--model", out, run, "--input", image.to_str().unwrap()]);
    assert_code(&scored, 0);
    let told = events(&scored.stdout);
    let scores = of_kind(&told, "score");
    assert_eq!((&scores[0]["model"], &scores[0]["scored_by"]), (&"Both".into(), &"own".into()));
    assert!(scores[0]["spread_sigma"].as_f64().unwrap() > 0.0 && scores[1]["spread_sigma"].is_null());
    assert_code(&place.run(&["ensemble", "--model", run, again, "--out", out]), 1);
}

#[test]
fn members_of_an_ensemble_have_scores_and_weights_of_their_own() {
    let ((place, run, _), again) = (trained(), trained_again());
    let (run, again) = (run.to_str().unwrap(), again.to_str().unwrap());
    let out = place.path("weighted");
    let out = out.to_str().unwrap();
    let base = ["ensemble", "--json", "--model", run, again, "--out", out];
    let asked = |more: &[&str]| place.run(&[&base[..], more].concat());
    let told = |output: &Output| {
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    for (more, words) in [
        (&["--score", "mse", "l1", "ssim"][..], &["--score has 3 values for 2 runs"][..]),
        (&["--weight", "1", "2", "3"], &["--weight has 3 values for 2 runs"]),
        (&["--score", "own", "huh"], &["again", "no score huh"]),
        (&["--weight", "1", "0"], &["--weight of again", "not 0"]),
        (&["--weight", "-1"], &["above 0", "not -1"]),
        (&["--weight", "NaN"], &["above 0", "not NaN"]),
        (&["--weight", "heavy"], &["heavy"]),
    ] {
        let refused = asked(more);
        assert_code(&refused, 2);
        assert!(words.iter().all(|word| told(&refused).contains(word)), "{}", told(&refused));
    }
    let uncalibrated = asked(&["--score", "own", "own+mse"]);
    assert_code(&uncalibrated, 1);
    let uncalibrated = asked(&["--score", "own", "blurred0.5"]);
    assert_code(&uncalibrated, 1);
    assert!(told(&uncalibrated).contains("gain is not calibrated for blurred0.5"), "{}", told(&uncalibrated));
    assert!(told(&uncalibrated).contains("neuroscan calibrate"), "{}", told(&uncalibrated));

    let made = asked(&["--score", "mse+0.5*l1", "own", "--weight", "1,0.5"]);
    assert_code(&made, 0);
    let events = events(&made.stdout);
    let members = of_kind(&events, "member");
    assert_eq!((&members[0]["score"], &members[0]["weight"]), (&"mse+0.5*l1".into(), &1.0.into()));
    assert_eq!((&members[1]["score"] == "own", &members[1]["weight"]), (false, &0.5.into()));
}

/// At most the second one ends it, whatever it is doing; libtorch's threads are in the middle of a step.
#[cfg(unix)]
#[test]
fn ctrl_c_twice_ends_at_once_and_in_order() {
    let place = Place::new();
    let run = place.path("run");
    let mut child = train(&place, &["--epochs", "5000", "--out", run.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.by_ref().find(|line| line.as_ref().unwrap().contains("\"epoch\":1,")).unwrap().unwrap();
    for _ in 0..2 {
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let mut child = place.command(&["doctor"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
    assert_eq!(said, "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let place = Place::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = place.command(&["doctor"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_code(&output, 1);
    assert!(text(&output.stderr).contains("standard output"), "{}", text(&output.stderr));
}
