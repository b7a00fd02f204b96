//! How a command ends when it is not done.

use serde_json::{Value, json};

use crate::engine::message::Failure;
use crate::error::Error;

/// Result of a command or a part of it.
pub(super) type Result<T> = std::result::Result<T, Ended>;

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Ended {
    /// Exit code 1.
    Failed(Failure),
    /// Exit code 2: the command line asks for what cannot be.
    Usage(String),
    /// Exit code 130: Ctrl-C, or the system asked the program to end.
    Interrupted {
        /// The last event with `--json`: a failure that says more.
        event: Value,
        message: String,
    },
}

impl Ended {
    /// Nothing is left behind that could go on.
    pub fn interrupted() -> Self {
        let event = json!({ "event": "failed", "error": "interrupted", "interrupted": true });
        Self::Interrupted { event, message: "Interrupted.".to_owned() }
    }

    pub fn failed(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Failed(Failure { message: message.into(), advice: advice.into() })
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Interrupted { .. } => 130,
        }
    }
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        match error {
            Error::Cancelled => Self::interrupted(),
            error => Self::Failed(error.into()),
        }
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
