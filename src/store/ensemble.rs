//! The folder of an ensemble: copies of what scoring needs of its members, so that it stays what it was whatever becomes of
//! their run folders.
//!
//! | file | what |
//! |---|---|
//! | `ensemble.json` | name, when, which runs by checkpoint, score and weight ([`EnsembleMember`]), what its maps are placed by |
//! | `maps.json` | how the averaged maps are placed, where the validation images were at hand |
//! | `members/1/`, `members/2/` … | of each run: `run.json`, `split.csv`, `epochs.csv`, `best.safetensors`, `calibration.json`, `calibrations/` |

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::atomic::{self, UNFINISHED_PREFIX};
use super::calibrations::{self, StoredMaps};
use super::model::{StoredModel, open_model};
use super::record::{RunRecord, write_json};
use super::{files, writer};
use crate::domain::{
    Calibrations, EnsembleInfo, EnsembleMember, MapPlacement, MapsPlacedBy, Measure, MemberCalibrations, MemberChoice,
    ModelId, Preprocessing, Scoring, pool,
};
use crate::error::{Error, Result};

/// Raised when older programs could not read what is written. In format 1 all members count the same, each by the score it
/// was trained to have; an ensemble of which that is true is written in it.
const FORMAT: u32 = 2;
const AS_TRAINED: u32 = 1;
/// Of `maps.json`.
const MAPS_FORMAT: u32 = 1;
const RECORD: &str = "ensemble.json";
const MAPS: &str = "maps.json";
const MEMBERS: &str = "members";
/// Files of a run that are copied as they are; `run.json` and `best.safetensors` are written apart.
const COPIED: [&str; 3] = [files::SPLIT, files::EPOCHS, files::CALIBRATION];
/// More would take more memory and time than they are worth: five are usual.
const MOST_MEMBERS: usize = 16;

/// An ensemble on disk, its members as they are.
#[derive(Clone, Debug)]
pub struct StoredEnsemble {
    pub info: EnsembleInfo,
    pub members: Vec<StoredModel>,
    /// Of all members together, with the placement of their averaged maps where there is one.
    pub calibrations: Calibrations,
    /// BLAKE3 of the members' checkpoints, and of their scores and weights where these were chosen; hexadecimal.
    pub checkpoint_hash: String,
}

/// What `ensemble.json` holds.
#[derive(Serialize, Deserialize)]
struct Record {
    format: u32,
    name: String,
    created_unix_secs: i64,
    maps: MapsPlacedBy,
    members: Vec<EnsembleMember>,
}

/// What `maps.json` holds.
#[derive(Serialize, Deserialize)]
struct Placements {
    format: u32,
    /// As [`StoredEnsemble::checkpoint_hash`], so that the maps of two ensembles are never mixed up.
    checkpoint_blake3: String,
    /// By the residual's slug, or `own`.
    maps: BTreeMap<String, StoredMaps>,
}

/// True for the folder of an ensemble.
pub fn is_ensemble(path: &Path) -> bool {
    path.join(RECORD).is_file()
}

/// Reads an ensemble's folder and its members.
///
/// # Errors
/// `Error::Io` or `Error::Checkpoint` that names the file and says why it cannot be used.
pub fn open_ensemble(folder: &Path, bundled: bool) -> Result<StoredEnsemble> {
    let info = read_info(folder, bundled)?;
    let mut members = Vec::with_capacity(info.members.len());
    for (number, noted) in (1u32..).zip(&info.members) {
        let place = member_folder(&info.folder, number);
        let member = open_model(&place, bundled)?;
        if let Some(refused) = &member.refused {
            let problem = format!("its {} cannot be used ({refused}); put its runs together again", noted.title());
            return Err(files::damaged(&problem, &info.folder));
        }
        let other_score = info.as_trained && noted.score != Scoring::from(member.run.settings.score);
        if member.checkpoint_hash != noted.checkpoint_blake3 || other_score {
            return Err(files::damaged(
                &format!("member {number} is not the {} that {RECORD} names", noted.title()),
                place,
            ));
        }
        members.push(member);
    }
    let mut calibrations = check(&members, &info.members).map_err(|problem| files::damaged(&problem, &info.folder))?;
    let checkpoint_hash = checkpoint_of(&info);
    if info.maps == MapsPlacedBy::HealthyPixels {
        calibrations.maps = read_maps(&info.folder.join(MAPS), &checkpoint_hash)?;
    }
    Ok(StoredEnsemble { info, members, calibrations, checkpoint_hash })
}

/// Reads what an ensemble is, without its members.
///
/// # Errors
/// As [`open_ensemble`].
pub(super) fn read_info(folder: &Path, bundled: bool) -> Result<EnsembleInfo> {
    let folder = files::absolute(folder);
    let path = folder.join(RECORD);
    let record: Record = files::read_json(&path)?;
    if record.format > FORMAT {
        return Err(files::damaged("this ensemble was written by a newer NeuroScan", &path));
    }
    if !(2..=MOST_MEMBERS).contains(&record.members.len()) || EnsembleInfo::check_name(&record.name).is_err() {
        return Err(files::damaged("the file contradicts itself", &path));
    }
    let id = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    for member in &record.members {
        let sound = EnsembleMember::check_weight(member.weight);
        sound.map_err(|problem| files::damaged(&format!("the weight of {}: {problem}", member.run), &path))?;
    }
    let as_trained = record.format <= AS_TRAINED;
    if as_trained && !all_count_one(&record.members) {
        return Err(files::damaged("the file contradicts itself: in its format all members count the same", &path));
    }
    let Record { name, created_unix_secs, maps, members, .. } = record;
    Ok(EnsembleInfo { id: ModelId(id), folder, bundled, name, created_unix_secs, maps, as_trained, members })
}

/// Keeps how an ensemble's averaged maps are placed, in the place of what it had.
///
/// # Errors
/// `Error::Io` when the folder cannot be written.
pub fn write_maps(info: &EnsembleInfo, maps: &BTreeMap<String, MapPlacement>) -> Result<()> {
    let stored = Placements {
        format: MAPS_FORMAT,
        checkpoint_blake3: checkpoint_of(info),
        maps: maps.iter().map(|(slug, placement)| (slug.clone(), StoredMaps::from(placement))).collect(),
    };
    let path = info.folder.join(MAPS);
    // Without line breaks between numbers: they are many.
    let mut text = serde_json::to_vec(&stored)
        .map_err(|error| Error::Other(format!("cannot put {} together: {error}", path.display())))?;
    text.push(b'\n');
    atomic::write_bytes(&path, &text)?;
    write_record(info, MapsPlacedBy::HealthyPixels)
}

fn write_record(info: &EnsembleInfo, maps: MapsPlacedBy) -> Result<()> {
    let EnsembleInfo { name, created_unix_secs, members, .. } = info.clone();
    let format = if info.as_trained { AS_TRAINED } else { FORMAT };
    write_json(&info.folder.join(RECORD), &Record { format, name, created_unix_secs, maps, members })
}

fn read_maps(path: &Path, checkpoint: &str) -> Result<BTreeMap<String, MapPlacement>> {
    let stored: Placements = files::read_json(path)?;
    if stored.format > MAPS_FORMAT || stored.checkpoint_blake3 != checkpoint {
        return Err(files::damaged("these maps are of another ensemble", path));
    }
    let sound = |(slug, maps): (&String, &StoredMaps)| {
        let placement = maps.placement().ok_or_else(|| files::damaged("the placement of maps is damaged", path))?;
        Ok((slug.clone(), placement))
    };
    stored.maps.iter().map(sound).collect()
}

/// Deletes an ensemble: its own files, and the folders when nothing else is in them.
///
/// # Errors
/// `Error::Io` when a file cannot be deleted.
pub(super) fn delete(folder: &Path) -> Result<()> {
    // The record is the first: without it the folder is no ensemble any more, even if the rest cannot be removed.
    remove(&folder.join(RECORD))?;
    remove(&folder.join(MAPS))?;
    for number in 1..=MOST_MEMBERS as u32 {
        let member = member_folder(folder, number);
        if !member.is_dir() {
            continue;
        }
        for name in files::ALL {
            remove(&member.join(name))?;
        }
        calibrations::remove(&member)?;
        atomic::remove_folder_when_empty(&member)?;
    }
    let members = folder.join(MEMBERS);
    if members.is_dir() {
        atomic::remove_folder_when_empty(&members)?;
    }
    atomic::remove_folder_when_empty(folder)
}

/// An ensemble that is put together beside where it will be; nobody sees it before it is whole.
#[derive(Debug)]
pub struct EnsembleDraft {
    staging: TempDir,
    models_dir: PathBuf,
    at: Option<PathBuf>,
    info: EnsembleInfo,
}

impl EnsembleDraft {
    /// Copies runs into a new ensemble: for `at`, which must be empty or not exist, or for a folder under `models_dir`
    /// named by time and number of members. `name` is what it is called, "Ensemble of 3" without.
    ///
    /// # Errors
    /// With fewer than two members, when one is an ensemble or cannot be used, has a weight that is none or is not calibrated
    /// for its score, when two are the same or do not go together: names them. When the folder has files in it, or cannot be
    /// written.
    pub fn create(models_dir: &Path, at: Option<&Path>, runs: &[MemberChoice], name: Option<&str>) -> Result<Self> {
        let (members, noted) = gather(runs)?;
        let name = name.map_or_else(|| format!("Ensemble of {}", members.len()), |name| name.trim().to_owned());
        EnsembleInfo::check_name(&name).map_err(Error::Other)?;
        let at = at.map(writer::make_empty).transpose()?;
        let models_dir = files::absolute(models_dir);
        let beside = at.as_deref().map_or(models_dir.as_path(), atomic::folder_of);
        std::fs::create_dir_all(beside).map_err(Error::io("make the folder", beside))?;
        let staging = staging(beside).map_err(Error::io("make a folder in", beside))?;
        for (number, member) in (1u32..).zip(&members) {
            copy_member(member, &member_folder(staging.path(), number))?;
        }
        let info = EnsembleInfo {
            id: ModelId(String::new()),
            folder: files::absolute(staging.path()),
            bundled: false,
            name,
            created_unix_secs: jiff::Timestamp::now().as_second(),
            maps: MapsPlacedBy::MeanOfMembers,
            as_trained: as_trained(&members, &noted),
            members: noted,
        };
        write_record(&info, info.maps)?;
        // What was copied is what was checked, even if a run was calibrated meanwhile.
        open_ensemble(&info.folder, false)?;
        Ok(Self { staging, models_dir, at, info })
    }

    /// Where it is while it is put together.
    pub fn info(&self) -> &EnsembleInfo {
        &self.info
    }

    /// Puts it in its place, whole.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn finish(self) -> Result<EnsembleInfo> {
        let target = match self.at {
            Some(folder) => folder,
            None => writer::make_named(&self.models_dir, &format!("ensemble_{}", self.info.members.len()))?,
        };
        if cfg!(windows) {
            // There a folder cannot take the place of an empty one.
            std::fs::remove_dir(&target).map_err(Error::io("replace the folder", &target))?;
        }
        std::fs::rename(self.staging.path(), &target).map_err(Error::io("make the folder", &target))?;
        // It is not there any more, so there is nothing to remove.
        let _ = self.staging.keep();
        atomic::sync_folder(atomic::folder_of(&target))?;
        read_info(&target, false)
    }
}

/// Opens the runs and checks that they go together.
fn gather(runs: &[MemberChoice]) -> Result<(Vec<StoredModel>, Vec<EnsembleMember>)> {
    if !(2..=MOST_MEMBERS).contains(&runs.len()) {
        let count = runs.len();
        return Err(Error::Other(format!("an ensemble is made of 2 to {MOST_MEMBERS} trained runs, not of {count}")));
    }
    let mut members = Vec::with_capacity(runs.len());
    let mut noted = Vec::with_capacity(runs.len());
    for choice in runs {
        let run = &choice.run;
        if is_ensemble(run) {
            return Err(files::damaged("an ensemble is no member of another; choose the runs that it is made of", run));
        }
        EnsembleMember::check_weight(choice.weight)
            .map_err(|problem| files::damaged(&format!("this run cannot be a member: {problem}"), run))?;
        let member = open_model(run, false)?;
        if let Some(refused) = &member.refused {
            return Err(files::damaged(&format!("this run cannot be a member: {refused}"), run));
        }
        noted.push(note(&member, choice));
        members.push(member);
    }
    check(&members, &noted).map_err(Error::Other)?;
    Ok((members, noted))
}

/// What the members are calibrated for together.
///
/// # Errors
/// Names the member that is not calibrated for its score, or the two that are the same or do not go together, and what
/// differs.
fn check(members: &[StoredModel], noted: &[EnsembleMember]) -> std::result::Result<Calibrations, String> {
    for (index, (member, EnsembleMember { run: name, score, .. })) in members.iter().zip(noted).enumerate() {
        for (other, EnsembleMember { run: other_name, .. }) in members.iter().zip(noted).take(index) {
            if other.checkpoint_hash == member.checkpoint_hash {
                return Err(format!("{other_name} and {name} are the same network; each member counts once"));
            }
            let (one, another) = (other.run.settings.preprocessing, member.run.settings.preprocessing);
            if one != another {
                return Err(format!(
                    "{other_name} and {name} see images differently: {} and {}",
                    how_seen(one),
                    how_seen(another)
                ));
            }
        }
        if score.parts().iter().any(|part| part.measure == Measure::Own) {
            return Err(format!(
                "{name} cannot be scored by {score}: only the networks of an ensemble have own scores"
            ));
        }
        if !member.calibrations.has(score) {
            return Err(format!(
                "{name} is not calibrated for {score} image by image, as an ensemble needs it; calibrate it first (neuroscan calibrate)"
            ));
        }
    }
    let together = members.iter().zip(noted).map(|(member, noted)| MemberCalibrations {
        name: &noted.run,
        own: &noted.score,
        weight: noted.weight,
        calibrations: &member.calibrations,
    });
    pool(&together.collect::<Vec<_>>())
}

/// What older programs take every ensemble for.
fn as_trained(members: &[StoredModel], noted: &[EnsembleMember]) -> bool {
    let own = |(member, noted): (&StoredModel, &EnsembleMember)| noted.score == member.run.settings.score.into();
    all_count_one(noted) && members.iter().zip(noted).all(own)
}

fn all_count_one(members: &[EnsembleMember]) -> bool {
    members.iter().all(|member| member.weight.to_bits() == 1f64.to_bits())
}

fn how_seen(how: Preprocessing) -> String {
    format!("{0} × {0} pixels {1} CLAHE", how.image_size, if how.clahe { "with" } else { "without" })
}

fn note(member: &StoredModel, choice: &MemberChoice) -> EnsembleMember {
    EnsembleMember {
        run: member.run.id.0.clone(),
        architecture: member.run.architecture(),
        seed: member.run.settings.seed,
        checkpoint_blake3: member.checkpoint_hash.clone(),
        score: choice.score.clone().unwrap_or_else(|| member.run.settings.score.into()),
        weight: choice.weight,
        data_name: member.run.data_name.clone(),
        data_fingerprint: member.data_fingerprint.clone(),
    }
}

/// What scoring needs of a run, and where it comes from.
fn copy_member(member: &StoredModel, to: &Path) -> Result<()> {
    let from = &member.run.folder;
    let mut record = RunRecord::read(from)?;
    // Only needed for going on; a folder that is handed on tells nothing about this machine.
    record.data.root = None;
    std::fs::create_dir_all(to).map_err(Error::io("make the folder", to))?;
    record.write(to)?;
    copy(&member.checkpoint, &to.join(files::BEST))?;
    for name in COPIED {
        copy(&from.join(name), &to.join(name))?;
    }
    let calibrations = from.join(files::CALIBRATIONS);
    for entry in std::fs::read_dir(&calibrations).map_err(Error::io("read the folder", &calibrations))? {
        let entry = entry.map_err(Error::io("read the folder", &calibrations))?;
        if !entry.file_name().to_string_lossy().starts_with(UNFINISHED_PREFIX) {
            copy(&entry.path(), &to.join(files::CALIBRATIONS).join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Copies a file; none where there is none, as a run may have no `epochs.csv`.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut source = match File::open(from) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(Error::io("read", from))?,
    };
    atomic::write_file(to, |file| std::io::copy(&mut source, file).map(drop).map_err(Error::io("write", to)))
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("delete", path)(error)),
        _ => Ok(()),
    }
}

fn member_folder(ensemble: &Path, number: u32) -> PathBuf {
    ensemble.join(MEMBERS).join(number.to_string())
}

fn staging(beside: &Path) -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED_PREFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any program's folders; less what the user's umask takes away.
        builder.permissions(std::fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(beside)
}

fn checkpoint_of(info: &EnsembleInfo) -> String {
    let mut hasher = blake3::Hasher::new();
    for member in &info.members {
        hasher.update(member.checkpoint_blake3.as_bytes());
        if !info.as_trained {
            hasher.update(member.score.slug().as_bytes());
            hasher.update(&member.weight.to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}
