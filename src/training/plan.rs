//! How an epoch is cut into batches.

use std::ops::Range;

/// The batches of one epoch, nearly equal, so that no last batch of one image spoils the batch statistics.
#[derive(Debug)]
pub(super) struct Plan {
    images: usize,
    batch_size: u32,
    batches: usize,
    done: usize,
}

impl Plan {
    pub fn new(images: usize, batch_size: u32) -> Self {
        Self { images, batch_size, batches: batches(images, batch_size), done: 0 }
    }

    /// The images of the batch that is next, as positions in the epoch's order; `None` at the end.
    pub fn next(&mut self) -> Option<Range<usize>> {
        let at = |batch: usize| (self.images as u128 * batch as u128 / self.batches as u128) as usize;
        while self.done < self.batches {
            let range = at(self.done)..at(self.done + 1);
            if !range.is_empty() {
                return Some(range);
            }
            // Halving can leave more batches than images.
            self.done += 1;
        }
        None
    }

    pub fn advance(&mut self) {
        self.done += 1;
    }

    /// Share of the epoch that is done.
    pub fn share(&self) -> f64 {
        self.done as f64 / self.batches as f64
    }

    /// Cuts every batch in two. False when they hold one image already.
    pub fn halve(&mut self) -> bool {
        if self.batch_size <= 1 {
            return false;
        }
        // The next batch begins where it would have begun: k of n is 2k of 2n.
        self.batch_size = self.batch_size.div_ceil(2);
        self.batches *= 2;
        self.done *= 2;
        true
    }

    pub fn batch_size(&self) -> u32 {
        self.batch_size
    }
}

/// Batches in an epoch.
pub(super) fn batches(images: usize, batch_size: u32) -> usize {
    images.div_ceil(batch_size.max(1) as usize).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every image is used once, in order, in batches within the limit, whenever they are halved.
        #[test]
        fn an_epoch_uses_every_image_once(images in 1usize..500, batch in 1u32..80, halve_from in 0usize..40) {
            let mut plan = Plan::new(images, batch);
            let (mut next, mut seen, mut turn) = (0, 0, 0);
            while let Some(range) = plan.next() {
                if turn >= halve_from && plan.batch_size() > 1 {
                    let before = plan.share();
                    prop_assert!(plan.halve());
                    prop_assert!((plan.share() - before).abs() < 1e-12);
                    turn += 1;
                    continue;
                }
                prop_assert_eq!(range.start, next);
                prop_assert!((1..=plan.batch_size() as usize).contains(&range.len()));
                next = range.end;
                seen += range.len();
                turn += 1;
                plan.advance();
            }
            prop_assert_eq!(seen, images);
        }
    }

    #[test]
    fn batches_are_nearly_equal() {
        let mut plan = Plan::new(65, 64);
        assert_eq!(plan.next(), Some(0..32));
        plan.advance();
        assert_eq!(plan.next(), Some(32..65));
        assert!(!Plan::new(5, 1).halve());
    }
}
