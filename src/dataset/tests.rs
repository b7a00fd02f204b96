//! Opening a folder twice, and what the cache must never change.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::*;
use crate::domain::{Label, Preprocessing, SampleId, Unwatched};

const SMALL: Preprocessing = Preprocessing { image_size: 32, clahe: true };

fn png(seed: u32) -> Vec<u8> {
    let image = image::GrayImage::from_fn(40, 36, |x, y| image::Luma([(x * 5 + y * 3 + seed * 17) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A folder with images, and a cache beside it.
struct Place {
    folder: tempfile::TempDir,
    cache: CacheDir,
}

impl Place {
    /// `(name, seed)`: healthy images with that content.
    fn with(images: &[(u32, u32)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = CacheDir::at(folder.path().join("cache"));
        let place = Self { folder, cache };
        for &(name, seed) in images {
            place.put(&format!("train/NORMAL/IM-{name:04}-0001.png"), &png(seed));
        }
        place.put("test/NORMAL/IM-9000-0001.png", &png(9000));
        place.put("test/PNEUMONIA/person1_virus_1.png", &png(9001));
        place
    }

    /// Files that changed an hour ago, so that their time tells whether they changed since.
    fn put(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let file = self.folder.path().join("data").join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, bytes).unwrap();
        let hour_ago = SystemTime::now() - Duration::from_hours(1);
        fs::File::options().append(true).open(&file).unwrap().set_modified(hour_ago).unwrap();
        file
    }

    fn open(&self, options: &OpenOptions) -> OpenDataSet {
        open(&self.folder.path().join("data"), options, &self.cache, &Unwatched).unwrap()
    }

    fn cache_files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path().join("cache")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

/// All that models and people see of a data set.
fn content(data: &OpenDataSet) -> (String, Vec<Sample>, Vec<Vec<u8>>, Vec<u8>) {
    let summary = data.summary();
    let bases = (0..summary.samples.len() as u32).map(|id| data.base(SampleId(id)).unwrap().pixels).collect();
    let pixels = data.pixels(SMALL, &Unwatched).unwrap().bytes().to_vec();
    (summary.fingerprint.clone(), summary.samples.clone(), bases, pixels)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A second opening reads no file and sees the same; so does one whose cache was damaged, which reads them all.
    #[test]
    fn a_cache_changes_nothing_whatever_happens_to_it(
        seeds in prop::collection::vec(0u32..8, 2..12),
        damage in any::<prop::sample::Index>(),
        bit in 0u32..8,
        cut in any::<bool>(),
    ) {
        let images: Vec<(u32, u32)> = (0u32..).zip(seeds).collect();
        let place = Place::with(&images);
        let first = place.open(&OpenOptions::default());
        prop_assert_eq!(first.files_read(), images.len() + 2);
        let expected = content(&first);
        drop(first);
        let second = place.open(&OpenOptions::default());
        prop_assert_eq!(second.files_read(), 0);
        prop_assert_eq!(&content(&second), &expected);
        drop(second);
        for file in place.cache_files() {
            let mut bytes = fs::read(&file).unwrap();
            let at = damage.index(bytes.len());
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] ^= 1 << bit;
            }
            // A new file, because the old one may still be mapped.
            fs::remove_file(&file).unwrap();
            fs::write(&file, bytes).unwrap();
        }
        let third = place.open(&OpenOptions::default());
        prop_assert_eq!(third.files_read(), images.len() + 2, "a damaged cache is not believed");
        prop_assert_eq!(&content(&third), &expected);
    }

    /// Healthy training images: 15 % are held out, within half a patient's images of it; who, depends on seed and names
    /// only, not on who else is there in another folder.
    #[test]
    fn the_split_of_a_folder_depends_on_names_and_seed(patients in 8u32..24, seed in any::<u64>()) {
        let images: Vec<(u32, u32)> = (0..patients).map(|patient| (patient, patient)).collect();
        let place = Place::with(&images);
        let options = OpenOptions { split_seed: seed, ..OpenOptions::default() };
        let held_out = |data: &OpenDataSet| -> Vec<String> {
            let summary = data.summary();
            summary.ids(Split::Validation, None).map(|id| summary.sample(id).unwrap().path.clone()).collect()
        };
        let before = held_out(&place.open(&options));
        prop_assert!((before.len() as f64 - 0.15 * f64::from(patients)).abs() <= 1.0, "{} of {}", before.len(), patients);
        place.put("train/PNEUMONIA/person7_virus_1.png", &png(7000));
        prop_assert_eq!(held_out(&place.open(&options)), before);
    }
}

#[test]
fn only_what_changed_is_read_again() {
    let place = Place::with(&[(1, 1), (2, 2), (3, 3)]);
    assert_eq!(place.open(&OpenOptions::default()).files_read(), 5);
    place.put("train/NORMAL/IM-0004-0001.png", &png(4));
    let data = place.open(&OpenOptions::default());
    assert_eq!((data.files_read(), data.summary().samples.len()), (1, 6));
    drop(data);
    let changed = place.put("train/NORMAL/IM-0002-0001.png", b"no longer an image");
    let data = place.open(&OpenOptions::default());
    assert_eq!((data.files_read(), data.summary().rejected.len()), (1, 1));
    drop(data);
    fs::remove_file(changed).unwrap();
    let data = place.open(&OpenOptions::default());
    assert_eq!((data.files_read(), data.summary().samples.len(), data.summary().rejected.len()), (0, 5, 0));
}

#[test]
fn a_file_written_a_moment_ago_is_read_again() {
    let place = Place::with(&[(1, 1), (2, 2)]);
    let fresh = place.put("train/NORMAL/IM-0003-0001.png", &png(3));
    fs::File::options().append(true).open(fresh).unwrap().set_modified(SystemTime::now()).unwrap();
    place.open(&OpenOptions::default());
    assert_eq!(place.open(&OpenOptions::default()).files_read(), 1, "it might have changed within the same tick");
}

#[test]
fn copies_are_left_out_in_training_before_test() {
    let place = Place::with(&[(1, 9000), (2, 2), (3, 2), (4, 4)]);
    let all = place.open(&OpenOptions::default());
    assert_eq!(all.summary().samples.len(), 6);
    let data = place.open(&OpenOptions { without_copies: true, ..OpenOptions::default() });
    let left_out: Vec<&str> = data.summary().rejected.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(left_out, ["train/NORMAL/IM-0001-0001.png", "train/NORMAL/IM-0003-0001.png"]);
    assert!(data.summary().rejected.iter().all(|file| file.reason == RejectReason::Copy));
    assert_eq!(data.summary().count(Split::Test, Label::Healthy), 1);
    assert_ne!(data.summary().fingerprint, all.summary().fingerprint);
    assert_eq!(data.files_read(), 0, "nothing was read again for it");
}

#[test]
fn opening_ends_when_it_is_cancelled() {
    struct Impatient;
    impl Watch for Impatient {
        fn progress(&self, _stage: &str, _done: u64, _total: u64) {}

        fn cancelled(&self) -> bool {
            true
        }
    }
    let place = Place::with(&[(1, 1), (2, 2)]);
    let root = place.folder.path().join("data");
    let result = open(&root, &OpenOptions::default(), &place.cache, &Impatient);
    assert!(matches!(result, Err(Error::Cancelled)));
    let data = place.open(&OpenOptions::default());
    assert!(matches!(check(&data, &Impatient), Err(Error::Cancelled)));
    assert!(matches!(data.pixels(SMALL, &Impatient), Err(Error::Cancelled)));
}

#[test]
fn dicom_files_are_said_to_be_so_wherever_they_lie() {
    let dicom = [vec![0; 128], b"DICM".to_vec(), vec![0; 64]].concat();
    let said = |files: &[(&str, &[u8])]| {
        let folder = tempfile::tempdir().unwrap();
        for &(path, bytes) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let opened = open(folder.path(), &OpenOptions::default(), &CacheDir::memory_only(), &Unwatched);
        let error = opened.err().unwrap();
        format!("{error} {}", error.advice())
    };
    for paths in
        [["a.dcm", "b.dcm"], ["patient 1/IM0001", "patient 2/IM0002"], ["train/NORMAL/a.dcm", "test/NORMAL/b.dcm"]]
    {
        let said = said(&paths.map(|path| (path, &dicom[..])));
        assert!(said.contains("DICOM file") && said.contains("as PNG first"), "{said}");
        assert!(!said.contains("Name the class folder"), "{said}");
    }
    let unmarked = [b"\x08\0\x05\0CS\x0a\0ISO_IR 100\x08\0\x08\0CS\x10\0".as_slice(), &[b' '; 200]].concat();
    for names in [["train/NORMAL/a.dcm", "test/NORMAL/b.dcm"], ["patient 1/IM0001", "patient 2/IM0002"]] {
        let said = said(&names.map(|name| (name, &unmarked[..])));
        assert!(said.contains("DICOM file") && said.contains("as PNG first"), "{said}");
    }
    let mixed = said(&[("a/1.dcm", &dicom), ("b/2.png", &png(1))]);
    assert!(mixed.contains("Name the class folder"), "{mixed}");
}
