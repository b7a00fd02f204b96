//! Checkpoints: safetensors written and read with every length, shape, type and number checked.
//!
//! The file may come from anywhere, so reading trusts nothing: the header is capped, every tensor must be one that the
//! architecture has, of its shape, in 32-bit floats, and finite. Nothing in the format can execute.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::{Dtype, SafeTensors, View};
use serde_json::Value;
use tch::{Device, Kind, Tensor, no_grad_guard};

use super::optimizer::Adam;
use super::weights::Weights;
use crate::error::{Error, Result};

/// Longest header accepted. Ours have about 100 bytes a tensor.
const HEADER_LIMIT: u64 = 1 << 20;
/// Longest file accepted.
const FILE_LIMIT: u64 = 4 << 30;
/// Length of the number at the file's beginning: how long the header behind it is.
const LENGTH_BYTES: usize = 8;
/// Under this the header has the words beside the tensors.
const METADATA_KEY: &str = "__metadata__";
const FORMAT_KEY: &str = "format";
const FORMAT: &str = "neuroscan-1";
const OPTIMIZER_PREFIX: &str = "optimizer.";

/// A few words beside the tensors: architecture, epoch, whatever the writer needs to go on.
pub type Metadata = HashMap<String, String>;

/// The file's bytes: weights, and the optimisers' state where given. The same of the same, so that files can be compared by
/// their hash.
pub fn encode(weights: &Weights, optimizers: &[Adam], metadata: &Metadata) -> Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for entry in weights.entries() {
        tensors.push((entry.name.clone(), Bytes::of(&entry.tensor)?));
    }
    let mut metadata = metadata.clone();
    metadata.insert(FORMAT_KEY.to_owned(), FORMAT.to_owned());
    for (index, adam) in optimizers.iter().enumerate() {
        for (moment, tensor) in (1..).zip(adam.moments()) {
            tensors.push((moment_name(index, moment), Bytes::of(&tensor)?));
        }
        metadata.insert(steps_key(index), adam.steps().to_string());
    }
    let mut bytes = safetensors::serialize(tensors, Some(metadata)).map_err(|error| unwritable(&error))?;
    sort_header(&mut bytes)?;
    Ok(bytes)
}

/// Puts the header in order: `safetensors` writes the words as its hash map has them, which differs from one time to the next.
fn sort_header(bytes: &mut Vec<u8>) -> Result<()> {
    let none = || unwritable(&"it has no header");
    let length = bytes.first_chunk().map(|head| u64::from_le_bytes(*head)).ok_or_else(none)?;
    let end = LENGTH_BYTES + length as usize;
    let header = bytes.get(LENGTH_BYTES..end).ok_or_else(none)?;
    let mut entries: BTreeMap<String, Value> = serde_json::from_slice(header).map_err(|error| unwritable(&error))?;
    if let Some(Value::Object(words)) = entries.get_mut(METADATA_KEY) {
        words.sort_keys();
    }
    let mut sorted = serde_json::to_vec(&entries).map_err(|error| unwritable(&error))?;
    // Tensors begin at a multiple of eight bytes, as the format asks.
    sorted.resize(sorted.len().next_multiple_of(LENGTH_BYTES), b' ');
    let length = (sorted.len() as u64).to_le_bytes();
    bytes.splice(..end, length.into_iter().chain(sorted));
    Ok(())
}

fn unwritable(error: &dyn std::fmt::Display) -> Error {
    Error::Other(format!("cannot put the checkpoint together: {error}"))
}

/// Reads weights, and the optimisers' state where wanted, from the bytes of a checkpoint. `path` is for messages.
/// Nothing is changed unless all of it is good.
///
/// # Errors
/// `Error::Checkpoint`, naming the file and the tensor.
pub fn decode(bytes: &[u8], weights: &Weights, optimizers: &mut [Adam], path: &Path) -> Result<Metadata> {
    let (file, metadata) = open(bytes, path)?;
    let mut read = Vec::with_capacity(weights.entries().len());
    for entry in weights.entries() {
        read.push(tensor(&file, &entry.name, &entry.tensor.size(), path)?);
    }
    let mut states = Vec::with_capacity(optimizers.len());
    for (index, adam) in optimizers.iter().enumerate() {
        let shape = [adam.length()];
        let first = tensor(&file, &moment_name(index, 1), &shape, path)?;
        let second = tensor(&file, &moment_name(index, 2), &shape, path)?;
        let steps = metadata.get(&steps_key(index)).and_then(|text| text.parse().ok());
        let steps = steps.ok_or_else(|| damaged("the optimiser's step count is missing", path))?;
        states.push((steps, first, second));
    }
    let known =
        |name: &str| weights.entries().iter().any(|entry| entry.name == name) || name.starts_with(OPTIMIZER_PREFIX);
    if let Some(stranger) = file.names().iter().find(|name| !known(name)) {
        return Err(damaged(&format!("the checkpoint has a tensor {stranger} that this model lacks"), path));
    }
    let _guard = no_grad_guard();
    for (entry, values) in weights.entries().iter().zip(&read) {
        entry.tensor.shallow_clone().copy_(values);
    }
    for (adam, (steps, first, second)) in optimizers.iter_mut().zip(states) {
        adam.restore(steps, &first, &second);
    }
    Ok(metadata)
}

/// Reads a checkpoint file into a network's weights.
///
/// # Errors
/// `Error::Io` when it cannot be read, `Error::Checkpoint` when it is not this architecture's.
pub fn load(path: &Path, weights: &Weights) -> Result<Metadata> {
    load_with(path, weights, &mut [])
}

/// [`load`], and the optimisers' state too.
pub fn load_with(path: &Path, weights: &Weights, optimizers: &mut [Adam]) -> Result<Metadata> {
    decode(&read(path)?, weights, optimizers, path)
}

/// The words in a checkpoint, without its tensors.
pub fn metadata(path: &Path) -> Result<Metadata> {
    Ok(open(&read(path)?, path)?.1)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    if path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("safetensors")) {
        return Err(damaged("only .safetensors checkpoints can be read", path));
    }
    let length = std::fs::metadata(path).map_err(Error::io("read", path))?.len();
    if length > FILE_LIMIT {
        return Err(damaged("the checkpoint is larger than 4 GiB", path));
    }
    std::fs::read(path).map_err(Error::io("read", path))
}

fn open<'a>(bytes: &'a [u8], path: &Path) -> Result<(SafeTensors<'a>, Metadata)> {
    let length = bytes.first_chunk().map(|head| u64::from_le_bytes(*head));
    let length = length.ok_or_else(|| damaged("the checkpoint is cut short", path))?;
    if length > HEADER_LIMIT {
        return Err(damaged("this is not a safetensors file: its header is too long", path));
    }
    let explain = |error| damaged(&format!("the checkpoint is damaged ({error})"), path);
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(explain)?;
    let file = SafeTensors::deserialize(bytes).map_err(explain)?;
    let metadata = header.metadata().clone().unwrap_or_default();
    if metadata.get(FORMAT_KEY).map(String::as_str) != Some(FORMAT) {
        return Err(damaged("the checkpoint was not written by NeuroScan", path));
    }
    Ok((file, metadata))
}

fn tensor(file: &SafeTensors, name: &str, shape: &[i64], path: &Path) -> Result<Tensor> {
    let view = file.tensor(name).map_err(|_| damaged(&format!("the checkpoint lacks tensor {name}"), path))?;
    if view.dtype() != Dtype::F32 {
        return Err(damaged(&format!("tensor {name} has type {} instead of F32", view.dtype()), path));
    }
    let found: Vec<i64> = view.shape().iter().map(|&side| side as i64).collect();
    if found != shape {
        return Err(damaged(&format!("tensor {name} has shape {found:?} instead of {shape:?}"), path));
    }
    let finite = |chunk: &[u8]| chunk.try_into().is_ok_and(|bytes| f32::from_le_bytes(bytes).is_finite());
    if !view.data().chunks_exact(size_of::<f32>()).all(finite) {
        return Err(damaged(&format!("tensor {name} has a NaN or an infinity"), path));
    }
    Ok(Tensor::from_data_size(view.data(), shape, Kind::Float))
}

fn damaged(message: &str, path: &Path) -> Error {
    Error::Checkpoint { message: message.to_owned(), path: path.to_path_buf() }
}

fn moment_name(group: usize, moment: usize) -> String {
    format!("{OPTIMIZER_PREFIX}{group}.moment{moment}")
}

fn steps_key(group: usize) -> String {
    format!("{OPTIMIZER_PREFIX}{group}.steps")
}

/// A tensor's values in main memory.
struct Bytes {
    shape: Vec<usize>,
    values: Vec<u8>,
}

impl Bytes {
    fn of(tensor: &Tensor) -> Result<Self> {
        let _guard = no_grad_guard();
        let tensor = tensor.detach().to_device(Device::Cpu).contiguous();
        let count = tensor.numel();
        let mut values = vec![0; count * size_of::<f32>()];
        let copied = tensor.f_copy_data_u8(&mut values, count);
        copied.map_err(|error| super::guard::torch_error(&error, tensor.device(), 1))?;
        Ok(Self { shape: tensor.size().iter().map(|&side| side as usize).collect(), values })
    }
}

impl View for Bytes {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.values)
    }

    fn data_len(&self) -> usize {
        self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, Preset, TrainingSettings};
    use crate::models;

    #[test]
    fn the_same_is_written_to_the_same_bytes_and_read_back() {
        let mut settings = TrainingSettings::preset(Architecture::Autoencoder, Preset::Custom);
        settings.preprocessing.image_size = 32;
        settings.channels = vec![4, 8];
        let network = models::build(&settings, Device::Cpu).unwrap();
        let adams = Adam::for_weights(network.weights());
        let words = || (0..9).map(|key| (format!("key {key}"), format!("\"{key}\" \u{e9}"))).collect::<Metadata>();
        let first = encode(network.weights(), &adams, &words()).unwrap();
        for _ in 0..8 {
            assert!(encode(network.weights(), &adams, &words()).unwrap() == first, "another order");
        }
        let before: Vec<Tensor> = network.weights().entries().iter().map(|entry| entry.tensor.copy()).collect();
        let read =
            decode(&first, network.weights(), &mut Adam::for_weights(network.weights()), Path::new("x")).unwrap();
        assert!(words().iter().all(|(key, value)| read.get(key) == Some(value)), "{read:?}");
        assert!(network.weights().entries().iter().zip(&before).all(|(entry, before)| entry.tensor.equal(before)));
    }
}
