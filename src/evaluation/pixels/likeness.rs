//! How alike two maps are: for the comparison with an untrained network (Adebayo et al. 2018).

/// Side of the squares that structural similarity compares.
const WINDOW: usize = 7;
/// Of Wang et al. 2004, for values in [0, 1].
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// Pearson's correlation. `None` when the lengths differ, a value is not finite, or one map is constant.
pub fn pearson(a: &[f32], b: &[f32]) -> Option<f64> {
    if a.len() != b.len() || a.iter().chain(b).any(|value| !value.is_finite()) {
        return None;
    }
    correlation(a.iter().copied().map(f64::from).zip(b.iter().copied().map(f64::from)))
}

/// Spearman's rank correlation, ties at their mean rank. `None` as [`pearson`].
pub fn spearman(a: &[f32], b: &[f32]) -> Option<f64> {
    if a.len() != b.len() || a.iter().chain(b).any(|value| !value.is_finite()) {
        return None;
    }
    correlation(ranks(a).into_iter().zip(ranks(b)))
}

fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let count = pairs.clone().count() as f64;
    let (sum_a, sum_b) = pairs.clone().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    let (mean_a, mean_b) = (sum_a / count, sum_b / count);
    let (mut both, mut own_a, mut own_b) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        both += (a - mean_a) * (b - mean_b);
        own_a += (a - mean_a).powi(2);
        own_b += (b - mean_b).powi(2);
    }
    let spread = (own_a * own_b).sqrt();
    (spread > 0.0).then(|| (both / spread).clamp(-1.0, 1.0))
}

fn ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + (equal.len() - 1) as f64 / 2.0;
        for &index in equal {
            ranks[index] = rank;
        }
        before += equal.len();
    }
    ranks
}

/// Mean structural similarity (Wang et al. 2004) over squares of 7 pixels, each map stretched to [0, 1] first, since
/// maps of different networks have different scales. `None` as [`pearson`], and for maps smaller than a square.
pub fn structural_similarity(a: &[f32], b: &[f32], width: usize) -> Option<f64> {
    if a.len() != b.len() || width < WINDOW || !a.len().is_multiple_of(width) || a.len() / width < WINDOW {
        return None;
    }
    let (a, b) = (stretched(a)?, stretched(b)?);
    let height = a.len() / width;
    let mut sum = 0.0;
    for top in 0..=height - WINDOW {
        for left in 0..=width - WINDOW {
            sum += similarity(&a, &b, top * width + left, width);
        }
    }
    Some(sum / ((height - WINDOW + 1) * (width - WINDOW + 1)) as f64)
}

/// To [0, 1]; `None` when not finite or constant.
fn stretched(values: &[f32]) -> Option<Vec<f64>> {
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = f64::from(most) - f64::from(least);
    let usable = values.iter().all(|value| value.is_finite()) && range > 0.0;
    usable.then(|| values.iter().map(|&value| (f64::from(value) - f64::from(least)) / range).collect())
}

/// Of one square.
fn similarity(a: &[f64], b: &[f64], first: usize, width: usize) -> f64 {
    let count = (WINDOW * WINDOW) as f64;
    let (mut sum_a, mut sum_b, mut squares_a, mut squares_b, mut products) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for row in 0..WINDOW {
        let line = first + row * width..first + row * width + WINDOW;
        for (&a, &b) in a[line.clone()].iter().zip(&b[line]) {
            sum_a += a;
            sum_b += b;
            squares_a += a * a;
            squares_b += b * b;
            products += a * b;
        }
    }
    let (mean_a, mean_b) = (sum_a / count, sum_b / count);
    // With n − 1, as in scikit-image.
    let unbiased = count / (count - 1.0);
    let variance_a = (squares_a / count - mean_a * mean_a) * unbiased;
    let variance_b = (squares_b / count - mean_b * mean_b) * unbiased;
    let covariance = (products / count - mean_a * mean_b) * unbiased;
    (2.0 * mean_a * mean_b + C1) * (2.0 * covariance + C2)
        / ((mean_a * mean_a + mean_b * mean_b + C1) * (variance_a + variance_b + C2))
}

#[cfg(test)]
mod tests {
    use super::super::tests::reference;
    use super::*;

    #[test]
    fn agrees_with_scipy_and_the_definition() {
        let reference = reference();
        let (a, b, width) = reference.first_two();
        assert!((pearson(a, b).unwrap() - reference.pearson).abs() < 1e-9);
        assert!((spearman(a, b).unwrap() - reference.spearman).abs() < 1e-9);
        assert!((structural_similarity(a, b, width).unwrap() - reference.ssim).abs() < 1e-9);
    }

    #[test]
    fn a_map_is_like_itself_and_unlike_its_negative() {
        let map: Vec<f32> = (0..100u16).map(|i| f32::from(i * 7 % 31)).collect();
        let negative: Vec<f32> = map.iter().map(|value| -value).collect();
        for measure in [pearson, spearman] {
            assert!((measure(&map, &map).unwrap() - 1.0).abs() < 1e-12);
            assert!((measure(&map, &negative).unwrap() + 1.0).abs() < 1e-12);
        }
        assert!((structural_similarity(&map, &map, 10).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn degenerate_maps_have_no_likeness() {
        let map: Vec<f32> = (0..100u8).map(f32::from).collect();
        let flat = vec![1.0; 100];
        let mut nan = map.clone();
        nan[3] = f32::NAN;
        for other in [&flat, &nan, &map[..99].to_vec()] {
            assert_eq!(pearson(&map, other), None);
            assert_eq!(spearman(&map, other), None);
            assert_eq!(structural_similarity(&map, other, 10), None);
        }
        assert_eq!(pearson(&[], &[]), None);
        assert_eq!(structural_similarity(&map, &map, 5), None, "smaller than a square");
        assert_eq!(structural_similarity(&map, &map, 0), None);
    }
}
