//! How well one number tells two groups of images apart, and which of several does best.

use crate::domain::{DataSetSummary, Label, Severity, Split, auroc_between, thousands};

use super::wording::quantity;

/// Fewer than this in a group, and nothing is claimed.
pub(super) const ENOUGH: usize = 20;
/// From here on a single number is as good as published detectors.
const STRONG: f64 = 0.70;
const NOTICEABLE: f64 = 0.60;

/// One number an image.
pub(super) struct Measure {
    /// "Height", as a sentence begins.
    pub name: &'static str,
    pub unit: &'static str,
    /// What an image is called that has less of it, and one that has more: "lower", "higher".
    pub words: [&'static str; 2],
    /// One a sample.
    pub values: Vec<f64>,
}

/// The AUROC of telling the second group from the first by more of a measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Separation {
    pub auroc: f64,
    pub counts: [usize; 2],
    pub medians: [f64; 2],
}

impl Separation {
    /// `None` when a group is too small to say anything.
    pub fn between(first: &[f64], second: &[f64]) -> Option<Self> {
        if first.len().min(second.len()) < ENOUGH {
            return None;
        }
        let auroc = auroc_between(first, second)?;
        Some(Self { auroc, counts: [first.len(), second.len()], medians: [median(first), median(second)] })
    }

    /// The AUROC in whichever direction separates, 0.5 to 1.
    pub fn strength(self) -> f64 {
        self.auroc.max(1.0 - self.auroc)
    }

    /// Not more than two groups of one kind would show in 95 % of draws (Mann and Whitney 1947).
    pub fn may_be_chance(self) -> bool {
        let [first, second] = self.counts.map(|count| count as f64);
        let standard_error = ((first + second + 1.0) / (12.0 * first * second)).sqrt();
        (self.auroc - 0.5).abs() < 1.96 * standard_error
    }

    pub fn severity(self) -> Severity {
        match self.strength() {
            strength if self.may_be_chance() || strength < NOTICEABLE => Severity::Fine,
            strength if strength < STRONG => Severity::Note,
            _ => Severity::Caution,
        }
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Where the classes are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Training and validation normals against development images.
    Training,
    Test,
}

impl Place {
    pub fn name(self) -> &'static str {
        match self {
            Self::Training => "training folder",
            Self::Test => "test images",
        }
    }

    /// Its images, in a sentence.
    pub fn images(self) -> &'static str {
        match self {
            Self::Training => "training-folder images",
            Self::Test => "test images",
        }
    }

    fn holds(self, split: Split) -> bool {
        match self {
            Self::Training => matches!(split, Split::Train | Split::Validation | Split::Development),
            Self::Test => split == Split::Test,
        }
    }
}

/// The values of one label in one place.
fn values(summary: &DataSetSummary, measure: &Measure, place: Place, label: Label) -> Vec<f64> {
    summary
        .samples
        .iter()
        .zip(&measure.values)
        .filter(|(sample, _)| place.holds(sample.split) && sample.label == Some(label))
        .map(|(_, &value)| value)
        .collect()
}

/// The healthy against the diseased.
pub(super) fn of_classes(summary: &DataSetSummary, measure: &Measure, place: Place) -> Option<Separation> {
    Separation::between(
        &values(summary, measure, place, Label::Healthy),
        &values(summary, measure, place, Label::Diseased),
    )
}

/// The measure that tells the classes apart best, and how well.
pub(super) struct Strongest<'a> {
    pub measure: &'a Measure,
    pub separation: Separation,
    pub place: Place,
    /// Where the measure was chosen among several.
    pub chosen_on: Place,
}

/// Chooses on the training folder and reports on the test images, as far as each holds both classes.
pub(super) fn strongest<'a>(summary: &DataSetSummary, measures: &'a [Measure]) -> Option<Strongest<'a>> {
    let rank = |place: Place| {
        measures
            .iter()
            .filter_map(|measure| Some((measure, of_classes(summary, measure, place)?)))
            .max_by(|a, b| a.1.strength().total_cmp(&b.1.strength()))
    };
    if let Some((measure, separation)) = rank(Place::Training) {
        let chosen_on = Place::Training;
        return Some(match of_classes(summary, measure, Place::Test) {
            Some(separation) => Strongest { measure, separation, place: Place::Test, chosen_on },
            None => Strongest { measure, separation, place: Place::Training, chosen_on },
        });
    }
    let (measure, separation) = rank(Place::Test)?;
    Some(Strongest { measure, separation, place: Place::Test, chosen_on: Place::Test })
}

/// All that was computed, a line a measure and place.
pub(super) fn table(summary: &DataSetSummary, measures: &[Measure]) -> Vec<String> {
    let mut lines = Vec::new();
    for place in [Place::Test, Place::Training] {
        for measure in measures {
            let Some(separation) = of_classes(summary, measure, place) else { continue };
            let unit = if measure.unit.is_empty() { String::new() } else { format!(" {}", measure.unit) };
            lines.push(format!(
                "{}, {}: AUROC {:.3}; median {}{unit} in {} healthy, {}{unit} in {} diseased",
                measure.name,
                place.name(),
                separation.strength(),
                quantity(separation.medians[0]),
                thousands(separation.counts[0]),
                quantity(separation.medians[1]),
                thousands(separation.counts[1]),
            ));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_groups_say_nothing() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        assert_eq!(Separation::between(&values[..19], &values), None);
        assert!(Separation::between(&values[..20], &values[20..]).is_some());
    }

    #[test]
    fn direction_does_not_matter_and_chance_is_told_from_difference() {
        let low: Vec<f64> = (0..50).map(f64::from).collect();
        let high: Vec<f64> = (25..75).map(f64::from).collect();
        let (up, down) = (Separation::between(&low, &high).unwrap(), Separation::between(&high, &low).unwrap());
        assert!((up.strength() - down.strength()).abs() < 1e-12 && up.strength() > 0.8);
        assert!(!up.may_be_chance());
        assert_eq!(up.severity(), Severity::Caution);
        assert_eq!(up.medians, [24.5, 49.5]);
        let same = Separation::between(&low, &low).unwrap();
        assert!(same.may_be_chance());
        assert_eq!(same.severity(), Severity::Fine);
    }
}
