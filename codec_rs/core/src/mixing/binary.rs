//! Binary decisions over the range coder: written once for the encoder, the decoder and the one that only learns.

use crate::Result;
use crate::range_coder::{RangeDecoder, RangeEncoder};

/// Where decisions go to or come from.
pub trait Binary {
    /// Codes one decision whose probability of `true` is `probability / 2^16`, in `[1, 2^16 - 1]`. An encoder writes
    /// `bit` and returns it; a decoder does not look at it and returns what it read.
    fn code(&mut self, bit: bool, probability: u32) -> Result<bool>;

    /// The decisions of one symbol end here.
    #[inline(always)]
    fn end_symbol(&mut self) {}

    /// The symbols of so many rows end here.
    #[inline(always)]
    fn end_rows(&mut self, _count: usize) {}
}

impl Binary for RangeEncoder {
    #[inline(always)]
    fn code(&mut self, bit: bool, probability: u32) -> Result<bool> {
        let (start, size) = if bit { (0, probability) } else { (probability, (1 << 16) - probability) };
        self.encode_bits(start, size, 16);
        Ok(bit)
    }
}

impl Binary for RangeDecoder<'_> {
    #[inline(always)]
    fn end_rows(&mut self, count: usize) {
        self.end_rows(count);
    }

    #[inline(always)]
    fn code(&mut self, _bit: bool, probability: u32) -> Result<bool> {
        self.decode_bits(16, |position| match position.reaches(probability) {
            true => (false, probability, (1 << 16) - probability),
            false => (true, 0, probability),
        })
    }
}

/// Takes decisions and writes nothing: for a model that shall only learn.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listener;

impl Binary for Listener {
    #[inline(always)]
    fn code(&mut self, bit: bool, _probability: u32) -> Result<bool> {
        Ok(bit)
    }
}

/// Takes decisions, writes nothing and counts what each symbol would cost.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    bits: f64,
    costs: Vec<f32>,
}

impl Meter {
    /// Bits of the symbols so far.
    pub fn into_costs(self) -> Vec<f32> {
        self.costs
    }
}

/// What a decision of this probability of `true` takes.
pub(super) fn bits(probability: u32, bit: bool) -> f64 {
    let probability = if bit { probability } else { (1 << 16) - probability };
    16.0 - f64::from(probability).log2()
}

impl Binary for Meter {
    fn code(&mut self, bit: bool, probability: u32) -> Result<bool> {
        self.bits += bits(probability, bit);
        Ok(bit)
    }

    fn end_symbol(&mut self) {
        self.costs.push(std::mem::take(&mut self.bits) as f32);
    }
}
