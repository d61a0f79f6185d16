//! Pictures of up to four planes of up to 16 bits, coded so that they come back exactly.
//!
//! ```text
//! samples --levels--> ranks --less the first plane's--> predicted --difference--> decisions --mixer--> range coder
//! ```
//!
//! Planes are coded one after another: green, red less green, blue less green; alpha by itself. A sample is predicted
//! (`least_squares.rs`) from neighbours in its plane and in those before it, and what it differs by is coded as binary
//! decisions in sixteen contexts (`plane.rs`, `mixer.rs`). Nothing is trained: a coder learns from the picture. All is
//! integer arithmetic, the same on every machine.
//!
//! A stream is a byte that says how, the CRC-32 of all samples (planes as they came, little-endian words), and what the
//! range coder wrote.

mod frame;
mod least_squares;
mod levels;
mod mixer;
mod picture;
mod plane;

pub use picture::Dimensions;

use crate::bytes::{CHECKSUM, Reader};
use crate::mixing::Binary;
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::{Error, Result};
use frame::{Frame, filled};
use levels::Levels;
use plane::{Coder, Known};

/// The first byte: samples as they are; predicted, all values or only those listed.
const RAW: u8 = 0;
const ALL: u8 = 1;
const LISTED: u8 = 2;

/// The stream of a picture, one vector of samples for each plane; never more than a few bytes above the samples
/// themselves. [`Error::Argument`] if the samples are not those that `dimensions` says, [`Error::Limit`] if there is no
/// memory.
///
/// ```
/// use latentcodec_core::planes::{Dimensions, decode, encode};
/// let dimensions = Dimensions { rows: 1, columns: 2, planes: 3, bits: 8 };
/// let picture = vec![vec![255, 0], vec![128, 3], vec![7, 7]];
/// assert_eq!(decode(&encode(&picture, dimensions)?, dimensions)?, picture);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
pub fn encode(planes: &[Vec<u16>], dimensions: Dimensions) -> Result<Vec<u8>> {
    check(planes, dimensions)?;
    let levels = Levels::choose(planes, dimensions.most());
    let (kind, stream) = match &levels {
        Some(levels) => (LISTED, listed(planes, dimensions, levels)?),
        None => (ALL, predicted(planes, dimensions, RangeEncoder::new(), dimensions.most())?),
    };
    let samples: usize = planes.iter().map(Vec::len).sum();
    let (kind, stream) = match stream.len() > (samples * dimensions.bits as usize).div_ceil(8) {
        true => (RAW, raw(planes, dimensions)),
        false => (kind, stream),
    };
    Ok([&[kind][..], &checksum(planes).to_le_bytes(), &stream].concat())
}

/// The planes of a stream. [`Error::Format`], [`Error::Truncated`] or [`Error::Checksum`] if it is not one of such a
/// picture, [`Error::Limit`] if there is no memory.
pub fn decode(bytes: &[u8], dimensions: Dimensions) -> Result<Vec<Vec<u16>>> {
    let plane = dimensions.plane()?;
    let mut reader = Reader::new(bytes);
    let (kind, sum) = (reader.byte()?, reader.take(CHECKSUM)?);
    let mut decoder = RangeDecoder::new(reader.rest());
    let mut planes = Vec::new();
    for _ in 0..dimensions.planes {
        planes.push(filled(plane, 0)?);
    }
    match kind {
        RAW => {
            let bits = dimensions.bits;
            for sample in planes.iter_mut().flatten() {
                *sample = decoder.decode_bits(bits, |place| (place.quantile() as u16, place.quantile(), 1))?;
            }
        }
        ALL => code(&mut decoder, &mut planes, dimensions, dimensions.most())?,
        LISTED => {
            let levels = Levels::code(&mut decoder, None, dimensions.most())?;
            code(&mut decoder, &mut planes, dimensions, levels.most())?;
            planes.iter_mut().flatten().for_each(|sample| *sample = levels.value(*sample));
        }
        _ => return Err(Error::Format(format!("kind {kind} of planes is unknown to this release"))),
    }
    decoder.finish()?;
    match checksum(&planes).to_le_bytes() == *sum {
        true => Ok(planes),
        false => Err(Error::Checksum("the samples are not those that were coded".into())),
    }
}

fn check(planes: &[Vec<u16>], dimensions: Dimensions) -> Result<()> {
    let plane = dimensions.plane()?;
    if planes.len() != dimensions.planes || planes.iter().any(|samples| samples.len() != plane) {
        return Err(Error::Argument(format!("{} planes of {plane} samples expected", dimensions.planes)));
    }
    match planes.iter().flatten().find(|&&sample| sample > dimensions.most()) {
        Some(sample) => Err(Error::Argument(format!("a sample of {sample} has more than {} bits", dimensions.bits))),
        None => Ok(()),
    }
}

fn checksum(planes: &[Vec<u16>]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for samples in planes.iter().flat_map(|plane| plane.chunks(4096)) {
        hasher.update(&samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<_>>());
    }
    hasher.finalize()
}

fn raw(planes: &[Vec<u16>], dimensions: Dimensions) -> Vec<u8> {
    let mut encoder = RangeEncoder::new();
    for &sample in planes.iter().flatten() {
        encoder.encode_bits(sample.into(), 1, dimensions.bits);
    }
    encoder.finish()
}

fn listed(planes: &[Vec<u16>], dimensions: Dimensions, levels: &Levels) -> Result<Vec<u8>> {
    let mut encoder = RangeEncoder::new();
    Levels::code(&mut encoder, Some(levels), dimensions.most())?;
    let rank = |plane: &Vec<u16>| plane.iter().map(|&sample| levels.rank(sample)).collect();
    predicted(&planes.iter().map(rank).collect::<Vec<_>>(), dimensions, encoder, levels.most())
}

fn predicted(planes: &[Vec<u16>], dimensions: Dimensions, mut encoder: RangeEncoder, most: u16) -> Result<Vec<u8>> {
    code(&mut encoder, &mut planes.to_vec(), dimensions, most)?;
    Ok(encoder.finish())
}

/// Codes all planes; an encoder leaves them as they are, a decoder overwrites them.
fn code<B: Binary>(coder: &mut B, planes: &mut [Vec<u16>], dimensions: Dimensions, most: u16) -> Result<()> {
    let Dimensions { rows, columns, .. } = dimensions;
    for group in dimensions.groups() {
        let mut known = Known { samples: Vec::new(), errors: Vec::new() };
        for (before, &number) in group.iter().enumerate() {
            known.samples.push(Frame::new(rows, columns)?);
            known.errors.push(Frame::new(rows, columns)?);
            let first = if before == 0 { None } else { Some(planes[group[0]].clone()) };
            plane_after(coder, &mut known, first.as_deref(), columns, most.into(), &mut planes[number])?;
            known.samples[before].finish(rows);
            known.errors[before].finish(rows);
        }
    }
    Ok(())
}

/// Codes a plane: is it all one value, is it all one value above `first`, the first plane of its group; or else sample
/// by sample.
fn plane_after<B: Binary>(
    coder: &mut B,
    known: &mut Known,
    first: Option<&[u16]>,
    columns: usize,
    most: i32,
    samples: &mut [u16],
) -> Result<()> {
    let base = |index: usize| first.map_or(0, |first| i32::from(first[index]));
    if flag(coder, samples.iter().all(|sample| *sample == samples[0]))? {
        let value = number(coder, samples[0].into())?;
        return fill(known, columns, samples, base, |_| value, most);
    }
    let above = i32::from(samples[0]) - base(0);
    let same = |(index, &sample): (usize, &u16)| i32::from(sample) - base(index) == above;
    if first.is_some() && flag(coder, samples.iter().enumerate().all(same))? {
        let sign = flag(coder, above < 0)?;
        let size = number(coder, above.unsigned_abs())?;
        let above = if sign { -size } else { size };
        return fill(known, columns, samples, base, |index| base(index) + above, most);
    }
    let mut learnt = Coder::new(known.samples.len() - 1, columns)?;
    let last = known.samples.len() - 1;
    for (row, line) in samples.chunks_exact_mut(columns).enumerate() {
        known.samples[last].start_row(row);
        for (column, sample) in line.iter_mut().enumerate() {
            let (at, base) = (known.samples[last].at(row, column), base(row * columns + column));
            let target = i32::from(*sample) - base;
            let value = learnt.sample(coder, known, (at, column), [-base, most - base], target)?;
            *sample = (value + base) as u16;
            coder.end_symbol();
        }
        known.samples[last].finish_row(row);
        learnt.finish_row(columns);
    }
    Ok(())
}

/// Puts samples that need no more decisions.
fn fill(
    known: &mut Known,
    columns: usize,
    samples: &mut [u16],
    base: impl Fn(usize) -> i32,
    value: impl Fn(usize) -> i32,
    most: i32,
) -> Result<()> {
    let last = known.samples.len() - 1;
    for (row, line) in samples.chunks_exact_mut(columns).enumerate() {
        known.samples[last].start_row(row);
        for (column, sample) in line.iter_mut().enumerate() {
            let index = row * columns + column;
            let value = value(index);
            if !(0..=most).contains(&value) {
                return Err(Error::Format(format!("a sample of {value}: 0 to {most} expected")));
            }
            *sample = value as u16;
            let at = known.samples[last].at(row, column);
            known.samples[last].put(at, value - base(index));
        }
        known.samples[last].finish_row(row);
    }
    Ok(())
}

/// A decision that nothing is known of.
fn flag<B: Binary>(coder: &mut B, target: bool) -> Result<bool> {
    coder.code(target, 1 << 15)
}

/// A number of 16 bits.
fn number<B: Binary>(coder: &mut B, target: u32) -> Result<i32> {
    (0..16).rev().try_fold(0, |number, bit| Ok(number << 1 | i32::from(flag(coder, target >> bit & 1 == 1)?)))
}
