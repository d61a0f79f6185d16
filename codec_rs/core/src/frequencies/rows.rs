//! Integer frequencies per latent channel, laid out for coding.

use crate::range_coder::Position;
use crate::{Error, Result};

/// The frequencies of a row sum to `2^TOTAL_BITS`.
pub const TOTAL_BITS: u32 = 16;
/// `2^TOTAL_BITS`.
pub const TOTAL: u32 = 1 << TOTAL_BITS;

/// Up to so many levels, comparing with every bound is quicker than a division.
const FEW: usize = 8;

/// Rows of up to 256 frequencies, each at least 1, each row with the sum [`TOTAL`].
///
/// A decoder finds a symbol among few by comparing with each bound, which costs multiplications only. Among many it
/// computes the quantile, a number of `[0, 2^16)`: the first symbol of the quantile's bucket comes from a table, and
/// since buckets are narrow the right symbol is seldom more than a step away.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Per row the sums of the frequencies before each symbol, from 0 to `2^16`.
    cumulative: Vec<u32>,
    /// Per row the symbol that holds the first quantile of each bucket; nothing up to [`FEW`] levels.
    first: Vec<u8>,
    /// Where each row starts in the two above, and where the last one ends.
    starts: Vec<[usize; 2]>,
}

/// The frequencies of one channel.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    cumulative: &'a [u32],
    first: &'a [u8],
    shift: u32,
}

impl Default for Rows {
    fn default() -> Self {
        Self::new()
    }
}

impl Rows {
    /// No rows yet.
    pub fn new() -> Self {
        Self { cumulative: Vec::new(), first: Vec::new(), starts: vec![[0; 2]] }
    }

    /// Appends a row; [`Error::Format`] unless there are 1 to 256 frequencies, each at least 1, with the sum [`TOTAL`].
    ///
    /// ```
    /// use latentcodec_core::{frequencies::Rows, range_coder::Position};
    /// let mut rows = Rows::new();
    /// rows.push([65_000, 536].into_iter())?;
    /// assert_eq!(rows.row(0).interval(1), (65_000, 536));
    /// assert_eq!(rows.row(0).find(Position::new(65_123)), (1, 65_000, 536));
    /// assert!(rows.push([65_000, 0].into_iter()).is_err());
    /// # Ok::<(), latentcodec_core::Error>(())
    /// ```
    pub fn push(&mut self, frequencies: impl ExactSizeIterator<Item = u32> + Clone) -> Result<()> {
        let levels = frequencies.len();
        let sum = frequencies.clone().fold(0, u32::saturating_add);
        if levels > 256 || sum != TOTAL || frequencies.clone().any(|frequency| frequency == 0) {
            return Err(Error::Format(format!("a row must have frequencies of at least 1 that sum to {TOTAL}")));
        }
        let (mut sum, mut bucket) = (0, 0);
        self.cumulative.push(0);
        for (symbol, frequency) in frequencies.enumerate() {
            sum += frequency;
            self.cumulative.push(sum);
            while bucket < sum && levels > FEW {
                self.first.push(symbol as u8);
                bucket += 1 << shift(levels);
            }
        }
        self.starts.push([self.cumulative.len(), self.first.len()]);
        Ok(())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.cumulative.is_empty()
    }

    /// All frequencies, row by row.
    pub fn frequencies(&self) -> Vec<u32> {
        (0..self.len()).flat_map(|index| self.row(index).frequencies()).collect()
    }

    /// One of the rows, a number below [`Rows::len`].
    pub fn row(&self, index: usize) -> Row<'_> {
        let ([sums, buckets], [sums_end, buckets_end]) = (self.starts[index], self.starts[index + 1]);
        let cumulative = &self.cumulative[sums..sums_end];
        Row { cumulative, first: &self.first[buckets..buckets_end], shift: shift(cumulative.len() - 1) }
    }
}

/// `log2` of a bucket's width: there are at least 8 buckets per symbol.
fn shift(levels: usize) -> u32 {
    TOTAL_BITS - levels.next_power_of_two().ilog2() - 3
}

impl Row<'_> {
    /// Number of symbols.
    #[inline(always)]
    pub fn levels(&self) -> usize {
        self.cumulative.len() - 1
    }

    /// The frequency of each symbol.
    pub fn frequencies(&self) -> Vec<u32> {
        self.cumulative.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Start and size of a symbol's interval in `[0, 2^16)`.
    #[inline(always)]
    pub fn interval(&self, symbol: usize) -> (u32, u32) {
        let start = self.cumulative[symbol];
        (start, self.cumulative[symbol + 1] - start)
    }

    /// The symbol whose interval holds the position, with the interval's start and size.
    #[inline(always)]
    pub fn find(&self, position: Position) -> (i16, u32, u32) {
        let symbol = if self.first.is_empty() { self.count(position) } else { self.look_up(position.quantile()) };
        let (start, size) = self.interval(symbol);
        (symbol as i16, start, size)
    }

    #[inline(always)]
    fn count(&self, position: Position) -> usize {
        let inner = &self.cumulative[1..self.cumulative.len() - 1];
        inner.iter().map(|&bound| usize::from(position.reaches(bound))).sum()
    }

    #[inline(always)]
    fn look_up(&self, quantile: u32) -> usize {
        let mut symbol = usize::from(self.first[(quantile >> self.shift) as usize]);
        while self.cumulative[symbol + 1] <= quantile {
            symbol += 1;
        }
        symbol
    }
}
