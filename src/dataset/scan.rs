//! Reads every file once: is it an image, what is its content, what does it look like at 128 px.
//!
//! The answers are kept with the 128-px images in one cache file a root. A file whose path, size and time of change are as
//! before is not opened again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cache::{CacheDir, Rows};
use super::layout::Candidate;
use crate::domain::{Preprocessing, RejectReason, Watch};
use crate::error::{Error, Result};
use crate::imaging::{self, BASE_SIDE};

/// Bytes of one base image.
pub(super) const BASE_LEN: usize = (BASE_SIDE * BASE_SIDE) as usize;
/// Any preprocessing that is computed from the base image.
const BASE: Preprocessing = Preprocessing { image_size: BASE_SIDE, clahe: false };
/// Files that are read between two writes to the cache; bounds the memory in use.
const BATCH: usize = 256;
/// Changes whenever decoding or scaling does, so that old answers are not believed.
pub(super) const READER: &str = "reader 1";
/// A file changed less than this before it was read may change again without its time showing it.
const CLOCK_GRAIN_NANOS: i64 = 2_000_000_000;

/// What is known about one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub path: String,
    pub bytes: u64,
    modified: i64,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Content {
    Image(Facts),
    Rejected { reason: RejectReason, detail: String },
}

/// What is known about an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// Its row among the base images.
    pub row: usize,
    pub width: u32,
    pub height: u32,
    pub depth: String,
    pub format: String,
    /// BLAKE3 of the file, hexadecimal.
    pub hash: String,
}

/// All files and their base images.
#[derive(Debug)]
pub(super) struct Scan {
    /// One a candidate, in their order.
    pub records: Vec<Record>,
    pub base: Rows,
    /// Why the cache could not be written.
    pub problem: Option<String>,
    /// Files that had to be read.
    pub read: usize,
}

#[derive(Serialize, Deserialize)]
struct Meta {
    reader: String,
    /// When reading began, nanoseconds since 1970.
    begun: i64,
    records: Vec<Record>,
}

/// Reads all candidates below `root`, as far as they are not known already.
///
/// # Errors
/// `Error::Cancelled`.
pub(super) fn scan(root: &Path, candidates: &[Candidate], cache: &CacheDir, watch: &dyn Watch) -> Result<Scan> {
    let begun = nanos(SystemTime::now());
    let stamps: Vec<Option<(u64, i64)>> = candidates.par_iter().map(|candidate| stamp(&candidate.file)).collect();
    let name = cache_name(root);
    let old = cache.open(&name, BASE_LEN).and_then(|(rows, meta)| {
        let meta: Meta = serde_json::from_slice(&meta).ok()?;
        (meta.reader == READER).then_some((rows, meta))
    });
    let known: Vec<Option<&Record>> = match &old {
        Some((rows, meta)) => recognise(candidates, &stamps, meta, rows.count()),
        None => vec![None; candidates.len()],
    };
    let read = known.iter().filter(|known| known.is_none()).count();
    watch.progress("Reading images", (candidates.len() - read) as u64, candidates.len() as u64);
    if read == 0
        && let Some(records) = known.iter().map(|record| record.cloned()).collect::<Option<Vec<_>>>()
        && let Some((base, _)) = old
    {
        return Ok(Scan { records, base, problem: None, read });
    }
    let old_rows = old.as_ref().map(|(rows, _)| rows);
    let mut writer = cache.writer(&name, BASE_LEN);
    let mut records = Vec::with_capacity(candidates.len());
    let done = AtomicU64::new((candidates.len() - read) as u64);
    for start in (0..candidates.len()).step_by(BATCH) {
        let batch: Vec<(Record, Option<Vec<u8>>)> = (start..candidates.len().min(start + BATCH))
            .into_par_iter()
            .map(|index| {
                if watch.cancelled() {
                    return Err(Error::Cancelled);
                }
                if let Some(entry) = known[index].and_then(|record| reuse(record, old_rows)) {
                    return Ok(entry);
                }
                let entry = read_one(&candidates[index], stamps[index]);
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                if count.is_multiple_of(16) || count == candidates.len() as u64 {
                    watch.progress("Reading images", count, candidates.len() as u64);
                }
                Ok(entry)
            })
            .collect::<Result<_>>()?;
        let mut rows = Vec::with_capacity(batch.len() * BASE_LEN);
        for (mut record, base) in batch {
            if let (Content::Image(facts), Some(base)) = (&mut record.content, base) {
                facts.row = writer.count() + rows.len() / BASE_LEN;
                rows.extend_from_slice(&base);
            }
            records.push(record);
        }
        writer.append(&rows)?;
    }
    let meta = Meta { reader: READER.to_owned(), begun, records };
    // An index that cannot be written is a cache that is not believed next time, no more.
    let (base, problem) = writer.finish(&serde_json::to_vec(&meta).unwrap_or_default())?;
    cache.prune();
    Ok(Scan { records: meta.records, base, problem, read })
}

/// One cache file a root, named by its path.
fn cache_name(root: &Path) -> String {
    let canonical = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    let hash = blake3::hash(canonical.as_os_str().as_encoded_bytes());
    format!("folder-{}", &hash.to_hex()[..24])
}

fn nanos(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64)
}

/// Size and time of change of a file.
fn stamp(file: &Path) -> Option<(u64, i64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.len(), nanos(metadata.modified().ok()?)))
}

/// The old record of each candidate that has not changed since.
fn recognise<'a>(
    candidates: &[Candidate],
    stamps: &[Option<(u64, i64)>],
    meta: &'a Meta,
    rows: usize,
) -> Vec<Option<&'a Record>> {
    let by_path: HashMap<&str, &Record> = meta.records.iter().map(|record| (record.path.as_str(), record)).collect();
    candidates
        .iter()
        .zip(stamps)
        .map(|(candidate, stamp)| {
            let record = *by_path.get(candidate.path.as_str())?;
            let (bytes, modified) = (*stamp)?;
            let unchanged = record.bytes == bytes && record.modified == modified;
            let settled = modified.saturating_add(CLOCK_GRAIN_NANOS) < meta.begun;
            // Two names that are not Unicode may look the same once replaced.
            let named = !candidate.path.contains('\u{FFFD}');
            let usable = match &record.content {
                Content::Image(facts) => facts.row < rows,
                Content::Rejected { reason, .. } => *reason != RejectReason::Unreadable,
            };
            (unchanged && settled && named && usable).then_some(record)
        })
        .collect()
}

/// An old record with its old pixels.
fn reuse(record: &Record, old: Option<&Rows>) -> Option<(Record, Option<Vec<u8>>)> {
    let base = match &record.content {
        Content::Image(facts) => Some(old?.row(facts.row)?.to_vec()),
        Content::Rejected { .. } => None,
    };
    Some((record.clone(), base))
}

fn read_one(candidate: &Candidate, stamp: Option<(u64, i64)>) -> (Record, Option<Vec<u8>>) {
    let (bytes, modified) = stamp.unwrap_or_default();
    let record = |content| Record { path: candidate.path.clone(), bytes, modified, content };
    let read = imaging::read_bytes(&candidate.file).and_then(|bytes| {
        let decoded = imaging::decode(&bytes)?;
        Ok((blake3::hash(&bytes).to_hex().to_string(), decoded))
    });
    match read {
        Ok((hash, decoded)) => {
            let facts = Facts {
                row: 0,
                width: decoded.image.width,
                height: decoded.image.height,
                depth: decoded.depth,
                format: decoded.format,
                hash,
            };
            (record(Content::Image(facts)), Some(imaging::base(&decoded.image, BASE).pixels))
        }
        Err((reason, detail)) => (record(Content::Rejected { reason, detail }), None),
    }
}
