//! `metrics.json`. Its keys are a contract with scripts: add, never rename.

use serde_json::{Map, Value, json};

use super::rows::{Row, rows, test_counts};
use super::{NOTICE, RULE, heatmaps};
use crate::domain::version;
use crate::domain::{Benchmark, Interval, PairedTest};
use crate::error::{Error, Result};
use crate::evaluation::{BOOTSTRAP_RESAMPLES, rule_name, subgroups};

pub(super) fn json(benchmark: &Benchmark) -> Result<String> {
    let (models, baselines): (Vec<Row>, Vec<Row>) = rows(benchmark).into_iter().partition(Row::is_model);
    let entries = |rows: &[Row]| rows.iter().map(|row| entry(benchmark, row)).collect::<Vec<_>>();
    let (healthy, diseased) = test_counts(benchmark);
    let value = json!({
        "data": benchmark.data_name,
        "split": benchmark.split,
        "models": entries(&models),
        "baselines": entries(&baselines),
        "test": { "healthy": healthy, "diseased": diseased, "prevalence": share(diseased, healthy + diseased) },
        "threshold_rule": rule_name(RULE),
        "intervals": format!(
            "95 %: auroc_ci DeLong, auroc_bootstrap stratified with {BOOTSTRAP_RESAMPLES} resamples, shares Wilson"
        ),
        "paired_tests": benchmark.paired.iter().map(paired).collect::<Vec<_>>(),
        "verdict": benchmark.verdict,
        "heatmaps": benchmark.heatmaps.as_deref().map(heatmaps::json),
        "cautions": benchmark.cautions,
        "finished": finished(benchmark),
        "took_s": benchmark.took_secs,
        "versions": { "neuroscan": version::PROGRAM, "libtorch": version::LIBTORCH },
        "notice": NOTICE,
    });
    let text = serde_json::to_string_pretty(&value);
    text.map(|text| text + "\n").map_err(|error| Error::Other(format!("cannot write metrics.json: {error}")))
}

fn entry(benchmark: &Benchmark, row: &Row) -> Value {
    let entry = row.entry;
    let value = |interval: Option<Interval>| interval.map(|interval| interval.value);
    let confusion = row.confusion;
    json!({
        "name": entry.name,
        "arch": row.arch(),
        "params": entry.parameters,
        "auroc": entry.auroc.value,
        "auroc_ci": ends(entry.auroc),
        "auprc": entry.auprc,
        "threshold": row.threshold,
        "threshold_source": row.threshold_source,
        "accuracy": value(row.rates.accuracy),
        "f1": row.rates.f1,
        "sensitivity": value(row.rates.sensitivity),
        "specificity": value(row.rates.specificity),
        "confusion": { "tp": confusion.tp, "fp": confusion.fp, "tn": confusion.tn, "fn": confusion.fn_ },
        "ms_per_image": entry.ms_per_image,
        "id": entry.id,
        "score": entry.score_description,
        "training_s": entry.training_secs,
        "training_cpu_s": entry.training_cpu_secs,
        "auroc_bootstrap": ends(entry.auroc_bootstrap),
        "central_auroc": entry.central_auroc,
        "development_auroc": entry.development_auroc,
        "shift_auroc": entry.shift_auroc,
        "sensitivity_at": {
            "specificity_0.80": entry.sensitivity_at[0],
            "specificity_0.90": entry.sensitivity_at[1],
            "specificity_0.95": entry.sensitivity_at[2],
        },
        "threshold_sigma": row.threshold_sigma,
        "specificity_nominal": row.nominal_specificity,
        "specificity_achieved": value(row.rates.specificity),
        "ppv": value(row.rates.ppv),
        "npv": value(row.rates.npv),
        "wilson": {
            "accuracy": row.rates.accuracy.map(ends),
            "sensitivity": row.rates.sensitivity.map(ends),
            "specificity": row.rates.specificity.map(ends),
            "ppv": row.rates.ppv.map(ends),
            "npv": row.rates.npv.map(ends),
        },
        "subgroups": groups(benchmark, row),
        "healthy": {
            "mean": entry.calibration.mean,
            "sd": entry.calibration.sd,
            "count": entry.calibration.healthy_scores.len(),
        },
    })
}

/// Sub-group's name → its figures.
fn groups(benchmark: &Benchmark, row: &Row) -> Value {
    let groups = subgroups(row.entry, &benchmark.cases, row.threshold_sigma);
    let figures = groups.into_iter().map(|group| {
        let figures = json!({
            "count": group.count,
            "auroc": group.auroc.map(|auroc| auroc.value),
            "auroc_ci": group.auroc.map(ends),
            "sensitivity": group.sensitivity.map(|sensitivity| sensitivity.value),
            "sensitivity_ci": group.sensitivity.map(ends),
        });
        (group.name, figures)
    });
    Value::Object(figures.collect::<Map<_, _>>())
}

fn paired(test: &PairedTest) -> Value {
    json!({
        "first": test.first,
        "second": test.second,
        "auroc_difference": test.difference,
        "delong_p": test.delong_p,
        "delong_p_holm": test.holm_p,
        "mcnemar_p": test.mcnemar_p,
    })
}

fn ends(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

/// RFC 3339, in UTC.
fn finished(benchmark: &Benchmark) -> Option<String> {
    jiff::Timestamp::from_second(benchmark.finished_unix_secs).ok().map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::{benchmark, benchmark_of};

    fn written() -> Value {
        serde_json::from_str(&json(&benchmark()).unwrap()).unwrap()
    }

    #[test]
    fn the_keys_of_the_contract_are_there() {
        let metrics = written();
        assert_eq!(metrics["data"], "chest_xray");
        assert_eq!(metrics["split"], json!({"train": 1140, "val": 201, "test": 624}));
        assert_eq!(
            (metrics["models"].as_array().unwrap().len(), metrics["baselines"].as_array().unwrap().len()),
            (4, 2)
        );
        for entry in metrics["models"].as_array().unwrap().iter().chain(metrics["baselines"].as_array().unwrap()) {
            for key in [
                "name",
                "arch",
                "params",
                "auroc",
                "auroc_ci",
                "auprc",
                "threshold",
                "threshold_source",
                "accuracy",
                "f1",
                "sensitivity",
                "specificity",
                "confusion",
                "ms_per_image",
            ] {
                assert!(entry.get(key).is_some(), "{key} is missing");
            }
            assert_eq!(entry["auroc_ci"].as_array().unwrap().len(), 2);
            let counts = &entry["confusion"];
            let sum: u64 = ["tp", "fp", "tn", "fn"].iter().map(|key| counts[key].as_u64().unwrap()).sum();
            assert_eq!(sum, 624);
        }
    }

    #[test]
    fn figures_agree_with_each_other() {
        let metrics = written();
        let model = &metrics["models"][0];
        let count = |key: &str| model["confusion"][key].as_f64().unwrap();
        let sensitivity = count("tp") / (count("tp") + count("fn"));
        assert!((model["sensitivity"].as_f64().unwrap() - sensitivity).abs() < 1e-12);
        assert_eq!(model["specificity_nominal"], 0.95);
        assert_eq!(model["specificity_achieved"], model["specificity"]);
        assert!(model["threshold_source"].as_str().unwrap().contains("no test image was used"));
        assert_eq!(model["subgroups"]["bacterial"]["count"], 234);
        assert_eq!(metrics["paired_tests"].as_array().unwrap().len(), 15);
        assert_eq!(metrics["finished"], "2026-11-20T12:48:00Z");
    }

    #[test]
    fn single_images_leave_no_holes_in_the_json() {
        let metrics: Value = serde_json::from_str(&json(&benchmark_of(1, 1)).unwrap()).unwrap();
        assert!(metrics["models"][0]["auroc"].is_number());
    }
}
