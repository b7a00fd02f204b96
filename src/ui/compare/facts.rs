//! What is known of a case, in words.

use super::navigation::case_name;
use crate::domain::{Analysis, CaseRef, DataSetSummary, Label, ModelInfo, NoLungs, Preprocessing, Split};
use crate::engine::message::CaseImage;
use crate::ui::state::State;

/// The lines under the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub name: String,
    pub labelled: String,
    pub split: String,
    /// A model shown was trained on it.
    pub seen: bool,
    pub file: String,
    pub models_get: String,
    /// An image from outside the data set.
    pub own: bool,
    /// Why models cannot judge the image.
    pub caution: Option<NoLungs>,
}

impl Facts {
    /// `shown` are the models on screen with their analyses, where these are of this case.
    pub fn of<'a>(
        state: &State,
        case: &CaseRef,
        image: Option<&CaseImage>,
        shown: impl Iterator<Item = (&'a ModelInfo, Option<&'a Analysis>)> + Clone,
    ) -> Self {
        let data = state.data.as_deref();
        let seen_by: Vec<&str> = shown
            .clone()
            .filter(|(_, analysis)| analysis.is_some_and(|analysis| analysis.seen_in_training))
            .map(|(model, _)| model.name.as_str())
            .collect();
        let unfit = |(_, analysis): (_, Option<&Analysis>)| {
            let reason = analysis?.lungs.as_ref().err()?;
            matches!(reason, NoLungs::OtherImage | NoLungs::Flat).then(|| reason.clone())
        };
        let caution = shown.clone().find_map(unfit);
        let answered = shown.clone().any(|(_, analysis)| analysis.is_some());
        Self {
            name: case_name(case.original(), data),
            labelled: labelled(case, data),
            split: split(case, data, &seen_by, answered),
            seen: !seen_by.is_empty(),
            file: image.map_or_else(String::new, |image| {
                format!("{} × {}, {}", image.stored_width, image.stored_height, image.depth)
            }),
            models_get: models_get(shown.map(|(model, _)| model.preprocessing)),
            own: matches!(case.original(), CaseRef::File(_)),
            caution,
        }
    }
}

/// The diseased class as its folder names it: "Pneumonia"; "Diseased" where there are several.
pub fn class_name(data: Option<&DataSetSummary>) -> String {
    let samples = data.map_or(&[][..], |data| &data.samples);
    let diseased = samples.iter().filter(|sample| sample.label == Some(Label::Diseased));
    let mut folders = diseased.map(|sample| sample.path.rsplit('/').nth(1));
    let folder = folders
        .next()
        .flatten()
        .filter(|first| folders.all(|other| other == Some(first)))
        .filter(|folder| folder.chars().all(|c| c.is_alphabetic() || c == ' ' || c == '_'));
    let Some(folder) = folder else { return "Diseased".to_owned() };
    let lower = folder.replace('_', " ").to_lowercase();
    let mut letters = lower.chars();
    letters.next().map_or_else(|| "Diseased".to_owned(), |first| first.to_uppercase().chain(letters).collect())
}

fn labelled(case: &CaseRef, data: Option<&DataSetSummary>) -> String {
    if !case.lesions().is_empty() {
        return format!("{}, with synthetic lesion", labelled(case.original(), data));
    }
    let CaseRef::Sample(id) = case else { return "unknown".to_owned() };
    let Some(sample) = data.and_then(|data| data.sample(*id)) else { return "unknown".to_owned() };
    match sample.label {
        None => "unknown".to_owned(),
        Some(Label::Healthy) => "healthy".to_owned(),
        Some(Label::Diseased) => {
            let class = class_name(data).to_lowercase();
            match sample.finding.as_deref().map(str::to_lowercase) {
                Some(finding) if finding != class => format!("{class}, {finding}"),
                _ => class,
            }
        }
    }
}

fn split(case: &CaseRef, data: Option<&DataSetSummary>, seen_by: &[&str], answered: bool) -> String {
    let place = match case.original() {
        CaseRef::File(_) | CaseRef::Painted(_) => "own image",
        CaseRef::Sample(id) => match data.and_then(|data| data.sample(*id)).map(|sample| sample.split) {
            Some(Split::Train) => "train",
            Some(Split::Validation) => "validation",
            Some(Split::Development) => "development",
            Some(Split::Test) => "test",
            Some(Split::Unlabelled) | None => "none",
        },
    };
    match seen_by {
        [] if answered => format!("{place}, not seen in training"),
        [] => place.to_owned(),
        names => format!("{place}, seen by {}", names.join(", ")),
    }
}

/// "64 × 64, CLAHE"; several where models differ.
fn models_get(all: impl Iterator<Item = Preprocessing>) -> String {
    let mut kinds: Vec<Preprocessing> = Vec::new();
    for how in all {
        if !kinds.contains(&how) {
            kinds.push(how);
        }
    }
    let words: Vec<String> = kinds
        .iter()
        .map(|how| format!("{0} × {0}{1}", how.image_size, if how.clahe { ", CLAHE" } else { "" }))
        .collect();
    words.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::compare::fixture;

    #[test]
    fn a_test_case_says_what_it_is() {
        let state = fixture::state(2);
        let case = fixture::first_case(&state);
        let image = state.cases[&case].as_ref().unwrap();
        let shown = fixture::shown(&state).map(|(model, analysis)| (model, Some(analysis)));
        let facts = Facts::of(&state, &case, Some(image), shown.collect::<Vec<_>>().into_iter());
        assert_eq!(facts.labelled, "pneumonia, bacterial");
        assert_eq!(facts.split, "test, not seen in training");
        assert_eq!(facts.file, "224 × 224, 8 bit");
        assert_eq!(facts.models_get, "64 × 64, CLAHE");
        assert!(!facts.seen);
    }

    #[test]
    fn training_images_name_who_saw_them() {
        let state = fixture::state(2);
        let mut pairs: Vec<_> = fixture::shown(&state).map(|(model, analysis)| (model, analysis.clone())).collect();
        pairs[1].1.seen_in_training = true;
        let shown = pairs.iter().map(|(model, analysis)| (*model, Some(analysis)));
        let facts = Facts::of(&state, &fixture::first_case(&state), None, shown);
        assert_eq!(facts.split, "test, seen by VAE");
        assert!(facts.seen);
    }

    #[test]
    fn an_image_unlike_a_chest_x_ray_has_a_caution() {
        let state = fixture::state(2);
        let case = CaseRef::File("/images/cat.png".into());
        let mut pairs: Vec<_> = fixture::shown(&state).map(|(model, analysis)| (model, analysis.clone())).collect();
        let caution = |pairs: &[(&ModelInfo, Analysis)]| {
            Facts::of(&state, &case, None, pairs.iter().map(|(model, analysis)| (*model, Some(analysis)))).caution
        };
        assert_eq!(caution(&pairs), None);
        pairs[0].1.lungs = Err(NoLungs::OtherImages);
        assert_eq!(caution(&pairs), None, "of a data set that says nothing about lungs, as its benchmark explains");
        pairs[1].1.lungs = Err(NoLungs::OtherImage);
        assert_eq!(caution(&pairs), Some(NoLungs::OtherImage));
        pairs[0].1.lungs = Err(NoLungs::Flat);
        assert_eq!(caution(&pairs), Some(NoLungs::Flat));
    }

    #[test]
    fn an_own_image_has_no_label() {
        let state = fixture::state(0);
        let case = CaseRef::File("/images/mine.png".into());
        let facts = Facts::of(&state, &case, None, std::iter::empty());
        assert_eq!((facts.labelled.as_str(), facts.split.as_str()), ("unknown", "own image"));
        assert_eq!(facts.models_get, "");
        assert_eq!(class_name(None), "Diseased");
    }
}
