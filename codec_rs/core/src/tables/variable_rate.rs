//! The entry of the variable-rate quantiser, which files call `gained`: gains for every quality, and what its coders
//! know.

use super::parts::{STATE, read_row, read_state, write_row, write_state};
use crate::bytes::{Reader, push_leb128};
use crate::frequencies::normalise;
use crate::frequencies::{Rows, TOTAL};
use crate::models::Escaped;
use crate::models::context::{ContextState, TrainingStream};
use crate::quantise::band;
use crate::shape::Shape;
use crate::{Error, Result};

/// Quantiser byte of the entry: a file's byte holds the quality, the entry serves them all.
pub const KIND: u8 = 0x40;

const LEVELS: std::ops::RangeInclusive<usize> = 2..=64;
const MAX_LOG_GAIN: f32 = 30.0;
const ROUNDING: std::ops::RangeInclusive<u8> = 64..=128;
/// Most bands of static tables.
const MAX_BANDS: usize = 20;
/// Largest reach of a static table.
const MAX_REACH: usize = 127;
/// One in so many symbols that are not 0 may lie beyond a table's reach: it costs a few bits more than in the table.
const RARE: u64 = 64;

/// Training symbols of one stream.
#[derive(Debug, Clone, Copy)]
pub struct Stream<'a> {
    /// The quality that they were quantised for, 1..=100.
    pub quality: u8,
    /// Shape of the symbols.
    pub shape: Shape,
    /// `shape.volume()` symbols.
    pub symbols: &'a [i16],
}

/// Gains for each channel at several levels of quality, and the tables and the state of the coders for bands of it.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableRate {
    channels: usize,
    log_gains: Vec<f32>,
    rounding: Vec<u8>,
    /// Band by band, channel by channel: frequencies of the symbols of `-reach..=reach` and of all beyond.
    rows: Rows,
    state: Option<ContextState>,
}

impl VariableRate {
    /// From natural logarithms of gains and roundings, both level by level and for each level channel by channel; the
    /// static tables of so many bands and the state for so many are made of the streams, which are read in their order.
    /// [`Error::Argument`] if a size or a value does not fit or a band of static tables has no symbols.
    pub fn fit(
        channels: usize,
        log_gains: &[f32],
        rounding: &[u8],
        streams: &[Stream<'_>],
        static_bands: usize,
        context_bands: usize,
    ) -> Result<Self> {
        must_fit(channels, streams)?;
        let mut tables = Self::of_gains(channels, log_gains.to_vec(), rounding.to_vec()).map_err(Error::Argument)?;
        tables.rows = fit_rows(channels, streams, static_bands)?;
        tables.state = train(channels, streams, context_bands)?;
        Ok(tables)
    }

    /// These gains and roundings with these static tables, and the state of a context coder that has read the streams
    /// as well, in their order. [`Error::Argument`] as for [`VariableRate::fit`], or if there is no state to go on from.
    pub fn continued(&self, log_gains: &[f32], rounding: &[u8], streams: &[Stream<'_>]) -> Result<Self> {
        must_fit(self.channels, streams)?;
        let state = self.state.as_ref();
        let state = state.ok_or_else(|| Error::Argument("these tables have no context coder to go on from".into()))?;
        let state = Some(state.continued(&in_bands(streams, state.bands()))?);
        let gained = Self::of_gains(self.channels, log_gains.to_vec(), rounding.to_vec()).map_err(Error::Argument)?;
        Ok(Self { rows: self.rows.clone(), state, ..gained })
    }

    /// Gains and roundings without tables, or what is wrong with them.
    fn of_gains(channels: usize, log_gains: Vec<f32>, rounding: Vec<u8>) -> std::result::Result<Self, String> {
        let tables = Self { channels, log_gains, rounding, rows: Rows::new(), state: None };
        tables.violation().map_or(Ok(tables), Err)
    }

    /// What is wrong with the gains and the roundings, if anything is.
    fn violation(&self) -> Option<String> {
        let Self { channels, log_gains, rounding, .. } = self;
        let levels = log_gains.len().checked_div(*channels).unwrap_or(0);
        if !LEVELS.contains(&levels) || log_gains.len() != levels * channels || rounding.len() != log_gains.len() {
            return Some(format!("gains and roundings of 2 to 64 levels for each of {channels} channels expected"));
        }
        if let Some(gain) = log_gains.iter().find(|gain| !(-MAX_LOG_GAIN..=MAX_LOG_GAIN).contains(*gain)) {
            return Some(format!("{gain} is no logarithm of a gain: -{MAX_LOG_GAIN} to {MAX_LOG_GAIN} expected"));
        }
        if log_gains.iter().zip(&log_gains[*channels..]).any(|(below, above)| below > above) {
            return Some("gains must not fall from level to level".into());
        }
        let wrong = rounding.iter().find(|rounding| !ROUNDING.contains(rounding))?;
        Some(format!("a rounding of {wrong}: 64 to 128 expected"))
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = vec![KIND | if self.state.is_some() { STATE } else { 0 }];
        push_leb128(&mut bytes, self.channels as u64)?;
        push_leb128(&mut bytes, (self.log_gains.len() / self.channels) as u64)?;
        bytes.extend(self.log_gains.iter().flat_map(|gain| gain.to_le_bytes()));
        bytes.extend(&self.rounding);
        push_leb128(&mut bytes, self.bands() as u64)?;
        for index in 0..self.rows.len() {
            let frequencies = self.rows.row(index).frequencies();
            bytes.push((frequencies.len() / 2 - 1) as u8);
            write_row(&mut bytes, frequencies);
        }
        write_state(&mut bytes, self.state.as_ref())?;
        Ok(bytes)
    }

    pub(super) fn read(reader: &mut Reader<'_>, with_state: bool) -> Result<Self> {
        let channels = reader.leb128()? as usize;
        let levels = reader.leb128()? as usize;
        // `take` fails on a length beyond the file, so what is allocated below is at most some 40 times the file.
        let gains = reader.take(channels.saturating_mul(levels).saturating_mul(4))?;
        let log_gains = gains.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        let rounding = reader.take(channels.saturating_mul(levels))?.to_vec();
        let mut tables = Self::of_gains(channels, log_gains, rounding).map_err(Error::Format)?;
        tables.rows = read_rows(reader, channels)?;
        if with_state {
            tables.state = Some(read_state(reader, channels)?);
        }
        Ok(tables)
    }

    /// Latent channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Natural logarithms of the gains, level by level, for each level channel by channel.
    pub fn log_gains(&self) -> &[f32] {
        &self.log_gains
    }

    /// What is added before rounding down, in 256ths, as [`VariableRate::log_gains`].
    pub fn rounding(&self) -> &[u8] {
        &self.rounding
    }

    /// What the context coder starts from, if there is anything.
    pub fn state(&self) -> Option<&ContextState> {
        self.state.as_ref()
    }

    /// The static model of a quality, for latents of so many channels; [`Error::Bundle`] if there is none.
    pub fn escaped(&self, quality: u8, channels: usize) -> Result<Escaped<'_>> {
        if channels != self.channels {
            let has = self.channels;
            return Err(Error::Bundle(format!("the tables are for {has} channels, the latents have {channels}")));
        }
        match self.bands() {
            0 => Err(Error::Bundle("the bundle has no static tables for a variable rate".into())),
            bands => Ok(Escaped::new(&self.rows, band(quality, bands) * channels)),
        }
    }

    /// The static tables of a quality, channel by channel: the frequencies of the symbols of `-reach..=reach`, and of
    /// all beyond; [`Error::Bundle`] if there are none.
    pub fn static_tables(&self, quality: u8) -> Result<impl Iterator<Item = Vec<u32>>> {
        self.escaped(quality, self.channels)?;
        let start = band(quality, self.bands()) * self.channels;
        Ok((start..start + self.channels).map(|index| self.rows.row(index).frequencies()))
    }

    /// Bands of static tables.
    fn bands(&self) -> usize {
        self.rows.len() / self.channels
    }
}

/// The static tables: how many bands there are, then the rows of each.
fn read_rows(reader: &mut Reader<'_>, channels: usize) -> Result<Rows> {
    let bands = reader.leb128()? as usize;
    if bands > MAX_BANDS {
        return Err(Error::Format(format!("{bands} bands of static tables: 0 to {MAX_BANDS} expected")));
    }
    let mut rows = Rows::new();
    for _ in 0..bands * channels {
        let reach = usize::from(reader.byte()?);
        if reach > MAX_REACH {
            return Err(Error::Format(format!("a table reaches to {reach}: {MAX_REACH} at most expected")));
        }
        read_row(&mut rows, reader.take(2 * (2 * reach + 2))?)?;
    }
    Ok(rows)
}

/// Static tables of so many bands, each from the streams of its qualities.
fn fit_rows(channels: usize, streams: &[Stream<'_>], bands: usize) -> Result<Rows> {
    if bands > MAX_BANDS {
        return Err(Error::Argument(format!("{bands} bands of static tables: 0 to {MAX_BANDS} expected")));
    }
    let mut rows = Rows::new();
    for index in 0..bands {
        let inside: Vec<_> = streams.iter().filter(|stream| band(stream.quality, bands) == index).collect();
        if inside.is_empty() {
            return Err(Error::Argument(format!("no streams in band {index} of {bands} of qualities")));
        }
        for channel in 0..channels {
            rows.push(frequencies(&inside, channel).into_iter())?;
        }
    }
    Ok(rows)
}

/// The state of a context coder that has read the streams, if there are to be bands of it.
fn train(channels: usize, streams: &[Stream<'_>], bands: usize) -> Result<Option<ContextState>> {
    if bands == 0 {
        return Ok(None);
    }
    ContextState::train(channels, bands, &in_bands(streams, bands)).map(Some)
}

/// [`Error::Argument`] if a stream has other channels, a size that is not its shape's or no quality.
fn must_fit(channels: usize, streams: &[Stream<'_>]) -> Result<()> {
    let fits = |stream: &Stream<'_>| {
        let inside = stream.shape.channels() == channels && (1..=100).contains(&stream.quality);
        inside && stream.symbols.len() == stream.shape.volume()
    };
    if !streams.iter().all(fits) {
        return Err(Error::Argument(format!("streams of {channels} channels at qualities of 1 to 100 expected")));
    }
    Ok(())
}

/// The streams as the context coder reads them, with so many bands of quality.
fn in_bands<'a>(streams: &[Stream<'a>], bands: usize) -> Vec<TrainingStream<'a>> {
    let sample = |&Stream { quality, shape, symbols }: &Stream<'a>| {
        let band = band(quality, bands);
        TrainingStream { shape, band, symbols }
    };
    streams.iter().map(sample).collect()
}

/// The frequencies of a channel in these streams: of the symbols within the smallest reach that leaves few beyond, and
/// of all others.
fn frequencies(streams: &[&Stream<'_>], channel: usize) -> Vec<u32> {
    let (counts, total) = counts(streams, channel);
    let within = |reach: usize| &counts[MAX_REACH - reach..=MAX_REACH + reach];
    let beyond = |reach: usize| total - within(reach).iter().sum::<u64>();
    let rare = beyond(0) / RARE;
    let reach = (0..MAX_REACH).find(|&reach| beyond(reach) <= rare).unwrap_or(MAX_REACH);
    normalise(&[within(reach), &[beyond(reach)]].concat(), TOTAL)
}

/// How often each of the symbols `-MAX_REACH..=MAX_REACH` is in a channel, and how many symbols there are in all.
fn counts(streams: &[&Stream<'_>], channel: usize) -> ([u64; 2 * MAX_REACH + 1], u64) {
    let mut counts = [0_u64; 2 * MAX_REACH + 1];
    let mut total = 0;
    for Stream { shape, symbols, .. } in streams {
        for picture in symbols.chunks_exact(shape.picture()) {
            let plane = &picture[channel * shape.plane()..][..shape.plane()];
            total += plane.len() as u64;
            for &symbol in plane {
                let place = i32::from(symbol) + MAX_REACH as i32;
                if let Some(count) = usize::try_from(place).ok().and_then(|place| counts.get_mut(place)) {
                    *count += 1;
                }
            }
        }
    }
    (counts, total)
}
