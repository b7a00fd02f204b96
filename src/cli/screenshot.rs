//! `neuroscan screenshot`: any screen, without a window.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use image::ImageFormat;

use super::ended::{Ended, Result};
use super::options;
use super::output::Output;
use crate::app::offscreen::{self, Shot, ShotScreen};
use crate::config::Config;
use crate::error::Error;
use crate::store;

/// Render a screen to a picture, without a window
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Which one
    #[arg(long, value_name = "data|train|compare|benchmark|explore|presenter", value_parser = screen)]
    screen: ShotScreen,
    /// The PNG to write
    #[arg(long, value_name = "x.png")]
    out: PathBuf,
    /// Width and height in points
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = options::size)]
    size: (u32, u32),
    /// Pixels a point
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = scale)]
    scale: f32,
    /// Reading room or lecture hall
    #[arg(long, value_name = "dark|light", default_value = "dark", value_parser = ["dark", "light"])]
    theme: String,
    /// Folder to show; the bundled sample without it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Seconds to wait for what the screen shows
    #[arg(long, value_name = "N", default_value_t = 300)]
    patience: u64,
}

pub(super) fn run(arguments: &Arguments, config: &Config, output: &Output) -> Result<()> {
    let (width, height) = arguments.size;
    let shot = Shot {
        width,
        height,
        scale: arguments.scale,
        dark: arguments.theme == "dark",
        data: arguments.data.clone(),
        patience: Duration::from_secs(arguments.patience),
        ..Shot::of(arguments.screen)
    };
    let picture = offscreen::render(config, &shot).map_err(|error| Ended::failed(format!("{error:#}"), ""))?;
    let path = &arguments.out;
    store::write_file(path, |file| {
        let written = picture.write_to(file, ImageFormat::Png);
        written.map_err(|error| Error::io("write the picture", path)(std::io::Error::other(error)))
    })?;
    output.line(&path.display().to_string());
    Ok(())
}

fn screen(text: &str) -> std::result::Result<ShotScreen, String> {
    ShotScreen::parse(text).ok_or_else(|| {
        let known: Vec<String> = ShotScreen::ALL.iter().map(|screen| screen.name()).collect();
        format!("unknown screen; known are {}", known.join(", "))
    })
}

fn scale(text: &str) -> std::result::Result<f32, String> {
    let scale: f32 = text.parse().map_err(|_| "a scale is a number such as 2".to_owned())?;
    if (0.5..=4.0).contains(&scale) { Ok(scale) } else { Err("a scale is 0.5 to 4".to_owned()) }
}
