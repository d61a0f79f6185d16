//! The static model: one table of frequencies per latent channel, fitted on training symbols.

use super::model::{EntropyModel, Symbols};
use crate::Result;
use crate::frequencies::{Rows, TOTAL_BITS};
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;

/// Codes each symbol with the table of its channel; costs the cross entropy of the symbols under the tables and
/// nothing to learn.
#[derive(Debug, Clone, Copy)]
pub struct Static<'a> {
    rows: &'a Rows,
}

impl<'a> Static<'a> {
    /// A model with one row for each latent channel.
    pub fn new(rows: &'a Rows) -> Self {
        Self { rows }
    }
}

impl EntropyModel for Static<'_> {
    fn encode(&self, shape: Shape, symbols: Symbols<'_>, encoder: &mut RangeEncoder) {
        for (index, plane) in symbols.values.chunks_exact(shape.plane()).enumerate() {
            let row = self.rows.row(index % shape.channels());
            for &symbol in plane {
                let (start, size) = row.interval(symbol as usize);
                encoder.encode_bits(start, size, TOTAL_BITS);
            }
        }
    }

    fn decode(&self, shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()> {
        for (index, plane) in symbols.chunks_exact_mut(shape.plane()).enumerate() {
            let row = self.rows.row(index % shape.channels());
            for slot in plane {
                *slot = decoder.decode_bits(TOTAL_BITS, |position| row.find(position))?;
            }
        }
        Ok(())
    }
}
