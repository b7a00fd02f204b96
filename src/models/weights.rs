//! A network's numbers: named tensors, the trainable ones laid side by side in one buffer per optimiser.
//!
//! Every trainable tensor is a view into its group's flat buffer, so that the optimiser walks memory once, in order. On a
//! processor the kernels of convolutions lie there with their channels last: libtorch then keeps whole networks in that
//! order, in which it convolves and normalises faster. Checkpoints have them in the usual order everywhere.
//! Initial values come from the run's own seeded generator, never from libtorch's global one: what another thread
//! draws cannot change a run.

use rand::Rng as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Kind, Tensor, no_grad_guard};

/// Elements a tensor's place in the flat buffer is rounded up to: 64 bytes, what vector units and cuDNN like.
const ALIGNMENT: i64 = 16;

/// One named tensor.
#[derive(Debug)]
pub struct Entry {
    /// As in the checkpoint: `encoder.0.conv.weight`.
    pub name: String,
    pub tensor: Tensor,
    /// False for running statistics, which are saved but not optimised.
    pub trainable: bool,
}

/// The trainable tensors that one optimiser moves.
#[derive(Debug)]
pub struct Group {
    /// All of them, flat, with zeros between.
    pub flat: Tensor,
    pub parameters: Vec<Parameter>,
}

/// A trainable tensor and its place in the flat buffer.
#[derive(Debug)]
pub struct Parameter {
    pub tensor: Tensor,
    pub place: Place,
}

/// Where a tensor lies in a flat buffer, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub offset: i64,
    pub count: i64,
    shape: Vec<i64>,
    channels_last: bool,
}

impl Place {
    fn new(tensor: &Tensor, offset: i64, device: Device) -> Self {
        let shape = tensor.size();
        let channels_last = shape.len() == 4 && device == Device::Cpu;
        Self { offset, count: tensor.numel() as i64, shape, channels_last }
    }

    /// The tensor that lies here in `flat`, in its own shape.
    pub fn of(&self, flat: &Tensor) -> Tensor {
        let stretch = flat.narrow(0, self.offset, self.count);
        match self.shape[..] {
            [outer, inner, height, width] if self.channels_last => {
                stretch.view([outer, height, width, inner]).permute([0, 3, 1, 2])
            }
            _ => stretch.view(&self.shape[..]),
        }
    }

    /// The numbers of a tensor of this shape, such as a gradient, in the order of the flat buffer; not copied where they
    /// lie so already.
    pub fn flattened(&self, tensor: &Tensor) -> Tensor {
        if self.channels_last { tensor.permute([0, 2, 3, 1]).reshape([-1]) } else { tensor.reshape([-1]) }
    }

    /// The tensor that lies in `usual` in the usual order, channels before rows and columns.
    fn of_usual(&self, usual: &Tensor) -> Tensor {
        usual.narrow(0, self.offset, self.count).view(&self.shape[..])
    }
}

/// A copy of a flat buffer with every tensor in the usual order, as checkpoints have it.
pub fn to_usual_order(flat: &Tensor, places: &[Place]) -> Tensor {
    let usual = flat.zeros_like();
    for place in places {
        place.of_usual(&usual).copy_(&place.of(flat));
    }
    usual
}

/// Fills a flat buffer from one in the usual order.
pub fn from_usual_order(flat: &Tensor, usual: &Tensor, places: &[Place]) {
    for place in places {
        place.of(flat).copy_(&place.of_usual(usual));
    }
}

/// All tensors of a network.
#[derive(Debug)]
pub struct Weights {
    device: Device,
    entries: Vec<Entry>,
    groups: Vec<Group>,
}

impl Weights {
    pub fn device(&self) -> Device {
        self.device
    }

    /// In the order they were made.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The network itself; for a GAN the discriminator is the second.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Trainable numbers of the first group: a GAN's discriminator is not part of the model one keeps.
    pub fn parameter_count(&self) -> u64 {
        self.groups.first().map_or(0, |group| group.parameters.iter().map(|p| p.place.count as u64).sum())
    }

    /// True when no NaN or infinity is among the numbers, running statistics included.
    pub fn is_finite(&self) -> bool {
        let _guard = no_grad_guard();
        let flat = self.groups.iter().map(|group| group.flat.shallow_clone());
        let rest = self.entries.iter().filter(|entry| !entry.trainable).map(|entry| entry.tensor.shallow_clone());
        flat.chain(rest).all(|tensor| tensor.sum(Kind::Float).double_value(&[]).is_finite())
    }
}

/// Makes a network's tensors, one after the other, from a seed.
#[derive(Debug)]
pub struct Builder {
    device: Device,
    random: ChaCha8Rng,
    made: Vec<(usize, Entry)>,
    group: usize,
}

impl Builder {
    pub fn new(device: Device, seed: u64) -> Self {
        Self { device, random: ChaCha8Rng::seed_from_u64(seed), made: Vec::new(), group: 0 }
    }

    pub fn device(&self) -> Device {
        self.device
    }

    /// What is made from here on belongs to a second network with an optimiser of its own.
    pub fn next_group(&mut self) {
        self.group += 1;
    }

    /// Uniform in ±`bound`.
    pub fn uniform(&mut self, name: String, shape: &[i64], bound: f64) -> Tensor {
        let values = self.drawn(shape, bound);
        self.keep(name, &values, true)
    }

    /// The same value everywhere.
    pub fn constant(&mut self, name: String, shape: &[i64], value: f64) -> Tensor {
        self.keep(name, &Tensor::full(shape, value, (Kind::Float, Device::Cpu)), true)
    }

    /// A running statistic: saved, moved by the forward pass, not by the optimiser.
    pub fn statistic(&mut self, name: String, shape: &[i64], value: f64) -> Tensor {
        self.keep(name, &Tensor::full(shape, value, (Kind::Float, Device::Cpu)), false)
    }

    /// [`Builder::statistic`] that begins uniform in ±`bound`.
    pub fn random_statistic(&mut self, name: String, shape: &[i64], bound: f64) -> Tensor {
        let values = self.drawn(shape, bound);
        self.keep(name, &values, false)
    }

    fn drawn(&mut self, shape: &[i64], bound: f64) -> Tensor {
        let count = shape.iter().product::<i64>() as usize;
        let bound = bound as f32;
        let values: Vec<f32> = (0..count).map(|_| (self.random.random::<f32>() * 2.0 - 1.0) * bound).collect();
        Tensor::from_slice(&values).reshape(shape)
    }

    fn keep(&mut self, name: String, values: &Tensor, trainable: bool) -> Tensor {
        let tensor = values.to_device(self.device);
        let kept = Entry { name, tensor: tensor.shallow_clone(), trainable };
        self.made.push((self.group, kept));
        tensor
    }

    /// Moves all trainable tensors into flat buffers. Handles given out before keep pointing at them.
    pub fn finish(self) -> Weights {
        let _guard = no_grad_guard();
        let groups = (0..=self.group)
            .map(|group| {
                let members = self.made.iter().filter(|(of, entry)| *of == group && entry.trainable);
                flatten(members.map(|(_, entry)| &entry.tensor), self.device)
            })
            .collect();
        Weights { device: self.device, entries: self.made.into_iter().map(|(_, entry)| entry).collect(), groups }
    }
}

fn flatten<'a>(tensors: impl Iterator<Item = &'a Tensor>, device: Device) -> Group {
    let mut parameters = Vec::new();
    let mut total = 0;
    for tensor in tensors {
        let place = Place::new(tensor, total, device);
        total += (place.count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        parameters.push(Parameter { tensor: tensor.shallow_clone(), place });
    }
    let flat = Tensor::zeros([total], (Kind::Float, device));
    for parameter in &mut parameters {
        let mut view = parameter.place.of(&flat);
        view.copy_(&parameter.tensor);
        // All handles share one tensor object; this points it at the flat buffer.
        parameter.tensor.set_data(&view);
        parameter.tensor = parameter.tensor.set_requires_grad(true);
    }
    Group { flat, parameters }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_see_the_flat_buffer() {
        let mut builder = Builder::new(Device::Cpu, 1);
        let first = builder.uniform("a".to_owned(), &[3, 5], 1.0);
        let statistic = builder.statistic("s".to_owned(), &[4], 1.0);
        let second = builder.constant("b".to_owned(), &[2], 7.0);
        let before = Vec::<f32>::try_from(first.reshape([-1])).unwrap();
        let weights = builder.finish();
        assert_eq!(Vec::<f32>::try_from(first.detach().reshape([-1])).unwrap(), before);
        assert_eq!((weights.groups().len(), weights.parameter_count()), (1, 17));
        assert!(first.requires_grad() && second.requires_grad() && !statistic.requires_grad());
        let _guard = no_grad_guard();
        let _ = weights.groups()[0].flat.shallow_clone().fill_(2.5);
        assert!(Vec::<f32>::try_from(first.detach().reshape([-1])).unwrap().iter().all(|&value| value == 2.5));
        assert!(Vec::<f32>::try_from(second.detach()).unwrap().iter().all(|&value| value == 2.5));
        assert!(weights.is_finite());
        let _ = weights.groups()[0].flat.shallow_clone().fill_(f64::NAN);
        assert!(!weights.is_finite());
    }

    #[test]
    fn kernels_lie_with_their_channels_last_on_a_processor() {
        let mut builder = Builder::new(Device::Cpu, 1);
        let _bias = builder.uniform("bias".to_owned(), &[3], 1.0);
        let kernel = builder.uniform("kernel".to_owned(), &[2, 3, 4, 5], 1.0);
        let before = kernel.copy();
        let weights = builder.finish();
        let _guard = no_grad_guard();
        assert_eq!((kernel.size(), kernel.stride()), (vec![2, 3, 4, 5], vec![60, 1, 15, 3]));
        assert!(kernel.equal(&before));
        let group = &weights.groups()[0];
        let places: Vec<Place> = group.parameters.iter().map(|parameter| parameter.place.clone()).collect();
        assert!(places[1].flattened(&before).equal(&group.flat.narrow(0, places[1].offset, places[1].count)));
        let usual = to_usual_order(&group.flat, &places);
        assert!(usual.narrow(0, places[1].offset, places[1].count).equal(&before.reshape([-1])));
        let again = group.flat.zeros_like();
        from_usual_order(&again, &usual, &places);
        assert!(again.equal(&group.flat));
    }

    #[test]
    fn the_seed_decides() {
        let make = |seed| {
            let mut builder = Builder::new(Device::Cpu, seed);
            Vec::<f32>::try_from(builder.uniform("a".to_owned(), &[9], 0.5)).unwrap()
        };
        assert_eq!(make(3), make(3));
        assert_ne!(make(3), make(4));
        assert!(make(3).iter().all(|value| value.abs() <= 0.5));
    }
}
