//! Bytes in, intervals out.

use std::fmt;

use super::interval::MIN_RANGE;
use crate::{Error, Result};

/// Reads what [`super::RangeEncoder`] wrote.
#[derive(Clone)]
pub struct RangeDecoder<'a> {
    bytes: &'a [u8],
    /// Bytes read so far, those past the end included.
    position: usize,
    /// The number that the stream names, less the encoder's `low`: below `range`.
    offset: u64,
    range: u64,
    /// Rows of symbols that are decoded, as far as the bytes that there are go.
    rows: usize,
    progress: &'a dyn Fn(f64),
}

impl<'a> RangeDecoder<'a> {
    /// Starts at the first byte of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::reporting(bytes, &|_| ())
    }

    /// The same; after every row `progress` is told the share of the bytes that is read.
    pub fn reporting(bytes: &'a [u8], progress: &'a dyn Fn(f64)) -> Self {
        let mut decoder = Self { bytes, position: 0, offset: 0, range: u64::MAX, rows: 0, progress };
        let high = decoder.word();
        decoder.offset = (high << 32) | decoder.word();
        decoder
    }

    /// The next four bytes, zeros past the end.
    #[inline(always)]
    fn word(&mut self) -> u64 {
        let rest = self.bytes.get(self.position..).unwrap_or(&[]);
        self.position += 4;
        match rest.first_chunk() {
            Some(&word) => u32::from_be_bytes(word).into(),
            None => rest.iter().chain(&[0; 4]).take(4).fold(0, |word, &byte| (word << 8) | u64::from(byte)),
        }
    }

    /// The symbols of so many rows end here.
    #[inline(always)]
    pub fn end_rows(&mut self, count: usize) {
        self.rows += if self.starved() { 0 } else { count };
        (self.progress)((self.position as f64 / self.bytes.len() as f64).min(1.0));
    }

    /// Whether a byte past the end was asked for: symbols decoded until then are those of all longer streams, too.
    pub fn starved(&self) -> bool {
        self.position > self.bytes.len()
    }

    /// How many rows were decoded before a byte past the end was asked for.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Decodes one symbol of a model with the total `2^bits`: `find` is given a position in `[0, 2^bits)` and returns
    /// the symbol whose interval holds it, with the interval's start and size. [`Error::Format`] if no encoder wrote
    /// this.
    #[inline(always)]
    pub fn decode_bits<S>(&mut self, bits: u32, find: impl FnOnce(Position) -> (S, u32, u32)) -> Result<S> {
        self.step(self.range >> bits, 1 << bits, find)
    }

    /// Decodes one symbol of a model with the given total, at most `2^16`; see [`RangeDecoder::decode_bits`].
    #[inline(always)]
    pub fn decode<S>(&mut self, total: u32, find: impl FnOnce(Position) -> (S, u32, u32)) -> Result<S> {
        self.step(self.range / u64::from(total), total, find)
    }

    #[inline(always)]
    fn step<S>(&mut self, unit: u64, total: u32, find: impl FnOnce(Position) -> (S, u32, u32)) -> Result<S> {
        let position = Position { unit, offset: self.offset };
        if position.reaches(total) {
            return Err(foreign());
        }
        let (symbol, start, size) = find(position);
        self.offset -= unit * u64::from(start);
        self.range = unit * u64::from(size);
        if self.range < MIN_RANGE {
            self.offset = (self.offset << 32) | self.word();
            self.range <<= 32;
        }
        Ok(symbol)
    }

    /// To be called after the last symbol: [`Error::Format`] if the stream held more than the symbols need.
    pub fn finish(self) -> Result<()> {
        // The last interval is at least 2^32 wide, so an encoder ends with at most 4 of the 8 bytes in view.
        let more = self.bytes.len() + 4 > self.position;
        if more || self.bytes.last() == Some(&0) {
            return Err(Error::Format("the entropy-coded stream goes on after its last symbol".into()));
        }
        Ok(())
    }
}

impl fmt::Debug for RangeDecoder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, offset, range, .. } = self;
        write!(formatter, "RangeDecoder at byte {position}, {offset} of {range}")
    }
}

/// A place among the intervals of a model, as the stream gives it.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    unit: u64,
    offset: u64,
}

impl Position {
    /// The position `quantile`, as a decoder would see it.
    pub fn new(quantile: u32) -> Self {
        Self { unit: 1, offset: quantile.into() }
    }

    /// Whether the position is not below `bound`: a multiplication, where [`Position::quantile`] costs a division.
    #[inline(always)]
    pub fn reaches(self, bound: u32) -> bool {
        self.unit * u64::from(bound) <= self.offset
    }

    /// The position as a number of `[0, total)`.
    #[inline(always)]
    pub fn quantile(self) -> u32 {
        (self.offset / self.unit) as u32
    }
}

#[cold]
fn foreign() -> Error {
    Error::Format("the entropy-coded stream was not written by this coder with these tables".into())
}
