//! A made-up world for the tests of this screen: fifty images and their codes of four numbers.

use std::sync::Arc;

use super::prepared::Prepared;
use crate::domain::{
    Architecture, GrayImage, Label, LatentMap, LatentPoint, ModelId, Pca, Prior, Sample, SampleId, Split,
};
use crate::ui::state::{State, examples};

/// Data, four models, and the latent space of the VAE.
pub fn state() -> State {
    let mut state = State::default();
    state.data = Some(examples::data());
    state.models = Architecture::ALL
        .into_iter()
        .map(|architecture| examples::model(&format!("{}-1", architecture.slug()), architecture))
        .collect();
    let map = Arc::new(map());
    state.latents.insert(map.model.clone(), map);
    for index in 0..50 {
        let pixels = (0..64).map(|at| (at * 3 + index) as u8).collect();
        state.thumbnails.insert(SampleId(index), Arc::new(GrayImage::new(8, 8, pixels)));
    }
    state
}

pub fn prepared() -> Prepared {
    Prepared::new(Arc::new(map()), examples::data())
}

/// Diseased images lie two standard deviations further along the second component.
fn map() -> LatentMap {
    let data = examples::data();
    let sd = vec![2.0, 1.0, 0.5, 0.25];
    let components = (0..4).map(|at| (0..4).map(|entry| if entry == at { 1.0 } else { 0.0 }).collect()).collect();
    let explained = sd.iter().map(|sd: &f32| f64::from(sd * sd) / 5.3125).collect();
    let pca = Pca { mean: vec![0.0; 4], components, sd, explained, fitted: 10 };
    let codes: Vec<f32> =
        data.samples.iter().enumerate().flat_map(|(index, sample)| code(index, sample, &pca.sd)).collect();
    let point = |(sample, index): (&Sample, u32)| LatentPoint {
        sample: SampleId(index),
        score: 0.5,
        sigma: f64::from(index % 10) / 3.0 + if sample.label == Some(Label::Diseased) { 1.5 } else { -1.0 },
    };
    LatentMap {
        model: ModelId("vae-1".to_owned()),
        points: data.samples.iter().zip(0..).map(point).collect(),
        projections: codes.clone(),
        codes,
        pca,
        prior: Prior::StandardNormal,
        left_out: 0,
        trained_on: None,
        took_secs: 0.2,
    }
}

fn code(index: usize, sample: &Sample, sd: &[f32]) -> Vec<f32> {
    let shift = if sample.label == Some(Label::Diseased) && sample.split != Split::Train { 2.0 } else { 0.0 };
    let spread = |entry: usize| ((index * 37 + entry * 61 + index * index * 7) % 41) as f32 / 10.0 - 2.0;
    (0..4).map(|entry| sd[entry] * (spread(entry) + if entry == 1 { shift } else { 0.0 })).collect()
}
