//! A data set that is open.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::cache::{CacheDir, Rows};
use super::labels::Account;
use super::pixels::{self, Pixels};
use crate::domain::{DataSetSummary, GrayImage, Preprocessing, SampleId, Watch};
use crate::error::{Error, Result};
use crate::imaging::{self, BASE_SIDE, Decoded};

/// All that is known about the images of a folder, and their pixels. Clones share everything.
#[derive(Clone, Debug)]
pub struct OpenDataSet {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub summary: Arc<DataSetSummary>,
    /// By sample.
    pub files: Vec<PathBuf>,
    /// By sample: row in `base`.
    pub rows: Vec<usize>,
    /// By sample: "8 bit grey JPEG".
    pub kinds: Vec<String>,
    pub base: Rows,
    pub cache: CacheDir,
    pub surroundings: Surroundings,
    /// Files that had to be read because the cache did not know them.
    pub read: usize,
    pub notices: Mutex<Vec<String>>,
    pub prepared: Mutex<HashMap<Preprocessing, Weak<Pixels>>>,
}

/// What was found beside the samples.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// A `val` folder: its name and the files in it.
    pub validation_folder: Option<(String, usize)>,
    /// Images outside class folders.
    pub outside: Vec<String>,
    pub makes_test: bool,
    pub beside: Option<String>,
    /// Tables of labels, and what came of each.
    pub tables: Vec<Account>,
}

impl OpenDataSet {
    pub(super) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    pub fn summary(&self) -> &Arc<DataSetSummary> {
        &self.inner.summary
    }

    /// The file of a sample.
    pub fn path(&self, id: SampleId) -> Option<&Path> {
        self.inner.files.get(id.0 as usize).map(PathBuf::as_path)
    }

    /// The sample that a file is, if it is one.
    pub fn find(&self, file: &Path) -> Option<SampleId> {
        let position = self.inner.files.iter().position(|known| known == file)?;
        Some(SampleId(position as u32))
    }

    /// Decodes a sample at full resolution.
    ///
    /// # Errors
    /// `Error::Io` or `Error::Image` when the file has gone or changed since the folder was opened.
    pub fn read(&self, id: SampleId) -> Result<Decoded> {
        imaging::read_image(self.path(id).ok_or_else(|| Error::Other(format!("there is no sample {}", id.0)))?)
    }

    /// The 128-px square that all smaller sizes are made from.
    pub fn base(&self, id: SampleId) -> Option<GrayImage> {
        let row = self.inner.base.row(*self.inner.rows.get(id.0 as usize)?)?;
        Some(GrayImage::new(BASE_SIDE, BASE_SIDE, row.to_vec()))
    }

    /// A picture of a sample whose longer side is `side` pixels. Up to 128 px no file is read.
    pub fn thumbnail(&self, id: SampleId, side: u32) -> Result<GrayImage> {
        let sample =
            self.inner.summary.sample(id).ok_or_else(|| Error::Other(format!("there is no sample {}", id.0)))?;
        let side = side.clamp(1, 2048);
        let longest = f64::from(sample.width.max(sample.height));
        let scaled = |length: u32| ((f64::from(length) / longest * f64::from(side)).round() as u32).max(1);
        let image = match self.base(id) {
            Some(base) if side <= BASE_SIDE => base,
            _ => self.read(id)?.image,
        };
        Ok(imaging::resize(&image, scaled(sample.width), scaled(sample.height)))
    }

    /// One image as a network sees it: the same as that of [`Self::pixels`], without preparing the others.
    ///
    /// # Errors
    /// Above 128 px when the file has gone or changed since the folder was opened.
    pub fn prepare(&self, id: SampleId, how: Preprocessing) -> Result<GrayImage> {
        pixels::prepare_one(self, id, how)
    }

    /// The same before the last half of its preparation: what [`imaging::finish`] takes, 128 px or the size asked for a side.
    ///
    /// # Errors
    /// Above 128 px when the file has gone or changed since the folder was opened.
    pub fn unfinished(&self, id: SampleId, how: Preprocessing) -> Result<GrayImage> {
        pixels::base(self, id, how)
    }

    /// All images as a network sees them; from memory or the cache where they have been prepared before.
    ///
    /// # Errors
    /// `Error::Cancelled`; above 128 px also when a file has gone or changed since the folder was opened.
    pub fn pixels(&self, how: Preprocessing, watch: &dyn Watch) -> Result<Arc<Pixels>> {
        let known = lock(&self.inner.prepared).get(&how).and_then(Weak::upgrade);
        if let Some(pixels) = known {
            return Ok(pixels);
        }
        let (pixels, problem) = pixels::prepare(self, how, &self.inner.cache, watch)?;
        lock(&self.inner.notices).extend(problem);
        let pixels = Arc::new(pixels);
        lock(&self.inner.prepared).insert(how, Arc::downgrade(&pixels));
        Ok(pixels)
    }

    /// Things worth saying once, such as a cache that cannot be written. Taken, not copied.
    pub fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.inner.notices))
    }

    /// Files that were opened and decoded while opening; 0 when the cache knew all.
    pub fn files_read(&self) -> usize {
        self.inner.read
    }

    pub(super) fn kind(&self, index: usize) -> &str {
        self.inner.kinds.get(index).map_or("", String::as_str)
    }

    pub(super) fn surroundings(&self) -> &Surroundings {
        &self.inner.surroundings
    }
}

/// What a panicking thread left behind is still a list.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
