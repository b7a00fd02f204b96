//! From scores to a whole benchmark.

use rayon::prelude::*;

use super::{
    BOOTSTRAP_RESAMPLES, CallTest, Comparison, DeLong, Steps, auroc, bootstrap, call_tests, holm, shift,
    threshold_sigma, verdict,
};
use crate::domain::{
    Benchmark, BenchmarkCase, BenchmarkEntry, BoxFigures, Calibration, EntryKind, Label, LungShares, PairedTest, Split,
    SplitCounts, ThresholdRule, Watch, auroc_between,
};
use crate::error::{Error, Result};

/// Fewer test images than this in a class are few: a share's 95 % interval is then up to ±10 points wide.
const FEW_TEST_IMAGES: usize = 100;

/// Fewer validation normals than this leave the 95th percentile to the two or three highest of them.
const FEW_VALIDATION_IMAGES: usize = 60;

/// Same data, same intervals.
const BOOTSTRAP_SEED: u64 = 7;

/// One detector's scores and what is known about it.
#[derive(Clone, Debug)]
pub struct EntryInput {
    pub name: String,
    /// Run folder's name, or the baseline's slug; unique in a benchmark.
    pub id: String,
    pub kind: EntryKind,
    pub score_description: String,
    pub parameters: Option<u64>,
    pub training_secs: Option<f64>,
    pub training_cpu_secs: Option<f64>,
    /// `None` where it was not timed.
    pub ms_per_image: Option<f64>,
    pub calibration: Calibration,
    /// One a case of `BenchmarkInput::cases`, in its order.
    pub test_scores: Vec<f64>,
    /// How far the networks of an ensemble disagree about each case, in standard deviations of healthy images.
    pub test_spreads: Option<Vec<f64>>,
    /// One a case of `BenchmarkInput::held_out`, in its order.
    pub held_out_scores: Vec<f64>,
    /// Test scores within the central 70 % only, where the score has a map.
    pub central_test_scores: Option<Vec<f64>>,
    /// How much of its maps lies in the lungs, where that is known.
    pub lungs: Option<LungShares>,
    /// How well its maps find boxes around findings, where there are any.
    pub boxes: Option<BoxFigures>,
}

/// What was scored, by whom, and when.
#[derive(Clone, Debug)]
pub struct BenchmarkInput {
    pub data_name: String,
    pub split: SplitCounts,
    /// Test images, healthy and diseased.
    pub cases: Vec<BenchmarkCase>,
    /// Validation normals and development images.
    pub held_out: Vec<BenchmarkCase>,
    /// Models in the order chosen, then baselines.
    pub entries: Vec<EntryInput>,
    pub finished_unix_secs: i64,
    pub took_secs: f64,
    /// Warnings that only the caller can know (models trained on other data, test images seen in training).
    pub cautions: Vec<String>,
    /// What is good to know and doubts no figure; comes last.
    pub notes: Vec<String>,
}

/// Works out every figure of a benchmark. About a tenth of a second an entry for 624 images.
///
/// # Errors
/// When a class is missing among the test images, an entry's scores are not one a case, or a score is not a finite
/// number; the message names the entry and the image. `Error::Cancelled` when told to stop.
pub fn assemble(input: BenchmarkInput, watch: &dyn Watch) -> Result<Benchmark> {
    let BenchmarkInput { data_name, split, cases, held_out, entries, finished_unix_secs, took_secs, cautions, notes } =
        input;
    check(&cases, &held_out, &entries)?;
    let positive: Vec<bool> = cases.iter().map(|case| case.label == Label::Diseased).collect();
    let total = entries.len() as u64;
    let mut measured = Vec::with_capacity(entries.len());
    for (done, entry) in (0..).zip(entries) {
        if watch.cancelled() {
            return Err(Error::Cancelled);
        }
        watch.progress("Working out intervals", done, total);
        measured.push(measure(entry, &cases, &held_out, &positive)?);
    }
    let paired = paired_tests(&measured, &cases, &positive);
    let cautions = [cautions, cautions_about(&measured, &cases), notes].concat();
    watch.progress("Working out intervals", total, total);
    Ok(Benchmark {
        verdict: verdict(&measured, &paired),
        data_name,
        split,
        cases,
        held_out,
        entries: measured,
        paired,
        finished_unix_secs,
        took_secs,
        cautions,
        heatmaps: None,
        elsewhere: Vec::new(),
    })
}

/// A row of a benchmark that is changed.
#[derive(Clone, Debug)]
pub enum Row {
    /// One that it has, by its id.
    Known(String),
    New(Box<EntryInput>),
}

/// A benchmark with other models' rows, its baselines kept. Only new rows are measured, about a tenth of a second each.
///
/// # Errors
/// As [`assemble`], of a new row; when a known one is not there.
pub fn with_rows(benchmark: &Benchmark, rows: Vec<Row>) -> Result<Benchmark> {
    let Benchmark { cases, held_out, entries, .. } = benchmark;
    let positive: Vec<bool> = cases.iter().map(|case| case.label == Label::Diseased).collect();
    let mut measured: Vec<BenchmarkEntry> = Vec::with_capacity(rows.len() + entries.len());
    for row in rows {
        let entry = match row {
            Row::Known(id) => {
                let known = entries.iter().find(|entry| entry.id == id).cloned();
                known.ok_or_else(|| Error::Other(format!("{id} is not in the benchmark")))?
            }
            Row::New(input) => {
                check(cases, held_out, std::slice::from_ref(&input))?;
                measure(*input, cases, held_out, &positive)?
            }
        };
        if measured.iter().any(|other| other.id == entry.id) {
            return Err(Error::Other(format!("{} is in the benchmark twice", entry.id)));
        }
        measured.push(entry);
    }
    measured.extend(entries.iter().filter(|entry| entry.kind == EntryKind::Baseline).cloned());
    let paired = paired_tests(&measured, cases, &positive);
    // What only the caller knew stays true; what follows from the rows is said anew.
    let followed = cautions_about(entries, cases);
    let (old, mut cautions): (Vec<String>, Vec<String>) =
        benchmark.cautions.iter().cloned().partition(|caution| followed.contains(caution));
    // Where they stood: the gravest come first.
    let place = old.first().and_then(|first| benchmark.cautions.iter().position(|caution| caution == first));
    let place = place.unwrap_or(cautions.len());
    cautions.splice(place..place, cautions_about(&measured, cases));
    Ok(Benchmark { verdict: verdict(&measured, &paired), entries: measured, paired, cautions, ..benchmark.clone() })
}

fn check(cases: &[BenchmarkCase], held_out: &[BenchmarkCase], entries: &[EntryInput]) -> Result<()> {
    let diseased = cases.iter().filter(|case| case.label == Label::Diseased).count();
    let healthy = cases.len() - diseased;
    if diseased == 0 || healthy == 0 {
        return Err(Error::Other(format!(
            "a benchmark needs healthy and diseased test images; this data set has {healthy} healthy and {diseased} diseased ones"
        )));
    }
    for entry in entries {
        let central = entry.central_test_scores.as_deref();
        let lists = [
            (Some(&entry.test_scores[..]), cases),
            (Some(&entry.held_out_scores[..]), held_out),
            (central, cases),
            (entry.test_spreads.as_deref(), cases),
        ];
        for (scores, cases) in lists.into_iter().filter_map(|(scores, cases)| Some((scores?, cases))) {
            if scores.len() != cases.len() {
                let (have, want) = (scores.len(), cases.len());
                return Err(Error::Other(format!("{} gave {have} scores for {want} images", entry.name)));
            }
            if let Some((score, case)) = scores.iter().zip(cases).find(|(score, _)| !score.is_finite()) {
                return Err(Error::Other(format!("{} gave the score {score} to {}", entry.name, case.path)));
            }
        }
        if entries.iter().filter(|other| other.id == entry.id).count() > 1 {
            return Err(Error::Other(format!("{} is in the benchmark twice", entry.id)));
        }
    }
    Ok(())
}

fn measure(
    entry: EntryInput,
    cases: &[BenchmarkCase],
    held_out: &[BenchmarkCase],
    positive: &[bool],
) -> Result<BenchmarkEntry> {
    // `check` has seen both classes and finite scores, one a case.
    let unmeasurable = || Error::Other(format!("{} cannot be measured", entry.name));
    let steps = Steps::new(&entry.test_scores, positive).ok_or_else(unmeasurable)?;
    let delong = DeLong::new(&entry.test_scores, positive).ok_or_else(unmeasurable)?;
    let resampled =
        bootstrap(&entry.test_scores, positive, BOOTSTRAP_RESAMPLES, BOOTSTRAP_SEED).ok_or_else(unmeasurable)?;

    let of_split = |wanted: Split| -> Vec<f64> {
        let scored = entry.held_out_scores.iter().zip(held_out);
        scored.filter(|(_, case)| case.split == wanted).map(|(&score, _)| score).collect()
    };
    let test_normals: Vec<f64> =
        entry.test_scores.iter().zip(cases).filter(|(_, case)| case.label == Label::Healthy).map(|(&s, _)| s).collect();
    Ok(BenchmarkEntry {
        auroc: delong.interval(),
        auroc_bootstrap: resampled.auroc,
        central_auroc: entry.central_test_scores.as_deref().and_then(|scores| auroc(scores, positive)),
        development_auroc: auroc_between(&of_split(Split::Validation), &of_split(Split::Development)),
        // The detector's own validation normals: those of this data set may be others, or none.
        shift_auroc: auroc_between(&entry.calibration.healthy_scores, &test_normals).unwrap_or(0.5),
        auprc: steps.average_precision(),
        lungs: entry.lungs,
        boxes: entry.boxes,
        roc: steps.roc(),
        roc_band: resampled.band,
        pr: steps.precision_recall(),
        sensitivity_at: [0.80, 0.90, 0.95].map(|specificity| steps.sensitivity_at_specificity(specificity)),
        name: entry.name,
        id: entry.id,
        kind: entry.kind,
        score_description: entry.score_description,
        parameters: entry.parameters,
        training_secs: entry.training_secs,
        training_cpu_secs: entry.training_cpu_secs,
        ms_per_image: entry.ms_per_image,
        calibration: entry.calibration,
        test_scores: entry.test_scores,
        test_spreads: entry.test_spreads,
        held_out_scores: entry.held_out_scores,
    })
}

/// Every pair, in the order of the entries.
fn paired_tests(entries: &[BenchmarkEntry], cases: &[BenchmarkCase], positive: &[bool]) -> Vec<PairedTest> {
    let rule = ThresholdRule::ValidationPercentile { percentile: 95.0 };
    let sigmas: Vec<f64> = entries.iter().map(|entry| threshold_sigma(rule, entry, cases)).collect();
    let prepared: Vec<Option<DeLong>> =
        entries.par_iter().map(|entry| DeLong::new(&entry.test_scores, positive)).collect();
    let test = |calls: CallTest| {
        let (first, second) = (&entries[calls.first], &entries[calls.second]);
        let compared = prepared[calls.first].as_ref().zip(prepared[calls.second].as_ref());
        // With a single image in a class nothing can be told.
        let difference = first.auroc.value - second.auroc.value;
        let untold = Comparison { difference, low: -1.0, high: 1.0, z: 0.0, p: 1.0 };
        let Comparison { difference, low, high, p, .. } = compared.and_then(|(a, b)| a.compare(b)).unwrap_or(untold);
        PairedTest {
            first: first.id.clone(),
            second: second.id.clone(),
            difference,
            difference_ci: [low, high],
            delong_p: p,
            holm_p: p,
            mcnemar_p: calls.p,
        }
    };
    let mut tests: Vec<PairedTest> = call_tests(entries, cases, &sigmas).into_iter().map(test).collect();
    let corrected = holm(&tests.iter().map(|test| test.delong_p).collect::<Vec<_>>());
    for (test, holm_p) in tests.iter_mut().zip(corrected) {
        test.holm_p = holm_p;
    }
    tests
}

fn cautions_about(entries: &[BenchmarkEntry], cases: &[BenchmarkCase]) -> Vec<String> {
    let mut cautions = Vec::new();
    let diseased = cases.iter().filter(|case| case.label == Label::Diseased).count();
    let healthy = cases.len() - diseased;
    if healthy.min(diseased) < FEW_TEST_IMAGES {
        cautions.push(format!(
            "Few test images: {healthy} healthy, {diseased} diseased. Read the intervals, not the figures."
        ));
    }
    let fewest =
        entries.iter().map(|entry| entry.calibration.healthy_scores.len()).min().unwrap_or(FEW_VALIDATION_IMAGES);
    if fewest < FEW_VALIDATION_IMAGES {
        cautions.push(format!("Few validation images: thresholds rest on {fewest} held-out healthy images."));
    }
    let shifted: Vec<&BenchmarkEntry> =
        entries.iter().filter(|entry| shift(entry, cases).is_some_and(|shift| shift.differs())).collect();
    if let Some(most) =
        shifted.iter().map(|entry| entry.shift_auroc).max_by(|a, b| (a - 0.5).abs().total_cmp(&(b - 0.5).abs()))
    {
        cautions.push(format!(
            "Test normals are unlike validation normals: {} of {} scores tell them apart (AUROC up to {most:.2}; 0.50 is alike), so specificity departs from nominal.",
            shifted.len(),
            entries.len(),
        ));
    }
    for entry in entries.iter().filter(|entry| entry.auroc.value == 0.0 || entry.auroc.value == 1.0) {
        cautions.push(format!("{} separates these images fully; DeLong's interval has no width then.", entry.name));
    }
    cautions.extend(entries.iter().filter_map(caution_about_lungs));
    cautions
}

/// A map that would not look anywhere in particular has as much in the lungs as they take up.
fn caution_about_lungs(entry: &BenchmarkEntry) -> Option<String> {
    let LungShares { diseased, area, .. } = entry.lungs?;
    let percent = |share: f64| format!("{:.0}\u{2009}%", share * 100.0);
    (diseased <= area).then(|| {
        format!(
            "{}: {} of its maps of diseased images lies in the lungs, which take up {} of the image; it may go by something else.",
            entry.name,
            percent(diseased),
            percent(area)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Unwatched;
    use crate::evaluation::fixtures::{benchmark, benchmark_of, calibration, cases};

    struct Cancelled;

    impl Watch for Cancelled {
        fn progress(&self, _stage: &str, _done: u64, _total: u64) {}

        fn cancelled(&self) -> bool {
            true
        }
    }

    fn input(healthy: u32, diseased: u32, score: impl Fn(usize) -> f64) -> BenchmarkInput {
        let (cases, held_out) = cases(healthy, diseased);
        let entry = EntryInput {
            name: "VAE".to_owned(),
            id: "vae-1".to_owned(),
            kind: EntryKind::Baseline,
            score_description: String::new(),
            parameters: None,
            training_secs: None,
            training_cpu_secs: None,
            ms_per_image: Some(1.0),
            calibration: calibration((0..201).map(f64::from).collect()),
            test_scores: (0..cases.len()).map(&score).collect(),
            held_out_scores: vec![0.0; held_out.len()],
            central_test_scores: None,
            test_spreads: None,
            lungs: None,
            boxes: None,
        };
        BenchmarkInput {
            data_name: "x".to_owned(),
            split: SplitCounts::default(),
            cases,
            held_out,
            entries: vec![entry],
            finished_unix_secs: 0,
            took_secs: 1.0,
            cautions: vec!["From the caller.".to_owned()],
            notes: vec!["To know.".to_owned()],
        }
    }

    fn error_of(input: BenchmarkInput) -> String {
        assemble(input, &Unwatched).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn bad_input_is_named() {
        assert!(error_of(input(0, 5, |_| 1.0)).contains("0 healthy and 5 diseased"));
        assert!(error_of(input(5, 0, |_| 1.0)).contains("5 healthy and 0 diseased"));
        let nan = error_of(input(2, 2, |index| if index == 1 { f64::NAN } else { 1.0 }));
        assert_eq!(nan, "VAE gave the score NaN to test/NORMAL/IM-0001.jpeg");
        let mut short = input(2, 2, |_| 1.0);
        short.entries[0].test_scores.pop();
        assert_eq!(error_of(short), "VAE gave 3 scores for 4 images");
        let mut twice = input(2, 2, |_| 1.0);
        twice.entries.push(twice.entries[0].clone());
        assert_eq!(error_of(twice), "vae-1 is in the benchmark twice");
        assert!(matches!(assemble(input(2, 2, |_| 1.0), &Cancelled), Err(Error::Cancelled)));
    }

    #[test]
    fn equal_scores_and_single_images_are_defined() {
        let flat = assemble(input(3, 3, |_| 1.0), &Unwatched).unwrap();
        assert_eq!((flat.entries[0].auroc.value, flat.entries[0].auprc), (0.5, 0.5));
        let single = assemble(input(1, 1, |index| index as f64), &Unwatched).unwrap();
        assert_eq!((single.entries[0].auroc.low, single.entries[0].auroc.high), (0.0, 1.0));
        assert!(single.paired.is_empty());
    }

    #[test]
    fn every_figure_of_an_entry_by_hand() {
        // Healthy 1, 2, 3; diseased 2, 4, 5.
        let mut small = input(3, 3, |index| [1.0, 2.0, 3.0, 2.0, 4.0, 5.0][index]);
        small.held_out.truncate(2);
        small.held_out.push(cases(1, 1).1[201].clone());
        // Validation normals 0 and 2, one development image at 1.
        small.entries[0].held_out_scores = vec![0.0, 2.0, 1.0];
        small.entries[0].calibration = calibration(vec![0.0, 2.0]);
        small.entries[0].central_test_scores = Some(vec![0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let mut other = small.entries[0].clone();
        other.id = "other".to_owned();
        other.test_scores = vec![0.0, 0.0, 3.0, 0.0, 0.0, 0.0];
        small.entries.push(other);
        let benchmark = assemble(small, &Unwatched).unwrap();
        let entry = &benchmark.entries[0];
        // Of nine pairs 2>1, 2=2 (half), 2<3, and six wins.
        assert!((entry.auroc.value - 7.5 / 9.0).abs() < 1e-12);
        // Recall 1/3, 2/3 at precision 1; then 3 (healthy), then both 2s: recall 1 at 3/5.
        assert!((entry.auprc - (1.0 + 1.0 + 0.6) / 3.0).abs() < 1e-12);
        // One of three central diseased scores wins three pairs, the other six are ties.
        assert_eq!(entry.central_auroc, Some(6.0 / 9.0));
        assert_eq!(entry.development_auroc, Some(0.5));
        // Test normals 1, 2, 3 against validation normals 0, 2: 1>0, 2>0, 3>0, 3>2, 2=2 (half), 1<2.
        assert!((entry.shift_auroc - 4.5 / 6.0).abs() < 1e-12);
        // 80 % of three healthy images leaves none above: the two that outscore them all.
        assert_eq!(entry.sensitivity_at, [2.0 / 3.0; 3]);
        // Above 1.9, the 95th percentile of 0 and 2, the first has all but the healthy 1, the second the healthy 3 alone:
        // the first alone is right about three diseased images, the second about one healthy one. 2 (1 + 4) / 16.
        let [pair] = &benchmark.paired[..] else { panic!("one pair") };
        assert!((pair.mcnemar_p - 0.625).abs() < 1e-9);
        assert!((pair.difference - (7.5 - 3.0) / 9.0).abs() < 1e-12);
        assert_eq!(pair.holm_p, pair.delong_p, "one pair needs no correction");
    }

    #[test]
    fn no_entries_is_an_empty_leaderboard() {
        let mut nothing = input(2, 2, |_| 1.0);
        nothing.entries.clear();
        assert_eq!(assemble(nothing, &Unwatched).unwrap().verdict, "Nothing was compared.");
    }

    #[test]
    fn a_benchmark_is_whole_and_repeatable() {
        let benchmark = benchmark();
        assert_eq!(benchmark_of(20, 30), benchmark_of(20, 30));
        assert_eq!(benchmark.paired.len(), 15);
        for entry in &benchmark.entries {
            assert!(entry.auroc.low < entry.auroc.value && entry.auroc.value < entry.auroc.high);
            assert!((entry.auroc.low - entry.auroc_bootstrap.low).abs() < 0.01, "{:?}", entry.auroc_bootstrap);
            assert!((entry.auroc.high - entry.auroc_bootstrap.high).abs() < 0.01);
            assert!(entry.development_auroc.is_some_and(|auroc| auroc > entry.auroc.value - 0.1));
            let [at_80, at_90, at_95] = entry.sensitivity_at;
            assert!(at_80 >= at_90 && at_90 >= at_95);
        }
    }

    #[test]
    fn maps_that_avoid_the_lungs_are_cautioned() {
        let mut looks_away = input(200, 200, |index| index as f64);
        looks_away.entries[0].lungs = Some(LungShares { healthy: 0.3, diseased: 0.2, area: 0.27 });
        let benchmark = assemble(looks_away, &Unwatched).unwrap();
        assert!(benchmark.cautions.iter().any(|caution| caution.starts_with("VAE: 20\u{2009}% of its maps")));
        assert_eq!(benchmark.entries[0].lungs.map(|lungs| lungs.area), Some(0.27));
        let fine = benchmark_of(60, 60);
        assert!(!fine.cautions.iter().any(|caution| caution.contains("something else")));
    }

    #[test]
    fn shift_and_few_images_are_cautioned() {
        let benchmark = benchmark();
        assert!(benchmark.cautions.iter().any(|caution| caution.starts_with("Test normals are unlike")));
        let small = benchmark_of(60, 60);
        assert!(small.cautions.iter().any(|caution| caution.starts_with("Few test images: 60 healthy")));
        let own = assemble(input(200, 200, |index| index as f64), &Unwatched).unwrap();
        assert_eq!(own.cautions[0], "From the caller.");
        assert_eq!(own.cautions.last().map(String::as_str), Some("To know."), "what doubts nothing comes last");
        let again = with_rows(&own, Vec::new()).unwrap();
        assert_eq!(again.cautions, own.cautions, "also where the rows change");
        assert!(own.cautions.iter().any(|caution| caution.starts_with("VAE separates")));
    }

    #[test]
    fn rows_are_changed_without_measuring_the_others_again() {
        let benchmark = benchmark();
        let (first, rest) = (benchmark.entries[0].clone(), benchmark.entries.len());
        let input = EntryInput {
            name: "VAE · Missing edges".to_owned(),
            id: format!("{}@gradient", first.id),
            kind: first.kind,
            score_description: String::new(),
            parameters: None,
            training_secs: None,
            training_cpu_secs: None,
            ms_per_image: Some(1.0),
            calibration: first.calibration.clone(),
            test_scores: first.test_scores.iter().map(|score| -score).collect(),
            held_out_scores: first.held_out_scores.clone(),
            central_test_scores: None,
            test_spreads: None,
            lungs: None,
            boxes: None,
        };
        let rows = vec![Row::Known(first.id.clone()), Row::New(Box::new(input.clone()))];
        let changed = with_rows(&benchmark, rows).expect("sound rows");
        let baselines = benchmark.entries.iter().filter(|entry| entry.kind == EntryKind::Baseline).count();
        assert_eq!(changed.entries.len(), 2 + baselines);
        assert_eq!(changed.entries[0], first);
        assert!((changed.entries[1].auroc.value - (1.0 - first.auroc.value)).abs() < 1e-12);
        assert_eq!(changed.paired.len(), changed.entries.len() * (changed.entries.len() - 1) / 2);
        let same = (0..rest).filter(|&index| benchmark.entries[index].kind != EntryKind::Baseline);
        let same = same.map(|index| Row::Known(benchmark.entries[index].id.clone())).collect();
        assert_eq!(with_rows(&benchmark, same).expect("the same rows"), benchmark);
        assert!(with_rows(&benchmark, vec![Row::Known("nobody".to_owned())]).is_err());
        let twice = vec![Row::New(Box::new(input.clone())), Row::New(Box::new(input.clone()))];
        assert!(with_rows(&benchmark, twice).is_err());
        let short = EntryInput { test_scores: vec![1.0], ..input };
        assert!(with_rows(&benchmark, vec![Row::New(Box::new(short))]).is_err());
    }
}
