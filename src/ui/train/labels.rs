//! Labels at the ends of lines: as near to their lines as they can be without lying on each other.

/// Moves places so that neighbours are at least `gap` apart and all lie in [`low`, `high`], moving them as little as
/// possible (in the sense of least squares). Their order stays.
pub fn spread(places: &mut [f32], gap: f32, low: f32, high: f32) {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&a, &b| places[a].total_cmp(&places[b]));
    // Places less their rank times the gap must not fall: pooling those that do is the least movement.
    let mut pools: Vec<(f32, usize)> = Vec::with_capacity(places.len());
    for (rank, &index) in order.iter().enumerate() {
        let mut pool = (places[index] - rank as f32 * gap, 1usize);
        while let Some(&(mean, count)) = pools.last()
            && mean > pool.0
        {
            pools.pop();
            pool = ((mean * count as f32 + pool.0 * pool.1 as f32) / (count + pool.1) as f32, count + pool.1);
        }
        pools.push(pool);
    }
    let highest = high - (places.len().saturating_sub(1)) as f32 * gap;
    let means = pools.iter().flat_map(|&(mean, count)| std::iter::repeat_n(mean, count));
    for ((rank, &index), mean) in order.iter().enumerate().zip(means) {
        places[index] = mean.min(highest).max(low) + rank as f32 * gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread_out(places: &[f32]) -> Vec<f32> {
        let mut places = places.to_vec();
        spread(&mut places, 14.0, 0.0, 200.0);
        places
    }

    #[test]
    fn labels_with_room_stay_at_their_lines() {
        assert_eq!(spread_out(&[20.0, 80.0, 50.0]), [20.0, 80.0, 50.0]);
        assert_eq!(spread_out(&[]), Vec::<f32>::new());
    }

    #[test]
    fn labels_on_each_other_part_evenly() {
        assert_eq!(spread_out(&[100.0, 100.0]), [93.0, 107.0]);
        assert_eq!(spread_out(&[101.0, 100.0]), [107.5, 93.5]);
    }

    #[test]
    fn labels_never_overlap_nor_leave_the_plot() {
        for places in [[198.0, 199.0, 200.0, 120.0], [0.0, 0.0, 0.0, 5.0], [50.0, 55.0, 60.0, 65.0]] {
            let mut spread = spread_out(&places);
            spread.sort_by(f32::total_cmp);
            assert!(spread.windows(2).all(|pair| pair[1] - pair[0] >= 13.99), "{spread:?}");
            assert!(spread[0] >= -0.01 && spread[3] <= 200.01, "{spread:?}");
        }
    }
}
