//! What tells the classes apart without a lung being looked at: size, file, format, brightness, sharpness, the border.

use std::collections::BTreeMap;

use super::features::Features;
use super::finding;
use super::separation::{Measure, Strongest, strongest, table};
use super::wording::{auroc, percent};
use crate::dataset::OpenDataSet;
use crate::domain::{DataSetSummary, Finding, Label, Sample, Severity};

/// A difference in formats that lets one guess the class so often, with the classes equally frequent, is worth a word.
const FORMAT_TELLS: f64 = 0.60;

/// What is said of a group of measures.
struct Topic {
    /// When the classes differ by it, and when they do not.
    titles: [&'static str; 2],
    /// Follows the sentence with the strongest measure.
    consequence: &'static str,
    measures: Vec<Measure>,
}

/// All differences between the classes; nothing where one class is missing or too small.
pub(super) fn findings(data: &OpenDataSet, features: &[Features]) -> Vec<Finding> {
    let summary = data.summary();
    let findings = [
        size(summary),
        describe(summary, &sharpness(features)),
        describe(summary, &exposure(features)),
        describe(summary, &ring(features)),
        file_size(summary),
        format(data),
    ];
    findings.into_iter().flatten().collect()
}

fn describe(summary: &DataSetSummary, topic: &Topic) -> Option<Finding> {
    let Strongest { measure, separation, place, chosen_on } = strongest(summary, &topic.measures)?;
    let severity = separation.severity();
    let differs = severity != Severity::Fine;
    let explanation = if differs {
        let word = measure.words[usize::from(separation.auroc > 0.5)];
        format!("Diseased {} are {word}. {}", place.images(), topic.consequence)
    } else if separation.may_be_chance() {
        format!("{}: no more difference between {} than chance would make.", measure.name, place.images())
    } else {
        format!("{}: only a weak difference between {}.", measure.name, place.images())
    };
    let title = topic.titles[usize::from(!differs)];
    let mut finding = finding(severity, title, auroc(separation.strength()), explanation);
    finding.details = table(summary, &topic.measures);
    if topic.measures.len() > 1 {
        let how = if chosen_on == place { "here, which flatters it" } else { "on the training folder" };
        finding.details.push(format!("{} was singled out of {} {how}.", measure.name, topic.measures.len()));
    }
    Some(finding)
}

fn of_samples(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> Vec<f64> {
    samples.iter().map(value).collect()
}

fn pixels(sample: &Sample) -> f64 {
    f64::from(sample.width) * f64::from(sample.height)
}

fn size(summary: &DataSetSummary) -> Option<Finding> {
    let samples = &summary.samples;
    let first = samples.first()?;
    if samples.iter().all(|sample| (sample.width, sample.height) == (first.width, first.height)) {
        return Some(finding(
            Severity::Fine,
            "All images have one size",
            format!("{} × {}", first.width, first.height),
            "Size and shape say nothing about the label.".to_owned(),
        ));
    }
    let topic = Topic {
        titles: ["Image size gives the label away", "Image size says little about the label"],
        consequence: "Every image becomes a square of one size, so models see it only as stretching.",
        measures: vec![
            Measure {
                name: "Height",
                unit: "px",
                words: ["lower", "higher"],
                values: of_samples(samples, |sample| f64::from(sample.height)),
            },
            Measure {
                name: "Width",
                unit: "px",
                words: ["narrower", "wider"],
                values: of_samples(samples, |sample| f64::from(sample.width)),
            },
            Measure {
                name: "Aspect ratio",
                unit: "",
                words: ["taller in shape", "wider in shape"],
                values: of_samples(samples, |sample| f64::from(sample.width) / f64::from(sample.height.max(1))),
            },
        ],
    };
    describe(summary, &topic)
}

fn file_size(summary: &DataSetSummary) -> Option<Finding> {
    let topic = Topic {
        titles: ["File size gives the label away", "File size says little about the label"],
        consequence: "No model sees files, but the classes were not stored alike.",
        measures: vec![Measure {
            name: "Bytes per pixel",
            unit: "",
            words: ["compressed more", "compressed less"],
            values: of_samples(&summary.samples, |sample| sample.file_bytes as f64 / pixels(sample).max(1.0)),
        }],
    };
    let mut finding = describe(summary, &topic)?;
    // No model can use it, so it is no worse than a note.
    finding.severity = finding.severity.max(Severity::Note);
    Some(finding)
}

fn values(features: &[Features], value: impl Fn(&Features) -> f64) -> Vec<f64> {
    features.iter().map(value).collect()
}

fn sharpness(features: &[Features]) -> Topic {
    Topic {
        titles: ["Sharpness tells the classes apart", "Sharpness says little about the label"],
        consequence: "It takes no network to see: a model has to beat this figure.",
        measures: vec![Measure {
            name: "Mean gradient at 64 px",
            unit: "",
            words: ["less sharp", "sharper"],
            values: values(features, |image| image.whole.sharpness),
        }],
    }
}

fn exposure(features: &[Features]) -> Topic {
    Topic {
        titles: ["Exposure differs between the classes", "Exposure says little about the label"],
        consequence: "Scores may follow exposure rather than disease.",
        measures: vec![
            Measure {
                name: "Mean brightness",
                unit: "",
                words: ["darker", "brighter"],
                values: values(features, |image| image.whole.brightness),
            },
            Measure {
                name: "Contrast",
                unit: "",
                words: ["poorer in contrast", "richer in contrast"],
                values: values(features, |image| image.whole.contrast),
            },
        ],
    }
}

fn ring(features: &[Features]) -> Topic {
    Topic {
        titles: ["Outer ring separates the classes", "Outer ring says little about the label"],
        consequence: "Read the central score beside the full one.",
        measures: vec![
            Measure {
                name: "Brightness of the ring",
                unit: "",
                words: ["darker at the border", "brighter at the border"],
                values: values(features, |image| image.ring.brightness),
            },
            Measure {
                name: "Contrast of the ring",
                unit: "",
                words: ["poorer in contrast at the border", "richer in contrast at the border"],
                values: values(features, |image| image.ring.contrast),
            },
            Measure {
                name: "Sharpness of the ring",
                unit: "",
                words: ["less sharp at the border", "sharper at the border"],
                values: values(features, |image| image.ring.sharpness),
            },
        ],
    }
}

/// How often one could guess the class from the kind of file, were both classes equally frequent.
fn format(data: &OpenDataSet) -> Option<Finding> {
    let mut kinds: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut totals = [0usize; 2];
    for (index, sample) in data.summary().samples.iter().enumerate() {
        let Some(label) = sample.label else { continue };
        let class = usize::from(label == Label::Diseased);
        kinds.entry(data.kind(index)).or_default()[class] += 1;
        totals[class] += 1;
    }
    if kinds.len() < 2 || totals.contains(&0) {
        return None;
    }
    let share = |counts: &[usize; 2], class: usize| counts[class] as f64 / totals[class] as f64;
    // Half of one plus the total variation distance.
    let guessed: f64 = kinds.values().map(|counts| share(counts, 0).max(share(counts, 1))).sum::<f64>() / 2.0;
    if guessed < FORMAT_TELLS {
        return None;
    }
    let mut finding = finding(
        Severity::Caution,
        "File format gives the label away",
        format!("{} guessed", percent(guessed)),
        "So many of healthy and diseased images in equal number are told apart by format and depth alone.".to_owned(),
    );
    finding.details = kinds
        .iter()
        .map(|(kind, counts)| {
            format!(
                "{kind}: {} of the healthy, {} of the diseased",
                percent(share(counts, 0)),
                percent(share(counts, 1))
            )
        })
        .collect();
    Some(finding)
}
