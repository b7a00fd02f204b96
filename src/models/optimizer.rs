//! Adam (Kingma and Ba 2015, algorithm 1) over a flat buffer.
//!
//! libtorch's own optimiser cannot save its moments through tch, and a resumed run must continue bit by bit; this one
//! can, and walks memory in pieces that stay in the processor's cache, so that a step reads and writes each number once.

use std::ops::Range;

use tch::{Kind, Tensor, no_grad_guard};

use super::weights::{Group, Place, Weights, from_usual_order, to_usual_order};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Elements a thread works on at a time: parameters, gradient, two moments and scratch fit its second-level cache.
const PIECE_PER_THREAD: i64 = 32_768;

/// The optimiser of one group of weights.
#[derive(Debug)]
pub struct Adam {
    steps: u64,
    first_moment: Tensor,
    second_moment: Tensor,
    runs: Vec<Run>,
    /// Of the group's tensors, in their order.
    places: Vec<Place>,
    /// The gradients of small tensors, gathered.
    gathered: Tensor,
    scratch: Tensor,
}

/// Neighbours in the flat buffer whose gradients are walked together.
#[derive(Debug)]
struct Run {
    /// Which gradients: one large tensor's, or several small ones'.
    members: Range<usize>,
    /// For small ones: where each gradient goes in `gathered`.
    targets: Vec<Tensor>,
    pieces: Vec<Piece>,
}

/// Views of the same stretch of everything.
#[derive(Debug)]
struct Piece {
    /// Offset within the run.
    offset: i64,
    parameters: Tensor,
    first_moment: Tensor,
    second_moment: Tensor,
    scratch: Tensor,
    /// For small tensors, the stretch of `gathered`.
    gradient: Option<Tensor>,
    count: i64,
}

impl Adam {
    /// Fresh optimisers, one a group of the weights.
    pub fn for_weights(weights: &Weights) -> Vec<Self> {
        weights.groups().iter().map(Self::new).collect()
    }

    fn new(group: &Group) -> Self {
        let _guard = no_grad_guard();
        let total = group.flat.numel() as i64;
        let on_gpu = group.flat.device().is_cuda();
        let piece = if on_gpu { total } else { PIECE_PER_THREAD * i64::from(tch::get_num_threads().max(1)) };
        let options = (Kind::Float, group.flat.device());
        let mut adam = Self {
            steps: 0,
            first_moment: Tensor::zeros([total], options),
            second_moment: Tensor::zeros([total], options),
            runs: Vec::new(),
            places: group.parameters.iter().map(|parameter| parameter.place.clone()).collect(),
            gathered: Tensor::zeros([total], options),
            scratch: Tensor::empty([piece.min(total)], options),
        };
        let small = |index: usize| on_gpu || group.parameters[index].place.count < PIECE_PER_THREAD;
        let mut start = 0;
        while start < group.parameters.len() {
            let mut end = start + 1;
            while small(start) && end < group.parameters.len() && small(end) {
                end += 1;
            }
            let run = adam.run(group, start..end, small(start), piece);
            adam.runs.push(run);
            start = end;
        }
        adam
    }

    fn run(&self, group: &Group, members: Range<usize>, gather: bool, piece: i64) -> Run {
        let (first, last) = (&self.places[members.start], &self.places[members.end - 1]);
        let (begin, end) = (first.offset, last.offset + last.count);
        let targets =
            self.places[members.clone()].iter().filter(|_| gather).map(|place| place.of(&self.gathered)).collect();
        let starts = (begin..end).step_by(piece as usize);
        let pieces = starts
            .map(|start| {
                let count = piece.min(end - start);
                let cut = |tensor: &Tensor| tensor.narrow(0, start, count);
                Piece {
                    offset: start - begin,
                    parameters: cut(&group.flat),
                    first_moment: cut(&self.first_moment),
                    second_moment: cut(&self.second_moment),
                    scratch: self.scratch.narrow(0, 0, count),
                    gradient: gather.then(|| cut(&self.gathered)),
                    count,
                }
            })
            .collect();
        Run { members, targets, pieces }
    }

    /// Moves the group's parameters down `loss`.
    pub fn descend(&mut self, loss: &Tensor, group: &Group, learning_rate: f64) {
        let parameters: Vec<&Tensor> = group.parameters.iter().map(|parameter| &parameter.tensor).collect();
        let gradients = Tensor::run_backward(&[loss], &parameters, false, false);
        self.step(&gradients, learning_rate);
    }

    /// One step, given the gradients in the order of the group's parameters.
    fn step(&mut self, gradients: &[Tensor], learning_rate: f64) {
        let _guard = no_grad_guard();
        self.steps += 1;
        let steps = self.steps.min(i32::MAX as u64) as i32;
        let (correction1, correction2) = (1.0 - BETA1.powi(steps), (1.0 - BETA2.powi(steps)).sqrt());
        // lr/c1 · m / (√v/c2 + ε) = m / (k·√v + k·ε·c2) with k = c1 / (lr·c2); the sign makes it a descent.
        let factor = -correction1 / (learning_rate * correction2);
        let shift = factor * EPSILON * correction2;
        for run in &mut self.runs {
            for (target, gradient) in run.targets.iter_mut().zip(&gradients[run.members.clone()]) {
                target.copy_(gradient);
            }
            let large = run.targets.is_empty().then(|| {
                let only = run.members.start;
                self.places[only].flattened(&gradients[only])
            });
            for piece in &mut run.pieces {
                let gradient = match (&piece.gradient, &large) {
                    (Some(gathered), _) => gathered.shallow_clone(),
                    (None, Some(large)) => large.narrow(0, piece.offset, piece.count),
                    (None, None) => continue,
                };
                let _ = piece.first_moment.lerp_(&gradient, 1.0 - BETA1);
                let _ = gradient.square_out(&piece.scratch);
                let _ = piece.second_moment.lerp_(&piece.scratch, 1.0 - BETA2);
                let _ = piece.second_moment.sqrt_out(&piece.scratch);
                let _ = piece.scratch.g_mul_scalar_(factor).g_add_scalar_(shift);
                let _ = piece.parameters.addcdiv_(&piece.first_moment, &piece.scratch);
            }
        }
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Numbers in each moment.
    pub fn length(&self) -> i64 {
        self.first_moment.numel() as i64
    }

    /// Copies of the two moments, flat, every tensor in the usual order: for the checkpoint.
    pub fn moments(&self) -> [Tensor; 2] {
        let _guard = no_grad_guard();
        [&self.first_moment, &self.second_moment].map(|moment| to_usual_order(moment, &self.places))
    }

    /// Continues from saved moments, which must be as long as the group's flat buffer.
    pub fn restore(&mut self, steps: u64, first_moment: &Tensor, second_moment: &Tensor) {
        let _guard = no_grad_guard();
        self.steps = steps;
        from_usual_order(&self.first_moment, first_moment, &self.places);
        from_usual_order(&self.second_moment, second_moment, &self.places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::weights::Builder;
    use tch::Device;

    /// The paper's algorithm, number by number, in double precision.
    fn reference(mut x: Vec<f64>, gradient: impl Fn(&[f64]) -> Vec<f64>, rates: &[f64]) -> Vec<f64> {
        let (mut m, mut v) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        for (t, rate) in (1..).zip(rates) {
            let g = gradient(&x);
            for i in 0..x.len() {
                m[i] = BETA1 * m[i] + (1.0 - BETA1) * g[i];
                v[i] = BETA2 * v[i] + (1.0 - BETA2) * g[i] * g[i];
                let (mh, vh) = (m[i] / (1.0 - BETA1.powi(t)), v[i] / (1.0 - BETA2.powi(t)));
                x[i] -= rate * mh / (vh.sqrt() + EPSILON);
            }
        }
        x
    }

    fn quadratic(weights: &Weights) -> Tensor {
        let sum = |tensor: &Tensor| (tensor.square() * 0.5 + tensor * 0.3).sum(Kind::Float);
        weights.groups()[0].parameters.iter().map(|p| sum(&p.tensor)).reduce(|a, b| a + b).unwrap()
    }

    fn made() -> Weights {
        let mut builder = Builder::new(Device::Cpu, 5);
        let _ = builder.uniform("small".to_owned(), &[3, 7], 1.0);
        let _ = builder.uniform("large".to_owned(), &[300, 401], 1.0);
        let _ = builder.uniform("small2".to_owned(), &[5], 1.0);
        let _ = builder.uniform("small3".to_owned(), &[17], 1.0);
        let _ = builder.uniform("small kernel".to_owned(), &[6, 5, 4, 4], 1.0);
        let _ = builder.uniform("large kernel".to_owned(), &[64, 48, 4, 4], 1.0);
        builder.finish()
    }

    fn values(weights: &Weights) -> Vec<f64> {
        let all = weights.groups()[0].parameters.iter().map(|p| p.tensor.detach().reshape([-1]));
        Vec::<f64>::try_from(Tensor::cat(&all.collect::<Vec<_>>(), 0).to_kind(Kind::Double)).unwrap()
    }

    #[test]
    fn it_is_the_papers_algorithm() {
        let weights = made();
        let rates = [1e-2, 2e-2, 5e-3, 1e-3, 1e-3];
        let expected = reference(values(&weights), |x| x.iter().map(|x| x + 0.3).collect(), &rates);
        let mut adam = Adam::for_weights(&weights);
        for rate in rates {
            adam[0].descend(&quadratic(&weights), &weights.groups()[0], rate);
        }
        let worst = values(&weights).iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-6, "{worst}");
        assert_eq!(adam[0].steps(), 5);
    }

    #[test]
    fn restored_it_continues_bit_by_bit() {
        let run = |interrupted: bool| {
            let weights = made();
            let mut adam = Adam::for_weights(&weights).remove(0);
            for step in 0..6 {
                if interrupted && step == 3 {
                    let [m, v] = adam.moments();
                    let steps = adam.steps();
                    adam = Adam::for_weights(&weights).remove(0);
                    adam.restore(steps, &m, &v);
                }
                adam.descend(&quadratic(&weights), &weights.groups()[0], 1e-2);
            }
            values(&weights)
        };
        assert_eq!(run(false), run(true));
    }
}
