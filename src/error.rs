//! The one error type of the library, and what to do about each.

use std::path::{Path, PathBuf};

use crate::domain::FieldProblem;

/// Anything that can go wrong, in words for people. The path comes last.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading or writing a file failed.
    #[error("cannot {action}: {source}: {}", path.display())]
    Io { action: &'static str, source: std::io::Error, path: PathBuf },
    /// An image file cannot be used.
    #[error("{reason}: {}", path.display())]
    Image { reason: String, path: PathBuf },
    /// A folder is not a data set, or lacks what the work needs.
    #[error("{message}: {}", path.display())]
    DataSet { message: String, advice: String, path: PathBuf },
    /// A run folder or checkpoint is damaged or of another kind.
    #[error("{message}: {}", path.display())]
    Checkpoint { message: String, path: PathBuf },
    #[error("{}", problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" "))]
    Settings { problems: Vec<FieldProblem> },
    /// libtorch's own words, cut to their first sentence.
    #[error("{message}")]
    Torch { message: String },
    #[error("not enough memory on the {device} for a batch of {batch_size}")]
    OutOfMemory { device: String, batch_size: u32 },
    /// The loss became NaN or exploded.
    #[error("training diverged in epoch {epoch}: the loss became {loss}")]
    Diverged { epoch: u32, loss: f64 },
    /// A training ended early and can be taken up where it was.
    #[error(transparent)]
    BrokenOff(Box<Self>),
    #[error("cancelled")]
    Cancelled,
    #[error("{0}")]
    Other(String),
}

/// Result with the library's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// For `map_err` on I/O results.
    pub fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { action, source, path }
    }

    fn is_full_disk(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull)
    }

    /// What to try; empty when there is nothing better than the message.
    pub fn advice(&self) -> String {
        match self {
            Self::BrokenOff(source) if source.is_full_disk() => {
                "Free some space on that disk, then resume the run: it goes on where it was.".to_owned()
            }
            Self::BrokenOff(source) => {
                format!("{} The run can be resumed: it goes on where it was.", source.advice()).trim_start().to_owned()
            }
            Self::Io { source, .. } => match source.kind() {
                std::io::ErrorKind::StorageFull => "Free some space on that disk and try again.".to_owned(),
                std::io::ErrorKind::PermissionDenied => "Check that you may read and write there.".to_owned(),
                std::io::ErrorKind::NotFound => "It may have been moved or unplugged.".to_owned(),
                _ => String::new(),
            },
            Self::DataSet { advice, .. } => advice.clone(),
            Self::Checkpoint { .. } => "Calibrate it again, choose another model, or train it anew.".to_owned(),
            Self::OutOfMemory { .. } => "Use a smaller batch or image size.".to_owned(),
            Self::Diverged { .. } => "Try a learning rate five times lower.".to_owned(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_training_that_broke_off_is_to_be_resumed_not_tried_again() {
        let broken = |kind: std::io::ErrorKind| {
            let source = Error::io("write", "/runs/a/last.safetensors")(kind.into());
            Error::BrokenOff(Box::new(source))
        };
        let full = broken(std::io::ErrorKind::StorageFull);
        assert!(full.to_string().contains("last.safetensors"), "{full}");
        assert!(full.advice().contains("resume the run") && !full.advice().contains("try again"), "{}", full.advice());
        assert!(broken(std::io::ErrorKind::Other).advice().starts_with("The run can be resumed"));
    }
}
