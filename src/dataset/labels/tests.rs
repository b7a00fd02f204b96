//! Tables as found in the wild, and damaged ones.

use std::path::Path;

use super::*;
use crate::dataset::{CacheDir, OpenDataSet, OpenOptions, check, open};
use crate::domain::{Finding, Label, MarkedBox, SampleId, Severity, Split, Unwatched};

fn put(root: &Path, path: &str, bytes: &[u8]) {
    let file = root.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
}

fn png(seed: u32) -> Vec<u8> {
    let image = image::GrayImage::from_fn(64, 48, |x, y| image::Luma([(x * 3 + y * 5 + seed * 31) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn opened(root: &Path) -> OpenDataSet {
    open(root, &OpenOptions::default(), &CacheDir::at(root.join(".cache")), &Unwatched).unwrap()
}

fn label(data: &OpenDataSet, path: &str) -> (Option<Label>, Split) {
    let sample = data.summary().samples.iter().find(|sample| sample.path == path).unwrap();
    (sample.label, sample.split)
}

/// The finding of the check about a table.
fn told(data: &OpenDataSet, file: &str) -> Finding {
    let findings = check(data, &Unwatched).unwrap();
    findings.into_iter().find(|finding| finding.details.iter().any(|line| line.starts_with(file))).unwrap()
}

const NIH: &str = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position\n\
                   00000001_000.png,No Finding,0,1,40,M,PA\n\
                   00000002_000.png,Infiltration|Pneumonia,0,2,41,F,PA\n\
                   00000003_000.png,Cardiomegaly,0,3,42,F,AP\n\
                   00000004_000.png,No Finding,0,4,42,F,AP\n";

/// A flat folder with a table of ChestX-ray14.
fn nih() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for index in 1..=3 {
        put(folder.path(), &format!("images/{index:08}_000.png"), &png(index));
    }
    put(folder.path(), "images/00000009_000.png", &png(9));
    put(folder.path(), "Data_Entry_2017.csv", NIH.as_bytes());
    folder
}

#[test]
fn a_folder_with_a_table_and_no_class_folders_is_for_testing() {
    let folder = nih();
    let data = opened(folder.path());
    assert_eq!(label(&data, "images/00000001_000.png"), (Some(Label::Healthy), Split::Test));
    assert_eq!(label(&data, "images/00000002_000.png"), (Some(Label::Diseased), Split::Test));
    assert_eq!(label(&data, "images/00000003_000.png"), (None, Split::Unlabelled), "an enlarged heart is neither");
    assert_eq!(label(&data, "images/00000009_000.png"), (None, Split::Unlabelled), "no row");
    let sick = data.summary().sample(SampleId(1)).unwrap();
    assert_eq!((sick.finding.as_deref(), sick.patient.as_deref()), (Some("pneumonia"), Some("00000002")));
    let finding = told(&data, "Data_Entry_2017.csv");
    let words = finding.details.join("\n");
    for part in ["1 healthy", "1 diseased", "1 neither", "1 row without", "1 image without"] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn class_folders_are_believed_and_the_table_adds_patients_and_boxes() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "test/NORMAL/00000001_000.png", &png(1));
    put(folder.path(), "test/ABNORMAL/00000002_000.png", &png(2));
    put(folder.path(), "test/ABNORMAL/00000004_000.png", &png(4));
    put(folder.path(), "Data_Entry_2017.csv", NIH.as_bytes());
    put(
        folder.path(),
        "boxes.csv",
        b"image,label,x,y,width,height\n00000002_000.png,Lung Opacity,10.0,4.0,20.5,30.0\n\
          00000002_000.png,Lung Opacity,60,4,20,30\n00000002_000.png,Lung Opacity,1,2,x,4\n00000077_000.png,a,1,2,3,4\n",
    );
    let data = opened(folder.path());
    assert_eq!(label(&data, "test/ABNORMAL/00000004_000.png"), (Some(Label::Diseased), Split::Test));
    let sick = data.summary().samples.iter().find(|sample| sample.path.contains("00000002")).unwrap();
    assert_eq!(sick.boxes, [MarkedBox { x: 10, y: 4, width: 21, height: 30 }]);
    let table = told(&data, "Data_Entry_2017.csv");
    assert_eq!(table.severity, Severity::Caution);
    assert!(table.details.iter().any(|line| line.contains("test/ABNORMAL/00000004_000.png")), "{:?}", table.details);
    let boxes = told(&data, "boxes.csv").details.join("\n");
    assert!(boxes.contains("60, 4") && boxes.contains("Line 4") && boxes.contains("1 row without"), "{boxes}");
}

#[test]
fn chexpert_is_read_by_its_documented_columns() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Lung Opacity,Pneumonia,Fracture\n\
                CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,1.0,,,\n\
                CheXpert-v1.0-small/train/patient00002/study1/view1_frontal.jpg,Male,60,Frontal,AP,,1.0,-1.0,\n\
                CheXpert-v1.0-small/train/patient00003/study1/view1_frontal.jpg,Male,60,Frontal,AP,,,-1.0,1.0\n\
                CheXpert-v1.0-small/train/patient00004/study1/view2_lateral.jpg,Male,60,Lateral,,1.0,,,\n\
                CheXpert-v1.0-small/train/patient00005/study1/view1_frontal.jpg,Male,60,Frontal,AP,,,,1.0\n";
    for (patient, view) in [(1, "1_frontal"), (2, "1_frontal"), (3, "1_frontal"), (4, "2_lateral"), (5, "1_frontal")] {
        put(folder.path(), &format!("train/patient{patient:05}/study1/view{view}.jpg"), &png(patient));
    }
    put(folder.path(), "train.csv", rows.as_bytes());
    let data = opened(folder.path());
    let labels: Vec<Option<Label>> = data.summary().samples.iter().map(|sample| sample.label).collect();
    assert_eq!(labels, [Some(Label::Healthy), Some(Label::Diseased), None, None, None]);
    assert_eq!(data.summary().samples[1].patient.as_deref(), Some("patient00002"));
    let words = told(&data, "train.csv").details.join("\n");
    assert!(words.contains("1 unsure") && words.contains("2 neither"), "{words}");
}

#[test]
fn mimic_is_read_by_subject_and_study() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "subject_id,study_id,Atelectasis,Edema,No Finding,Pneumonia\n\
                10000032,50414267,,,1.0,\n10000764,57375967,,1.0,,\n10000898.0,50771383.0,,,1.0,0.0\n";
    for (path, seed) in [
        ("files/p10/p10000032/s50414267/02aa804e.jpg", 1),
        ("files/p10/p10000764/s57375967/096052b7.jpg", 2),
        ("files/p10/p10000898/s50771383/2a280266.jpg", 3),
        ("files/p10/p10000898/s1/2a280266.jpg", 4),
    ] {
        put(folder.path(), path, &png(seed));
    }
    put(folder.path(), "mimic-cxr-2.0.0-chexpert.csv", rows.as_bytes());
    let data = opened(folder.path());
    let labels: Vec<Option<Label>> = data.summary().samples.iter().map(|sample| sample.label).collect();
    assert_eq!(labels, [Some(Label::Healthy), Some(Label::Diseased), None, Some(Label::Healthy)]);
    assert_eq!(data.summary().samples[0].patient.as_deref(), Some("p10000032"));
}

/// What damage to a table of ChestX-ray14 is told in the check; the folder opens in every case.
#[test]
fn damaged_tables_are_told_and_never_stop_anything() {
    let long = format!("{NIH}00000001_000.png,No Finding,0,1,40,M,PA\n00000002_000.png,No Finding,0,2,41,F,PA\n");
    let unclosed = format!("{NIH}\"00000005_000.png,No Finding");
    let unknown = NIH.replace("Cardiomegaly", "Something Odd");
    let contradiction = NIH.replace("Infiltration|Pneumonia", "No Finding|Pneumonia");
    let empty_cells = format!("{NIH},No Finding,,,,,\n00000008_000.png,,,,,,\n");
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(NIH.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin: Vec<u8> = [NIH.as_bytes(), b"00000009_000.png,Pneumonia,0,9,40,Fran\xE7ais,PA\n"].concat();
    let zeros = [NIH.as_bytes(), b"\0\0\0\0"].concat();
    let cases: [(&str, Vec<u8>, &str); 13] = [
        ("a column is missing", NIH.replace("Finding Labels", "Labels").into(), "lacks the column Finding Labels"),
        ("no image column", NIH.replace("Image Index", "Name").into(), "lacks the column Image Index"),
        ("no patients", NIH.replace("Patient ID", "ID").into(), "lacks the column Patient ID"),
        ("header only", NIH.lines().next().unwrap().into(), "no rows"),
        ("rows twice", long.clone().into(), "says again what is known of 00000001_000.png"),
        ("rows that differ", long.into(), "says something else of 00000002_000.png"),
        ("a quote that is not closed", unclosed.into(), "Line 6"),
        ("a finding that nobody knows", unknown.into(), "not known: something odd"),
        ("healthy and sick at once", contradiction.into(), "contradict"),
        ("empty cells", empty_cells.into(), "Line 6 lacks an image"),
        ("UTF-16", utf16, "UTF-16"),
        ("Latin-1", latin, "not in UTF-8"),
        ("bytes of value 0", zeros, "bytes of value 0"),
    ];
    for (what, bytes, expected) in cases {
        let folder = nih();
        put(folder.path(), "Data_Entry_2017.csv", &bytes);
        // So that the folder can be opened also where the table names nothing.
        put(folder.path(), "test/NORMAL/00000001_000.png", &png(1));
        put(folder.path(), "test/ABNORMAL/00000002_000.png", &png(2));
        let data = opened(folder.path());
        let words = told(&data, "Data_Entry_2017.csv").details.join("\n");
        assert!(words.contains(expected), "{what}: {words}");
    }
}

#[test]
fn other_delimiters_a_byte_order_mark_and_blank_lines_are_read() {
    for (delimiter, mark) in [(";", "\u{FEFF}"), ("\t", ""), (",", "\u{FEFF}")] {
        let folder = nih();
        put(folder.path(), "Data_Entry_2017.csv", format!("{mark}{}\n\n", NIH.replace(',', delimiter)).as_bytes());
        assert_eq!(label(&opened(folder.path()), "images/00000002_000.png").0, Some(Label::Diseased), "{delimiter:?}");
    }
}

#[test]
fn boxes_of_nih_are_read_by_their_odd_header() {
    let folder = nih();
    put(
        folder.path(),
        "BBox_List_2017.csv",
        b"Image Index,Finding Label,\"Bbox [x\",y,w,h],,,\n00000002_000.png,Atelectasis,5,6,7,8,,,\n",
    );
    let data = opened(folder.path());
    let boxes: Vec<MarkedBox> = data.summary().samples.iter().flat_map(|sample| sample.boxes.clone()).collect();
    assert_eq!(boxes, [MarkedBox { x: 5, y: 6, width: 7, height: 8 }]);
}

#[test]
fn a_table_of_something_else_is_left_alone() {
    let folder = nih();
    put(folder.path(), "notes.csv", b"name,age\nx,3\n");
    put(folder.path(), "scores.csv", b"path,model,score\na.png,vae,0.3\n");
    let data = opened(folder.path());
    let findings = check(&data, &Unwatched).unwrap();
    assert!(!findings.iter().any(|finding| finding.details.iter().any(|line| line.contains("notes.csv"))));
    assert!(!has_labels(&folder.path().join("images")));
    assert!(has_labels(folder.path()));
}

#[test]
fn many_problems_are_counted() {
    let mut problems = Problems::default();
    for index in 0..300 {
        problems.push(format!("{index}"));
    }
    assert_eq!((problems.count(), problems.lines().len()), (300, MOST_PROBLEMS + 1));
    assert_eq!(problems.lines().last().unwrap(), "And 100 more.");
}
