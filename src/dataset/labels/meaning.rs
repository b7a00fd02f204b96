//! Which findings mean healthy, which diseased, and which neither.
//!
//! - *No Finding* alone is healthy.
//! - A finding that shows as something lighter in the lung is diseased: that is what the detectors look for.
//! - Everything else (an enlarged heart, a tube, air beside the lung) is neither: the lungs may be healthy or not.
//! - What the labeller was unsure of (−1) is neither, unless another finding is sure.

use crate::domain::Label;

/// Findings that show as something lighter in the lung, in small letters, words parted by blanks; the first that an image
/// has is its sub-group, so the more telling come first.
const OPACITIES: [&str; 14] = [
    "pneumonia",
    "consolidation",
    "infiltration",
    "infiltrate",
    "edema",
    "lung opacity",
    "atelectasis",
    "pleural effusion",
    "effusion",
    "lung lesion",
    "mass",
    "nodule",
    "fibrosis",
    "covid 19",
];

/// Findings beside those that labellers know and that decide nothing.
const OTHERS: [&str; 11] = [
    "cardiomegaly",
    "emphysema",
    "hernia",
    "pneumothorax",
    "pleural thickening",
    "pleural other",
    "enlarged cardiomediastinum",
    "fracture",
    "support devices",
    "pneumoperitoneum",
    "tortuous aorta",
];

const NO_FINDING: &str = "no finding";

/// What a row says about its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Label(Label),
    /// The labeller was not sure.
    Uncertain,
    /// Something that is neither healthy nor an opacity.
    Other,
    /// It says *No Finding* and names one, or two rows differ.
    Contradiction,
}

/// How sure a labeller is of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Present,
    Absent,
    Uncertain,
}

/// One way to write a finding: `Pleural_Thickening` and `Pleural Thickening` are the same.
pub(super) fn plain(name: &str) -> String {
    let words: Vec<String> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join(" ")
}

/// True for what is a finding's name at all.
pub(super) fn is_known(plain: &str) -> bool {
    plain == NO_FINDING || OPACITIES.contains(&plain) || OTHERS.contains(&plain)
}

/// The verdict on an image, and the finding that decided it.
pub(super) fn judge(marks: &[(String, Mark)]) -> (Verdict, Option<String>) {
    let has = |name: &str, wanted: Mark| marks.iter().any(|(plain, mark)| plain == name && *mark == wanted);
    let opacity = |wanted: Mark| OPACITIES.into_iter().find(|name| has(name, wanted));
    let healthy = has(NO_FINDING, Mark::Present);
    match (opacity(Mark::Present), opacity(Mark::Uncertain)) {
        (Some(_), _) if healthy => (Verdict::Contradiction, None),
        (Some(name), _) => (Verdict::Label(Label::Diseased), Some(name.to_owned())),
        (None, Some(_)) => (Verdict::Uncertain, None),
        (None, None) if healthy => (Verdict::Label(Label::Healthy), None),
        (None, None) => (Verdict::Other, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(marks: &[(&str, Mark)]) -> (Verdict, Option<String>) {
        judge(&marks.iter().map(|(name, mark)| (plain(name), *mark)).collect::<Vec<_>>())
    }

    #[test]
    fn verdicts_are_as_written_at_the_top() {
        use Mark::{Absent, Present, Uncertain};
        let diseased = |name: &str| (Verdict::Label(Label::Diseased), Some(name.to_owned()));
        assert_eq!(of(&[("No Finding", Present)]), (Verdict::Label(Label::Healthy), None));
        assert_eq!(of(&[("No Finding", Present), ("Support Devices", Present)]).0, Verdict::Label(Label::Healthy));
        assert_eq!(of(&[("Effusion", Present), ("Pneumonia", Present)]), diseased("pneumonia"));
        assert_eq!(of(&[("Pneumonia", Uncertain), ("Lung Opacity", Present)]), diseased("lung opacity"));
        assert_eq!(of(&[("Pneumonia", Uncertain), ("Edema", Absent)]).0, Verdict::Uncertain);
        assert_eq!(of(&[("No Finding", Present), ("Edema", Uncertain)]).0, Verdict::Uncertain);
        assert_eq!(of(&[("No Finding", Present), ("Mass", Present)]).0, Verdict::Contradiction);
        assert_eq!(of(&[("Cardiomegaly", Present), ("Pneumonia", Absent)]).0, Verdict::Other);
        assert_eq!(of(&[]).0, Verdict::Other, "nothing said is not healthy");
    }

    #[test]
    fn a_finding_is_known_however_it_is_written() {
        assert!(["Pleural_Thickening", "PLEURAL thickening", "No Finding"].iter().all(|name| is_known(&plain(name))));
        assert!(!is_known(&plain("Age")));
    }
}
