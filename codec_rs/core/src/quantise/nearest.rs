//! Nearest centroid of each value: how `vector` and `vector_shared` quantise.

use crate::{Error, Result};

/// Index of the centroid nearest to each value, ties to the lower index. [`Error::Argument`] if there are no centroids
/// or more than 256, if they are not sorted, or if anything is not finite.
///
/// ```
/// use latentcodec_core::quantise::nearest;
/// assert_eq!(nearest(&[-3.0, 0.5, 0.6, 9.0], &[0.0, 1.0, 1.0])?, [0, 0, 1, 1]);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
pub fn nearest(values: &[f32], centroids: &[f32]) -> Result<Vec<i16>> {
    check(values, centroids)?;
    // In f64 the middle of two float16 is exact. Of equal centroids only the first has an interval.
    let mut bounds = Vec::new();
    let mut indices = vec![0];
    for (index, pair) in centroids.windows(2).enumerate() {
        if pair[0] < pair[1] {
            bounds.push((f64::from(pair[0]) + f64::from(pair[1])) / 2.0);
            indices.push(index as i16 + 1);
        }
    }
    Ok(values.iter().map(|&value| indices[bounds.partition_point(|&bound| bound < f64::from(value))]).collect())
}

fn check(values: &[f32], centroids: &[f32]) -> Result<()> {
    if centroids.is_empty() || centroids.len() > 256 {
        return Err(Error::Argument(format!("{} centroids, 1 to 256 expected", centroids.len())));
    }
    if !centroids.iter().chain(values).all(|value| value.is_finite()) {
        return Err(Error::Argument("values and centroids must be finite".into()));
    }
    if !centroids.is_sorted() {
        return Err(Error::Argument("centroids must be sorted".into()));
    }
    Ok(())
}
