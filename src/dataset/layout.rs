//! Finds the data set in whatever folder was given.
//!
//! In this order, nearest to the given folder first and at most four levels down:
//! 1. a folder with `train/` or `test/` that hold class folders (the Kaggle layout, in any spelling);
//! 2. a folder with a class folder for healthy images;
//! 3. the given folder itself, when images lie in it directly: unlabelled, for scoring only – unless a table beside them
//!    labels them, in which case they may lie in any folder below.

use std::collections::{HashSet, VecDeque};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::labels;
use super::names::{FileKind, SplitFolder, file_kind, is_junk, is_named_dicom, label_of_class, split_folder};
use crate::domain::{Label, RejectReason, Rejected, Watch};
use crate::error::{Error, Result};
use crate::imaging;

/// How deep below the given folder the data set may begin.
const SEARCH_DEPTH: usize = 4;
/// Folders looked into before giving up: somebody may choose `/`.
const SEARCH_FOLDERS: usize = 3000;
/// Files looked at when asking whether a folder holds images at all.
const ENOUGH_FILES: usize = 20_000;
/// Files whose first bytes are looked at when asking whether they are DICOM.
const ENOUGH_BEGINNINGS: usize = 500;
/// How deep below its root an image may lie.
const WALK_DEPTH: usize = 24;

const EXPECTED: &str = "Expected train/NORMAL, train/PNEUMONIA, test/NORMAL and test/PNEUMONIA, or one folder a class \
                        with the healthy one named NORMAL, healthy, no_finding or the like, or images directly in it.";

/// Which use a folder leaves open for its images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// In the training folder.
    Train,
    /// In the test folder.
    Test,
    /// In a class folder of a set without a test folder: the split decides.
    Either,
    /// Without a label.
    Unlabelled,
}

/// A file that may be an image.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub file: PathBuf,
    /// Relative to the root, `/` between parts; what is not Unicode is replaced.
    pub path: String,
    pub role: Role,
    pub label: Option<Label>,
    /// The class folder's name.
    pub class: Option<String>,
}

/// Where everything is.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub root: PathBuf,
    /// Sorted by path.
    pub candidates: Vec<Candidate>,
    /// Folders and links that could not be followed.
    pub rejected: Vec<Rejected>,
    /// Files of a `val` folder, which is not used: its name and their number.
    pub validation_folder: Option<(String, usize)>,
    /// Images beside the class folders, which are not used.
    pub outside: Vec<String>,
    /// True when the set has no test folder, so that one is split off.
    pub makes_test: bool,
    /// A test folder beside the chosen one.
    pub beside: Option<String>,
}

/// Finds root, layout and files.
///
/// # Errors
/// `Error::DataSet` with what is missing and what was expected where; `Error::Io` when the folder cannot be listed.
pub(super) fn find(given: &Path, watch: &dyn Watch) -> Result<Layout> {
    let metadata = std::fs::metadata(given).map_err(Error::io("open the folder", given))?;
    if !metadata.is_dir() {
        return Err(Error::DataSet {
            message: "this is a file, not a folder".to_owned(),
            advice: "Choose the folder that holds train and test.".to_owned(),
            path: given.to_path_buf(),
        });
    }
    watch.progress("Looking for images", 0, 0);
    let found = search(given, watch).and_then(|root| match root {
        Root::Splits(root) => with_splits(&root, watch),
        Root::Classes(root) => with_classes(&root, watch),
        Root::Flat => flat(given, watch),
    });
    let mut layout = match found {
        // Labels in a table need no class folders.
        Err(Error::DataSet { .. }) if labels::has_labels(given) && holds_image(given) => flat(given, watch)?,
        found => found?,
    };
    layout.candidates.sort_by(|a, b| a.path.cmp(&b.path).then_with(|| a.file.cmp(&b.file)));
    layout.rejected.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(layout)
}

enum Root {
    Splits(PathBuf),
    Classes(PathBuf),
    Flat,
}

/// Breadth first, so that of nested copies (`chest_xray/chest_xray`) the outermost is taken.
fn search(given: &Path, watch: &dyn Watch) -> Result<Root> {
    let mut queue = VecDeque::from([(given.to_path_buf(), 0)]);
    let mut seen = HashSet::new();
    let mut classes = Vec::new();
    while let Some((folder, depth)) = queue.pop_front() {
        stop_if_cancelled(watch)?;
        // Links may lead in circles.
        let canonical = std::fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone());
        if seen.len() >= SEARCH_FOLDERS || !seen.insert(canonical) {
            continue;
        }
        let folders = match subfolders(&folder) {
            Ok(folders) => folders,
            Err(error) if depth == 0 => return Err(Error::io("list the folder", &folder)(error)),
            Err(_) => continue,
        };
        if folders.iter().any(|(name, path)| is_split(name, path, depth)) {
            return Ok(Root::Splits(folder));
        }
        if folders.iter().any(|(name, path)| label_of_class(name) == Label::Healthy && holds_image(path)) {
            return Ok(Root::Classes(folder));
        }
        if depth == 0 {
            classes.extend(folders.iter().map(|(name, _)| name.clone()));
        }
        if depth < SEARCH_DEPTH {
            queue.extend(folders.into_iter().map(|(_, path)| (path, depth + 1)));
        }
    }
    if images_directly_in(given) > 0 {
        return Ok(Root::Flat);
    }
    Err(nothing_found(given, &classes))
}

/// In the given folder any `train` or `test` with images is taken at its word, and what it lacks is said. Deeper down it
/// has to look like a data set: it may be somebody's `test` of something else.
fn is_split(name: &str, path: &Path, depth: usize) -> bool {
    if !matches!(split_folder(name), Some(SplitFolder::Train | SplitFolder::Test)) {
        return false;
    }
    if depth == 0 {
        return holds_image(path);
    }
    let classes = subfolders(path).unwrap_or_default();
    classes.iter().any(|(name, path)| label_of_class(name) == Label::Healthy && holds_image(path))
}

fn nothing_found(given: &Path, folders: &[String]) -> Error {
    let path = given.to_path_buf();
    if holds_dicom_only(given) {
        return Error::DataSet {
            message: "these are DICOM files, which are not read".to_owned(),
            advice: format!("Export them as PNG first. {EXPECTED}"),
            path,
        };
    }
    if holds_image(given) {
        return Error::DataSet {
            message: format!("none of its folders is known to hold healthy images (found {})", list(folders)),
            advice: format!(
                "Name the class folder of healthy images NORMAL. To score images without labels, choose the folder in \
                 which they lie directly. {EXPECTED}"
            ),
            path,
        };
    }
    Error::DataSet { message: "there are no images in this folder".to_owned(), advice: EXPECTED.to_owned(), path }
}

/// "glioma, meningioma and 3 more".
fn list(names: &[String]) -> String {
    match names {
        [] => "no folders".to_owned(),
        all if all.len() <= 4 => all.join(", "),
        [first, second, third, rest @ ..] => format!("{first}, {second}, {third} and {} more", rest.len()),
        _ => names.join(", "),
    }
}

/// Folders in a folder, without rubbish, by name.
fn subfolders(folder: &Path) -> std::io::Result<Vec<(String, PathBuf)>> {
    let mut folders: Vec<(String, PathBuf)> = std::fs::read_dir(folder)?
        .filter_map(std::result::Result::ok)
        .filter(|entry| match entry.file_type() {
            Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
            Ok(kind) => kind.is_dir(),
            Err(_) => false,
        })
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .filter(|(name, _)| !is_junk(name))
        .collect();
    folders.sort();
    Ok(folders)
}

/// Files below a folder that may be images, without rubbish and without walking in circles.
fn walk(folder: &Path) -> impl Iterator<Item = walkdir::Result<walkdir::DirEntry>> {
    let mut seen = HashSet::new();
    let start = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    WalkDir::new(folder)
        .follow_links(true)
        .max_depth(WALK_DEPTH)
        .into_iter()
        .filter_entry(move |entry| {
            if entry.depth() > 0 && is_junk(&entry.file_name().to_string_lossy()) {
                return false;
            }
            // A folder that links lead to twice is walked once. One around the start holds other classes and splits.
            let fresh = |path: PathBuf| (entry.depth() == 0 || !start.starts_with(&path)) && seen.insert(path);
            !entry.file_type().is_dir() || std::fs::canonicalize(entry.path()).is_ok_and(fresh)
        })
        .filter(|entry| {
            entry.as_ref().map_or(true, |entry| {
                !entry.file_type().is_dir() && file_kind(&entry.file_name().to_string_lossy()) != FileKind::Other
            })
        })
}

fn holds_image(folder: &Path) -> bool {
    walk(folder)
        .take(ENOUGH_FILES)
        .flatten()
        .any(|entry| file_kind(&entry.file_name().to_string_lossy()) == FileKind::Image)
}

/// Whether a folder's first files are DICOM, by their ending or their beginning, and none of them promises to be another image.
fn holds_dicom_only(folder: &Path) -> bool {
    let mut found = false;
    // Opening a pipe waits for its other end.
    let files = walk(folder).flatten().filter(|entry| entry.file_type().is_file());
    for entry in files.take(ENOUGH_BEGINNINGS) {
        let name = entry.file_name().to_string_lossy();
        if is_named_dicom(&name) || begins_as_dicom(entry.path()) {
            found = true;
        } else if file_kind(&name) == FileKind::Image {
            return false;
        }
    }
    found
}

fn begins_as_dicom(file: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = std::fs::File::open(file).and_then(|file| file.take(132).read_to_end(&mut beginning));
    read.is_ok() && imaging::is_dicom(&beginning)
}

fn images_directly_in(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !is_junk(name) && file_kind(name) == FileKind::Image)
        .count()
}

fn stop_if_cancelled(watch: &dyn Watch) -> Result<()> {
    if watch.cancelled() { Err(Error::Cancelled) } else { Ok(()) }
}

/// Relative to the root with `/` between parts.
fn relative(root: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(root).unwrap_or(file);
    let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// Adds the files below `folder`, all of one role and class.
fn collect(layout: &mut Layout, folder: &Path, role: Role, class: Option<&str>, watch: &dyn Watch) -> Result<()> {
    for entry in walk(folder) {
        stop_if_cancelled(watch)?;
        match entry {
            Ok(entry) => layout.candidates.push(Candidate {
                path: relative(&layout.root, entry.path()),
                file: entry.into_path(),
                role,
                label: class.map(label_of_class),
                class: class.map(str::to_owned),
            }),
            // A circle of links holds nothing that has not been found already.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder);
                let detail = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                layout.rejected.push(Rejected {
                    path: relative(&layout.root, path),
                    reason: RejectReason::Unreadable,
                    detail: format!("{detail}."),
                });
            }
        }
    }
    watch.progress("Looking for images", layout.candidates.len() as u64, 0);
    Ok(())
}

/// Adds every class folder below `parent`; what lies beside them is noted.
fn collect_classes(layout: &mut Layout, parent: &Path, role: Role, watch: &dyn Watch) -> Result<Vec<String>> {
    let folders = subfolders(parent).map_err(Error::io("list the folder", parent))?;
    let mut classes = Vec::new();
    for (name, path) in folders {
        if parent == layout.root && split_folder(&name).is_some() {
            continue;
        }
        let before = layout.candidates.len();
        collect(layout, &path, role, Some(&name), watch)?;
        if layout.candidates.len() > before {
            classes.push(name);
        }
    }
    for entry in std::fs::read_dir(parent).map_err(Error::io("list the folder", parent))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !is_junk(&name) && file_kind(&name) == FileKind::Image && !entry.path().is_dir() {
            layout.outside.push(relative(&layout.root, &entry.path()));
        }
    }
    Ok(classes)
}

fn with_splits(root: &Path, watch: &dyn Watch) -> Result<Layout> {
    let mut layout = Layout { root: root.to_path_buf(), ..Layout::default() };
    let folders = subfolders(root).map_err(Error::io("list the folder", root))?;
    let named = |wanted| folders.iter().filter(move |(name, _)| split_folder(name) == Some(wanted));
    // Without a test folder one is split off, by patient.
    let has_test = named(SplitFolder::Test).any(|(_, path)| holds_image(path));
    let has_train = named(SplitFolder::Train).any(|(_, path)| holds_image(path));
    let train_role = if has_test { Role::Train } else { Role::Either };
    for (folder, role) in named(SplitFolder::Train)
        .map(|folder| (folder, train_role))
        .chain(named(SplitFolder::Test).map(|folder| (folder, Role::Test)))
    {
        let classes = collect_classes(&mut layout, &folder.1, role, watch)?;
        let holds_healthy = classes.iter().any(|class| label_of_class(class) == Label::Healthy);
        if role != Role::Test && !holds_healthy {
            let found = if classes.is_empty() { "no class folders".to_owned() } else { list(&classes) };
            return Err(Error::DataSet {
                message: format!("{} has no folder of healthy images (found {found})", folder.0),
                advice: format!(
                    "Expected {0}/NORMAL, or {0} with a folder named healthy, no_finding, notumor or the like.",
                    folder.0
                ),
                path: folder.1.clone(),
            });
        }
        if classes.is_empty() {
            return Err(Error::DataSet {
                message: format!("{} has no class folders", folder.0),
                advice: format!("Expected {0}/NORMAL and {0}/PNEUMONIA.", folder.0),
                path: folder.1.clone(),
            });
        }
    }
    layout.makes_test = has_train && !has_test;
    if let Some((name, path)) = named(SplitFolder::Validation).next() {
        layout.validation_folder = Some((name.clone(), walk(path).flatten().count()));
    }
    Ok(layout)
}

fn with_classes(root: &Path, watch: &dyn Watch) -> Result<Layout> {
    let mut layout = Layout { root: root.to_path_buf(), makes_test: true, ..Layout::default() };
    collect_classes(&mut layout, root, Role::Either, watch)?;
    let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if split_folder(&name) == Some(SplitFolder::Train) {
        let siblings = root.parent().and_then(|parent| subfolders(parent).ok()).unwrap_or_default();
        layout.beside =
            siblings.into_iter().map(|(name, _)| name).find(|name| split_folder(name) == Some(SplitFolder::Test));
    }
    Ok(layout)
}

/// Every image below a folder, unlabelled.
pub(super) fn flat(root: &Path, watch: &dyn Watch) -> Result<Layout> {
    let mut layout = Layout { root: root.to_path_buf(), ..Layout::default() };
    collect(&mut layout, root, Role::Unlabelled, None, watch)?;
    Ok(layout)
}
