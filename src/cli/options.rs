//! Options that several commands have, as checked values.

use std::path::PathBuf;

use clap::Args;

use crate::app::RendererChoice;
use crate::domain::{Architecture, DevicePreference, Loss, Preset};

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

/// Trained models.
#[derive(Clone, Debug, Args)]
pub(super) struct Models {
    /// Run folders or `.safetensors` files; all bundled models without it
    #[arg(long = "model", value_name = "M", num_args = 1..)]
    pub models: Vec<PathBuf>,
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
    fn an_unknown_architecture_is_told_the_known_ones() {
        assert_eq!(architecture("VAE"), Ok(Architecture::Vae));
        assert!(architecture("resnet").unwrap_err().contains("ae, vae, gan, vit"));
    }
}
