//! What a detector tells of itself: where it is from, what it saw, what its listeners are told.

use std::path::Path;
use std::sync::Arc;

use super::Detector;
use crate::domain::{MapsPlacedBy, ModelId, ModelInfo, ModelKind};
use crate::engine::names::Naming;
use crate::store::StoredModel;

impl Detector {
    /// The runs it is made of: itself, or those of an ensemble.
    pub fn runs(&self) -> impl Iterator<Item = &StoredModel> {
        self.members.iter().map(|member| &member.stored)
    }

    /// The run that it is; `None` of an ensemble.
    pub fn single(&self) -> Option<&StoredModel> {
        self.together.is_none().then(|| &self.first().stored)
    }

    /// Where it is from.
    pub fn folder(&self) -> &Path {
        self.together.as_ref().map_or(&self.first().stored.run.folder, |together| &together.info.folder)
    }

    /// What it may be called.
    pub fn naming(&self) -> Naming<'_> {
        match &self.together {
            Some(together) => Naming::from(&together.info),
            None => Naming::from(&self.first().stored.run),
        }
    }

    /// Of its weights, hexadecimal.
    pub fn checkpoint_hash(&self) -> &str {
        self.together.as_ref().map_or(&self.first().stored.checkpoint_hash, |together| &together.checkpoint_hash)
    }

    /// What its user should know of its calibrations.
    pub fn caution(&self) -> Option<String> {
        match &self.together {
            Some(together) if together.info.maps == MapsPlacedBy::MeanOfMembers => Some(
                "its maps are the mean of its members' as they are: fewer than one healthy pixel in a thousand reaches 1 until it is calibrated with its data set open (neuroscan calibrate)"
                    .to_owned(),
            ),
            Some(_) => None,
            None => {
                let refused = self.first().stored.refused.as_ref()?;
                Some(format!("it is shown by its own score only: {refused}"))
            }
        }
    }

    /// Whether a file was among those it was fitted to.
    pub fn was_fitted_to(&self, file_hash: &str) -> bool {
        self.runs().any(|run| run.train_hashes.contains(file_hash))
    }

    /// Whether a file was among those it was calibrated on.
    pub fn was_calibrated_on(&self, file_hash: &str) -> bool {
        self.runs().any(|run| run.validation_hashes.contains(file_hash))
    }

    /// The data set that it was trained with, in part, where that is another than the one with this fingerprint.
    pub fn trained_elsewhere(&self, fingerprint: &str) -> Option<&str> {
        let elsewhere = self.runs().find(|run| run.data_fingerprint != fingerprint)?;
        Some(&elsewhere.run.data_name)
    }

    /// What it is for its listeners.
    pub fn describe(&self, id: ModelId, name: String) -> ModelInfo {
        let first = &self.first().stored.run;
        let settings = &first.settings;
        let cpu_secs: Option<f64> = self.runs().map(|run| run.training_cpu_secs).sum();
        ModelInfo {
            id,
            name,
            folder: self.folder().to_path_buf(),
            bundled: first.bundled,
            kind: self.together.as_ref().map_or(ModelKind::Network(settings.architecture), |_| ModelKind::Ensemble),
            members: self.together.as_ref().map_or_else(Arc::default, |together| together.info.members.clone().into()),
            preprocessing: settings.preprocessing,
            latent: (self.together.is_none() && settings.has_code()).then_some(settings.latent),
            own_score: self.own_score(),
            own_residual: self.own_residual(),
            score: self.choice.scoring.clone(),
            abilities: self.abilities(),
            calibrated: Arc::new(self.calibrated()),
            parameters: self.runs().map(|run| run.run.parameters).sum(),
            training_secs: self.runs().map(|run| run.training_secs).sum(),
            training_cpu_secs: cpu_secs,
            best_epoch: self.together.is_none().then_some(self.first().stored.best_epoch),
            calibration: Arc::clone(&self.choice.calibration),
        }
    }
}
