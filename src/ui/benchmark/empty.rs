//! What stands on the screen before there is anything to show: one sentence, one button.

use egui::{Rect, Ui};

use super::chips::{self, Chosen};
use super::job;
use crate::domain::{JobKind, Label, Split, thousands};
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::icons;
use crate::ui::state::{JobStage, State};
use crate::ui::widgets::EmptyState;

/// Why there are no results, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Opening,
    NoData,
    /// The data set has no labelled test images of both classes.
    OneClass(String),
    NoModel,
    Running(String),
    Failed(String),
    Ready(String),
}

fn reason(state: &State, choice: &Chosen) -> Reason {
    if let Some(job) = job(state) {
        return Reason::Running(state.progress_of(job));
    }
    let Some(data) = &state.data else {
        return if state.opening().is_some() { Reason::Opening } else { Reason::NoData };
    };
    let (healthy, diseased) = (data.count(Split::Test, Label::Healthy), data.count(Split::Test, Label::Diseased));
    if healthy == 0 || diseased == 0 {
        return Reason::OneClass(format!(
            "{} has {} healthy and {} diseased test images. A benchmark needs both.",
            data.name,
            thousands(healthy),
            thousands(diseased)
        ));
    }
    // With none chosen, all will be.
    let chosen = match choice.models(state).count() {
        0 => state.models.len(),
        chosen => chosen,
    };
    if chosen == 0 {
        return Reason::NoModel;
    }
    let last = state.jobs.iter().rev().find(|job| job.kind == JobKind::Benchmark);
    if let Some(JobStage::Failed(failure)) = last.map(|job| &job.stage) {
        return Reason::Failed(format!("{} {}", failure.message, failure.advice).trim_end().to_owned());
    }
    let models = if chosen == 1 { "one model".to_owned() } else { format!("{chosen} models") };
    Reason::Ready(format!("Measure {models} and the baselines on {} test images.", thousands(healthy + diseased)))
}

/// Draws the invitation in the middle of `rect`.
pub fn show(ui: &mut Ui, rect: Rect, state: &State, choice: &mut Chosen, commands: &mut Commands) {
    let reason = reason(state, choice);
    let (icon, sentence, button) = match &reason {
        Reason::Opening => (icons::FOLDER_OPEN, "The data set is being opened.", None),
        Reason::NoData => {
            (icons::FOLDER_OPEN, "Open a data set with healthy and diseased test images.", Some("Go to Data"))
        }
        Reason::OneClass(text) => (icons::FOLDER_OPEN, text.as_str(), Some("Go to Data")),
        Reason::NoModel => (
            icons::CHART_LINE_DOWN,
            "No model is loaded. Train or load one, then measure it here.",
            Some("Go to Train"),
        ),
        Reason::Running(text) => (icons::HOURGLASS, text.as_str(), None),
        Reason::Failed(text) => (icons::WARNING_CIRCLE, text.as_str(), Some("Try again")),
        Reason::Ready(text) => (icons::RANKING, text.as_str(), Some("Run it now")),
    };
    let mut invitation = EmptyState::new(icon, sentence);
    if let Some(label) = button {
        invitation = invitation.button(label);
    }
    if !invitation.show(ui, rect) {
        return;
    }
    match reason {
        Reason::NoData | Reason::OneClass(_) => commands.push(UiCommand::Go(Screen::Data)),
        Reason::NoModel => commands.push(UiCommand::Go(Screen::Train)),
        Reason::Failed(_) | Reason::Ready(_) => {
            // All chips taken away: whoever clicks here wants them back.
            if choice.models(state).next().is_none() {
                choice.left_out.clear();
            }
            chips::run(&choice.rows(state), commands);
        }
        Reason::Opening | Reason::Running(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{JobId, JobOutcome};
    use crate::engine::message::Failure;
    use crate::ui::benchmark::fixture;
    use crate::ui::state::JobView;

    fn benchmark_job(stage: JobStage) -> JobView {
        JobView { id: JobId(1), kind: JobKind::Benchmark, stage, progress: None, stopping: false }
    }

    #[test]
    fn each_missing_thing_is_named_in_the_order_it_is_needed() {
        let none = Chosen::default();
        let mut state = State::default();
        assert_eq!(reason(&state, &none), Reason::NoData);
        let full = fixture::state();
        state.data = full.data.clone();
        assert_eq!(reason(&state, &none), Reason::NoModel);
        state.models = full.models.clone();
        assert!(
            matches!(reason(&state, &none), Reason::Ready(text) if text.starts_with("Measure 4 models and") && text.contains("624"))
        );
        let failure = Failure { message: "VAE gave the score NaN.".to_owned(), advice: String::new() };
        state.jobs.push(benchmark_job(JobStage::Failed(failure)));
        assert_eq!(reason(&state, &none), Reason::Failed("VAE gave the score NaN.".to_owned()));
        state.jobs.push(benchmark_job(JobStage::Queued));
        assert_eq!(reason(&state, &none), Reason::Running("Waits for its turn".to_owned()));
        state.jobs.pop();
        state.jobs.push(benchmark_job(JobStage::Ended(JobOutcome::Cancelled)));
        assert!(matches!(reason(&state, &none), Reason::Ready(_)));
        let mut flat = (*full.data.expect("the fixture has data")).clone();
        flat.samples.retain(|sample| sample.label == Some(Label::Healthy));
        state.data = Some(std::sync::Arc::new(flat));
        assert!(matches!(reason(&state, &none), Reason::OneClass(text) if text.contains("0 diseased")));
    }
}
