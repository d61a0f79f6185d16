//! A pixel of foreground on background as binary decisions, whatever their contexts are.

use crate::Result;
use crate::bytes::Reader;
use crate::mixing::{Binary, Extent, Hashed, Place};

/// Pixels from here on are saturated.
pub const SATURATED: u32 = 253;

/// Is it foreground, is it saturated and how much, or else two nibbles: the upper one in `N` contexts as all before it,
/// the lower one in `M`.
#[derive(Debug, Clone)]
pub struct Decisions<const N: usize, const M: usize> {
    /// Which kind of pixel, then the upper nibble.
    upper: Hashed<N>,
    lower: Hashed<M>,
    rows: usize,
}

/// What a pixel's decisions are looked up and mixed by.
#[derive(Debug, Clone, Copy)]
pub struct Contexts<const N: usize, const M: usize> {
    /// Keys of everything but the lower nibble.
    pub keys: [u32; N],
    /// Keys of the lower nibble, of 28 bits.
    pub lower: [u32; M],
    /// Two rows of weights, which are added.
    pub rows: [usize; 2],
}

impl<const N: usize, const M: usize> Decisions<N, M> {
    /// Nothing learnt, with tables of `2^bits` slots and so many rows of weights to choose from.
    pub fn new(bits: u32, rows: usize) -> Self {
        let [upper, lower] = extents(rows);
        Self { upper: Hashed::new(bits, upper.rows), lower: Hashed::new(bits, lower.rows), rows }
    }

    /// What was seen most: below 4 MB in a file where `N` is 16 and `M` is 4.
    pub fn prune(&self) -> Self {
        let [upper, lower] = extents(self.rows);
        Self { upper: self.upper.prune(upper), lower: self.lower.prune(lower), rows: self.rows }
    }

    /// Reads what [`Decisions::write`] wrote; [`Error::Truncated`](crate::Error::Truncated) or
    /// [`Error::Format`](crate::Error::Format).
    pub fn read(reader: &mut Reader<'_>, rows: usize) -> Result<Self> {
        let [upper, lower] = extents(rows);
        Ok(Self { upper: Hashed::read(reader, upper)?, lower: Hashed::read(reader, lower)?, rows })
    }

    /// Appends all that was learnt.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        self.upper.write(bytes);
        self.lower.write(bytes);
    }

    /// Undoes what was learnt since this was a copy of `base`.
    pub fn restore(&mut self, base: &Self) {
        self.upper.restore(&base.upper);
        self.lower.restore(&base.lower);
    }

    /// Codes one pixel and learns it. `foreground`: that it is not background is known.
    #[inline(always)]
    pub fn code<B: Binary>(
        &mut self,
        coder: &mut B,
        &Contexts { keys, lower, rows }: &Contexts<N, M>,
        foreground: bool,
        target: u32,
    ) -> Result<u32> {
        let kind = self.upper.place(keys.map(|key| key.wrapping_mul(2)), rows);
        if !foreground && !self.upper.code(coder, &kind, 0, target > 0)? {
            return Ok(0);
        }
        if self.upper.code(coder, &kind, 1, target >= SATURATED)? {
            return self.saturated(coder, &kind, target);
        }
        let upper = self.upper.place(keys.map(|key| key.wrapping_mul(2) + 1), rows.map(|row| self.rows + row));
        let upper = nibble(&mut self.upper, coder, &upper, target >> 4)?;
        let lower = self.lower.place(lower.map(|key| key << 4 | upper), rows);
        Ok(upper << 4 | nibble(&mut self.lower, coder, &lower, target)?)
    }

    /// Codes the value of a pixel that is saturated.
    #[inline(always)]
    fn saturated<B: Binary>(&mut self, coder: &mut B, place: &Place<N>, target: u32) -> Result<u32> {
        let mut value = SATURATED;
        while value < 255 && self.upper.code(coder, place, 2 + (value - SATURATED) as usize, target > value)? {
            value += 1;
        }
        Ok(value)
    }
}

/// Of both tables.
fn extents(rows: usize) -> [Extent; 2] {
    [Extent { rows: 2 * rows, most: 110_000 }, Extent { rows, most: 48_000 }]
}

/// Four bits, the highest first.
#[inline(always)]
pub fn nibble<B: Binary, const N: usize>(
    table: &mut Hashed<N>,
    coder: &mut B,
    place: &Place<N>,
    value: u32,
) -> Result<u32> {
    let mut node = 1;
    for bit in (0..4).rev() {
        node = node << 1 | usize::from(table.code(coder, place, node - 1, value >> bit & 1 == 1)?);
    }
    Ok(node as u32 & 15)
}
