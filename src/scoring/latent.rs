//! Images to codes and back, and the principal components of codes.

use tch::{Device, Kind, Tensor, no_grad_guard};

use super::tensors::{image_count, values};
use crate::domain::{Pca, Plane};
use crate::error::{Error, Result};
use crate::models::{Network, guard::guarded, images_from_bytes};

/// Images a pass through the encoder.
const BATCH: usize = 64;
/// Variance below this share of the codes' mean square is rounding: codes are single precision.
const NO_VARIANCE: f64 = 1e-12;
/// Directions with less than this share of the greatest variance are rounding, too.
const NO_DIRECTION: f64 = 1e-10;

/// The codes of prepared images, `side * side` grey values each, row-major: `images × latent`.
///
/// # Errors
/// When the network has no code for the whole image, or its code is not finite.
pub fn encode(network: &dyn Network, pixels: &[u8], side: u32, device: Device) -> Result<Vec<f32>> {
    image_count(pixels, side)?;
    let area = side as usize * side as usize;
    let mut codes = Vec::new();
    for chunk in pixels.chunks(BATCH * area) {
        let images = images_from_bytes(chunk, side, device)?;
        let batch = guarded(device, images.size()[0] as u32, || network.encode(&images).map(|codes| values(&codes)))?;
        codes.extend(batch.ok_or_else(no_code)?);
    }
    if codes.iter().any(|value| !value.is_finite()) {
        return Err(Error::Other(
            "the network's code is not a number: its weights are damaged or it diverged".to_owned(),
        ));
    }
    Ok(codes)
}

/// The images that codes stand for, in their order, each in [0, 1].
///
/// # Errors
/// When the network has no code for the whole image, codes have another length than its own or are not finite.
pub fn decode(network: &dyn Network, codes: &[Vec<f32>], latent: usize, device: Device) -> Result<Vec<Plane>> {
    if let Some(wrong) = codes.iter().find(|code| code.len() != latent) {
        return Err(Error::Other(format!("a code of this network has {latent} numbers, not {}", wrong.len())));
    }
    let flat = codes.concat();
    if flat.iter().any(|value| !value.is_finite()) {
        return Err(Error::Other("a code that is not a number cannot be decoded".to_owned()));
    }
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let _no_grad = no_grad_guard();
    let (count, latent) = (codes.len() as i64, latent as i64);
    let (side, pixels) = guarded(device, codes.len() as u32, || {
        let codes = Tensor::from_slice(&flat).view([count, latent]).to_device(device);
        network.decode(&codes).map(|images| (images.size()[3] as u32, values(&images)))
    })?
    .ok_or_else(no_code)?;
    let area = side as usize * side as usize;
    Ok(pixels.chunks_exact(area.max(1)).map(|image| Plane::new(side, side, image.to_vec())).collect())
}

fn no_code() -> Error {
    Error::Other("this network has no single code for the whole image".to_owned())
}

/// Fits principal components to codes, `count × latent` row-major, by the eigenvectors of their covariance in double
/// precision. Codes that do not vary give no component.
///
/// # Errors
/// When there are fewer than two codes, `codes` is torn or not finite.
pub fn principal_components(codes: &[f32], latent: usize) -> Result<Pca> {
    if latent == 0 || !codes.len().is_multiple_of(latent) {
        return Err(Error::Other(format!("{} numbers are no whole codes of {latent}", codes.len())));
    }
    let count = codes.len() / latent;
    if count < 2 {
        return Err(Error::Other(format!("principal components need at least 2 codes, not {count}")));
    }
    if codes.iter().any(|value| !value.is_finite()) {
        return Err(Error::Other("codes that are not numbers have no principal components".to_owned()));
    }
    let (mean, variances, directions, mean_square) =
        guarded(Device::Cpu, count as u32, || eigen(codes, count as i64, latent as i64))?;
    let total: f64 = variances.iter().map(|variance| variance.max(0.0)).sum();
    let least = (NO_VARIANCE * mean_square).max(NO_DIRECTION * variances.iter().copied().fold(0.0, f64::max));
    let mut pca = Pca { mean, fitted: count as u32, ..Pca::default() };
    // Eigenvalues rise; at most count − 1 directions can have variance.
    let kept = (0..latent).rev().take(count - 1).take_while(|&index| variances[index] > least);
    for index in kept {
        pca.components.push(signed(&directions[index * latent..(index + 1) * latent]));
        pca.sd.push(variances[index].sqrt() as f32);
        pca.explained.push(variances[index] / total);
    }
    Ok(pca)
}

/// Mean `[latent]`, variances rising `[latent]`, a direction each `[latent × latent]` row-major, mean square of the
/// codes' entries. Called under `models::guard`.
fn eigen(codes: &[f32], count: i64, latent: i64) -> (Vec<f32>, Vec<f64>, Vec<f64>, f64) {
    let codes = Tensor::from_slice(codes).view([count, latent]).to_kind(Kind::Double);
    let mean = codes.mean_dim([0i64].as_slice(), true, Kind::Double);
    let centred = &codes - &mean;
    let covariance = centred.transpose(0, 1).matmul(&centred) / (count - 1) as f64;
    let (variances, vectors) = covariance.linalg_eigh("L");
    let mean_square = codes.square().mean(Kind::Double).double_value(&[]);
    (values(&mean), doubles(&variances), doubles(&vectors.transpose(0, 1)), mean_square)
}

fn doubles(tensor: &Tensor) -> Vec<f64> {
    let flat = tensor.contiguous();
    let mut values = vec![0f64; flat.numel()];
    let count = values.len();
    flat.copy_data(&mut values, count);
    values
}

/// The direction with its largest entry, by size, positive; the first of several.
fn signed(direction: &[f64]) -> Vec<f32> {
    let largest =
        direction.iter().fold(0f64, |largest, &value| if value.abs() > largest.abs() { value } else { largest });
    let sign = if largest < 0.0 { -1.0 } else { 1.0 };
    direction.iter().map(|value| (sign * value) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Architecture, Preset, TrainingSettings};
    use crate::models;

    /// Nine codes of four numbers, the same in both programs.
    fn codes() -> Vec<f32> {
        let entry = |i: u32, j: u32| ((i * i * 37 + j * j * 53 + i * j * 29 + 11 * i * i * j) % 97) * (4 - j);
        (0..9).flat_map(|i| (0..4).map(move |j| entry(i, j) as f32)).collect()
    }

    fn close(found: &[f32], wanted: &[f64], margin: f64) {
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((f64::from(*found) - wanted).abs() < margin, "{found} is not {wanted}");
        }
    }

    /// `sklearn.decomposition.PCA(svd_solver="full")`, scikit-learn 1.9.1, of the same codes: `mean_`, `components_`, the
    /// square root of `explained_variance_`, `explained_variance_ratio_`, and `transform` of the first code.
    #[test]
    fn the_components_are_those_of_scikit_learn() {
        let pca = principal_components(&codes(), 4).unwrap();
        close(&pca.mean, &[164.44444, 149.66667, 92.22222, 40.55556], 1e-4);
        let components = [
            [0.809_091, -0.503_978, 0.301_92, -0.014_879],
            [0.563_195, 0.798_027, -0.182_69, -0.112_197],
            [-0.167_262, 0.265_995, 0.873_971, -0.370_735],
            [0.014_339, 0.195_973, 0.334_13, 0.921_817],
        ];
        for (found, wanted) in pca.components.iter().zip(&components) {
            close(found, wanted, 2e-6);
        }
        close(&pca.sd, &[102.67908, 78.64752, 42.27146, 20.75326], 1e-4);
        for (found, wanted) in pca.explained.iter().zip([0.556_475_96, 0.326_476_96, 0.094_314_17, 0.022_732_92]) {
            assert!((found - wanted).abs() < 1e-7, "{found} {wanted}");
        }
        close(&pca.project(&codes()[..4]), &[-155.4498, -80.3302, -37.1087, 25.3425], 1e-3);
        assert_eq!(pca.fitted, 9);
    }

    #[test]
    fn signs_do_not_depend_on_the_order_of_the_codes() {
        let forwards = principal_components(&codes(), 4).unwrap();
        let backwards: Vec<f32> = codes().chunks(4).rev().flatten().copied().collect();
        let backwards = principal_components(&backwards, 4).unwrap();
        for (a, b) in forwards.components.iter().zip(&backwards.components) {
            let wanted: Vec<f64> = b.iter().map(|&value| f64::from(value)).collect();
            close(a, &wanted, 1e-5);
            let largest = a.iter().fold(0f32, |most, &value| if value.abs() > most.abs() { value } else { most });
            assert!(largest > 0.0);
        }
    }

    #[test]
    fn one_code_is_too_few_and_torn_codes_are_refused() {
        let error = principal_components(&[1.0, 2.0], 2).unwrap_err().to_string();
        assert!(error.contains("at least 2 codes, not 1"), "{error}");
        assert!(principal_components(&[], 2).is_err());
        assert!(principal_components(&[1.0, 2.0, 3.0], 2).is_err());
        assert!(principal_components(&[1.0], 0).is_err());
        assert!(principal_components(&[1.0, f32::NAN, 2.0, 3.0], 2).is_err_and(|error| !error.to_string().is_empty()));
    }

    #[test]
    fn codes_that_do_not_vary_have_no_component() {
        let constant = [0.1f32, -37.3, 12.7].repeat(50);
        let pca = principal_components(&constant, 3).unwrap();
        assert_eq!((pca.kept(), pca.latent(), pca.fitted), (0, 3, 50));
        close(&pca.mean, &[0.1, -37.3, 12.7], 1e-5);
    }

    #[test]
    fn few_codes_have_fewer_components_than_numbers() {
        let pca = principal_components(&codes()[..8], 4).unwrap();
        assert_eq!(pca.kept(), 1, "two codes lie on one line");
        assert!((pca.explained[0] - 1.0).abs() < 1e-9);
        let one = principal_components(&[1.0, 2.0, 6.0], 1).unwrap();
        assert_eq!((one.components.as_slice(), one.kept()), ([vec![1.0]].as_slice(), 1));
        assert!((one.sd[0] - 7f32.sqrt()).abs() < 1e-6);
    }

    fn network(architecture: Architecture, decoder_layers: u32) -> (Box<dyn Network>, TrainingSettings) {
        let mut settings = TrainingSettings::preset(architecture, Preset::Recommended);
        settings.preprocessing.image_size = 32;
        settings.channels = vec![4, 8];
        (settings.latent, settings.decoder_layers) = (4, decoder_layers);
        (models::build(&settings, Device::Cpu).unwrap(), settings)
    }

    #[test]
    fn images_become_codes_and_codes_images() {
        let (network, _) = network(Architecture::Vae, 1);
        let pixels: Vec<u8> = (0..70 * 32 * 32).map(|i| (i % 251) as u8).collect();
        let codes = encode(&*network, &pixels, 32, Device::Cpu).unwrap();
        assert_eq!(codes.len(), 70 * 4);
        let alone = encode(&*network, &pixels[69 * 1024..], 32, Device::Cpu).unwrap();
        close(&codes[69 * 4..], &alone.iter().map(|&value| f64::from(value)).collect::<Vec<_>>(), 1e-5);
        let images = decode(&*network, &[codes[..4].to_vec(), codes[4..8].to_vec()], 4, Device::Cpu).unwrap();
        assert_eq!((images.len(), images[1].width, images[1].height), (2, 32, 32));
        assert!(images.iter().flat_map(|image| &image.values).all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn wrong_codes_are_refused_and_none_give_none() {
        let (network, _) = network(Architecture::Autoencoder, 1);
        let error = decode(&*network, &[vec![0.0; 3]], 4, Device::Cpu).unwrap_err().to_string();
        assert!(error.contains("4 numbers, not 3"), "{error}");
        assert!(decode(&*network, &[vec![f32::INFINITY; 4]], 4, Device::Cpu).is_err());
        assert!(decode(&*network, &[], 4, Device::Cpu).unwrap().is_empty());
        assert!(encode(&*network, &[0; 33], 32, Device::Cpu).is_err());
        assert!(encode(&*network, &[], 32, Device::Cpu).unwrap().is_empty());
    }

    #[test]
    fn a_network_without_a_global_code_says_so() {
        let (network, settings) = network(Architecture::Vit, 0);
        assert!(!settings.has_code());
        for error in [
            encode(&*network, &[0; 1024], 32, Device::Cpu).unwrap_err(),
            decode(&*network, &[vec![0.0; 4]], 4, Device::Cpu).unwrap_err(),
        ] {
            assert!(error.to_string().contains("no single code"), "{error}");
        }
    }
}
