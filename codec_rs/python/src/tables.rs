//! `tables.bin`.

use std::collections::HashMap;

use latentcodec_core::models::context::{ContextState, TrainingStream};
use latentcodec_core::pixels;
use latentcodec_core::planes::{PlanesState, TrainingPlanes};
use latentcodec_core::quantise::{Quantiser, Rule};
use latentcodec_core::shape::Shape;
use latentcodec_core::tables::{Fit, Stream, Tables as CoreTables, VariableRate};
use numpy::{PyArray1, PyArray2, PyArray3, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use latentcodec_binding::arrays::{number, shape, sides, slice, vector};
use latentcodec_binding::errors::raise;

/// A parsed tables.bin.
#[pyclass(frozen, module = "latentcodec._core")]
pub struct Tables(pub CoreTables);

/// `(quantiser id, bits, codebook or None, counts)`
type PyFit<'py> = (i64, i64, Option<PyReadonlyArrayDyn<'py, f32>>, PyReadonlyArrayDyn<'py, i64>);

/// Training symbols of a quantiser id and bits: streams (N, C, h, w), in the order in which the coder reads them.
type PyStreams<'py> = HashMap<(i64, i64), Vec<PyReadonlyArrayDyn<'py, i16>>>;

/// `(quality, symbols (N, C, h, w))`
type PyStream<'py> = (i64, PyReadonlyArrayDyn<'py, i16>);

/// `(log gains (L, C), rounding (L, C), streams, static bands, context bands)`
type PyVariableRate<'py> = (PyReadonlyArrayDyn<'py, f32>, PyReadonlyArrayDyn<'py, u8>, Vec<PyStream<'py>>, i64, i64);

/// `(log gains (L, C), rounding (L, C))`
type PyGains<'py> = (Bound<'py, PyArray2<f32>>, Bound<'py, PyArray2<u8>>);

/// The quantiser with this id and parameter: a number of bits, or a quality.
pub fn quantiser(id: i64, parameter: i64) -> PyResult<Quantiser> {
    Quantiser::new(number("quantiser", id)?, number("parameter", parameter)?).map_err(raise)
}

fn fit(entry: &PyFit<'_>) -> PyResult<Fit> {
    let (id, bits, codebook, counts) = entry;
    let quantiser = quantiser(*id, *bits)?;
    let [_, levels] = sides("counts", counts)?;
    if levels != quantiser.levels() {
        return Err(PyValueError::new_err(format!("counts must have {} columns, not {levels}", quantiser.levels())));
    }
    let counts: Result<Vec<u64>, _> = slice("counts", counts)?.iter().map(|&count| count.try_into()).collect();
    let counts = counts.map_err(|_| PyValueError::new_err("counts must not be negative"))?;
    let codebook = codebook.as_ref().map(|values| vector("codebook", values).map(<[f32]>::to_vec)).transpose()?;
    Ok(Fit { quantiser, codebook, counts, state: None })
}

fn sample<'a>(symbols: &'a PyReadonlyArrayDyn<'_, i16>) -> PyResult<TrainingStream<'a>> {
    Ok(TrainingStream { shape: shape(sides("streams", symbols)?)?, band: 0, symbols: slice("streams", symbols)? })
}

/// Gives those fits a state of the context coder that there are streams for.
fn train_states(py: Python<'_>, fits: &mut [Fit], streams: &PyStreams<'_>) -> PyResult<()> {
    for ((id, bits), streams) in streams {
        let quantiser = quantiser(*id, *bits)?;
        let fit = fits.iter_mut().find(|fit| fit.quantiser == quantiser);
        let fit = fit.ok_or_else(|| PyValueError::new_err("streams of a quantiser that has no entry"))?;
        let samples = streams.iter().map(sample).collect::<PyResult<Vec<_>>>()?;
        let channels = fit.counts.len() / quantiser.levels();
        fit.state = Some(py.detach(|| ContextState::train(channels, 1, &samples)).map_err(raise)?);
    }
    Ok(())
}

fn variable_rate(py: Python<'_>, fields: &PyVariableRate<'_>) -> PyResult<VariableRate> {
    let (log_gains, rounding, streams, static_bands, context_bands) = fields;
    let channels = channels_of(log_gains, rounding)?;
    let streams = streams_of(streams)?;
    let (log_gains, rounding) = (slice("log_gains", log_gains)?, slice("rounding", rounding)?);
    let (static_bands, context_bands) =
        (number("static_bands", *static_bands)?, number("context_bands", *context_bands)?);
    py.detach(|| VariableRate::fit(channels, log_gains, rounding, &streams, static_bands, context_bands)).map_err(raise)
}

/// Of gains and roundings, both (L, C).
fn channels_of(log_gains: &PyReadonlyArrayDyn<'_, f32>, rounding: &PyReadonlyArrayDyn<'_, u8>) -> PyResult<usize> {
    let [levels, channels] = sides("log_gains", log_gains)?;
    if sides("rounding", rounding)? != [levels, channels] {
        return Err(PyValueError::new_err(format!("rounding must have the shape ({levels}, {channels}) of log_gains")));
    }
    Ok(channels)
}

fn streams_of<'a>(streams: &'a [PyStream<'_>]) -> PyResult<Vec<Stream<'a>>> {
    let stream = |(quality, symbols): &'a PyStream<'_>| {
        let TrainingStream { shape, symbols, .. } = sample(symbols)?;
        Ok(Stream { quality: number("quality", *quality)?, shape, symbols })
    };
    streams.iter().map(stream).collect()
}

/// What the coder of pixels learns from handwriting.
fn lossless(py: Python<'_>, pictures: &[PyReadonlyArrayDyn<'_, u8>]) -> PyResult<pixels::PixelState> {
    let samples = pictures.iter().map(grey).collect::<PyResult<Vec<_>>>()?;
    py.detach(|| pixels::PixelState::train(&samples)).map_err(raise)
}

/// Pictures (N, h, w).
fn grey<'a>(pictures: &'a PyReadonlyArrayDyn<'_, u8>) -> PyResult<pixels::TrainingPictures<'a>> {
    let [_, rows, columns] = sides("pictures", pictures)?;
    Ok(pixels::TrainingPictures { sides: [rows, columns], pixels: slice("pictures", pictures)? })
}

/// What the coder of planes learns from pictures (C, h, w) of 8 bits.
fn planes(py: Python<'_>, pictures: &[PyReadonlyArrayDyn<'_, u8>]) -> PyResult<PlanesState> {
    let read = pictures.iter().map(samples_of_planes).collect::<PyResult<Vec<_>>>()?;
    let pictures: Vec<_> = read
        .iter()
        .map(|(quantiser, shape, samples)| TrainingPlanes { quantiser: *quantiser, shape: *shape, samples })
        .collect();
    py.detach(|| PlanesState::train(&pictures)).map_err(raise)
}

/// The samples of a picture (C, h, w).
fn samples_of_planes(picture: &PyReadonlyArrayDyn<'_, u8>) -> PyResult<(Quantiser, Shape, Vec<i16>)> {
    let [channels, rows, columns] = sides("pictures", picture)?;
    if !(1..=4).contains(&channels) {
        return Err(PyValueError::new_err(format!("planes of {channels} channels: 1 to 4 expected")));
    }
    let samples = slice("pictures", picture)?.iter().map(|&sample| sample.into()).collect();
    Ok((quantiser(6, 3 + channels as i64)?, shape([1, channels, rows, columns])?, samples))
}

#[pymethods]
impl Tables {
    #[staticmethod]
    fn parse(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        py.detach(|| CoreTables::parse(data)).map(Self).map_err(raise)
    }

    #[staticmethod]
    #[pyo3(signature = (entries, streams = HashMap::new(), variable_rate = None, lossless = None, planes = None))]
    fn build<'py>(
        py: Python<'py>,
        entries: Vec<PyFit<'py>>,
        streams: PyStreams<'py>,
        variable_rate: Option<PyVariableRate<'py>>,
        lossless: Option<Vec<PyReadonlyArrayDyn<'py, u8>>>,
        planes: Option<Vec<PyReadonlyArrayDyn<'py, u8>>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let mut fits = entries.iter().map(fit).collect::<PyResult<Vec<_>>>()?;
        train_states(py, &mut fits, &streams)?;
        let variable_rate = variable_rate.map(|fields| self::variable_rate(py, &fields)).transpose()?;
        let lossless = lossless.map(|pictures| self::lossless(py, &pictures)).transpose()?;
        let planes = planes.map(|pictures| self::planes(py, &pictures)).transpose()?;
        let (variable_rate, lossless, planes) = (variable_rate.as_ref(), lossless.as_ref(), planes.as_ref());
        let bytes = py.detach(|| CoreTables::build(&fits, variable_rate, lossless, planes)).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn continued<'py>(
        &self,
        py: Python<'py>,
        log_gains: PyReadonlyArrayDyn<'py, f32>,
        rounding: PyReadonlyArrayDyn<'py, u8>,
        streams: Vec<PyStream<'py>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        channels_of(&log_gains, &rounding)?;
        let streams = streams_of(&streams)?;
        let (log_gains, rounding) = (slice("log_gains", &log_gains)?, slice("rounding", &rounding)?);
        let bytes = py.detach(|| self.0.continued(log_gains, rounding, &streams)).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn gains<'py>(&self, py: Python<'py>) -> PyResult<PyGains<'py>> {
        let rates = self.0.variable_rate().map_err(raise)?;
        let sides = [rates.log_gains().len() / rates.channels(), rates.channels()];
        let log_gains = PyArray1::from_slice(py, rates.log_gains()).reshape(sides)?;
        Ok((log_gains, PyArray1::from_slice(py, rates.rounding()).reshape(sides)?))
    }

    fn rate_frequencies<'py>(&self, py: Python<'py>, quality: i64) -> PyResult<Vec<Bound<'py, PyArray1<u32>>>> {
        let rates = self.0.variable_rate().map_err(raise)?;
        let tables = rates.static_tables(number("quality", quality)?).map_err(raise)?;
        Ok(tables.map(|frequencies| PyArray1::from_vec(py, frequencies)).collect())
    }

    fn check_lossless(&self, quantiser: i64) -> PyResult<()> {
        let state = match self::quantiser(quantiser, 0)?.rule() {
            Rule::Planes => self.0.planes().map(drop),
            _ => self.0.lossless().map(drop),
        };
        state.map_err(raise)
    }

    fn pixel_costs<'py>(
        &self,
        py: Python<'py>,
        pictures: PyReadonlyArrayDyn<'py, u8>,
    ) -> PyResult<Bound<'py, PyArray3<f32>>> {
        let (sides, sample) = (sides("pictures", &pictures)?, grey(&pictures)?);
        let costs = py.detach(|| self.0.lossless()?.costs(&sample)).map_err(raise)?;
        PyArray1::from_vec(py, costs).reshape::<[usize; 3]>(sides)
    }

    fn plane_costs<'py>(
        &self,
        py: Python<'py>,
        picture: PyReadonlyArrayDyn<'py, u8>,
    ) -> PyResult<Bound<'py, PyArray3<f32>>> {
        let sides: [usize; 3] = sides("picture", &picture)?;
        let (quantiser, shape, samples) = samples_of_planes(&picture)?;
        let picture = TrainingPlanes { quantiser, shape, samples: &samples };
        let costs = py.detach(|| self.0.planes()?.costs(&picture)).map_err(raise)?;
        PyArray1::from_vec(py, costs).reshape::<[usize; 3]>(sides)
    }

    fn codebook<'py>(&self, py: Python<'py>, quantiser: i64, bits: i64) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let quantiser = self::quantiser(quantiser, bits)?;
        let codebook = self.0.entry(quantiser).and_then(|entry| entry.codebook()).map_err(raise)?;
        Ok(PyArray1::from_slice(py, codebook))
    }

    fn state_channels(&self, quantiser: i64, bits: i64) -> PyResult<usize> {
        let quantiser = self::quantiser(quantiser, bits)?;
        self.0.state(quantiser).map(ContextState::channels).map_err(raise)
    }

    fn frequencies<'py>(&self, py: Python<'py>, quantiser: i64, bits: i64) -> PyResult<Bound<'py, PyArray2<u32>>> {
        let quantiser = self::quantiser(quantiser, bits)?;
        let rows = self.0.entry(quantiser).map_err(raise)?.rows();
        PyArray1::from_vec(py, rows.frequencies()).reshape([rows.len(), quantiser.levels()])
    }
}
