//! The transformer's layer, normalisation first: Vaswani et al. (2017) in the form of Dosovitskiy et al. (2021).

use tch::Tensor;

use super::blocks::Linear;
use super::weights::Builder;

const EPSILON: f64 = 1e-5;
/// Width of the hidden layer of the perceptron, in token widths.
const EXPANSION: i64 = 4;

/// Layer normalisation (Ba et al. 2016) over the last dimension.
#[derive(Debug)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    width: i64,
}

impl LayerNorm {
    pub fn new(builder: &mut Builder, name: &str, width: i64) -> Self {
        let weight = builder.constant(format!("{name}.weight"), &[width], 1.0);
        Self { weight, bias: builder.constant(format!("{name}.bias"), &[width], 0.0), width }
    }

    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.layer_norm([self.width], Some(&self.weight), Some(&self.bias), EPSILON, true)
    }
}

/// Self-attention, then a perceptron, each added to what came in.
#[derive(Debug)]
pub struct TransformerLayer {
    norm1: LayerNorm,
    qkv_weight: Tensor,
    qkv_bias: Tensor,
    project: Linear,
    norm2: LayerNorm,
    widen: Linear,
    narrow: Linear,
    width: i64,
    heads: i64,
}

impl TransformerLayer {
    pub fn new(builder: &mut Builder, name: &str, width: i64, heads: i64) -> Self {
        let norm1 = LayerNorm::new(builder, &format!("{name}.norm1"), width);
        // Glorot and Bengio (2010), as PyTorch's attention.
        let bound = (6.0 / (4 * width) as f64).sqrt();
        Self {
            norm1,
            qkv_weight: builder.uniform(format!("{name}.qkv.weight"), &[3 * width, width], bound),
            qkv_bias: builder.constant(format!("{name}.qkv.bias"), &[3 * width], 0.0),
            project: Linear::new(builder, &format!("{name}.project"), width, width),
            norm2: LayerNorm::new(builder, &format!("{name}.norm2"), width),
            widen: Linear::new(builder, &format!("{name}.widen"), width, EXPANSION * width),
            narrow: Linear::new(builder, &format!("{name}.narrow"), EXPANSION * width, width),
            width,
            heads,
        }
    }

    /// `[b, tokens, width]` → the same
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        if train { self.forward_train(x) } else { self.forward_fused(x) }
    }

    fn forward_train(&self, x: &Tensor) -> Tensor {
        let (batch, tokens) = (x.size()[0], x.size()[1]);
        let qkv = self.norm1.forward(x).linear(&self.qkv_weight, Some(&self.qkv_bias));
        let qkv = qkv.view([batch, tokens, 3, self.heads, self.width / self.heads]).permute([2, 0, 3, 1, 4]);
        let parts = qkv.unbind(0);
        let attended = Tensor::scaled_dot_product_attention(
            &parts[0],
            &parts[1],
            &parts[2],
            None::<&Tensor>,
            0.0,
            false,
            None,
            false,
        );
        let attended = attended.transpose(1, 2).reshape([batch, tokens, self.width]);
        let x = x + self.project.forward(&attended);
        let hidden = self.widen.forward(&self.norm2.forward(&x)).gelu("none");
        x + self.narrow.forward(&hidden)
    }

    /// The same in one call of libtorch, which cannot be differentiated.
    fn forward_fused(&self, x: &Tensor) -> Tensor {
        Tensor::internal_transformer_encoder_layer_fwd(
            x,
            self.width,
            self.heads,
            &self.qkv_weight,
            &self.qkv_bias,
            self.project.weight(),
            self.project.bias(),
            true,
            true,
            EPSILON,
            &self.norm1.weight,
            &self.norm1.bias,
            &self.norm2.weight,
            &self.norm2.bias,
            self.widen.weight(),
            self.widen.bias(),
            self.narrow.weight(),
            self.narrow.bias(),
            None::<&Tensor>,
            None,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind, no_grad_guard};

    #[test]
    fn fused_and_plain_agree() {
        let mut builder = Builder::new(Device::Cpu, 3);
        let layer = TransformerLayer::new(&mut builder, "layer", 32, 4);
        let _weights = builder.finish();
        let _guard = no_grad_guard();
        let x = Tensor::rand([2, 9, 32], (Kind::Float, Device::Cpu));
        let difference = layer.forward(&x, true) - layer.forward(&x, false);
        assert!(difference.abs().max().double_value(&[]) < 1e-5);
    }
}
