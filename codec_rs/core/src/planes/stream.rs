//! A stream: the mode in which samples are coded, the shortest there is, and the samples.

use super::adaptive::StatePool;
use super::by_plane::{self, code_number};
use super::packing::{Histogram, is_flat};
use super::picture::Dimensions;
use super::screen;
use crate::Result;
use crate::range_coder::{RangeDecoder, RangeEncoder};

/// The modes: samples as they are; predicted, all values or only those that the picture has; pixel by pixel.
const RAW: u32 = 0;
const PREDICTED: u32 = 1;
const PACKED: u32 = 2;
const SCREEN: u32 = 3;
const MODE_BITS: u32 = 2;
/// Pixels of 256 that repeat a neighbour: photographs have less than `TRY_SCREEN`, screens `ONLY_SCREEN` and more.
/// Between these both ways are tried, and always where a picture has at most `SMALL_PICTURE` pixels.
const TRY_SCREEN: usize = 64;
const ONLY_SCREEN: usize = 192;
const SMALL_PICTURE: usize = 1 << 16;

/// The stream of some planes, in whichever mode is the shortest of those worth trying.
pub fn write(planes: &mut [Vec<u16>], dimensions: Dimensions, pool: &impl StatePool) -> Result<RangeEncoder> {
    let repeats = repeats(planes, dimensions);
    if repeats < TRY_SCREEN {
        return write_by_plane(planes, dimensions, pool);
    }
    let mut screen = begin(SCREEN)?;
    screen::code(&mut screen, planes, dimensions, pool)?;
    if repeats >= ONLY_SCREEN && dimensions.rows * dimensions.columns > SMALL_PICTURE {
        return Ok(screen);
    }
    let by_plane = write_by_plane(planes, dimensions, pool)?;
    Ok(if length(&screen) < length(&by_plane) { screen } else { by_plane })
}

/// How many pixels of 256 repeat a neighbour. In a grey photograph some do so by chance, and about as many are one level
/// off, which are taken off.
fn repeats(planes: &[Vec<u16>], dimensions: Dimensions) -> usize {
    let off_by = |levels| screen::off_by(planes, dimensions.columns, levels);
    match planes {
        _ if is_flat(planes) => 0,
        [_] if Histogram::choose(planes, dimensions.max_value()).is_none() => off_by(0).saturating_sub(off_by(1)),
        _ => off_by(0),
    }
}

/// The stream of some planes one after another, or raw if that is shorter.
pub fn write_by_plane(planes: &mut [Vec<u16>], dimensions: Dimensions, pool: &impl StatePool) -> Result<RangeEncoder> {
    let encoder = match Histogram::choose(planes, dimensions.max_value()) {
        Some(histogram) => write_packed(planes, dimensions, &histogram, pool)?,
        None => {
            let mut encoder = begin(PREDICTED)?;
            by_plane::code(&mut encoder, planes, dimensions, dimensions.max_value(), pool)?;
            encoder
        }
    };
    let samples: usize = planes.iter().map(Vec::len).sum();
    let is_longer = length(&encoder) > (samples * dimensions.bits as usize).div_ceil(8);
    if is_longer { write_raw(planes, dimensions) } else { Ok(encoder) }
}

fn write_packed(
    planes: &mut [Vec<u16>],
    dimensions: Dimensions,
    histogram: &Histogram,
    pool: &impl StatePool,
) -> Result<RangeEncoder> {
    let mut encoder = begin(PACKED)?;
    Histogram::code(&mut encoder, Some(histogram), dimensions.max_value())?;
    histogram.pack(planes);
    by_plane::code(&mut encoder, planes, dimensions, histogram.max_rank(), pool)?;
    histogram.unpack(planes);
    Ok(encoder)
}

fn write_raw(planes: &[Vec<u16>], dimensions: Dimensions) -> Result<RangeEncoder> {
    let mut encoder = begin(RAW)?;
    planes.iter().flatten().for_each(|&sample| encoder.encode_bits(sample.into(), 1, dimensions.bits));
    Ok(encoder)
}

/// An encoder to which a mode is written.
fn begin(mode: u32) -> Result<RangeEncoder> {
    let mut encoder = RangeEncoder::new();
    code_number(&mut encoder, mode, MODE_BITS)?;
    Ok(encoder)
}

fn length(encoder: &RangeEncoder) -> usize {
    encoder.clone().finish().len()
}

/// Overwrites planes with those of a stream.
pub fn read(
    decoder: &mut RangeDecoder<'_>,
    planes: &mut [Vec<u16>],
    dimensions: Dimensions,
    pool: &impl StatePool,
) -> Result<()> {
    match code_number(decoder, 0, MODE_BITS)? as u32 {
        RAW => read_raw(decoder, planes, dimensions),
        PREDICTED => by_plane::code(decoder, planes, dimensions, dimensions.max_value(), pool),
        PACKED => {
            let histogram = Histogram::code(decoder, None, dimensions.max_value())?;
            by_plane::code(decoder, planes, dimensions, histogram.max_rank(), pool)?;
            histogram.unpack(planes);
            Ok(())
        }
        _ => screen::code(decoder, planes, dimensions, pool),
    }
}

fn read_raw(decoder: &mut RangeDecoder<'_>, planes: &mut [Vec<u16>], dimensions: Dimensions) -> Result<()> {
    for sample in planes.iter_mut().flatten() {
        *sample = decoder.decode_bits(dimensions.bits, |place| (place.quantile() as u16, place.quantile(), 1))?;
    }
    Ok(())
}
