//! Figures fit for a paper: white ground, Inter, the colours that models have on screen.

mod canvas;
mod curves;
mod heatmaps;
mod reliability;
mod scores;
mod subgroups;

use plotters::style::RGBColor;

use super::NOTICE;
use super::rows::test_counts;
use crate::domain::{Benchmark, BenchmarkEntry, EntryKind, ThresholdRule};
use crate::error::Result;
use crate::evaluation::Grouping;

/// The light theme's colours of models, by `ModelKind::series`; a test of the command line holds them equal.
pub const SERIES: [[u8; 3]; 11] = [
    [0x2B, 0x8C, 0xC4],
    [0xB8, 0x7B, 0x00],
    [0x00, 0x87, 0x5F],
    [0xB4, 0x58, 0x8C],
    [0x8C, 0x82, 0x00],
    [0xC4, 0x52, 0x00],
    [0x00, 0x5A, 0x8C],
    [0x6B, 0x4B, 0xC8],
    [0x55, 0x7A, 0x12],
    [0xA8, 0x3A, 0x4E],
    [0x00, 0x7C, 0x85],
];

const INK: RGBColor = RGBColor(0x14, 0x19, 0x1F);
const MUTED: RGBColor = RGBColor(0x52, 0x60, 0x6E);
const GRID: RGBColor = RGBColor(0xE3, 0xE8, 0xED);
const HEALTHY: RGBColor = RGBColor(0x9A, 0xA6, 0xB2);

const LONGEST_NAME: usize = 25;

/// Baselines are drawn dashed, in these greys in turn.
const BASELINES: [RGBColor; 3] = [RGBColor(0x52, 0x60, 0x6E), RGBColor(0x7D, 0x8A, 0x97), RGBColor(0x9A, 0xA6, 0xB2)];

/// All figures as SVG and PNG, by file name.
pub(super) fn all(
    benchmark: &Benchmark,
    groupings: &[Grouping],
    rule: ThresholdRule,
) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let (roc, pr) = (curves::Curves::roc(benchmark), curves::Curves::precision_recall(benchmark));
    let scores = scores::Scores::new(benchmark, rule);
    let reliability = reliability::ReliabilityDiagrams::new(benchmark);
    let subgroups = subgroups::Forest::new(benchmark, groupings, rule);
    let mut figures = vec![
        ("roc.svg", canvas::svg(&roc)?),
        ("roc.png", canvas::png(&roc)?),
        ("pr.svg", canvas::svg(&pr)?),
        ("pr.png", canvas::png(&pr)?),
        ("scores.svg", canvas::svg(&scores)?),
        ("scores.png", canvas::png(&scores)?),
        ("reliability.svg", canvas::svg(&reliability)?),
        ("reliability.png", canvas::png(&reliability)?),
        ("subgroups.svg", canvas::svg(&subgroups)?),
        ("subgroups.png", canvas::png(&subgroups)?),
    ];
    if let Some(measured) = benchmark.heatmaps.as_deref() {
        let overlaps = heatmaps::Overlaps::new(measured);
        figures.extend([("heatmaps.svg", canvas::svg(&overlaps)?), ("heatmaps.png", canvas::png(&overlaps)?)]);
    }
    Ok(figures)
}

/// How an entry is drawn in every figure.
#[derive(Clone, Copy)]
struct Look {
    colour: RGBColor,
    dashed: bool,
    /// Later runs of the same architecture are fainter.
    strength: f64,
}

fn looks(entries: &[BenchmarkEntry]) -> Vec<Look> {
    let before = |index: usize| entries[..index].iter().filter(|entry| entry.kind == entries[index].kind).count();
    (0..entries.len())
        .map(|index| match entries[index].kind {
            EntryKind::Model(architecture) => {
                let [red, green, blue] = SERIES[architecture.series() % SERIES.len()];
                let strength = [1.0, 0.65, 0.45][before(index).min(2)];
                Look { colour: RGBColor(red, green, blue), dashed: false, strength }
            }
            EntryKind::Baseline => {
                Look { colour: BASELINES[before(index) % BASELINES.len()], dashed: true, strength: 1.0 }
            }
        })
        .collect()
}

/// A name that fits beside its figures.
fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    name.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

/// What the images are, and what the figure is not for.
fn footer(benchmark: &Benchmark) -> String {
    let (healthy, diseased) = test_counts(benchmark);
    format!(
        "{}: {healthy} healthy, {diseased} diseased test images · NeuroScan {} · {NOTICE}",
        benchmark.data_name,
        env!("CARGO_PKG_VERSION")
    )
}
