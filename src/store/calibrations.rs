//! `calibrations/`: each measure on the validation images and each residual's maps, and what is kept of training images.
//!
//! One JSON file a residual or measure of codes, with the checkpoint that it is of: one of another checkpoint is refused.
//! `codes.safetensors` holds what measures of codes and of patterns of errors are fitted to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{atomic, files};
use crate::domain::{Calibrations, MapPlacement, MapScale, Measure, MeasuredHealthy, PlaceScale};
use crate::error::{Error, Result};

/// Raised when older programs could not read what is written. In format 1 maps of differences were drawn as they were
/// measured, so that it places other maps.
const FORMAT: u32 = 2;
const CODES: &str = "codes.safetensors";
/// In the words of the codes' file.
const CHECKPOINT: &str = "checkpoint_blake3";
/// Tensors of that file.
const OF_CODES: &str = "codes";
const OF_PATTERNS: &str = "patterns";
/// Steps that a grid's values are rounded to: a thousandth of the largest.
const STEPS: f32 = 1000.0;

/// The codes of healthy training images, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredCodes {
    /// Numbers of a code.
    pub width: usize,
    pub values: Vec<f32>,
}

/// What is kept of healthy training images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredBank {
    /// Where the network has codes.
    pub codes: Option<StoredCodes>,
    /// Of errors, on a grid of places.
    pub patterns: Option<StoredCodes>,
}

/// What one file holds.
#[derive(Serialize, Deserialize)]
struct StoredMeasures {
    format: u32,
    /// Of `best.safetensors`, so that the two are never mixed up.
    checkpoint_blake3: String,
    /// Of the pixels of the validation images, in their order.
    images_blake3: String,
    /// By the measure's slug: one an image, in their order.
    scores: BTreeMap<String, Vec<f32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maps: Option<StoredMaps>,
}

/// How maps are placed.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredMaps {
    /// The same everywhere.
    everywhere: MapScale,
    /// Points a side.
    side: u32,
    /// Spreads above typical that are shown as 1.
    top: f64,
    typical: Grid,
    spread: Grid,
}

/// Numbers rounded to steps.
#[derive(Serialize, Deserialize)]
struct Grid {
    /// Of a step.
    unit: f32,
    steps: Vec<i16>,
}

impl Grid {
    fn of(values: &[f32]) -> Self {
        let unit = values.iter().fold(0f32, |most, value| most.max(value.abs())) / STEPS;
        let unit = if unit > 0.0 { unit } else { 1.0 };
        Self { unit, steps: values.iter().map(|value| (value / unit).round() as i16).collect() }
    }

    fn values(&self) -> Vec<f32> {
        self.steps.iter().map(|&step| f32::from(step) * self.unit).collect()
    }
}

impl From<&MapPlacement> for StoredMaps {
    fn from(placement: &MapPlacement) -> Self {
        let PlaceScale { side, typical, spread, top } = &*placement.by_place;
        let (typical, spread) = (Grid::of(typical), Grid::of(spread));
        Self { everywhere: placement.everywhere, side: *side, top: *top, typical, spread }
    }
}

impl StoredMaps {
    pub(super) fn placement(&self) -> Option<MapPlacement> {
        // A spread that is rounded to nothing is half a step.
        let spread = self.spread.values().into_iter().map(|value| value.max(self.spread.unit * 0.5)).collect();
        let by_place = PlaceScale { side: self.side, typical: self.typical.values(), spread, top: self.top };
        let finite = self.everywhere.typical.is_finite() && self.everywhere.p999.is_finite();
        (finite && by_place.is_sound())
            .then(|| MapPlacement { everywhere: self.everywhere, by_place: Arc::new(by_place) })
    }
}

/// The file that a measure is in: its residual's, or its own.
fn family(measure: &Measure) -> String {
    match measure {
        Measure::Map(score) => score.residual.slug(),
        Measure::Code(_) | Measure::Own => measure.slug(),
    }
}

/// Writes all calibrations of a run's best checkpoint, and what is kept of its training images, in the place of older ones.
///
/// # Errors
/// `Error::Io` when the folder cannot be written.
pub fn write(run: &Path, calibrations: &Calibrations, bank: &StoredBank) -> Result<()> {
    let folder = run.join(files::CALIBRATIONS);
    let checkpoint = files::hash_of(&run.join(files::BEST))?;
    let mut stored: BTreeMap<String, StoredMeasures> = BTreeMap::new();
    for (slug, measured) in &calibrations.measures {
        let Some(family) = Measure::parse(slug).as_ref().map(family) else { continue };
        let file = stored.entry(family.clone()).or_insert_with(|| StoredMeasures {
            format: FORMAT,
            checkpoint_blake3: checkpoint.clone(),
            images_blake3: measured.images.to_string(),
            scores: BTreeMap::new(),
            maps: calibrations.maps.get(&family).map(StoredMaps::from),
        });
        file.scores.insert(slug.clone(), measured.scores.iter().map(|&score| score as f32).collect());
    }
    remove(run)?;
    write_bank(&folder.join(CODES), bank, &checkpoint)?;
    for (family, measures) in &stored {
        let path = folder.join(format!("{family}.json"));
        // Without line breaks between numbers: they are many.
        let mut text = serde_json::to_vec(measures)
            .map_err(|error| Error::Other(format!("cannot put {} together: {error}", path.display())))?;
        text.push(b'\n');
        atomic::write_bytes(&path, &text)?;
    }
    Ok(())
}

/// Reads what a run folder has, for the checkpoint with this hash; nothing where it has none.
///
/// # Errors
/// `Error::Checkpoint` that names a file which is damaged or of another checkpoint.
pub fn read(run: &Path, checkpoint: &str) -> Result<(Calibrations, StoredBank)> {
    let folder = run.join(files::CALIBRATIONS);
    let mut calibrations = Calibrations::default();
    let Ok(entries) = std::fs::read_dir(&folder) else { return Ok((calibrations, StoredBank::default())) };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "json")) {
        let stored: StoredMeasures = files::read_json(path)?;
        check(&stored, checkpoint, path)?;
        let images: Arc<str> = stored.images_blake3.as_str().into();
        for (slug, scores) in &stored.scores {
            let scores = scores.iter().map(|&score| f64::from(score)).collect();
            calibrations.measures.insert(slug.clone(), MeasuredHealthy { images: images.clone(), scores });
        }
        if let (Some(maps), Some(family)) = (&stored.maps, path.file_stem().and_then(|stem| stem.to_str())) {
            let placement = maps.placement().ok_or_else(|| files::damaged("the calibration is damaged", path))?;
            calibrations.maps.insert(family.to_owned(), placement);
        }
    }
    Ok((calibrations, read_bank(&folder.join(CODES), checkpoint)?))
}

/// Slugs of the measures that a run says it is calibrated for; none of a file that cannot be used. Whether they are of its
/// checkpoint is checked by who uses them.
pub(super) fn measured(run: &Path) -> BTreeSet<String> {
    /// A file's measures, without the numbers.
    #[derive(Deserialize)]
    #[expect(clippy::zero_sized_map_values, reason = "the numbers are read past")]
    struct Measures {
        format: u32,
        scores: BTreeMap<String, IgnoredAny>,
    }
    let Ok(entries) = std::fs::read_dir(run.join(files::CALIBRATIONS)) else { return BTreeSet::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let jsons = paths.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let read = jsons.filter_map(|path| files::read_json::<Measures>(&path).ok());
    let known = read.filter(|file| file.format == FORMAT).flat_map(|file| file.scores.into_keys());
    known.filter(|slug| Measure::parse(slug).is_some()).collect()
}

/// Removes all calibrations of a run, because its checkpoint changes or the run is deleted.
///
/// # Errors
/// `Error::Io` when the folder cannot be written.
pub(super) fn remove(run: &Path) -> Result<()> {
    let folder = run.join(files::CALIBRATIONS);
    let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ours = path.extension().is_some_and(|ending| ending == "json") || path.ends_with(CODES);
        if ours {
            std::fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
    }
    match std::fs::remove_dir(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::DirectoryNotEmpty => Err(Error::io("remove", &folder)(error)),
        _ => Ok(()),
    }
}

fn check(stored: &StoredMeasures, checkpoint: &str, path: &Path) -> Result<()> {
    if stored.format > FORMAT {
        return Err(files::damaged("this calibration was written by a newer NeuroScan", path));
    }
    if stored.format < FORMAT {
        return Err(files::damaged(
            "this calibration places maps as an older NeuroScan drew them; calibrate the run again",
            path,
        ));
    }
    if stored.checkpoint_blake3 != checkpoint {
        return Err(files::damaged("this calibration is of another checkpoint; calibrate the run again", path));
    }
    let sound = |scores: &Vec<f32>| !scores.is_empty() && scores.iter().all(|score| score.is_finite());
    if !stored.scores.values().all(sound) || !stored.scores.keys().all(|slug| Measure::parse(slug).is_some()) {
        return Err(files::damaged("the calibration is damaged", path));
    }
    Ok(())
}

/// Writes nothing where nothing is kept.
fn write_bank(path: &Path, bank: &StoredBank, checkpoint: &str) -> Result<()> {
    let unwritable = |error| Error::Other(format!("cannot put {} together: {error}", path.display()));
    let named = [(OF_CODES, &bank.codes), (OF_PATTERNS, &bank.patterns)];
    let kept: Vec<(&str, Vec<usize>, Vec<u8>)> = named
        .iter()
        .filter_map(|(name, codes)| {
            let StoredCodes { width, values } = codes.as_ref()?;
            let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            Some((*name, vec![values.len() / (*width).max(1), *width], bytes))
        })
        .collect();
    if kept.is_empty() {
        return Ok(());
    }
    let tensors = kept.iter().map(|(name, shape, bytes)| {
        Ok((*name, TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(unwritable)?))
    });
    let tensors: Vec<_> = tensors.collect::<Result<_>>()?;
    let words = HashMap::from([(CHECKPOINT.to_owned(), checkpoint.to_owned())]);
    atomic::write_bytes(path, &safetensors::serialize(tensors, Some(words)).map_err(unwritable)?)
}

fn read_bank(path: &Path, checkpoint: &str) -> Result<StoredBank> {
    if !path.exists() {
        return Ok(StoredBank::default());
    }
    let damaged = |what: &str| files::damaged(&format!("what is kept of training images is damaged ({what})"), path);
    let bytes = files::read_text(path)?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged(&error.to_string()))?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|error| damaged(&error.to_string()))?;
    let known = header.metadata().as_ref().and_then(|words| words.get(CHECKPOINT));
    if known.is_none_or(|known| known != checkpoint) {
        return Err(files::damaged("these codes are of another checkpoint; calibrate the run again", path));
    }
    let read = |name: &str| {
        let Ok(tensor) = file.tensor(name) else { return Ok(None) };
        let &[count, width] = tensor.shape() else { return Err(damaged("a table has no two sides")) };
        if tensor.dtype() != Dtype::F32 || count == 0 || width == 0 {
            return Err(damaged("it is no table of numbers"));
        }
        let (numbers, _) = tensor.data().as_chunks::<4>();
        let values: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(damaged("a number is not finite"));
        }
        Ok(Some(StoredCodes { width, values }))
    };
    let bank = StoredBank { codes: read(OF_CODES)?, patterns: read(OF_PATTERNS)? };
    if bank == StoredBank::default() { Err(damaged("neither codes nor patterns are in it")) } else { Ok(bank) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> tempfile::TempDir {
        let run = tempfile::tempdir().unwrap();
        std::fs::write(run.path().join(files::BEST), b"weights").unwrap();
        run
    }

    fn hash(run: &Path) -> String {
        files::hash_of(&run.join(files::BEST)).unwrap()
    }

    fn calibrations() -> Calibrations {
        let measured = |scores: &[f64]| MeasuredHealthy { images: "abc".into(), scores: scores.to_vec() };
        let by_place = PlaceScale { side: 2, typical: vec![0.1, 0.2, 0.4, -0.05], spread: vec![0.5; 4], top: 3.5 };
        let placement = MapPlacement { everywhere: MapScale { typical: 0.1, p999: 2.0 }, by_place: Arc::new(by_place) };
        Calibrations {
            measures: BTreeMap::from([
                ("mse".to_owned(), measured(&[0.5, 0.25, 0.125])),
                ("mse-central-jitter".to_owned(), measured(&[0.5, 0.75, 0.25])),
                ("knn".to_owned(), measured(&[1.0, 2.0, 3.0])),
            ]),
            maps: BTreeMap::from([("mse".to_owned(), placement)]),
        }
    }

    fn one() -> StoredBank {
        StoredBank { codes: Some(StoredCodes { width: 1, values: vec![1.0] }), patterns: None }
    }

    #[test]
    fn what_is_written_is_read_and_the_order_of_images_is_kept() {
        let run = run();
        let codes = StoredCodes { width: 2, values: vec![1.0, 2.0, 3.0, 4.0] };
        let patterns = StoredCodes { width: 1, values: vec![0.5, 0.25] };
        let bank = StoredBank { codes: Some(codes), patterns: Some(patterns) };
        write(run.path(), &calibrations(), &bank).unwrap();
        let (read, read_bank) = read(run.path(), &hash(run.path())).unwrap();
        assert_eq!(read.measures, calibrations().measures);
        assert_eq!(read_bank, bank);
        let (known, placed) = (&calibrations().maps["mse"], &read.maps["mse"]);
        assert_eq!(placed.everywhere, known.everywhere);
        for (a, b) in placed.by_place.typical.iter().zip(&known.by_place.typical) {
            assert!((a - b).abs() < 0.001, "{a} {b}");
        }
    }

    #[test]
    fn a_calibration_of_another_checkpoint_is_refused() {
        let run = run();
        write(run.path(), &calibrations(), &one()).unwrap();
        let error = read(run.path(), "0000").unwrap_err().to_string();
        assert!(error.contains("another checkpoint") && error.contains("knn.json"), "{error}");
        for name in ["knn.json", "mse.json"] {
            std::fs::remove_file(run.path().join(files::CALIBRATIONS).join(name)).unwrap();
        }
        let error = read(run.path(), "0000").unwrap_err().to_string();
        assert!(error.contains("codes.safetensors"), "{error}");
    }

    #[test]
    fn damaged_files_are_named() {
        let run = run();
        write(run.path(), &calibrations(), &StoredBank::default()).unwrap();
        let path = run.path().join(files::CALIBRATIONS).join("mse.json");
        let text = std::fs::read_to_string(&path).unwrap();
        for (from, to) in [
            ("\"side\":2", "\"side\":3"),
            ("0.125", "1e999"),
            ("\"format\":2", "\"format\":9"),
            ("\"format\":2", "\"format\":1"),
        ] {
            std::fs::write(&path, text.replace(from, to)).unwrap();
            let error = read(run.path(), &hash(run.path())).unwrap_err().to_string();
            assert!(error.contains("mse.json"), "{from}: {error}");
        }
        let words = Some(HashMap::from([(CHECKPOINT.to_owned(), hash(run.path()))]));
        let nothing = safetensors::serialize(Vec::<(&str, TensorView<'_>)>::new(), words).unwrap();
        std::fs::write(&path, &text).unwrap();
        std::fs::write(path.with_file_name(CODES), nothing).unwrap();
        assert!(read(run.path(), &hash(run.path())).unwrap_err().to_string().contains("neither codes"));
        std::fs::write(path.with_file_name(CODES), b"cut").unwrap();
        std::fs::write(&path, &text).unwrap();
        assert!(read(run.path(), &hash(run.path())).unwrap_err().to_string().contains(CODES));
    }

    #[test]
    fn a_run_without_calibrations_has_none_and_removing_leaves_nothing() {
        let run = run();
        assert_eq!(read(run.path(), "x").unwrap(), (Calibrations::default(), StoredBank::default()));
        write(run.path(), &calibrations(), &one()).unwrap();
        remove(run.path()).unwrap();
        assert!(!run.path().join(files::CALIBRATIONS).exists());
        remove(run.path()).unwrap();
    }
}
