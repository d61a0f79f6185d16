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
        let (length, mut pixels) = (width.saturating_mul(rows + MARGIN), Vec::new());
        pixels.try_reserve_exact(length).map_err(|_| Error::Limit(format!("no memory for {length} pixels")))?;
        pixels.resize(length, 0);
        Ok(Self { rows, columns, width, pixels })
    }

    /// Rows of a picture, without the margin.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of a picture, without the margins.
    pub fn columns(&self) -> usize {
        self.columns
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

    /// Puts a pixel.
    #[inline(always)]
    pub fn put(&mut self, at: usize, pixel: u8) {
        self.pixels[at] = pixel;
    }

    /// Pixels from one row to the next.
    pub fn width(&self) -> usize {
        self.width
    }
}
