//! What a decoder knows already about the place of a symbol: its neighbours in the plane, and the energy that earlier
//! channels left there.
//!
//! `w`, `n`, `nw` and `ne` are the residuals to the left, above, above to the left and above to the right, the causal
//! neighbours of LOCO-I (Weinberger, Seroussi, Sapiro 2000); their weighted sum of magnitudes is the activity, CALIC's
//! error energy (Wu and Memon 1997), quantised on a nearly logarithmic scale. `slow` and `fast` are exponentially
//! decaying averages of the magnitudes that earlier channels have at a position, which move by 1/16 and 1/4 with each
//! channel; `sums` is the slow one summed over a position (twice) and its four neighbours. Both are inputs of contexts
//! whose probabilities are mixed in the logistic domain (PAQ and lpaq, Mahoney 2005, see [`crate::mixing`]).

use crate::{Error, Result};

/// Levels of [`Neighbours::activity`].
pub const ACTIVITIES: usize = 12;

/// Residuals count as this at most.
pub const LARGEST: i32 = 255;
/// And the symbols of predicted channels as this.
const LARGEST_LEVEL: i16 = 2047;
/// Fractional bits of an energy: a residual of [`LARGEST`] must fit a `u16`.
const FRACTION: u32 = 7;
/// A plane moves the energies by 1/16 and by 1/4.
const SLOW: u32 = 4;
const FAST: u32 = 2;
/// Zeros about every plane, so that no neighbour needs a test.
const MARGIN: usize = 2;
/// One plane with its margin, and two decaying averages of the magnitudes in the planes before it. Takes 10 bytes per
/// position.
#[derive(Debug)]
pub struct Neighbourhood {
    rows: usize,
    columns: usize,
    width: usize,
    residuals: Vec<i16>,
    slow: Vec<u16>,
    fast: Vec<u16>,
    /// [`around`] of `slow`.
    sums: Vec<u32>,
}

/// The residuals next to a position.
#[derive(Debug, Clone, Copy)]
pub struct Neighbours {
    /// To the left.
    pub w: i32,
    /// Above.
    pub n: i32,
    /// Above to the left.
    pub nw: i32,
    /// Above to the right.
    pub ne: i32,
}

impl Neighbourhood {
    /// For planes of one size; [`Error::Limit`] if there is no memory.
    pub fn new(rows: usize, columns: usize) -> Result<Self> {
        let width = columns + 2 * MARGIN;
        let framed = width.saturating_mul(rows + 2 * MARGIN);
        Ok(Self {
            rows,
            columns,
            width,
            residuals: zeros(framed)?,
            slow: zeros(framed)?,
            fast: zeros(framed)?,
            sums: zeros(framed)?,
        })
    }

    /// Forgets the picture before.
    pub fn start_picture(&mut self) {
        self.slow.fill(0);
        self.fast.fill(0);
        self.sums.fill(0);
    }

    /// The number of a position, for the functions below.
    #[inline(always)]
    pub fn at(&self, row: usize, column: usize) -> usize {
        (row + MARGIN) * self.width + column + MARGIN
    }

    /// The residuals next to a position: those of this plane, already put.
    #[inline(always)]
    pub fn neighbours(&self, at: usize) -> Neighbours {
        let value = |at: usize| i32::from(self.residuals[at]);
        let above = at - self.width;
        Neighbours { w: value(at - 1), nw: value(above - 1), n: value(above), ne: value(above + 1) }
    }

    /// The residuals two positions to the left and two above.
    #[inline(always)]
    pub fn far(&self, at: usize) -> [i32; 2] {
        [at - 2, at - 2 * self.width].map(|at| self.residuals[at].into())
    }

    /// Positions of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Positions of a row, its margins included.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Numbers of positions: those of all rows, with the margins at their sides.
    pub fn inside(&self) -> std::ops::Range<usize> {
        self.at(0, 0) - MARGIN..self.at(self.rows, 0) - MARGIN
    }

    /// The plane with its margins.
    pub fn residuals(&self) -> &[i16] {
        &self.residuals
    }

    /// Six times the slow and the fast average about a position, with [`FRACTION`] fractional bits.
    #[inline(always)]
    pub fn sums(&self, at: usize) -> [u32; 2] {
        [self.sums[at], around(&self.fast, at, self.width)]
    }

    /// Puts a residual into the plane.
    #[inline(always)]
    pub fn put(&mut self, at: usize, residual: i32) {
        self.residuals[at] = residual.clamp(-LARGEST, LARGEST) as i16;
    }

    /// Puts all residuals of the plane.
    pub fn fill(&mut self, residuals: impl Iterator<Item = i32>) {
        for (index, residual) in residuals.enumerate() {
            self.put(self.at(index / self.columns, index % self.columns), residual);
        }
    }

    /// A plane of symbols with margins like those that are next to them; [`Error::Limit`] if there is no memory.
    pub fn framed(&self, symbols: &[i16]) -> Result<Vec<i16>> {
        let mut plane = zeros(self.residuals.len())?;
        for (row, framed) in plane.chunks_exact_mut(self.width).enumerate() {
            let row = row.saturating_sub(MARGIN).min(self.rows - 1);
            let symbols = &symbols[row * self.columns..][..self.columns];
            for (column, value) in framed.iter_mut().enumerate() {
                let symbol = symbols[column.saturating_sub(MARGIN).min(self.columns - 1)];
                *value = symbol.clamp(-LARGEST_LEVEL, LARGEST_LEVEL);
            }
        }
        Ok(plane)
    }

    /// Adds the plane, all positions put, to the energies.
    pub fn finish_plane(&mut self) {
        for row in 0..self.rows {
            let here = self.at(row, 0)..self.at(row, self.columns);
            let energies = self.slow[here.clone()].iter_mut().zip(&mut self.fast[here.clone()]);
            for (&residual, (slow, fast)) in self.residuals[here].iter().zip(energies) {
                let magnitude = i32::from(residual.unsigned_abs()) << FRACTION;
                *slow = (i32::from(*slow) + ((magnitude - i32::from(*slow)) >> SLOW)) as u16;
                *fast = (i32::from(*fast) + ((magnitude - i32::from(*fast)) >> FAST)) as u16;
            }
        }
        for at in self.width..self.slow.len() - self.width {
            self.sums[at] = around(&self.slow, at, self.width);
        }
    }
}

/// So many zeros; [`Error::Limit`] if there is no memory.
pub fn zeros<T: Clone + Default>(length: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(length).map_err(|_| Error::Limit(format!("no memory for {length} positions")))?;
    values.resize(length, T::default());
    Ok(values)
}

/// Twice the energy here and once that of the four neighbours.
#[inline(always)]
fn around(map: &[u16], at: usize, width: usize) -> u32 {
    let energy = |at: usize| u32::from(map[at]);
    2 * energy(at) + energy(at - 1) + energy(at + 1) + energy(at - width) + energy(at + width)
}

impl Neighbours {
    /// The magnitudes of the two nearest, at most 3.
    #[inline(always)]
    pub fn nearest(self) -> usize {
        (self.w.abs() + self.n.abs()).min(3) as usize
    }

    /// How much is going on nearby, in levels below [`ACTIVITIES`].
    #[inline(always)]
    pub fn activity(self) -> usize {
        /// The level that each sum of magnitudes reaches first.
        const STEPS: [u8; 33] = {
            let first = [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 20, 32];
            let mut levels = [0; 33];
            let (mut sum, mut level) = (0, 0);
            while sum < 33 {
                if level + 1 < ACTIVITIES && sum >= first[level + 1] {
                    level += 1;
                }
                levels[sum] = level as u8;
                sum += 1;
            }
            levels
        };
        let sum = 2 * (self.w.abs() + self.n.abs()) + self.nw.abs() + self.ne.abs();
        STEPS[sum.min(32) as usize].into()
    }
}
