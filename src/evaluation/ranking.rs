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
