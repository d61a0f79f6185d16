//! The part of a picture that a decoder knows.

use crate::{Error, Result};

/// Pixels above and on both sides of the picture, so that no neighbour needs a test.
pub const MARGIN: usize = 3;

/// The pixels of a picture so far, zero where nothing is known.
#[derive(Debug)]
pub struct Frame {
    rows: usize,
    columns: usize,
    width: usize,
    pixels: Vec<u8>,
}

impl Frame {
    /// For pictures of one size; [`Error::Limit`] if there is no memory.
    pub fn new(rows: usize, columns: usize) -> Result<Self> {
        let width = columns + 2 * MARGIN;
        Ok(Self { rows, columns, width, pixels: filled(width.saturating_mul(rows + MARGIN), 0)? })
    }

    /// Rows of a picture, without the margin.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of a picture, without the margins.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Pixels with the margins.
    pub fn length(&self) -> usize {
        self.pixels.len()
    }

    /// Forgets the picture before.
    pub fn clear(&mut self) {
        self.pixels.fill(0);
    }

    /// The number of a position.
    #[inline(always)]
    pub fn at(&self, row: usize, column: usize) -> usize {
        (row + MARGIN) * self.width + column + MARGIN
    }

    /// The pixel `up` rows above a position and `left` columns to its left, each at most [`MARGIN`] (right: negative).
    #[inline(always)]
    pub fn pixel(&self, at: usize, up: usize, left: isize) -> u32 {
        self.pixels[(at - up * self.width).wrapping_add_signed(-left)].into()
    }

    /// How many pixels after a position, at most so many, have its value; `step` is 1 to the right, -1 to the left.
    #[inline(always)]
    pub fn run(&self, at: usize, step: isize, most: usize) -> usize {
        let value = Some(&self.pixels[at]);
        let goes_on = |distance: &usize| self.pixels.get(at.wrapping_add_signed(step * *distance as isize)) == value;
        (1..=most).take_while(goes_on).count()
    }

    /// Puts a pixel.
    #[inline(always)]
    pub fn put(&mut self, at: usize, pixel: u8) {
        self.pixels[at] = pixel;
    }

    /// Pixels from one row to the next.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Before a row is put: what is to its left is the pixel above its first one.
    pub fn start_row(&mut self, row: usize) {
        let first = self.at(row, 0);
        let above = self.pixels[first - self.width];
        self.pixels[first - MARGIN..first].fill(above);
    }

    /// After a row was put: what is to its right is its last pixel.
    pub fn finish_row(&mut self, row: usize) {
        let end = self.at(row, self.columns);
        let last = self.pixels[end - 1];
        self.pixels[end..end + MARGIN].fill(last);
    }
}

/// As many copies of a value; [`Error::Limit`] if there is no memory for them.
pub fn filled<T: Clone>(length: usize, value: T) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(length).map_err(|_| Error::Limit(format!("no memory for {length} pixels")))?;
    values.resize(length, value);
    Ok(values)
}
