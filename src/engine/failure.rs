//! Errors and panics in words for people.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::message::Failure;
use crate::error::{Error, Result};

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let message = match error {
            Error::Torch { message } => format!("libtorch: {}", first_sentence(message)),
            other => other.to_string(),
        };
        Self { message: capitalised(&message), advice: error.advice() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// Runs `work`; a panic becomes an error, so that the thread goes on.
pub(crate) fn guarded<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(error_of_panic(payload.as_ref())))
}

fn error_of_panic(payload: &(dyn Any + Send)) -> Error {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    // tch unwraps libtorch's errors: `called `Result::unwrap()` on an `Err` value: Torch("…\nException raised from …")`.
    match text.split_once("Torch(\"") {
        Some((_, message)) => Error::Torch { message: first_sentence(&message.replace("\\n", "\n")).to_owned() },
        None => Error::Other(format!("an internal error stopped this: {}", first_sentence(text))),
    }
}

/// libtorch appends a C++ stack trace to what it has to say; only the first sentence is for people.
pub(crate) fn first_sentence(message: &str) -> &str {
    let line = message.trim_start().lines().next().unwrap_or_default();
    let end = line.find(". ").unwrap_or(line.len());
    line[..end].trim_end_matches(['.', '"', ')'])
}

fn capitalised(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtorch_is_cut_to_its_first_sentence() {
        let long = "shape '[2, 3]' is invalid for input of size 5. Try another.\nException raised from view_impl at …";
        assert_eq!(first_sentence(long), "shape '[2, 3]' is invalid for input of size 5");
    }

    #[test]
    fn a_libtorch_panic_becomes_a_torch_error() {
        let payload: Box<dyn Any + Send> = Box::new(String::from(
            r#"called `Result::unwrap()` on an `Err` value: Torch("mat1 and mat2 shapes cannot be multiplied\nException raised from mm")"#,
        ));
        let failure = Failure::from(error_of_panic(payload.as_ref()));
        assert_eq!(failure.message, "Libtorch: mat1 and mat2 shapes cannot be multiplied");
    }

    #[test]
    fn a_panic_becomes_an_error_and_the_caller_goes_on() {
        let result: Result<()> = guarded(|| panic!("index out of bounds"));
        assert!(result.unwrap_err().to_string().contains("index out of bounds"));
        assert_eq!(guarded(|| Ok(1)).unwrap(), 1);
    }

    #[test]
    fn the_advice_comes_along() {
        let error = Error::Diverged { epoch: 3, loss: f64::NAN };
        assert!(Failure::from(&error).advice.contains("learning rate"));
    }
}
