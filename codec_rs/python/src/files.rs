//! `.ltc` and `.ltcp`.

use latentcodec_core::container::{self, Header};
use latentcodec_core::models::Entropy;
use numpy::{PyArray1, PyArray3, PyArray4, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arrays::{number, shape, sides, slice, vector};
use crate::errors::raise;
use crate::tables::{Tables, quantiser};

fn header(model: &[u8], width: i64, height: i64, id: i64, bits: i64, entropy: i64) -> PyResult<Header> {
    let model = model.try_into().map_err(|_| PyValueError::new_err("a model id has 4 bytes"))?;
    let entropy = Entropy::from_id(number("entropy", entropy)?)
        .ok_or_else(|| PyValueError::new_err(format!("entropy model {entropy}: 0 adaptive, 1 static expected")))?;
    let (width, height) = (number("width", width)?, number("height", height)?);
    Ok(Header { model, width, height, quantiser: quantiser(id, bits)?, entropy })
}

/// The bytes of a .ltc file.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the arguments are the fields of the file")]
pub fn write_image<'py>(
    py: Python<'py>,
    model: &[u8],
    width: i64,
    height: i64,
    quantiser: i64,
    bits: i64,
    entropy: i64,
    side: PyReadonlyArrayDyn<'py, f32>,
    symbols: PyReadonlyArrayDyn<'py, i16>,
    tables: Option<&Tables>,
) -> PyResult<Bound<'py, PyBytes>> {
    let header = header(model, width, height, quantiser, bits, entropy)?;
    let [channels, rows, columns] = sides("symbols", &symbols)?;
    let shape = shape([1, channels, rows, columns])?;
    let (side, symbols, tables) = (vector("side", &side)?, slice("symbols", &symbols)?, tables.map(|tables| &tables.0));
    let bytes = py.detach(|| container::write_image(&header, side, shape, symbols, tables)).map_err(raise)?;
    Ok(PyBytes::new(py, &bytes))
}

/// The bytes of a .ltcp file.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the arguments are the fields of the file")]
pub fn write_pack<'py>(
    py: Python<'py>,
    model: &[u8],
    width: i64,
    height: i64,
    quantiser: i64,
    bits: i64,
    entropy: i64,
    side: PyReadonlyArrayDyn<'py, f32>,
    symbols: PyReadonlyArrayDyn<'py, i16>,
    block: i64,
    tables: Option<&Tables>,
) -> PyResult<Bound<'py, PyBytes>> {
    let header = header(model, width, height, quantiser, bits, entropy)?;
    let shape = shape(sides("symbols", &symbols)?)?;
    let block = number("block", block)?;
    let (side, symbols, tables) = (vector("side", &side)?, slice("symbols", &symbols)?, tables.map(|tables| &tables.0));
    let bytes = py.detach(|| container::write_pack(&header, side, shape, symbols, block, tables)).map_err(raise)?;
    Ok(PyBytes::new(py, &bytes))
}

/// A parsed .ltc file.
#[pyclass(frozen, module = "latentcodec._core")]
pub struct ImageFile(container::ImageFile);

#[pymethods]
impl ImageFile {
    #[staticmethod]
    fn parse(py: Python<'_>, data: &[u8], max_pixels: i64) -> PyResult<Self> {
        let limit = number("max_pixels", max_pixels)?;
        py.detach(|| container::ImageFile::parse(data, limit)).map(Self).map_err(raise)
    }

    fn symbols<'py>(
        &self,
        py: Python<'py>,
        channels: usize,
        rows: usize,
        columns: usize,
        tables: Option<&Tables>,
    ) -> PyResult<Bound<'py, PyArray3<i16>>> {
        let shape = shape([1, channels, rows, columns])?;
        let tables = tables.map(|tables| &tables.0);
        let symbols = py.detach(|| self.0.symbols(shape, tables)).map_err(raise)?;
        PyArray1::from_vec(py, symbols).reshape([channels, rows, columns])
    }

    #[getter]
    fn side<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, self.0.side())
    }
}

/// A parsed .ltcp file.
#[pyclass(frozen, module = "latentcodec._core")]
pub struct PackFile(container::PackFile);

#[pymethods]
impl PackFile {
    #[staticmethod]
    fn parse(py: Python<'_>, data: &[u8], max_pixels: i64) -> PyResult<Self> {
        let limit = number("max_pixels", max_pixels)?;
        py.detach(|| container::PackFile::parse(data, limit)).map(Self).map_err(raise)
    }

    fn symbols<'py>(
        &self,
        py: Python<'py>,
        block_index: i64,
        channels: usize,
        rows: usize,
        columns: usize,
        tables: Option<&Tables>,
    ) -> PyResult<Bound<'py, PyArray4<i16>>> {
        let index = number("block_index", block_index)?;
        let tables = tables.map(|tables| &tables.0);
        let (shape, symbols) = py.detach(|| self.0.symbols(index, channels, rows, columns, tables)).map_err(raise)?;
        PyArray1::from_vec(py, symbols).reshape([shape.pictures(), channels, rows, columns])
    }

    #[getter]
    fn side<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, self.0.side())
    }

    #[getter]
    fn count(&self) -> u64 {
        self.0.count()
    }

    #[getter]
    fn block(&self) -> u64 {
        self.0.block()
    }

    #[getter]
    fn index_bytes(&self) -> usize {
        self.0.index_bytes()
    }
}

/// The attributes that both files have.
macro_rules! shared_attributes {
    ($class:ident) => {
        #[pymethods]
        impl $class {
            #[getter]
            fn model<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
                PyBytes::new(py, &self.0.header().model)
            }
        }
    };
}
