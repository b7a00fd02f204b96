//! What stands on the screen before there is a latent space to show: one sentence, one button.

use egui::{Align2, Rect, Ui, UiBuilder, pos2, vec2};

use crate::domain::{JobKind, ModelInfo, ModelKind, Split, thousands};
use crate::engine::message::EngineCommand;
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::icons;
use crate::ui::state::{JobStage, JobView, State};
use crate::ui::widgets::{Button, Card, EmptyState, ProgressBar};

/// Why there is no latent space, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Opening,
    NoData,
    NoModel,
    NoCode(String),
    NoTraining(String),
    Failed(String),
    Ready(String),
}

fn reason(model: Option<&ModelInfo>, state: &State) -> Reason {
    let Some(data) = &state.data else {
        return if state.opening().is_some() { Reason::Opening } else { Reason::NoData };
    };
    let Some(model) = model else { return Reason::NoModel };
    let name = &model.name;
    if model.kind == ModelKind::Ensemble {
        return Reason::NoCode(format!(
            "{name} is an ensemble: each of its members has a latent space, it has none of its own. Choose another model at the left."
        ));
    }
    if model.latent.is_none() {
        return Reason::NoCode(format!(
            "{name} has no single code for the whole image, so it has no latent space. Choose another model at the left."
        ));
    }
    let train = data.ids(Split::Train, None).count();
    if train < 2 {
        return Reason::NoTraining(format!(
            "The components are fitted to healthy training images, of which {} has {train}.",
            data.name
        ));
    }
    let last = state.jobs.iter().rev().find(|job| job.kind == JobKind::Explore);
    if let Some(JobStage::Failed(failure)) = last.map(|job| &job.stage) {
        return Reason::Failed(format!("{} {}", failure.message, failure.advice).trim_end().to_owned());
    }
    let images = data.samples.iter().filter(|sample| sample.split != Split::Unlabelled).count();
    Reason::Ready(format!(
        "Encode up to {} images by {name} and fit principal components to the {} training images among them.",
        thousands(images),
        thousands(train)
    ))
}

/// The making of a latent space that is queued or runs.
fn job(state: &State) -> Option<&JobView> {
    state.jobs.iter().rev().find(|job| job.is_active() && job.kind == JobKind::Explore)
}

/// Draws the invitation, or how far the work is, in the middle of `rect`.
pub fn show(ui: &mut Ui, rect: Rect, model: Option<&ModelInfo>, state: &State, commands: &mut Commands) {
    if model.is_some() {
        Card::new(rect).show(ui, |_| {});
    }
    if let Some(job) = job(state).filter(|_| model.is_some()) {
        running(ui, rect, state, job, commands);
        return;
    }
    let reason = reason(model, state);
    let (icon, sentence, button) = match &reason {
        Reason::Opening => (icons::FOLDER_OPEN, "The data set is being opened.", None),
        Reason::NoData => (icons::FOLDER_OPEN, "Open a data set to see it through a model's eyes.", Some("Go to Data")),
        Reason::NoModel => (
            icons::CHART_LINE_DOWN,
            "No model is loaded. Train or load one, then explore its latent space here.",
            Some("Go to Train"),
        ),
        Reason::NoCode(text) => (icons::CUBE_FOCUS, text.as_str(), Some("Go to Train")),
        Reason::NoTraining(text) => (icons::FOLDER_OPEN, text.as_str(), Some("Go to Data")),
        Reason::Failed(text) => (icons::WARNING_CIRCLE, text.as_str(), Some("Try again")),
        Reason::Ready(text) => (icons::CUBE_FOCUS, text.as_str(), Some("Map the latent space")),
    };
    let mut invitation = EmptyState::new(icon, sentence);
    if let Some(label) = button {
        invitation = invitation.button(label);
    }
    if !invitation.show(ui, rect) {
        return;
    }
    match (&reason, model) {
        (Reason::NoData | Reason::NoTraining(_), _) => commands.push(UiCommand::Go(Screen::Data)),
        (Reason::NoModel | Reason::NoCode(_), _) => commands.push(UiCommand::Go(Screen::Train)),
        (Reason::Failed(_) | Reason::Ready(_), Some(model)) => {
            commands.engine(EngineCommand::Explore { job: Commands::new_job(), model: model.id.clone() });
        }
        _ => {}
    }
}

fn running(ui: &mut Ui, rect: Rect, state: &State, job: &JobView, commands: &mut Commands) {
    let text = state.progress_of(job);
    EmptyState::new(icons::HOURGLASS, &text).show(ui, rect);
    let below = rect.center() + vec2(0.0, 44.0);
    let bar = Rect::from_center_size(below, vec2(220.0, 12.0));
    ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
        ui.add(ProgressBar::new("Latent space", job.share()).width(220.0))
    });
    let cancel = Button::secondary("Cancel");
    let size = vec2(cancel.natural_width(ui), 28.0);
    let place = Align2::CENTER_TOP.anchor_size(pos2(below.x, below.y + 18.0), size);
    if ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add_enabled(!job.stopping, cancel).clicked()).inner {
        commands.engine(EngineCommand::Stop { job: job.id });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Architecture, JobId, JobOutcome};
    use crate::engine::message::Failure;
    use crate::ui::state::examples;

    fn explore_job(stage: JobStage) -> JobView {
        JobView { id: JobId(1), kind: JobKind::Explore, stage, progress: None, stopping: false }
    }

    #[test]
    fn each_missing_thing_is_named_in_the_order_it_is_needed() {
        let model = examples::model("vae-1", Architecture::Vae);
        let mut state = State::default();
        assert_eq!(reason(None, &state), Reason::NoData);
        state.data = Some(examples::data());
        assert_eq!(reason(None, &state), Reason::NoModel);
        assert!(matches!(reason(Some(&model), &state), Reason::Ready(text) if text.contains("50 images by VAE")));
        let mut vit = (*examples::model("vit-1", Architecture::Vit)).clone();
        vit.latent = None;
        assert!(
            matches!(reason(Some(&vit), &state), Reason::NoCode(text) if text.starts_with("ViT has no single code"))
        );
        state
            .jobs
            .push(explore_job(JobStage::Failed(Failure { message: "No room.".to_owned(), advice: String::new() })));
        assert_eq!(reason(Some(&model), &state), Reason::Failed("No room.".to_owned()));
        state.jobs.push(explore_job(JobStage::Ended(JobOutcome::Cancelled)));
        assert!(matches!(reason(Some(&model), &state), Reason::Ready(_)));
        let mut flat = (*examples::data()).clone();
        flat.samples.retain(|sample| sample.split == Split::Test);
        state.data = Some(Arc::new(flat));
        assert!(
            matches!(reason(Some(&model), &state), Reason::NoTraining(text) if text.ends_with("chest_xray has 0."))
        );
    }
}
