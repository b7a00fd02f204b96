//! Layers that several architectures share. Every forward documents its shapes as `[batch, channels, height, width]`.

use tch::Tensor;

use super::Sizes;
use super::weights::Builder;

/// Weight of the newest batch in the running statistics, as in PyTorch.
const BATCH_NORM_MOMENTUM: f64 = 0.1;
const BATCH_NORM_EPSILON: f64 = 1e-5;
/// Side of every convolution that halves or doubles an image.
const KERNEL: i64 = 4;

/// Fully connected layer, initialised as PyTorch does: uniform in ±1/√inputs.
#[derive(Debug)]
pub struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    pub fn new(builder: &mut Builder, name: &str, inputs: i64, outputs: i64) -> Self {
        let bound = 1.0 / (inputs as f64).sqrt();
        let weight = builder.uniform(format!("{name}.weight"), &[outputs, inputs], bound);
        Self { weight, bias: builder.uniform(format!("{name}.bias"), &[outputs], bound) }
    }

    /// `[…, inputs]` → `[…, outputs]`
    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight, Some(&self.bias))
    }

    pub fn weight(&self) -> &Tensor {
        &self.weight
    }

    pub fn bias(&self) -> &Tensor {
        &self.bias
    }
}

/// Batch normalisation (Ioffe and Szegedy 2015).
#[derive(Debug)]
pub struct BatchNorm {
    weight: Tensor,
    bias: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
}

impl BatchNorm {
    pub fn new(builder: &mut Builder, name: &str, channels: i64) -> Self {
        Self {
            weight: builder.constant(format!("{name}.weight"), &[channels], 1.0),
            bias: builder.constant(format!("{name}.bias"), &[channels], 0.0),
            running_mean: builder.statistic(format!("{name}.running_mean"), &[channels], 0.0),
            running_var: builder.statistic(format!("{name}.running_var"), &[channels], 1.0),
        }
    }

    /// `[b, channels, h, w]` → the same
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        Tensor::batch_norm(
            x,
            Some(&self.weight),
            Some(&self.bias),
            Some(&self.running_mean),
            Some(&self.running_var),
            train,
            BATCH_NORM_MOMENTUM,
            BATCH_NORM_EPSILON,
            true,
        )
    }
}

/// What a negative value becomes (Maas et al. 2013).
#[derive(Debug)]
pub enum Leaky {
    /// One hundredth, the usual autoencoder's.
    Slight,
    /// One fifth, the usual discriminator's: the constant is kept as a tensor.
    Fifth(Tensor),
}

impl Leaky {
    /// A slope of 0.2.
    pub fn fifth(builder: &Builder) -> Self {
        Self::Fifth(Tensor::from_slice(&[0.2f32]).to_device(builder.device()))
    }

    fn forward(&self, mut x: Tensor) -> Tensor {
        match self {
            Self::Slight => x.leaky_relu_(),
            Self::Fifth(slope) => x.prelu(slope),
        }
    }

    fn another(&self) -> Self {
        match self {
            Self::Slight => Self::Slight,
            Self::Fifth(slope) => Self::Fifth(slope.shallow_clone()),
        }
    }
}

/// Convolution that halves both sides, then batch normalisation where wanted, then leaky `ReLU`.
#[derive(Debug)]
pub struct Halving {
    weight: Tensor,
    bias: Tensor,
    norm: Option<BatchNorm>,
    leaky: Leaky,
}

impl Halving {
    fn new(builder: &mut Builder, name: &str, inputs: i64, outputs: i64, norm: bool, leaky: Leaky) -> Self {
        let bound = 1.0 / ((inputs * KERNEL * KERNEL) as f64).sqrt();
        Self {
            weight: builder.uniform(format!("{name}.conv.weight"), &[outputs, inputs, KERNEL, KERNEL], bound),
            bias: builder.uniform(format!("{name}.conv.bias"), &[outputs], bound),
            norm: norm.then(|| BatchNorm::new(builder, &format!("{name}.norm"), outputs)),
            leaky,
        }
    }

    /// `[b, inputs, 2h, 2w]` → `[b, outputs, h, w]`
    fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let x = x.conv2d(&self.weight, Some(&self.bias), [2, 2], [1, 1], [1, 1], 1);
        self.leaky.forward(match &self.norm {
            Some(norm) => norm.forward(&x, train),
            None => x,
        })
    }
}

/// A stack of [`Halving`]s.
#[derive(Debug)]
pub struct Encoder {
    stages: Vec<Halving>,
}

impl Encoder {
    /// From `planes` images, one stage a channel count; the first without batch normalisation unless `norm_first`.
    pub fn new(
        builder: &mut Builder,
        name: &str,
        planes: i64,
        channels: &[i64],
        norm_first: bool,
        leaky: &Leaky,
    ) -> Self {
        let mut inputs = planes;
        let mut stages = Vec::with_capacity(channels.len());
        for (index, &outputs) in channels.iter().enumerate() {
            let norm = norm_first || index > 0;
            stages.push(Halving::new(builder, &format!("{name}.{index}"), inputs, outputs, norm, leaky.another()));
            inputs = outputs;
        }
        Self { stages }
    }

    /// `[b, planes, s, s]` → `[b, last channels, s / 2ⁿ, s / 2ⁿ]`
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let mut stages = self.stages.iter();
        let first = stages.next().map_or_else(|| x.shallow_clone(), |stage| stage.forward(x, train));
        stages.fold(first, |x, stage| stage.forward(&x, train))
    }

    /// What each stage makes of `[b, planes, s, s]`, largest first.
    pub fn each(&self, x: &Tensor, train: bool) -> Vec<Tensor> {
        let mut made: Vec<Tensor> = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let next = stage.forward(made.last().unwrap_or(x), train);
            made.push(next);
        }
        made
    }
}

/// An [`Encoder`] and the linear layer that squeezes what it gives into one code.
#[derive(Debug)]
pub struct Coder {
    encoder: Encoder,
    squeeze: Linear,
}

impl Coder {
    /// `NAME.encoder` and `NAME.squeeze`; without a name `encoder` and `squeeze`.
    pub fn new(builder: &mut Builder, name: &str, sizes: &Sizes, norm_first: bool, leaky: &Leaky) -> Self {
        let part = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}.{part}") };
        let encoder = Encoder::new(builder, &part("encoder"), 1, &sizes.channels, norm_first, leaky);
        let squeeze = Linear::new(builder, &part("squeeze"), sizes.flat(), sizes.latent);
        Self { encoder, squeeze }
    }

    /// `[b, 1, s, s]` → `[b, latent]`
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        self.squeeze.forward(&self.encoder.forward(x, train).flatten(1, -1))
    }
}

/// Transposed convolution that doubles both sides, then batch normalisation and leaky `ReLU` except in the last.
#[derive(Debug)]
pub struct Doubling {
    weight: Tensor,
    bias: Tensor,
    norm: Option<BatchNorm>,
}

impl Doubling {
    pub fn new(builder: &mut Builder, name: &str, inputs: i64, outputs: i64, norm: bool) -> Self {
        let bound = 1.0 / ((outputs * KERNEL * KERNEL) as f64).sqrt();
        Self {
            weight: builder.uniform(format!("{name}.conv.weight"), &[inputs, outputs, KERNEL, KERNEL], bound),
            bias: builder.uniform(format!("{name}.conv.bias"), &[outputs], bound),
            norm: norm.then(|| BatchNorm::new(builder, &format!("{name}.norm"), outputs)),
        }
    }

    /// `[b, inputs, h, w]` → `[b, outputs, 2h, 2w]`
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let x = x.conv_transpose2d(&self.weight, Some(&self.bias), [2, 2], [1, 1], [0, 0], 1, [1, 1]);
        match &self.norm {
            Some(norm) => norm.forward(&x, train).leaky_relu_(),
            None => x,
        }
    }
}

/// From a code to an image: a linear layer, then the encoder's stages mirrored, then a sigmoid.
#[derive(Debug)]
pub struct Decoder {
    widen: Linear,
    stages: Vec<Doubling>,
    channels: i64,
    side: i64,
}

impl Decoder {
    /// `planes` is how many images come out.
    pub fn new(builder: &mut Builder, name: &str, sizes: &Sizes, planes: i64) -> Self {
        let channels = &sizes.channels;
        let deepest = channels.last().copied().unwrap_or(1);
        let widen = Linear::new(builder, &format!("{name}.widen"), sizes.latent, sizes.flat());
        let outputs = channels.iter().rev().skip(1).copied().chain([planes]);
        let mut inputs = deepest;
        let mut stages = Vec::with_capacity(channels.len());
        for (index, outputs) in outputs.enumerate() {
            let norm = index + 1 < channels.len();
            stages.push(Doubling::new(builder, &format!("{name}.{index}"), inputs, outputs, norm));
            inputs = outputs;
        }
        Self { widen, stages, channels: deepest, side: sizes.side }
    }

    /// `[b, latent]` → `[b, planes, s, s]` in (0, 1)
    pub fn forward(&self, code: &Tensor, train: bool) -> Tensor {
        self.logits(code, train).sigmoid_()
    }

    /// The same before the sigmoid: any number.
    pub fn logits(&self, code: &Tensor, train: bool) -> Tensor {
        let x = self.widen.forward(code).view([-1, self.channels, self.side, self.side]);
        self.stages.iter().fold(x, |x, stage| stage.forward(&x, train))
    }
}

/// The PatchGAN discriminator (Isola et al. 2017): judges overlapping patches, each as real or made.
#[derive(Debug)]
pub struct PatchDiscriminator {
    encoder: Encoder,
    weight: Tensor,
    bias: Tensor,
}

/// Channels of the discriminator's stages.
const PATCH_CHANNELS: [i64; 3] = [32, 64, 128];

impl PatchDiscriminator {
    pub fn new(builder: &mut Builder, name: &str) -> Self {
        let leaky = Leaky::fifth(builder);
        let encoder = Encoder::new(builder, &format!("{name}.encoder"), 1, &PATCH_CHANNELS, false, &leaky);
        let inputs = PATCH_CHANNELS[PATCH_CHANNELS.len() - 1];
        let bound = 1.0 / ((inputs * KERNEL * KERNEL) as f64).sqrt();
        Self {
            encoder,
            weight: builder.uniform(format!("{name}.judge.weight"), &[1, inputs, KERNEL, KERNEL], bound),
            bias: builder.uniform(format!("{name}.judge.bias"), &[1], bound),
        }
    }

    /// `[b, 1, s, s]` → `[b, 1, s / 8 − 1, s / 8 − 1]`, logits: positive for real
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let x = self.encoder.forward(x, train);
        x.conv2d(&self.weight, Some(&self.bias), [1, 1], [1, 1], [1, 1], 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind};

    #[test]
    fn shapes_are_as_documented() {
        let mut builder = Builder::new(Device::Cpu, 0);
        let encoder = Encoder::new(&mut builder, "encoder", 1, &[4, 8], true, &Leaky::Slight);
        let decoder = Decoder::new(&mut builder, "decoder", &Sizes { channels: vec![4, 8], side: 8, latent: 3 }, 1);
        let judge = PatchDiscriminator::new(&mut builder, "judge");
        let x = Tensor::rand([2, 1, 32, 32], (Kind::Float, Device::Cpu));
        assert_eq!(encoder.forward(&x, true).size(), [2, 8, 8, 8]);
        let each: Vec<_> = encoder.each(&x, true).iter().map(Tensor::size).collect();
        assert_eq!(each, [[2, 4, 16, 16], [2, 8, 8, 8]]);
        let made = decoder.forward(&Tensor::zeros([2, 3], (Kind::Float, Device::Cpu)), false);
        assert_eq!(made.size(), [2, 1, 32, 32]);
        assert!(made.min().double_value(&[]) > 0.0 && made.max().double_value(&[]) < 1.0);
        assert_eq!(judge.forward(&x, true).size(), [2, 1, 3, 3]);
        let names: Vec<_> = builder.finish().entries().iter().map(|entry| entry.name.clone()).collect();
        assert!(names.contains(&"encoder.1.norm.running_var".to_owned()), "{names:?}");
        assert!(!names.contains(&"judge.encoder.0.norm.weight".to_owned()));
    }

    #[test]
    fn the_fifth_is_a_fifth() {
        let builder = Builder::new(Device::Cpu, 0);
        let x = || Tensor::from_slice(&[-1.0f32, 0.0, 2.0]).reshape([1, 1, 1, 3]);
        let values = |leaky: &Leaky| Vec::<f32>::try_from(leaky.forward(x()).reshape([-1])).unwrap();
        assert_eq!(values(&Leaky::fifth(&builder)), [-0.2, 0.0, 2.0]);
        assert_eq!(values(&Leaky::Slight), [-0.01, 0.0, 2.0]);
    }
}
