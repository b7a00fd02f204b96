//! `neuroscan train`: a run from scratch, or one that goes on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::ended::{Ended, Result};
use super::options::{self, Compute, Opening};
use super::output::{Output, duration};
use super::session::Session;
use crate::config::Config;
use crate::domain::{
    Architecture, Component, DataSetSummary, EpochRecord, Label, Loss, LossComponents, Preset, RunInfo, RunStatus,
    SampleId, Split, TrainingSettings,
};
use crate::engine::message::{DataOptions, DataSource, EngineCommand, EngineEvent};
use crate::store;

/// Train a model on the healthy images of a folder
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to train: ae, vae, gan, vit, betavae, vqvae, aeu, dae, inpaint or restorer
    #[arg(long, value_name = "ARCH", value_parser = options::architecture, required_unless_present = "resume")]
    arch: Option<Architecture>,
    /// Folder with train/NORMAL; with --resume the run's own unless given
    #[arg(long, value_name = "DIR", required_unless_present = "resume")]
    data: Option<PathBuf>,
    /// Where the settings start from
    #[arg(long, value_name = "recommended|neuroscan-pro", value_parser = options::preset)]
    preset: Option<Preset>,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    compute: Compute,
    #[command(flatten)]
    opening: Opening,
    /// The run folder to make; a new one among the models without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A stopped run that goes on, with its own settings
    #[arg(long, value_name = "RUN")]
    resume: Option<PathBuf>,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
}

/// What departs from the preset.
#[derive(Debug, Default, Args)]
struct Changes {
    /// Passes over the training images
    #[arg(long, value_name = "N")]
    epochs: Option<u32>,
    /// Learning rate
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    lr: Option<f64>,
    /// Images a step
    #[arg(long, value_name = "N")]
    batch: Option<u32>,
    /// Side of the image in pixels
    #[arg(long, value_name = "N")]
    size: Option<u32>,
    /// Numbers that an image is squeezed through
    #[arg(long, value_name = "N")]
    latent: Option<u32>,
    /// What learning lowers between image and rebuilt image
    #[arg(long, value_name = "mse|ssim|perceptual", value_parser = options::loss)]
    loss: Option<Loss>,
    /// VAE and β-VAE: weight of the KL divergence
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    kl_weight: Option<f64>,
    /// Stop when the validation error has not fallen for N epochs
    #[arg(long, value_name = "N")]
    patience: Option<u32>,
    /// Seed of weights, order and augmentation
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// What is to be done, checked as far as it can be without the data.
struct Plan {
    source: PathBuf,
    options: DataOptions,
    work: Work,
}

enum Work {
    New { settings: Box<TrainingSettings>, out: Option<PathBuf> },
    Resume { folder: PathBuf },
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    let Plan { source, options, work } = plan(arguments)?;
    let mut session = Session::start(config, &arguments.compute, output)?;
    let data = session.open(DataSource::Folder(source.clone()), options)?;
    let (job, pins) = (session.new_job(), pins(&data));
    let command = match work {
        Work::New { settings, out } => EngineCommand::Train { job, settings, pins, out },
        Work::Resume { folder } => EngineCommand::Resume { job, folder, pins },
    };
    let mut listener = Listener::default();
    let followed = session.follow(job, command, |event, output| listener.hear(event, output));
    followed.map_err(|ended| listener.tell_how_to_go_on(ended, &source))?;
    let run = listener.run.ok_or_else(|| Ended::failed("The training left no run behind.", ""))?;
    match run.status {
        RunStatus::Complete | RunStatus::StoppedEarly => {
            tell_done(&run, output);
            Ok(())
        }
        RunStatus::Running | RunStatus::Interrupted => Err(interrupted(&run, &source)),
        RunStatus::Diverged => Err(Ended::failed(
            format!("Training diverged; the best checkpoint before that is kept: {}", run.folder.display()),
            "Try a learning rate five times lower.",
        )),
    }
}

fn plan(arguments: &Arguments) -> Result<Plan> {
    match &arguments.resume {
        Some(folder) => plan_resume(arguments, folder),
        None => plan_new(arguments),
    }
}

fn plan_new(arguments: &Arguments) -> Result<Plan> {
    // Both are required by the command line's definition.
    let (Some(arch), Some(data)) = (arguments.arch, &arguments.data) else {
        return Err(Ended::Usage("--arch and --data are needed".to_owned()));
    };
    let preset = TrainingSettings::preset(arch, arguments.preset.unwrap_or(Preset::Recommended));
    let settings = arguments.changes.applied(&preset, arguments);
    arguments.changes.check_known(&settings)?;
    check(&settings)?;
    let options = arguments.opening.options();
    let work = Work::New { settings: Box::new(settings), out: arguments.out.clone() };
    Ok(Plan { source: data.clone(), options, work })
}

/// A run that goes on keeps its settings: options that would change them are refused.
fn plan_resume(arguments: &Arguments, folder: &Path) -> Result<Plan> {
    let (_, record) = store::open(folder, false)?;
    record.check_resumable(folder)?;
    let saved = record.settings;
    let asked = arguments.changes.applied(&saved, arguments);
    let differs = [
        ("--arch", arguments.arch.is_some_and(|arch| arch != saved.architecture)),
        ("--preset", arguments.preset.is_some_and(|preset| preset != saved.preset)),
        ("--epochs", asked.epochs != saved.epochs),
        ("--lr", asked.learning_rate.total_cmp(&saved.learning_rate).is_ne()),
        ("--batch", asked.batch_size != saved.batch_size),
        ("--size", asked.preprocessing != saved.preprocessing),
        ("--latent", asked.latent != saved.latent),
        ("--loss", asked.loss != saved.loss),
        ("--kl-weight", asked.kl_weight.total_cmp(&saved.kl_weight).is_ne()),
        ("--patience", asked.patience != saved.patience),
        ("--seed", asked.seed != saved.seed),
        ("--split-seed", arguments.opening.split_seed.is_some_and(|seed| seed != record.data.split_seed)),
        ("--out", arguments.out.as_deref().is_some_and(|out| out != folder)),
    ];
    if let Some((flag, _)) = differs.iter().find(|(_, differs)| *differs) {
        return Err(Ended::Usage(format!(
            "{flag} differs from what the run was started with; a resumed run keeps its settings"
        )));
    }
    let source = arguments
        .data
        .clone()
        .or(record.data.root)
        .ok_or_else(|| Ended::Usage("--data is needed: the run does not say where its images are".to_owned()))?;
    let options = DataOptions { split_seed: record.data.split_seed, without_copies: record.data.without_copies };
    Ok(Plan { source, options, work: Work::Resume { folder: folder.to_path_buf() } })
}

impl Changes {
    /// Refuses what the architecture has not got: it would change nothing but the preset's name.
    fn check_known(&self, settings: &TrainingSettings) -> Result<()> {
        let foreign = [
            ("--kl-weight", self.kl_weight.is_some() && !settings.has_kl_weight()),
            ("--latent", self.latent.is_some() && !settings.has_code()),
        ];
        match foreign.into_iter().find(|(_, foreign)| *foreign) {
            Some((flag, _)) => {
                Err(Ended::Usage(format!("{flag}: {} has no such setting", settings.architecture.name())))
            }
            None => Ok(()),
        }
    }

    /// The settings with what was given on the command line.
    fn applied(&self, preset: &TrainingSettings, arguments: &Arguments) -> TrainingSettings {
        let mut settings = preset.clone();
        settings.epochs = self.epochs.unwrap_or(settings.epochs);
        settings.learning_rate = self.lr.unwrap_or(settings.learning_rate);
        settings.batch_size = self.batch.unwrap_or(settings.batch_size);
        settings.preprocessing.image_size = self.size.unwrap_or(settings.preprocessing.image_size);
        settings.latent = self.latent.unwrap_or(settings.latent);
        settings.loss = self.loss.unwrap_or(settings.loss);
        settings.kl_weight = self.kl_weight.unwrap_or(settings.kl_weight);
        settings.patience = self.patience.or(settings.patience);
        if settings != *preset {
            settings.preset = Preset::Custom;
        }
        settings.seed = self.seed.unwrap_or(settings.seed);
        settings.device = arguments.compute.device;
        settings
    }
}

/// Names the option behind each problem.
fn check(settings: &TrainingSettings) -> Result<()> {
    let problems = settings.validate();
    let told: Vec<String> = problems
        .iter()
        .map(|problem| {
            let flag = match problem.field {
                "epochs" => "--epochs",
                "learning_rate" => "--lr",
                "batch_size" => "--batch",
                "preprocessing" | "patch" => "--size",
                "latent" | "tokens" => "--latent",
                "loss" => "--loss",
                "kl_weight" => "--kl-weight",
                "patience" => "--patience",
                other => other,
            };
            format!("{flag}: {}", problem.message)
        })
        .collect();
    if told.is_empty() { Ok(()) } else { Err(Ended::Usage(told.join("\n       "))) }
}

/// Two held-out healthy images and two diseased ones of the training folder; never a test image.
fn pins(data: &DataSetSummary) -> Vec<SampleId> {
    let healthy = data.ids(Split::Validation, Some(Label::Healthy)).take(2);
    healthy.chain(data.ids(Split::Development, None).take(2)).collect()
}

/// What a training has told so far.
#[derive(Default)]
struct Listener {
    run: Option<Arc<RunInfo>>,
    epochs: u32,
}

impl Listener {
    /// A run that broke off can go on, and cannot be begun again in its folder.
    fn tell_how_to_go_on(&self, ended: Ended, data: &Path) -> Ended {
        let broken_off = |run: &&Arc<RunInfo>| matches!(run.status, RunStatus::Running | RunStatus::Interrupted);
        match (ended, self.run.as_ref().filter(broken_off)) {
            (Ended::Failed(failure), Some(run)) => {
                let advice = format!("{}\nGo on with:\n  {}", failure.advice, resume_command(run, data));
                Ended::failed(failure.message, advice.trim_start())
            }
            (ended, _) => ended,
        }
    }

    fn hear(&mut self, event: &EngineEvent, output: &Output) {
        match event {
            EngineEvent::TrainingStarted { run, steps_per_epoch, .. } => {
                self.epochs = run.settings.epochs;
                self.run = Some(Arc::clone(run));
                output.event(&json!({
                    "event": "started", "run": run.folder, "arch": run.architecture().slug(), "epochs": self.epochs,
                    "train": run.train_count, "val": run.validation_count, "params": run.parameters,
                    "steps_per_epoch": steps_per_epoch,
                }));
                if !output.is_drawn() && !run.epochs.is_empty() {
                    output.note(&format!("Going on after epoch {} of {}.", run.epochs.len(), self.epochs));
                }
            }
            EngineEvent::TrainingEpoch { record, .. } => {
                output.event(&self.epoch_event(record));
                if !output.is_drawn() {
                    output.note(&self.epoch_line(record));
                }
            }
            EngineEvent::TrainingEnded { run, .. } => self.run = Some(Arc::clone(run)),
            _ => {}
        }
    }

    fn epoch_event(&self, record: &EpochRecord) -> Value {
        json!({
            "event": "epoch",
            "epoch": record.epoch,
            "epochs": self.epochs,
            "loss": record.train.total,
            "components": components(&record.train),
            "val_loss": record.validation.total,
            "val_components": components(&record.validation),
            "images_per_s": record.images_per_s,
            "learning_rate": record.learning_rate,
            "development_auroc": record.development_auroc,
            "best": record.best,
            "elapsed_s": record.elapsed_secs,
            "cpu_s": record.cpu_secs,
        })
    }

    fn epoch_line(&self, record: &EpochRecord) -> String {
        let over = self.run.as_ref().map_or_else(String::new, |run| {
            let (healthy, diseased) = run.watched_images();
            format!(" ({healthy} healthy, {diseased} diseased)")
        });
        let development =
            record.development_auroc.map_or_else(String::new, |auroc| format!("  development AUROC {auroc:.3}{over}"));
        format!(
            "epoch {}/{}  loss {:.5}  validation {:.5}{development}  {:.0} img/s{}",
            record.epoch,
            self.epochs,
            record.train.total,
            record.validation.total,
            record.images_per_s,
            if record.best { "  best" } else { "" }
        )
    }
}

/// All parts but the total.
fn components(loss: &LossComponents) -> Value {
    let parts = Component::ALL.into_iter().filter(|&component| component != Component::Total);
    let parts = parts.filter_map(|component| Some((component.key().to_owned(), json!(loss.get(component)?))));
    Value::Object(parts.collect())
}

fn tell_done(run: &RunInfo, output: &Output) {
    let status = if run.status == RunStatus::StoppedEarly { "stopped_early" } else { "complete" };
    output.event(&json!({
        "event": "done",
        "run": run.folder,
        "epochs": run.epochs.len(),
        "best_epoch": run.best_epoch,
        "status": status,
    }));
    let last = run.epochs.last();
    let took = duration(last.map_or(0.0, |epoch| epoch.elapsed_secs));
    let processor = last.and_then(|epoch| epoch.cpu_secs);
    let processor = processor.map_or_else(String::new, |secs| format!(" ({} of processor time)", duration(secs)));
    let best = run.best_epoch.map_or_else(String::new, |epoch| format!(", best is epoch {epoch}"));
    let early = if run.status == RunStatus::StoppedEarly { "; the validation error stopped falling" } else { "" };
    output.note(&format!(
        "Trained {} for {} epochs in {took}{processor}{best}{early}.",
        run.architecture().name(),
        run.epochs.len()
    ));
    output.line(&run.folder.display().to_string());
}

/// Says how to go on.
fn interrupted(run: &RunInfo, data: &Path) -> Ended {
    let resume = resume_command(run, data);
    let event = json!({
        "event": "failed",
        "error": "interrupted",
        "interrupted": true,
        "run": run.folder,
        "epochs": run.epochs.len(),
        "best_epoch": run.best_epoch,
        "resume": resume,
    });
    let message = format!(
        "Stopped after {} of {} epochs; nothing is lost. Go on with:\n  {resume}",
        run.epochs.len(),
        run.settings.epochs
    );
    Ended::Interrupted { event, message }
}

fn resume_command(run: &RunInfo, data: &Path) -> String {
    format!("neuroscan train --resume {} --data {}", quoted(&run.folder), quoted(data))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+:@%,".contains(letter);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(quoted(Path::new("/data/chest_xray")), "/data/chest_xray");
        assert_eq!(quoted(Path::new("/my data/it's")), "'/my data/it'\\''s'");
    }

    #[test]
    fn a_setting_that_an_architecture_has_not_got_is_refused() {
        let refused =
            |changes: Changes, architecture| match changes.check_known(&TrainingSettings::recommended(architecture)) {
                Err(Ended::Usage(message)) => Some(message),
                _ => None,
            };
        let kl_weight = || Changes { kl_weight: Some(3.0), ..Changes::default() };
        let message = refused(kl_weight(), Architecture::Autoencoder).unwrap();
        assert!(message.contains("--kl-weight") && message.contains("Autoencoder"), "{message}");
        assert_eq!(refused(kl_weight(), Architecture::BetaVae), None);
        let latent = || Changes { latent: Some(8), ..Changes::default() };
        assert!(refused(latent(), Architecture::Restorer).unwrap().contains("--latent"));
        assert_eq!(refused(latent(), Architecture::Vit), None);
        assert_eq!(refused(Changes::default(), Architecture::Gan), None);
    }

    #[test]
    fn a_run_that_broke_off_is_told_how_to_go_on() {
        let failed = || Ended::failed("Cannot write: no space left: /runs/a/last.safetensors", "Free some space.");
        let advice = |status: RunStatus| {
            let run = RunInfo { status, ..crate::ui::state::examples::run("a b", Architecture::Vae) };
            let listener = Listener { run: Some(Arc::new(run)), epochs: 9 };
            match listener.tell_how_to_go_on(failed(), Path::new("/data")) {
                Ended::Failed(failure) => failure.advice,
                other => panic!("{other:?}"),
            }
        };
        let told = advice(RunStatus::Interrupted);
        assert!(told.starts_with("Free some space.") && told.contains("train --resume '"), "{told}");
        assert_eq!(advice(RunStatus::Diverged), "Free some space.");
    }

    #[test]
    fn the_development_auroc_of_an_epoch_says_over_how_many_images_it_is() {
        let listener =
            Listener { run: Some(Arc::new(crate::ui::state::examples::run("vae-1", Architecture::Vae))), epochs: 50 };
        let line = |development_auroc| {
            listener.epoch_line(&EpochRecord {
                epoch: 3,
                train: LossComponents::default(),
                validation: LossComponents::default(),
                development_auroc,
                learning_rate: 1e-3,
                images_per_s: 218.4,
                elapsed_secs: 9.0,
                cpu_secs: None,
                best: true,
            })
        };
        let told = line(Some(0.8904));
        assert!(told.contains("  development AUROC 0.890 (96 healthy, 96 diseased)  218 img/s  best"), "{told}");
        assert!(!line(None).contains("healthy"));
    }

    #[test]
    fn problems_name_the_option() {
        let mut settings = TrainingSettings::recommended(Architecture::Vit);
        settings.epochs = 0;
        settings.preprocessing.image_size = 60;
        let Err(Ended::Usage(message)) = check(&settings) else { panic!("accepted") };
        assert!(message.contains("--epochs: Epochs must be") && message.contains("--size: Image size"), "{message}");
    }
}
