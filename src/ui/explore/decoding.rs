//! Codes and the images they stand for: asked of the engine one request at a time, kept while they are of use.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::{ModelId, Plane};
use crate::engine::message::{EngineCommand, Failure, MOST_CODES};
use crate::ui::command::Commands;
use crate::ui::state::{Decoded, State};

/// Images kept, so that going back and forth decodes nothing twice.
const KEPT: usize = 160;
/// Seconds after which an unanswered request is made again.
const PATIENCE_SECS: f64 = 5.0;

struct Asked {
    request: u64,
    codes: Vec<Vec<f32>>,
    at: f64,
}

/// The images of one model's codes.
#[derive(Default)]
pub struct Decoding {
    model: Option<ModelId>,
    /// Newest last.
    known: VecDeque<(Vec<f32>, Arc<Plane>)>,
    asked: Option<Asked>,
    requests: u64,
    /// The codes that could not be decoded, and why.
    refused: Option<(Vec<Vec<f32>>, Failure)>,
}

impl Decoding {
    /// Takes in what the engine has answered. What is known of another model's codes, or of an older state of this
    /// one, is forgotten: `fresh` says that the latent space is a new one.
    pub fn begin(&mut self, model: &ModelId, fresh: bool, state: &State) {
        if fresh || self.model.as_ref() != Some(model) {
            *self = Self { model: Some(model.clone()), requests: self.requests, ..Self::default() };
        }
        let Some(Decoded { request, images }) = &state.decoded else { return };
        let Some(asked) = self.asked.take_if(|asked| asked.request == *request) else { return };
        match images {
            Ok(images) => {
                self.known.extend(asked.codes.into_iter().zip(images.iter().cloned()));
                self.known.drain(..self.known.len().saturating_sub(KEPT));
                self.refused = None;
            }
            Err(failure) => self.refused = Some((asked.codes, failure.clone())),
        }
    }

    /// The image of a code, once it is decoded.
    pub fn image(&self, code: &[f32]) -> Option<Arc<Plane>> {
        self.known.iter().rev().find(|(known, _)| same(known, code)).map(|(_, image)| image.clone())
    }

    /// Why the codes last wanted have no images.
    pub fn failure(&self) -> Option<&Failure> {
        self.refused.as_ref().map(|(_, failure)| failure)
    }

    /// Asks for those of the codes that are not decoded. While a request is under way nothing is asked, so that the
    /// next one is for what is wanted then.
    pub fn want(&mut self, codes: &[Vec<f32>], now: f64, commands: &mut Commands) {
        let Some(model) = &self.model else { return };
        if self.asked.as_ref().is_some_and(|asked| now - asked.at < PATIENCE_SECS) {
            return;
        }
        let missing = codes.iter().filter(|code| self.image(code).is_none());
        let missing: Vec<Vec<f32>> = missing.take(MOST_CODES).cloned().collect();
        if missing.is_empty() || self.refused.as_ref().is_some_and(|(refused, _)| *refused == missing) {
            return;
        }
        self.requests += 1;
        let request = self.requests;
        commands.engine(EngineCommand::Decode { model: model.clone(), codes: missing.clone(), request });
        self.asked = Some(Asked { request, codes: missing, at: now });
    }
}

/// Bit by bit: what was asked for is found again, whatever it is.
fn same(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::command::UiCommand;

    fn asked(commands: &mut Commands) -> Vec<(u64, usize)> {
        let decode = |command| match command {
            UiCommand::Engine(EngineCommand::Decode { codes, request, .. }) => Some((request, codes.len())),
            _ => None,
        };
        commands.drain().into_iter().filter_map(decode).collect()
    }

    fn plane() -> Arc<Plane> {
        Arc::new(Plane::new(1, 1, vec![0.5]))
    }

    #[test]
    fn one_request_is_under_way_and_the_next_is_for_the_newest() {
        let (mut decoding, mut commands, mut state) = (Decoding::default(), Commands::default(), State::default());
        let model = ModelId("vae".to_owned());
        decoding.begin(&model, true, &state);
        decoding.want(&[vec![0.0]], 0.0, &mut commands);
        decoding.want(&[vec![1.0]], 0.1, &mut commands);
        decoding.want(&[vec![2.0], vec![3.0]], 0.2, &mut commands);
        assert_eq!(asked(&mut commands), [(1, 1)]);
        state.decoded = Some(Decoded { request: 1, images: Ok(vec![plane()]) });
        decoding.begin(&model, false, &state);
        assert!(decoding.image(&[0.0]).is_some() && decoding.image(&[2.0]).is_none());
        decoding.want(&[vec![2.0], vec![0.0], vec![3.0]], 0.3, &mut commands);
        assert_eq!(asked(&mut commands), [(2, 2)], "what is known is not asked for");
        decoding.want(&[vec![2.0]], 0.3 + PATIENCE_SECS, &mut commands);
        assert_eq!(asked(&mut commands), [(3, 1)], "an answer that never comes is not waited for");
    }

    #[test]
    fn what_cannot_be_decoded_is_asked_for_once() {
        let (mut decoding, mut commands, mut state) = (Decoding::default(), Commands::default(), State::default());
        let model = ModelId("vae".to_owned());
        decoding.begin(&model, true, &state);
        decoding.want(&[vec![f32::NAN]], 0.0, &mut commands);
        let failure = Failure { message: "no".to_owned(), advice: String::new() };
        state.decoded = Some(Decoded { request: 1, images: Err(failure.clone()) });
        decoding.begin(&model, false, &state);
        assert_eq!(decoding.failure(), Some(&failure));
        asked(&mut commands);
        decoding.begin(&model, true, &state);
        assert!(decoding.failure().is_none(), "a new latent space begins anew");
        decoding.want(&[vec![1.0]], 1.0, &mut commands);
        assert_eq!(asked(&mut commands), [(2, 1)], "numbers are never used twice");
    }

    #[test]
    fn a_bounded_number_of_images_is_kept() {
        let (mut decoding, mut commands, mut state) = (Decoding::default(), Commands::default(), State::default());
        let model = ModelId("vae".to_owned());
        decoding.begin(&model, true, &state);
        for step in 0..20u16 {
            let codes: Vec<Vec<f32>> = (0..32).map(|at| vec![f32::from(step), f32::from(at as u16)]).collect();
            decoding.want(&codes, 0.0, &mut commands);
            state.decoded = Some(Decoded { request: u64::from(step) + 1, images: Ok(vec![plane(); 32]) });
            decoding.begin(&model, false, &state);
        }
        assert_eq!(decoding.known.len(), KEPT);
        assert!(decoding.image(&[19.0, 31.0]).is_some() && decoding.image(&[0.0, 0.0]).is_none());
    }
}
