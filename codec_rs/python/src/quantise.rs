//! k-means and nearest centroids.

use latentcodec_core as core;
use numpy::{PyArray1, PyReadonlyArrayDyn};
use pyo3::prelude::*;

use latentcodec_binding::arrays::{number, vector};
use latentcodec_binding::errors::raise;

/// Centroids of 1-D k-means.
#[pyfunction]
pub fn kmeans<'py>(
    py: Python<'py>,
    values: PyReadonlyArrayDyn<'py, f32>,
    clusters: i64,
) -> PyResult<Bound<'py, PyArray1<f32>>> {
    let (values, clusters) = (vector("values", &values)?, number("clusters", clusters)?);
    let centroids = py.detach(|| core::quantise::kmeans(values, clusters)).map_err(raise)?;
    Ok(PyArray1::from_vec(py, centroids))
}

/// Index of the nearest centroid of each value.
#[pyfunction]
pub fn nearest<'py>(
    py: Python<'py>,
    values: PyReadonlyArrayDyn<'py, f32>,
    centroids: PyReadonlyArrayDyn<'py, f32>,
) -> PyResult<Bound<'py, PyArray1<i16>>> {
    let (values, centroids) = (vector("values", &values)?, vector("centroids", &centroids)?);
    let indices = py.detach(|| core::quantise::nearest(values, centroids)).map_err(raise)?;
    Ok(PyArray1::from_vec(py, indices))
}
