//! The boundary to libtorch: its panics and messages become errors for people.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use tch::Device;

use crate::error::{Error, Result};

thread_local! {
    static GUARDED: Cell<u32> = const { Cell::new(0) };
}

/// Runs work that calls libtorch. What it throws becomes `Error::OutOfMemory` or `Error::Torch`.
pub fn guarded<T>(device: Device, batch_size: u32, work: impl FnOnce() -> T) -> Result<T> {
    quiet_hook();
    GUARDED.set(GUARDED.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(GUARDED.get() - 1);
    outcome.map_err(|payload| explain(&payload_text(payload.as_ref()), device, batch_size))
}

/// What libtorch said, as an error.
pub fn torch_error(error: &tch::TchError, device: Device, batch_size: u32) -> Error {
    explain(&error.to_string(), device, batch_size)
}

/// A caught panic is reported once, as an error, not on the terminal as well.
fn quiet_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if GUARDED.get() == 0 {
                previous(info);
            }
        }));
    });
}

fn payload_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|&text| text.to_owned())).unwrap_or_default()
}

fn explain(text: &str, device: Device, batch_size: u32) -> Error {
    let lower = text.to_lowercase();
    if ["out of memory", "can't allocate memory", "cannot allocate memory", "bad_alloc"]
        .iter()
        .any(|sign| lower.contains(sign))
    {
        let device = if device.is_cuda() { "GPU" } else { "CPU" };
        return Error::OutOfMemory { device: device.to_owned(), batch_size };
    }
    Error::Torch { message: first_sentence(text) }
}

/// libtorch's own words without the wrapping and the stack trace.
fn first_sentence(text: &str) -> String {
    let start = text.find("Torch(\"").map_or(0, |at| at + "Torch(\"".len());
    let line = text[start..].split(['\n']).next().unwrap_or_default();
    let line = line.split("\\n").next().unwrap_or_default();
    let line = line.strip_prefix("Internal torch error: ").unwrap_or(line);
    let sentence = line.split(". ").next().unwrap_or_default().trim_end_matches(['"', ')', '.']).trim();
    if sentence.is_empty() { "libtorch failed without a message".to_owned() } else { sentence.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Tensor;

    #[test]
    fn a_shape_error_is_one_sentence() {
        let error = guarded(Device::Cpu, 4, || {
            Tensor::from_slice(&[1.0f32, 2.0]).matmul(&Tensor::from_slice(&[1.0f32, 2.0, 3.0]))
        })
        .unwrap_err();
        let Error::Torch { message } = error else { panic!("{error:?}") };
        assert!(!message.contains('\n') && !message.contains("Exception raised"), "{message}");
        assert!(message.contains("size"), "{message}");
    }

    #[test]
    fn memory_is_told_apart() {
        let huge = guarded(Device::Cpu, 8, || Tensor::zeros([1 << 50], (tch::Kind::Float, Device::Cpu)));
        assert!(matches!(huge, Err(Error::OutOfMemory { batch_size: 8, .. })), "{huge:?}");
        let cuda = explain("Torch(\"CUDA out of memory. Tried to allocate 2 GiB\\nmore\")", Device::Cuda(0), 3);
        assert_eq!(cuda.to_string(), "not enough memory on the GPU for a batch of 3");
    }

    #[test]
    fn what_works_passes() {
        assert_eq!(guarded(Device::Cpu, 1, || 5).unwrap(), 5);
    }
}
