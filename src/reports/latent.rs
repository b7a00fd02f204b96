//! A latent space as `latent.csv` and `explained_variance.csv`.

use std::path::{Path, PathBuf};

use super::tables::{label, split, unwritable};
use crate::domain::{DataSetSummary, LatentMap};
use crate::error::{Error, Result};

/// Writes where each image lies along the components, and how much variance each explains; makes the folder. Returns
/// the files.
///
/// # Errors
/// `Error::Io` when the folder cannot be made or written.
pub fn write_latent(map: &LatentMap, data: &DataSetSummary, folder: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
    super::write_all(folder, [("latent.csv", points(map, data)?), ("explained_variance.csv", variance(map)?)])
}

/// `path,label,split,pc1…,score`: distances from the mean in the code's own unit, the score in its own.
fn points(map: &LatentMap, data: &DataSetSummary) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let components = (1..=map.pca.kept()).map(|number| format!("pc{number}"));
    let header =
        ["path", "label", "split"].map(str::to_owned).into_iter().chain(components).chain(["score".to_owned()]);
    table.write_record(header).map_err(unwritable)?;
    for (index, point) in map.points.iter().enumerate() {
        let Some(sample) = data.sample(point.sample) else { continue };
        let named = sample.label.map_or("", label);
        let mut record = vec![sample.path.clone(), named.to_owned(), split(sample.split).to_owned()];
        record.extend(map.projection(index).iter().map(f32::to_string));
        record.push(point.score.to_string());
        table.write_record(record).map_err(unwritable)?;
    }
    table.into_inner().map_err(unwritable)
}

/// `component,explained_variance_ratio,cumulative,sd,fitted_images`.
fn variance(map: &LatentMap) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table
        .write_record(["component", "explained_variance_ratio", "cumulative", "sd", "fitted_images"])
        .map_err(unwritable)?;
    let mut cumulative = 0.0;
    for (index, (share, sd)) in map.pca.explained.iter().zip(&map.pca.sd).enumerate() {
        cumulative += share;
        let name = format!("pc{}", index + 1);
        let record = [name, share.to_string(), cumulative.to_string(), sd.to_string(), map.pca.fitted.to_string()];
        table.write_record(record).map_err(unwritable)?;
    }
    table.into_inner().map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Label, LatentPoint, ModelId, Pca, Prior, Sample, SampleId, Split};

    fn world() -> (LatentMap, DataSetSummary) {
        let sample = |path: &str, label| Sample {
            path: path.to_owned(),
            label,
            split: Split::Train,
            patient: None,
            finding: None,
            width: 8,
            height: 8,
            file_bytes: 1,
            hash: String::new(),
            boxes: Vec::new(),
        };
        let data = DataSetSummary {
            root: "/data".into(),
            name: "data".to_owned(),
            bundled: false,
            samples: vec![sample("a,b.png", Some(Label::Healthy)), sample("c.png", None)],
            rejected: Vec::new(),
            split_seed: 7,
            without_copies: false,
            opened_in_secs: 0.0,
            fingerprint: String::new(),
        };
        let pca = Pca {
            mean: vec![0.0, 0.0],
            components: vec![vec![1.0, 0.0], vec![0.0, 1.0]],
            sd: vec![2.0, 1.0],
            explained: vec![0.75, 0.25],
            fitted: 2,
        };
        let point = |sample| LatentPoint { sample: SampleId(sample), score: 0.125, sigma: 1.0 };
        let map = LatentMap {
            model: ModelId("vae".to_owned()),
            points: vec![point(0), point(1)],
            codes: vec![1.5, -2.0, 0.0, 0.5],
            projections: vec![1.5, -2.0, 0.0, 0.5],
            pca,
            prior: Prior::Fitted,
            left_out: 0,
            trained_on: None,
            took_secs: 0.1,
        };
        (map, data)
    }

    #[test]
    fn one_line_an_image_and_one_a_component() {
        let (map, data) = world();
        let folder = tempfile::tempdir().unwrap();
        let written = write_latent(&map, &data, &folder.path().join("new")).unwrap();
        let text = |index: usize| std::fs::read_to_string(&written[index]).unwrap();
        assert_eq!(
            text(0),
            "path,label,split,pc1,pc2,score\n\"a,b.png\",healthy,train,1.5,-2,0.125\nc.png,,train,0,0.5,0.125\n"
        );
        assert_eq!(
            text(1),
            "component,explained_variance_ratio,cumulative,sd,fitted_images\npc1,0.75,0.75,2,2\npc2,0.25,1,1,2\n"
        );
    }

    #[test]
    fn a_space_without_components_has_a_header_and_scores() {
        let (mut map, data) = world();
        map.pca = Pca { mean: vec![0.0, 0.0], fitted: 2, ..Pca::default() };
        map.projections.clear();
        let table = String::from_utf8(points(&map, &data).unwrap()).unwrap();
        assert!(table.starts_with("path,label,split,score\n\"a,b.png\",healthy,train,0.125\n"), "{table}");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let (map, data) = world();
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = write_latent(&map, &data, &file.path().join("out")).unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
    }
}
