//! The open data set and its thumbnails.

use std::sync::Arc;

use super::State;
use super::compare::{analysis_bytes, is_file};
use super::train::samples_of;
use crate::domain::DataSetSummary;

impl State {
    pub(super) fn data_opened(&mut self, data: Arc<DataSetSummary>) {
        self.log(false, format!("{} opened: {} images in {:.1} s", data.name, data.samples.len(), data.opened_in_secs));
        self.findings = None;
        self.data_failure = None;
        self.thumbnails.clear();
        // Samples are indices into a data set, so what is known of another's no longer holds.
        self.analyses.retain(|(case, _), _| is_file(case));
        self.analysed.retain(|(case, _)| is_file(case));
        self.analysed_bytes = self.analyses.values().map(analysis_bytes).sum();
        self.cases.retain(|case, _| is_file(case));
        self.loaded_cases.retain(is_file);
        self.latents.clear();
        if self.data.as_ref().is_some_and(|open| open.fingerprint != data.fingerprint) {
            self.benchmark_before = self.benchmark.take().or_else(|| self.benchmark_before.take());
            self.groups = None;
        }
        for film in &mut self.films {
            film.samples = samples_of(&film.rows, Some(&*data));
        }
        self.data = Some(data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    use crate::domain::{GrayImage, JobId, JobKind, SampleId};
    use crate::engine::message::EngineEvent;
    use crate::ui::state::ToastMessage;
    use crate::ui::state::examples::{self, analysis, failure, start};

    #[test]
    fn a_failed_folder_is_explained_until_another_is_tried() {
        let mut state = State::default();
        start(&mut state, 1, JobKind::OpenData(PathBuf::from("/tmp")));
        state.apply(EngineEvent::JobFailed { job: JobId(1), error: failure("no images: /tmp") });
        assert_eq!(state.data_failure, Some(failure("no images: /tmp")));
        assert!(matches!(state.unseen.as_slice(), [ToastMessage::Error(_)]));
        assert!(state.log.iter().any(|line| line.warning && line.text.contains("no images")));
        start(&mut state, 2, JobKind::OpenData(PathBuf::from("/home")));
        assert_eq!(state.data_failure, None);
        assert_eq!(state.opening().map(|job| job.id), Some(JobId(2)));
    }

    #[test]
    fn another_data_set_forgets_what_samples_meant() {
        let mut state = State::default();
        state.apply(EngineEvent::DataOpened { job: JobId(1), data: examples::data() });
        state.apply(EngineEvent::Analysed(analysis(3, "vae", 8)));
        let image = Arc::new(GrayImage::new(1, 1, vec![0]));
        state.apply(EngineEvent::Thumbnail { sample: SampleId(3), image });
        state.apply(EngineEvent::DataChecked { job: JobId(1), findings: Arc::default(), took_secs: 1.0 });
        state.apply(EngineEvent::DataOpened { job: JobId(2), data: examples::data() });
        assert!(state.analyses.is_empty() && state.thumbnails.is_empty() && state.findings.is_none());
        assert_eq!(state.analysed_bytes, 0);
    }
}
