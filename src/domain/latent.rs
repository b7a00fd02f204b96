//! The codes that a model squeezes images into, seen along their principal components.

use super::{ModelId, SampleId};

/// Principal components of codes: centred on the mean of the codes they were fitted to, by falling variance. Each
/// direction has unit length and its largest entry, by size, is positive, so that the signs do not depend on the solver
/// (the convention of scikit-learn).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pca {
    /// `[latent]`
    pub mean: Vec<f32>,
    /// `[kept][latent]`; directions without variance are not kept.
    pub components: Vec<Vec<f32>>,
    /// Standard deviation of the fitted codes along each direction, with n − 1: `[kept]`, all positive.
    pub sd: Vec<f32>,
    /// Share of the fitted codes' variance that lies along each direction: `[kept]`, in [0, 1].
    pub explained: Vec<f64>,
    /// Codes it was fitted to.
    pub fitted: u32,
}

impl Pca {
    /// Numbers in a code.
    pub fn latent(&self) -> usize {
        self.mean.len()
    }

    /// Directions along which the fitted codes vary.
    pub fn kept(&self) -> usize {
        self.components.len()
    }

    /// Where a code lies along each direction, from the mean, in the code's own unit: `[latent]` → `[kept]`.
    pub fn project(&self, code: &[f32]) -> Vec<f32> {
        self.components.iter().map(|direction| self.along(direction, code)).collect()
    }

    /// Where a code lies along one direction, in standard deviations of the fitted codes; 0 along a direction that there
    /// is not.
    pub fn steps(&self, code: &[f32], direction: usize) -> f32 {
        match (self.components.get(direction), self.sd.get(direction)) {
            (Some(component), Some(sd)) => self.along(component, code) / sd,
            _ => 0.0,
        }
    }

    fn along(&self, direction: &[f32], code: &[f32]) -> f32 {
        let terms = direction.iter().zip(code).zip(&self.mean);
        terms.map(|((&weight, &value), &mean)| weight * (value - mean)).sum()
    }

    /// The code that lies so many standard deviations from the mean along the first directions.
    pub fn code_at(&self, steps: &[f32]) -> Vec<f32> {
        let mut code = self.mean.clone();
        for ((&step, &sd), direction) in steps.iter().zip(&self.sd).zip(&self.components) {
            for (value, &weight) in code.iter_mut().zip(direction) {
                *value += step * sd * weight;
            }
        }
        code
    }
}

/// Where new codes are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prior {
    /// The standard normal distribution that a VAE pulls its codes towards.
    StandardNormal,
    /// The network has none: a Gaussian with mean and covariance of the codes the components were fitted to.
    Fitted,
}

/// One image in the latent space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatentPoint {
    pub sample: SampleId,
    /// In the score's own unit.
    pub score: f64,
    /// In standard deviations of healthy images.
    pub sigma: f64,
}

/// The images of the open data set as codes of one model. The components are fitted to its training images only.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentMap {
    pub model: ModelId,
    /// Training, validation, development and test images, in this order.
    pub points: Vec<LatentPoint>,
    /// `points × latent`, row-major.
    pub codes: Vec<f32>,
    /// `points × kept`, row-major: [`Pca::project`] of every code.
    pub projections: Vec<f32>,
    pub pca: Pca,
    pub prior: Prior,
    /// Images of the data set that are not here because there are too many; those that are were chosen evenly.
    pub left_out: u32,
    /// The data set that the model was trained on, when that is another.
    pub trained_on: Option<String>,
    pub took_secs: f64,
}

impl LatentMap {
    /// The code of a point; empty when there is no such point.
    pub fn code(&self, index: usize) -> &[f32] {
        row(&self.codes, self.pca.latent(), index)
    }

    /// Where a point lies along each direction; empty when there is no such point.
    pub fn projection(&self, index: usize) -> &[f32] {
        row(&self.projections, self.pca.kept(), index)
    }

    /// Where a point lies along one direction, in standard deviations of the fitted codes; 0 along a direction that
    /// there is not.
    pub fn steps(&self, index: usize, direction: usize) -> f32 {
        match (self.projection(index).get(direction), self.pca.sd.get(direction)) {
            (Some(along), Some(sd)) => along / sd,
            _ => 0.0,
        }
    }

    /// Standard normal numbers that [`LatentMap::draw`] takes.
    pub fn draw_len(&self) -> usize {
        match self.prior {
            Prior::StandardNormal => self.pca.latent(),
            Prior::Fitted => self.pca.kept(),
        }
    }

    /// A code drawn from the prior, given standard normal numbers.
    pub fn draw(&self, normal: &[f32]) -> Vec<f32> {
        match self.prior {
            Prior::StandardNormal => normal.to_vec(),
            Prior::Fitted => self.pca.code_at(normal),
        }
    }
}

fn row(values: &[f32], width: usize, index: usize) -> &[f32] {
    values.get(index * width..(index + 1) * width).unwrap_or_default()
}

/// The code at a share of the straight way from one code to another.
pub fn between(from: &[f32], to: &[f32], share: f32) -> Vec<f32> {
    // In this form both ends are exact.
    from.iter().zip(to).map(|(a, b)| a * (1.0 - share) + b * share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pca() -> Pca {
        Pca {
            mean: vec![1.0, 2.0],
            components: vec![vec![0.6, 0.8], vec![0.8, -0.6]],
            sd: vec![2.0, 0.5],
            explained: vec![0.94, 0.06],
            fitted: 3,
        }
    }

    fn map(prior: Prior) -> LatentMap {
        let pca = pca();
        let codes = vec![1.0, 2.0, 3.0, 1.0];
        LatentMap {
            model: ModelId("vae".to_owned()),
            points: vec![LatentPoint { sample: SampleId(0), score: 0.1, sigma: 1.0 }; 2],
            projections: codes.chunks(2).flat_map(|code| pca.project(code)).collect(),
            codes,
            pca,
            prior,
            left_out: 0,
            trained_on: None,
            took_secs: 0.1,
        }
    }

    #[test]
    fn steps_along_components_come_back() {
        let pca = pca();
        let code = pca.code_at(&[1.5, -2.0]);
        let back = [0, 1, 2].map(|direction| pca.steps(&code, direction));
        assert!((back[0] - 1.5).abs() < 1e-5 && (back[1] + 2.0).abs() < 1e-5 && back[2] == 0.0, "{back:?}");
        assert_eq!(pca.code_at(&[]), pca.mean);
        assert_eq!(pca.code_at(&[0.0, 0.0, 7.0]), pca.mean, "a step along nothing moves nothing");
    }

    #[test]
    fn without_components_everything_lies_at_the_mean() {
        let pca = Pca { mean: vec![3.0], fitted: 4, ..Pca::default() };
        assert!(pca.project(&[3.0]).is_empty());
        let map = LatentMap { codes: vec![3.0, 3.0], projections: Vec::new(), pca, ..map(Prior::Fitted) };
        assert_eq!((map.code(1), map.steps(1, 0), map.draw_len()), ([3.0].as_slice(), 0.0, 0));
        assert_eq!(map.draw(&[]), [3.0]);
    }

    #[test]
    fn rows_are_found_and_others_are_empty() {
        let map = map(Prior::StandardNormal);
        assert_eq!(map.code(1), [3.0, 1.0]);
        assert!((map.steps(1, 0) - 0.2).abs() < 1e-6 && (map.steps(1, 1) - 4.4).abs() < 1e-5);
        assert!(map.code(2).is_empty() && map.projection(9).is_empty());
        assert_eq!(map.draw(&[0.5, 0.25]), [0.5, 0.25]);
    }

    #[test]
    fn half_way_is_half_way() {
        assert_eq!(between(&[0.0, 2.0], &[1.0, 0.0], 0.5), [0.5, 1.0]);
        assert_eq!(between(&[0.0, 2.0], &[1.0, 0.0], 1.0), [1.0, 0.0]);
    }
}
