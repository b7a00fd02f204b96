//! All images of a data set as a network sees them, one after the other.

use rayon::prelude::*;

use super::OpenDataSet;
use super::cache::{CacheDir, Rows};
use crate::domain::{GrayImage, Preprocessing, SampleId, Watch};
use crate::error::{Error, Result};
use crate::imaging::{self, BASE_SIDE};

/// Changes whenever [`imaging::finish`] does.
const PREPARATION: &str = "preparation 1";
/// Images between two writes; bounds the memory in use.
const BATCH: usize = 512;

/// Preprocessed images of a data set, in the order of its samples. Usually mapped from the cache, so cheap to keep.
#[derive(Debug)]
pub struct Pixels {
    /// Side of an image.
    pub size: u32,
    pub count: usize,
    rows: Rows,
}

impl Pixels {
    /// The image of a sample, `size * size` values row-major; empty when there is no such sample.
    pub fn image(&self, id: SampleId) -> &[u8] {
        self.rows.row(id.0 as usize).unwrap_or_default()
    }

    /// All images, `count * size * size` values.
    pub fn bytes(&self) -> &[u8] {
        self.rows.bytes()
    }

    /// Some images, in the order asked for.
    pub fn gather(&self, ids: impl IntoIterator<Item = SampleId>) -> Vec<u8> {
        ids.into_iter().flat_map(|id| self.image(id)).copied().collect()
    }
}

/// Takes prepared images from the cache or prepares them. The second value says why they could not be kept.
pub(super) fn prepare(
    data: &OpenDataSet,
    how: Preprocessing,
    cache: &CacheDir,
    watch: &dyn Watch,
) -> Result<(Pixels, Option<String>)> {
    if how.image_size == 0 {
        return Err(Error::Other("image size must be above 0".to_owned()));
    }
    let samples = &data.summary().samples;
    let row_len = how.image_size as usize * how.image_size as usize;
    let name = cache_name(data, how);
    if let Some((rows, _)) = cache.open(&name, row_len)
        && rows.count() == samples.len()
    {
        return Ok((Pixels { size: how.image_size, count: samples.len(), rows }, None));
    }
    let mut writer = cache.writer(&name, row_len);
    for start in (0..samples.len()).step_by(BATCH) {
        if watch.cancelled() {
            return Err(Error::Cancelled);
        }
        watch.progress("Preparing images", start as u64, samples.len() as u64);
        let end = samples.len().min(start + BATCH);
        let images: Vec<Vec<u8>> = (start..end)
            .into_par_iter()
            .map(|index| prepare_one(data, SampleId(index as u32), how).map(|image| image.pixels))
            .collect::<Result<_>>()?;
        writer.append(&images.concat())?;
    }
    watch.progress("Preparing images", samples.len() as u64, samples.len() as u64);
    let (rows, problem) = writer.finish(&[])?;
    cache.prune();
    Ok((Pixels { size: how.image_size, count: samples.len(), rows }, problem))
}

pub(super) fn prepare_one(data: &OpenDataSet, id: SampleId, how: Preprocessing) -> Result<GrayImage> {
    Ok(imaging::finish(&base(data, id, how)?, how))
}

/// What [`imaging::finish`] takes.
pub(super) fn base(data: &OpenDataSet, id: SampleId, how: Preprocessing) -> Result<GrayImage> {
    if how.image_size <= BASE_SIDE {
        return data.base(id).ok_or_else(|| Error::Other(format!("there is no sample {}", id.0)));
    }
    // Above the base's side the whole image is needed again.
    Ok(imaging::base(&data.read(id)?.image, how))
}

/// Named by content: the same images in the same order, prepared the same way, whatever the folder is called.
fn cache_name(data: &OpenDataSet, how: Preprocessing) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(PREPARATION.as_bytes());
    hasher.update(super::scan::READER.as_bytes());
    hasher.update(&how.image_size.to_le_bytes());
    hasher.update(&[u8::from(how.clahe)]);
    for sample in &data.summary().samples {
        hasher.update(sample.hash.as_bytes());
    }
    format!("pixels-{}", &hasher.finalize().to_hex()[..24])
}
