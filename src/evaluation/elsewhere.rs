//! The same models at home and on images from somewhere else, by the thresholds of home.

use super::{confusion_at, rates, threshold_sigma};
use crate::domain::{
    Benchmark, BenchmarkEntry, Calibration, Elsewhere, ElsewhereEntry, EntryKind, Label, ThresholdRule, Uniformity,
};

/// The threshold that is taken along.
const HOME_RULE: ThresholdRule = ThresholdRule::ValidationPercentile { percentile: 95.0 };
/// The share of healthy images that this threshold calls unusual at home, by intent.
const INTENDED: f64 = 0.05;
/// Above this share of false alarms a threshold does not hold; three times what is intended.
const TOO_MANY: f64 = 0.15;
/// Terms of Kolmogorov's series; they fall so fast that the rest is below any double's last digit.
const TERMS: i32 = 100;

/// Compares a benchmark with one of the same models on other images. Baselines are left out: they are fitted anew to
/// wherever they are measured.
pub fn elsewhere(home: &Benchmark, there: &Benchmark) -> Elsewhere {
    let is_model = |entry: &&BenchmarkEntry| matches!(entry.kind, EntryKind::Model(_));
    let entries: Vec<ElsewhereEntry> = home
        .entries
        .iter()
        .filter(is_model)
        .filter_map(|entry| Some(compare(home, entry, there, there.entries.iter().find(|other| other.id == entry.id)?)))
        .collect();
    let count = |label| there.cases.iter().filter(|case| case.label == label).count() as u32;
    Elsewhere {
        verdict: verdict(&there.data_name, &entries),
        data_name: there.data_name.clone(),
        healthy: count(Label::Healthy),
        diseased: count(Label::Diseased),
        entries,
        cautions: there.cautions.clone(),
    }
}

fn compare(home: &Benchmark, at_home: &BenchmarkEntry, there: &Benchmark, away: &BenchmarkEntry) -> ElsewhereEntry {
    let sigma = threshold_sigma(HOME_RULE, at_home, &home.cases);
    let home_rates = rates(&confusion_at(at_home, &home.cases, sigma));
    let away_rates = rates(&confusion_at(away, &there.cases, sigma));
    let healthy = away.test_scores.iter().zip(&there.cases).filter(|(_, case)| case.label == Label::Healthy);
    let healthy: Vec<f64> = healthy.map(|(&score, _)| score).collect();
    ElsewhereEntry {
        name: at_home.name.clone(),
        id: at_home.id.clone(),
        home_auroc: at_home.auroc,
        auroc: away.auroc,
        home_specificity: home_rates.specificity,
        specificity: away_rates.specificity,
        sensitivity: away_rates.sensitivity,
        uniformity: uniformity(&at_home.calibration, &healthy),
        lungs: away.lungs,
        boxes: away.boxes,
    }
}

/// How far the conformal p-values of healthy images are from uniform; `None` without images or calibration.
pub fn uniformity(calibration: &Calibration, healthy: &[f64]) -> Option<Uniformity> {
    if healthy.is_empty() || calibration.healthy_scores.is_empty() {
        return None;
    }
    let mut values: Vec<f64> = healthy.iter().map(|&score| calibration.conformal_p(score)).collect();
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let gap = |(index, &value): (usize, &f64)| {
        let (before, after) = (index as f64 / count, (index + 1) as f64 / count);
        (after - value).max(value - before)
    };
    let distance = values.iter().enumerate().map(gap).fold(0.0, f64::max);
    let middle = values.len() / 2;
    let median = if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) };
    let low = values.iter().filter(|&&value| value <= INTENDED).count();
    Some(Uniformity { distance, p_value: kolmogorov(distance, count), share_up_to_05: low as f64 / count, median })
}

/// The chance of so large a distance for uniform values: Kolmogorov's limit with Stephens' correction (1970).
fn kolmogorov(distance: f64, count: f64) -> f64 {
    let root = count.sqrt();
    let scaled = (root + 0.12 + 0.11 / root) * distance;
    // The series does not settle near 0, where the chance is 1.
    if scaled < 0.2 {
        return 1.0;
    }
    let term = |k: i32| (if k % 2 == 1 { 2.0 } else { -2.0 }) * (-2.0 * (f64::from(k) * scaled).powi(2)).exp();
    (1..=TERMS).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// Says plainly what the figures come to.
fn verdict(data_name: &str, entries: &[ElsewhereEntry]) -> String {
    let Some(best) = entries.iter().max_by(|a, b| a.home_auroc.value.total_cmp(&b.home_auroc.value)) else {
        return format!("No model was measured both at home and on {data_name}.");
    };
    let alarms: Vec<f64> =
        entries.iter().filter_map(|entry| entry.specificity.map(|specificity| 1.0 - specificity.value)).collect();
    let fewest = alarms.iter().copied().fold(f64::INFINITY, f64::min);
    let most = alarms.iter().copied().fold(0.0, f64::max);
    let moved = most > TOO_MANY;
    let telling = entries.iter().filter(|entry| entry.auroc.low > 0.5).count();
    let threshold = if alarms.is_empty() {
        format!("On {data_name} there are no healthy images to hold the home threshold against")
    } else {
        let calls = if entries.len() == 1 || percent(fewest) == percent(most) {
            percent(most)
        } else {
            format!("{} to {}", percent(fewest), percent(most))
        };
        format!(
            "On {data_name} the home threshold calls {calls} of healthy images unusual, where {} were meant",
            percent(INTENDED)
        )
    };
    let ranking = format!(
        "{}, the best at home, falls from an AUROC of {:.2} to {:.2} ({:.2}–{:.2})",
        best.name, best.home_auroc.value, best.auroc.value, best.auroc.low, best.auroc.high
    );
    let ranking =
        if best.auroc.value >= best.home_auroc.value { ranking.replace("falls from", "goes from") } else { ranking };
    let meaning = match (moved, telling) {
        (true, 0) => "the scores measure where and how an image was taken, not the disease",
        (true, _) => {
            "some order is left, but the threshold does not carry over and has to be set anew on healthy images from there"
        }
        (false, 0) => "no model tells diseased from healthy there",
        (false, _) => "the threshold carries over",
    };
    format!("{threshold}; {ranking}: {meaning}.")
}

fn percent(share: f64) -> String {
    format!("{:.0}\u{2009}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::{benchmark, calibration};

    /// The benchmark's own images under another name, every score moved by so many σ, diseased ones besides.
    fn moved(home: &Benchmark, healthy: f64, diseased: f64) -> Benchmark {
        let mut there = Benchmark { data_name: "elsewhere".to_owned(), ..home.clone() };
        for entry in &mut there.entries {
            for (score, case) in entry.test_scores.iter_mut().zip(&home.cases) {
                let by = if case.label == Label::Healthy { healthy } else { diseased };
                *score += by * entry.calibration.sd;
            }
        }
        there
    }

    #[test]
    fn at_home_everything_is_as_at_home() {
        let home = benchmark();
        let same = elsewhere(&home, &home);
        assert_eq!(same.entries.len(), 4, "baselines are left out");
        for entry in &same.entries {
            assert_eq!((entry.auroc, entry.specificity), (entry.home_auroc, entry.home_specificity));
        }
        assert_eq!((same.healthy + same.diseased) as usize, home.cases.len());
    }

    #[test]
    fn a_shift_of_all_scores_is_called_what_it_is() {
        let home = benchmark();
        let mut there = moved(&home, 8.0, 8.0);
        let shifted = elsewhere(&home, &there);
        assert!(shifted.verdict.contains("100\u{2009}% of healthy images unusual"), "{}", shifted.verdict);
        assert!(shifted.verdict.contains("has to be set anew"), "{}", shifted.verdict);
        for entry in &mut there.entries {
            entry.auroc = crate::domain::Interval { value: 0.48, low: 0.40, high: 0.56 };
        }
        let lost = elsewhere(&home, &there).verdict;
        assert!(lost.contains("not the disease") && lost.contains("to 0.48 (0.40–0.56)"), "{lost}");
        assert!(shifted.entries[0].uniformity.unwrap().share_up_to_05 > 0.99);
        let calm = elsewhere(&home, &moved(&home, -3.0, 0.0)).verdict;
        assert!(calm.contains("carries over"), "{calm}");
    }

    #[test]
    fn without_common_models_nothing_is_claimed() {
        let home = benchmark();
        let mut there = home.clone();
        there.entries.clear();
        let nothing = elsewhere(&home, &there);
        assert!(nothing.entries.is_empty() && nothing.verdict.starts_with("No model"));
    }

    #[test]
    fn uniform_p_values_are_called_uniform_and_others_not() {
        let known = calibration((0..199).map(f64::from).collect());
        let even: Vec<f64> = (0..100).map(|index| f64::from(index) * 1.99).collect();
        let fine = uniformity(&known, &even).unwrap();
        assert!(fine.distance < 0.03 && fine.p_value > 0.99, "{fine:?}");
        assert!((fine.share_up_to_05 - 0.05).abs() < 0.011 && (fine.median - 0.5).abs() < 0.02);
        let high = uniformity(&known, &[198.0; 50]).unwrap();
        assert!(high.distance > 0.98 && high.p_value < 1e-12, "{high:?}");
        assert_eq!(uniformity(&known, &[]), None);
        assert_eq!(uniformity(&calibration(Vec::new()), &[1.0]), None);
    }

    #[test]
    fn kolmogorovs_limit_has_its_known_quantiles() {
        // scipy.stats.kstwobign.sf at 1.2238, 1.3581 and 1.6276: 0.10, 0.05, 0.01. With a million values the correction is nil.
        for (scaled, chance) in [(1.223_848, 0.10), (1.358_099, 0.05), (1.627_624, 0.01)] {
            assert!((kolmogorov(scaled / 1000.0, 1e6) - chance).abs() < 1e-3, "{scaled}");
        }
        assert_eq!(kolmogorov(0.0, 10.0), 1.0);
    }
}
