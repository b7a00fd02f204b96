//! What learning lowers between an image and what was made of it: squared error, structure or features.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Reduction, Tensor};

use super::random;
use crate::domain::{Loss, TrainingSettings};

/// Side and standard deviation of the window, and the two constants for a range of 1 (Wang et al. 2004).
const WINDOW: i64 = 11;
const WINDOW_SIGMA: f64 = 1.5;
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// Features of each stage of the random network; each has half the side of the one before.
const FEATURES: [i64; 3] = [8, 16, 32];
/// The stream of chance that draws it; weights and epochs have others.
const FEATURES_STREAM: u64 = u64::MAX;

/// A loss with what it takes to compute it. Not saved with a run: the settings make it anew.
#[derive(Debug)]
pub enum Criterion {
    Mse,
    Ssim(Ssim),
    Perceptual(Features),
}

impl Criterion {
    pub fn new(settings: &TrainingSettings, device: Device) -> Self {
        match settings.loss {
            Loss::Mse => Self::Mse,
            Loss::Ssim => Self::Ssim(Ssim::new(device)),
            Loss::Perceptual => Self::Perceptual(Features::new(settings.seed, device)),
        }
    }

    /// What is lowered, and the mean squared error; both scalars, 0 where made and image are equal.
    ///
    /// # Shapes
    /// Twice `[b, 1, s, s]`, s at least 11.
    pub fn judge(&self, made: &Tensor, images: &Tensor) -> (Tensor, Tensor) {
        let error = made.mse_loss(images, Reduction::Mean);
        (self.lowered(&error, made, images), error)
    }

    /// The same where only the pixels that were hidden count: what was not is taken from the image.
    ///
    /// # Shapes
    /// Thrice `[b, 1, s, s]`; `hidden` is 1 where hidden.
    pub fn judge_hidden(&self, made: &Tensor, images: &Tensor, hidden: &Tensor) -> (Tensor, Tensor) {
        let error = ((made - images).square() * hidden).sum(tch::Kind::Float) / hidden.sum(tch::Kind::Float);
        let whole = images + hidden * (made - images);
        (self.lowered(&error, &whole, images), error)
    }

    /// The loss, given the squared error, which is one of them.
    pub fn lowered(&self, error: &Tensor, made: &Tensor, images: &Tensor) -> Tensor {
        match self {
            Self::Mse => error.shallow_clone(),
            Self::Ssim(ssim) => ssim.loss(made, images),
            Self::Perceptual(features) => error + features.distance(made, images),
        }
    }
}

/// The similarity of two images around each pixel, at most 1, from their blurred selves, the sum of their blurred squares and
/// their blurred product (Wang et al. 2004, equation 13). All of one shape, the result too.
pub fn structural_similarity([mean_a, mean_b]: [&Tensor; 2], squared: &Tensor, product: &Tensor) -> Tensor {
    let (both, squares) = (mean_a * mean_b, mean_a.square() + mean_b.square());
    let (shared, spread) = (product - &both, squared - &squares);
    (both * 2.0 + C1) * (shared * 2.0 + C2) / ((squares + C1) * (spread + C2))
}

/// Structural similarity: Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE
/// TIP 2004; as a loss for finding anomalies by Bergmann et al., VISAPP 2019.
#[derive(Debug)]
pub struct Ssim {
    column: Tensor,
    row: Tensor,
}

impl Ssim {
    fn new(device: Device) -> Self {
        let at = |index: i64| (index - WINDOW / 2) as f64 / WINDOW_SIGMA;
        let values: Vec<f64> = (0..WINDOW).map(|index| (-0.5 * at(index) * at(index)).exp()).collect();
        let sum: f64 = values.iter().sum();
        let values: Vec<f32> = values.iter().map(|value| (value / sum) as f32).collect();
        let window = Tensor::from_slice(&values).to_device(device);
        Self { column: window.reshape([1, 1, WINDOW, 1]), row: window.reshape([1, 1, 1, WINDOW]) }
    }

    /// One minus the mean similarity, 0 to 2, over all places where the window lies in the image.
    fn loss(&self, made: &Tensor, images: &Tensor) -> Tensor {
        let all = Tensor::cat(&[made, images, &made.square(), &images.square(), &(made * images)], 0);
        let parts = self.blur(&all).chunk(5, 0);
        let [mean_a, mean_b, square_a, square_b, product] = &parts[..] else {
            unreachable!("five were put together");
        };
        1.0 - structural_similarity([mean_a, mean_b], &(square_a + square_b), product).mean(None)
    }

    /// `[n, 1, s, s]` → `[n, 1, s − 10, s − 10]`
    fn blur(&self, x: &Tensor) -> Tensor {
        let filter = |x: &Tensor, by: &Tensor| x.conv2d(by, None::<&Tensor>, [1, 1], [0, 0], [1, 1], 1);
        filter(&filter(x, &self.column), &self.row)
    }
}

/// Three stages of fixed random filters, each followed by a leaky `ReLU` and a halving.
///
/// Learned features need other images and somebody's weights; random ones need neither, and even they tell edges and
/// texture at several scales (Saxe et al., ICML 2011; Ustyuzhaninov et al., ICLR 2017). Their limit is that they know
/// nothing of lungs. The filters have no mean, so that they answer to contrast and leave brightness to the pixels' own
/// error, which is part of the loss. They come from the run's seed: another seed, another (similar) loss.
#[derive(Debug)]
pub struct Features {
    filters: Vec<Tensor>,
}

impl Features {
    fn new(seed: u64, device: Device) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        chance.set_stream(FEATURES_STREAM);
        let mut inputs = 1;
        let filters = FEATURES
            .iter()
            .map(|&outputs| {
                let drawn = random::normal(&mut chance, &[outputs, inputs * 9], Device::Cpu);
                let centred = &drawn - drawn.mean_dim([1i64].as_slice(), true, tch::Kind::Float);
                let length = centred.square().sum_dim_intlist([1i64].as_slice(), true, tch::Kind::Float).sqrt();
                // √2 makes up for what the ReLU takes (He et al. 2015).
                let filter = (centred / length * 2f64.sqrt()).reshape([outputs, inputs, 3, 3]).to_device(device);
                inputs = outputs;
                filter
            })
            .collect();
        Self { filters }
    }

    /// Sum over the stages of the mean squared difference of features.
    fn distance(&self, made: &Tensor, images: &Tensor) -> Tensor {
        let mut x = Tensor::cat(&[made, images], 0);
        let mut distance = Tensor::zeros([], (tch::Kind::Float, made.device()));
        for filter in &self.filters {
            x = x.conv2d(filter, None::<&Tensor>, [1, 1], [1, 1], [1, 1], 1).leaky_relu();
            x = x.avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None);
            let halves = x.chunk(2, 0);
            distance += halves[0].mse_loss(&halves[1], Reduction::Mean);
        }
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, Preset};
    use tch::Kind;

    fn criterion(loss: Loss) -> Criterion {
        let settings = TrainingSettings { loss, ..TrainingSettings::preset(Architecture::Autoencoder, Preset::Custom) };
        Criterion::new(&settings, Device::Cpu)
    }

    fn noise(epoch: u32) -> Tensor {
        random::normal(&mut random::of_epoch(1, epoch), &[2, 1, 32, 32], Device::Cpu) * 0.1 + 0.5
    }

    fn value(loss: Loss, made: &Tensor, images: &Tensor) -> f64 {
        criterion(loss).judge(made, images).0.double_value(&[])
    }

    #[test]
    fn every_loss_is_zero_between_equals_and_grows_with_the_difference() {
        let (image, other) = (noise(1), noise(2));
        for loss in Loss::ALL {
            assert!(value(loss, &image, &image).abs() < 1e-5, "{loss:?}");
            let near = &image + (&other - &image) * 0.2;
            let (near, far) = (value(loss, &near, &image), value(loss, &other, &image));
            assert!(near > 1e-4 && far > near, "{loss:?}: {near} {far}");
            let black = image.zeros_like();
            assert!(value(loss, &black, &black).abs() < 1e-6, "{loss:?}: all black");
            assert!(value(loss, &image, &black).is_finite(), "{loss:?}: all black");
        }
    }

    /// By the definition, with a window over the whole of a constant image: only the means' term remains.
    #[test]
    fn similarity_is_that_of_the_paper() {
        let flat = |level: f64| Tensor::full([1, 1, 32, 32], level, (Kind::Float, Device::Cpu));
        let wanted = 1.0 - (2.0 * 0.2 * 0.8 + C1) / (0.2 * 0.2 + 0.8 * 0.8 + C1);
        let found = value(Loss::Ssim, &flat(0.2), &flat(0.8));
        assert!((found - wanted).abs() < 1e-4, "{found} {wanted}");
        // An inverted image has the opposite structure.
        let image = noise(1);
        assert!(value(Loss::Ssim, &(1.0 - &image), &image) > 1.5);
    }

    #[test]
    fn features_come_from_the_seed_and_do_not_answer_to_brightness() {
        let (image, other) = (noise(1), noise(2));
        let of = |seed| Features::new(seed, Device::Cpu).distance(&image, &other).double_value(&[]);
        assert!((of(7) - of(7)).abs() < f64::EPSILON && (of(7) - of(8)).abs() > 1e-6);
        let inner = |x: &Tensor| x.narrow(2, 2, 12).narrow(3, 2, 12);
        let filter = &Features::new(7, Device::Cpu).filters[0];
        let answer = |x: &Tensor| inner(&x.conv2d(filter, None::<&Tensor>, [1, 1], [1, 1], [1, 1], 1));
        let gap = (answer(&image) - answer(&(&image + 0.3))).abs().max().double_value(&[]);
        assert!(gap < 1e-5, "{gap}");
    }

    #[test]
    fn only_what_was_hidden_counts() {
        let (image, made) = (noise(1), noise(2));
        let hidden = image.zeros_like();
        let _ = hidden.narrow(2, 8, 8).narrow(3, 8, 8).fill_(1.0);
        let elsewhere = &made + (1.0 - &hidden) * 0.3;
        for loss in Loss::ALL {
            let judge = |made: &Tensor| criterion(loss).judge_hidden(made, &image, &hidden).0.double_value(&[]);
            assert!((judge(&made) - judge(&elsewhere)).abs() < 1e-6 && judge(&made) > 0.0, "{loss:?}");
        }
    }
}
