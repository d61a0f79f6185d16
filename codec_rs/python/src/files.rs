//! `.ltc` and `.ltcp`.

use latentcodec_core::container::{self, Header, Sizes, VERSION};
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

/// What every file says of itself: the base of [`ImageFile`] and [`PackFile`].
#[pyclass(frozen, subclass, get_all, module = "latentcodec._core")]
pub struct File {
    model: Py<PyBytes>,
    width: u64,
    height: u64,
    quantiser: u8,
    bits: u8,
    entropy: u8,
    version: u8,
    header_bytes: usize,
    side_bytes: usize,
    index_bytes: usize,
    payload_bytes: usize,
    checksum_bytes: usize,
}

impl File {
    fn new(py: Python<'_>, header: &Header, sizes: Sizes) -> Self {
        Self {
            model: PyBytes::new(py, &header.model).unbind(),
            width: header.width,
            height: header.height,
            quantiser: header.quantiser.id(),
            bits: header.quantiser.bits(),
            entropy: header.entropy.id(),
            version: VERSION,
            header_bytes: sizes.header,
            side_bytes: sizes.side,
            index_bytes: sizes.index,
            payload_bytes: sizes.payload,
            checksum_bytes: sizes.checksum,
        }
    }
}

/// A parsed .ltc file.
#[pyclass(frozen, extends = File, module = "latentcodec._core")]
pub struct ImageFile(container::ImageFile);

#[pymethods]
impl ImageFile {
    #[staticmethod]
    fn parse(py: Python<'_>, data: &[u8], max_pixels: i64) -> PyResult<Py<Self>> {
        let limit = number("max_pixels", max_pixels)?;
        let file = py.detach(|| container::ImageFile::parse(data, limit)).map_err(raise)?;
        let base = File::new(py, file.header(), file.sizes());
        Py::new(py, PyClassInitializer::from(base).add_subclass(Self(file)))
    }

    #[getter]
    fn side<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, self.0.side())
    }

    fn symbols<'py>(
        &self,
        py: Python<'py>,
        channels: i64,
        rows: i64,
        columns: i64,
        tables: Option<&Tables>,
    ) -> PyResult<Bound<'py, PyArray3<i16>>> {
        let sides = plane(channels, rows, columns)?;
        let (shape, tables) = (shape([1, sides[0], sides[1], sides[2]])?, tables.map(|tables| &tables.0));
        let symbols = py.detach(|| self.0.symbols(shape, tables)).map_err(raise)?;
        PyArray1::from_vec(py, symbols).reshape(sides)
    }
}

/// A parsed .ltcp file.
#[pyclass(frozen, extends = File, module = "latentcodec._core")]
pub struct PackFile(container::PackFile);

#[pymethods]
impl PackFile {
    #[staticmethod]
    fn parse(py: Python<'_>, data: &[u8], max_pixels: i64) -> PyResult<Py<Self>> {
        let limit = number("max_pixels", max_pixels)?;
        let file = py.detach(|| container::PackFile::parse(data, limit)).map_err(raise)?;
        let base = File::new(py, file.header(), file.sizes());
        Py::new(py, PyClassInitializer::from(base).add_subclass(Self(file)))
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

    fn symbols<'py>(
        &self,
        py: Python<'py>,
        block_index: i64,
        channels: i64,
        rows: i64,
        columns: i64,
        tables: Option<&Tables>,
    ) -> PyResult<Bound<'py, PyArray4<i16>>> {
        let index = number("block_index", block_index)?;
        let [channels, rows, columns] = plane(channels, rows, columns)?;
        let tables = tables.map(|tables| &tables.0);
        let (shape, symbols) = py.detach(|| self.0.symbols(index, channels, rows, columns, tables)).map_err(raise)?;
        PyArray1::from_vec(py, symbols).reshape([shape.pictures(), channels, rows, columns])
    }
}

fn plane(channels: i64, rows: i64, columns: i64) -> PyResult<[usize; 3]> {
    Ok([number("channels", channels)?, number("rows", rows)?, number("columns", columns)?])
}
