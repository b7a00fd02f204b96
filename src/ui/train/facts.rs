//! What the screen tells of the open data set, counted once.

use std::sync::Arc;

use crate::domain::{DataSetSummary, Label, SampleId, Split, thousands};
use crate::ui::train::pins;

/// Counts of a data set.
#[derive(Debug)]
pub struct Facts {
    pub data: Arc<DataSetSummary>,
    /// Healthy images that networks are fitted to.
    pub train: usize,
    /// What will be trained on, in words.
    pub sentence: String,
    /// The cases that are watched unless one chooses others.
    pub balanced: Vec<SampleId>,
}

impl Facts {
    pub fn new(data: Arc<DataSetSummary>) -> Self {
        let (train, held_out) =
            (data.count(Split::Train, Label::Healthy), data.count(Split::Validation, Label::Healthy));
        Self { train, sentence: what_is_trained_on(&data, train, held_out), balanced: pins::balanced(&data), data }
    }
}

/// "Trains on 1,147 healthy images; 194 healthy held out by patient. Pneumonia is never shown to the model."
fn what_is_trained_on(data: &DataSetSummary, train: usize, held_out: usize) -> String {
    let by = if data.samples.iter().any(|sample| sample.patient.is_some()) { " by patient" } else { "" };
    let (train, held_out) = (thousands(train), thousands(held_out));
    let disease = disease(data);
    format!("Trains on {train} healthy images; {held_out} healthy held out{by}. {disease} is never shown to the model.")
}

/// What the diseased images of the training folder show, where its name says it.
fn disease(data: &DataSetSummary) -> String {
    let diseased = data.samples.iter().filter(|sample| sample.split == Split::Development);
    let mut folders = diseased.map(|sample| sample.path.rsplit('/').nth(1).unwrap_or_default());
    let first = folders.next().unwrap_or_default();
    // Of several kinds no one stands for all.
    let folder = if folders.all(|other| other == first) { first } else { "" };
    let plain = folder.len() > 3 && folder.chars().all(|char| char.is_alphabetic() || char == '_');
    let mut letters = folder.chars().map(|char| if char == '_' { ' ' } else { char });
    match letters.next() {
        Some(first) if plain => first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect(),
        _ => "Disease".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::state::examples;

    #[test]
    fn what_is_trained_on_is_counted() {
        let mut data = (*examples::data()).clone();
        for sample in &mut data.samples {
            sample.path = sample.path.replace("development/", "train/PNEUMONIA/");
        }
        assert_eq!(
            Facts::new(Arc::new(data.clone())).sentence,
            "Trains on 10 healthy images; 10 healthy held out by patient. Pneumonia is never shown to the model."
        );
        for sample in &mut data.samples {
            sample.patient = None;
            sample.path = sample.path.replace("train/PNEUMONIA/", "1/");
        }
        let text = Facts::new(Arc::new(data)).sentence;
        assert!(text.ends_with("10 healthy held out. Disease is never shown to the model."), "{text}");
    }
}
