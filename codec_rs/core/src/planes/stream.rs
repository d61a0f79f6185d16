//! A stream: the mode in which samples are coded, the shortest there is, and the samples.

use super::adaptive::StatePool;
use super::by_plane::{self, code_number};
use super::packing::{Histogram, is_flat};
use super::picture::Dimensions;
use super::sample::sample;
use super::{screen, unpredicted};
use crate::Result;
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;

/// The modes: samples as they are; predicted, all values or only those that the picture has, if it has none not predicted,
/// each plane's values alike; pixel by pixel.
const RAW: u32 = 0;
const PREDICTED: u32 = 1;
const PACKED: u32 = 2;
const SCREEN: u32 = 3;
const MODE_BITS: u32 = 2;
/// Pixels of 256 that repeat a neighbour: most photographs have less than `TRY_SCREEN`, screens `ONLY_SCREEN` and more.
/// Between these a sample tells how to code; pictures of at most `SMALL_PICTURE` pixels are coded both ways, and those of
/// which `TRY_REPETITION` pixels come again far away.
const TRY_SCREEN: usize = 64;
const ONLY_SCREEN: usize = 192;
const TRY_REPETITION: usize = 96;
const SMALL_PICTURE: usize = 1 << 16;

/// The stream of some planes, in whichever mode is the shortest of those worth trying.
pub fn write(planes: &mut [Vec<u16>], dimensions: Dimensions, pool: &impl StatePool) -> Result<RangeEncoder> {
    let mut shortest = write_modelled(planes, dimensions, pool)?;
    let (bits, max_value) = (dimensions.bits, dimensions.max_value());
    let samples: usize = planes.iter().map(Vec::len).sum();
    if length(&shortest) > (samples * bits as usize).div_ceil(8) {
        shortest = begin(RAW)?;
        write_raw(&mut shortest, planes.iter().flatten().copied(), bits);
    }
    if length(&shortest) > unpredicted::least_bytes(planes, max_value) {
        let unpredicted = write_unpredicted(planes, max_value)?;
        shortest = if length(&unpredicted) < length(&shortest) { unpredicted } else { shortest };
    }
    Ok(shortest)
}

/// The stream of some planes each sample of which is coded by what is around it.
fn write_modelled(planes: &mut [Vec<u16>], dimensions: Dimensions, pool: &impl StatePool) -> Result<RangeEncoder> {
    let repeats = repeats(planes, dimensions);
    let repeats_neighbours = repeats >= TRY_SCREEN;
    if !repeats_neighbours && (is_flat(planes) || screen::again(planes, dimensions.columns) < TRY_REPETITION) {
        return write_by_plane(planes, dimensions, pool);
    }
    if !repeats_neighbours || dimensions.rows * dimensions.columns <= SMALL_PICTURE {
        let [screen, by_plane] = write_both(planes, dimensions, pool)?;
        return Ok(if length(&screen) < length(&by_plane) { screen } else { by_plane });
    }
    match repeats >= ONLY_SCREEN || screen_pays(planes, dimensions, pool)? {
        true => write_screen(planes, dimensions, pool),
        false => write_by_plane(planes, dimensions, pool),
    }
}

/// Whether a sample takes 1/32 less pixel by pixel, which is slower.
fn screen_pays(planes: &[Vec<u16>], dimensions: Dimensions, pool: &impl StatePool) -> Result<bool> {
    let (mut sample, dimensions) = sample(planes, dimensions);
    let [screen, by_plane] = write_both(&mut sample, dimensions, pool)?;
    Ok(32 * length(&screen) < 31 * length(&by_plane))
}

/// The streams of some planes pixel by pixel, and one plane after another.
fn write_both(planes: &mut [Vec<u16>], dimensions: Dimensions, pool: &impl StatePool) -> Result<[RangeEncoder; 2]> {
    Ok([write_screen(planes, dimensions, pool)?, write_by_plane(planes, dimensions, pool)?])
}

fn write_screen(planes: &mut [Vec<u16>], dimensions: Dimensions, pool: &impl StatePool) -> Result<RangeEncoder> {
    let mut encoder = begin(SCREEN)?;
    screen::code(&mut encoder, planes, dimensions, pool)?;
    Ok(encoder)
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

/// The stream of some planes one after another.
pub fn write_by_plane(planes: &mut [Vec<u16>], dimensions: Dimensions, pool: &impl StatePool) -> Result<RangeEncoder> {
    if let Some(histogram) = Histogram::choose(planes, dimensions.max_value()) {
        return write_packed(planes, dimensions, &histogram, pool);
    }
    let mut encoder = begin(PREDICTED)?;
    by_plane::code(&mut encoder, planes, dimensions, dimensions.max_value(), pool)?;
    Ok(encoder)
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

/// The stream of some planes that nothing predicts: a histogram without values announces that of each plane.
fn write_unpredicted(planes: &[Vec<u16>], max_value: u16) -> Result<RangeEncoder> {
    let mut encoder = begin(PACKED)?;
    Histogram::code(&mut encoder, Some(&Histogram::none()), max_value)?;
    unpredicted::write(&mut encoder, planes, max_value)?;
    Ok(encoder)
}

/// The stream of a picture's samples as they are, which come row by row.
pub fn raw(mut rows: impl Iterator<Item = Result<Vec<i16>>>, bits: u32) -> Result<RangeEncoder> {
    let mut encoder = begin(RAW)?;
    rows.try_for_each(|row| row.map(|row| write_raw(&mut encoder, row.into_iter().map(|sample| sample as u16), bits)))?;
    Ok(encoder)
}

fn write_raw(encoder: &mut RangeEncoder, samples: impl Iterator<Item = u16>, bits: u32) {
    samples.for_each(|sample| encoder.encode_bits(sample.into(), 1, bits));
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

/// Overwrites the symbols of some pictures of a shape with those of a stream.
pub fn read(
    decoder: &mut RangeDecoder<'_>,
    (shape, symbols): (Shape, &mut [i16]),
    dimensions: Dimensions,
    pool: &impl StatePool,
) -> Result<()> {
    let mode = code_number(decoder, 0, MODE_BITS)? as u32;
    if mode == RAW {
        return read_raw(decoder, (shape, symbols), dimensions.bits);
    }
    let mut planes = dimensions.zeros()?;
    match mode {
        PREDICTED => by_plane::code(decoder, &mut planes, dimensions, dimensions.max_value(), pool)?,
        PACKED => read_packed(decoder, &mut planes, dimensions, pool)?,
        _ => screen::code(decoder, &mut planes, dimensions, pool)?,
    }
    Dimensions::join(shape, &planes, symbols);
    Ok(())
}

/// Overwrites planes with ranks among the values that come first, unpacked.
fn read_packed(
    decoder: &mut RangeDecoder<'_>,
    planes: &mut [Vec<u16>],
    dimensions: Dimensions,
    pool: &impl StatePool,
) -> Result<()> {
    let histogram = Histogram::code(decoder, None, dimensions.max_value())?;
    if histogram.count() == 0 {
        return unpredicted::read(decoder, planes, dimensions.max_value());
    }
    by_plane::code(decoder, planes, dimensions, histogram.max_rank(), pool)?;
    histogram.unpack(planes);
    Ok(())
}

/// Samples as they are, each plane of all pictures before the next plane; they may be very many, so straight to where
/// they belong.
fn read_raw(decoder: &mut RangeDecoder<'_>, (shape, symbols): (Shape, &mut [i16]), bits: u32) -> Result<()> {
    for channel in 0..shape.channels() {
        for plane in symbols.chunks_exact_mut(shape.plane()).skip(channel).step_by(shape.channels()) {
            for sample in plane {
                *sample = decoder.decode_bits(bits, |at| (at.quantile() as u16 as i16, at.quantile(), 1))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planes::{PlanesState, TrainingPlanes};
    use crate::quantise::Quantiser;

    const DIMENSIONS: Dimensions = Dimensions { rows: 260, columns: 300, planes: 3, bits: 8, clipped: true };

    /// Numbers that look random, the same in every run.
    fn noise() -> impl FnMut() -> u16 {
        let mut state = 1_u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u16
        }
    }

    fn picture(mut sample: impl FnMut(usize, usize) -> u16) -> Vec<Vec<u16>> {
        let Dimensions { rows, columns, planes, .. } = DIMENSIONS;
        (0..planes).map(|_| (0..rows * columns).map(|at| sample(at / columns, at % columns)).collect()).collect()
    }

    /// A slope with noise of two levels in every plane: neighbours often repeat, but nothing comes again.
    fn slope() -> Vec<Vec<u16>> {
        let mut random = noise();
        picture(|row, column| ((row + column) / 6) as u16 + u16::from(random() < 64))
    }

    /// A pattern of noise that comes again and again beside noise that does not.
    fn drawing() -> Vec<Vec<u16>> {
        let mut random = noise();
        let pattern: Vec<u16> = (0..400).map(|_| random() / 128 * 90).collect();
        picture(|row, column| if column < 200 { pattern[row % 20 * 20 + column % 20] } else { random() })
    }

    #[test]
    fn a_sample_tells_how_to_code_what_repeats_neighbours() -> Result<()> {
        let (quantiser, shape) = (Quantiser::new(6, 6)?, Shape::new(1, 3, 1, 2)?);
        let state = PlanesState::train(&[TrainingPlanes { quantiser, shape, samples: &[0; 6] }])?;
        for (mut planes, by_pixel) in [(slope(), false), (drawing(), true)] {
            let repeats = repeats(&planes, DIMENSIONS);
            assert!((TRY_SCREEN..ONLY_SCREEN).contains(&repeats), "{repeats}");
            let [screen, by_plane] = write_both(&mut planes, DIMENSIONS, &state)?.map(|encoder| length(&encoder));
            assert_eq!(screen < by_plane, by_pixel);
            let written = length(&write(&mut planes, DIMENSIONS, &state)?);
            assert_eq!(written, screen.min(by_plane));
        }
        Ok(())
    }
}
