//! `latentcodec_study`: what the study alone computes in Rust. It is built beside the codec and stands in no wheel; see
//! `latentcodec_study.pyi`.

mod digits;
mod predicted;
mod predictor;

use pyo3::prelude::*;

/// What the study of latentcodec computes in Rust.
#[pymodule]
fn latentcodec_study(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<digits::PredictedDigits>()?;
    module.add_function(wrap_pyfunction!(digits::predict, module)?)?;
    Ok(())
}
