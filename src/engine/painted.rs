//! Images with lesions painted onto them: read once, painted once for all who look.

use std::sync::Arc;

use super::failure::guarded;
use super::message::EngineEvent;
use super::pictures::{case_event, case_image};
use super::shared::Shared;
use super::source::Source;
use crate::domain::{CaseRef, GrayImage, Lesion, PaintedCase};
use crate::error::Result;
use crate::imaging::lesion::{Painted, outline, paint};
use crate::imaging::{self, Decoded};

/// One image, and what was painted onto it last, so that every model after the first gets it at once.
#[derive(Default)]
pub(super) struct Easel {
    original: Option<GrayImage>,
    painted: Option<(Vec<Lesion>, Painted)>,
}

impl Easel {
    /// With the image on it already.
    pub fn with(original: GrayImage) -> Self {
        Self { original: Some(original), painted: None }
    }

    /// The image with these lesions. `read` is called for the first ones only.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn paint(&mut self, lesions: &[Lesion], read: impl FnOnce() -> Result<GrayImage>) -> Result<&Painted> {
        let original = match self.original.take() {
            Some(original) => original,
            None => read()?,
        };
        let painted = match self.painted.take() {
            Some((known, painted)) if known == lesions => painted,
            _ => paint(&original, lesions),
        };
        self.original = Some(original);
        Ok(&self.painted.insert((lesions.to_vec(), painted)).1)
    }
}

/// The image that was painted onto last, as one of the threads for pictures has read it.
#[derive(Default)]
pub(super) struct LastPainted {
    read: Option<Read>,
}

struct Read {
    source: Source,
    decoded: Decoded,
}

impl LastPainted {
    /// Reads the image unless it is the last one, paints it and tells.
    pub fn show(&mut self, shared: &Shared, painted: &Arc<PaintedCase>) {
        let case = CaseRef::Painted(Arc::clone(painted));
        let event = guarded(|| self.event(shared, &case)).unwrap_or_else(|error| case_event(case, Err(error)));
        match &self.read {
            Some(read) => read.source.send_about(shared, event),
            None => shared.outbox.send(event),
        }
    }

    fn event(&mut self, shared: &Shared, case: &CaseRef) -> Result<EngineEvent> {
        let source = Source::of(case, shared)?;
        let read = match self.read.take() {
            Some(read) if read.source.is(&source) => read,
            _ => Read { decoded: imaging::read_image(source.path())?, source },
        };
        let Decoded { image, depth, format } = &read.decoded;
        let Painted { image, mask } = paint(image, case.lesions());
        let decoded = Decoded { image, depth: depth.clone(), format: format.clone() };
        let mut shown = case_image(decoded, read.source.path());
        shown.outline = Arc::new(outline(&mask));
        self.read = Some(read);
        Ok(case_event(case.clone(), Ok(shown)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LesionKind;
    use crate::error::Error;
    use crate::imaging::lesion::place;

    #[test]
    fn an_image_is_read_once_and_painted_anew_for_other_lesions() {
        let image = || GrayImage::new(60, 60, (0..3600u16).map(|i| if i % 60 < 40 { 50 } else { 200 }).collect());
        let mut easel = Easel::default();
        let soft = place(LesionKind::SoftOpacity, 1);
        let first = easel.paint(&[soft], || Ok(image())).unwrap().clone();
        let not_again = || Err(Error::Other("read twice".to_owned()));
        assert_eq!(*easel.paint(&[soft], not_again).unwrap(), first);
        let other = place(LesionKind::Effusion, 1);
        assert_ne!(*easel.paint(&[other], not_again).unwrap(), first);
        assert_eq!(*easel.paint(&[soft], not_again).unwrap(), first);
        let mut unread = Easel::default();
        assert!(unread.paint(&[soft], not_again).is_err());
        assert!(unread.paint(&[soft], || Ok(image())).is_ok(), "may be tried again");
    }
}
