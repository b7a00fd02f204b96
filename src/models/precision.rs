//! Learning with 16-bit products on a GPU: Micikevicius et al., "Mixed precision training", ICLR 2018.
//!
//! Forward passes run under libtorch's autocast: convolutions and matrix products in 16 bits, normalisation in 32.
//! Weights, losses and the optimiser stay in 32 bits. libtorch's 16 bits are those with 5 for the exponent, too few for
//! small gradients, so that losses are multiplied before they are propagated back and gradients divided after.

use std::fmt::{Display, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::str::FromStr;

use tch::Device;

use crate::domain::TrainingSettings;

/// What a fresh run's losses are multiplied by (as PyTorch's `GradScaler`); a power of two changes no digit.
const FIRST_SCALE: f64 = 65_536.0;
/// Steps without an overflow after which twice the scale is tried (Micikevicius et al. 2018, section 3.2).
const STEPS_TO_GROW: u32 = 2000;

/// What a network computes with while it learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    #[default]
    Full,
    /// See the module.
    Mixed,
}

impl Precision {
    /// Mixed where the settings say so and there is a GPU: on a processor 16 bits are slower.
    pub fn of(settings: &TrainingSettings, device: Device) -> Self {
        if settings.mixed_precision && device.is_cuda() { Self::Mixed } else { Self::Full }
    }

    /// Runs a forward pass. libtorch's switch is thrown back even when the pass panics, which `tch::autocast` by itself
    /// leaves undone. Its copies of weights in 16 bits end with the pass, so that none outlives a step of the optimiser.
    pub fn forward<T>(self, pass: impl FnOnce() -> T) -> T {
        match self {
            Self::Full => pass(),
            Self::Mixed => {
                tch::autocast(true, || catch_unwind(AssertUnwindSafe(pass))).unwrap_or_else(|why| resume_unwind(why))
            }
        }
    }
}

/// What losses are multiplied by: half as much after an overflow, twice as much after many steps without.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossScale {
    /// A power of two, at least 1.
    factor: f64,
    /// Since the last overflow or change.
    steps: u32,
}

impl LossScale {
    /// A fresh one where the precision needs it.
    pub fn of(precision: Precision) -> Option<Self> {
        (precision == Precision::Mixed).then_some(Self { factor: FIRST_SCALE, steps: 0 })
    }

    pub fn factor(self) -> f64 {
        self.factor
    }

    /// Takes up whether a step's gradients are finite, and says whether to take the step. With a scale of 1 it is not to blame
    /// for those that are not: the step is taken, and the network shows that training diverged.
    pub fn allows(&mut self, finite: bool) -> bool {
        if !finite {
            let allows = self.factor <= 1.0;
            *self = Self { factor: (self.factor / 2.0).max(1.0), steps: 0 };
            return allows;
        }
        self.steps += 1;
        if self.steps == STEPS_TO_GROW {
            *self = Self { factor: self.factor * 2.0, steps: 0 };
        }
        true
    }
}

/// As in a checkpoint: the factor, then the steps.
impl Display for LossScale {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.factor, self.steps)
    }
}

impl FromStr for LossScale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(' ').and_then(|(factor, steps)| Some((factor.parse().ok()?, steps.parse().ok()?)));
        let scale = parts.filter(|(factor, steps)| (1.0..f64::INFINITY).contains(factor) && *steps < STEPS_TO_GROW);
        scale.map(|(factor, steps)| Self { factor, steps }).ok_or_else(|| format!("{text:?} is no loss scale"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Architecture;
    use tch::{Kind, Tensor};

    #[test]
    fn an_overflow_halves_and_many_good_steps_double() {
        let mut scale = LossScale::of(Precision::Mixed).unwrap();
        assert!(!scale.allows(false), "skipped");
        assert_eq!(scale.factor(), FIRST_SCALE / 2.0);
        for _ in 1..STEPS_TO_GROW {
            assert!(scale.allows(true));
        }
        assert_eq!(scale.factor(), FIRST_SCALE / 2.0);
        assert!(scale.allows(true));
        assert_eq!(scale.factor(), FIRST_SCALE);
        for _ in 0..16 {
            assert!(!scale.allows(false));
        }
        assert!(scale.factor() <= 1.0 && scale.allows(false), "not the scale's fault");
        assert_eq!(scale.factor(), 1.0);
        assert_eq!(LossScale::of(Precision::Full), None);
    }

    #[test]
    fn it_is_read_as_written() {
        let mut scale = LossScale::of(Precision::Mixed).unwrap();
        assert!(!scale.allows(false) && scale.allows(true));
        assert_eq!(scale.to_string().parse(), Ok(scale));
        for wrong in ["", "8", "8 x", "NaN 3", "inf 3", "0.5 3", "8 2000", "8 -1"] {
            assert!(wrong.parse::<LossScale>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_gpu_computes_in_16_bits() {
        let mut settings = TrainingSettings::recommended(Architecture::Vae);
        assert_eq!(Precision::of(&settings, Device::Cuda(0)), Precision::Full, "not unless it is asked for");
        settings.mixed_precision = true;
        assert_eq!(Precision::of(&settings, Device::Cuda(0)), Precision::Mixed);
        assert_eq!(Precision::of(&settings, Device::Cpu), Precision::Full);
    }

    /// Where there is CUDA, what a product is made in tells whether autocast is on.
    #[test]
    fn a_pass_that_panics_leaves_nothing_switched_on() {
        let device = Device::cuda_if_available();
        let product =
            || Tensor::ones([4, 4], (Kind::Float, device)).matmul(&Tensor::ones([4, 4], (Kind::Float, device)));
        let kind = if device.is_cuda() { Kind::Half } else { Kind::Float };
        assert_eq!(Precision::Mixed.forward(product).kind(), kind);
        let panicked = catch_unwind(|| Precision::Mixed.forward(|| std::panic::panic_any("on purpose")));
        assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"on purpose"));
        assert_eq!(product().kind(), Kind::Float);
        assert_eq!(Precision::Full.forward(product).kind(), Kind::Float);
    }
}
