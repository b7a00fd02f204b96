//! The settings that the next run of each architecture will be trained with.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::{Architecture, Preset, TrainingSettings};

/// Which architecture is chosen, and for each its preset and what was last made of it by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Drafts {
    pub architecture: Architecture,
    /// Recommended where there is none.
    presets: BTreeMap<Architecture, Preset>,
    by_hand: BTreeMap<Architecture, TrainingSettings>,
    /// What "Train all" trains.
    ticked: BTreeSet<Architecture>,
}

impl Default for Drafts {
    fn default() -> Self {
        Self {
            architecture: Architecture::Vae,
            presets: BTreeMap::new(),
            by_hand: BTreeMap::new(),
            ticked: Architecture::MAIN.into(),
        }
    }
}

impl Drafts {
    /// The settings of an architecture as they stand.
    pub fn of(&self, architecture: Architecture) -> TrainingSettings {
        let preset = self.presets.get(&architecture).copied().unwrap_or(Preset::Recommended);
        match (preset, self.by_hand.get(&architecture)) {
            (Preset::Custom, Some(custom)) if custom.architecture == architecture => custom.clone(),
            (preset, _) => TrainingSettings::preset(architecture, preset),
        }
    }

    /// The settings of the chosen architecture.
    pub fn current(&self) -> TrainingSettings {
        self.of(self.architecture)
    }

    pub fn is_ticked(&self, architecture: Architecture) -> bool {
        self.ticked.contains(&architecture)
    }

    /// Takes an architecture up in "Train all", or leaves it out.
    pub fn tick(&mut self, architecture: Architecture, ticked: bool) {
        if ticked {
            self.ticked.insert(architecture);
        } else {
            self.ticked.remove(&architecture);
        }
    }

    /// The settings that "Train all" trains with, in order.
    pub fn ticked(&self) -> Vec<TrainingSettings> {
        self.ticked.iter().map(|&architecture| self.of(architecture)).collect()
    }

    /// Changes to a preset; Custom is what it was when it was last left, or begins with what is on screen.
    pub fn choose(&mut self, preset: Preset) {
        if preset == Preset::Custom && !self.by_hand.contains_key(&self.architecture) {
            self.by_hand.insert(self.architecture, TrainingSettings { preset, ..self.current() });
        }
        self.presets.insert(self.architecture, preset);
    }

    /// Takes in settings changed by hand: a preset that was changed is Custom from now on.
    pub fn edit(&mut self, changed: TrainingSettings) {
        self.presets.insert(changed.architecture, Preset::Custom);
        self.by_hand.insert(changed.architecture, TrainingSettings { preset: Preset::Custom, ..changed });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_preset_is_custom_and_is_found_again() {
        let mut drafts = Drafts::default();
        drafts.edit(TrainingSettings { epochs: 7, ..drafts.current() });
        assert_eq!((drafts.current().preset, drafts.current().epochs), (Preset::Custom, 7));
        drafts.choose(Preset::Recommended);
        assert_eq!(drafts.current(), TrainingSettings::preset(Architecture::Vae, Preset::Recommended));
        drafts.choose(Preset::Custom);
        assert_eq!(drafts.current().epochs, 7);
        drafts.architecture = Architecture::Gan;
        assert_eq!(drafts.current().preset, Preset::Recommended, "the others are as they were");
    }

    #[test]
    fn custom_begins_with_what_is_on_screen() {
        let mut drafts = Drafts::default();
        drafts.choose(Preset::NeuroscanPro);
        drafts.choose(Preset::Custom);
        assert_eq!(drafts.current().preprocessing.image_size, 128);
        assert_eq!(drafts.current().preset, Preset::Custom);
    }

    #[test]
    fn survives_a_restart() {
        let mut drafts = Drafts::default();
        drafts.edit(TrainingSettings { seed: 11, ..drafts.of(Architecture::Vit) });
        drafts.tick(Architecture::AeU, true);
        drafts.tick(Architecture::Gan, false);
        let text = ron::to_string(&drafts).unwrap();
        assert_eq!(ron::from_str::<Drafts>(&text).unwrap(), drafts);
    }

    /// Version 0.1.0 kept one place for each of its four architectures.
    #[test]
    fn what_an_older_version_kept_is_left_out() {
        let text = "(architecture:gan,chosen:(recommended,recommended,neuroscan_pro,recommended),custom:(None,None,None,None))";
        let drafts = ron::from_str::<Drafts>(text).unwrap();
        assert_eq!(drafts, Drafts { architecture: Architecture::Gan, ..Drafts::default() });
    }
}
