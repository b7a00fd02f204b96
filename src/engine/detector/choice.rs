//! What a detector scores by now, with all that takes made ready once.

use std::sync::Arc;

use tch::Device;

use super::member::{Gauging, Member};
use super::{Together, calibrations};
use crate::domain::{Calibration, Measure, Residual, Scoring, Spread, fuse};
use crate::error::{Error, Result};

/// A score that was chosen, made ready.
pub(super) struct Choice {
    pub scoring: Scoring,
    pub calibration: Arc<Calibration>,
    /// Of the parts of the score.
    pub spreads: Vec<Spread>,
    /// The maps that are shown, each with its share; `None` is that of each member's own score.
    pub shown: Vec<(Option<Residual>, f32)>,
    /// One a member.
    pub gauges: Vec<Gauging>,
}

impl Choice {
    /// # Errors
    /// Names what is not calibrated; when the device has no room.
    pub fn make(scoring: &Scoring, members: &[Member], together: Option<&Together>, device: Device) -> Result<Self> {
        let known = calibrations(members, together);
        let calibration = known.of(scoring).map_err(Error::Other)?;
        let spreads = known.spreads(scoring).map_err(Error::Other)?;
        let shown = shown(scoring);
        let measures: Vec<Measure> = scoring.parts().iter().map(|part| part.measure).collect();
        let wanted: Vec<Option<Residual>> = shown.iter().map(|(wanted, _)| *wanted).collect();
        let gauge = |member: &Member| member.gauging(&measures, &wanted, together.is_some(), device);
        let gauges = members.iter().map(gauge).collect::<Result<_>>()?;
        Ok(Self { scoring: scoring.clone(), calibration: Arc::new(calibration), spreads, shown, gauges })
    }

    /// The number, from what each part measured.
    pub fn fuse(&self, measured: &[f64]) -> f64 {
        fuse(&self.scoring, &self.spreads, measured)
    }
}

/// The maps of a score, with shares that add up to 1; that of the own score where it has none.
pub(super) fn shown(scoring: &Scoring) -> Vec<(Option<Residual>, f32)> {
    let maps = scoring.parts().iter().filter_map(|part| match part.measure {
        Measure::Map(score) => Some((Some(score.residual), part.weight as f32)),
        Measure::Own => Some((None, part.weight as f32)),
        Measure::Code(_) => None,
    });
    let mut shown: Vec<(Option<Residual>, f32)> = maps.collect();
    if shown.is_empty() {
        shown.push((None, 1.0));
    }
    let total: f32 = shown.iter().map(|(_, weight)| weight).sum();
    for (_, weight) in &mut shown {
        *weight /= total;
    }
    shown
}
