//! One-class support vector machine with a radial kernel: Schölkopf, Platt, Shawe-Taylor, Smola and Williamson,
//! "Estimating the support of a high-dimensional distribution", Neural Computation 2001. Solved as libsvm does, by sequential
//! minimal optimisation on the pair that violates the optimum most (Keerthi et al. 2001), without a cache: the codes are few.

/// The gradient of the worst pair may differ by so much at the end.
const TOLERANCE: f64 = 1e-6;
/// A bound for what converges in a few thousand steps.
const MOST_STEPS: usize = 1_000_000;

/// Weights of the training points and the offset of the boundary.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OneClassSvm {
    /// Index and weight of the points that matter.
    support: Vec<(usize, f64)>,
    offset: f64,
}

/// exp(−|a − b|² / width): scikit-learn's `gamma="scale"` where each number has variance 1.
fn kernel(width: usize, a: &[f64], b: &[f64]) -> f64 {
    let squared: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    (-squared / width.max(1) as f64).exp()
}

impl OneClassSvm {
    /// Fits to points of `width` numbers, one after the other; `outside` is the share that may lie beyond (ν), in (0, 1].
    pub fn fit(points: &[f64], width: usize, outside: f64) -> Self {
        let points: Vec<&[f64]> = points.chunks_exact(width.max(1)).collect();
        let count = points.len();
        let kernels: Vec<f64> = points.iter().flat_map(|a| points.iter().map(|b| kernel(width, a, b))).collect();
        let mut weights = first_weights(count, outside * count as f64);
        let mut gradient: Vec<f64> = (0..count)
            .map(|row| {
                kernels[row * count..][..count].iter().zip(&weights).map(|(kernel, weight)| kernel * weight).sum()
            })
            .collect();
        for _ in 0..MOST_STEPS {
            let Some((up, down)) = worst_pair(&weights, &gradient) else { break };
            let curvature = (2.0 - 2.0 * kernels[up * count + down]).max(1e-12);
            let step = ((gradient[down] - gradient[up]) / curvature).min(1.0 - weights[up]).min(weights[down]);
            weights[up] += step;
            weights[down] -= step;
            for (row, gradient) in gradient.iter_mut().enumerate() {
                *gradient += step * (kernels[row * count + up] - kernels[row * count + down]);
            }
        }
        let offset = offset(&weights, &gradient);
        let support = weights.into_iter().enumerate().filter(|(_, weight)| *weight > 0.0).collect();
        Self { support, offset }
    }

    /// How far a point lies beyond the boundary; below 0 inside.
    pub fn outside(&self, points: &[f64], width: usize, point: &[f64]) -> f64 {
        let near = |(index, weight): &(usize, f64)| weight * kernel(width, &points[index * width..][..width], point);
        self.offset - self.support.iter().map(near).sum::<f64>()
    }
}

/// The first points weigh 1 until all weigh `total`.
fn first_weights(count: usize, total: f64) -> Vec<f64> {
    (0..count).map(|index| (total - index as f64).clamp(0.0, 1.0)).collect()
}

/// The point whose weight is to rise and the one whose weight is to fall; `None` at the optimum.
fn worst_pair(weights: &[f64], gradient: &[f64]) -> Option<(usize, usize)> {
    let by_gradient = |a: &usize, b: &usize| gradient[*a].total_cmp(&gradient[*b]);
    let up = (0..weights.len()).filter(|&index| weights[index] < 1.0).min_by(by_gradient)?;
    let down = (0..weights.len()).filter(|&index| weights[index] > 0.0).max_by(by_gradient)?;
    (gradient[down] - gradient[up] > TOLERANCE).then_some((up, down))
}

/// The boundary goes through the points that are neither free of weight nor at its bound; between the others where there are
/// none, as in libsvm.
fn offset(weights: &[f64], gradient: &[f64]) -> f64 {
    let free: Vec<f64> =
        weights.iter().zip(gradient).filter(|(weight, _)| **weight > 0.0 && **weight < 1.0).map(|(_, g)| *g).collect();
    if !free.is_empty() {
        return free.iter().sum::<f64>() / free.len() as f64;
    }
    let of = |wanted: f64| {
        weights.iter().zip(gradient).filter(move |(weight, _)| (**weight - wanted).abs() < 0.5).map(|(_, g)| *g)
    };
    let (most_inside, least_outside) = (of(1.0).fold(f64::MIN, f64::max), of(0.0).fold(f64::MAX, f64::min));
    match (most_inside > f64::MIN, least_outside < f64::MAX) {
        (true, true) => f64::midpoint(most_inside, least_outside),
        (true, false) => most_inside,
        (false, true) => least_outside,
        (false, false) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_and_a_share_lies_outside() {
        let points: Vec<f64> = (0..200u32).map(|i| f64::from(i * 37 % 101) / 101.0).collect();
        let svm = OneClassSvm::fit(&points, 1, 0.1);
        let total: f64 = svm.support.iter().map(|(_, weight)| weight).sum();
        assert!((total - 20.0).abs() < 1e-9);
        let outside = points.iter().filter(|point| svm.outside(&points, 1, &[**point]) > 1e-6).count();
        assert!(outside <= 20, "{outside}");
        assert!(svm.outside(&points, 1, &[5.0]) > svm.outside(&points, 1, &[0.5]));
    }

    #[test]
    fn one_point_and_equal_points_have_a_boundary() {
        for count in [1, 7] {
            let points = vec![0.25; count];
            let svm = OneClassSvm::fit(&points, 1, 0.1);
            assert!(svm.outside(&points, 1, &[0.25]).abs() < 1e-9);
            assert!(svm.outside(&points, 1, &[9.0]) > 0.0);
        }
        assert!(OneClassSvm::fit(&[], 1, 0.1).outside(&[], 1, &[0.0]).is_finite());
    }
}
