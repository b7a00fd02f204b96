//! The columns of each kind of table, as their makers document them.
//!
//! - NIH ChestX-ray14, `Data_Entry_2017.csv`: `Image Index` is a file name, `Finding Labels` names parted by `|`.
//! - `CheXpert`, `train.csv`, `valid.csv`: `Path` ends in `patient…/study…/view….jpg`; 14 findings are 1, 0, −1 (unsure) or
//!   blank (not mentioned); of `Frontal/Lateral` only the frontal views are used.
//! - MIMIC-CXR, `mimic-cxr-2.0.0-chexpert.csv`: findings as `CheXpert`'s, of a whole study: its images lie in
//!   `p<subject_id>/s<study_id>/`.
//! - Boxes: an image's file name with `x`, `y`, `width`, `height`; or NIH's `BBox_List_2017.csv`, whose four numbers follow
//!   from the column `Bbox [x` on.

use std::collections::HashMap;

use csv::StringRecord;

use super::boxes::RawBox;
use super::meaning::{Mark, Verdict, is_known, judge, plain};
use super::table::Header;
use super::{Problems, Row, TableKind};

/// So many of `CheXpert`'s findings make a table of findings.
const ENOUGH_FINDINGS: usize = 3;

type Records = [(usize, StringRecord)];
type Rows = HashMap<String, Row>;
type Boxes = HashMap<String, Vec<RawBox>>;

/// Whose columns these are; `None` for no one's known here.
///
/// # Errors
/// When they are nearly someone's: whose, and what is missing.
pub(super) fn kind(header: &Header) -> Result<Option<TableKind>, (TableKind, String)> {
    let findings = header.names.iter().filter(|name| is_known(&plain(name))).count();
    let lacks = |kind, column: &str| Err((kind, format!("It lacks the column {column}; it is not used.")));
    if first_of(header, &["image", "image index", "filename"]).is_some() {
        if box_columns(header).is_some() {
            return Ok(Some(TableKind::Boxes));
        }
        let some = ["x", "y", "width", "height"].iter().find(|column| !header.has(column));
        if header.has("x") && header.has("y") {
            return lacks(TableKind::Boxes, some.copied().unwrap_or("height"));
        }
    }
    match (header.has("image index"), header.has("finding labels")) {
        (true, true) => return Ok(Some(TableKind::Nih)),
        (true, false) => return lacks(TableKind::Nih, "Finding Labels"),
        (false, true) => return lacks(TableKind::Nih, "Image Index"),
        (false, false) => {}
    }
    if findings < ENOUGH_FINDINGS {
        return Ok(None);
    }
    match (header.has("path"), header.has("subject_id"), header.has("study_id")) {
        (true, ..) if !header.has("no finding") => lacks(TableKind::CheXpert, "No Finding"),
        (true, ..) => Ok(Some(TableKind::CheXpert)),
        (false, true, true) => Ok(Some(TableKind::Mimic)),
        (false, true, false) => lacks(TableKind::Mimic, "study_id"),
        (false, false, true) => lacks(TableKind::Mimic, "subject_id"),
        (false, false, false) => lacks(TableKind::CheXpert, "Path"),
    }
}

/// All rows that can be used, by the key of their image.
pub(super) fn rows(kind: TableKind, header: &Header, records: &Records, problems: &mut Problems) -> (Rows, Boxes) {
    match kind {
        TableKind::Nih => (nih(header, records, problems), Boxes::new()),
        TableKind::CheXpert => (chexpert(header, records, problems), Boxes::new()),
        TableKind::Mimic => (mimic(header, records, problems), Boxes::new()),
        TableKind::Boxes => (Rows::new(), boxes(header, records, problems)),
    }
}

/// The key by which a table of some kind knows an image, from the image's path; `None` when its path has none.
pub(super) fn key(kind: TableKind, path: &str) -> Option<String> {
    match kind {
        TableKind::Nih | TableKind::Boxes => path.rsplit('/').next().map(str::to_lowercase),
        TableKind::CheXpert => from_patient(path),
        TableKind::Mimic => {
            let parts: Vec<&str> = path.split('/').collect();
            let is = |part: &str, letter: char| {
                part.strip_prefix(letter)
                    .is_some_and(|rest| rest.len() >= 5 && rest.bytes().all(|b| b.is_ascii_digit()))
            };
            let at = parts.windows(2).find(|pair| is(pair[0], 'p') && is(pair[1], 's'))?;
            Some(format!("{}/{}", at[0], at[1]))
        }
    }
}

/// `…/train/patient00001/study1/view1_frontal.jpg` → from `patient00001` on.
fn from_patient(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let at = path.rfind("patient")?;
    let rest = path.get(at..)?;
    (rest.split('/').count() >= 2).then(|| rest.to_lowercase())
}

fn first_of(header: &Header, names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| header.position(name))
}

fn cell(record: &StringRecord, position: usize) -> &str {
    record.get(position).unwrap_or_default().trim()
}

/// Adds a row; of two with one key both must say the same.
fn add(rows: &mut Rows, key: String, row: Row, line: usize, problems: &mut Problems) {
    let Some(known) = rows.get_mut(&key) else {
        rows.insert(key, row);
        return;
    };
    if known.verdict == row.verdict {
        problems.push(format!("Line {line} says again what is known of {key}."));
    } else {
        problems.push(format!("Line {line} says something else of {key} than a line before; the image is left out."));
        known.verdict = Verdict::Contradiction;
    }
}

fn nih(header: &Header, records: &Records, problems: &mut Problems) -> Rows {
    let mut rows = Rows::new();
    let (Some(image), Some(labels)) = (header.position("image index"), header.position("finding labels")) else {
        return rows;
    };
    let patient = header.position("patient id");
    if patient.is_none() {
        problems.push("It lacks the column Patient ID; patients are taken from file names.".to_owned());
    }
    for (line, record) in records {
        let (name, findings) = (cell(record, image), cell(record, labels));
        if name.is_empty() || findings.is_empty() {
            problems.push(format!("Line {line} lacks {}.", if name.is_empty() { "an image" } else { "findings" }));
            continue;
        }
        let marks: Vec<(String, Mark)> = findings
            .split('|')
            .map(|finding| (plain(finding), Mark::Present))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        if let Some((unknown, _)) = marks.iter().find(|(name, _)| !is_known(name)) {
            problems.push(format!("Line {line} has a finding that is not known: {unknown}."));
        }
        let (verdict, finding) = judge(&marks);
        // As in the names of the images, so that patients without a row fit in.
        let patient = patient.map(|at| cell(record, at)).filter(|number| !number.is_empty()).map(nih_patient);
        add(&mut rows, name.to_lowercase(), Row { verdict, finding, patient }, *line, problems);
    }
    rows
}

/// `211` → `00000211`.
fn nih_patient(number: &str) -> String {
    format!("{number:0>8}")
}

/// The findings' columns of `CheXpert` and MIMIC-CXR.
fn finding_columns(header: &Header) -> Vec<(usize, String)> {
    let named = header.names.iter().enumerate().map(|(index, name)| (index, plain(name)));
    named.filter(|(_, name)| is_known(name)).collect()
}

/// The marks of a row; what is no mark is told.
fn marks(
    record: &StringRecord,
    columns: &[(usize, String)],
    line: usize,
    problems: &mut Problems,
) -> Vec<(String, Mark)> {
    let mut marks = Vec::new();
    for (position, name) in columns {
        let mark = match cell(record, *position) {
            "" => continue,
            "1" | "1.0" => Mark::Present,
            "0" | "0.0" => Mark::Absent,
            "-1" | "-1.0" => Mark::Uncertain,
            other => {
                problems.push(format!("Line {line} has {other:?} for {name}; 1, 0, −1 or nothing is expected."));
                // As good as unsure: the image must not count as healthy.
                Mark::Uncertain
            }
        };
        marks.push((name.clone(), mark));
    }
    marks
}

fn chexpert(header: &Header, records: &Records, problems: &mut Problems) -> Rows {
    let mut rows = Rows::new();
    let (Some(path), columns) = (header.position("path"), finding_columns(header)) else { return rows };
    let view = header.position("frontal/lateral");
    for (line, record) in records {
        let Some(key) = from_patient(cell(record, path)) else {
            problems.push(format!("Line {line} has no path of a patient's image: {:?}.", cell(record, path)));
            continue;
        };
        let (mut verdict, mut finding) = judge(&marks(record, &columns, *line, problems));
        if view.is_some_and(|view| cell(record, view).eq_ignore_ascii_case("lateral")) {
            (verdict, finding) = (Verdict::Other, None);
        }
        let patient = key.split('/').next().map(str::to_owned);
        add(&mut rows, key, Row { verdict, finding, patient }, *line, problems);
    }
    rows
}

fn mimic(header: &Header, records: &Records, problems: &mut Problems) -> Rows {
    let mut rows = Rows::new();
    let columns = finding_columns(header);
    let (Some(subject), Some(study)) = (header.position("subject_id"), header.position("study_id")) else {
        return rows;
    };
    for (line, record) in records {
        // Spreadsheets turn numbers into 10000032.0.
        let number = |position: usize| cell(record, position).trim_end_matches(".0").to_owned();
        let (subject, study) = (number(subject), number(study));
        if ![&subject, &study].iter().all(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())) {
            problems.push(format!("Line {line} has no numbers of subject and study: {subject:?}, {study:?}."));
            continue;
        }
        let (verdict, finding) = judge(&marks(record, &columns, *line, problems));
        let patient = Some(format!("p{subject}"));
        add(&mut rows, format!("p{subject}/s{study}"), Row { verdict, finding, patient }, *line, problems);
    }
    rows
}

/// Where x, y, width and height stand.
fn box_columns(header: &Header) -> Option<[usize; 4]> {
    if let Some(first) = header.position("bbox [x") {
        return Some([first, first + 1, first + 2, first + 3]);
    }
    let at = |short: &str, long: &str| first_of(header, &[long, short]);
    Some([header.position("x")?, header.position("y")?, at("w", "width")?, at("h", "height")?])
}

fn boxes(header: &Header, records: &Records, problems: &mut Problems) -> Boxes {
    let mut boxes = Boxes::new();
    let image = first_of(header, &["image", "image index", "filename"]);
    let (Some(image), Some(columns)) = (image, box_columns(header)) else { return boxes };
    for (line, record) in records {
        let name = cell(record, image);
        let numbers = columns.map(|position| cell(record, position).parse::<f64>().ok());
        let [Some(x), Some(y), Some(width), Some(height)] = numbers else {
            problems.push(format!("Line {line} has a box that is not four numbers."));
            continue;
        };
        if name.is_empty() {
            problems.push(format!("Line {line} lacks an image."));
            continue;
        }
        let known = boxes.entry(name.to_lowercase()).or_default();
        let new = RawBox { x, y, width, height };
        if known.contains(&new) {
            problems.push(format!("Line {line} has a box of {name} again."));
        } else {
            known.push(new);
        }
    }
    boxes
}
