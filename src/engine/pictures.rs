//! Threads that read image files for display: cases first, then a run's film, then thumbnails, nearest request first.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure::guarded;
use super::film;
use super::machine::{self, Niceness};
use super::message::{CaseImage, EngineEvent};
use super::painted::LastPainted;
use super::shared::Shared;
use crate::domain::{CaseRef, GrayImage, SampleId};
use crate::error::{Error, Result};
use crate::imaging::{self, Decoded};

/// A case is shown at no more than this many pixels a side.
const CASE_SIDE: u32 = 1024;
/// A grid asks for what is in view; more than this is old.
const MOST_CASES: usize = 32;

/// What the window asked for and has not got.
#[derive(Default)]
pub(crate) struct Pictures {
    cases: VecDeque<CaseRef>,
    /// The folder of a run.
    film: Option<PathBuf>,
    thumbnails: VecDeque<SampleId>,
    side: u32,
}

enum Picture {
    Case(CaseRef),
    Film(PathBuf),
    Thumbnail(SampleId, u32),
}

impl Pictures {
    /// The newest case is wanted first.
    pub fn want_case(&mut self, case: CaseRef) {
        // Of painted images only the newest is looked at: while a slider is dragged there is one a frame.
        let painted = !case.lesions().is_empty();
        self.cases.retain(|waiting| *waiting != case && (!painted || waiting.lesions().is_empty()));
        self.cases.push_front(case);
        self.cases.truncate(MOST_CASES);
    }

    /// Nobody looks at two films.
    pub fn want_film(&mut self, folder: PathBuf) {
        self.film = Some(folder);
    }

    /// Replaces what was asked for before.
    pub fn want_thumbnails(&mut self, samples: Vec<SampleId>, side: u32) {
        self.thumbnails = samples.into();
        self.side = side;
    }

    /// Forgets what was asked for about a data set that another one replaces.
    pub fn forget_samples(&mut self) {
        self.cases.retain(|case| matches!(case.original(), CaseRef::File(_)));
        self.thumbnails.clear();
    }

    fn next(&mut self) -> Option<Picture> {
        if let Some(case) = self.cases.pop_front() {
            return Some(Picture::Case(case));
        }
        if let Some(folder) = self.film.take() {
            return Some(Picture::Film(folder));
        }
        self.thumbnails.pop_front().map(|sample| Picture::Thumbnail(sample, self.side))
    }
}

/// One of the threads: until the engine closes.
pub(crate) fn run(shared: &Shared) {
    machine::yield_to_window(Niceness::Interactive);
    let mut last_painted = LastPainted::default();
    while let Some(picture) = shared.pictures.take(Pictures::next) {
        match picture {
            Picture::Case(CaseRef::File(path)) => {
                let image = guarded(|| Ok(case_image(imaging::read_image(&path)?, &path)));
                shared.outbox.send(case_event(CaseRef::File(path), image));
            }
            Picture::Case(CaseRef::Sample(id)) => show_sample(shared, id),
            Picture::Film(folder) => show_film(shared, folder),
            Picture::Case(CaseRef::Painted(painted)) => last_painted.show(shared, &painted),
            Picture::Thumbnail(id, side) => show_thumbnail(shared, id, side),
        }
    }
}

fn show_sample(shared: &Shared, id: SampleId) {
    let case = CaseRef::Sample(id);
    let Some(data) = shared.open_data() else {
        let error = Error::Other("No data set is open.".to_owned());
        return shared.outbox.send(case_event(case, Err(error)));
    };
    let image = guarded(|| Ok(case_image(data.read(id)?, data.path(id).unwrap_or(Path::new("")))));
    shared.send_about(&data, case_event(case, image));
}

fn show_thumbnail(shared: &Shared, id: SampleId, side: u32) {
    let Some(data) = shared.open_data() else { return };
    match guarded(|| data.thumbnail(id, side)) {
        Ok(image) => shared.send_about(&data, EngineEvent::Thumbnail { sample: id, image: Arc::new(image) }),
        // Only pictures larger than those in memory read their file; opening the sample says what is wrong with it.
        Err(error) => tracing::warn!(%error, "no thumbnail"),
    }
}

fn show_film(shared: &Shared, folder: PathBuf) {
    let rows = match guarded(|| film::read(&folder)) {
        Ok(film::Film { rows, damaged }) => {
            if let Some(first) = damaged.first() {
                let more = match damaged.len() - 1 {
                    0 => String::new(),
                    more => format!(" ({more} more cannot be read either)"),
                };
                shared.notice(None, &format!("A picture that a run kept cannot be read: {first}{more}"));
            }
            rows
        }
        Err(error) => {
            shared.notice(None, &format!("The pictures that a run kept cannot be read: {error}"));
            Vec::new()
        }
    };
    shared.outbox.send(EngineEvent::FilmLoaded { folder, rows: Arc::new(rows) });
}

pub(super) fn case_event(case: CaseRef, image: Result<CaseImage>) -> EngineEvent {
    match image {
        Ok(image) => EngineEvent::CaseLoaded { case, image: Arc::new(image) },
        Err(error) => EngineEvent::CaseFailed { case, model: None, error: error.into() },
    }
}

pub(super) fn case_image(decoded: Decoded, path: &Path) -> CaseImage {
    let (stored_width, stored_height) = (decoded.image.width, decoded.image.height);
    let file_name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    CaseImage {
        image: fit_within(decoded.image),
        stored_width,
        stored_height,
        depth: decoded.depth,
        file_name,
        outline: Arc::default(),
    }
}

/// Shrinks an image whose longer side is more than is shown; keeps its shape.
pub(super) fn fit_within(image: GrayImage) -> GrayImage {
    let longer = image.width.max(image.height);
    if longer <= CASE_SIDE {
        return image;
    }
    let scaled = |side: u32| (u64::from(side) * u64::from(CASE_SIDE) / u64::from(longer)).max(1) as u32;
    imaging::resize(&image, scaled(image.width), scaled(image.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_come_before_thumbnails_and_the_newest_first() {
        let mut pictures = Pictures::default();
        pictures.want_thumbnails(vec![SampleId(1), SampleId(2)], 80);
        pictures.want_case(CaseRef::Sample(SampleId(3)));
        pictures.want_case(CaseRef::Sample(SampleId(4)));
        pictures.want_case(CaseRef::Sample(SampleId(3)));
        pictures.want_film("a".into());
        pictures.want_film("b".into());
        let order: Vec<u32> = std::iter::from_fn(|| pictures.next())
            .map(|picture| match picture {
                Picture::Case(CaseRef::Sample(id)) => id.0,
                Picture::Film(folder) => {
                    if folder == Path::new("b") {
                        50
                    } else {
                        51
                    }
                }
                Picture::Thumbnail(id, 80) => id.0 + 100,
                _ => panic!("nothing else was asked for"),
            })
            .collect();
        assert_eq!(order, [3, 4, 50, 101, 102]);
    }

    #[test]
    fn another_data_set_forgets_samples_and_keeps_files() {
        let mut pictures = Pictures::default();
        pictures.want_thumbnails(vec![SampleId(1)], 80);
        pictures.want_case(CaseRef::Sample(SampleId(3)));
        pictures.want_case(CaseRef::File("a.png".into()));
        pictures.forget_samples();
        assert!(matches!(pictures.next(), Some(Picture::Case(CaseRef::File(_)))));
        assert!(pictures.next().is_none());
    }

    #[test]
    fn a_new_request_replaces_the_old_one() {
        let mut pictures = Pictures::default();
        pictures.want_thumbnails(vec![SampleId(1)], 80);
        pictures.want_thumbnails(vec![SampleId(2)], 40);
        assert!(matches!(pictures.next(), Some(Picture::Thumbnail(SampleId(2), 40))));
        assert!(pictures.next().is_none());
    }
}
