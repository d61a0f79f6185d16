//! `.ltc` and `.ltcp`.

use std::ops::Range;
use std::sync::OnceLock;

use latentcodec_core::Error;
use latentcodec_core::bytes::VERSION;
use latentcodec_core::container::{self, Chunk, Content, Header, Progress, Sample, Sizes};
use latentcodec_core::models::{Entropy, Symbols};
use latentcodec_core::shape::Shape;
use numpy::{Element, PyArray1, PyArray3, PyArray4, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::tables::{Tables, quantiser};
use latentcodec_binding::arrays::{number, shape, sides, slice, vector};
use latentcodec_binding::errors::raise;

/// `(kind, bytes)`
type PyChunk = (i64, Vec<u8>);

/// Symbols, and which of them are there.
type Start<'py> = (Bound<'py, PyArray3<i16>>, Bound<'py, PyArray3<bool>>);

/// The header of an untiled file.
fn header(
    model: &[u8],
    (width, height): (i64, i64),
    (id, parameter, hundredths): (i64, i64, i64),
    entropy: i64,
    grey: bool,
) -> PyResult<Header> {
    let model = model.try_into().map_err(|_| PyValueError::new_err("a model id has 4 bytes"))?;
    let entropy = Entropy::from_id(number("entropy", entropy)?).ok_or_else(|| {
        PyValueError::new_err(format!("entropy model {entropy}: 0 adaptive, 1 static, 2 context expected"))
    })?;
    let (width, height) = (number("width", width)?, number("height", height)?);
    let quantiser = quantiser(id, parameter)?.with_hundredths(number("hundredths", hundredths)?).map_err(raise)?;
    Ok(Header { model, width, height, quantiser, entropy, grey, tile: None })
}

fn chunks(chunks: Vec<PyChunk>) -> PyResult<Vec<Chunk>> {
    chunks.into_iter().map(|(kind, bytes)| Ok(Chunk { kind: number("kind of a chunk", kind)?, bytes })).collect()
}

/// Symbols, channel by channel, or pixels that are to come back as they are.
#[derive(FromPyObject)]
pub enum PyContent<'py> {
    Symbols(PyReadonlyArrayDyn<'py, i16>),
    Eight(PyReadonlyArrayDyn<'py, u8>),
    Sixteen(PyReadonlyArrayDyn<'py, u16>),
}

impl PyContent<'_> {
    /// The shape of symbols, which is `(h, w, C)` behind that of pictures where they are pixels.
    fn sides<const N: usize>(&self) -> PyResult<[usize; N]> {
        let of_pixels = |mut sides: [usize; N]| {
            sides[N - 3..].rotate_right(1);
            sides
        };
        match self {
            Self::Symbols(values) => sides("symbols", values),
            Self::Eight(pixels) => sides("symbols", pixels).map(of_pixels),
            Self::Sixteen(pixels) => sides("symbols", pixels).map(of_pixels),
        }
    }

    /// What the core takes.
    fn content<'a>(&'a self, remainders: Option<&'a PyReadonlyArrayDyn<'_, i8>>) -> PyResult<Content<'a>> {
        let remainders = remainders.map_or(Ok(&[][..]), |remainders| slice("remainders", remainders))?;
        Ok(match self {
            Self::Symbols(values) => Symbols { values: slice("symbols", values)?, remainders }.into(),
            Self::Eight(pixels) => Content::Eight(slice("symbols", pixels)?),
            Self::Sixteen(pixels) => Content::Sixteen(slice("symbols", pixels)?),
        })
    }
}

/// The bytes of a .ltc file.
#[pyfunction]
#[pyo3(signature = (
    model, width, height, quantiser, parameter, entropy, side_information, symbols, tables, *, remainders = None,
    hundredths = 0, tile = 0, grey = false, chunks = vec![], progress = None
))]
#[expect(clippy::too_many_arguments, reason = "the arguments are the fields of the file")]
pub fn write_image<'py>(
    py: Python<'py>,
    model: &[u8],
    width: i64,
    height: i64,
    quantiser: i64,
    parameter: i64,
    entropy: i64,
    side_information: PyReadonlyArrayDyn<'py, f32>,
    symbols: PyContent<'py>,
    tables: Option<&Tables>,
    remainders: Option<PyReadonlyArrayDyn<'py, i8>>,
    hundredths: i64,
    tile: i64,
    grey: bool,
    chunks: Vec<PyChunk>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let mut header = header(model, (width, height), (quantiser, parameter, hundredths), entropy, grey)?;
    header.tile = if tile == 0 { None } else { Some(number("tile", tile)?) };
    let chunks = self::chunks(chunks)?;
    let [channels, rows, columns] = symbols.sides()?;
    let shape = shape([1, channels, rows, columns])?;
    let symbols = symbols.content(remainders.as_ref())?;
    let (side_information, tables) = (vector("side_information", &side_information)?, tables.map(|tables| &tables.0));
    let bytes = interruptible(py, progress, |progress| {
        container::write_image_reporting(&header, side_information, &chunks, shape, symbols, tables, progress)
    })?;
    Ok(PyBytes::new(py, &bytes))
}

/// The bytes of a .ltcp file.
#[pyfunction]
#[pyo3(signature = (
    model, width, height, quantiser, parameter, entropy, side_information, symbols, block, tables, *, remainders = None,
    hundredths = 0, grey = false, chunks = vec![]
))]
#[expect(clippy::too_many_arguments, reason = "the arguments are the fields of the file")]
pub fn write_pack<'py>(
    py: Python<'py>,
    model: &[u8],
    width: i64,
    height: i64,
    quantiser: i64,
    parameter: i64,
    entropy: i64,
    side_information: PyReadonlyArrayDyn<'py, f32>,
    symbols: PyContent<'py>,
    block: i64,
    tables: Option<&Tables>,
    remainders: Option<PyReadonlyArrayDyn<'py, i8>>,
    hundredths: i64,
    grey: bool,
    chunks: Vec<PyChunk>,
) -> PyResult<Bound<'py, PyBytes>> {
    let header = header(model, (width, height), (quantiser, parameter, hundredths), entropy, grey)?;
    let chunks = self::chunks(chunks)?;
    let shape = shape(symbols.sides()?)?;
    let block = number("block", block)?;
    let symbols = symbols.content(remainders.as_ref())?;
    let (side_information, tables) = (vector("side_information", &side_information)?, tables.map(|tables| &tables.0));
    let bytes = py
        .detach(|| container::write_pack(&header, side_information, &chunks, shape, symbols, block, tables))
        .map_err(raise)?;
    Ok(PyBytes::new(py, &bytes))
}

/// What every file says of itself: the base of [`ImageFile`] and [`PackFile`].
#[pyclass(frozen, subclass, get_all, module = "latentcodec._core")]
pub struct File {
    model: Py<PyBytes>,
    width: u64,
    height: u64,
    quantiser: u8,
    parameter: u8,
    hundredths: u8,
    entropy: u8,
    version: u8,
    grey: bool,
    chunks: Vec<(u8, Py<PyBytes>)>,
    header_bytes: usize,
    side_information_bytes: usize,
    chunk_bytes: usize,
    index_bytes: usize,
    payload_bytes: usize,
    checksum_bytes: usize,
}

impl File {
    fn new(py: Python<'_>, header: &Header, chunks: &[Chunk], sizes: Sizes) -> Self {
        Self {
            model: PyBytes::new(py, &header.model).unbind(),
            width: header.width,
            height: header.height,
            quantiser: header.quantiser.id(),
            parameter: header.quantiser.parameter(),
            hundredths: header.quantiser.hundredths(),
            entropy: header.entropy.id(),
            version: VERSION,
            grey: header.grey,
            chunks: chunks.iter().map(|chunk| (chunk.kind, PyBytes::new(py, &chunk.bytes).unbind())).collect(),
            header_bytes: sizes.header,
            side_information_bytes: sizes.side_information,
            chunk_bytes: sizes.chunks,
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
        let base = File::new(py, file.header(), file.chunks(), file.sizes());
        Py::new(py, PyClassInitializer::from(base).add_subclass(Self(file)))
    }

    #[staticmethod]
    fn parse_start(py: Python<'_>, data: &[u8], max_pixels: i64) -> PyResult<Py<Self>> {
        let limit = number("max_pixels", max_pixels)?;
        let file = py.detach(|| container::ImageFile::parse_start(data, limit)).map_err(raise)?;
        let base = File::new(py, file.header(), file.chunks(), file.sizes());
        Py::new(py, PyClassInitializer::from(base).add_subclass(Self(file)))
    }

    #[getter]
    fn side_information<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, self.0.side_information())
    }

    #[getter]
    fn tile(&self) -> u64 {
        self.0.header().tile.unwrap_or(0)
    }

    #[getter]
    fn tiles(&self) -> usize {
        self.0.tiles()
    }

    fn check_tiles(&self) -> PyResult<()> {
        self.0.check_tiles().map_err(raise)
    }

    fn symbols<'py>(
        &self,
        py: Python<'py>,
        channels: i64,
        rows: i64,
        columns: i64,
        tables: Option<&Tables>,
    ) -> PyResult<Bound<'py, PyArray3<i16>>> {
        let (shape, tables) = (picture(channels, rows, columns)?, tables.map(|tables| &tables.0));
        let symbols = py.detach(|| self.0.symbols(shape, tables)).map_err(raise)?;
        PyArray1::from_vec(py, symbols).reshape([shape.channels(), shape.rows(), shape.columns()])
    }

    fn start<'py>(
        &self,
        py: Python<'py>,
        channels: i64,
        rows: i64,
        columns: i64,
        first: i64,
        tables: Option<&Tables>,
    ) -> PyResult<Start<'py>> {
        let (shape, tables) = (picture(channels, rows, columns)?, tables.map(|tables| &tables.0));
        let first = number("first", first)?;
        let (symbols, there) = py.detach(|| self.0.start(shape, first, tables)).map_err(raise)?;
        let sides = [first, shape.rows(), shape.columns()];
        Ok((PyArray1::from_vec(py, symbols).reshape(sides)?, PyArray1::from_vec(py, there).reshape(sides)?))
    }

    #[pyo3(signature = (channels, rows, columns, top, left, bottom, right, tables, *, progress = None))]
    #[expect(clippy::too_many_arguments, reason = "a shape and a box")]
    fn window<'py>(
        &self,
        py: Python<'py>,
        channels: i64,
        rows: i64,
        columns: i64,
        top: i64,
        left: i64,
        bottom: i64,
        right: i64,
        tables: Option<&Tables>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyArray3<i16>>> {
        let (shape, tables) = (picture(channels, rows, columns)?, tables.map(|tables| &tables.0));
        let rows = number("top", top)?..number("bottom", bottom)?;
        let columns = number("left", left)?..number("right", right)?;
        let sides = [shape.channels(), rows.len(), columns.len()];
        let symbols = interruptible(py, progress, |progress| self.0.window(shape, rows, columns, tables, progress))?;
        PyArray1::from_vec(py, symbols).reshape(sides)
    }

    #[pyo3(signature = (top, left, bottom, right, tables, *, progress = None))]
    #[expect(clippy::too_many_arguments, reason = "a box")]
    fn pixels<'py>(
        &self,
        py: Python<'py>,
        top: i64,
        left: i64,
        bottom: i64,
        right: i64,
        tables: Option<&Tables>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let rows = number("top", top)?..number("bottom", bottom)?;
        let columns = number("left", left)?..number("right", right)?;
        Ok(match self.0.header().quantiser.levels() {
            ..=256 => self.samples::<u8>(py, rows, columns, tables, progress)?.into_any(),
            _ => self.samples::<u16>(py, rows, columns, tables, progress)?.into_any(),
        })
    }
}

impl ImageFile {
    fn samples<'py, T: Sample + Element>(
        &self,
        py: Python<'py>,
        rows: Range<usize>,
        columns: Range<usize>,
        tables: Option<&Tables>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyArray3<T>>> {
        let (high, wide, tables) = (rows.len(), columns.len(), tables.map(|tables| &tables.0));
        let samples = interruptible(py, progress, |progress| self.0.pixels(rows, columns, tables, progress))?;
        let channels = samples.len() / (high * wide);
        PyArray1::from_vec(py, samples).reshape([high, wide, channels])
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
        let base = File::new(py, file.header(), file.chunks(), file.sizes());
        Py::new(py, PyClassInitializer::from(base).add_subclass(Self(file)))
    }

    #[getter]
    fn side_information<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, self.0.side_information())
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

    #[pyo3(signature = (symbols, chunks, tables, *, remainders = None))]
    fn append<'py>(
        &self,
        py: Python<'py>,
        symbols: PyContent<'py>,
        chunks: Vec<PyChunk>,
        tables: Option<&Tables>,
        remainders: Option<PyReadonlyArrayDyn<'py, i8>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let shape = shape(symbols.sides()?)?;
        let symbols = symbols.content(remainders.as_ref())?;
        let (chunks, tables) = (self::chunks(chunks)?, tables.map(|tables| &tables.0));
        let bytes = py.detach(|| self.0.append(&chunks, shape, symbols, tables)).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    #[staticmethod]
    fn join<'py>(py: Python<'py>, packs: Vec<PyRef<'py, Self>>, chunks: Vec<PyChunk>) -> PyResult<Bound<'py, PyBytes>> {
        let packs: Vec<_> = packs.iter().map(|pack| &pack.0).collect();
        let chunks = self::chunks(chunks)?;
        let bytes = py.detach(|| container::PackFile::join(&packs, &chunks)).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }
}

/// What some work on tiles comes to, without the GIL. After a tile Python may raise what a signal means, such as
/// KeyboardInterrupt, and `progress` is told the share that is done; what either raises ends the work.
fn interruptible<T: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(Progress<'_>) -> Result<T, Error> + Send,
) -> PyResult<T> {
    let raised = OnceLock::new();
    let report = |py: Python<'_>, share: f64| {
        py.check_signals()?;
        progress.as_ref().map_or(Ok(()), |progress| progress.call1(py, (share,)).map(drop))
    };
    let report = |share: f64| {
        Python::attach(|py| report(py, share)).map_err(|error| {
            raised.get_or_init(|| error);
            Error::Argument("interrupted".into())
        })
    };
    let result = py.detach(|| work(&report));
    result.map_err(|error| raised.into_inner().unwrap_or_else(|| raise(error)))
}

/// The shape of one picture's symbols.
fn picture(channels: i64, rows: i64, columns: i64) -> PyResult<Shape> {
    let [channels, rows, columns] = plane(channels, rows, columns)?;
    shape([1, channels, rows, columns])
}

fn plane(channels: i64, rows: i64, columns: i64) -> PyResult<[usize; 3]> {
    Ok([number("channels", channels)?, number("rows", rows)?, number("columns", columns)?])
}
