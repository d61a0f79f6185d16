//! The static model of variable rates: tables that end somewhere, and a code for the symbols beyond.

use super::model::{EntropyModel, Symbols};
use crate::frequencies::{Row, Rows, TOTAL_BITS};
use crate::mixing::Binary;
use crate::range_coder::{Position, RangeDecoder, RangeEncoder};
use crate::shape::Shape;
use crate::{Error, Result};

/// Doublings of an Exp-Golomb code: a magnitude of an `i16` less one has 15 bits.
const DOUBLINGS: u32 = 15;
const EVEN: u32 = 1 << 15;

/// Codes a symbol of `-reach..=reach` with the table of its channel; others with the last frequency of the table, a bit
/// for the sign and an Exp-Golomb code for the distance.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a> {
    rows: &'a Rows,
    start: usize,
}

impl<'a> Escaped<'a> {
    /// A model whose first channel has the row `start`: `2 reach + 2` frequencies.
    pub fn new(rows: &'a Rows, start: usize) -> Self {
        Self { rows, start }
    }

    /// The table of a plane of a stream, and its reach.
    fn table(&self, shape: Shape, plane: usize) -> (Row<'a>, i32) {
        let row = self.rows.row(self.start + plane % shape.channels());
        (row, row.levels() as i32 / 2 - 1)
    }
}

impl EntropyModel for Escaped<'_> {
    fn encode(&self, shape: Shape, symbols: Symbols<'_>, encoder: &mut RangeEncoder) {
        for (index, plane) in symbols.values.chunks_exact(shape.plane()).enumerate() {
            let (row, reach) = self.table(shape, index);
            for &symbol in plane {
                let place = (i32::from(symbol) + reach) as usize;
                let beyond = row.levels() - 1;
                let (start, size) = row.interval(place.min(beyond));
                encoder.encode_bits(start, size, TOTAL_BITS);
                if place >= beyond {
                    code_beyond(encoder, reach, symbol).expect("an encoder does not fail");
                }
            }
        }
    }

    fn decode(&self, shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()> {
        for (index, line) in symbols.chunks_exact_mut(shape.columns()).enumerate() {
            let (row, reach) = self.table(shape, index / shape.rows());
            let zero = row.interval(reach as usize);
            for slot in line {
                let place = decoder.decode_bits(TOTAL_BITS, |position| find(&row, reach, zero, position))?;
                *slot = match i32::from(place) {
                    place if place > 2 * reach => code_beyond(decoder, reach, 0)?,
                    place => (place - reach) as i16,
                };
            }
            decoder.end_rows(1);
        }
        Ok(())
    }
}

/// As [`Row::find`], but most symbols are 0, which two multiplications find.
#[inline(always)]
fn find(row: &Row<'_>, reach: i32, (start, size): (u32, u32), position: Position) -> (i16, u32, u32) {
    match position.reaches(start) && !position.reaches(start + size) {
        true => (reach as i16, start, size),
        false => row.find(position),
    }
}

/// Codes a symbol beyond the reach; a decoder returns it. [`Error::Format`] if it is no `i16`.
#[cold]
fn code_beyond<B: Binary>(coder: &mut B, reach: i32, symbol: i16) -> Result<i16> {
    let negative = coder.code(symbol < 0, EVEN)?;
    let target = (u32::from(symbol.unsigned_abs())).saturating_sub(reach as u32);
    let mut bits = 0;
    while bits < DOUBLINGS && coder.code(target >> (bits + 1) != 0, EVEN)? {
        bits += 1;
    }
    let mut value = 1;
    for bit in (0..bits).rev() {
        value = value << 1 | i32::from(coder.code(target >> bit & 1 == 1, EVEN)?);
    }
    let size = reach + value;
    let found = if negative { -size } else { size };
    i16::try_from(found).map_err(|_| Error::Format(format!("the stream holds the symbol {found}")))
}
