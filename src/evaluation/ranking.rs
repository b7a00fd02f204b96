//! ROC and precision–recall curves and the areas under them, exact under ties.

/// All images at or above one distinct score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub score: f64,
    /// Diseased images that score at least this.
    pub tp: u32,
    /// Healthy images that score at least this.
    pub fp: u32,
}

/// What a score does at every threshold: one step a distinct score, highest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    pub positives: u32,
    pub negatives: u32,
    /// The last step holds all images.
    pub steps: Vec<Step>,
}

impl Steps {
    /// Sorts the scores. `None` when the lengths differ, a score is NaN, or a class is missing.
    pub fn new(scores: &[f64], positive: &[bool]) -> Option<Self> {
        if scores.len() != positive.len() || scores.iter().any(|score| score.is_nan()) {
            return None;
        }
        let mut pairs: Vec<(f64, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut steps: Vec<Step> = Vec::with_capacity(pairs.len());
        let (mut tp, mut fp) = (0, 0);
        for (score, positive) in pairs {
            if positive {
                tp += 1;
            } else {
                fp += 1;
            }
            // `==` rather than `total_cmp`, so that 0.0 and -0.0 are one threshold.
            match steps.last_mut() {
                Some(last) if last.score == score => *last = Step { score, tp, fp },
                _ => steps.push(Step { score, tp, fp }),
            }
        }
        (tp > 0 && fp > 0).then_some(Self { positives: tp, negatives: fp, steps })
    }

    /// Area under the ROC curve: the chance that a diseased image outscores a healthy one, ties counting half
    /// (Hanley and McNeil 1982).
    pub fn auroc(&self) -> f64 {
        let (mut tp, mut fp, mut doubled_area) = (0u64, 0u64, 0u64);
        for step in &self.steps {
            let (next_tp, next_fp) = (u64::from(step.tp), u64::from(step.fp));
            doubled_area += (next_fp - fp) * (next_tp + tp);
            (tp, fp) = (next_tp, next_fp);
        }
        doubled_area as f64 / 2.0 / (f64::from(self.positives) * f64::from(self.negatives))
    }

    /// Average precision, Σ (Rₙ − Rₙ₋₁) Pₙ: the area under the precision–recall curve without interpolation, which
    /// would be too kind (Davis and Goadrich 2006).
    pub fn average_precision(&self) -> f64 {
        let (mut tp, mut sum) = (0, 0.0);
        for step in &self.steps {
            sum += f64::from(step.tp - tp) * precision(*step);
            tp = step.tp;
        }
        sum / f64::from(self.positives)
    }

    /// (1 − specificity, sensitivity) from (0, 0) to (1, 1); points on a straight line between others are left out.
    pub fn roc(&self) -> Vec<[f64; 2]> {
        let mut corners: Vec<(i64, i64)> = vec![(0, 0)];
        for step in &self.steps {
            let next = (i64::from(step.fp), i64::from(step.tp));
            if let [.., before, last] = corners.as_slice() {
                let cross = (last.0 - before.0) * (next.1 - last.1) - (last.1 - before.1) * (next.0 - last.0);
                if cross == 0 {
                    corners.pop();
                }
            }
            corners.push(next);
        }
        let (negatives, positives) = (f64::from(self.negatives), f64::from(self.positives));
        corners.into_iter().map(|(fp, tp)| [fp as f64 / negatives, tp as f64 / positives]).collect()
    }

    /// (recall, precision) at every distinct score, highest first, after (0, 1).
    pub fn precision_recall(&self) -> Vec<[f64; 2]> {
        let points = self.steps.iter().map(|step| [f64::from(step.tp) / f64::from(self.positives), precision(*step)]);
        std::iter::once([0.0, 1.0]).chain(points).collect()
    }

    /// The highest sensitivity of a threshold whose specificity is at least the given share. Not interpolated: it
    /// can be had.
    pub fn sensitivity_at_specificity(&self, specificity: f64) -> f64 {
        // Against 0.2 × 10 being 1.9999…
        let allowed = (1.0 - specificity) * f64::from(self.negatives) + 1e-9;
        let best = self.steps.iter().take_while(|step| f64::from(step.fp) <= allowed).last();
        best.map_or(0.0, |step| f64::from(step.tp) / f64::from(self.positives))
    }
}

/// Area under the ROC curve; `None` when the lengths differ, a score is NaN, or a class is missing.
pub fn auroc(scores: &[f64], positive: &[bool]) -> Option<f64> {
    Steps::new(scores, positive).map(|steps| steps.auroc())
}

fn precision(step: Step) -> f64 {
    f64::from(step.tp) / f64::from(step.tp + step.fp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::fixtures::reference;

    #[test]
    fn degenerate_input_has_no_curve() {
        for (scores, positive) in [
            (vec![], vec![]),
            (vec![1.0], vec![true]),
            (vec![1.0, 2.0], vec![true, true]),
            (vec![1.0, 2.0], vec![false, false]),
            (vec![1.0, 2.0], vec![true]),
            (vec![1.0, f64::NAN], vec![true, false]),
        ] {
            assert_eq!(Steps::new(&scores, &positive), None, "{scores:?} {positive:?}");
            assert_eq!(auroc(&scores, &positive), None);
        }
    }

    #[test]
    fn equal_scores_are_chance() {
        let steps = Steps::new(&[3.0; 6], &[true, false, false, true, false, false]).unwrap();
        assert_eq!(steps.auroc(), 0.5);
        assert_eq!(steps.roc(), [[0.0, 0.0], [1.0, 1.0]]);
        assert!((steps.average_precision() - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!(steps.sensitivity_at_specificity(0.9), 0.0);
        assert_eq!(steps.sensitivity_at_specificity(0.0), 1.0);
    }

    #[test]
    fn infinite_and_signed_zero_scores_are_ranked() {
        let positive = [true, false, true, false];
        assert_eq!(auroc(&[f64::INFINITY, f64::NEG_INFINITY, 1.0, 0.0], &positive), Some(1.0));
        assert_eq!(auroc(&[0.0, -0.0, 0.0, -0.0], &positive), Some(0.5));
    }

    #[test]
    fn by_hand() {
        // Diseased 3, 2, 1; healthy 2, 0. Of six pairs: 3>2, 3>0, 2=2 (half), 2>0, 1<2, 1>0: 4.5 of 6.
        let steps = Steps::new(&[3.0, 2.0, 1.0, 2.0, 0.0], &[true, true, true, false, false]).unwrap();
        assert_eq!(steps.auroc(), 0.75);
        assert_eq!(steps.sensitivity_at_specificity(1.0), 1.0 / 3.0);
        assert_eq!(steps.sensitivity_at_specificity(0.5), 1.0);
        // Recall 1/3 at precision 1, 2/3 at 2/3, 1 at 3/4.
        let expected = (1.0 + 2.0 / 3.0 + 3.0 / 4.0) / 3.0;
        assert!((steps.average_precision() - expected).abs() < 1e-15);
    }

    #[test]
    fn agrees_with_scikit_learn() {
        let reference = reference();
        for set in &reference.sets {
            let steps = Steps::new(&set.scores, &reference.labels).unwrap();
            assert!((steps.auroc() - set.auroc).abs() < 1e-12);
            assert!((steps.average_precision() - set.average_precision).abs() < 1e-12);
            same_line(&steps.roc(), &set.roc);
            close(&steps.precision_recall(), &set.precision_recall);
            for (specificity, expected) in [0.80, 0.90, 0.95].into_iter().zip(set.sensitivity_at) {
                assert!((steps.sensitivity_at_specificity(specificity) - expected).abs() < 1e-12);
            }
        }
    }

    /// `ours` leaves out points on straight lines, `all` does not.
    fn same_line(ours: &[[f64; 2]], all: &[[f64; 2]]) {
        let near = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).abs() < 1e-12 && (a[1] - b[1]).abs() < 1e-12;
        assert!(ours.iter().all(|our| all.iter().any(|their| near(our, their))));
        let on = |p: &[f64; 2], a: &[f64; 2], b: &[f64; 2]| {
            let cross = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
            cross.abs() < 1e-12 && a[0] - 1e-12 <= p[0] && p[0] <= b[0] + 1e-12
        };
        assert!(all.iter().all(|their| ours.windows(2).any(|pair| on(their, &pair[0], &pair[1]))));
    }

    fn close(ours: &[[f64; 2]], theirs: &[[f64; 2]]) {
        assert_eq!(ours.len(), theirs.len());
        for (our, their) in ours.iter().zip(theirs) {
            assert!((our[0] - their[0]).abs() < 1e-12 && (our[1] - their[1]).abs() < 1e-12, "{our:?} {their:?}");
        }
    }

    fn labelled() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
        // Few distinct values, so that ties are common.
        prop::collection::vec((-8i32..8, any::<bool>()), 2..60)
            .prop_map(|pairs| pairs.into_iter().map(|(score, positive)| (f64::from(score) / 2.0, positive)).unzip())
    }

    proptest! {
        #[test]
        fn a_monotone_transform_changes_nothing((scores, positive) in labelled()) {
            let bent: Vec<f64> = scores.iter().map(|score| (score / 3.0).exp() * 100.0 - 7.0).collect();
            let (before, after) = (Steps::new(&scores, &positive), Steps::new(&bent, &positive));
            prop_assert_eq!(before.as_ref().map(Steps::auroc), after.as_ref().map(Steps::auroc));
            prop_assert_eq!(before.as_ref().map(Steps::roc), after.as_ref().map(Steps::roc));
            prop_assert_eq!(before.as_ref().map(Steps::precision_recall), after.as_ref().map(Steps::precision_recall));
        }

        #[test]
        fn swapped_labels_or_signs_mirror_the_area((scores, positive) in labelled()) {
            let swapped: Vec<bool> = positive.iter().map(|positive| !positive).collect();
            let negated: Vec<f64> = scores.iter().map(|score| -score).collect();
            if let Some(area) = auroc(&scores, &positive) {
                prop_assert!((auroc(&scores, &swapped).unwrap() + area - 1.0).abs() < 1e-12);
                prop_assert!((auroc(&negated, &positive).unwrap() + area - 1.0).abs() < 1e-12);
                prop_assert!((auroc(&negated, &swapped).unwrap() - area).abs() < 1e-12);
            }
        }

        #[test]
        fn the_curve_climbs_and_its_area_is_the_auroc((scores, positive) in labelled()) {
            if let Some(steps) = Steps::new(&scores, &positive) {
                let roc = steps.roc();
                prop_assert_eq!(roc.first(), Some(&[0.0, 0.0]));
                prop_assert_eq!(roc.last(), Some(&[1.0, 1.0]));
                prop_assert!(roc.windows(2).all(|pair| pair[0][0] <= pair[1][0] && pair[0][1] <= pair[1][1]));
                let area: f64 = roc.windows(2).map(|p| (p[1][0] - p[0][0]) * (p[1][1] + p[0][1]) / 2.0).sum();
                prop_assert!((area - steps.auroc()).abs() < 1e-12);
            }
        }
    }
}
