//! k-means, side information and nearest centroids of any floats.
#![no_main]

use latentcodec_core::quantise::kmeans;
use latentcodec_core::quantise::nearest;
use latentcodec_core::quantise::side_information;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, Vec<f32>)| {
    let (clusters, values) = (usize::from(input.0) + 1, input.1);
    let Ok(centroids) = kmeans(&values, clusters) else { return };
    assert!(centroids.len() == clusters && centroids.is_sorted());
    let bytes = side_information::to_bytes(&centroids).unwrap();
    assert_eq!(side_information::from_bytes(&bytes), centroids);
    let indices = nearest(&values, &centroids).unwrap();
    assert!(indices.iter().all(|&index| (index as usize) < clusters));
});
