//! What painted lesions say about maps: a part of `metrics.json`, `heatmaps.csv` and `heatmaps.tex`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::NOTICE;
use super::tables::{escaped, unwritable};
use crate::domain::{EntryKind, HeatmapEntry, Heatmaps, Interval, PixelFigures};
use crate::error::Result;
use crate::evaluation::{AUPRO_LIMIT, PIXEL_RESAMPLES};

/// Stands with every figure of painted lesions.
pub(super) const SYNTHETIC: &str = "Lesions are synthetic, painted onto healthy test images";

/// For `metrics.json`.
pub(super) fn json(heatmaps: &Heatmaps) -> Value {
    json!({
        "lesions": SYNTHETIC,
        "caution": heatmaps.caution(),
        "images": heatmaps.images,
        "seed": heatmaps.seed,
        "aupro_fpr_limit": AUPRO_LIMIT,
        "intervals": format!("95 %: bootstrap over images with {PIXEL_RESAMPLES} resamples"),
        "took_s": heatmaps.took_secs,
        "entries": heatmaps.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(entry: &HeatmapEntry) -> Value {
    let by_lesion = entry.by_lesion.iter().map(|figures| {
        let mut value = pixels(&figures.pixels);
        value["image_auroc"] = json!(figures.image_auroc);
        (figures.lesion.slug().to_owned(), value)
    });
    json!({
        "name": entry.name,
        "id": entry.id,
        "arch": arch(entry),
        "all": pixels(&entry.all),
        "by_lesion": Value::Object(by_lesion.collect::<Map<_, _>>()),
        "healthy_pixels_above_1": entry.healthy_above_one,
        "untrained_network": entry.sanity.map(|sanity| json!({
            "spearman": sanity.spearman,
            "pearson": sanity.pearson,
            "ssim": sanity.ssim,
            "pixel_auroc": sanity.untrained_auroc,
        })),
    })
}

fn pixels(figures: &PixelFigures) -> Value {
    let ends = |interval: Interval| [interval.low, interval.high];
    json!({
        "pixel_auroc": figures.auroc.value,
        "pixel_auroc_ci": ends(figures.auroc),
        "pixel_ap": figures.average_precision.value,
        "pixel_ap_ci": ends(figures.average_precision),
        "aupro": figures.aupro.value,
        "aupro_ci": ends(figures.aupro),
        "lesion_pixels": figures.lesion_share,
    })
}

fn arch(entry: &HeatmapEntry) -> Option<&'static str> {
    match entry.kind {
        EntryKind::Model(architecture) => Some(architecture.slug()),
        EntryKind::Baseline => None,
    }
}

/// One line a model and kind of lesion; `all` is over all kinds together.
pub(super) fn csv(heatmaps: &Heatmaps) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table
        .write_record([
            "name",
            "id",
            "lesion",
            "pixel_auroc",
            "pixel_auroc_low",
            "pixel_auroc_high",
            "pixel_ap",
            "pixel_ap_low",
            "pixel_ap_high",
            "aupro",
            "aupro_low",
            "aupro_high",
            "lesion_pixels",
            "image_auroc",
            "healthy_pixels_above_1",
            "untrained_spearman",
            "untrained_pearson",
            "untrained_ssim",
            "untrained_pixel_auroc",
            "notice",
        ])
        .map_err(unwritable)?;
    let figure = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for entry in &heatmaps.entries {
        let all = std::iter::once(("all", &entry.all, None));
        let kinds = entry.by_lesion.iter().map(|kind| (kind.lesion.slug(), &kind.pixels, kind.image_auroc));
        for (lesion, pixels, image_auroc) in all.chain(kinds) {
            let mut record = vec![entry.name.clone(), entry.id.clone(), lesion.to_owned()];
            for interval in [pixels.auroc, pixels.average_precision, pixels.aupro] {
                record.extend([interval.value, interval.low, interval.high].map(|value| value.to_string()));
            }
            let sanity = entry.sanity;
            record.extend([pixels.lesion_share.to_string(), figure(image_auroc), figure(entry.healthy_above_one)]);
            record.extend([
                figure(sanity.map(|sanity| sanity.spearman)),
                figure(sanity.map(|sanity| sanity.pearson)),
                figure(sanity.map(|sanity| sanity.ssim)),
                figure(sanity.map(|sanity| sanity.untrained_auroc)),
                NOTICE.to_owned(),
            ]);
            table.write_record(record).map_err(unwritable)?;
        }
    }
    table.into_inner().map_err(unwritable)
}

/// A table to paste into a paper: needs the package booktabs.
pub(super) fn latex(heatmaps: &Heatmaps) -> String {
    let kinds: Vec<&str> = heatmaps
        .entries
        .first()
        .map_or_else(Vec::new, |entry| entry.by_lesion.iter().map(|kind| kind.lesion.name()).collect());
    let mut text = format!(
        "% NeuroScan {}. {NOTICE}.\n% {SYNTHETIC} ({} images). AUPRO up to a false-positive rate of {AUPRO_LIMIT}.\n\
         \\begin{{tabular}}{{lrrr{}r}}\n\\toprule\n\
         & Pixel AUROC (95\\,\\% CI) & Pixel AP & AUPRO (95\\,\\% CI) & \\multicolumn{{{}}}{{c}}{{AUPRO by lesion}} & Untrained \\\\\n\
         & & & & {} & $\\rho$ \\\\\n\\midrule\n",
        env!("CARGO_PKG_VERSION"),
        heatmaps.images,
        "r".repeat(kinds.len()),
        kinds.len().max(1),
        kinds.join(" & "),
    );
    let with_ends = |interval: Interval| format!("{:.3} ({:.3}--{:.3})", interval.value, interval.low, interval.high);
    for entry in &heatmaps.entries {
        let by_lesion: Vec<String> =
            entry.by_lesion.iter().map(|kind| format!("{:.3}", kind.pixels.aupro.value)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} & {} & {:.3} & {} & {} & {} \\\\",
            escaped(&entry.name),
            with_ends(entry.all.auroc),
            entry.all.average_precision.value,
            with_ends(entry.all.aupro),
            by_lesion.join(" & "),
            entry.sanity.map_or("--".to_owned(), |sanity| format!("{:.2}", sanity.spearman)),
        );
    }
    text.push_str("\\bottomrule\n\\end{tabular}\n% Untrained: rank correlation with maps of the same network with random weights.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures;

    #[test]
    fn the_table_has_a_line_a_model_and_lesion() {
        let heatmaps = fixtures::heatmaps();
        let bytes = csv(&heatmaps).unwrap();
        let mut table = csv::Reader::from_reader(&bytes[..]);
        let rows: Vec<csv::StringRecord> = table.records().map(|record| record.unwrap()).collect();
        assert_eq!(rows.len(), 5 * 5);
        assert_eq!((&rows[0][2], &rows[1][2]), ("all", "soft_opacity"));
        assert_eq!(rows[0][3].parse::<f64>().unwrap(), heatmaps.entries[0].all.auroc.value);
        assert_eq!(&rows[24][15], "", "the baseline has no untrained network");
    }

    #[test]
    fn json_and_latex_say_that_lesions_are_synthetic() {
        let heatmaps = fixtures::heatmaps();
        let value = json(&heatmaps);
        assert_eq!(value["images"], 60);
        let first = &value["entries"][0];
        assert_eq!(first["by_lesion"]["nodule"]["aupro"], heatmaps.entries[0].by_lesion[2].pixels.aupro.value);
        assert!(value["lesions"].as_str().unwrap().contains("synthetic"));
        let text = latex(&heatmaps);
        assert!(text.contains("synthetic") && text.contains("Image brightness"), "{text}");
        assert_eq!(text.lines().filter(|line| line.ends_with("\\\\")).count(), 2 + 5);
        assert!(value["caution"].is_null());
        let elsewhere = Heatmaps { chest: Some(false), ..heatmaps.clone() };
        assert!(json(&elsewhere)["caution"].as_str().unwrap().contains("where the lungs would be"));
        let nothing = Heatmaps { entries: Vec::new(), ..heatmaps };
        assert!(latex(&nothing).contains("\\begin{tabular}"));
    }
}
