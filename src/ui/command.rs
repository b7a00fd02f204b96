//! What the panes ask for. `app` carries it out, in one place, after the frame is laid out.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::{CaseRef, JobId};
use crate::engine::message::EngineCommand;

/// The screens of the rail, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
pub enum Screen {
    #[default]
    Data,
    Train,
    Compare,
    Benchmark,
    Explore,
}

impl Screen {
    pub const ALL: [Self; 5] = [Self::Data, Self::Train, Self::Compare, Self::Benchmark, Self::Explore];

    /// The digit key that shows it.
    pub fn digit(self) -> u8 {
        match self {
            Self::Data => 1,
            Self::Train => 2,
            Self::Compare => 3,
            Self::Benchmark => 4,
            Self::Explore => 5,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Train => "Train",
            Self::Compare => "Compare",
            Self::Benchmark => "Benchmark",
            Self::Explore => "Explore",
        }
    }
}

/// One thing a pane asks for.
#[derive(Clone, Debug)]
pub enum UiCommand {
    Engine(EngineCommand),
    Go(Screen),
    /// Show a case on the Compare screen.
    ShowCase(CaseRef),
    /// Ask for a data-set folder, then open it.
    PickDataFolder,
    /// Ask for image files, then show them on the Compare screen.
    PickImages,
    /// Ask where to save, then save.
    SaveText {
        suggested_name: String,
        text: String,
    },
    /// Ask for a table that sorts images into groups, then read it.
    PickGroups,
    /// Ask for a folder, then write the current benchmark's tables and figures there.
    PickBenchmarkExportFolder,
    /// Ask where to save a picture of a rectangle of the window (logical points), then save it.
    SavePicture {
        suggested_name: String,
        rect: [f32; 4],
    },
    OpenFolderInFileManager(PathBuf),
    SetDarkMode(bool),
    SetTextScale(f32),
    SetPresenter(bool),
    ShowKeys(bool),
    ShowSettings(bool),
    /// A short message at the bottom right.
    Toast(String),
}

/// Collects what the panes of one frame ask for.
#[derive(Debug, Default)]
pub struct Commands {
    queue: Vec<UiCommand>,
}

static NEXT_JOB: AtomicU64 = AtomicU64::new(1);

impl Commands {
    pub fn push(&mut self, command: UiCommand) {
        self.queue.push(command);
    }

    pub fn engine(&mut self, command: EngineCommand) {
        self.queue.push(UiCommand::Engine(command));
    }

    /// A fresh job id, unique in this process.
    pub fn new_job() -> JobId {
        JobId(NEXT_JOB.fetch_add(1, Ordering::Relaxed))
    }

    /// Takes all that was asked for, in order.
    pub fn drain(&mut self) -> Vec<UiCommand> {
        std::mem::take(&mut self.queue)
    }
}
