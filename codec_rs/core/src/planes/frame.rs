//! Planes of a picture in frames, so that no neighbour needs a test.

use crate::{Error, Result};

/// Samples around a plane: above, below and on both sides.
pub const MARGIN: usize = 3;

/// Eight values of a row, the first of them [`MARGIN`] to the left of a position.
pub type Window = [i32; 8];

/// Where a sample is: its index in frames, and its column.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    pub at: usize,
    pub column: usize,
}

/// The samples of a plane so far, or a number for each of them; zero where nothing is yet.
#[derive(Debug, Clone)]
pub struct Frame {
    width: usize,
    values: Vec<i32>,
}

impl Frame {
    /// A frame of zeros for a plane of so many rows and columns; [`Error::Limit`] if there is no memory.
    pub fn new(rows: usize, columns: usize) -> Result<Self> {
        let width = columns + 2 * MARGIN;
        Ok(Self { width, values: filled(width.saturating_mul(rows + 2 * MARGIN), 0)? })
    }

    /// The index of a position.
    #[inline(always)]
    pub fn at(&self, row: usize, column: usize) -> usize {
        (row + MARGIN) * self.width + column + MARGIN
    }

    /// The value `up` rows above a position and `left` columns to its left, each at most [`MARGIN`] (negative: below,
    /// right).
    #[inline(always)]
    pub fn near(&self, at: usize, up: isize, left: isize) -> i32 {
        self.values[at.wrapping_add_signed(-up * self.width as isize - left)]
    }

    /// The values around a position in the row that is `up` above, at most [`MARGIN`] (negative: below).
    #[inline(always)]
    pub fn window(&self, at: usize, up: isize) -> &Window {
        let values = self.values[at.wrapping_add_signed(-up * self.width as isize) - MARGIN..].first_chunk();
        values.expect("there is a margin around a plane")
    }

    /// Overwrites the value at a position.
    #[inline(always)]
    pub fn put(&mut self, at: usize, value: i32) {
        self.values[at] = value;
    }

    /// Before a row is put: what is to its left is the sample above its first one.
    pub fn start_row(&mut self, row: usize) {
        let first = self.at(row, 0);
        let above = self.values[first - self.width];
        self.values[first - MARGIN..first].fill(above);
    }

    /// After a row was put: what is to its right is its last sample.
    pub fn finish_row(&mut self, row: usize) {
        let end = self.at(row, self.width - 2 * MARGIN);
        let last = self.values[end - 1];
        self.values[end..end + MARGIN].fill(last);
    }

    /// After all rows: what is below is the last one.
    pub fn finish(&mut self, rows: usize) {
        let last = self.at(rows - 1, 0) - MARGIN;
        let row = last..last + self.width;
        for below in 1..=MARGIN {
            self.values.copy_within(row.clone(), last + below * self.width);
        }
    }
}

/// As many copies of a value; [`Error::Limit`] if there is no memory for them.
pub fn filled<T: Clone>(length: usize, value: T) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(length).map_err(|_| Error::Limit(format!("no memory for {length} samples")))?;
    values.resize(length, value);
    Ok(values)
}
