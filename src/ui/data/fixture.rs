//! A made-up data set for the tests of this screen.

use std::sync::Arc;

use crate::domain::{
    DataSetSummary, Finding, FindingAction, GrayImage, Label, RejectReason, Rejected, Sample, SampleId, Severity, Split,
};
use crate::ui::state::State;

/// 12 healthy training images, 4 for validation, 6 diseased ones for development, 6 + 6 test images. The first two
/// training images are copies of each other.
pub fn data() -> DataSetSummary {
    let groups = [
        (Split::Train, Label::Healthy, 12),
        (Split::Validation, Label::Healthy, 4),
        (Split::Development, Label::Diseased, 6),
        (Split::Test, Label::Healthy, 6),
        (Split::Test, Label::Diseased, 6),
    ];
    let mut samples = Vec::new();
    for (split, label, count) in groups {
        for _ in 0..count {
            let number = samples.len() + 1;
            let folder = if split == Split::Test { "test" } else { "train" };
            let (class, patient, finding) = match label {
                Label::Healthy => ("NORMAL", format!("IM-{number:04}"), "NORMAL"),
                Label::Diseased => ("PNEUMONIA", format!("person{number}_virus"), "viral"),
            };
            samples.push(Sample {
                path: format!("{folder}/{class}/{patient}_1.jpeg"),
                label: Some(label),
                split,
                patient: Some(patient),
                finding: Some(finding.to_owned()),
                width: 224,
                height: 224,
                file_bytes: 6000,
                hash: if number < 3 { "same".to_owned() } else { format!("hash {number}") },
                boxes: Vec::new(),
            });
        }
    }
    DataSetSummary {
        root: "/home/ana/data/chest_xray".into(),
        name: "chest_xray".to_owned(),
        bundled: false,
        samples,
        rejected: vec![Rejected {
            path: "train/NORMAL/IM-0900-0001.jpeg".to_owned(),
            reason: RejectReason::Truncated,
            detail: "The file ends before its end mark.".to_owned(),
        }],
        split_seed: 7,
        without_copies: false,
        opened_in_secs: 1.2,
        fingerprint: "f00d".to_owned(),
    }
}

fn finding(severity: Severity, title: &str, figure: &str, explanation: &str) -> Finding {
    Finding {
        severity,
        title: title.to_owned(),
        figure: figure.to_owned(),
        explanation: explanation.to_owned(),
        samples: Vec::new(),
        details: Vec::new(),
        action: None,
    }
}

/// One finding of each kind.
pub fn findings() -> Vec<Finding> {
    vec![
        Finding {
            details: vec!["train/NORMAL/IM-0900-0001.jpeg: The file ends before its end mark.".to_owned()],
            ..finding(Severity::Problem, "Truncated or damaged", "1 file", "Not used. Fetch it again.")
        },
        Finding {
            samples: vec![SampleId(1), SampleId(0)],
            details: vec!["train/NORMAL/IM-0001_1.jpeg and train/NORMAL/IM-0002_1.jpeg hold the same bytes".to_owned()],
            action: Some(FindingAction::LeaveOutCopies),
            ..finding(Severity::Caution, "Exact duplicates", "1 image", "1 in the training folder: it counts twice.")
        },
        finding(Severity::Note, "Folder val has few images", "16 files", "Too few for a threshold."),
        finding(Severity::Fine, "No patient in two splits", "34 patients", "IM-0001 and IM-0002 are two."),
    ]
}

/// The data set, open and checked, with thumbnails.
pub fn state() -> State {
    let data = data();
    let mut state = State::default();
    state.findings = Some((Arc::new(findings()), 0.4));
    for index in 0..data.samples.len() as u32 {
        let pixels = (0..64 * 64u32).map(|pixel| ((pixel % 64) * 3 + index * 5) as u8).collect();
        state.thumbnails.insert(SampleId(index), Arc::new(GrayImage::new(64, 64, pixels)));
    }
    state.data = Some(Arc::new(data));
    state.checked_at = "12:40".to_owned();
    state.recent_folders = vec!["/home/ana/data/chest_xray".into(), "/home/ana/data/nih".into()];
    state
}
