//! How far apart the classes lie in a latent space.

use crate::domain::{auroc_between, listed};

/// Below this distance, "medium" in Cohen's words, most of the two classes overlap.
const NOTABLE: f64 = 0.5;

/// Two classes along one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Separation {
    /// Distance of the means in pooled standard deviations within the classes (Cohen's d, 1988); at least 0.
    pub distance: f64,
    /// The chance that a value of one class lies on its side of a value of the other, [0.5, 1].
    pub auroc: f64,
}

/// How far two classes lie apart along one direction. `None` with fewer than two values of a class, with NaN, or when
/// neither class varies.
pub fn separation(one: &[f64], other: &[f64]) -> Option<Separation> {
    let auroc = auroc_between(one, other)?;
    let ((mean_one, squares_one), (mean_other, squares_other)) = (moments(one)?, moments(other)?);
    let pooled = ((squares_one + squares_other) / (one.len() + other.len() - 2) as f64).sqrt();
    let distance = (mean_one - mean_other).abs() / pooled;
    distance.is_finite().then_some(Separation { distance, auroc: auroc.max(1.0 - auroc) })
}

/// Mean, and sum of squared distances from it.
fn moments(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Some((mean, values.iter().map(|value| (value - mean).powi(2)).sum()))
}

/// What to look for in a latent space, given the separation along its first directions. `which` names the images, as in
/// "test images".
pub fn separation_sentence(along: &[Option<Separation>], which: &str) -> String {
    let known: Vec<(usize, Separation)> =
        along.iter().enumerate().filter_map(|(index, separation)| Some((index + 1, (*separation)?))).collect();
    let best = known.iter().max_by(|a, b| a.1.distance.total_cmp(&b.1.distance));
    let Some(&(best, widest)) = best else {
        return format!("There are too few {which} of both classes to say how far they lie apart.");
    };
    let distances: Vec<String> = known.iter().map(|(_, separation)| format!("{:.2}", separation.distance)).collect();
    let numbers: Vec<String> = known.iter().map(|(index, _)| index.to_string()).collect();
    let found = format!(
        "Healthy and diseased {which} lie {} within-class standard deviations apart along PC {}.",
        listed(&distances),
        listed(&numbers),
    );
    let advice = if widest.distance < NOTABLE {
        "Along all of these the classes overlap: the code hardly tells them apart.".to_owned()
    } else {
        format!("Look along PC {best}: alone it tells them apart with an AUROC of {:.3}.", widest.auroc)
    };
    format!("{found} {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_by_hand() {
        // Means 2 and 5; both with a variance of 1.
        let found = separation(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).unwrap();
        assert_eq!((found.distance, found.auroc), (3.0, 1.0));
        assert_eq!(separation(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0]), Some(found), "which side does not matter");
        let same = separation(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((same.distance, same.auroc), (0.0, 0.5));
    }

    #[test]
    fn too_little_says_nothing() {
        for (one, other) in [
            (vec![], vec![1.0, 2.0]),
            (vec![1.0], vec![1.0, 2.0]),
            (vec![1.0, f64::NAN], vec![1.0, 2.0]),
            (vec![1.0, 1.0], vec![2.0, 2.0]),
            (vec![1.0, 1.0], vec![1.0, 1.0]),
        ] {
            assert_eq!(separation(&one, &other), None, "{one:?} {other:?}");
        }
        assert!(separation_sentence(&[], "test images").contains("too few test images"));
        assert!(separation_sentence(&[None, None], "test images").contains("too few"));
    }

    #[test]
    fn the_sentence_names_the_direction_that_tells_most() {
        let along = |distance, auroc| Some(Separation { distance, auroc });
        let sentence = separation_sentence(&[along(0.31, 0.6), along(1.239, 0.812), along(0.08, 0.51)], "test images");
        assert_eq!(
            sentence,
            "Healthy and diseased test images lie 0.31, 1.24 and 0.08 within-class standard deviations apart along PC 1, 2 \
             and 3. Look along PC 2: alone it tells them apart with an AUROC of 0.812."
        );
        let close = separation_sentence(&[None, along(0.2, 0.55)], "test images");
        assert!(close.contains("lie 0.20 within-class") && close.contains("along PC 2. Along all"), "{close}");
    }
}
