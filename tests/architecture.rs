//! Holds the direction of imports: which module of the crate may name which, and which may name tch or egui.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Module → the modules of the crate it may name. All may name `error`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("error", &["domain"]),
    ("config", &["domain"]),
    ("imaging", &["domain"]),
    ("dataset", &["domain", "imaging"]),
    ("models", &["domain"]),
    ("store", &["domain"]),
    ("scoring", &["domain", "models", "store"]),
    ("training", &["domain", "models", "scoring", "store"]),
    ("evaluation", &["domain"]),
    ("reports", &["domain", "evaluation", "store"]),
    (
        "engine",
        &["config", "dataset", "domain", "evaluation", "imaging", "models", "reports", "scoring", "store", "training"],
    ),
    ("ui", &["domain", "engine::message", "evaluation", "imaging::colormap"]),
    ("app", &["config", "domain", "engine", "ui"]),
    (
        "cli",
        &[
            "app",
            "config",
            "dataset",
            "domain",
            "engine",
            "evaluation",
            "imaging",
            "models",
            "reports",
            "store",
            "training",
            "ui",
        ],
    ),
];

const MAY_NAME_TCH: &[&str] = &["models", "scoring", "training", "engine"];
const MAY_NAME_EGUI: &[&str] = &["ui", "app", "cli"];
const USER_INTERFACE_CRATES: &[&str] = &["egui::", "eframe::", "rfd::", "egui_plot::", "egui_kittest::"];

fn source_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// The lines of a file that are code, up to its tests.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
}

/// Whether `line` names a path that starts with `what`.
fn names(line: &str, what: &str) -> bool {
    line.match_indices(what)
        .any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':'))
}

/// The paths after `crate::` in a line.
fn crate_paths(line: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        if line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$') {
            continue;
        }
        let rest = &line[at + "crate::".len()..];
        if let Some(inner) = rest.strip_prefix('{') {
            let inner = inner.split('}').next().unwrap_or(inner);
            paths.extend(inner.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()));
        } else {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
            paths.push(rest[..end].trim_end_matches(':').to_owned());
        }
    }
    paths
}

fn faults(relative: &str, text: &str) -> Vec<String> {
    let module = relative.split('/').next().unwrap_or(relative).trim_end_matches(".rs");
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
        return vec![format!("{relative}: module `{module}` is not in the table")];
    };
    let mut faults = Vec::new();
    for line in code_lines(text) {
        for path in crate_paths(line) {
            let first = path.split("::").next().unwrap_or_default();
            let listed = |entry: &&str| path == **entry || path.starts_with(&format!("{entry}::"));
            if first != module && first != "error" && !allowed.iter().any(listed) {
                faults.push(format!("{relative}: names crate::{path}"));
            }
        }
        if names(line, "tch::") && !MAY_NAME_TCH.contains(&module) {
            faults.push(format!("{relative}: names tch"));
        }
        if USER_INTERFACE_CRATES.iter().any(|name| names(line, name)) && !MAY_NAME_EGUI.contains(&module) {
            faults.push(format!("{relative}: names a crate of the user interface"));
        }
    }
    faults
}

#[test]
fn imports_flow_one_way() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&source, &mut files);
    let mut wrong = BTreeSet::new();
    for file in &files {
        let relative = file.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        if relative != "lib.rs" && relative != "main.rs" {
            wrong.extend(faults(&relative, &fs::read_to_string(file).unwrap()));
        }
    }
    assert!(
        wrong.is_empty(),
        "imports against the architecture:\n{}",
        wrong.into_iter().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn a_wrong_import_is_found() {
    assert_eq!(faults("domain/x.rs", "use crate::engine::message;"), ["domain/x.rs: names crate::engine::message"]);
    assert_eq!(faults("ui/x.rs", "use crate::imaging::decode;"), ["ui/x.rs: names crate::imaging::decode"]);
    assert_eq!(faults("ui/x.rs", "use tch::Tensor;"), ["ui/x.rs: names tch"]);
    assert!(faults("ui/x.rs", "use crate::imaging::colormap::ColorMap;\nuse egui::Ui;").is_empty());
    assert!(faults("engine/x.rs", "use crate::{domain, store};\n#[cfg(test)]\nuse crate::app;").is_empty());
}

/// The program makes no network call: no crate that speaks to other machines is built into it.
#[test]
fn no_network_crate_is_built_in() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8_lossy(&tree.stdout);
    let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(crates.contains("tch") && crates.contains("eframe"), "the tree was not read");
    for banned in ["attohttpc", "curl", "ehttp", "hyper", "native-tls", "quinn", "reqwest", "rustls", "socket2", "ureq"]
    {
        assert!(!crates.contains(banned), "{banned} is in the dependency tree");
    }
}
