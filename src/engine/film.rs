//! Reads back the pictures that a run keeps of its pinned cases.

use std::path::Path;
use std::sync::Arc;

use crate::domain::{FilmRow, GrayImage, PinnedCase, Preview};
use crate::error::{Error, Result};
use crate::imaging;
use crate::store;

/// Most bytes of planes that one film takes in memory; of a longer one, epochs evenly apart are read.
const MOST_BYTES: usize = 24 << 20;
/// Most cases in a picture that are believed.
const MOST_CASES: u32 = 64;
/// A picture has input, reconstruction and map beside each other.
const PARTS: u32 = 3;

/// What could be read of a run's pictures.
#[derive(Debug, Default)]
pub(super) struct Film {
    /// A row a case; another one where the run went on with other cases.
    pub rows: Vec<FilmRow>,
    /// Pictures, or the table of cases, that cannot be used.
    pub damaged: Vec<Error>,
}

/// Reads the pictures in a run's folder.
///
/// # Errors
/// When the folder is no run or cannot be read. A picture that cannot be read is left out and told.
pub(super) fn read(folder: &Path) -> Result<Film> {
    let (run, _) = store::open(folder, false)?;
    let side = run.settings.preprocessing.image_size;
    let files = store::preview_files(&run.folder)?;
    let mut film = Film::default();
    let cases = store::preview_cases(&run.folder).unwrap_or_else(|error| {
        film.damaged.push(error);
        store::PreviewCases::default()
    });
    let mut most = files.len();
    for (place, (epoch, path)) in files.iter().enumerate() {
        if !is_kept(place, files.len(), most) {
            continue;
        }
        match parts(path, side) {
            Ok(pictures) => {
                let bytes = pictures.len() * 2 * size_of::<f32>() * side.pow(2) as usize;
                most = most.min((MOST_BYTES / bytes.max(1)).max(2));
                for (row, picture) in (0u32..).zip(pictures) {
                    film.add(*epoch, row as usize, picture, cases.of(*epoch, row));
                }
            }
            Err(error) => film.damaged.push(error),
        }
    }
    Ok(film)
}

/// Whether one of `count` things in a row is among `most` that are evenly apart; the first and the last always are.
fn is_kept(place: usize, count: usize, most: usize) -> bool {
    let share = |place: usize| place * most.saturating_sub(1) / count.saturating_sub(1).max(1);
    place == 0 || count <= most || share(place) != share(place - 1)
}

/// Input, reconstruction and map of each case in a picture.
fn parts(path: &Path, side: u32) -> Result<Vec<[GrayImage; 3]>> {
    let image = imaging::read_image(path)?.image;
    let rows = image.height / side;
    if image.width != PARTS * side || rows * side != image.height || !(1..=MOST_CASES).contains(&rows) {
        let message =
            format!("the picture has {} × {} pixels, which fit no cases of {side} px", image.width, image.height);
        return Err(Error::Checkpoint { message, path: path.to_path_buf() });
    }
    let part = |row: u32, column: u32| {
        let lines = image.pixels.chunks_exact(image.width as usize).skip((row * side) as usize).take(side as usize);
        let (from, to) = ((column * side) as usize, ((column + 1) * side) as usize);
        GrayImage::new(side, side, lines.flat_map(|line| &line[from..to]).copied().collect())
    };
    Ok((0..rows).map(|row| [0, 1, 2].map(|column| part(row, column))).collect())
}

impl Film {
    /// Adds a case of a picture to the row that shows the same case so far.
    fn add(&mut self, epoch: u32, pin: usize, picture: [GrayImage; 3], case: Option<PinnedCase>) {
        let [input, reconstruction, map] = picture.map(|part| Arc::new(part.to_plane()));
        let goes_on = |row: &FilmRow| {
            let last = row.previews.last();
            row.case == case && last.is_some_and(|last| last.epoch < epoch && last.input == input)
        };
        let row = self.rows.iter().position(goes_on).unwrap_or_else(|| {
            self.rows.push(FilmRow { case, previews: Vec::new() });
            self.rows.len() - 1
        });
        let previews = &mut self.rows[row].previews;
        // One memory for all epochs: it is one texture, too.
        let input = previews.last().map_or(input, |last| Arc::clone(&last.input));
        previews.push(Arc::new(Preview { epoch, pin, case: None, input, reconstruction, map }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundled() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("models/bundled/ae")
    }

    /// A run folder with pictures of the shades given, one a picture.
    fn run_with(pictures: &[(u32, u32, u32)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("previews")).unwrap();
        for name in ["run.json", "epochs.csv"] {
            std::fs::copy(bundled().join(name), folder.path().join(name)).unwrap();
        }
        for &(epoch, width, height) in pictures {
            let path = folder.path().join(format!("previews/epoch_{epoch:04}.png"));
            image::GrayImage::from_pixel(width, height, image::Luma([epoch as u8])).save(path).unwrap();
        }
        folder
    }

    #[test]
    fn the_bundled_pictures_come_back_by_case() {
        let film = read(&bundled()).unwrap();
        assert!(film.damaged.is_empty(), "{:?}", film.damaged);
        let names: Vec<String> = film.rows.iter().filter_map(|row| Some(row.case.as_ref()?.path.clone())).collect();
        assert_eq!(names.len(), 4);
        assert!(names[0].ends_with("IM-0129-0001.jpeg") && names[3].ends_with("person1000_virus_1681.jpeg"));
        for row in &film.rows {
            assert_eq!(row.previews.len(), 37);
            assert_eq!((row.previews[0].epoch, row.previews[36].epoch), (0, 100));
            assert!(row.previews.iter().all(|preview| Arc::ptr_eq(&preview.input, &row.previews[0].input)));
            assert_eq!(row.previews[0].map.width, 64);
        }
    }

    #[test]
    fn other_cases_are_other_rows() {
        // The shade of a picture is its epoch's number, so that each shows another case.
        let folder = run_with(&[(1, 192, 128), (2, 192, 64)]);
        let film = read(folder.path()).unwrap();
        assert_eq!(film.rows.iter().map(|row| row.previews[0].epoch).collect::<Vec<_>>(), [1, 1, 2]);
    }

    #[test]
    fn damaged_pictures_are_named_and_the_others_are_shown() {
        let folder = run_with(&[(1, 192, 64), (2, 190, 64), (3, 192, 65), (4, 192, 64 * 65)]);
        std::fs::write(folder.path().join("previews/epoch_0005.png"), b"no picture").unwrap();
        std::fs::write(folder.path().join("previews/cases.csv"), b"nonsense").unwrap();
        let film = read(folder.path()).unwrap();
        assert_eq!(film.rows.len(), 1);
        let told: Vec<String> = film.damaged.iter().map(Error::to_string).collect();
        assert_eq!(told.len(), 5, "{told:?}");
        assert!(told[0].contains("cases.csv") && told[1].contains("epoch_0002.png"), "{told:?}");
        std::fs::remove_file(folder.path().join("run.json")).unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("run.json"));
    }

    #[test]
    fn a_run_without_pictures_has_none() {
        let folder = run_with(&[]);
        assert!(read(folder.path()).unwrap().rows.is_empty());
        std::fs::remove_dir(folder.path().join("previews")).unwrap();
        assert!(read(folder.path()).unwrap().rows.is_empty());
    }

    #[test]
    fn of_many_pictures_some_evenly_apart_are_kept() {
        for (count, most) in [(1, 1), (5, 9), (9, 9), (37, 10), (1000, 7), (3, 2)] {
            let kept: Vec<usize> = (0..count).filter(|place| is_kept(*place, count, most)).collect();
            assert_eq!(kept.len(), count.min(most), "{count} {most}");
            assert_eq!((kept[0], kept[kept.len() - 1]), (0, count - 1));
        }
    }
}
