//! Trains the lung mask that comes with the program: pairs X-rays with human-made masks by file name, cross-validates,
//! trains on all of them and writes checkpoint, figures and card.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};
use tch::Device;

use super::{lung_card, lungs, machine};
use crate::dataset;
use crate::domain::{GrayImage, Preprocessing, Watch, version};
use crate::error::{Error, Result};
use crate::imaging;
use crate::models::lungs::LungNet;
use crate::store;
use crate::training::{LungDice, LungImages, LungSettings, LungTruth, cross_validate, train_lungs};

/// Sizes at which masks are measured, in pixels.
const TRUTH_SIDES: [u32; 2] = [128, 224];

/// Where everything is and how it is taught.
#[derive(Clone, Debug)]
pub struct LungTraining {
    /// X-rays, searched in all folders below.
    pub images: PathBuf,
    /// Masks with the file names of their X-rays up to the ending; white is lung.
    pub masks: PathBuf,
    /// The folder that is written.
    pub out: PathBuf,
    pub folds: usize,
    pub epochs: u32,
    pub seed: u64,
    /// Processor threads; the last digits of the result depend on their number.
    pub threads: u32,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct LungReport {
    pub checkpoint: PathBuf,
    /// As in `metrics.json`.
    pub metrics: Value,
    /// Masks and X-rays that could not be used, each with its reason.
    pub left_out: Vec<String>,
}

impl LungTraining {
    /// # Errors
    /// `Error::Cancelled`; when too few masks have an X-ray; when training diverges; when the folder cannot be written.
    pub fn run(&self, watch: &dyn Watch) -> Result<LungReport> {
        let started = Instant::now();
        machine::set_threads(self.threads);
        let pairs = Pairs::read(&self.images, &self.masks, watch)?;
        let how = LungSettings { epochs: self.epochs, seed: self.seed, ..LungSettings::default() };
        let measured = cross_validate(&pairs.images, self.folds, how, Device::Cpu, watch)?;
        let all: Vec<usize> = (0..pairs.images.count()).collect();
        let network = train_lungs(&pairs.images, &all, how, Device::Cpu, "All images", watch)?;
        let mut metrics = json!({
            "format": 1,
            "program": version::PROGRAM,
            "libtorch": version::LIBTORCH,
            "parameters": network.weights().parameter_count(),
            "images": pairs.images.count(),
            "patients": distinct(&pairs.images.patients),
            "side": LungNet::SIDE,
            "settings": {
                "epochs": how.epochs, "batch_size": how.batch_size, "learning_rate": how.learning_rate,
                "seed": how.seed, "folds": self.folds, "threads": self.threads,
            },
            "finished": jiff::Timestamp::now().to_string(),
            "took_secs": started.elapsed().as_secs_f64().round(),
        });
        metrics["dice"] = dice(&measured, &pairs.groups, self.folds);
        self.write(&network, &metrics)?;
        Ok(LungReport { checkpoint: self.out.join(lungs::CHECKPOINT), metrics, left_out: pairs.left_out })
    }

    fn write(&self, network: &LungNet, metrics: &Value) -> Result<()> {
        let words = [("seed".to_owned(), self.seed.to_string()), ("epochs".to_owned(), self.epochs.to_string())];
        let checkpoint = network.encode(words.into())?;
        let figures = format!("{metrics:#}\n");
        let card = lung_card::write(metrics);
        let files: [(&str, &[u8]); 3] =
            [(lungs::CHECKPOINT, &checkpoint), ("metrics.json", figures.as_bytes()), ("README.md", card.as_bytes())];
        for (name, bytes) in files {
            let path = self.out.join(name);
            store::write_file(&path, |file| file.write_all(bytes).map_err(Error::io("write", &path)))?;
        }
        Ok(())
    }
}

/// X-rays with their masks.
#[derive(Default)]
struct Pairs {
    images: LungImages,
    /// The folder that each X-ray lies in, which names its class.
    groups: Vec<String>,
    left_out: Vec<String>,
}

impl Pairs {
    fn read(images: &Path, masks: &Path, watch: &dyn Watch) -> Result<Self> {
        let xrays: HashMap<String, PathBuf> =
            dataset::image_files(images, watch)?.into_iter().map(|file| (stem(&file), file)).collect();
        let masks = dataset::image_files(masks, watch)?;
        let mut pairs = Self::default();
        pairs.images.truths = TRUTH_SIDES.map(|side| LungTruth { side, masks: Vec::new() }).into();
        for (done, mask) in (0u64..).zip(&masks) {
            if watch.cancelled() {
                return Err(Error::Cancelled);
            }
            watch.progress("Reading X-rays and masks", done, masks.len() as u64);
            let Some(xray) = xrays.get(&stem(mask)) else {
                pairs.left_out.push(format!("no X-ray has the name of the mask: {}", mask.display()));
                continue;
            };
            match (imaging::read_image(xray), imaging::read_image(mask)) {
                (Ok(image), Ok(mask)) => pairs.add(xray, &image.image, &mask.image),
                (Err(error), _) | (_, Err(error)) => pairs.left_out.push(error.to_string()),
            }
        }
        Ok(pairs)
    }

    fn add(&mut self, file: &Path, image: &GrayImage, mask: &GrayImage) {
        let side = LungNet::SIDE;
        let prepared = |clahe| imaging::preprocess(image, Preprocessing { image_size: side, clahe }).pixels;
        self.images.plain.extend(prepared(false));
        self.images.equalised.extend(prepared(true));
        let mask = binary(mask);
        self.images.masks.extend(imaging::resize(&mask, side, side).pixels);
        for truth in &mut self.images.truths {
            truth.masks.extend(imaging::resize(&mask, truth.side, truth.side).pixels);
        }
        let name = file.display().to_string();
        self.images.patients.push(dataset::patient(&name).unwrap_or(name));
        let folder = file.parent().and_then(Path::file_name);
        self.groups.push(folder.map_or_else(String::new, |name| name.to_string_lossy().into_owned()));
    }
}

/// Masks mark what they leave open in grey: only white is lung.
fn binary(mask: &GrayImage) -> GrayImage {
    let pixels = mask.pixels.iter().map(|&value| if value > 127 { 255 } else { 0 }).collect();
    GrayImage::new(mask.width, mask.height, pixels)
}

fn stem(file: &Path) -> String {
    file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

fn distinct(names: &[String]) -> usize {
    names.iter().collect::<std::collections::HashSet<_>>().len()
}

/// Mean, deviation and least Dice coefficient over all images, and the means of each fold and each class.
fn dice(measured: &[LungDice], groups: &[String], folds: usize) -> Value {
    let mut all = serde_json::Map::new();
    for (index, side) in TRUTH_SIDES.into_iter().enumerate() {
        let plain = |row: &LungDice| row.plain[index];
        let of = |rows: &mut dyn Iterator<Item = &LungDice>| summary(&rows.map(plain).collect::<Vec<_>>());
        let by_fold: Vec<Value> =
            (0..folds).map(|fold| of(&mut measured.iter().filter(|row| row.fold == fold))).collect();
        let fold_means: Vec<f64> = by_fold.iter().filter_map(|fold| fold["mean"].as_f64()).collect();
        let mut classes: Vec<&String> = groups.iter().collect();
        classes.sort_unstable();
        classes.dedup();
        let by_class = classes
            .into_iter()
            .map(|class| (class.clone(), of(&mut measured.iter().filter(|row| groups[row.image] == *class))));
        let equalised: Vec<f64> = measured.iter().map(|row| row.equalised[index]).collect();
        let figures = json!({
            "all": of(&mut measured.iter()),
            "equalised": summary(&equalised),
            "fold_means": summary(&fold_means),
            "folds": by_fold,
            "classes": by_class.collect::<serde_json::Map<_, _>>(),
        });
        all.insert(format!("at_{side}_px"), figures);
    }
    Value::Object(all)
}

/// Sample standard deviation; nothing of no values.
fn summary(values: &[f64]) -> Value {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let round = |value: f64| (value * 1e4).round() / 1e4;
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    json!({
        "images": values.len(),
        "mean": round(mean),
        "sd": round((squares / (count - 1.0).max(1.0)).sqrt()),
        "least": round(least),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Unwatched;

    /// Writes some X-rays, dark ovals on grey, and their masks.
    fn write(folder: &Path, count: u32) {
        for index in 0..count {
            let picture = |inside: u8, outside: u8| {
                image::GrayImage::from_fn(64, 64, |x, y| {
                    let (x, y) = (f64::from(x) - f64::from(index % 4), f64::from(y));
                    let oval = |centre: f64| ((x - centre) / 9.0).hypot((y - 32.0) / 18.0) < 1.0;
                    image::Luma([if oval(18.0) || oval(46.0) { inside } else { outside }])
                })
            };
            let class = folder.join(if index % 2 == 0 { "images/NORMAL" } else { "images/PNEUMONIA" });
            std::fs::create_dir_all(&class).unwrap();
            std::fs::create_dir_all(folder.join("masks")).unwrap();
            picture(60, 170).save(class.join(format!("IM-{index:04}-0001.png"))).unwrap();
            picture(255, 127).save(folder.join("masks").join(format!("IM-{index:04}-0001.png"))).unwrap();
        }
    }

    fn training(folder: &Path) -> LungTraining {
        LungTraining {
            images: folder.join("images"),
            masks: folder.join("masks"),
            out: folder.join("out"),
            folds: 2,
            epochs: 1,
            seed: 3,
            threads: 1,
        }
    }

    #[test]
    fn what_is_written_loads_and_what_does_not_fit_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), 34);
        std::fs::remove_file(folder.path().join("images/NORMAL/IM-0000-0001.png")).unwrap();
        std::fs::write(folder.path().join("masks/IM-0001-0001.png"), b"no picture").unwrap();
        let report = training(folder.path()).run(&Unwatched).unwrap();
        assert_eq!(report.left_out.len(), 2, "{:?}", report.left_out);
        assert_eq!((&report.metrics["images"], &report.metrics["patients"]), (&json!(32), &json!(32)));
        let at = &report.metrics["dice"]["at_224_px"];
        assert_eq!((&at["all"]["images"], at["folds"].as_array().unwrap().len()), (&json!(32), 2));
        assert!(at["classes"]["PNEUMONIA"]["mean"].as_f64().is_some_and(|mean| (0.0..=1.0).contains(&mean)));
        assert!(LungNet::load(&report.checkpoint, Device::Cpu).is_ok());
        let card = std::fs::read_to_string(folder.path().join("out/README.md")).unwrap();
        assert!(card.contains("not for diagnosis") && card.contains("CC BY 4.0"), "{card}");
    }

    #[test]
    fn masks_are_read_as_white_is_lung() {
        let mask = GrayImage::new(2, 2, vec![0, 127, 128, 255]);
        assert_eq!(binary(&mask).pixels, [0, 0, 255, 255]);
    }

    #[test]
    fn folders_without_pairs_are_an_error() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), 2);
        let error = training(folder.path()).run(&Unwatched).unwrap_err();
        assert!(error.to_string().contains("fewer than one batch"), "{error}");
    }

    #[test]
    fn the_summary_by_hand() {
        assert_eq!(summary(&[0.9, 1.0]), json!({ "images": 2, "mean": 0.95, "sd": 0.0707, "least": 0.9 }));
    }
}
