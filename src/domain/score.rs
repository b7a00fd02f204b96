//! How a reconstruction becomes a map and a number.

use serde::{Deserialize, Serialize};

/// How input and reconstruction are compared, pixel by pixel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Residual {
    /// Squared difference.
    Squared,
    /// Signed difference, blurred with a Gaussian, then its absolute value: what is *consistently* lighter or darker.
    BlurredSigned {
        /// Standard deviation of the Gaussian as a share of the image side (0.0625 = 4 px of 64).
        sigma: f64,
    },
}

/// The part of the map that is averaged into the image score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    Full,
    /// The central 70 % of both sides: little but lung and heart.
    Central,
}

/// A score: residual, region, and whether the input is shifted to its most healthy-looking position first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub residual: Residual,
    pub region: Region,
    /// The score is the minimum over the nine shifts by 0 and ± this share of the image side; 0 switches it off.
    pub jitter: f64,
}

impl Score {
    /// Plain mean squared error over the whole image: what the replaced system used.
    pub const MSE: Self = Self { residual: Residual::Squared, region: Region::Full, jitter: 0.0 };

    /// Blur and jitter are within a quarter of the side.
    pub fn is_valid(&self) -> bool {
        let blur = match self.residual {
            Residual::Squared => 0.0,
            Residual::BlurredSigned { sigma } => sigma,
        };
        [blur, self.jitter].iter().all(|share| (0.0..=0.25).contains(share))
    }

    /// One line on screen and in reports.
    pub fn describe(&self) -> String {
        let residual = match self.residual {
            Residual::Squared => "mean squared error".to_owned(),
            Residual::BlurredSigned { sigma } => {
                format!("signed difference, blurred over {:.1} % of the side, absolute mean", sigma * 100.0)
            }
        };
        let region = match self.region {
            Region::Full => "",
            Region::Central => ", central 70 %",
        };
        let jitter = if self.jitter > 0.0 {
            format!(", least of 9 shifts by {:.1} %", self.jitter * 100.0)
        } else {
            String::new()
        };
        format!("{residual}{region}{jitter}")
    }
}
