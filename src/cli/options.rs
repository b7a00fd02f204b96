//! Options that several commands have, as checked values.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, Command};

use crate::app::RendererChoice;
use crate::domain::{
    Architecture, CodeMeasure, Contender, DevicePreference, Loss, ModelInfo, Preset, Region, Residual, Scoring,
};
use crate::engine::message::DataOptions;

/// Options of the window.
#[derive(Clone, Debug, Args)]
pub(super) struct Window {
    /// What draws the window
    #[arg(long, value_name = "auto|wgpu|glow", default_value = "auto", value_parser = renderer)]
    pub renderer: RendererChoice,
    /// Folder to open
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Options of commands that compute.
#[derive(Clone, Debug, Args)]
pub(super) struct Compute {
    /// Where to compute
    #[arg(long, value_name = "auto|cpu|cuda", default_value = "auto", value_parser = device)]
    pub device: DevicePreference,
    /// Processor threads; as many as there are cores unless the configuration says otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
}

/// How a folder is opened.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Opening {
    /// Seed of the split into training and validation
    #[arg(long, value_name = "N")]
    pub split_seed: Option<u64>,
    /// Leave out exact copies
    #[arg(long)]
    without_copies: bool,
}

impl Opening {
    pub fn options(self) -> DataOptions {
        let split_seed = self.split_seed.unwrap_or(DataOptions::default().split_seed);
        DataOptions { split_seed, without_copies: self.without_copies }
    }
}

/// Trained models.
#[derive(Clone, Debug, Args)]
pub(super) struct Models {
    /// Run folders or `.safetensors` files; all bundled models without it
    #[arg(long = "model", value_name = "M", num_args = 1..)]
    pub models: Vec<PathBuf>,
}

/// What models score by.
#[derive(Clone, Debug, Args)]
pub(super) struct Scores {
    /// Scores, one row each, such as blurred-central or blurred+0.5*gradient; `list` says which there are. Each model's own
    /// without it
    #[arg(long = "score", value_name = "SLUG|list", num_args = 1.., value_delimiter = ',', value_parser = ScoreParser)]
    pub scores: Vec<Scoring>,
}

impl Scores {
    /// Every model by every score, or by its own.
    pub fn contenders(&self, models: &[Arc<ModelInfo>]) -> Vec<Contender> {
        let of = |model: &Arc<ModelInfo>| -> Vec<Contender> {
            let by = |score: &Scoring| Contender { model: model.id.clone(), score: Some(score.clone()) };
            if self.scores.is_empty() { vec![model.id.clone().into()] } else { self.scores.iter().map(by).collect() }
        };
        models.iter().flat_map(of).collect()
    }
}

/// Reads a score; `list` ends the program with the catalogue, as `--help` does.
#[derive(Clone)]
struct ScoreParser;

impl TypedValueParser for ScoreParser {
    type Value = Scoring;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Scoring, clap::Error> {
        let text = value.to_string_lossy();
        if text == "list" {
            // As a help of its own, because a message would be printed as that of an error.
            Command::new("score").override_help(catalogue()).try_get_matches_from(["score", "--help"])?;
        }
        text.parse().map_err(|problem| {
            let message = format!("{problem}; --score list says which there are\n");
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

/// Every measure with its meaning, and how they are put together.
fn catalogue() -> String {
    let measures = Residual::ALL.map(|residual| (residual.slug(), residual.meaning()));
    let codes = CodeMeasure::ALL.map(|measure| (measure.slug().to_owned(), measure.meaning()));
    let mut text = String::from("Measures:\n");
    for (slug, meaning) in measures.into_iter().chain(codes) {
        text.push_str(&format!("  {slug:12} {meaning}\n"));
    }
    text.push_str(
        "\nA map's measure may be followed by -central (the central 70 % only) or -lungs, and by -jitter (least of nine \
         shifts):\n  blurred-central-jitter\n-lungs: ",
    );
    text.push_str(Region::Lungs.meaning());
    text.push_str(
        "\nMeasures are added with + (haze, too), each in standard deviations of healthy validation images, \
         with a weight where one is given:\n  blurred-central+0.5*gradient\n",
    );
    let haze = Scoring::haze();
    text.push_str(&format!("haze stands for {haze}: {}\n", haze.meaning()));
    text
}

pub(super) fn architecture(text: &str) -> Result<Architecture, String> {
    Architecture::parse(text).ok_or_else(|| {
        let known = Architecture::ALL.map(Architecture::slug).join(", ");
        format!("unknown architecture; known are {known}")
    })
}

pub(super) fn preset(text: &str) -> Result<Preset, String> {
    match text {
        "recommended" => Ok(Preset::Recommended),
        "neuroscan-pro" => Ok(Preset::NeuroscanPro),
        _ => Err("known presets are recommended, neuroscan-pro".to_owned()),
    }
}

pub(super) fn loss(text: &str) -> Result<Loss, String> {
    Loss::ALL.into_iter().find(|loss| loss.slug() == text).ok_or_else(|| {
        let known = Loss::ALL.map(Loss::slug).join(", ");
        format!("known losses are {known}")
    })
}

fn device(text: &str) -> Result<DevicePreference, String> {
    match text {
        "auto" => Ok(DevicePreference::Auto),
        "cpu" => Ok(DevicePreference::Cpu),
        "cuda" => Ok(DevicePreference::Cuda),
        _ => Err("a device is auto, cpu or cuda".to_owned()),
    }
}

fn renderer(text: &str) -> Result<RendererChoice, String> {
    match text {
        "auto" => Ok(RendererChoice::Auto),
        "wgpu" => Ok(RendererChoice::Wgpu),
        "glow" => Ok(RendererChoice::Glow),
        _ => Err("a renderer is auto, wgpu or glow".to_owned()),
    }
}

/// "1280x800".
pub(super) fn size(text: &str) -> Result<(u32, u32), String> {
    let side = |side: &str| side.parse::<u32>().ok().filter(|side| (200..=8192).contains(side));
    text.split_once(['x', '×'])
        .and_then(|(width, height)| Some((side(width)?, side(height)?)))
        .ok_or_else(|| "a size is WIDTHxHEIGHT with 200 to 8192 pixels each, such as 1280x800".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_checked() {
        assert_eq!(size("1280x800"), Ok((1280, 800)));
        for wrong in ["1280", "0x800", "1280x", "x", "1280x99999", "a×b"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_catalogue_explains_every_measure() {
        let text = catalogue();
        for measure in crate::domain::Measure::catalogue() {
            let slug = measure.slug();
            let base = slug.split('-').next().unwrap_or_default();
            assert!(text.contains(&format!("  {base} ")) && text.contains(measure.meaning()), "{slug}");
        }
    }

    #[test]
    fn the_catalogue_is_printed_as_it_is() {
        let command = Scores::augment_args(Command::new("x"));
        let shown = command.try_get_matches_from(["x", "--score", "list"]).unwrap_err();
        assert_eq!((shown.kind(), shown.exit_code()), (ErrorKind::DisplayHelp, 0));
        assert_eq!(shown.to_string().trim_end(), catalogue().trim_end());
    }

    #[test]
    fn an_unknown_architecture_is_told_the_known_ones() {
        assert_eq!(architecture("VAE"), Ok(Architecture::Vae));
        assert!(architecture("resnet").unwrap_err().contains("ae, vae, gan, vit"));
    }
}
