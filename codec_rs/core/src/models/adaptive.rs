//! The order-0 adaptive model of Witten, Neal, Cleary, "Arithmetic coding for data compression" (CACM 30(6), 1987).

use super::model::{EntropyModel, Symbols};
use crate::Result;
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;

/// Symbols of the model, whatever the quantiser: the seeds' coder worked on bytes.
const SYMBOLS: usize = 256;
/// The counts are halved when their sum has reached this: `Max_frequency` of the paper.
const LIMIT: u32 = (1 << 14) - 1;

/// One model of 256 symbols for the whole stream. Every count starts at 1 and grows by 1 with its symbol; when the sum
/// has reached 16383, every count is halved first, rounded up. It needs no tables, but learns each picture anew.
#[derive(Debug, Clone, Copy, Default)]
pub struct Adaptive;

impl EntropyModel for Adaptive {
    fn encode(&self, _shape: Shape, symbols: Symbols<'_>, encoder: &mut RangeEncoder) {
        let mut counts = Counts::new();
        for &symbol in symbols.values {
            let symbol = symbol as u8;
            let (start, size) = counts.interval(symbol);
            encoder.encode(start, size, counts.total);
            counts.add(symbol);
        }
    }

    fn decode(&self, _shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()> {
        let mut counts = Counts::new();
        for slot in symbols {
            let symbol = decoder.decode(counts.total, |position| counts.find(position.quantile()))?;
            counts.add(symbol);
            *slot = symbol.into();
        }
        Ok(())
    }
}

/// The counts in a binary indexed tree (Fenwick, "A new data structure for cumulative frequency tables", 1994).
struct Counts {
    /// `tree[i]` is the sum of the `i & -i` counts that end with symbol `i - 1`.
    tree: [u32; SYMBOLS + 1],
    total: u32,
}

impl Counts {
    fn new() -> Self {
        let mut tree = [0; SYMBOLS + 1];
        for (index, sum) in tree.iter_mut().enumerate().skip(1) {
            *sum = 1 << index.trailing_zeros();
        }
        Self { tree, total: SYMBOLS as u32 }
    }

    /// Sum of the counts of the symbols below `end`.
    fn below(&self, mut end: usize) -> u32 {
        let mut sum = 0;
        while end > 0 {
            sum += self.tree[end];
            end &= end - 1;
        }
        sum
    }

    /// Start and size of a symbol's interval.
    fn interval(&self, symbol: u8) -> (u32, u32) {
        let start = self.below(symbol.into());
        (start, self.below(usize::from(symbol) + 1) - start)
    }

    /// The symbol whose interval holds `quantile`, with the interval's start and size.
    fn find(&self, quantile: u32) -> (u8, u32, u32) {
        let mut symbol = 0;
        let mut rest = quantile;
        let mut step = SYMBOLS / 2;
        while step > 0 {
            if self.tree[symbol + step] <= rest {
                symbol += step;
                rest -= self.tree[symbol];
            }
            step /= 2;
        }
        let start = quantile - rest;
        (symbol as u8, start, self.below(symbol + 1) - start)
    }

    fn add(&mut self, symbol: u8) {
        if self.total >= LIMIT {
            self.halve();
        }
        let mut index = usize::from(symbol) + 1;
        while index <= SYMBOLS {
            self.tree[index] += 1;
            index += index & index.wrapping_neg();
        }
        self.total += 1;
    }

    fn halve(&mut self) {
        let mut counts: [u32; SYMBOLS] = std::array::from_fn(|symbol| self.interval(symbol as u8).1.div_ceil(2));
        self.total = counts.iter().sum();
        // Built in place: when `index` is reached, `counts[index - 1]` is the sum that belongs there.
        for index in 1..=SYMBOLS {
            self.tree[index] = counts[index - 1];
            let parent = index + (index & index.wrapping_neg());
            if parent <= SYMBOLS {
                counts[parent - 1] += counts[index - 1];
            }
        }
    }
}
