//! From a folder to samples with splits, checked and ready as pixels. No tensors, no windows.

mod cache;
mod doctor;
mod groups;
mod labels;
mod layout;
mod names;
mod opened;
mod pixels;
mod scan;
pub mod speed;
mod split;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

pub use cache::CacheDir;
pub use doctor::check;
pub use groups::read_groups;
pub use names::patient;
pub use opened::OpenDataSet;
pub use pixels::Pixels;

use crate::domain::{DataSetSummary, RejectReason, Rejected, Sample, Split, Watch};
use crate::error::{Error, Result};
use labels::Said;
use layout::{Candidate, Layout, Role};
use opened::{Inner, Surroundings};
use scan::{Content, Facts, Record, Scan};

/// How a folder is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// Who is held out: another seed, another split.
    pub split_seed: u64,
    /// Leave out files whose bytes are those of another one.
    pub without_copies: bool,
    /// This is the sample that comes with the program.
    pub bundled: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { split_seed: 7, without_copies: false, bundled: false }
    }
}

/// All files below a folder that may be images, by path, whatever its folders are called.
///
/// # Errors
/// `Error::Io` when the folder cannot be listed, `Error::Cancelled`.
pub fn image_files(folder: &Path, watch: &dyn Watch) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> =
        layout::flat(folder, watch)?.candidates.into_iter().map(|candidate| candidate.file).collect();
    files.sort();
    Ok(files)
}

/// A readable image on its way to becoming a sample.
struct Readable {
    candidate: Candidate,
    file_bytes: u64,
    facts: Facts,
}

/// Finds, reads and splits the images of a folder. What cannot be read is listed by reason, never fatal.
///
/// # Errors
/// `Error::DataSet` with what is missing and what was expected where, `Error::Io` when the folder cannot be listed,
/// `Error::Cancelled`.
pub fn open(root: &Path, options: &OpenOptions, cache: &CacheDir, watch: &dyn Watch) -> Result<OpenDataSet> {
    let started = Instant::now();
    let mut layout = layout::find(root, watch)?;
    let candidates = std::mem::take(&mut layout.candidates);
    let Scan { records, base, problem, read } = scan::scan(&layout.root, &candidates, cache, watch)?;
    let (mut readable, mut rejected) = sort_out(candidates, records, std::mem::take(&mut layout.rejected));
    if readable.is_empty() {
        return Err(nothing_readable(&layout, &rejected));
    }
    if options.without_copies {
        rejected.extend(leave_out_copies(&mut readable));
    }
    let labels::Told { images: said, tables } = labels::tell(labels::read(&[root, &layout.root]), &mut readable);
    let mut samples: Vec<Sample> = readable.iter().zip(said).map(|(image, said)| sample(image, said)).collect();
    assign_splits(&mut samples, &readable, options.split_seed);
    let summary = DataSetSummary {
        name: name(&layout.root, options.bundled),
        root: layout.root,
        bundled: options.bundled,
        fingerprint: fingerprint(&samples),
        samples,
        rejected,
        split_seed: options.split_seed,
        without_copies: options.without_copies,
        opened_in_secs: started.elapsed().as_secs_f64(),
    };
    let kinds = readable.iter().map(|image| format!("{} {}", image.facts.depth, image.facts.format)).collect();
    Ok(OpenDataSet::new(Inner {
        summary: Arc::new(summary),
        rows: readable.iter().map(|image| image.facts.row).collect(),
        kinds,
        files: readable.into_iter().map(|image| image.candidate.file).collect(),
        base,
        cache: cache.clone(),
        surroundings: Surroundings {
            validation_folder: layout.validation_folder,
            outside: layout.outside,
            makes_test: layout.makes_test,
            beside: layout.beside,
            tables,
        },
        read,
        notices: Mutex::new(problem.into_iter().collect()),
        prepared: Mutex::default(),
    }))
}

/// Images on one side, everything else with its reason on the other.
fn sort_out(
    candidates: Vec<Candidate>,
    records: Vec<Record>,
    mut rejected: Vec<Rejected>,
) -> (Vec<Readable>, Vec<Rejected>) {
    let mut readable = Vec::with_capacity(candidates.len());
    for (candidate, record) in candidates.into_iter().zip(records) {
        match record.content {
            Content::Image(facts) => readable.push(Readable { candidate, file_bytes: record.bytes, facts }),
            Content::Rejected { reason, detail } => rejected.push(Rejected { path: record.path, reason, detail }),
        }
    }
    (readable, rejected)
}

fn nothing_readable(layout: &Layout, rejected: &[Rejected]) -> Error {
    let mut files: Vec<&Rejected> = rejected.iter().collect();
    files.sort_by_key(|file| file.reason);
    let counted = |group: &[&Rejected]| {
        let count = format!("{}: {}", group[0].reason.title(), group.len());
        // What is true of all of them is worth saying, above all that they are DICOM.
        let same = group.iter().all(|file| file.detail == group[0].detail);
        if same { format!("{count} – {}", group[0].detail.trim_end_matches('.')) } else { count }
    };
    let counts: Vec<String> = files.chunk_by(|a, b| a.reason == b.reason).map(counted).collect();
    Error::DataSet {
        message: format!("none of the {} files can be used ({})", rejected.len(), counts.join("; ")),
        advice: "JPEG, PNG, BMP, TIFF, WebP, GIF and PNM images of at least 32 pixels a side are read.".to_owned(),
        path: layout.root.clone(),
    }
}

/// Keeps one file of each content: one in the test folder before one in the training folder, so that nothing that is
/// tested on has been trained on; then the first by path.
fn leave_out_copies(readable: &mut Vec<Readable>) -> Vec<Rejected> {
    let mut kept: HashMap<String, usize> = HashMap::new();
    let mut by_right: Vec<usize> = (0..readable.len()).collect();
    by_right.sort_by_key(|&index| (readable[index].candidate.role != Role::Test, index));
    let mut left_out = Vec::new();
    let mut keep = vec![true; readable.len()];
    for index in by_right {
        let first = *kept.entry(readable[index].facts.hash.clone()).or_insert(index);
        if first != index {
            keep[index] = false;
            left_out.push(Rejected {
                path: readable[index].candidate.path.clone(),
                reason: RejectReason::Copy,
                detail: format!("The same bytes as {}.", readable[first].candidate.path),
            });
        }
    }
    let mut keep = keep.into_iter();
    readable.retain(|_| keep.next().unwrap_or(true));
    left_out.sort_by(|a, b| a.path.cmp(&b.path));
    left_out
}

/// What a table says of the patient and the finding counts before what names say.
fn sample(image: &Readable, said: Said) -> Sample {
    let candidate = &image.candidate;
    Sample {
        path: candidate.path.clone(),
        label: candidate.label,
        split: Split::Unlabelled,
        patient: said.patient.or_else(|| patient(&candidate.path)),
        finding: said.finding.or_else(|| names::finding(&candidate.path, candidate.class.as_deref())),
        width: image.facts.width,
        height: image.facts.height,
        file_bytes: image.file_bytes,
        hash: image.facts.hash.clone(),
        boxes: said.boxes,
    }
}

fn assign_splits(samples: &mut [Sample], readable: &[Readable], seed: u64) {
    let items: Vec<split::Item<'_>> = samples
        .iter()
        .zip(readable)
        .map(|(sample, image)| split::Item {
            role: image.candidate.role,
            label: sample.label,
            patient: sample.patient.as_deref(),
            hash: &sample.hash,
            path: &sample.path,
        })
        .collect();
    let splits = split::split(&items, seed);
    for (sample, split) in samples.iter_mut().zip(splits) {
        sample.split = split;
    }
}

fn name(root: &Path, bundled: bool) -> String {
    if bundled {
        return "Bundled sample".to_owned();
    }
    let absolute = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    absolute.file_name().map_or_else(|| absolute.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// BLAKE3 over hash, split and label of every sample, in order.
fn fingerprint(samples: &[Sample]) -> String {
    let mut hasher = blake3::Hasher::new();
    for sample in samples {
        hasher.update(sample.hash.as_bytes());
        hasher.update(sample.split.name().as_bytes());
        hasher.update(format!("{:?};", sample.label).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
