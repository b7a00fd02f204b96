//! What paired tests allow to say, in words.

use crate::domain::{BenchmarkEntry, EntryKind, PairedTest, listed};

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
        // 0.0499 must not read as 0.050.
        p if (p - ALPHA).abs() < 0.0005 => format!("p {p:.4}"),
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
    // Nothing is above 1.
    if p >= 0.995 { p_text(p) } else { p_text(p).replacen("p ", "p ≥ ", 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::benchmark;

    fn test(first: &str, second: &str, holm_p: f64) -> PairedTest {
        PairedTest {
            first: first.to_owned(),
            second: second.to_owned(),
            difference: 0.0,
            difference_ci: [0.0; 2],
            delong_p: holm_p,
            holm_p,
            mcnemar_p: 1.0,
        }
    }

    fn entries(wanted: &[(&str, f64)]) -> Vec<BenchmarkEntry> {
        let all = benchmark().entries;
        let pick = |&(id, auroc): &(&str, f64)| {
            let mut entry = all.iter().find(|entry| entry.id == id).cloned().unwrap();
            entry.auroc.value = auroc;
            entry
        };
        wanted.iter().map(pick).collect()
    }

    #[test]
    fn nothing_is_claimed_without_models_or_tests() {
        assert_eq!(verdict(&[], &[]), "Nothing was compared.");
        assert_eq!(verdict(&entries(&[("pca", 0.9)]), &[]), "Only baselines were scored; a model has to beat them.");
        assert_eq!(verdict(&entries(&[("ae-1", 0.9)]), &[]), "Autoencoder was not compared with anything.");
        let untested = verdict(&entries(&[("ae-1", 0.9), ("vae-1", 0.8)]), &[]);
        assert_eq!(untested, "No single best: Autoencoder and VAE do not differ (DeLong p 1.00).");
    }

    #[test]
    fn a_network_that_loses_to_a_one_line_score_is_said_to() {
        let entries = entries(&[("vae-1", 0.55), ("pca", 0.88), ("gradient", 0.56)]);
        let paired = [test("vae-1", "pca", 0.0001), test("vae-1", "gradient", 0.4)];
        let text = verdict(&entries, &paired);
        assert_eq!(text, "VAE loses to PCA-16 on CLAHE and is not shown to beat Gradient magnitude.");
    }

    #[test]
    fn as_in_the_protocol() {
        let entries = entries(&[("vae-1", 0.917), ("ae-1", 0.935), ("gan-1", 0.91), ("pca", 0.88), ("gradient", 0.86)]);
        let mut paired = vec![
            test("ae-1", "vae-1", 0.15),
            test("ae-1", "gan-1", 0.004),
            test("ae-1", "pca", 0.0002),
            test("ae-1", "gradient", 0.0),
        ];
        assert_eq!(
            verdict(&entries, &paired),
            "No single best: Autoencoder and VAE do not differ (DeLong p 0.15). Autoencoder beats both baselines (p < 0.001)."
        );
        paired[0].holm_p = 0.0451;
        assert!(
            verdict(&entries, &paired)
                .starts_with("Autoencoder is the best model: it differs from every other (DeLong p ≤ 0.045).")
        );
        paired[0].holm_p = 0.3;
        paired[1].holm_p = 0.06;
        assert!(
            verdict(&entries, &paired)
                .starts_with("No single best: Autoencoder does not differ from VAE and GAN (DeLong p ≥ 0.060).")
        );
    }

    #[test]
    fn p_values_never_round_across_the_line() {
        let texts: Vec<String> = [0.0, 0.000_99, 0.001, 0.0499, 0.0501, 0.15, 1.0].map(p_text).to_vec();
        assert_eq!(texts, ["p < 0.001", "p < 0.001", "p 0.001", "p 0.0499", "p 0.0501", "p 0.15", "p 1.00"]);
    }
}
