//! Run folders: what is in one, written atomically.
//!
//! | file | what |
//! |---|---|
//! | `run.json` | settings, status, data set, versions, when ([`RunRecord`]) |
//! | `split.csv` | path, BLAKE3 and split of every image the run saw |
//! | `epochs.csv` | one row an epoch, all parts of the loss |
//! | `last.safetensors` | weights and optimiser after the last whole epoch: where the run goes on |
//! | `best.safetensors` | weights with the lowest validation error: what is loaded |
//! | `calibration.json` | where healthy images lie for that checkpoint; without it the run cannot be loaded |
//! | `calibrations/` | the same for every score the run can be given, place by place for maps, and the codes of training images |
//! | `metrics.json` | final figures |
//! | `previews/` | the pinned cases: input, reconstruction, map; `cases.csv` names them |
//!
//! An ensemble is a folder beside them, with copies of its members: see `ensemble`.
//!
//! The order in which an epoch is saved makes every moment a good one to be killed in: `epochs.csv`,
//! `last.safetensors`, `best.safetensors`, `run.json`. The second is what counts: rows of the table beyond it are
//! forgotten when the run goes on, and a best checkpoint that is missing is the same as the last.

mod atomic;
pub mod calibrations;
mod ensemble;
mod epochs;
mod files;
mod listing;
mod lock;
mod model;
mod previews;
mod record;
mod writer;

pub use atomic::{check_file, check_folder, write_file};
pub use calibrations::{StoredBank, StoredCodes};
pub use ensemble::{EnsembleDraft, StoredEnsemble, is_ensemble, open_ensemble, write_maps};
pub use listing::{Listing, delete, list, open};
pub use model::{StoredModel, open_model};
pub use previews::{PreviewCases, preview_cases, preview_files};
pub use record::{BatchChange, DataRecord, Resumption, RunRecord, SplitEntry, Versions};
pub use writer::{NewRun, RunWriter};

#[cfg(test)]
mod ensemble_tests;
#[cfg(test)]
mod tests;
