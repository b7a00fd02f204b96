//! Who is used for what: a seeded split that never parts a patient, nor copies of one image.
//!
//! Groups of images that belong together are put in the order of a hash of seed and group, so that the split depends
//! neither on the order of files nor on how many there are elsewhere, and adding a patient moves few others.

use std::collections::HashMap;

use super::layout::Role;
use crate::domain::{Label, Split};

/// Share of the healthy training images that is held out for thresholds.
pub(super) const VALIDATION_SHARE: f64 = 0.15;
/// Without a test folder: share of the healthy images that becomes the test set.
pub(super) const TEST_SHARE_HEALTHY: f64 = 0.20;
/// Without a test folder: share of the diseased images that becomes the test set; the others are for development.
pub(super) const TEST_SHARE_DISEASED: f64 = 0.50;

/// What the split looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub role: Role,
    pub label: Option<Label>,
    pub patient: Option<&'a str>,
    pub hash: &'a str,
    pub path: &'a str,
}

/// The split of each item.
pub(super) fn split(items: &[Item<'_>], seed: u64) -> Vec<Split> {
    let mut splits: Vec<Split> = items
        .iter()
        .map(|item| match (item.role, item.label) {
            (Role::Test, _) => Split::Test,
            (Role::Unlabelled, _) | (_, None) => Split::Unlabelled,
            (_, Some(Label::Healthy)) => Split::Train,
            (_, Some(Label::Diseased)) => Split::Development,
        })
        .collect();
    let open: Vec<usize> = (0..items.len()).filter(|&index| items[index].role == Role::Either).collect();
    for (label, share) in [(Label::Healthy, TEST_SHARE_HEALTHY), (Label::Diseased, TEST_SHARE_DISEASED)] {
        hold_out(items, &open, &mut splits, label, share, Split::Test, seed);
    }
    let train: Vec<usize> = (0..items.len()).filter(|&index| splits[index] == Split::Train).collect();
    hold_out(items, &train, &mut splits, Label::Healthy, VALIDATION_SHARE, Split::Validation, seed);
    splits
}

/// Moves whole groups into `target` until they hold `share` of the images with `label`. Where diseased images are asked
/// for, patients who have healthy ones too stay where those were placed.
fn hold_out(
    items: &[Item<'_>],
    among: &[usize],
    splits: &mut [Split],
    label: Label,
    share: f64,
    target: Split,
    seed: u64,
) {
    let has_label = |&&index: &&usize| items[index].label == Some(label);
    let total = among.iter().filter(has_label).count();
    let wanted = share * total as f64;
    let mut groups: Vec<Vec<usize>> = groups(items, among);
    let count = |group: &[usize]| group.iter().filter(has_label).count();
    let placed = |splits: &[Split], group: &[usize]| group.iter().all(|&index| splits[index] == target);
    let is_pure = |group: &[usize]| label == Label::Healthy || count(group) == group.len();
    groups.retain(|group| count(group) > 0 && (is_pure(group) || placed(splits, group)));
    if groups.len() < 2 {
        return;
    }
    groups.sort_by_cached_key(|group| rank(items, group, target, seed));
    let mut taken: usize = groups.iter().filter(|group| placed(splits, group)).map(|group| count(group)).sum();
    let mut left = groups.iter().filter(|group| !placed(splits, group)).count();
    for group in &groups {
        let size = count(group);
        // Nearest to the share, but never nothing and never all.
        let nearer = taken as f64 + size as f64 / 2.0 <= wanted;
        if left < 2 || placed(splits, group) || !(nearer || taken == 0) {
            continue;
        }
        for &index in group {
            splits[index] = target;
        }
        taken += size;
        left -= 1;
    }
}

/// Images that may not be parted: of one patient, or copies of each other.
fn groups(items: &[Item<'_>], among: &[usize]) -> Vec<Vec<usize>> {
    let mut parent: Vec<usize> = (0..among.len()).collect();
    let mut first_of: HashMap<(bool, &str), usize> = HashMap::new();
    for (position, &index) in among.iter().enumerate() {
        let keys = items[index].patient.map(|patient| (true, patient)).into_iter().chain([(false, items[index].hash)]);
        for key in keys {
            let other = *first_of.entry(key).or_insert(position);
            let (a, b) = (find(&mut parent, position), find(&mut parent, other));
            parent[a] = b;
        }
    }
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for (position, &index) in among.iter().enumerate() {
        members.entry(find(&mut parent, position)).or_default().push(index);
    }
    members.into_values().collect()
}

/// Root of a union-find tree, halving the path on the way.
fn find(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

/// Where a group comes in the seeded order.
fn rank(items: &[Item<'_>], group: &[usize], target: Split, seed: u64) -> [u8; 32] {
    let name = group.iter().map(|&index| items[index].patient.unwrap_or(items[index].path)).min().unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"neuroscan split 1");
    hasher.update(&seed.to_le_bytes());
    hasher.update(target.name().as_bytes());
    hasher.update(name.as_bytes());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Patients 0..40 with some copies; roles as in one of the two layouts.
    fn arbitrary() -> impl Strategy<Value = Vec<(u8, bool, u8, bool)>> {
        prop::collection::vec((0u8..40, any::<bool>(), 0u8..60, prop::bool::weighted(0.9)), 0..160)
    }

    struct Owned {
        role: Role,
        label: Label,
        patient: Option<String>,
        hash: String,
        path: String,
    }

    fn build(raw: &[(u8, bool, u8, bool)], role: Role) -> Vec<Owned> {
        raw.iter()
            .enumerate()
            .map(|(index, &(patient, healthy, content, known))| Owned {
                role,
                label: if healthy { Label::Healthy } else { Label::Diseased },
                patient: known.then(|| format!("IM-{patient:04}")),
                hash: format!("{content:02x}-{patient:02x}"),
                path: format!("{index:04}.png"),
            })
            .collect()
    }

    fn items(owned: &[Owned]) -> Vec<Item<'_>> {
        owned
            .iter()
            .map(|item| Item {
                role: item.role,
                label: Some(item.label),
                patient: item.patient.as_deref(),
                hash: &item.hash,
                path: &item.path,
            })
            .collect()
    }

    proptest! {
        #[test]
        fn no_patient_and_no_copy_is_parted(raw in arbitrary(), seed in any::<u64>(), has_test in any::<bool>()) {
            let owned = build(&raw, if has_test { Role::Train } else { Role::Either });
            let items = items(&owned);
            let splits = split(&items, seed);
            prop_assert_eq!(splits.len(), items.len());
            for (a, one) in items.iter().enumerate() {
                // Healthy in train or validation, diseased in development, all in test: nothing is lost.
                match one.label {
                    Some(Label::Healthy) => prop_assert!(matches!(splits[a], Split::Train | Split::Validation | Split::Test)),
                    _ => prop_assert!(matches!(splits[a], Split::Development | Split::Test)),
                }
                prop_assert!(!has_test || splits[a] != Split::Test);
                for (b, other) in items.iter().enumerate() {
                    let same = one.hash == other.hash || (one.patient.is_some() && one.patient == other.patient);
                    if same && one.label == other.label {
                        prop_assert_eq!(splits[a], splits[b], "{} and {}", one.path, other.path);
                    }
                    if same {
                        prop_assert_eq!(splits[a] == Split::Test, splits[b] == Split::Test);
                    }
                }
            }
        }

        #[test]
        fn the_order_of_files_changes_nothing(raw in arbitrary(), seed in any::<u64>(), turn in 0usize..160) {
            let owned = build(&raw, Role::Either);
            let forward = items(&owned);
            let mut turned = forward.clone();
            turned.rotate_left(turn % forward.len().max(1));
            turned.reverse();
            let (one, two) = (split(&forward, seed), split(&turned, seed));
            for (a, item) in forward.iter().enumerate() {
                let b = turned.iter().position(|other| other.path == item.path).unwrap();
                prop_assert_eq!(one[a], two[b]);
            }
            prop_assert_eq!(one, split(&forward, seed));
        }
    }

    #[test]
    fn shares_are_near_what_was_asked() {
        let raw: Vec<_> = (0..160u32).map(|index| ((index / 4) as u8, true, index as u8, true)).collect();
        let owned = build(&raw, Role::Train);
        let splits = split(&items(&owned), 7);
        let held_out = splits.iter().filter(|&&split| split == Split::Validation).count();
        assert_eq!(held_out, 24, "15 % of 160");
        assert_ne!(splits, split(&items(&owned), 8), "another seed, another split");
    }

    #[test]
    fn one_patient_alone_is_not_held_out() {
        let owned = build(&[(1, true, 1, true), (1, true, 2, true)], Role::Train);
        assert_eq!(split(&items(&owned), 7), [Split::Train; 2]);
        let owned = build(&[(1, true, 1, true), (2, true, 2, true)], Role::Train);
        let splits = split(&items(&owned), 7);
        assert_eq!(splits.iter().filter(|&&split| split == Split::Validation).count(), 1);
        assert!(split(&[], 7).is_empty());
    }
}
