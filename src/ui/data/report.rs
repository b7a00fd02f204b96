//! The check as text, to be saved.

use std::fmt::Write as _;

use crate::domain::{DataSetSummary, Finding, Label, Severity, Split};
use crate::ui::data::words;

/// "chest_xray-check.txt".
pub fn file_name(data: &DataSetSummary) -> String {
    let safe: String = data.name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect();
    format!("{safe}-check.txt")
}

/// Everything the check said. Lines that name a file or a patient are left out unless `names` asks for them.
pub fn text(data: &DataSetSummary, findings: &[Finding], checked_at: &str, names: bool) -> String {
    let mut text = String::from("NeuroScan data-set check\nResearch use only – not for diagnosis\n\n");
    let images = words::counted(data.samples.len(), "image", "images");
    let unused = words::counted(data.rejected.len(), "file", "files");
    let _ = writeln!(text, "Data set: {}, {images}, {}; {unused} not used", data.name, words::sizes(data));
    let _ = writeln!(text, "Fingerprint: {}", data.fingerprint);
    let copies = if data.without_copies { ", copies left out" } else { "" };
    let _ = writeln!(text, "Split seed: {}{copies}", data.split_seed);
    for split in Split::ALL {
        let [healthy, diseased] = [Label::Healthy, Label::Diseased].map(|label| data.count(split, label));
        if healthy + diseased > 0 {
            let _ = writeln!(text, "  {}: {healthy} healthy, {diseased} diseased", split.name());
        }
    }
    let _ = writeln!(text, "Checked at {checked_at}\n");
    let mut withheld = 0;
    for finding in findings {
        let _ = writeln!(text, "{}  {} – {}", severity(finding.severity), finding.title, finding.figure);
        for line in std::iter::once(&finding.explanation).chain(&finding.details) {
            if names || !names_somebody(data, line) {
                let _ = writeln!(text, "         {line}");
            } else {
                withheld += 1;
            }
        }
    }
    if withheld > 0 {
        let lines = words::counted(withheld, "line", "lines");
        let _ = writeln!(text, "\n{lines} with names of files or patients left out.");
    }
    text
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Problem => "PROBLEM",
        Severity::Caution => "CAUTION",
        Severity::Note => "NOTE   ",
        Severity::Fine => "FINE   ",
    }
}

fn names_somebody(data: &DataSetSummary, line: &str) -> bool {
    data.samples.iter().any(|sample| {
        line.contains(&sample.path) || sample.patient.as_ref().is_some_and(|patient| line.contains(patient.as_str()))
    }) || data.rejected.iter().any(|file| line.contains(&file.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::data::fixture;

    #[test]
    fn names_are_left_out_unless_asked_for() {
        let state = fixture::state();
        let data = state.data.as_ref().unwrap();
        let (findings, _) = state.findings.as_ref().unwrap();
        let anonymous = text(data, findings, "12:40", false);
        assert!(anonymous.contains("Exact duplicates – 1 image") && anonymous.contains("left out."), "{anonymous}");
        assert!(anonymous.contains("not for diagnosis"));
        assert!(!anonymous.contains("IM-") && !anonymous.contains("person"), "{anonymous}");
        let named = text(data, findings, "12:40", true);
        assert!(named.contains("IM-0001") && !named.contains("left out."), "{named}");
        assert_eq!(file_name(data), "chest_xray-check.txt");
    }
}
