//! An image with a model's map over it, as a picture file.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::librarian::{self, Export};
use super::pictures::fit_within;
use crate::domain::{GrayImage, ModelId, Plane};
use crate::error::Result;
use crate::imaging::{self, colormap::ColorMap};

/// The map's own colours where it is 1 or more, the image alone where it is 0.
pub(super) fn write(image: &GrayImage, map: &Plane, path: &Path) -> Result<()> {
    let image = fit_within(image.clone());
    let steps = map.values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
    let map = imaging::resize(&GrayImage::new(map.width, map.height, steps), image.width, image.height);
    let lut = ColorMap::default().lut();
    let blend = |(&grey, &step): (&u8, &u8)| {
        let channel =
            |color: u8| ((u32::from(grey) * (255 - u32::from(step)) + u32::from(color) * u32::from(step)) / 255) as u8;
        let [red, green, blue] = lut[usize::from(step)].map(channel);
        [red, green, blue, 255]
    };
    let rgba: Vec<u8> = image.pixels.iter().zip(&map.pixels).flat_map(blend).collect();
    let (width, height) = (image.width, image.height);
    librarian::write(Export::Image { width, height, rgba: Arc::new(rgba), path: path.to_path_buf() })?;
    Ok(())
}

/// `FOLDER/below/IM-0001_MODEL.png`, with a number where that is taken: of `a.png` and `a.jpeg` the second.
pub(super) fn free_name(folder: &Path, relative: &Path, model: &ModelId, taken: &mut HashSet<PathBuf>) -> PathBuf {
    let stem = relative.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let below = folder.join(relative.parent().unwrap_or(Path::new("")));
    let name = |suffix: &str| below.join(format!("{stem}_{}{suffix}.png", model.0));
    let mut path = name("");
    let mut number = 2u32;
    while !taken.insert(path.clone()) {
        path = name(&format!("-{number}"));
        number += 1;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_heatmap_overwrites_another() {
        let (folder, model, mut taken) = (Path::new("out"), ModelId("vae".to_owned()), HashSet::new());
        let mut free = |relative: &str| free_name(folder, Path::new(relative), &model, &mut taken);
        assert_eq!(free("a/1.png"), Path::new("out/a/1_vae.png"));
        assert_eq!(free("a/1.jpeg"), Path::new("out/a/1_vae-2.png"));
        assert_eq!(free("1.jpeg"), Path::new("out/1_vae.png"));
    }

    #[test]
    fn the_map_shows_where_it_is_high_and_the_image_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.png");
        let map = Plane::new(2, 1, vec![0.0, 4.0]);
        write(&GrayImage::new(64, 32, vec![90; 64 * 32]), &map, &path).unwrap();
        let picture = image::open(&path).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (64, 32));
        assert_eq!(picture.get_pixel(0, 16).0, [90; 3]);
        assert_eq!(picture.get_pixel(63, 16).0, ColorMap::default().lut()[255]);
    }
}
