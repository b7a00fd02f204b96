use std::cell::RefCell;
use std::rc::Rc;

use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::*;
use crate::domain::{CaseRef, JobId, JobKind, JobProgress};
use crate::engine::message::EngineEvent;
use crate::ui::command::UiCommand;

/// The screen at its place in a window of 1280 × 800, and all that it asked for.
fn screen(state: State) -> (Harness<'static>, Rc<RefCell<Vec<UiCommand>>>) {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&asked);
    let mut view = DataView::default();
    let harness = Harness::builder()
        // The harness keeps a margin of 8 around it.
        .with_size(egui::vec2(1224.0, 748.0))
        // Fast enough that two clicks are a double click.
        .with_step_dt(0.01)
        .with_context_setup(crate::ui::theme::install)
        .build_ui(move |ui| {
            let mut commands = Commands::default();
            view.ui(ui, &state, &mut commands);
            log.borrow_mut().extend(commands.drain());
        });
    (harness, asked)
}

fn opened(asked: &Rc<RefCell<Vec<UiCommand>>>) -> Option<(DataSource, DataOptions)> {
    asked.borrow().iter().rev().find_map(|command| match command {
        UiCommand::Engine(EngineCommand::OpenData { source, options, .. }) => Some((source.clone(), *options)),
        _ => None,
    })
}

fn failing(mut state: State, failure: &Failure) -> State {
    state.data_failure = Some(failure.clone());
    state
}

fn thumbnails(harness: &Harness<'_>) -> usize {
    harness
        .query_all_by_role(Role::Button)
        .filter(|node| node.accesskit_node().label().is_some_and(|label| label.contains("224 × 224")))
        .count()
}

#[test]
fn a_finding_narrows_the_grid_and_all_images_come_back() {
    let (mut harness, _) = screen(fixture::state());
    harness.run();
    assert_eq!(thumbnails(&harness), 34);
    harness.get_by_role_and_label(Role::Link, "Show exact duplicates").click();
    harness.run();
    assert_eq!(thumbnails(&harness), 2);
    harness.get_by_role_and_label(Role::Link, "Show all images").click();
    harness.run();
    assert_eq!(thumbnails(&harness), 34);
}

#[test]
fn filters_by_class_and_split_are_joined() {
    let (mut harness, _) = screen(fixture::state());
    harness.run();
    harness.get_by_role_and_label(Role::RadioButton, "Pneumonia").click();
    harness.run();
    assert_eq!(thumbnails(&harness), 12);
    harness.get_by_role_and_label(Role::RadioButton, "Validation").click();
    harness.run();
    assert_eq!(thumbnails(&harness), 0);
    harness.get_by_label("Show all images").click();
    harness.run();
    assert_eq!(thumbnails(&harness), 34);
}

#[test]
fn leaving_out_copies_opens_the_folder_again() {
    let (mut harness, asked) = screen(fixture::state());
    harness.run();
    harness.get_by_label("Leave out copies").click();
    harness.run();
    let (source, options) = opened(&asked).expect("a command to open");
    assert_eq!(source, DataSource::Folder("/home/ana/data/chest_xray".into()));
    assert_eq!(options, DataOptions { split_seed: 7, without_copies: true });
}

#[test]
fn rejected_files_are_listed_by_name() {
    let (mut harness, _) = screen(fixture::state());
    harness.run();
    harness.get_by_role_and_label(Role::Link, "Show truncated or damaged").click();
    harness.run();
    harness.get_by_label_contains("IM-0900-0001.jpeg: The file ends");
}

#[test]
fn double_click_and_keys_show_a_case() {
    let (mut harness, asked) = screen(fixture::state());
    harness.run();
    let shown = || -> Vec<CaseRef> {
        asked
            .borrow_mut()
            .drain(..)
            .filter_map(|command| match command {
                UiCommand::ShowCase(case) => Some(case),
                _ => None,
            })
            .collect()
    };
    for _ in 0..2 {
        harness.get_by_label_contains("IM-0003_1, train").click();
        harness.step();
    }
    harness.run();
    assert_eq!(shown(), [CaseRef::Sample(SampleId(2))]);
    for key in [Key::ArrowRight, Key::Enter] {
        harness.key_press(key);
        harness.run();
    }
    assert_eq!(shown(), [CaseRef::Sample(SampleId(3))], "one to the right of the selected");
}

#[test]
fn another_seed_splits_again() {
    let (mut harness, asked) = screen(fixture::state());
    harness.run();
    harness.get_by_role_and_label(Role::Link, "Change the split").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Split seed").focus();
    harness.run();
    harness.key_press(Key::ArrowUp);
    harness.run();
    harness.get_by_label("Split again").click();
    harness.run();
    assert_eq!(opened(&asked).map(|(_, options)| options.split_seed), Some(8));
}

#[test]
fn without_data_there_is_one_sentence_and_one_way() {
    let (mut harness, asked) = screen(State::default());
    harness.run();
    harness.get_by_label("Open the bundled sample").click();
    harness.run();
    assert_eq!(opened(&asked).map(|(source, _)| source), Some(DataSource::BundledSample));
}

#[test]
fn opening_shows_progress_and_can_be_cancelled() {
    let mut state = State::default();
    let job = JobId(7000);
    state.apply(EngineEvent::JobStarted { job, kind: JobKind::OpenData("/data/x".into()) });
    let progress = JobProgress {
        stage: "Reading images".to_owned(),
        done: 1200,
        total: 5840,
        images_per_s: None,
        left_secs: None,
    };
    state.apply(EngineEvent::JobProgress { job, progress });
    let (mut harness, asked) = screen(state);
    harness.run_steps(3);
    harness.get_by_label("Reading images: 1,200 of 5,840");
    harness.get_by_label("Cancel opening").click();
    harness.run_steps(3);
    assert!(
        asked
            .borrow()
            .iter()
            .any(|command| matches!(command, UiCommand::Engine(EngineCommand::Stop { job: JobId(7000) })))
    );
}

#[test]
fn a_folder_that_cannot_be_opened_says_why_and_leaves_the_open_one() {
    let failure = Failure {
        message: "There are no images in this folder: /data/x".into(),
        advice: "Expected train/NORMAL.".into(),
    };
    let (mut harness, asked) = screen(failing(State::default(), &failure));
    harness.run();
    harness.get_by_label(&failure.message);
    harness.get_by_label(&failure.advice);
    harness.get_by_label("Choose another folder…").click();
    harness.run();
    assert!(asked.borrow().iter().any(|command| matches!(command, UiCommand::PickDataFolder)));

    let (mut harness, _) = screen(failing(fixture::state(), &failure));
    harness.run();
    harness.get_by_label_contains("no images in this folder");
    assert!(thumbnails(&harness) > 20, "what was open still is");
    harness.get_by_label("Close this message").click();
    harness.run();
    assert!(harness.query_by_label_contains("no images in this folder").is_none());
}

#[test]
fn recent_folders_are_one_click_away() {
    let (mut harness, asked) = screen(fixture::state());
    harness.run();
    harness.get_by_role_and_label(Role::ComboBox, "Folder").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "nih").click();
    harness.run();
    assert_eq!(opened(&asked).map(|(source, _)| source), Some(DataSource::Folder("/home/ana/data/nih".into())));
}
