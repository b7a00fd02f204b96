//! One pass over the training images.

use std::ops::Range;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use tch::Tensor;

use super::augment::augment;
use super::evaluate::host;
use super::observer::BatchReport;
use super::plan::Plan;
use super::schedule;
use super::session::Session;
use crate::domain::LossComponents;
use crate::error::{Error, Result};
use crate::models::guard::guarded;
use crate::models::{Step, as_images, loss_components, random};

/// On a GPU, losses are fetched after so many batches, because fetching waits for all that is queued there.
const BATCHES_PER_FETCH_ON_GPU: usize = 16;
/// Times the first epoch's mean loss, or in that epoch the first batch's, that count as an explosion.
const EXPLOSION: f64 = 1000.0;

/// What an epoch of learning came to.
pub(super) struct Learned {
    pub loss: LossComponents,
    /// Of the last batch.
    pub learning_rate: f64,
    pub images_per_s: f64,
    pub paused: Duration,
}

/// Losses that are still on the device, and what they add up to.
struct Losses {
    waiting: Vec<(Tensor, usize, f64)>,
    sums: Vec<f64>,
    images: usize,
    /// What a total loss is measured by, to tell whether it exploded.
    first_total: Option<f64>,
}

impl Session<'_> {
    /// `None` when the listener wants to stop.
    pub(super) fn learn_epoch(&mut self, epoch: u32) -> Result<Option<Learned>> {
        let images = self.train.size()[0] as usize;
        let mut random = random::of_epoch(self.settings.seed, epoch);
        let order = Tensor::from_slice(&random::order(&mut random, images)).to_device(self.train.device());
        let painted = self.paint(epoch)?;
        let mut plan = Plan::new(images, self.batch_size);
        let first_total = self.run.epochs().first().map(|first| first.train.total);
        let mut losses = Losses { waiting: Vec::new(), sums: Vec::new(), images: 0, first_total };
        let fetch_after = if self.train.device().is_cuda() { BATCHES_PER_FETCH_ON_GPU } else { 1 };
        let (began, mut paused) = (Instant::now(), Duration::ZERO);
        let mut learning_rate = 0.0;
        while let Some(range) = plan.next() {
            let Some(pause) = self.hold() else { return Ok(None) };
            paused += pause;
            learning_rate = self.learning_rate(epoch, &plan);
            let count = range.len();
            match self.learn_batch(&order, range, painted.as_ref(), &mut random, learning_rate) {
                Ok(loss) => {
                    plan.advance();
                    losses.waiting.push((loss, count, plan.share()));
                }
                Err(Error::OutOfMemory { device, .. }) if plan.halve() => self.note_halving(epoch, &plan, &device),
                Err(error) => return Err(error),
            }
            if losses.waiting.len() >= fetch_after || plan.next().is_none() {
                self.fetch(epoch, &mut losses, began.elapsed().saturating_sub(paused))?;
            }
        }
        let seconds = began.elapsed().saturating_sub(paused).as_secs_f64();
        let means: Vec<f64> = losses.sums.iter().map(|sum| sum / images as f64).collect();
        Ok(Some(Learned {
            loss: loss_components(self.network.components(), &means),
            learning_rate,
            images_per_s: images as f64 / seconds.max(f64::EPSILON),
            paused,
        }))
    }

    fn learning_rate(&self, epoch: u32, plan: &Plan) -> f64 {
        let steps_per_epoch = f64::from(self.steps_per_epoch());
        let step = (f64::from(epoch - 1) + plan.share()) * steps_per_epoch;
        schedule::learning_rate(&self.settings, step, f64::from(self.settings.epochs) * steps_per_epoch)
    }

    /// Gathers, moves and learns one batch; the losses stay on the device.
    fn learn_batch(
        &mut self,
        order: &Tensor,
        range: Range<usize>,
        painted: Option<&Tensor>,
        random: &mut ChaCha8Rng,
        learning_rate: f64,
    ) -> Result<Tensor> {
        let Self { network, optimizers, settings, train, .. } = self;
        let (device, size) = (train.device(), range.len());
        guarded(device, size as u32, || {
            let chosen = order.narrow(0, range.start as i64, size as i64);
            let choose = |of: &Tensor| as_images(&of.index_select(0, &chosen));
            // Painted and clean image lie over each other, so that both are moved alike.
            let layers = match painted {
                Some(painted) => Tensor::cat(&[choose(train), choose(painted)], 1),
                None => choose(train),
            };
            let layers = augment(layers, settings.augmentation, random);
            let painted = painted.map(|_| layers.narrow(1, 1, 1).contiguous());
            let batch = if painted.is_some() { layers.narrow(1, 0, 1).contiguous() } else { layers };
            let discriminator_learning_rate = settings.discriminator_learning_rate;
            network.learn(&batch, &mut Step { optimizers, learning_rate, discriminator_learning_rate, random, painted })
        })
    }

    fn note_halving(&mut self, epoch: u32, plan: &Plan, device: &str) {
        self.batch_size = plan.batch_size();
        self.run.change_batch(epoch, self.batch_size);
        self.observer.notice(&format!(
            "The {device} has not enough memory for this batch, so training goes on with batches of {} from epoch \
             {epoch} on. The result is not that of the batch size set.",
            self.batch_size
        ));
    }

    /// Brings the waiting losses to main memory, looks whether they are sane, tells the listener.
    fn fetch(&mut self, epoch: u32, losses: &mut Losses, spent: Duration) -> Result<()> {
        let components = self.network.components();
        losses.sums.resize(components.len(), 0.0);
        let waiting = std::mem::take(&mut losses.waiting);
        let tensors: Vec<&Tensor> = waiting.iter().map(|(loss, ..)| loss).collect();
        if tensors.is_empty() {
            return Ok(());
        }
        let values = guarded(self.train.device(), self.batch_size, || host(&Tensor::stack(&tensors, 0)))??;
        let all = self.train.size()[0] as u64;
        for ((_, count, share), values) in waiting.iter().zip(values.chunks_exact(components.len())) {
            let loss = loss_components(components, values);
            check(epoch, &loss, values, *losses.first_total.get_or_insert(loss.total))?;
            losses.images += count;
            for (sum, value) in losses.sums.iter_mut().zip(values) {
                *sum += value * *count as f64;
            }
            let steps = f64::from(self.steps_per_epoch());
            self.observer.batch(&BatchReport {
                epoch,
                epochs: self.settings.epochs,
                step: u64::from(epoch - 1) * steps as u64 + (share * steps).ceil() as u64,
                images: u64::from(epoch - 1) * all + losses.images as u64,
                images_total: u64::from(self.settings.epochs) * all,
                images_per_s: losses.images as f64 / spent.as_secs_f64().max(f64::EPSILON),
                loss,
            });
        }
        Ok(())
    }
}

/// Stops a training that has gone wrong before it spoils its checkpoints.
fn check(epoch: u32, loss: &LossComponents, values: &[f64], first_total: f64) -> Result<()> {
    if let Some(&bad) = values.iter().find(|value| !value.is_finite()) {
        return Err(Error::Diverged { epoch, loss: bad });
    }
    if loss.total.abs() > EXPLOSION * first_total.abs().max(f64::MIN_POSITIVE) {
        return Err(Error::Diverged { epoch, loss: loss.total });
    }
    Ok(())
}
