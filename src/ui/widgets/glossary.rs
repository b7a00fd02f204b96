//! What the terms on screen mean, for tooltips. One sentence or two each.

use egui::Response;

const TERMS: &[(&str, &str)] = &[
    (
        "AUROC",
        "Area under the ROC curve: the chance that a diseased image scores higher than a healthy one. 0.5 is guessing, 1 is perfect.",
    ),
    (
        "AUPRC",
        "Area under the precision–recall curve. Its floor is the share of diseased images, so compare it on the same data only.",
    ),
    (
        "AUPRO",
        "Area under the per-region overlap curve up to 30 % false positives: how much of each lesion the map covers.",
    ),
    (
        "Pixel AUROC",
        "The chance that a pixel in a lesion is brighter on the map than one outside, over all pixels of all images.",
    ),
    (
        "Pixel AP",
        "Average precision over pixels: how many of the brightest pixels are lesion. By chance, the share of lesion pixels.",
    ),
    (
        "Untrained",
        "Rank correlation with maps of the same network with random weights (Adebayo et al. 2018). Near 1, the map shows the image rather than what was learned.",
    ),
    ("Accuracy", "Share of all images called correctly at the threshold. Depends on how many are diseased."),
    ("F1", "Harmonic mean of precision and sensitivity at the threshold."),
    ("Sensitivity", "Share of diseased images called unusual at the threshold."),
    ("Specificity", "Share of healthy images called healthy at the threshold."),
    (
        "PPV",
        "Positive predictive value: share of images called unusual that are diseased. Depends on how many are diseased.",
    ),
    (
        "NPV",
        "Negative predictive value: share of images called healthy that are healthy. Depends on how many are diseased.",
    ),
    ("Prevalence", "Share of images that are diseased. PPV and NPV depend on it; sensitivity and specificity do not."),
    (
        "ECE",
        "Expected calibration error: mean distance between predicted and observed share, over 15 bins weighted by images (Guo et al. 2017).",
    ),
    ("MCE", "Maximum calibration error: the largest distance between predicted and observed share in a bin."),
    (
        "Brier",
        "Mean squared distance between probability and outcome: reliability − resolution + uncertainty (Murphy 1973). 0 is perfect.",
    ),
    ("Reliability", "Mean squared distance between predicted and observed share, over bins. Smaller is better."),
    ("Resolution", "How far the observed share differs between bins. Larger is better."),
    ("Uncertainty", "Variance of the outcome: what any prediction is up against. Depends on the prevalence alone."),
    ("95 % CI", "95 % confidence interval: a range made so that it contains the true value in 95 of 100 repetitions."),
    ("DeLong", "DeLong's test compares the AUROC of two scores on the same images (DeLong et al. 1988)."),
    ("Holm", "Holm's correction keeps the chance of any false alarm among several tests at the nominal level."),
    ("McNemar", "McNemar's exact test compares the calls of two models at their thresholds on the same images."),
    (
        "Conformal p",
        "Share of held-out healthy images that score at least as high, (1 + count) / (n + 1). Small means unusual.",
    ),
    ("σ", "Distance from the mean of held-out healthy scores, in their standard deviations."),
    ("Threshold", "Scores above it are called unusual."),
    (
        "Optimistic",
        "Chosen on the same labelled images it is reported on, so it looks better than it would on new ones.",
    ),
    (
        "Validation",
        "Healthy training images of patients the networks never saw: for thresholds, calibration and early stopping.",
    ),
    (
        "Development",
        "Diseased images of the training folder. Never fitted; for choosing designs without touching the test set.",
    ),
    ("Test", "For reporting only. Nothing is chosen on it."),
    (
        "Development AUROC",
        "Held-out healthy images against diseased images of the training folder. The test set is not touched.",
    ),
    ("Reconstruction error", "Mean squared difference between image and reconstruction, per pixel."),
    ("KL", "Kullback–Leibler divergence of the latent distribution from a standard normal one."),
    (
        "Map",
        "Difference between image and reconstruction: its root mean square around each pixel (another residual, where the score is one). 0 is a typical healthy pixel, 1 the 99.9th percentile of healthy pixels.",
    ),
    (
        "Pointing game",
        "Share of maps whose highest pixel lies in a box that people drew around a finding (Zhang et al. 2018); without tolerance.",
    ),
    ("IoU", "Intersection over union: pixels that are both marked and in a box, as a share of those that are either."),
    (
        "Chance in lungs",
        "How often a pixel anywhere in the image's own lungs would lie in a box: only what goes beyond is knowledge of the finding.",
    ),
    (
        "By chance",
        "What pixels anywhere in the image would reach: one for pointing, as many as the map marks for the IoU.",
    ),
    (
        "CLAHE",
        "Contrast-limited adaptive histogram equalisation (Zuiderveld 1994), applied before training and scoring alike.",
    ),
    ("Window", "Range of grey values shown from black to white. Changes the display only."),
    ("Level", "Middle of the range of grey values shown. Changes the display only."),
    ("Calibration", "How well predicted probabilities match observed frequencies."),
    ("Latent", "The numbers an image is squeezed through between encoder and decoder."),
    (
        "Loss",
        "What learning lowers: the squared error per pixel, one minus the structural similarity (SSIM, Wang et al. 2004), or the squared error of pixels and of the features of a fixed random network.",
    ),
    ("Codebook", "The learned vocabulary of a VQ-VAE: each token of an image is replaced by the nearest entry."),
    ("Epoch", "One pass over all training images."),
    ("Batch", "Images that are learned from together in one step."),
    ("Learning rate", "Size of a learning step. Too high diverges, too low takes long."),
    (
        "One-cycle",
        "The learning rate rises over the first 30 % of all steps, then falls on a cosine (Smith and Topin 2018).",
    ),
];

/// The definition of a term, whatever its case.
pub fn define(term: &str) -> Option<&'static str> {
    TERMS.iter().find(|(name, _)| name.eq_ignore_ascii_case(term)).map(|(_, meaning)| *meaning)
}

/// Shows a term's definition on hover.
pub fn explain(response: Response, term: &str) -> Response {
    match define(term) {
        Some(meaning) => response.on_hover_text(meaning),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_found_in_any_case_and_end_like_sentences() {
        assert!(define("auroc").is_some());
        assert!(define("no such term").is_none());
        for (name, meaning) in TERMS {
            assert!(meaning.ends_with('.'), "{name}");
            assert_eq!(define(name), Some(*meaning), "{name} is defined twice");
        }
    }
}
