//! Pictures of up to four planes of up to 16 bits, coded so that they come back exactly.
//!
//! ```text
//! samples --levels--> ranks --less the first plane's--> predicted --difference--> decisions --mixer--> range coder
//! ```
//!
//! Planes are coded one after another: green, red less green, blue less green; alpha by itself. A sample is predicted
//! (`least_squares.rs`) from neighbours in its plane and in those before it, and what it differs by is coded as binary
//! decisions in sixteen contexts (`plane.rs`, `mixer.rs`). A coder learns from the picture, and starts from what it has
//! learnt of others (`state.rs`). All is integer arithmetic, the same on every machine.
//!
//! A stream begins with how samples are coded: as they are; predicted, all values or only those listed; or, on screens
//! and drawings, guessed, all planes of a pixel before the next one (`screen`). Several
//! pictures of one size are coded as one that has them below each other.

mod frame;
mod learnt;
mod least_squares;
mod levels;
mod mixer;
mod picture;
mod plane;
mod screen;
mod sparse;
mod state;

pub use state::{PlanesState, TrainingPlanes};

use crate::mixing::Binary;
use crate::models::EntropyModel;
use crate::quantise::Quantiser;
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;
use crate::{Error, Result};
use frame::Frame;
use learnt::Learnt;
use levels::Levels;
use picture::Dimensions;
use plane::{Coder, Known};
use state::{ALPHA, Lender};

/// How samples are coded: as they are; predicted, all values or only those listed; guessed, pixel by pixel.
const RAW: u32 = 0;
const ALL: u32 = 1;
const LISTED: u32 = 2;
const SCREEN: u32 = 3;
/// Pixels of 256 that are like a neighbour: in photographs less than `SELDOM`, on screens more than `OFTEN`; between
/// these, and where a picture has at most `SMALL` pixels, all ways are tried.
const SELDOM: usize = 64;
const OFTEN: usize = 192;
const SMALL: usize = 1 << 16;
/// Bits that say so.
const KINDS: u32 = 2;

/// The model of pictures of one to four planes; it learns while it codes, from [`PlanesState`] in every stream anew. Takes
/// some 40 bytes for each sample of a stream, and 2.5 MiB for each plane, which the state keeps for the next streams.
///
/// ```
/// use latentcodec_core::planes::{Planes, PlanesState, TrainingPlanes};
/// use latentcodec_core::streams::{decode_stream, encode_stream};
/// use latentcodec_core::{quantise::Quantiser, shape::Shape};
/// let (quantiser, shape) = (Quantiser::new(6, 6)?, Shape::new(1, 3, 1, 2)?); // three planes of 8 bits
/// let picture = [255, 0, 128, 3, 7, 7];
/// let state = PlanesState::train(&[TrainingPlanes { quantiser, shape, samples: &picture }])?;
/// let model = Planes::new(&state, quantiser, shape)?;
/// let bytes = encode_stream(&model, quantiser, shape, &picture)?;
/// assert_eq!(decode_stream(&model, quantiser, shape, &bytes)?, picture);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    state: &'a PlanesState,
    quantiser: Quantiser,
}

impl<'a> Planes<'a> {
    /// A model for streams of `shape`; [`Error::Bundle`] if they have not the quantiser's planes.
    pub fn new(state: &'a PlanesState, quantiser: Quantiser, shape: Shape) -> Result<Self> {
        Dimensions::new(quantiser, shape).map(|_| Self { state, quantiser })
    }
}

impl Dimensions {
    /// The stream of planes, in whichever way is the shortest: as a screen if `repeats` of 256 pixels are like a
    /// neighbour, in planes if few are, in both ways where that is open.
    fn write(self, planes: &mut [Vec<u16>], lender: &impl Lender) -> Result<RangeEncoder> {
        let repeats = match planes.iter().all(|plane| plane.iter().all(|sample| *sample == plane[0])) {
            true => 0,
            false => screen::repeats(planes, self.columns),
        };
        let small = self.rows * self.columns <= SMALL;
        if repeats < SELDOM {
            return self.write_planes(planes, lender);
        }
        let mut encoder = RangeEncoder::new();
        number(&mut encoder, SCREEN, KINDS)?;
        code_screen(&mut encoder, planes, self, lender)?;
        if repeats >= OFTEN && !small {
            return Ok(encoder);
        }
        let other = self.write_planes(planes, lender)?;
        let length = |encoder: &RangeEncoder| encoder.clone().finish().len();
        Ok(if length(&encoder) < length(&other) { encoder } else { other })
    }

    /// The same in planes, or as samples are.
    fn write_planes(self, planes: &mut [Vec<u16>], lender: &impl Lender) -> Result<RangeEncoder> {
        let mut encoder = RangeEncoder::new();
        match Levels::choose(planes, self.most()) {
            Some(levels) => {
                number(&mut encoder, LISTED, KINDS)?;
                Levels::code(&mut encoder, Some(&levels), self.most())?;
                planes.iter_mut().flatten().for_each(|sample| *sample = levels.rank(*sample));
                code(&mut encoder, planes, self, levels.most(), lender)?;
                planes.iter_mut().flatten().for_each(|sample| *sample = levels.value(*sample));
            }
            None => {
                number(&mut encoder, ALL, KINDS)?;
                code(&mut encoder, planes, self, self.most(), lender)?;
            }
        }
        let samples: usize = planes.iter().map(Vec::len).sum();
        if encoder.clone().finish().len() > (samples * self.bits as usize).div_ceil(8) {
            encoder = RangeEncoder::new();
            number(&mut encoder, RAW, KINDS)?;
            planes.iter().flatten().for_each(|&sample| encoder.encode_bits(sample.into(), 1, self.bits));
        }
        Ok(encoder)
    }

    /// Overwrites planes with those of a stream.
    fn read(self, decoder: &mut RangeDecoder<'_>, planes: &mut [Vec<u16>], lender: &impl Lender) -> Result<()> {
        let dimensions = self;
        match number(decoder, 0, KINDS)? as u32 {
            RAW => {
                for sample in planes.iter_mut().flatten() {
                    *sample =
                        decoder.decode_bits(dimensions.bits, |place| (place.quantile() as u16, place.quantile(), 1))?;
                }
                Ok(())
            }
            ALL => code(decoder, planes, dimensions, dimensions.most(), lender),
            LISTED => {
                let levels = Levels::code(decoder, None, dimensions.most())?;
                code(decoder, planes, dimensions, levels.most(), lender)?;
                planes.iter_mut().flatten().for_each(|sample| *sample = levels.value(*sample));
                Ok(())
            }
            _ => code_screen(decoder, planes, dimensions, lender),
        }
    }
}

impl EntropyModel for Planes<'_> {
    fn encode(&self, shape: Shape, symbols: &[i16], encoder: &mut RangeEncoder) {
        let coded = Dimensions::new(self.quantiser, shape).and_then(|dimensions| {
            let mut planes = dimensions.split(shape, symbols)?;
            dimensions.write(&mut planes, self.state)
        });
        *encoder = coded.expect("an encoder fails only where there is no memory for one picture");
    }

    fn decode(&self, shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()> {
        let dimensions = Dimensions::new(self.quantiser, shape)?;
        let mut planes = dimensions.zeros()?;
        dimensions.read(decoder, &mut planes, self.state)?;
        for (index, plane) in symbols.chunks_exact_mut(shape.plane()).enumerate() {
            let (picture, channel) = (index / shape.channels(), index % shape.channels());
            let place = planes[channel][picture * shape.plane()..].iter();
            plane.iter_mut().zip(place).for_each(|(symbol, &sample)| *symbol = sample as i16);
        }
        Ok(())
    }
}

/// Codes all planes; an encoder leaves them as they are, a decoder overwrites them.
fn code<B: Binary>(
    coder: &mut B,
    planes: &mut [Vec<u16>],
    dimensions: Dimensions,
    most: u16,
    lender: &impl Lender,
) -> Result<()> {
    let Dimensions { rows, columns, .. } = dimensions;
    for (index, group) in dimensions.groups().iter().enumerate() {
        let mut known = Known { samples: Vec::new(), errors: Vec::new() };
        for (before, &number) in group.iter().enumerate() {
            known.samples.push(Frame::new(rows, columns)?);
            known.errors.push(Frame::new(rows, columns)?);
            let first = if before == 0 { None } else { Some(planes[group[0]].clone()) };
            let kind = if index == 0 { before } else { ALPHA };
            let mut learnt = lender.lend(kind);
            let plane = &mut planes[number];
            let coded = plane_after(coder, &mut known, &mut learnt, first.as_deref(), columns, most.into(), plane);
            lender.take_back(kind, learnt);
            coded?;
            known.samples[before].finish(rows);
            known.errors[before].finish(rows);
        }
    }
    Ok(())
}

/// Codes all planes pixel by pixel; an encoder leaves them as they are, a decoder overwrites them.
fn code_screen<B: Binary>(
    coder: &mut B,
    planes: &mut [Vec<u16>],
    dimensions: Dimensions,
    lender: &impl Lender,
) -> Result<()> {
    let groups = dimensions.groups().iter().enumerate();
    let kinds: Vec<[usize; 2]> = groups
        .flat_map(|(index, group)| (0..group.len()).map(move |plane| [plane, if index == 0 { plane } else { ALPHA }]))
        .collect();
    let mut learnt: Vec<Learnt> = kinds.iter().map(|&[_, kind]| lender.lend(kind)).collect();
    let coders = kinds.iter().zip(&mut learnt);
    let coders: Result<Vec<_>> =
        coders.map(|(&[before, _], learnt)| Coder::new(before, dimensions.columns, learnt)).collect();
    let coded = coders.and_then(|mut coders| screen::code(coder, planes, dimensions, dimensions.most(), &mut coders));
    kinds.iter().zip(learnt).for_each(|(&[_, kind], learnt)| lender.take_back(kind, learnt));
    coded
}

/// Codes a plane: is it all one value, is it all one value above `first`, the first plane of its group; or else sample
/// by sample.
fn plane_after<B: Binary>(
    coder: &mut B,
    known: &mut Known,
    learnt: &mut Learnt,
    first: Option<&[u16]>,
    columns: usize,
    most: i32,
    samples: &mut [u16],
) -> Result<()> {
    let base = |index: usize| first.map_or(0, |first| i32::from(first[index]));
    if flag(coder, samples.iter().all(|sample| *sample == samples[0]))? {
        let value = number(coder, samples[0].into(), 16)?;
        return fill(coder, known, columns, samples, base, |_| value, most);
    }
    let above = i32::from(samples[0]) - base(0);
    let same = |(index, &sample): (usize, &u16)| i32::from(sample) - base(index) == above;
    if first.is_some() && flag(coder, samples.iter().enumerate().all(same))? {
        let sign = flag(coder, above < 0)?;
        let size = number(coder, above.unsigned_abs(), 16)?;
        let above = if sign { -size } else { size };
        return fill(coder, known, columns, samples, base, |index| base(index) + above, most);
    }
    let mut plane = Coder::new(known.samples.len() - 1, columns, learnt)?;
    let last = known.samples.len() - 1;
    for (row, line) in samples.chunks_exact_mut(columns).enumerate() {
        known.samples[last].start_row(row);
        for (column, sample) in line.iter_mut().enumerate() {
            let (at, base) = (known.samples[last].at(row, column), base(row * columns + column));
            let target = i32::from(*sample) - base;
            let value = plane.sample(coder, known, (at, column), [-base, most - base], target)?;
            *sample = (value + base) as u16;
            coder.end_symbol();
        }
        known.samples[last].finish_row(row);
        plane.finish_row();
    }
    Ok(())
}

/// Puts samples that need no more decisions.
fn fill<B: Binary>(
    coder: &mut B,
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
            coder.end_symbol();
        }
        known.samples[last].finish_row(row);
    }
    Ok(())
}

/// A decision that nothing is known of.
fn flag<B: Binary>(coder: &mut B, target: bool) -> Result<bool> {
    coder.code(target, 1 << 15)
}

/// A number of so many bits.
fn number<B: Binary>(coder: &mut B, target: u32, bits: u32) -> Result<i32> {
    (0..bits).rev().try_fold(0, |number, bit| Ok(number << 1 | i32::from(flag(coder, target >> bit & 1 == 1)?)))
}
