//! The columns of the leaderboard: what stands in them, how they sort, and where they stand.

use egui::{Rangef, Rect};
use serde::{Deserialize, Serialize};

use super::format;
use super::prepared::{Outcome, Prepared};
use crate::domain::BenchmarkEntry;

/// A column that can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    Name,
    Auroc,
    Sensitivity,
    Specificity,
    Accuracy,
    F1,
    Parameters,
    Training,
    Time,
}

impl Column {
    /// Right of the interval plot, from left to right.
    pub const RIGHT: [Self; 7] =
        [Self::Sensitivity, Self::Specificity, Self::Accuracy, Self::F1, Self::Parameters, Self::Training, Self::Time];

    /// What stands above it.
    pub fn head(self) -> &'static str {
        match self {
            Self::Name => "Model",
            Self::Auroc => "AUROC",
            Self::Sensitivity => "Sens.",
            Self::Specificity => "Spec.",
            Self::Accuracy => "Acc.",
            Self::F1 => "F1",
            Self::Parameters => "Params",
            Self::Training => "Train",
            Self::Time => "ms",
        }
    }

    /// Its name where there is room.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "Model",
            Self::Auroc => "AUROC",
            Self::Sensitivity => "Sensitivity",
            Self::Specificity => "Specificity",
            Self::Accuracy => "Accuracy",
            Self::F1 => "F1",
            Self::Parameters => "Parameters",
            Self::Training => "Training time",
            Self::Time => "Milliseconds per image",
        }
    }

    /// What it means, where the glossary has no word for it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Name => "Networks, and in italics the one-line scores they have to beat.",
            Self::Parameters => "Numbers that training adjusts.",
            Self::Training => "Training time in minutes and seconds, pauses left out.",
            Self::Time => "Milliseconds to score one image.",
            _ => "",
        }
    }

    /// With the gap at its left.
    fn width(self) -> f32 {
        match self {
            Self::Parameters => 46.0,
            Self::Training => 36.0,
            Self::Time => 31.0,
            // "100.0" and a gap.
            _ => 40.0,
        }
    }

    /// Larger is better, so the first click sorts downwards.
    fn descends_first(self) -> bool {
        !matches!(self, Self::Name | Self::Parameters | Self::Training | Self::Time)
    }

    /// What the entry has here; `None` sorts last either way.
    fn value(self, entry: &BenchmarkEntry, outcome: &Outcome) -> Option<f64> {
        let rates = &outcome.rates;
        match self {
            Self::Name => None,
            Self::Auroc => Some(entry.auroc.value),
            Self::Sensitivity => rates.sensitivity.map(|share| share.value),
            Self::Specificity => rates.specificity.map(|share| share.value),
            Self::Accuracy => rates.accuracy.map(|share| share.value),
            Self::F1 => rates.f1,
            Self::Parameters => entry.parameters.map(|count| count as f64),
            Self::Training => entry.training_secs,
            Self::Time => entry.ms_per_image,
        }
    }

    /// What stands in the cell.
    pub fn text(self, entry: &BenchmarkEntry, outcome: &Outcome) -> String {
        match self {
            Self::Name => entry.name.clone(),
            Self::Auroc => format::area(entry.auroc.value),
            Self::Sensitivity | Self::Specificity | Self::Accuracy | Self::F1 => {
                format::share(self.value(entry, outcome))
            }
            Self::Parameters => format::parameters(entry.parameters),
            Self::Training => format::training_time(entry.training_secs),
            Self::Time => format::milliseconds(entry.ms_per_image),
        }
    }
}

/// By which column the leaderboard is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub column: Column,
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self { column: Column::Auroc, descending: true }
    }
}

impl Sort {
    /// The head of a column was clicked.
    pub fn click(&mut self, column: Column) {
        *self = if self.column == column {
            Self { column, descending: !self.descending }
        } else {
            Self { column, descending: column.descends_first() }
        };
    }

    /// Entries in this order; equal ones by AUROC.
    pub fn order(self, prepared: &Prepared) -> Vec<usize> {
        let Prepared { benchmark, outcomes, .. } = prepared;
        let entries = &benchmark.entries;
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|&a, &b| {
            let by_area = entries[b].auroc.value.total_cmp(&entries[a].auroc.value);
            if self.column == Column::Name {
                let by_name = entries[a].name.to_lowercase().cmp(&entries[b].name.to_lowercase());
                return if self.descending { by_name.reverse() } else { by_name }.then(by_area);
            }
            match (self.column.value(&entries[a], &outcomes[a]), self.column.value(&entries[b], &outcomes[b])) {
                (Some(a), Some(b)) => if self.descending { b.total_cmp(&a) } else { a.total_cmp(&b) }.then(by_area),
                (a, b) => b.is_some().cmp(&a.is_some()).then(by_area),
            }
        });
        order
    }
}

/// Where the columns stand.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub name: Rangef,
    /// Right edges.
    pub auroc: f32,
    pub interval: f32,
    pub plot: Rangef,
    /// Right edges, in the order of `Column::RIGHT`.
    pub right: [f32; 7],
    /// There is room for full-size figures everywhere.
    pub wide: bool,
}

impl Places {
    /// For rows with this content rectangle: the interval plot takes what the figures leave up to a limit, names the rest.
    pub fn new(row: Rect) -> Self {
        let wide = row.width() >= 760.0;
        let mut x = row.right();
        let mut right = [0.0; 7];
        for (place, column) in right.iter_mut().zip(Column::RIGHT).rev() {
            *place = x;
            x -= column.width() + if wide { 13.0 } else { 0.0 };
        }
        // With the gaps at their left.
        let (name, auroc, interval) = if wide { (160.0, 52.0, 96.0) } else { (136.0, 44.0, 73.0) };
        let gap = 12.0;
        let plot = (x - row.left() - name - auroc - interval - gap).clamp(60.0, if wide { 180.0 } else { 132.0 });
        let plot_left = x - plot;
        let interval_right = plot_left - gap;
        Self {
            plot: Rangef::new(plot_left, x),
            interval: interval_right,
            auroc: interval_right - interval,
            name: Rangef::new(row.left(), interval_right - interval - auroc),
            right,
            wide,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui::{pos2, vec2};

    use super::*;
    use crate::domain::ThresholdRule;
    use crate::evaluation::fixtures;

    fn names(sort: Sort) -> Vec<String> {
        let prepared = Prepared::new(
            Arc::new(fixtures::benchmark()),
            None,
            ThresholdRule::ValidationPercentile { percentile: 95.0 },
        );
        sort.order(&prepared).into_iter().map(|index| prepared.benchmark.entries[index].id.clone()).collect()
    }

    #[test]
    fn what_has_no_figure_comes_last_whichever_way() {
        for descending in [true, false] {
            let names = names(Sort { column: Column::Parameters, descending });
            assert_eq!(names[4..], ["pca", "gradient"], "{names:?}");
        }
    }

    #[test]
    fn a_first_click_shows_the_best_first_and_a_second_turns_it_round() {
        let mut sort = Sort::default();
        assert_eq!(names(sort)[0], "ae-1");
        sort.click(Column::Auroc);
        assert_eq!(names(sort)[5], "ae-1");
        sort.click(Column::Time);
        assert_eq!(names(sort)[0], "gradient", "fastest first");
        sort.click(Column::Name);
        assert_eq!(names(sort)[..2], ["ae-1", "gan-1"]);
        sort.click(Column::Name);
        assert_eq!(names(sort)[0], "vit-1");
    }

    #[test]
    fn columns_stand_beside_each_other_at_any_width() {
        for width in [614.0, 632.0, 760.0, 1_400.0] {
            let places = Places::new(Rect::from_min_size(pos2(14.0, 0.0), vec2(width, 34.0)));
            assert!(places.name.span() > 120.0, "{places:?}");
            assert!(places.name.max <= places.auroc - 40.0 + 5.0 && places.auroc < places.interval - 60.0);
            assert!(places.interval < places.plot.min && places.plot.span() >= 75.0, "{places:?}");
            assert!(places.plot.max < places.right[0] - 29.0, "{places:?}");
            assert!(places.right.is_sorted() && places.right[6] <= 14.0 + width);
        }
    }
}
