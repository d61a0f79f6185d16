//! The shape of a stream of symbols.

use crate::{Error, Result};

/// Most symbols in one stream (2 GiB of `i16`); a real stream is far below.
pub const MAX_SYMBOLS: usize = 1 << 30;

/// Shape `(pictures, channels, rows, columns)` of the symbols in one stream, in the order in which they are coded:
/// the column changes fastest.
///
/// ```
/// use latentcodec_core::shape::Shape;
/// let shape = Shape::new(1, 16, 64, 96)?;
/// assert_eq!(shape.volume(), 16 * 64 * 96);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pictures: usize,
    channels: usize,
    rows: usize,
    columns: usize,
}

impl Shape {
    /// Checks that no dimension is zero ([`Error::Argument`]) and that the volume is at most [`MAX_SYMBOLS`]
    /// ([`Error::Limit`]).
    pub fn new(pictures: usize, channels: usize, rows: usize, columns: usize) -> Result<Self> {
        let dimensions = [pictures, channels, rows, columns];
        if dimensions.contains(&0) {
            return Err(Error::Argument(format!("no dimension of the shape {dimensions:?} may be zero")));
        }
        let volume = dimensions.iter().try_fold(1_usize, |product, &length| product.checked_mul(length));
        match volume {
            Some(volume) if volume <= MAX_SYMBOLS => Ok(Self { pictures, channels, rows, columns }),
            _ => Err(Error::Limit(format!("a stream of shape {dimensions:?} has more than {MAX_SYMBOLS} symbols"))),
        }
    }

    /// As many zeros, for a decoder to fill; [`Error::Limit`] if there is no memory for them.
    pub fn zeros<T: Clone + Default>(&self) -> Result<Vec<T>> {
        let mut symbols = Vec::new();
        let volume = self.volume();
        symbols.try_reserve_exact(volume).map_err(|_| Error::Limit(format!("no memory for {volume} symbols")))?;
        symbols.resize(volume, T::default());
        Ok(symbols)
    }

    /// Number of pictures.
    pub fn pictures(&self) -> usize {
        self.pictures
    }

    /// Number of latent channels of one picture.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Number of rows of one channel.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns of one channel.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Symbols in one channel of one picture.
    pub fn plane(&self) -> usize {
        self.rows * self.columns
    }

    /// Symbols in one picture.
    pub fn picture(&self) -> usize {
        self.channels * self.plane()
    }

    /// Symbols in the whole stream.
    pub fn volume(&self) -> usize {
        self.pictures * self.picture()
    }
}
