//! Numbers and names as this screen writes them.

use crate::domain::{DataSetSummary, Label, Sample, SampleId, thousands};

/// "1 image", "2,345 images".
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// What the diseased class is called: the name of its folder when all lie in one, as in "Pneumonia".
pub fn diseased_word(data: &DataSetSummary) -> String {
    let mut folder = None;
    for sample in data.samples.iter().filter(|sample| sample.label == Some(Label::Diseased)) {
        let of_this = sample.path.rsplit('/').nth(1);
        if of_this.is_none() || folder.is_some_and(|name| Some(name) != of_this) {
            return "Diseased".to_owned();
        }
        folder = of_this;
    }
    match folder {
        Some(name) if name.len() <= 12 && name.chars().all(char::is_alphabetic) => {
            let lower = name.to_lowercase();
            let mut letters = lower.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
        _ => "Diseased".to_owned(),
    }
}

/// "224 × 224", or the range of the longer side where sizes differ.
pub fn sizes(data: &DataSetSummary) -> String {
    let Some(first) = data.samples.first() else { return String::new() };
    if data.samples.iter().all(|sample| (sample.width, sample.height) == (first.width, first.height)) {
        return format!("{} × {}", first.width, first.height);
    }
    let longest = |sample: &Sample| sample.width.max(sample.height);
    let (low, high) = (data.samples.iter().map(longest).min(), data.samples.iter().map(longest).max());
    format!("{}–{} px", low.unwrap_or_default(), high.unwrap_or_default())
}

/// `person100_bacteria_478, test, diseased, 224 × 224`: for tooltips and screen readers.
pub fn describe(data: &DataSetSummary, id: SampleId) -> String {
    let Some(sample) = data.sample(id) else { return String::new() };
    let label = match sample.label {
        Some(Label::Healthy) => ", healthy",
        Some(Label::Diseased) => ", diseased",
        None => "",
    };
    format!("{}, {}{label}, {} × {}", sample.stem(), sample.split.name().to_lowercase(), sample.width, sample.height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::data::fixture;

    #[test]
    fn the_diseased_class_is_called_after_its_folder_where_it_has_one() {
        let mut data = fixture::data();
        assert_eq!(diseased_word(&data), "Pneumonia");
        let last = data.samples.len() - 1;
        data.samples[last].path = "test/COVID/1.png".to_owned();
        assert_eq!(diseased_word(&data), "Diseased");
        data.samples.clear();
        assert_eq!((diseased_word(&data), sizes(&data)), ("Diseased".to_owned(), String::new()));
    }

    #[test]
    fn sizes_are_one_or_a_range() {
        let mut data = fixture::data();
        assert_eq!(sizes(&data), "224 × 224");
        data.samples[0].width = 2890;
        assert_eq!(sizes(&data), "224–2890 px");
        assert_eq!(counted(5840, "image", "images"), "5,840 images");
    }
}
