//! What survives a restart: screen, settings, folders, loaded models, and the views of the screens.

use std::path::{Path, PathBuf};

use eframe::Storage;
use serde::{Deserialize, Serialize};

use crate::domain::DataSetSummary;
use crate::engine::message::{DataOptions, DataSource};
use crate::ui::benchmark::BenchmarkView;
use crate::ui::command::Screen;
use crate::ui::compare::CompareView;
use crate::ui::data::DataView;
use crate::ui::explore::ExploreView;
use crate::ui::settings::Settings;
use crate::ui::train::TrainView;

const RECENT_FOLDERS: usize = 8;

/// Kept under one key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Saved {
    /// `None` on the first start.
    pub screen: Option<Screen>,
    pub settings: Settings,
    pub recent_folders: Vec<PathBuf>,
    pub last_data: LastData,
    /// Run folders of the loaded models.
    pub models: Vec<PathBuf>,
}

/// The data set that was open last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum LastData {
    #[default]
    Sample,
    Folder {
        path: PathBuf,
        split_seed: u64,
        without_copies: bool,
    },
}

/// The screens' own views.
#[derive(Default)]
pub(crate) struct Views {
    pub data: DataView,
    pub train: TrainView,
    pub compare: CompareView,
    pub benchmark: BenchmarkView,
    pub explore: ExploreView,
}

impl LastData {
    pub fn of(data: &DataSetSummary) -> Self {
        if data.bundled {
            return Self::Sample;
        }
        Self::Folder { path: data.root.clone(), split_seed: data.split_seed, without_copies: data.without_copies }
    }

    /// What to ask the engine for.
    pub fn request(&self) -> (DataSource, DataOptions) {
        match self {
            Self::Sample => (DataSource::BundledSample, DataOptions::default()),
            Self::Folder { path, split_seed, without_copies } => {
                let options = DataOptions { split_seed: *split_seed, without_copies: *without_copies };
                (DataSource::Folder(path.clone()), options)
            }
        }
    }
}

/// Puts a folder at the head of the recent ones.
pub(crate) fn remember(recent: &mut Vec<PathBuf>, folder: &Path) {
    recent.retain(|known| known != folder);
    recent.insert(0, folder.to_path_buf());
    recent.truncate(RECENT_FOLDERS);
}

/// Reads everything back; what cannot be read is as on the first start.
pub(crate) fn load(storage: Option<&dyn Storage>) -> (Saved, Views) {
    let Some(storage) = storage else { return (Saved::default(), Views::default()) };
    let saved = eframe::get_value(storage, "workbench").unwrap_or_default();
    let views = Views {
        data: eframe::get_value(storage, "data view").unwrap_or_default(),
        train: eframe::get_value(storage, "train view").unwrap_or_default(),
        compare: eframe::get_value(storage, "compare view").unwrap_or_default(),
        benchmark: eframe::get_value(storage, "benchmark view").unwrap_or_default(),
        explore: eframe::get_value(storage, "explore view").unwrap_or_default(),
    };
    (saved, views)
}

/// Each view has a key of its own, so that one that cannot be read takes no other with it.
pub(crate) fn store(storage: &mut dyn Storage, saved: &Saved, views: &Views) {
    eframe::set_value(storage, "workbench", saved);
    eframe::set_value(storage, "data view", &views.data);
    eframe::set_value(storage, "train view", &views.train);
    eframe::set_value(storage, "compare view", &views.compare);
    eframe::set_value(storage, "benchmark view", &views.benchmark);
    eframe::set_value(storage, "explore view", &views.explore);
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[derive(Default)]
    struct Memory(HashMap<String, String>);

    impl Storage for Memory {
        fn get_string(&self, key: &str) -> Option<String> {
            self.0.get(key).cloned()
        }
        fn set_string(&mut self, key: &str, value: String) {
            self.0.insert(key.to_owned(), value);
        }
        fn remove_string(&mut self, key: &str) {
            self.0.remove(key);
        }
        fn flush(&mut self) {}
    }

    #[test]
    fn everything_comes_back_and_damage_stays_where_it_is() {
        let saved = Saved {
            screen: Some(Screen::Train),
            settings: Settings { dark: false, text_scale: 1.3, smooth_images: false },
            recent_folders: vec!["/data".into()],
            last_data: LastData::Folder { path: "/data".into(), split_seed: 11, without_copies: true },
            models: vec!["/models/vae".into()],
        };
        let mut storage = Memory::default();
        store(&mut storage, &saved, &Views::default());
        assert_eq!(load(Some(&storage)).0, saved);
        storage.set_string("compare view", "(((".to_owned());
        assert_eq!(load(Some(&storage)).0, saved);
        storage.set_string("workbench", "(screen: Some(Nowhere))".to_owned());
        assert_eq!(load(Some(&storage)).0, Saved::default());
        assert_eq!(load(None).0.screen, None);
    }

    #[test]
    fn recent_folders_are_unique_newest_first_and_few() {
        let mut recent = Vec::new();
        for index in [1, 2, 3, 1, 4, 5, 6, 7, 8, 9, 10] {
            remember(&mut recent, Path::new(&format!("/{index}")));
        }
        assert_eq!(recent.len(), RECENT_FOLDERS);
        assert_eq!(recent[0], Path::new("/10"));
    }
}
