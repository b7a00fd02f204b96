//! Threads that read image files for display: cases first, then thumbnails, nearest request first.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use super::failure::guarded;
use super::machine;
use super::message::{CaseImage, EngineEvent};
use super::shared::Shared;
use crate::domain::{CaseRef, GrayImage, SampleId};
use crate::error::{Error, Result};
use crate::imaging;

/// A case is shown at no more than this many pixels a side.
const CASE_SIDE: u32 = 1024;
/// A grid asks for what is in view; more than this is old.
const MOST_CASES: usize = 32;

/// What the window asked for and has not got.
#[derive(Default)]
pub(crate) struct Pictures {
    cases: VecDeque<CaseRef>,
    thumbnails: VecDeque<SampleId>,
    side: u32,
}

enum Picture {
    Case(CaseRef),
    Thumbnail(SampleId, u32),
}

impl Pictures {
    /// The newest case is wanted first.
    pub fn want_case(&mut self, case: CaseRef) {
        self.cases.retain(|waiting| *waiting != case);
        self.cases.push_front(case);
        self.cases.truncate(MOST_CASES);
    }

    /// Replaces what was asked for before.
    pub fn want_thumbnails(&mut self, samples: Vec<SampleId>, side: u32) {
        self.thumbnails = samples.into();
        self.side = side;
    }

    fn next(&mut self) -> Option<Picture> {
        if let Some(case) = self.cases.pop_front() {
            return Some(Picture::Case(case));
        }
        self.thumbnails.pop_front().map(|sample| Picture::Thumbnail(sample, self.side))
    }
}

/// One of the threads: until the engine closes.
pub(crate) fn run(shared: &Shared) {
    machine::yield_to_window();
    while let Some(picture) = shared.pictures.take(Pictures::next) {
        match picture {
            Picture::Case(case) => shared.outbox.send(match guarded(|| load_case(shared, &case)) {
                Ok(image) => EngineEvent::CaseLoaded { case, image: Arc::new(image) },
                Err(error) => EngineEvent::CaseFailed { case, model: None, error: error.into() },
            }),
            Picture::Thumbnail(sample, side) => tracing::debug!(?sample, side, "no data set"),
        }
    }
}

/// The file behind a case.
pub(crate) fn path_of(_: &Shared, case: &CaseRef) -> Result<PathBuf> {
    match case {
        CaseRef::File(path) => Ok(path.clone()),
        CaseRef::Sample(_) => Err(Error::Other("No data set is open.".to_owned())),
    }
}

fn load_case(shared: &Shared, case: &CaseRef) -> Result<CaseImage> {
    let path = path_of(shared, case)?;
    let decoded = imaging::read_image(&path)?;
    let (stored_width, stored_height) = (decoded.image.width, decoded.image.height);
    let image = fit_within(decoded.image);
    let file_name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(CaseImage { image, stored_width, stored_height, depth: decoded.depth, file_name })
}

/// Shrinks an image whose longer side is more than is shown; keeps its shape.
fn fit_within(image: GrayImage) -> GrayImage {
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
        let order: Vec<u32> = std::iter::from_fn(|| pictures.next())
            .map(|picture| match picture {
                Picture::Case(CaseRef::Sample(id)) => id.0,
                Picture::Thumbnail(id, 80) => id.0 + 100,
                _ => panic!("nothing else was asked for"),
            })
            .collect();
        assert_eq!(order, [3, 4, 101, 102]);
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
