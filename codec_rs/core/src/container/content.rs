//! The content of pictures that a file is written from: symbols or pixels.

use super::tiles::Window;
use crate::models::Symbols;
use crate::shape::Shape;
use crate::{Error, Result};

/// The symbols of one or more pictures as a caller has them; a stream's are copied when it is coded.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Of shape `(N, C, h, w)`.
    Symbols(Symbols<'a>),
    /// Pixels of 8 bits a sample, `(N, h, w, C)`, which are to come back as they are.
    Eight(&'a [u8]),
    /// The same of 16 bits a sample.
    Sixteen(&'a [u16]),
}

/// The symbols of a stream, and their remainders if they have any.
pub(super) struct Part {
    pub values: Vec<i16>,
    pub remainders: Vec<i8>,
}

impl Part {
    /// What an entropy model takes.
    pub fn symbols(&self) -> Symbols<'_> {
        Symbols { values: &self.values, remainders: &self.remainders }
    }
}

impl Content<'_> {
    /// [`Error::Argument`] unless there are as many as this shape has, and as many remainders or none.
    pub(super) fn check(self, shape: Shape) -> Result<()> {
        match self {
            Self::Symbols(symbols) => symbols.check(shape),
            _ if self.len() == shape.volume() => Ok(()),
            _ => Err(Error::Argument(format!("{} samples, {} expected", self.len(), shape.volume()))),
        }
    }

    /// Number of symbols.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Symbols(symbols) => symbols.values.len(),
            Self::Eight(pixels) => pixels.len(),
            Self::Sixteen(pixels) => pixels.len(),
        }
    }

    /// At most so many symbols each, one after another.
    pub(super) fn chunks(self, size: usize) -> Vec<Self> {
        match self {
            Self::Symbols(symbols) => symbols.chunks(size).map(Self::Symbols).collect(),
            Self::Eight(pixels) => pixels.chunks(size).map(Self::Eight).collect(),
            Self::Sixteen(pixels) => pixels.chunks(size).map(Self::Sixteen).collect(),
        }
    }

    /// The symbols of a window of each of the pictures.
    pub(super) fn cut(self, shape: Shape, window: &Window) -> Result<Part> {
        let planes = Shape::new(1, shape.pictures() * shape.channels(), shape.rows(), shape.columns())?;
        let cut = |values: &[i16]| window.cut(planes, values);
        let (values, remainders) = match self {
            Self::Symbols(Symbols { values, remainders: [] }) => (cut(values)?, Vec::new()),
            Self::Symbols(Symbols { values, remainders }) => (cut(values)?, window.cut(planes, remainders)?),
            Self::Eight(pixels) => (window.cut_pixels(shape, pixels)?, Vec::new()),
            Self::Sixteen(pixels) => (window.cut_pixels(shape, pixels)?, Vec::new()),
        };
        Ok(Part { values, remainders })
    }

    /// All symbols of one picture, row by row and channel after channel.
    pub(super) fn rows(self, shape: Shape) -> impl Iterator<Item = Result<Vec<i16>>> {
        let (rows, columns) = (shape.rows(), shape.columns());
        (0..shape.channels() * rows).map(move |index| {
            let (channel, row) = (index / rows, index % rows);
            let part = self.cut(shape, &Window::new(shape, row..row + 1, 0..columns)?)?;
            Ok(part.values[channel * columns..][..columns].to_vec())
        })
    }
}

impl<'a> From<Symbols<'a>> for Content<'a> {
    fn from(symbols: Symbols<'a>) -> Self {
        Self::Symbols(symbols)
    }
}

impl<'a, T: AsRef<[i16]> + ?Sized> From<&'a T> for Content<'a> {
    fn from(values: &'a T) -> Self {
        Self::Symbols(values.into())
    }
}
