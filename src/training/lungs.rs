//! Teaches the lung mask from human-made masks, and measures it on patients it has not seen.

use rand::Rng as _;
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Kind, Tensor, no_grad_guard};

use super::augment::augment;
use super::schedule::one_cycle;
use crate::domain::{Augmentation, Watch};
use crate::error::{Error, Result};
use crate::models::guard::guarded;
use crate::models::lungs::LungNet;
use crate::models::optimizer::Adam;
use crate::models::{as_images, bytes_on_device, random};

/// Stronger than that of the detectors: the mask is to hold for X-rays taken elsewhere.
const AUGMENTATION: Augmentation = Augmentation { shift: 0.05, scale: 0.1, rotate_degrees: 8.0 };
/// Greatest logarithm of the random exponent that brightens or darkens an image.
const GREATEST_GAMMA: f32 = 0.3;
/// Keeps the slope of that power finite; in [0, 1].
const LEAST_VALUE: f64 = 1e-3;
/// Scale of the random noise's deviation, in [0, 1].
const NOISE: f32 = 0.03;
/// Where a pixel counts as lung.
const CUT: f64 = 0.5;
/// Which stream of the seed's generator puts the patients into folds; the epochs have the others.
const FOLD_STREAM: u64 = u64::MAX;
/// Images a pass when nothing is learned.
const BATCH: usize = 64;

/// Images with masks, all prepared; one after the other.
#[derive(Clone, Debug, Default)]
pub struct LungImages {
    /// As decoded, `LungNet::SIDE` pixels a side.
    pub plain: Vec<u8>,
    /// The same, equalised.
    pub equalised: Vec<u8>,
    /// How far each pixel is lung, same size: 255 all of it.
    pub masks: Vec<u8>,
    /// The masks again at the sizes they are measured at.
    pub truths: Vec<LungTruth>,
    /// Who is in the image, one an image: never in two folds.
    pub patients: Vec<String>,
}

/// Human-made masks at one size.
#[derive(Clone, Debug)]
pub struct LungTruth {
    /// In pixels.
    pub side: u32,
    /// Above 127 is lung.
    pub masks: Vec<u8>,
}

/// How the mask is taught.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LungSettings {
    pub epochs: u32,
    pub batch_size: usize,
    /// The greatest of a one-cycle schedule.
    pub learning_rate: f64,
    pub seed: u64,
}

impl Default for LungSettings {
    fn default() -> Self {
        Self { epochs: 30, batch_size: 16, learning_rate: 4e-3, seed: 7 }
    }
}

/// How well a network that had not seen the patient found the lungs of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct LungDice {
    /// Into the images.
    pub image: usize,
    /// From 0.
    pub fold: usize,
    /// Dice coefficient at each size of the truths: shown the image as decoded.
    pub plain: Vec<f64>,
    /// The same, shown the image equalised.
    pub equalised: Vec<f64>,
}

/// The images on a device.
struct Tensors {
    plain: Tensor,
    equalised: Tensor,
    masks: Tensor,
}

impl LungImages {
    pub fn count(&self) -> usize {
        self.patients.len()
    }

    fn tensors(&self, device: Device) -> Result<Tensors> {
        let on_device = |bytes: &[u8]| bytes_on_device(bytes, LungNet::SIDE, device);
        let all = Tensors {
            plain: on_device(&self.plain)?,
            equalised: on_device(&self.equalised)?,
            masks: on_device(&self.masks)?,
        };
        let count = self.count() as i64;
        if [&all.plain, &all.equalised, &all.masks].iter().any(|tensor| tensor.size()[0] != count) {
            return Err(Error::Other("every image needs an equalised one, a mask and a patient".to_owned()));
        }
        Ok(all)
    }
}

/// Trains on some of the images, from random weights. `stage` is for the watch.
///
/// # Errors
/// `Error::Cancelled`; `Error::Diverged`; when there are fewer images than one batch, or the device has no room.
pub fn train_lungs(
    images: &LungImages,
    among: &[usize],
    how: LungSettings,
    device: Device,
    stage: &str,
    watch: &dyn Watch,
) -> Result<LungNet> {
    let batches = among.len() / how.batch_size.max(1);
    if batches == 0 {
        return Err(Error::Other(format!("{} images with masks are fewer than one batch", among.len())));
    }
    let tensors = images.tensors(device)?;
    let network = LungNet::new(how.seed, device)?;
    let mut optimizer = Adam::for_weights(network.weights()).remove(0);
    let steps = how.epochs as usize * batches;
    for epoch in 0..how.epochs {
        let mut random = random::of_epoch(how.seed, epoch);
        let order = random::order(&mut random, among.len());
        let mut total = 0.0;
        for (index, batch) in order.chunks_exact(how.batch_size).enumerate() {
            if watch.cancelled() {
                return Err(Error::Cancelled);
            }
            let step = epoch as usize * batches + index;
            let rate = one_cycle(how.learning_rate, step as f64, steps as f64);
            let chosen: Vec<i64> = batch.iter().map(|&position| among[position as usize] as i64).collect();
            total += guarded(device, how.batch_size as u32, || {
                let (images, masks) = varied(&tensors, &chosen, &mut random);
                network.learn(&images, &masks, &mut optimizer, rate).double_value(&[])
            })?;
            watch.progress(stage, step as u64 + 1, steps as u64);
        }
        if !total.is_finite() {
            return Err(Error::Diverged { epoch: epoch + 1, loss: total });
        }
        tracing::debug!("epoch {}: loss {:.4}", epoch + 1, total / batches as f64);
    }
    Ok(network)
}

/// Trains once a fold without it and measures on it. Every image is measured once.
///
/// # Errors
/// As [`train_lungs`]; when there are fewer patients than folds.
pub fn cross_validate(
    images: &LungImages,
    folds: usize,
    how: LungSettings,
    device: Device,
    watch: &dyn Watch,
) -> Result<Vec<LungDice>> {
    let fold_of = folds_by_patient(&images.patients, folds, how.seed)?;
    let mut all = Vec::with_capacity(images.count());
    for fold in 0..folds {
        let (held_out, others): (Vec<usize>, Vec<usize>) =
            (0..images.count()).partition(|&index| fold_of[index] == fold);
        let stage = format!("Fold {} of {folds}", fold + 1);
        let network = train_lungs(images, &others, how, device, &stage, watch)?;
        all.extend(measure(&network, images, &held_out, fold, device)?);
    }
    Ok(all)
}

/// The fold of each image: all of a patient in one, by chance.
fn folds_by_patient(patients: &[String], folds: usize, seed: u64) -> Result<Vec<usize>> {
    let mut each: Vec<&String> = patients.iter().collect();
    each.sort_unstable();
    each.dedup();
    if folds < 2 || each.len() < folds {
        return Err(Error::Other(format!("{} patients cannot be parted into {folds} folds", each.len())));
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(FOLD_STREAM);
    each.shuffle(&mut random);
    let place = |patient: &String| each.iter().position(|known| *known == patient).unwrap_or(0) % folds;
    Ok(patients.iter().map(place).collect())
}

fn measure(
    network: &LungNet,
    images: &LungImages,
    among: &[usize],
    fold: usize,
    device: Device,
) -> Result<Vec<LungDice>> {
    let tensors = images.tensors(device)?;
    let empty = |&image: &usize| LungDice { image, fold, plain: Vec::new(), equalised: Vec::new() };
    let mut measured: Vec<LungDice> = among.iter().map(empty).collect();
    for truth in &images.truths {
        let masks = bytes_on_device(&truth.masks, truth.side, device)?;
        for rows in measured.chunks_mut(BATCH) {
            let chosen: Vec<i64> = rows.iter().map(|row| row.image as i64).collect();
            let (plain, equalised) = guarded(device, BATCH as u32, || {
                let chosen = Tensor::from_slice(&chosen).to_device(device);
                let masks = masks.index_select(0, &chosen).gt(127);
                let of = |shown: &Tensor| {
                    let shown = as_images(&shown.index_select(0, &chosen));
                    dice(&network.mask_at(&shown, i64::from(truth.side)).gt(CUT), &masks)
                };
                (of(&tensors.plain), of(&tensors.equalised))
            })?;
            for ((row, plain), equalised) in rows.iter_mut().zip(plain).zip(equalised) {
                row.plain.push(plain);
                row.equalised.push(equalised);
            }
        }
    }
    Ok(measured)
}

/// Dice coefficient of each image, 2·|both| / (|one| + |other|); 1 where both masks are empty.
///
/// # Shapes
/// `[b, 1, s, s]` twice, boolean
fn dice(found: &Tensor, truth: &Tensor) -> Vec<f64> {
    let counts = |mask: &Tensor| -> Vec<i64> {
        let sums = mask.sum_dim_intlist([1i64, 2, 3].as_slice(), false, Kind::Int64).to_device(Device::Cpu);
        (0..sums.size()[0]).map(|index| sums.int64_value(&[index])).collect()
    };
    let both = counts(&found.logical_and(truth));
    let each = counts(found).into_iter().zip(counts(truth)).map(|(found, truth)| found + truth);
    both.into_iter().zip(each).map(|(both, all)| if all == 0 { 1.0 } else { 2.0 * both as f64 / all as f64 }).collect()
}

/// A batch, each image as decoded or equalised by chance, moved, brightened or darkened, with noise; and its masks.
///
/// # Shapes
/// Both `[b, 1, SIDE, SIDE]` in [0, 1]
fn varied(tensors: &Tensors, chosen: &[i64], random: &mut ChaCha8Rng) -> (Tensor, Tensor) {
    let _guard = no_grad_guard();
    let device = tensors.plain.device();
    let indices = Tensor::from_slice(chosen).to_device(device);
    let mut each = |draw: &mut dyn FnMut(&mut ChaCha8Rng) -> f32| {
        let values: Vec<f32> = chosen.iter().map(|_| draw(random)).collect();
        Tensor::from_slice(&values).view([-1, 1, 1, 1]).to_device(device)
    };
    let equalised = each(&mut |random| f32::from(u8::from(random.random::<bool>())));
    let exponents = each(&mut |random| ((random.random::<f32>() * 2.0 - 1.0) * GREATEST_GAMMA).exp());
    let noise = each(&mut |random| random.random::<f32>() * NOISE);
    let images = as_images(&tensors.plain.index_select(0, &indices))
        .lerp_tensor(&as_images(&tensors.equalised.index_select(0, &indices)), &equalised);
    // As two channels of one image, both are moved alike.
    let masks = as_images(&tensors.masks.index_select(0, &indices));
    let moved = augment(Tensor::cat(&[images, masks], 1), AUGMENTATION, random);
    let images = moved.narrow(1, 0, 1).clamp(LEAST_VALUE, 1.0).pow(&exponents);
    let images = &images + random::normal(random, &images.size(), device) * noise;
    (images, moved.narrow(1, 1, 1).contiguous())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Unwatched;

    const SIDE: usize = LungNet::SIDE as usize;

    /// Two dark ovals on grey, moved a little from image to image; the ovals are the lungs.
    fn phantoms(count: usize) -> LungImages {
        let mut images = LungImages::default();
        for index in 0..count {
            let (right, down) = ((index % 5) as f64 - 2.0, (index % 3) as f64 - 1.0);
            for at in 0..SIDE * SIDE {
                let (x, y) = ((at % SIDE) as f64 - right, (at / SIDE) as f64 - down);
                let inside = [18.0, 46.0].iter().any(|centre| ((x - centre) / 9.0).hypot((y - 32.0) / 18.0) < 1.0);
                images.masks.push(if inside { 255 } else { 0 });
                images.plain.push(if inside { 60 } else { 160 } + (at * 7 % 13) as u8);
                images.equalised.push(if inside { 20 } else { 220 } + (at * 5 % 11) as u8);
            }
            images.patients.push(format!("person{}", index / 2));
        }
        images.truths = vec![LungTruth { side: LungNet::SIDE, masks: images.masks.clone() }];
        images
    }

    const QUICK: LungSettings = LungSettings { epochs: 12, batch_size: 4, learning_rate: 1e-2, seed: 5 };

    #[test]
    fn the_loss_falls_and_unseen_patients_lungs_are_found() {
        let images = phantoms(16);
        let measured = cross_validate(&images, 2, QUICK, Device::Cpu, &Unwatched).unwrap();
        let mut seen: Vec<usize> = measured.iter().map(|row| row.image).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..16).collect::<Vec<_>>());
        let mean = |of: fn(&LungDice) -> f64| measured.iter().map(of).sum::<f64>() / 16.0;
        assert!(mean(|row| row.plain[0]) > 0.85, "{measured:?}");
        assert!(mean(|row| row.equalised[0]) > 0.85, "{measured:?}");
    }

    #[test]
    fn the_seed_decides() {
        let images = phantoms(8);
        let all: Vec<usize> = (0..8).collect();
        let how = LungSettings { epochs: 1, ..QUICK };
        let trained = |seed| {
            let network =
                train_lungs(&images, &all, LungSettings { seed, ..how }, Device::Cpu, "", &Unwatched).unwrap();
            network.weights().groups()[0].flat.copy()
        };
        let first = trained(5);
        assert_eq!(first, trained(5));
        assert_ne!(first, trained(6));
    }

    #[test]
    fn no_patient_is_in_two_folds_and_all_folds_are_used() {
        let patients: Vec<String> = (0..40).map(|index| format!("person{}", index / 3)).collect();
        let folds = folds_by_patient(&patients, 5, 7).unwrap();
        for (one, fold) in patients.iter().zip(&folds) {
            assert!(patients.iter().zip(&folds).all(|(other, place)| one != other || fold == place));
        }
        assert!((0..5).all(|fold| folds.contains(&fold)));
        assert_eq!(folds, folds_by_patient(&patients, 5, 7).unwrap());
        assert!(folds_by_patient(&patients[..3], 2, 7).unwrap_err().to_string().contains("1 patients"));
    }

    #[test]
    fn dice_by_hand() {
        let mask = |values: [i64; 4]| Tensor::from_slice(&values).view([1, 1, 2, 2]).gt(0);
        let of = |found, truth| dice(&mask(found), &mask(truth))[0];
        assert!((of([1, 1, 0, 0], [1, 0, 0, 0]) - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(of([1, 1, 1, 1], [1, 1, 1, 1]), 1.0);
        assert_eq!(of([0, 0, 0, 0], [0, 0, 0, 0]), 1.0);
        assert_eq!(of([0, 0, 0, 0], [0, 1, 0, 0]), 0.0);
    }

    #[test]
    fn too_few_or_torn_images_are_errors() {
        let images = phantoms(4);
        let few = train_lungs(&images, &[0, 1], QUICK, Device::Cpu, "", &Unwatched).unwrap_err();
        assert!(few.to_string().contains("fewer than one batch"), "{few}");
        let torn = LungImages { masks: images.masks[..SIDE * SIDE].to_vec(), ..images };
        assert!(train_lungs(&torn, &[0, 1, 2, 3], QUICK, Device::Cpu, "", &Unwatched).is_err());
    }
}
