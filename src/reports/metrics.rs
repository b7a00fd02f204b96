//! `metrics.json`. Its keys are a contract with scripts: add, never rename.

use serde_json::{Map, Value, json};

use super::rows::{Row, rows, test_counts};
use super::{NOTICE, boxes, calibration, groups, heatmaps, pairs, percentiles, predictive};
use crate::domain::version;
use crate::domain::{Benchmark, Calibration, Interval, PairedTest, ThresholdRule};
use crate::error::{Error, Result};
use crate::evaluation::{
    BOOTSTRAP_RESAMPLES, CallTest, Fit, Grouping, Groupings, Reliability, SubGroup, by_finding, rule_name, shift,
    spread_of_calls,
};

pub(super) fn json(benchmark: &Benchmark, groups: &Groupings, rule: ThresholdRule) -> Result<String> {
    let (models, baselines): (Vec<Row>, Vec<Row>) = rows(benchmark, rule).into_iter().partition(Row::is_model);
    let entries =
        |rows: &[Row]| rows.iter().map(|row| entry(benchmark, row, &groups.groupings, rule)).collect::<Vec<_>>();
    let (healthy, diseased) = test_counts(benchmark);
    let [development_healthy, development_diseased] = benchmark.development_counts();
    let value = json!({
        "data": benchmark.data_name,
        "split": benchmark.split,
        "models": entries(&models),
        "baselines": entries(&baselines),
        "test": { "healthy": healthy, "diseased": diseased, "prevalence": share(diseased, healthy + diseased) },
        "development": { "healthy": development_healthy, "diseased": development_diseased },
        "threshold_rule": rule_name(rule),
        "intervals": format!(
            "95 %: auroc_ci DeLong, auroc_bootstrap stratified with {BOOTSTRAP_RESAMPLES} resamples, shares Wilson"
        ),
        "predictive_values_method": "at other prevalences: logit intervals (Mercaldo, Lau and Zhou 2007), sensitivity and specificity taken to be the same",
        "probabilities_method": "fitted on validation normals and development images, moved to the test set's prevalence (Saerens et al. 2002); 15 bins",
        "paired_tests": pairs::pairs(benchmark, rule).into_iter().map(|(test, calls)| paired(test, calls)).collect::<Vec<_>>(),
        "groups": groups
            .groupings
            .iter()
            .map(|grouping| json!({ "name": grouping.name, "source": grouping.source }))
            .collect::<Vec<_>>(),
        "group_cautions": groups.cautions,
        "verdict": benchmark.verdict,
        "boxes_method": if boxes::boxed(benchmark).next().is_some() { boxes::method() } else { boxes::NO_BOXES.to_owned() },
        "heatmaps": benchmark.heatmaps.as_deref().map(heatmaps::json),
        "cautions": benchmark.cautions,
        "other": benchmark.elsewhere,
        "finished": finished(benchmark),
        "took_s": benchmark.took_secs,
        "versions": { "neuroscan": version::PROGRAM, "libtorch": version::LIBTORCH },
        "notice": NOTICE,
    });
    let text = serde_json::to_string_pretty(&value);
    text.map(|text| text + "\n").map_err(|error| Error::Other(format!("cannot write metrics.json: {error}")))
}

fn entry(benchmark: &Benchmark, row: &Row, groupings: &[Grouping], rule: ThresholdRule) -> Value {
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
        "lungs": entry.lungs,
        "boxes": entry.boxes,
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
        "subgroups": by_finding(&benchmark.cases).map(|findings| sub_groups(benchmark, row, &findings)),
        "groups": groupings
            .iter()
            .map(|grouping| (grouping.name.clone(), sub_groups(benchmark, row, grouping)))
            .collect::<Map<_, _>>(),
        "shift": shift(entry, &benchmark.cases).map(|shift| json!({
            "auroc": shift.auroc.value,
            "auroc_ci": ends(shift.auroc),
            "validation": shift.validation,
            "test": shift.test,
            "differs": shift.differs(),
            "meaning": shift.sentence(rule),
        })),
        "percentiles": percentiles::json(benchmark, entry),
        "predictive_values": predictive_values(row),
        "probabilities": Fit::ALL
            .map(|fit| (fit.name().to_lowercase(), probabilities(benchmark, row, fit)))
            .into_iter()
            .collect::<Map<_, _>>(),
        "disagreement": disagreement(benchmark, row),
        "healthy": healthy(&entry.calibration),
    })
}

/// The validation images that it is calibrated on.
fn healthy(calibration: &Calibration) -> Value {
    json!({ "mean": calibration.mean, "sd": calibration.sd, "count": calibration.healthy_scores.len() })
}

/// What the spread between an ensemble's networks says of its errors; null of one network.
fn disagreement(benchmark: &Benchmark, row: &Row) -> Value {
    let found = spread_of_calls(row.entry, &benchmark.cases, row.threshold_sigma);
    found.map_or(Value::Null, |found| {
        json!({
            "spread_sigma_right_calls": found.right,
            "spread_sigma_wrong_calls": found.wrong,
            "auroc_for_errors": found.auroc,
            "right_calls": found.right_calls,
            "wrong_calls": found.wrong_calls,
            "meaning": found.sentence(),
        })
    })
}

/// Group's name → its figures.
fn sub_groups(benchmark: &Benchmark, row: &Row, grouping: &Grouping) -> Value {
    let figures = |group: SubGroup| {
        let value = |interval: Option<Interval>| interval.map(|interval| interval.value);
        let figures = json!({
            "count": group.diseased,
            "healthy": group.healthy,
            "against_all_healthy": group.against_all_healthy,
            "small": group.is_small(),
            "auroc": value(group.auroc),
            "auroc_ci": group.auroc.map(ends),
            "sensitivity": value(group.sensitivity),
            "sensitivity_ci": group.sensitivity.map(ends),
            "specificity": value(group.specificity),
            "specificity_ci": group.specificity.map(ends),
        });
        (group.name, figures)
    };
    Value::Object(groups::of(benchmark, row, grouping).into_iter().map(figures).collect::<Map<_, _>>())
}

fn predictive_values(row: &Row) -> Vec<Value> {
    let at = |at: predictive::AtPrevalence| {
        json!({
            "prevalence": at.prevalence,
            "of_test_set": at.own,
            "ppv": at.values.ppv.map(|ppv| ppv.value),
            "ppv_ci": at.values.ppv.map(ends),
            "npv": at.values.npv.map(|npv| npv.value),
            "npv_ci": at.values.npv.map(ends),
        })
    };
    predictive::of(row).into_iter().map(at).collect()
}

/// What probabilities are worth, or why there are none.
fn probabilities(benchmark: &Benchmark, row: &Row, fit: Fit) -> Value {
    match calibration::of(benchmark, row.entry, fit) {
        Err(why) => json!({ "missing": why }),
        Ok(found) => {
            let Reliability { ece, mce, brier, reliability, resolution, uncertainty, within_bins, .. } =
                found.reliability;
            json!({
                "ece": ece,
                "mce": mce,
                "brier": brier,
                "reliability": reliability,
                "resolution": resolution,
                "uncertainty": uncertainty,
                "within_bins": within_bins,
                "ece_at_fit_prevalence": found.uncorrected_ece,
                "fit": { "healthy": found.healthy, "diseased": found.diseased, "prevalence": found.fit_prevalence },
                "test_prevalence": found.test_prevalence,
            })
        }
    }
}

fn paired(test: &PairedTest, calls: CallTest) -> Value {
    json!({
        "first": test.first,
        "second": test.second,
        "auroc_difference": test.difference,
        "delong_p": test.delong_p,
        "delong_p_holm": test.holm_p,
        "mcnemar_p": calls.p,
        "auroc_difference_ci": test.difference_ci,
        "mcnemar_p_holm": calls.holm_p,
        "mcnemar_only_first": calls.only_first,
        "mcnemar_only_second": calls.only_second,
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

    fn json_of(benchmark: &Benchmark) -> Value {
        serde_json::from_str(&json(benchmark, &groups::groupings(benchmark, None), ThresholdRule::default()).unwrap())
            .unwrap()
    }

    fn written() -> Value {
        json_of(&benchmark())
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
        assert_eq!(model["groups"]["Finding"], model["subgroups"]);
        assert_eq!(model["predictive_values"][0]["prevalence"], metrics["test"]["prevalence"]);
        assert!(
            (model["predictive_values"][0]["ppv"].as_f64().unwrap() - model["ppv"].as_f64().unwrap()).abs() < 1e-12
        );
        assert!((model["shift"]["auroc"].as_f64().unwrap() - model["shift_auroc"].as_f64().unwrap()).abs() < 1e-12);
        let platt = &model["probabilities"]["platt"];
        let part = |key: &str| platt[key].as_f64().unwrap();
        let sum = part("reliability") - part("resolution") + part("uncertainty") + part("within_bins");
        assert!((part("brier") - sum).abs() < 1e-12);
        assert_eq!(metrics["finished"], "2026-11-20T12:48:00Z");
    }

    #[test]
    fn what_is_written_is_by_the_rule_asked_for() {
        let (benchmark, rule) = (benchmark(), ThresholdRule::Manual { sigma: 4.35 });
        let text = json(&benchmark, &groups::groupings(&benchmark, None), rule).unwrap();
        let metrics: Value = serde_json::from_str(&text).unwrap();
        let model = &metrics["models"][0];
        assert_eq!((&metrics["threshold_rule"], &model["threshold_sigma"]), (&json!("By hand, 4.35 σ"), &json!(4.35)));
        assert!(model["threshold_source"].as_str().unwrap().starts_with("optimistic: dragged by hand"));
        assert!(model["shift"]["meaning"].as_str().unwrap().contains("set by hand"));
        assert!(model["sensitivity"].as_f64() < written()["models"][0]["sensitivity"].as_f64());
        assert_eq!(metrics["development"], json!({ "healthy": 201, "diseased": 60 }));
    }

    #[test]
    fn an_ensemble_says_whether_its_spread_warns_of_errors() {
        let mut benchmark = benchmark();
        assert!(json_of(&benchmark)["models"][0]["disagreement"].is_null());
        benchmark.entries[0].test_spreads = Some(vec![0.25; benchmark.cases.len()]);
        let model = &json_of(&benchmark)["models"][0];
        let found = &model["disagreement"];
        assert_eq!((&found["auroc_for_errors"], &found["spread_sigma_right_calls"]), (&json!(0.5), &json!(0.25)));
        let wrong = model["confusion"]["fp"].as_u64().unwrap() + model["confusion"]["fn"].as_u64().unwrap();
        assert_eq!(found["wrong_calls"].as_u64(), Some(wrong));
    }

    #[test]
    fn single_images_leave_no_holes_in_the_json() {
        let metrics = json_of(&benchmark_of(1, 1));
        assert!(metrics["models"][0]["auroc"].is_number());
        assert!(metrics["models"][0]["shift"]["auroc_ci"].is_array());
    }
}
