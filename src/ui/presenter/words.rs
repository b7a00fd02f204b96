//! Who drew an image, and what is known of a case.

use crate::domain::{Architecture, CaseRef, DataSetSummary, EnsembleMember, Label, ModelInfo, ModelKind, Split};
use crate::ui::state::State;

/// "Drawn by the VAE"; of an ensemble, the images of its networks are averaged.
pub fn drawn_by(model: &ModelInfo) -> String {
    match model.kind {
        ModelKind::Network(_) => format!("Drawn by the {}", common_name(model)),
        ModelKind::Ensemble if EnsembleMember::all_count_the_same(&model.members) => {
            format!("Drawn by {} networks, averaged", model.members.len())
        }
        ModelKind::Ensemble => format!("Drawn by {} networks, averaged by their weights", model.members.len()),
    }
}

/// "autoencoder" and "denoising AE" begin with a word; VAE, GAN and `ViT` are names.
fn common_name(model: &ModelInfo) -> String {
    let word = matches!(
        model.kind,
        ModelKind::Network(
            Architecture::Autoencoder | Architecture::Denoiser | Architecture::Inpainter | Architecture::Restorer
        )
    );
    let mut letters = model.name.chars();
    match letters.next().filter(|_| word) {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => model.name.clone(),
    }
}

pub fn what_set(state: &State, case: &CaseRef) -> String {
    let CaseRef::Sample(id) = case else { return "Own image".to_owned() };
    let split = state.data.as_ref().and_then(|data| data.sample(*id)).map(|sample| sample.split);
    match split {
        Some(Split::Test) => "Image of the test set".to_owned(),
        Some(split) => format!("Image of the {} set", split.name().to_lowercase()),
        None => "Image".to_owned(),
    }
}

/// "labelled pneumonia, bacterial".
pub fn labelled(case: &CaseRef, data: Option<&DataSetSummary>) -> String {
    let CaseRef::Sample(id) = case else { return "own image".to_owned() };
    let Some(sample) = data.and_then(|data| data.sample(*id)) else { return String::new() };
    match (sample.label, sample.finding.as_deref()) {
        (Some(Label::Healthy), _) => "labelled healthy".to_owned(),
        (Some(Label::Diseased), Some(finding @ ("bacterial" | "viral"))) => format!("labelled pneumonia, {finding}"),
        (Some(Label::Diseased), Some(finding)) => format!("labelled {}", finding.to_lowercase()),
        (Some(Label::Diseased), None) => "labelled diseased".to_owned(),
        (None, _) => "without a label".to_owned(),
    }
}
