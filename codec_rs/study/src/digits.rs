//! The autoencoder that codes digits without loss, for Python.

use numpy::{PyArray1, PyArray2, PyArray3, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::predicted::Predicted;
use crate::predictor::{Predictor, SIDE};

use latentcodec_binding::arrays::{number, sides, slice};
use latentcodec_binding::errors::raise;

/// Levels of digits, from their latents.
#[pyfunction]
pub fn predict<'py>(
    py: Python<'py>,
    predictor: &[u8],
    latents: PyReadonlyArrayDyn<'py, i8>,
) -> PyResult<Bound<'py, PyArray3<u8>>> {
    let predictor = Predictor::from_bytes(predictor).map_err(raise)?;
    let [digits, channels] = sides("latents", &latents)?;
    let latents = slice("latents", &latents)?;
    let levels: Result<Vec<_>, _> =
        py.detach(|| latents.chunks(channels.max(1)).map(|latents| predictor.levels(latents)).collect());
    PyArray1::from_vec(py, levels.map_err(raise)?.concat()).reshape([digits, SIDE, SIDE])
}

/// A coder of digits that knows an autoencoder's predictions.
#[pyclass(frozen, module = "latentcodec_study")]
pub struct PredictedDigits(Predicted);

#[pymethods]
impl PredictedDigits {
    #[staticmethod]
    fn train(
        py: Python<'_>,
        predictor: &[u8],
        handwriting: bool,
        latents: PyReadonlyArrayDyn<'_, i8>,
        pixels: PyReadonlyArrayDyn<'_, u8>,
    ) -> PyResult<Self> {
        let predictor = Predictor::from_bytes(predictor).map_err(raise)?;
        let (latents, pixels) = (slice("latents", &latents)?, slice("pixels", &pixels)?);
        Ok(Self(py.detach(|| Predicted::train(predictor, handwriting, latents, pixels)).map_err(raise)?))
    }

    fn encode<'py>(
        &self,
        py: Python<'py>,
        latents: PyReadonlyArrayDyn<'py, i8>,
        pixels: PyReadonlyArrayDyn<'py, u8>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (latents, pixels) = (slice("latents", &latents)?, slice("pixels", &pixels)?);
        let bytes = py.detach(|| self.0.encode(latents, pixels)).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    #[allow(clippy::type_complexity)]
    fn decode<'py>(
        &self,
        py: Python<'py>,
        digits: i64,
        data: &[u8],
    ) -> PyResult<(Bound<'py, PyArray2<i8>>, Bound<'py, PyArray3<u8>>)> {
        let digits: usize = number("digits", digits)?;
        let (latents, pixels) = py.detach(|| self.0.decode(digits, data)).map_err(raise)?;
        let channels = latents.len() / digits.max(1);
        Ok((
            PyArray1::from_vec(py, latents).reshape([digits, channels])?,
            PyArray1::from_vec(py, pixels).reshape([digits, SIDE, SIDE])?,
        ))
    }
}
