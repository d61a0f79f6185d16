//! A picture's samples as they came.

use super::frame::filled;
use crate::quantise::Quantiser;
use crate::shape::Shape;
use crate::{Error, Result};

/// How large a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// Rows, at least 1.
    pub rows: usize,
    /// Columns, at least 1.
    pub columns: usize,
    /// Planes, 1 to 4: grey, grey and alpha, red green and blue, or these and alpha.
    pub planes: usize,
    /// Bits of a sample, 1 to 16.
    pub bits: u32,
}

impl Dimensions {
    /// Of all pictures of a stream below each other; [`Error::Bundle`] if they have not the quantiser's planes.
    pub fn new(quantiser: Quantiser, shape: Shape) -> Result<Self> {
        match quantiser.planes() {
            Some((planes, bits)) if planes == shape.channels() => {
                Ok(Self { rows: shape.pictures() * shape.rows(), columns: shape.columns(), planes, bits })
            }
            _ => Err(Error::Bundle(format!(
                "the file holds {quantiser}, the bundle codes {} channels",
                shape.channels()
            ))),
        }
    }

    /// The planes of symbols: each with those of all pictures below each other.
    pub fn split(self, shape: Shape, symbols: &[i16]) -> Result<Vec<Vec<u16>>> {
        let mut planes = self.zeros()?;
        for (index, plane) in symbols.chunks_exact(shape.plane()).enumerate() {
            let (picture, channel) = (index / shape.channels(), index % shape.channels());
            let place = planes[channel][picture * shape.plane()..].iter_mut();
            place.zip(plane).for_each(|(sample, &symbol)| *sample = symbol as u16);
        }
        Ok(planes)
    }

    /// For each plane as many zeros as it has samples.
    pub fn zeros(self) -> Result<Vec<Vec<u16>>> {
        (0..self.planes).map(|_| filled(self.rows * self.columns, 0)).collect()
    }

    /// The largest sample.
    pub fn most(&self) -> u16 {
        ((1_u32 << self.bits) - 1) as u16
    }

    /// Planes that are coded knowing each other, first those others depend on: green, red, blue; then alpha alone.
    pub fn groups(&self) -> &'static [&'static [usize]] {
        match self.planes {
            1 => &[&[0]],
            2 => &[&[0], &[1]],
            3 => &[&[1, 0, 2]],
            _ => &[&[1, 0, 2], &[3]],
        }
    }
}
