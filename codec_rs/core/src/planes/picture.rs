//! A picture's samples as they came.

use crate::{Error, Result};

/// Planes of a picture: grey, grey and alpha, red green and blue, or these and alpha.
pub const MOST_PLANES: usize = 4;
/// Bits of a sample.
pub const MOST_BITS: u32 = 16;

/// How large a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// Rows, at least 1.
    pub rows: usize,
    /// Columns, at least 1.
    pub columns: usize,
    /// Planes, 1 to 4; the last of 2 and of 4 is alpha.
    pub planes: usize,
    /// Bits of a sample, 1 to 16.
    pub bits: u32,
}

impl Dimensions {
    /// Samples of a plane; [`Error::Argument`] if a picture cannot have these dimensions.
    pub fn plane(&self) -> Result<usize> {
        let Self { rows, columns, planes, bits } = *self;
        let plane = rows.checked_mul(columns).filter(|&plane| plane > 0 && plane <= 1 << 30);
        match plane {
            Some(plane) if (1..=MOST_PLANES).contains(&planes) && (1..=MOST_BITS).contains(&bits) => Ok(plane),
            _ => Err(Error::Argument(format!(
                "{rows} rows, {columns} columns, {planes} planes, {bits} bits: pictures have up to 2^30 pixels, \
                 {MOST_PLANES} planes and {MOST_BITS} bits"
            ))),
        }
    }

    /// The largest sample.
    pub fn most(&self) -> u16 {
        ((1_u32 << self.bits) - 1) as u16
    }

    /// Planes that are coded knowing each other, first those others depend on: green, red, blue; then alpha alone.
    pub(super) fn groups(&self) -> &'static [&'static [usize]] {
        match self.planes {
            1 => &[&[0]],
            2 => &[&[0], &[1]],
            3 => &[&[1, 0, 2]],
            _ => &[&[1, 0, 2], &[3]],
        }
    }
}
