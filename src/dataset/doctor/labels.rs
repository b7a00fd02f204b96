//! What tables of labels beside the images say, and what of it is of no use.

use super::finding;
use super::wording::counted;
use crate::dataset::OpenDataSet;
use crate::dataset::labels::Account;
use crate::domain::{Finding, Severity};

pub(super) fn findings(data: &OpenDataSet) -> Vec<Finding> {
    data.surroundings().tables.iter().map(told).collect()
}

fn told(account: &Account) -> Finding {
    let used = account.healthy + account.diseased;
    let contradicted = account.contradicts_folder.len();
    let severity = if used + account.boxes == 0 && contradicted == 0 {
        Severity::Problem
    } else if account.problem_count > 0 || contradicted > 0 {
        Severity::Caution
    } else {
        Severity::Note
    };
    let figure =
        if account.boxes > 0 { counted(account.boxes, "box", "boxes") } else { counted(used, "image", "images") };
    let explanation = match account.problem_count + contradicted {
        0 if account.boxes > 0 => "Drawn around findings by people: what maps can be held against.".to_owned(),
        0 => "Only images with a sure label are used: No Finding is healthy, an opacity is diseased.".to_owned(),
        count => format!("{} in it; the rest is used.", counted(count, "thing is wrong", "things are wrong")),
    };
    let mut finding = finding(severity, account.kind, figure, explanation);
    finding.details = lines(account);
    finding
}

fn lines(account: &Account) -> Vec<String> {
    let counts = [
        (account.healthy, "healthy", "healthy"),
        (account.diseased, "diseased", "diseased"),
        (account.uncertain, "unsure, left out", "unsure, left out"),
        (account.other, "neither healthy nor an opacity, left out", "neither healthy nor an opacity, left out"),
        (
            account.contradictory,
            "contradicted by the table itself, left out",
            "contradicted by the table itself, left out",
        ),
        (account.boxes, "box", "boxes"),
        (account.rows_without_image, "row without its image", "rows without their images"),
        (account.images_without_row, "image without a row", "images without a row"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| counted(count, one, many))
        .collect();
    let counts = if counts.is_empty() { "nothing of use".to_owned() } else { counts.join("; ") };
    let contradicted = account
        .contradicts_folder
        .iter()
        .map(|path| format!("{path}: the table says otherwise than its folder, which is believed."));
    std::iter::once(format!("{}: {counts}.", account.file))
        .chain(contradicted)
        .chain(account.problems.clone())
        .collect()
}
