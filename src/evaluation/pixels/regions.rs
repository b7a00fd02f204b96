//! Connected regions of a mask.

/// For each pixel, what it is of its region: 1 ÷ the region's pixels; 0 outside. Pixels that touch at a side or a corner
/// are one region, as in the reference implementation of AUPRO (Bergmann et al. 2020).
pub(super) fn regions(mask: &[bool], width: usize) -> Vec<f64> {
    let mut shares = vec![0.0; mask.len()];
    each_region(mask, width, |region| {
        for &pixel in region {
            shares[pixel] = 1.0 / region.len() as f64;
        }
    });
    shares
}

/// Hands the pixels of each region to `found`; the first region is the one that begins first.
pub(super) fn each_region(mask: &[bool], width: usize, mut found: impl FnMut(&[usize])) {
    if width == 0 {
        return;
    }
    let height = mask.len() / width;
    let mut seen = vec![false; mask.len()];
    let mut region = Vec::new();
    for start in 0..height * width {
        if !mask[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        region.clear();
        region.push(start);
        let mut next = 0;
        while let Some(&pixel) = region.get(next) {
            next += 1;
            let (x, y) = (pixel % width, pixel / width);
            for row in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for column in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let neighbour = row * width + column;
                    if mask[neighbour] && !seen[neighbour] {
                        seen[neighbour] = true;
                        region.push(neighbour);
                    }
                }
            }
        }
        found(&region);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_connect_and_edges_do_not_wrap() {
        let mask = [true, false, false, false, true, false, false, false, false, false, false, true];
        // 4 wide: (0, 0) and (0, 1) touch; (3, 2) is alone.
        let shares = regions(&mask, 4);
        assert_eq!((shares[0], shares[4], shares[11]), (0.5, 0.5, 1.0));
        let mut wrapped = vec![false; 8];
        (wrapped[3], wrapped[4]) = (true, true);
        assert_eq!(regions(&wrapped, 4)[3], 1.0);
    }

    #[test]
    fn nothing_has_no_regions() {
        assert!(regions(&[], 3).is_empty());
        assert_eq!(regions(&[true, true], 0), [0.0, 0.0]);
        assert_eq!(regions(&[false, false], 1), [0.0, 0.0]);
    }
}
