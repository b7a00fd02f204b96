//! The one-line scores on real images reach what is known about them.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

use neuroscan::domain::Unwatched;
use neuroscan::evaluation::auroc;
use neuroscan::imaging::{preprocess, read_image};
use neuroscan::scoring::{Baseline, BaselineImages, Baselines};
use rayon::prelude::*;

/// The same images, plain and equalised.
#[derive(Default)]
struct Images {
    plain: Vec<u8>,
    equalised: Vec<u8>,
}

impl Images {
    /// Every `step`-th image file of a folder, from the `first`.
    fn read(folder: &Path, first: usize, step: usize) -> Self {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let chosen: Vec<PathBuf> = paths.into_iter().skip(first).step_by(step).collect();
        let both: Vec<_> = chosen
            .par_iter()
            .map(|path| {
                let image = read_image(path).unwrap().image;
                (preprocess(&image, Baselines::PLAIN).pixels, preprocess(&image, Baselines::EQUALISED).pixels)
            })
            .collect();
        let mut images = Self::default();
        for (plain, equalised) in both {
            images.plain.extend(plain);
            images.equalised.extend(equalised);
        }
        images
    }

    fn both(&self) -> BaselineImages<'_> {
        BaselineImages { plain: &self.plain, equalised: &self.equalised }
    }
}

#[test]
fn baselines_reach_their_known_auroc() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/chest_xray");
    if !root.is_dir() {
        eprintln!("skipped: the chest_xray data set is not at ../shared/data/chest_xray");
        return;
    }
    // A third of the healthy training images is enough to fit 16 components.
    let (fit, validation) =
        (Images::read(&root.join("train/NORMAL"), 0, 3), Images::read(&root.join("train/NORMAL"), 1, 9));
    let (healthy, diseased) =
        (Images::read(&root.join("test/NORMAL"), 0, 1), Images::read(&root.join("test/PNEUMONIA"), 0, 1));
    let baselines = Baselines::fit(&fit.equalised, validation.both(), &Unwatched).unwrap();
    let (healthy, diseased) =
        (baselines.scores(healthy.both(), &Unwatched).unwrap(), baselines.scores(diseased.both(), &Unwatched).unwrap());
    // On the full test set: 0.866, 0.885, 0.913. Here 99 + 193 images, so a standard error of about 0.02.
    for (baseline, known) in Baseline::ALL.into_iter().zip([0.866, 0.885, 0.913]) {
        let scores = [healthy.of(baseline), diseased.of(baseline)].concat();
        let positive: Vec<bool> = (0..scores.len()).map(|index| index >= healthy.of(baseline).len()).collect();
        let measured = auroc(&scores, &positive).unwrap();
        let central = auroc(&[healthy.central(baseline), diseased.central(baseline)].concat(), &positive).unwrap();
        eprintln!("{}: {measured:.3}, central {central:.3}", baseline.slug());
        assert!((measured - known).abs() < 0.04, "{}: {measured:.3}, known {known:.3}", baseline.slug());
    }
}
