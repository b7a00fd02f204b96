//! The images of a run, wherever they are now: in the open data set, or in the folder that the run was begun with.

use std::collections::HashMap;

use super::shared::Shared;
use crate::dataset::{self, CacheDir, OpenDataSet, OpenOptions};
use crate::domain::{SampleId, Watch};
use crate::error::{Error, Result};
use crate::store::{DataRecord, SplitEntry};

/// Images with what the run folder notes of them.
pub(super) type Entries = Vec<(SplitEntry, SampleId)>;

/// The data set that has these images of a run, and where in it they are: the open one, else the folder noted.
///
/// # Errors
/// When neither has them all: what the open one lacks, or that none is open.
pub(super) fn find(
    shared: &Shared,
    watch: &dyn Watch,
    noted: &DataRecord,
    images: &[SplitEntry],
    open: Option<&OpenDataSet>,
) -> Result<(OpenDataSet, Entries)> {
    let refused = match open.map(|data| (data, find_in(data, images))) {
        Some((data, Ok(entries))) => return Ok((data.clone(), entries)),
        Some((_, Err(error))) => error,
        None => Error::Other(format!(
            "the images of this run are needed, and no data set is open; open {} first",
            noted.name
        )),
    };
    let Some(root) = noted.root.as_deref().filter(|root| root.is_dir()) else { return Err(refused) };
    let options = OpenOptions { split_seed: noted.split_seed, without_copies: noted.without_copies, bundled: false };
    let cache = CacheDir::at(&shared.config.cache_dir);
    let data = shared.pool.install(|| dataset::open(root, &options, &cache, watch))?;
    let entries = find_in(&data, images)?;
    Ok((data, entries))
}

/// The samples of a data set by the hash of their files; of copies the last.
pub(super) fn by_content(data: &OpenDataSet) -> HashMap<&str, SampleId> {
    (0u32..).zip(&data.summary().samples).map(|(index, sample)| (sample.hash.as_str(), SampleId(index))).collect()
}

/// A run's images in a data set, by content: folders and splits may have changed, the images may not.
fn find_in(data: &OpenDataSet, images: &[SplitEntry]) -> Result<Entries> {
    let summary = data.summary();
    let by_hash = by_content(data);
    let found = |entry: &SplitEntry| Some((entry.clone(), *by_hash.get(entry.hash.as_str())?));
    let entries: Entries = images.iter().filter_map(found).collect();
    if entries.len() == images.len() {
        return Ok(entries);
    }
    Err(Error::DataSet {
        message: format!(
            "{} of the {} images of this run are not in this data set",
            images.len() - entries.len(),
            images.len()
        ),
        advice: "Open the folder that the run was begun with, and try again.".to_owned(),
        path: summary.root.clone(),
    })
}
