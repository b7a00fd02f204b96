//! Asking the engine for the thumbnails that a screen has in view and has not got.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use egui::Ui;

use super::State;
use crate::domain::{DataSetSummary, SampleId};
use crate::engine::message::EngineCommand;
use crate::ui::command::Commands;

/// Side of the thumbnails asked for, in pixels: the most for which no file is read.
const SIDE: u32 = 128;

/// Seconds after which unanswered thumbnails are asked for again. Twice as long after every request in vain, because a
/// file that cannot be read stays so and is read anew each time.
const PATIENCE_SECS: f64 = 3.0;

/// So often is the time doubled: 48 seconds at most.
const MOST_DOUBLINGS: u32 = 4;

/// What one screen has asked for. The engine keeps the newest request only, so a screen asks for all that it lacks at once.
#[derive(Debug, Default)]
pub struct ThumbnailRequests {
    /// By the newest request.
    asked: HashSet<SampleId>,
    /// When that was, in seconds.
    at: f64,
    /// How often the same has been asked for in vain.
    repeats: u32,
    /// The frame in which the screen was last drawn.
    frame: u64,
    /// Sample numbers mean other images in another data set.
    data: Weak<DataSetSummary>,
}

impl ThumbnailRequests {
    /// Asks for those of `wanted` that are missing, in their order: at once where the view has moved, again
    /// where the answer is overdue, else not. To be called in every frame that draws the screen.
    pub fn ask(&mut self, ui: &Ui, state: &State, wanted: impl IntoIterator<Item = SampleId>, commands: &mut Commands) {
        let now = ui.input(|input| input.time);
        let samples = self.due(state, wanted, now, ui.ctx().cumulative_frame_nr());
        if !samples.is_empty() {
            commands.engine(EngineCommand::Thumbnails { samples, side: SIDE });
        }
        if !self.asked.is_empty() {
            // Nothing else may draw a frame by then.
            let left_secs = (self.at + self.patience_secs() - now).max(0.1);
            ui.ctx().request_repaint_after(Duration::from_secs_f64(left_secs));
        }
    }

    /// What to ask for at `now` (seconds), in the frame of that number.
    fn due(
        &mut self,
        state: &State,
        wanted: impl IntoIterator<Item = SampleId>,
        now: f64,
        frame: u64,
    ) -> Vec<SampleId> {
        let data = state.data.as_ref().map_or_else(Weak::new, Arc::downgrade);
        // Another screen was drawn meanwhile, whose request has replaced this one's.
        let was_away = frame > self.frame + 1;
        if was_away || !self.data.ptr_eq(&data) {
            *self = Self { data, ..Self::default() };
        }
        self.frame = frame;
        let mut lacking = HashSet::new();
        let missing: Vec<SampleId> = wanted
            .into_iter()
            .filter(|sample| !state.thumbnails.contains_key(sample) && lacking.insert(*sample))
            .collect();
        if missing.is_empty() {
            self.asked.clear();
        } else if !lacking.is_subset(&self.asked) {
            (self.asked, self.at, self.repeats) = (lacking, now, 0);
            return missing;
        } else if now - self.at >= self.patience_secs() {
            (self.asked, self.at, self.repeats) = (lacking, now, self.repeats + 1);
            return missing;
        }
        Vec::new()
    }

    fn patience_secs(&self) -> f64 {
        PATIENCE_SECS * f64::from(1u32 << self.repeats.min(MOST_DOUBLINGS))
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::domain::{GrayImage, JobId};
    use crate::engine::message::EngineEvent;
    use crate::ui::state::examples;

    /// A screen that is drawn frame by frame.
    #[derive(Default)]
    struct Screen {
        requests: ThumbnailRequests,
        state: State,
        frame: u64,
    }

    impl Screen {
        fn open() -> Self {
            let mut screen = Self::default();
            screen.state.apply(EngineEvent::DataOpened { job: JobId(1), data: examples::data() });
            screen
        }

        fn asks(&mut self, wanted: Range<u32>, now: f64) -> Vec<u32> {
            self.frame += 1;
            let due = self.requests.due(&self.state, wanted.map(SampleId), now, self.frame);
            due.into_iter().map(|sample| sample.0).collect()
        }

        fn answer(&mut self, samples: Range<u32>) {
            for sample in samples.map(SampleId) {
                let image = Arc::new(GrayImage::new(1, 1, vec![0]));
                self.state.apply(EngineEvent::Thumbnail { sample, image });
            }
        }
    }

    #[test]
    fn what_is_in_view_is_asked_for_once() {
        let mut screen = Screen::open();
        assert_eq!(screen.asks(0..3, 0.0), [0, 1, 2]);
        assert!(screen.asks(0..3, 0.1).is_empty());
        screen.answer(0..2);
        assert!(screen.asks(0..3, 0.2).is_empty(), "the third is on its way");
        screen.answer(2..3);
        assert!(screen.asks(0..3, 100.0).is_empty() && screen.requests.asked.is_empty());
    }

    #[test]
    fn a_view_that_moves_asks_for_all_it_lacks() {
        let mut screen = Screen::open();
        assert_eq!(screen.asks(0..3, 0.0), [0, 1, 2]);
        screen.answer(0..1);
        assert_eq!(screen.asks(0..4, 0.1), [1, 2, 3], "the new request replaces the old one");
        assert!(screen.asks(1..3, 0.2).is_empty(), "the request covers them");
        let twice = [SampleId(7), SampleId(7), SampleId(8)];
        screen.frame += 1;
        assert_eq!(screen.requests.due(&screen.state, twice, 0.3, screen.frame), [SampleId(7), SampleId(8)]);
    }

    #[test]
    fn what_does_not_come_is_asked_for_again_less_and_less_often() {
        let mut screen = Screen::open();
        let asked: Vec<u32> =
            (0..1_500).filter(|tenth| !screen.asks(4..5, f64::from(*tenth) / 10.0).is_empty()).collect();
        assert_eq!(asked, [0, 30, 90, 210, 450, 930, 1_410]);
        assert_eq!(screen.asks(4..6, 150.0), [4, 5]);
        assert_eq!(screen.asks(4..6, 153.0), [4, 5], "a view that moved begins anew");
    }

    #[test]
    fn a_screen_that_comes_back_asks_at_once() {
        let mut screen = Screen::open();
        assert_eq!(screen.asks(0..1, 0.0), [0]);
        screen.frame += 10;
        assert_eq!(screen.asks(0..1, 0.2), [0]);
    }

    #[test]
    fn another_data_set_is_asked_for_at_once() {
        let mut screen = Screen::open();
        assert_eq!(screen.asks(0..2, 0.0), [0, 1]);
        screen.answer(0..2);
        screen.state.apply(EngineEvent::DataOpened { job: JobId(2), data: examples::data() });
        assert_eq!(screen.asks(0..2, 0.1), [0, 1]);
        assert!(screen.asks(0..0, 0.2).is_empty(), "nothing is wanted");
    }
}
