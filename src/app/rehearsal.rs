//! A walk through the screens while a model is trained, for measuring frames.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::frames::FrameMeter;
use crate::domain::{Architecture, JobId, Preset, Split, TrainingSettings};
use crate::engine::message::EngineCommand;
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::state::State;

const A_SCREEN: Duration = Duration::from_millis(700);
/// What is not there by then is done without.
const PATIENCE: Duration = Duration::from_mins(1);
const PINS: usize = 4;

/// What to rehearse.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    measure: Duration,
    /// Where the run that is trained meanwhile goes; `None` trains nothing.
    train_into: Option<PathBuf>,
    stage: Stage,
    since: Instant,
}

#[derive(Clone, Debug)]
enum Stage {
    Opening,
    Starting(JobId),
    Measuring(Option<JobId>),
}

impl Rehearsal {
    /// Measures frames for so long, once the data set is open and, where one is asked for, a training runs.
    pub fn new(measure: Duration, train_into: Option<PathBuf>) -> Self {
        Self { measure, train_into, stage: Stage::Opening, since: Instant::now() }
    }

    /// Does what is due; true when all is measured.
    pub(super) fn step(&mut self, state: &State, frames: &mut FrameMeter, commands: &mut Commands) -> bool {
        let waited = self.since.elapsed();
        match self.stage {
            Stage::Opening if state.findings.is_some() || waited > PATIENCE => match (&state.data, &self.train_into) {
                (Some(data), Some(folder)) => {
                    let job = Commands::new_job();
                    let settings = TrainingSettings {
                        epochs: 5_000,
                        ..TrainingSettings::preset(Architecture::Vae, Preset::Recommended)
                    };
                    let pins = data.ids(Split::Test, None).take(PINS).collect();
                    let out = Some(folder.clone());
                    commands.engine(EngineCommand::Train { job, settings: Box::new(settings), pins, out });
                    self.enter(Stage::Starting(job));
                }
                _ => self.measure_from_now(None, frames),
            },
            Stage::Starting(job) => {
                let learning = state.live_of_job(job).is_some_and(|live| !live.epochs.is_empty());
                if learning || waited > PATIENCE {
                    self.measure_from_now(Some(job), frames);
                }
            }
            Stage::Measuring(job) => {
                let screen = (waited.as_secs_f64() / A_SCREEN.as_secs_f64()) as usize % Screen::ALL.len();
                commands.push(UiCommand::Go(Screen::ALL[screen]));
                if waited > self.measure {
                    if let Some(job) = job {
                        commands.engine(EngineCommand::Stop { job });
                    }
                    return true;
                }
            }
            Stage::Opening => {}
        }
        false
    }

    fn measure_from_now(&mut self, job: Option<JobId>, frames: &mut FrameMeter) {
        frames.restart();
        self.enter(Stage::Measuring(job));
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::message::EngineEvent;
    use crate::ui::state::examples;

    #[test]
    fn it_trains_walks_and_ends() {
        let mut rehearsal = Rehearsal::new(Duration::from_millis(30), Some("/tmp/run".into()));
        let (mut state, mut frames, mut commands) = (State::default(), FrameMeter::default(), Commands::default());
        assert!(!rehearsal.step(&state, &mut frames, &mut commands));
        state.apply(EngineEvent::DataOpened { job: JobId(1), data: examples::data() });
        state.apply(EngineEvent::DataChecked { job: JobId(1), findings: Vec::new().into(), took_secs: 0.1 });
        assert!(!rehearsal.step(&state, &mut frames, &mut commands));
        let asked = commands.drain();
        assert!(matches!(&asked[0], UiCommand::Engine(EngineCommand::Train { .. })), "{asked:?}");
        rehearsal.measure_from_now(Some(JobId(5)), &mut frames);
        assert!(!rehearsal.step(&state, &mut frames, &mut commands));
        std::thread::sleep(Duration::from_millis(40));
        assert!(rehearsal.step(&state, &mut frames, &mut commands));
        assert!(matches!(commands.drain().last(), Some(UiCommand::Engine(EngineCommand::Stop { job: JobId(5) }))));
    }
}
