//! What folder and file names say: class, split, patient, kind of disease.

use crate::domain::Label;

/// Class names that mean healthy, in small letters and without anything but letters and digits.
const HEALTHY: [&str; 14] = [
    "normal",
    "normals",
    "healthy",
    "health",
    "negative",
    "negatives",
    "control",
    "controls",
    "good",
    "clear",
    "undiseased",
    "nondiseased",
    "nonpathological",
    "unremarkable",
];

/// What "no …" has to be followed by to mean healthy.
const ABSENT: [&str; 15] = [
    "finding",
    "findings",
    "tumor",
    "tumors",
    "tumour",
    "tumours",
    "pneumonia",
    "disease",
    "abnormality",
    "abnormalities",
    "lesion",
    "lesions",
    "covid",
    "cancer",
    "tuberculosis",
];

/// Names that are not content: rubbish of operating systems and of archives.
pub(super) fn is_junk(name: &str) -> bool {
    name.starts_with('.')
        || ["__macosx", "@eadir", "$recycle.bin", "system volume information", "thumbs.db", "desktop.ini"]
            .contains(&name.to_lowercase().as_str())
}

/// What a file's ending promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// An image, readable or not.
    Image,
    /// Text, tables, archives, models: not looked at.
    Other,
    /// No ending or an unheard-of one: its first bytes decide.
    Unknown,
}

/// Endings of DICOM files.
const DICOM: [&str; 2] = ["dcm", "dicom"];

/// In small letters.
fn ending(name: &str) -> Option<String> {
    name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase())
}

/// Whether a file's ending promises DICOM.
pub(super) fn is_named_dicom(name: &str) -> bool {
    ending(name).is_some_and(|ending| DICOM.contains(&ending.as_str()))
}

/// Looks at the ending only.
pub(super) fn file_kind(name: &str) -> FileKind {
    const IMAGES: [&str; 25] = [
        "jpg", "jpeg", "jpe", "jfif", "png", "apng", "bmp", "dib", "tif", "tiff", "webp", "gif", "pgm", "ppm", "pnm",
        "pbm", "jp2", "j2k", "jxl", "heic", "heif", "avif", "ico", "tga", "psd",
    ];
    const OTHERS: [&str; 36] = [
        "md",
        "txt",
        "csv",
        "tsv",
        "json",
        "xml",
        "html",
        "htm",
        "pdf",
        "doc",
        "docx",
        "xls",
        "xlsx",
        "zip",
        "gz",
        "tar",
        "tgz",
        "7z",
        "rar",
        "bz2",
        "xz",
        "db",
        "ini",
        "log",
        "yaml",
        "yml",
        "toml",
        "py",
        "ipynb",
        "npy",
        "npz",
        "h5",
        "pt",
        "pth",
        "safetensors",
        "url",
    ];
    let Some(ending) = ending(name) else {
        return FileKind::Unknown;
    };
    if IMAGES.contains(&ending.as_str()) || DICOM.contains(&ending.as_str()) {
        FileKind::Image
    } else if OTHERS.contains(&ending.as_str()) {
        FileKind::Other
    } else {
        FileKind::Unknown
    }
}

/// A split's folder, as data sets in the wild name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SplitFolder {
    Train,
    Test,
    /// `val` and its like: noted, not used.
    Validation,
}

pub(super) fn split_folder(name: &str) -> Option<SplitFolder> {
    match plain(name).as_str() {
        "train" | "training" | "trainset" | "trainingset" => Some(SplitFolder::Train),
        "test" | "testing" | "testset" | "testingset" => Some(SplitFolder::Test),
        "val" | "valid" | "validation" | "validate" | "dev" => Some(SplitFolder::Validation),
        _ => None,
    }
}

/// The label that a class folder's name gives: healthy for `NORMAL`, `notumor`, `No Finding` and the like, else diseased.
pub(super) fn label_of_class(name: &str) -> Label {
    let plain = plain(name);
    let absent = plain.strip_prefix("non").or_else(|| plain.strip_prefix("no")).is_some_and(|rest| {
        ABSENT.contains(&rest) || rest.strip_prefix("n").is_some_and(|rest| ABSENT.contains(&rest))
    });
    let negative = plain.strip_suffix("negative").is_some_and(|disease| ABSENT.contains(&disease));
    if HEALTHY.contains(&plain.as_str()) || absent || negative { Label::Healthy } else { Label::Diseased }
}

/// Small letters and digits only; a leading number as in `0_NORMAL` is dropped where a word follows.
fn plain(name: &str) -> String {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let word = letters.trim_start_matches(|c: char| c.is_ascii_digit());
    if word.is_empty() { letters } else { word.to_owned() }
}

/// The patient, as far as the path tells. The number alone is not one: `IM-0383` and `NORMAL2-IM-0383` are two people,
/// and so are `person100_bacteria` and `person100_virus` (the data set numbers them apart).
///
/// Known: `chest_xray`, NIH ChestX-ray14 (`00000013_005`), `CheXpert` (`patient00001/…`), MIMIC-CXR (`p10000032/…`), and
/// names that begin with `patient`, `subject`, `sub`, `case` or `pat` and a number.
pub fn patient(path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    chest_xray(stem).or_else(|| nih(stem)).or_else(|| path.split('/').find_map(numbered)).or_else(|| numbered(stem))
}

/// `NORMAL2-IM-0383-0001` → `NORMAL2-IM-0383`, `IM-0115-0001` → `IM-0115`, `person100_bacteria_478` → `person100_bacteria`.
fn chest_xray(stem: &str) -> Option<String> {
    if let Some(at) = stem.find("IM-") {
        let prefix = &stem[..at];
        if prefix.is_empty() || prefix.ends_with('-') {
            let number = digits(&stem[at + 3..])?;
            return Some(format!("{prefix}IM-{number}"));
        }
    }
    let number = digits(stem.strip_prefix("person")?)?;
    let kind = stem["person".len() + number.len()..].strip_prefix('_')?.split('_').next()?;
    Some(format!("person{number}_{kind}"))
}

/// `00000013_005` → `00000013`.
fn nih(stem: &str) -> Option<String> {
    let (patient, image) = stem.split_once('_')?;
    let all_digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    (all_digits(patient, 8) && all_digits(image, 3)).then(|| patient.to_owned())
}

/// `patient00001`, `p10000032`, `sub-12_…`: the word and its number.
fn numbered(part: &str) -> Option<String> {
    let lower = part.to_ascii_lowercase();
    for word in ["patient", "subject", "case", "sub", "pat"] {
        if let Some(rest) = lower.strip_prefix(word) {
            let rest = rest.trim_start_matches(['-', '_', ' ']);
            if let Some(number) = digits(rest) {
                return Some(format!("{word}{number}"));
            }
        }
    }
    let number = digits(lower.strip_prefix('p')?)?;
    (number.len() == 8 && lower.len() == 9).then_some(lower)
}

/// The digits that a text begins with; `None` when there are none.
fn digits(text: &str) -> Option<&str> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

/// What the file name says beyond the label.
pub(super) fn finding(path: &str, class: Option<&str>) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    if let Some(word) = words.find(|word| ["bacteria", "bacterial", "virus", "viral"].contains(word)) {
        return Some(if word.starts_with('b') { "bacterial" } else { "viral" }.to_owned());
    }
    class.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patients_keep_their_prefix() {
        for (path, expected) in [
            ("train/NORMAL/IM-0115-0001.jpeg", Some("IM-0115")),
            ("train/NORMAL/IM-0129-0001-0002.jpeg", Some("IM-0129")),
            ("train/NORMAL/NORMAL2-IM-0383-0001.jpeg", Some("NORMAL2-IM-0383")),
            ("test/PNEUMONIA/person100_bacteria_478.jpeg", Some("person100_bacteria")),
            ("test/PNEUMONIA/person1000_virus_1681.jpeg", Some("person1000_virus")),
            ("images/00000013_005.png", Some("00000013")),
            ("train/patient00001/study1/view1_frontal.jpg", Some("patient00001")),
            ("p10/p10000032/s50414267/02aa804e.jpg", Some("p10000032")),
            ("Training/glioma/Tr-gl_0010.jpg", None),
            ("x/person_bacteria.png", None),
            ("x/IM-.png", None),
            ("x/.png", None),
            ("", None),
        ] {
            assert_eq!(patient(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn healthy_goes_by_many_names() {
        for name in [
            "NORMAL",
            "normal",
            "Normal",
            "notumor",
            "no_tumor",
            "No Finding",
            "healthy",
            "Negative",
            "good",
            "non-pneumonia",
            "COVID-negative",
            "0_NORMAL",
            "control",
            "No-Findings",
        ] {
            assert_eq!(label_of_class(name), Label::Healthy, "{name}");
        }
        for name in ["PNEUMONIA", "ABNORMAL", "glioma", "nodule", "noise", "positive", "COVID", "1", "", "nonsense"] {
            assert_eq!(label_of_class(name), Label::Diseased, "{name}");
        }
    }

    #[test]
    fn findings_come_from_the_name_first() {
        assert_eq!(finding("a/person1_virus_6.jpeg", Some("PNEUMONIA")).as_deref(), Some("viral"));
        assert_eq!(finding("a/person1_bacteria_6.jpeg", Some("PNEUMONIA")).as_deref(), Some("bacterial"));
        assert_eq!(finding("a/Tr-gl_0010.jpg", Some("glioma")).as_deref(), Some("glioma"));
        assert_eq!(finding("antivirus.png", None), None);
    }

    #[test]
    fn endings_sort_files() {
        assert_eq!(file_kind("a.JPEG"), FileKind::Image);
        assert_eq!(file_kind("CREDITS.md"), FileKind::Other);
        assert_eq!(file_kind("0001"), FileKind::Unknown);
        assert!(is_junk(".DS_Store") && is_junk("._IM-0001.jpeg") && is_junk("__MACOSX") && is_junk("Thumbs.db"));
    }
}
