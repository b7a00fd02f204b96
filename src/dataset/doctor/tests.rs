use std::path::Path;

use super::*;
use crate::dataset::{CacheDir, OpenOptions, open};
use crate::domain::{FindingAction, Unwatched};

/// `(path, brightness, side)`: flat images with a corner that is theirs alone unless `copy` says otherwise.
fn folder(files: &[(&str, u8, u32)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for &(path, grey, side) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::GrayImage::from_pixel(side, side, image::Luma([grey])).save(path).unwrap();
    }
    folder
}

fn check_folder(root: &Path) -> (OpenDataSet, Vec<Finding>) {
    let data = open(root, &OpenOptions::default(), &CacheDir::memory_only(), &Unwatched).unwrap();
    let findings = check(&data, &Unwatched).unwrap();
    (data, findings)
}

fn titled<'a>(findings: &'a [Finding], title: &str) -> &'a Finding {
    let titles: Vec<&str> = findings.iter().map(|finding| finding.title.as_str()).collect();
    findings.iter().find(|finding| finding.title == title).unwrap_or_else(|| panic!("{title} is not among {titles:?}"))
}

#[test]
fn the_bundled_sample_shows_its_known_traps() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
    let (data, findings) = check_folder(&root);
    assert!(findings.is_sorted_by_key(|finding| finding.severity), "worst first");
    let sharpness = titled(&findings, "Sharpness tells the classes apart");
    assert_eq!((sharpness.severity, sharpness.figure.as_str()), (Severity::Caution, "0.872 AUROC"));
    let copies = titled(&findings, "Exact duplicates");
    assert_eq!((copies.figure.as_str(), copies.samples.len()), ("1 image", 2));
    assert_eq!(copies.action, Some(FindingAction::LeaveOutCopies));
    assert_eq!(titled(&findings, "No patient in two splits").severity, Severity::Fine);
    assert_eq!(titled(&findings, "Every file can be read").figure, "336 files");
    assert_eq!(titled(&findings, "All images have one size").figure, "224 × 224");
    assert!(!findings.iter().any(|finding| finding.title == "Images without contrast"));
    let shift = findings.iter().find(|finding| finding.title.starts_with("Test healthy")).unwrap();
    let sharpness_is_told = shift.explanation.contains("sharpness");
    assert_eq!(sharpness_is_told, shift.explanation.starts_with("Sharpness differs"), "{}", shift.explanation);
    for finding in &findings {
        assert!(finding.samples.iter().all(|id| data.summary().sample(*id).is_some()), "{}", finding.title);
        assert!(finding.explanation.ends_with('.') && !finding.figure.is_empty(), "{finding:?}");
    }
}

#[test]
fn copies_between_folders_and_labels_are_problems() {
    let folder = folder(&[
        ("train/NORMAL/IM-0001-0001.png", 10, 40),
        ("train/NORMAL/IM-0002-0001.png", 20, 40),
        ("train/NORMAL/IM-0003-0001.png", 30, 40),
        ("train/PNEUMONIA/person1_virus_1.png", 20, 40),
        ("test/NORMAL/IM-0004-0001.png", 10, 40),
        ("test/PNEUMONIA/person2_virus_1.png", 50, 40),
        ("test/PNEUMONIA/person3_virus_1.png", 50, 40),
    ]);
    let (data, findings) = check_folder(folder.path());
    let paths = |title: &str| -> Vec<&str> {
        let finding = titled(&findings, title);
        finding.samples.iter().map(|id| data.summary().sample(*id).unwrap().path.as_str()).collect()
    };
    assert_eq!(
        paths("One image, two labels"),
        ["train/NORMAL/IM-0002-0001.png", "train/PNEUMONIA/person1_virus_1.png"]
    );
    assert_eq!(
        paths("Test images lie in the training folder"),
        ["test/NORMAL/IM-0004-0001.png", "train/NORMAL/IM-0001-0001.png"]
    );
    assert_eq!(paths("Exact duplicates").len(), 2);
    assert_eq!(titled(&findings, "One image, two labels").severity, Severity::Problem);
    let options = OpenOptions { without_copies: true, ..OpenOptions::default() };
    let data = open(folder.path(), &options, &CacheDir::memory_only(), &Unwatched).unwrap();
    let findings = check(&data, &Unwatched).unwrap();
    assert_eq!(titled(&findings, "Copies left out").details.len(), 3);
    assert_eq!(titled(&findings, "No exact duplicates").severity, Severity::Fine);
}

#[test]
fn copies_in_a_flat_folder_are_said_to_be_scored_twice() {
    let (_, findings) = {
        let folder = folder(&[("a.png", 10, 40), ("b.png", 20, 40), ("c.png", 20, 40)]);
        check_folder(folder.path())
    };
    let copies = titled(&findings, "Exact duplicates");
    assert_eq!(copies.figure, "1 image");
    assert_eq!(copies.explanation, "1 among the images without a label: each is scored twice.");
    assert!(!findings.iter().any(|finding| finding.title == "One image, two labels"));
}

#[test]
fn patients_in_both_folders_are_named_and_prefixes_tell_them_apart() {
    let folder = folder(&[
        ("train/NORMAL/IM-0001-0001.png", 10, 40),
        ("train/NORMAL/IM-0002-0001.png", 20, 40),
        ("train/NORMAL/NORMAL2-IM-0003-0001.png", 30, 40),
        ("test/NORMAL/IM-0001-0002.png", 40, 40),
        ("test/NORMAL/IM-0003-0001.png", 50, 40),
        ("test/PNEUMONIA/person2_virus_1.png", 60, 40),
    ]);
    let (_, findings) = check_folder(folder.path());
    let parted = titled(&findings, "Patients in training folder and test");
    assert_eq!((parted.severity, parted.figure.as_str()), (Severity::Problem, "1 patient"));
    assert_eq!(parted.details, ["IM-0001: 1 in the training folder, 1 in test"]);
}

#[test]
fn few_images_are_said_to_be_few_and_nothing_is_claimed_of_them() {
    let folder = folder(&[
        ("train/NORMAL/IM-0001-0001.png", 10, 40),
        ("train/NORMAL/IM-0002-0001.png", 20, 44),
        ("test/NORMAL/IM-0003-0001.png", 30, 40),
        ("val/NORMAL/IM-0004-0001.png", 40, 40),
        ("train/stray.png", 41, 40),
    ]);
    let (data, findings) = check_folder(folder.path());
    let flat = titled(&findings, "Images without contrast");
    assert_eq!((flat.severity, flat.samples.len()), (Severity::Caution, data.summary().samples.len()));
    for title in [
        "Few training images",
        "Few validation images",
        "Few healthy test images",
        "No diseased test images",
        "Too few healthy images to compare splits",
        "Folder val has few images",
        "Images outside class folders",
    ] {
        titled(&findings, title);
    }
    assert!(!findings.iter().any(|finding| finding.figure.contains("AUROC")), "{findings:?}");
    assert_eq!(titled(&findings, "Images outside class folders").details, ["train/stray.png"]);
}

#[test]
fn size_and_brightness_that_tell_the_classes_apart_are_found() {
    let mut files = Vec::new();
    for index in 0..25u32 {
        let grey = 40 + index as u8;
        files.push((format!("train/NORMAL/{index}.png"), grey, 64 + index));
        files.push((format!("test/NORMAL/{index}.png"), grey + 1, 64 + index));
        files.push((format!("test/PNEUMONIA/{index}.png"), grey + 120, 40 + index));
    }
    let files: Vec<(&str, u8, u32)> = files.iter().map(|(path, grey, side)| (path.as_str(), *grey, *side)).collect();
    let folder = folder(&files);
    let (_, findings) = check_folder(folder.path());
    let size = titled(&findings, "Image size gives the label away");
    assert_eq!(size.severity, Severity::Caution);
    assert!(size.figure.starts_with("0.99") || size.figure.starts_with("1.0"), "{}", size.figure);
    let exposure = titled(&findings, "Exposure differs between the classes");
    assert_eq!(exposure.figure, "1.000 AUROC");
    assert!(exposure.explanation.contains("brighter"), "{}", exposure.explanation);
    assert_eq!(titled(&findings, "Patients are not named").severity, Severity::Note);
}
