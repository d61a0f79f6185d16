//! `latentcodec._core`: `latentcodec_core` for Python. Only conversions live here; see
//! `pipeline/latentcodec/_core.pyi`.

mod distortion;
mod files;
mod quantise;
mod tables;

use pyo3::prelude::*;

/// The entropy coder, codebooks and file formats of latentcodec (Rust).
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<tables::Tables>()?;
    module.add_class::<files::File>()?;
    module.add_class::<files::ImageFile>()?;
    module.add_class::<files::PackFile>()?;
    module.add_function(wrap_pyfunction!(files::write_image, module)?)?;
    module.add_function(wrap_pyfunction!(files::write_pack, module)?)?;
    module.add_function(wrap_pyfunction!(quantise::kmeans, module)?)?;
    module.add_function(wrap_pyfunction!(quantise::nearest, module)?)?;
    module.add_function(wrap_pyfunction!(distortion::ssimulacra2, module)?)?;
    module.add_function(wrap_pyfunction!(distortion::butteraugli, module)?)?;
    Ok(())
}
