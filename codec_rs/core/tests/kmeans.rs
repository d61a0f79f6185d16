//! k-means against an exhaustive search, against scikit-learn, and what it promises about its result.

mod common;

use common::Numbers;
use latentcodec_core::Error;
use latentcodec_core::quantise::kmeans;
use latentcodec_core::quantise::nearest;
use proptest::prelude::*;

/// Mean squared error of the values, each at its nearest centroid.
fn error(values: &[f32], centroids: &[f32]) -> f64 {
    let distance = |value: f32, centroid: f32| (f64::from(value) - f64::from(centroid)).powi(2);
    let nearest = |value| centroids.iter().map(|&centroid| distance(value, centroid)).fold(f64::MAX, f64::min);
    values.iter().map(|&value| nearest(value)).sum::<f64>() / values.len() as f64
}

/// The least error of all partitions of the sorted values into at most `clusters` intervals.
fn exhaustive(sorted: &[f32], clusters: usize) -> f64 {
    if sorted.is_empty() || clusters == 0 {
        return if sorted.is_empty() { 0.0 } else { f64::MAX };
    }
    let cost = |values: &[f32]| {
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64;
        values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>()
    };
    let split = |start: usize| exhaustive(&sorted[..start], clusters - 1) + cost(&sorted[start..]);
    (0..sorted.len()).map(split).fold(f64::MAX, f64::min)
}

proptest! {
    #[test]
    fn no_partition_of_few_values_is_better(
        values in prop::collection::vec(-40_i16..40, 1..10),
        clusters in 1_usize..5,
    ) {
        let values: Vec<f32> = values.into_iter().map(f32::from).collect();
        let mut sorted = values.clone();
        sorted.sort_by(f32::total_cmp);
        let best = exhaustive(&sorted, clusters) / values.len() as f64;
        // The centroids are rounded to float16: by 1/64 at most below 40.
        prop_assert!(error(&values, &kmeans(&values, clusters)?) <= best + 1.0 / 64.0_f64.powi(2));
    }

    #[test]
    fn centroids_are_sorted_float16_of_the_asked_number(
        values in prop::collection::vec(-1e4_f32..1e4, 1..200),
        clusters in 1_usize..=64,
    ) {
        let centroids = kmeans(&values, clusters)?;
        prop_assert_eq!(centroids.len(), clusters);
        prop_assert!(centroids.is_sorted());
        prop_assert!(centroids.iter().all(|&value| half::f16::from_f32(value).to_f32() == value));
    }

    #[test]
    fn the_order_of_the_values_does_not_matter(mut values in prop::collection::vec(-10_f32..10.0, 1..100)) {
        let centroids = kmeans(&values, 4)?;
        values.reverse();
        prop_assert_eq!(kmeans(&values, 4)?, centroids);
    }

    #[test]
    fn nearest_is_the_first_of_the_nearest(
        values in prop::collection::vec(-12_i8..12, 0..50),
        centroids in prop::collection::vec(-5_i8..5, 1..20),
    ) {
        // Halves of small integers: many ties and many equal centroids, all exact.
        let values: Vec<f32> = values.into_iter().map(|value| f32::from(value) / 2.0).collect();
        let mut centroids: Vec<f32> = centroids.into_iter().map(f32::from).collect();
        centroids.sort_by(f32::total_cmp);
        let naive = values.iter().map(|value| {
            let distances = centroids.iter().map(|centroid| (value - centroid).abs());
            distances.enumerate().min_by(|left, right| left.1.total_cmp(&right.1)).unwrap().0 as i16
        });
        prop_assert_eq!(nearest(&values, &centroids)?, naive.collect::<Vec<_>>());
    }
}

/// Values of three kinds, all exact: bell-shaped, rectified, and with long tails.
fn values(kind: u64) -> Vec<f32> {
    let mut numbers = Numbers(kind);
    let mut below = || numbers.below(1000) as i64;
    let value = |_| match kind {
        0 => below() + below() + below() + below() - 2000,
        1 => (below() + below() - 1000).max(0),
        _ => (below() - 500) * below(),
    };
    (0..6000).map(value).map(|value| value as f32 / 256.0).collect()
}

#[test]
fn the_error_is_no_worse_than_scikit_learns() {
    // Kind, clusters, inertia / 6000 of KMeans(clusters, n_init=10, random_state=0) of scikit-learn 1.9.1 on the same
    // values.
    for (kind, clusters, theirs) in [
        (0, 2, 1.825_073_337),
        (0, 4, 0.561_160_640),
        (0, 8, 0.160_295_141),
        (0, 16, 0.041_852_525),
        (0, 32, 0.010_773_908),
        (1, 2, 0.184_068_647),
        (1, 4, 0.038_831_105),
        (1, 8, 0.008_753_466),
        (1, 16, 0.002_043_740),
        (1, 32, 0.000_495_543),
        (2, 2, 183_504.603_568),
        (2, 4, 50_734.219_694),
        (2, 8, 12_931.109_993),
        (2, 16, 3_306.926_876),
        (2, 32, 871.786_141),
    ] {
        let values = values(kind);
        let ours = error(&values, &kmeans(&values, clusters).unwrap());
        // What float16 costs is 2^-22 of a centroid's square.
        assert!(ours <= theirs * 1.0005, "kind {kind}, {clusters} clusters: {ours}, scikit-learn {theirs}");
    }
}

#[test]
fn many_clusters_of_many_values_are_refined_beyond_the_cells() {
    let mut numbers = Numbers(0);
    let values = (0..20_000).map(|_| (numbers.below(1000) * 1000 + numbers.below(1000)) as f32 / 4096.0);
    let values: Vec<f32> = values.collect();
    // Eight cells to a cluster: without Lloyd's iteration the error is 0.07101.
    assert!(error(&values, &kmeans(&values, 256).unwrap()) < 0.0707);
}

#[test]
fn with_fewer_values_than_clusters_the_last_is_repeated() {
    assert_eq!(kmeans(&[2.0, 1.0, 2.0], 4), Ok(vec![1.0, 2.0, 2.0, 2.0]));
    assert_eq!(kmeans(&[0.0; 9], 2), Ok(vec![0.0, 0.0]));
}

#[test]
fn one_far_value_does_not_spoil_the_rest() {
    let mut values = values(0);
    values.push(60_000.0);
    let centroids = kmeans(&values, 3).unwrap();
    assert!(error(&values[..6000], &centroids) < 1.9, "two clusters are left for the rest: {centroids:?}");
}

#[test]
fn values_that_no_float16_can_hold_are_refused() {
    for values in [&[][..], &[f32::NAN], &[1.0, f32::INFINITY], &[-65_505.0]] {
        assert!(matches!(kmeans(values, 2), Err(Error::Argument(_))), "{values:?}");
    }
    for clusters in [0, 257] {
        assert!(matches!(kmeans(&[1.0], clusters), Err(Error::Argument(_))));
    }
    assert_eq!(kmeans(&[65_504.0, -65_504.0], 2), Ok(vec![-65_504.0, 65_504.0]));
}

#[test]
fn nearest_refuses_centroids_that_fall_and_anything_not_finite() {
    for (values, centroids) in [
        (&[0.0][..], &[][..]),
        (&[0.0], &[1.0, 0.0]),
        (&[f32::NAN], &[0.0]),
        (&[0.0], &[f32::INFINITY]),
        (&[], &[0.0; 257]),
    ] {
        assert!(matches!(nearest(values, centroids), Err(Error::Argument(_))), "{values:?} {centroids:?}");
    }
}
