//! A U-Net after Ronneberger, Fischer and Brox, "U-Net: Convolutional networks for biomedical image segmentation", MICCAI
//! 2015, with batch normalisation (Ioffe and Szegedy 2015), padded convolutions and bilinear doubling.

use tch::Tensor;

use super::blocks::BatchNorm;
use super::weights::Builder;

/// Side of its convolutions.
const KERNEL: i64 = 3;

/// See the module.
#[derive(Debug)]
pub struct UNet {
    /// From the largest level down.
    down: Vec<Double>,
    /// From the deepest level up.
    up: Vec<Double>,
    judge_weight: Tensor,
    judge_bias: Tensor,
}

/// Two convolutions, each with batch normalisation and `ReLU`; the size stays.
#[derive(Debug)]
struct Double {
    weights: [Tensor; 2],
    norms: [BatchNorm; 2],
}

impl Double {
    fn new(builder: &mut Builder, name: &str, inputs: i64, outputs: i64) -> Self {
        let mut convolution = |index: usize, inputs: i64| {
            let bound = 1.0 / ((inputs * KERNEL * KERNEL) as f64).sqrt();
            builder.uniform(format!("{name}.{index}.conv.weight"), &[outputs, inputs, KERNEL, KERNEL], bound)
        };
        let weights = [convolution(0, inputs), convolution(1, outputs)];
        let norms = [0, 1].map(|index| BatchNorm::new(builder, &format!("{name}.{index}.norm"), outputs));
        Self { weights, norms }
    }

    /// `[b, inputs, h, w]` → `[b, outputs, h, w]`
    fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let step = |x: &Tensor, index: usize| {
            let x = x.conv2d(&self.weights[index], None::<Tensor>, [1, 1], [1, 1], [1, 1], 1);
            self.norms[index].forward(&x, train).relu_()
        };
        step(&step(x, 0), 1)
    }
}

impl UNet {
    /// `channels` are those of each level, from the input's own size down; each next level is half as large. Its output
    /// begins as chance, or as 0 when it is `silent`, which a network that gives a change wants.
    pub fn new(builder: &mut Builder, planes: i64, channels: &[i64], outputs: i64, silent: bool) -> Self {
        let mut inputs = planes;
        let mut down = Vec::with_capacity(channels.len());
        for (level, &channels) in channels.iter().enumerate() {
            down.push(Double::new(builder, &format!("down.{level}"), inputs, channels));
            inputs = channels;
        }
        let mut up = Vec::with_capacity(channels.len());
        for (level, &channels) in channels.iter().enumerate().rev().skip(1) {
            up.push(Double::new(builder, &format!("up.{level}"), inputs + channels, channels));
            inputs = channels;
        }
        let bound = if silent { 0.0 } else { 1.0 / (inputs as f64).sqrt() };
        let judge_weight = builder.uniform("judge.weight".to_owned(), &[outputs, inputs, 1, 1], bound);
        let judge_bias = builder.uniform("judge.bias".to_owned(), &[outputs], bound);
        Self { down, up, judge_weight, judge_bias }
    }

    /// `[b, planes, h, w]` → `[b, outputs, h, w]`, any number
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        let mut passed: Vec<Tensor> = Vec::with_capacity(self.down.len());
        for double in &self.down {
            let made = match passed.last() {
                Some(larger) => double.forward(&larger.max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false), train),
                None => double.forward(x, train),
            };
            passed.push(made);
        }
        let mut x = passed.pop().unwrap_or_else(|| x.shallow_clone());
        for (double, beside) in self.up.iter().zip(passed.iter().rev()) {
            let size = beside.size();
            let larger = x.upsample_bilinear2d([size[2], size[3]], false, None, None);
            x = double.forward(&Tensor::cat(&[beside, &larger], 1), train);
        }
        x.conv2d(&self.judge_weight, Some(&self.judge_bias), [1, 1], [0, 0], [1, 1], 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind};

    #[test]
    fn shapes_are_as_documented() {
        let mut builder = Builder::new(Device::Cpu, 0);
        let network = UNet::new(&mut builder, 2, &[4, 6, 8], 3, false);
        let x = Tensor::rand([2, 2, 12, 20], (Kind::Float, Device::Cpu));
        for train in [true, false] {
            assert_eq!(network.forward(&x, train).size(), [2, 3, 12, 20]);
        }
        let names: Vec<_> = builder.finish().entries().iter().map(|entry| entry.name.clone()).collect();
        assert!(names.contains(&"up.0.1.norm.running_var".to_owned()), "{names:?}");
        assert!(!names.contains(&"up.2.0.conv.weight".to_owned()), "the deepest level has no way up");
    }
}
