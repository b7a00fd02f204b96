//! How fast this machine turns image files into what a network sees, without any cache.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use rayon::prelude::*;

use super::layout;
use crate::domain::{Preprocessing, Watch};
use crate::error::{Error, Result};
use crate::imaging;

/// Reading, decoding and preprocessing of some files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodeSpeed {
    /// Files that became images.
    pub images: usize,
    /// Files that did not.
    pub failed: usize,
    pub secs: f64,
    pub images_per_s: f64,
}

/// At most `limit` image files of a folder in any known layout, by path.
pub fn image_files(root: &Path, limit: usize, watch: &dyn Watch) -> Result<Vec<PathBuf>> {
    let layout = layout::find(root, watch)?;
    Ok(layout.candidates.into_iter().take(limit).map(|candidate| candidate.file).collect())
}

/// Does with each file what opening and preparing do with it, on all threads, and measures.
///
/// # Errors
/// `Error::Cancelled`.
pub fn decode_speed(files: &[PathBuf], how: Preprocessing, watch: &dyn Watch) -> Result<DecodeSpeed> {
    let started = Instant::now();
    let done = AtomicU64::new(0);
    let images = files
        .par_iter()
        .map(|file| {
            if watch.cancelled() {
                return Err(Error::Cancelled);
            }
            let prepared = imaging::read_bytes(file).and_then(|bytes| {
                // Hashing is part of opening a folder.
                let hash = blake3::hash(&bytes);
                Ok((hash, imaging::preprocess(&imaging::decode(&bytes)?.image, how)))
            });
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            if count.is_multiple_of(64) {
                watch.progress("Decoding", count, files.len() as u64);
            }
            Ok(usize::from(std::hint::black_box(prepared).is_ok()))
        })
        .try_reduce(|| 0, |a, b| Ok(a + b))?;
    let secs = started.elapsed().as_secs_f64();
    Ok(DecodeSpeed { images, failed: files.len() - images, secs, images_per_s: images as f64 / secs.max(1e-9) })
}
