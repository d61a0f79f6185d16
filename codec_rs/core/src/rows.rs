//! Integer frequencies per latent channel, laid out for coding.

use crate::range_coder::Position;
use crate::{Error, Result};

/// The frequencies of a row sum to `2^TOTAL_BITS`.
pub const TOTAL_BITS: u32 = 16;
/// `2^TOTAL_BITS`.
pub const TOTAL: u32 = 1 << TOTAL_BITS;

/// Up to so many levels, comparing with every bound is quicker than a division.
const FEW: usize = 8;

/// Rows of `2^b` frequencies, each row at least 1 everywhere and with the sum [`TOTAL`].
///
/// A decoder finds a symbol among few by comparing with each bound, which costs multiplications only. Among many it
/// computes the quantile, a number of `[0, 2^16)`: the first symbol of the quantile's bucket comes from a table, and
/// since buckets are narrow the right symbol is seldom more than a step away.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    bits: u32,
    /// Per row the `2^b + 1` sums of the frequencies before each symbol, from 0 to `2^16`.
    cumulative: Vec<u32>,
    /// Per row the symbol that holds the first quantile of each bucket; nothing up to [`FEW`] levels.
    first: Vec<u8>,
}

/// The frequencies of one channel.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    cumulative: &'a [u32],
    first: &'a [u8],
    shift: u32,
}

impl Rows {
    /// No rows yet, for symbols of `bits` bits, 1 to 8.
    pub fn new(bits: u8) -> Self {
        Self { bits: bits.into(), cumulative: Vec::new(), first: Vec::new() }
    }

    /// Appends a row; [`Error::Format`] unless there are `2^b` frequencies, each at least 1, with the sum [`TOTAL`].
    ///
    /// ```
    /// use latentcodec_core::{range_coder::Position, rows::Rows};
    /// let mut rows = Rows::new(1);
    /// rows.push([65_000, 536].into_iter())?;
    /// assert_eq!(rows.row(0).interval(1), (65_000, 536));
    /// assert_eq!(rows.row(0).find(Position::new(65_123)), (1, 65_000, 536));
    /// assert!(rows.push([65_000, 0].into_iter()).is_err());
    /// # Ok::<(), latentcodec_core::Error>(())
    /// ```
    pub fn push(&mut self, frequencies: impl ExactSizeIterator<Item = u32> + Clone) -> Result<()> {
        let levels = self.levels();
        let sum = frequencies.clone().fold(0, u32::saturating_add);
        if frequencies.len() != levels || sum != TOTAL || frequencies.clone().any(|frequency| frequency == 0) {
            return Err(Error::Format(format!(
                "a row must have {levels} frequencies of at least 1 that sum to {TOTAL}"
            )));
        }
        let mut sum = 0;
        let mut bucket = 0;
        self.cumulative.push(0);
        for (symbol, frequency) in frequencies.enumerate() {
            sum += frequency;
            self.cumulative.push(sum);
            while bucket < sum && levels > FEW {
                self.first.push(symbol as u8);
                bucket += 1 << self.shift();
            }
        }
        Ok(())
    }

    fn levels(&self) -> usize {
        1 << self.bits
    }

    /// `log2` of a bucket's width: there are 8 buckets per symbol.
    fn shift(&self) -> u32 {
        TOTAL_BITS - self.bits - 3
    }

    /// Number of rows: of latent channels.
    pub fn len(&self) -> usize {
        self.cumulative.len() / (self.levels() + 1)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.cumulative.is_empty()
    }

    /// All frequencies, row by row.
    pub fn frequencies(&self) -> Vec<u32> {
        let rows = self.cumulative.chunks_exact(self.levels() + 1);
        rows.flat_map(|row| row.windows(2).map(|pair| pair[1] - pair[0])).collect()
    }

    /// The frequencies of one channel, below [`Rows::len`].
    pub fn row(&self, channel: usize) -> Row<'_> {
        let sums = self.levels() + 1;
        let buckets = if self.levels() > FEW { 8 * self.levels() } else { 0 };
        Row {
            cumulative: &self.cumulative[channel * sums..][..sums],
            first: &self.first[channel * buckets..][..buckets],
            shift: self.shift(),
        }
    }
}

impl Row<'_> {
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
