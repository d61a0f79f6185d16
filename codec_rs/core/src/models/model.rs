//! What an entropy model does, whichever it is.

use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;
use crate::{Error, Result};

/// A model of the symbols of a stream. Only integers may decide a probability: a file must decode to the same symbols
/// on every machine.
pub trait EntropyModel: Sync {
    /// Codes all symbols, `shape.volume()` of them, already checked to lie in the quantiser's range; where they have
    /// remainders, perhaps others in place of some.
    fn encode(&self, shape: Shape, symbols: Symbols<'_>, encoder: &mut RangeEncoder);

    /// Fills `symbols`, `shape.volume()` of them, or those of the first channels of the one picture that there is;
    /// [`Error::Format`](crate::Error::Format) if no encoder wrote this stream.
    fn decode(&self, shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()>;
}

/// Symbols to code, and what an encoder must know to choose between them and those next to them. Where there are symbols
/// alone, they are coded as they are.
#[derive(Debug, Clone, Copy)]
pub struct Symbols<'a> {
    /// What the quantiser gave.
    pub values: &'a [i16],
    /// By how much the magnitude of what was quantised is larger than that of its symbol, in 128ths of a step: one for
    /// each symbol, or none at all. [`Symbols::KEEP`] of a symbol that must stay.
    pub remainders: &'a [i8],
}

impl Symbols<'_> {
    /// The remainder of a symbol that must stay: no other is as near.
    pub const KEEP: i8 = i8::MAX;

    /// [`Error::Argument`] unless there are as many as this shape has, and as many remainders or none.
    pub fn check(self, shape: Shape) -> Result<()> {
        let (expected, remainders) = (shape.volume(), self.remainders.len());
        if self.values.len() != expected {
            return Err(Error::Argument(format!("{} symbols, {expected} expected", self.values.len())));
        }
        if remainders != expected && remainders != 0 {
            return Err(Error::Argument(format!("{remainders} remainders, {expected} expected, or none")));
        }
        Ok(())
    }

    /// Streams of at most so many symbols, one after another.
    pub fn chunks(self, size: usize) -> impl Iterator<Item = Self> {
        let remainders =
            move |start: usize, count: usize| self.remainders.get(start..start + count).unwrap_or_default();
        let part =
            move |(index, values): (usize, _)| Self { values, remainders: remainders(index * size, values.len()) };
        self.values.chunks(size).enumerate().map(part)
    }
}

impl<'a, T: AsRef<[i16]> + ?Sized> From<&'a T> for Symbols<'a> {
    fn from(values: &'a T) -> Self {
        Self { values: values.as_ref(), remainders: &[] }
    }
}
