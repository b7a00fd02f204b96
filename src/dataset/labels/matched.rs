//! Tables and images brought together: who is in an image, what it shows, and which rows and images have no other half.

use std::collections::HashSet;

use super::meaning::Verdict;
use super::{Problems, Table, TableKind, readers};
use crate::dataset::Readable;
use crate::dataset::layout::Role;
use crate::domain::{Label, MarkedBox};

/// What tables say of one image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dataset) struct Said {
    pub patient: Option<String>,
    pub finding: Option<String>,
    pub boxes: Vec<MarkedBox>,
}

/// What came of the tables.
#[derive(Clone, Debug, Default)]
pub(in crate::dataset) struct Told {
    /// One an image.
    pub images: Vec<Said>,
    pub tables: Vec<Account>,
}

/// How many rows of one table were of use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dataset) struct Account {
    pub file: String,
    /// "NIH ChestX-ray14 labels".
    pub kind: &'static str,
    /// Images that a row speaks of.
    pub healthy: usize,
    pub diseased: usize,
    /// Left out: the labeller was unsure.
    pub uncertain: usize,
    /// Left out: neither healthy nor an opacity.
    pub other: usize,
    /// Left out: the table contradicts itself.
    pub contradictory: usize,
    pub boxes: usize,
    /// Rows whose image is not here.
    pub rows_without_image: usize,
    /// Images of which no table speaks; told of the first table of labels only.
    pub images_without_row: usize,
    /// Images whose folder says healthy and whose row says diseased, or the other way round; the folder is believed.
    pub contradicts_folder: Vec<String>,
    pub problems: Vec<String>,
    pub problem_count: usize,
}

/// Gives every image what the tables say of it. Images without a folder's label get the table's and are for testing only:
/// how such a table was made says nothing about who is in which split.
pub(in crate::dataset) fn tell(tables: Vec<Table>, images: &mut [Readable]) -> Told {
    let mut told = Told { images: vec![Said::default(); images.len()], tables: Vec::new() };
    let mut spoken = vec![false; images.len()];
    for table in tables {
        let account = match table.kind {
            TableKind::Boxes => boxes(&table, images, &mut told.images),
            _ => labels(&table, images, &mut told.images, &mut spoken),
        };
        told.tables.push(account);
    }
    let silent = spoken.iter().filter(|&&spoken| !spoken).count();
    let is_labels = |account: &&mut Account| account.kind != TableKind::Boxes.name();
    if let Some(first) = told.tables.iter_mut().find(is_labels) {
        first.images_without_row = silent;
    }
    told
}

fn account(table: &Table, problems: &Problems) -> Account {
    Account {
        file: table.file.clone(),
        kind: table.kind.name(),
        problems: problems.lines(),
        problem_count: problems.count(),
        ..Account::default()
    }
}

fn labels(table: &Table, images: &mut [Readable], said: &mut [Said], spoken: &mut [bool]) -> Account {
    let mut account = account(table, &table.problems);
    let mut seen = HashSet::new();
    for (index, image) in images.iter_mut().enumerate() {
        let Some(key) = readers::key(table.kind, &image.candidate.path) else { continue };
        let Some(row) = table.rows.get(&key) else { continue };
        seen.insert(key);
        if std::mem::replace(&mut spoken[index], true) {
            continue;
        }
        said[index].patient.clone_from(&row.patient);
        said[index].finding.clone_from(&row.finding);
        let counted = match row.verdict {
            Verdict::Label(Label::Healthy) => &mut account.healthy,
            Verdict::Label(Label::Diseased) => &mut account.diseased,
            Verdict::Uncertain => &mut account.uncertain,
            Verdict::Other => &mut account.other,
            Verdict::Contradiction => &mut account.contradictory,
        };
        *counted += 1;
        let Verdict::Label(label) = row.verdict else { continue };
        let candidate = &mut image.candidate;
        match candidate.label {
            None => (candidate.label, candidate.role) = (Some(label), Role::Test),
            Some(folder) if folder != label => account.contradicts_folder.push(candidate.path.clone()),
            Some(_) => {}
        }
    }
    account.rows_without_image = table.rows.keys().filter(|key| !seen.contains(*key)).count();
    account
}

fn boxes(table: &Table, images: &[Readable], said: &mut [Said]) -> Account {
    let mut problems = table.problems.clone();
    let mut seen = HashSet::new();
    let mut used = 0;
    for (image, said) in images.iter().zip(said) {
        let Some(key) = readers::key(table.kind, &image.candidate.path) else { continue };
        let Some(boxes) = table.boxes.get(&key) else { continue };
        seen.insert(key);
        for raw in boxes {
            match raw.within(image.facts.width, image.facts.height) {
                Ok(marked) => {
                    said.boxes.push(marked);
                    used += 1;
                }
                Err(why) => problems.push(format!("A box of {} {why}; it is left out.", image.candidate.path)),
            }
        }
    }
    let without = table.boxes.keys().filter(|key| !seen.contains(*key)).count();
    Account { boxes: used, rows_without_image: without, ..account(table, &problems) }
}
