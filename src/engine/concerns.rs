//! What a reader of several models' figures has to know, said once for all the models that it is true of.

use crate::domain::listed;

/// Why a model's figures are to be read with care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Concern {
    /// Trained on the data set of this name, or on another split of this one.
    TrainedElsewhere(String),
    /// Fitted to so many of the test images.
    FittedToTest(usize),
    /// Calibrated on so many of the test images.
    CalibratedOnTest(usize),
    /// Fitted to so many of the validation images of the open data set.
    FittedToValidation(usize),
}

impl Concern {
    /// False when it is about images of which there are none.
    pub(super) fn is_of_any_image(&self) -> bool {
        match self {
            Self::TrainedElsewhere(_) => true,
            Self::FittedToTest(count) | Self::CalibratedOnTest(count) | Self::FittedToValidation(count) => *count > 0,
        }
    }

    /// Lower is graver: what spoils test figures comes before what spoils others.
    fn rank(&self) -> u8 {
        match self {
            Self::FittedToTest(_) => 0,
            Self::CalibratedOnTest(_) => 1,
            Self::FittedToValidation(_) => 2,
            Self::TrainedElsewhere(_) => 3,
        }
    }

    /// A sentence about models of these names, at least one.
    fn sentence(&self, names: &[String]) -> String {
        let (were, their) = if names.len() == 1 { ("was", "its") } else { ("were", "their") };
        let names = listed(names);
        match self {
            Self::TrainedElsewhere(other) => {
                format!("{names} {were} trained on other images, or on another split ({other}).")
            }
            Self::FittedToTest(count) => {
                format!("{names} {were} trained on {}; {their} AUROC is optimistic.", images(*count, "test"))
            }
            Self::CalibratedOnTest(count) => format!("{names} took {their} threshold from {}.", images(*count, "test")),
            Self::FittedToValidation(count) => format!(
                "{names} {were} trained on {} of this data set; {their} development AUROC and {their} probabilities are optimistic.",
                images(*count, "validation")
            ),
        }
    }
}

/// "1 test image", "7 test images".
fn images(count: usize, which: &str) -> String {
    format!("{count} {which} image{}", if count == 1 { "" } else { "s" })
}

/// Concerns in the order met, each with the models that it is true of.
#[derive(Debug, Default)]
pub(super) struct Concerns(Vec<(Concern, Vec<String>)>);

impl Concerns {
    pub(super) fn add(&mut self, concern: Concern, name: &str) {
        match self.0.iter_mut().find(|(known, _)| *known == concern) {
            Some((_, names)) => names.push(name.to_owned()),
            None => self.0.push((concern, vec![name.to_owned()])),
        }
    }

    /// The gravest first.
    pub(super) fn sentences(&self) -> Vec<String> {
        let mut all: Vec<&(Concern, Vec<String>)> = self.0.iter().collect();
        all.sort_by_key(|(concern, _)| concern.rank());
        all.into_iter().map(|(concern, names)| concern.sentence(names)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_true_of_several_models_is_said_once() {
        let mut concerns = Concerns::default();
        assert_eq!(concerns.sentences().len(), 0);
        for name in ["Autoencoder", "VAE", "GAN"] {
            concerns.add(Concern::TrainedElsewhere("chest_xray".to_owned()), name);
        }
        concerns.add(Concern::FittedToTest(1), "VAE");
        concerns.add(Concern::FittedToTest(2), "GAN");
        concerns.add(Concern::CalibratedOnTest(2), "VAE");
        concerns.add(Concern::CalibratedOnTest(2), "GAN");
        concerns.add(Concern::FittedToValidation(1), "GAN");
        assert_eq!(
            concerns.sentences(),
            [
                "VAE was trained on 1 test image; its AUROC is optimistic.",
                "GAN was trained on 2 test images; its AUROC is optimistic.",
                "VAE and GAN took their threshold from 2 test images.",
                "GAN was trained on 1 validation image of this data set; its development AUROC and its probabilities are optimistic.",
                "Autoencoder, VAE and GAN were trained on other images, or on another split (chest_xray).",
            ]
        );
    }
}
