//! What paired tests allow to say, in words.

use crate::domain::{BenchmarkEntry, EntryKind, PairedTest};

/// Differences with a corrected p-value below this are called differences.
const ALPHA: f64 = 0.05;

/// One or two sentences about the leaderboard: which model is best, if one is, and how it stands to the baselines.
/// Every comparison is DeLong's, corrected after Holm over all pairs.
pub fn verdict(entries: &[BenchmarkEntry], paired: &[PairedTest]) -> String {
    let mut models: Vec<&BenchmarkEntry> = of_kind(entries, |kind| matches!(kind, EntryKind::Model(_)));
    let baselines = of_kind(entries, |kind| kind == EntryKind::Baseline);
    models.sort_by(|a, b| b.auroc.value.total_cmp(&a.auroc.value));
    let Some((best, others)) = models.split_first() else {
        return if baselines.is_empty() {
            "Nothing was compared.".to_owned()
        } else {
            "Only baselines were scored; a model has to beat them.".to_owned()
        };
    };
    let sentences = [among_models(best, others, paired), against_baselines(best, &baselines, paired)];
    let sentences: Vec<String> = sentences.into_iter().flatten().collect();
    if sentences.is_empty() { format!("{} was not compared with anything.", best.name) } else { sentences.join(" ") }
}

/// "p 0.15", "p < 0.001".
pub fn p_text(p: f64) -> String {
    match p {
        p if p < 0.001 => "p < 0.001".to_owned(),
        p if p < 0.01 => format!("p {p:.3}"),
        // 0.049 must not read as 0.05.
        p if p < 0.1 => format!("p {p:.3}"),
        p => format!("p {:.2}", p.min(1.0)),
    }
}

fn of_kind(entries: &[BenchmarkEntry], wanted: impl Fn(EntryKind) -> bool) -> Vec<&BenchmarkEntry> {
    entries.iter().filter(|entry| wanted(entry.kind)).collect()
}

fn p_between(first: &BenchmarkEntry, second: &BenchmarkEntry, paired: &[PairedTest]) -> f64 {
    let is_pair = |test: &&PairedTest| {
        (test.first == first.id && test.second == second.id) || (test.first == second.id && test.second == first.id)
    };
    paired.iter().find(is_pair).map_or(1.0, |test| test.holm_p)
}

fn among_models(best: &BenchmarkEntry, others: &[&BenchmarkEntry], paired: &[PairedTest]) -> Option<String> {
    let p_values: Vec<f64> = others.iter().map(|other| p_between(best, other, paired)).collect();
    let least_clear = p_values.iter().copied().reduce(f64::max)?;
    let rivals: Vec<&str> =
        others.iter().zip(&p_values).filter(|&(_, &p)| p >= ALPHA).map(|(other, _)| other.name.as_str()).collect();
    Some(match rivals.as_slice() {
        [] => {
            format!("{} is the best model: it differs from every other (DeLong {}).", best.name, at_most(least_clear))
        }
        [one] => format!("No single best: {} and {one} do not differ (DeLong {}).", best.name, p_text(least_clear)),
        several => {
            let least = p_values.iter().copied().filter(|&p| p >= ALPHA).fold(1.0, f64::min);
            format!(
                "No single best: {} does not differ from {} (DeLong {}).",
                best.name,
                listed(several),
                at_least(least)
            )
        }
    })
}

fn against_baselines(best: &BenchmarkEntry, baselines: &[&BenchmarkEntry], paired: &[PairedTest]) -> Option<String> {
    let (mut beaten, mut level, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    for baseline in baselines {
        let p = p_between(best, baseline, paired);
        let group = match best.auroc.value > baseline.auroc.value {
            _ if p >= ALPHA => &mut level,
            true => &mut beaten,
            false => &mut lost,
        };
        group.push((baseline.name.as_str(), p));
    }
    if baselines.is_empty() {
        return None;
    }
    if beaten.len() == baselines.len() {
        let largest = beaten.iter().map(|(_, p)| *p).fold(0.0, f64::max);
        let which = match beaten.as_slice() {
            [(name, _)] => (*name).to_owned(),
            [_, _] => "both baselines".to_owned(),
            all => format!("all {} baselines", all.len()),
        };
        return Some(format!("{} beats {which} ({}).", best.name, at_most(largest)));
    }
    let names = |group: &[(&str, f64)]| listed(&group.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let mut parts = Vec::new();
    if !lost.is_empty() {
        parts.push(format!("loses to {}", names(&lost)));
    }
    if !level.is_empty() {
        parts.push(format!("is not shown to beat {}", names(&level)));
    }
    if !beaten.is_empty() {
        parts.push(format!("beats {}", names(&beaten)));
    }
    Some(format!("{} {}.", best.name, listed(&parts)))
}

fn at_most(p: f64) -> String {
    if p < 0.001 { p_text(p) } else { p_text(p).replacen("p ", "p ≤ ", 1) }
}

fn at_least(p: f64) -> String {
    p_text(p).replacen("p ", "p ≥ ", 1)
}

/// "A, B and C".
fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
