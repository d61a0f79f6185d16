//! Rectangles of a picture's latents: the tiles of a large picture, and the window that a caller wants.

use std::ops::Range;

use super::sample::Sample;
use crate::shape::Shape;
use crate::{Error, Result};

/// Some rows and columns of every channel, at least one latent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Window {
    /// [`Error::Argument`] if the window is empty or reaches beyond the latents.
    pub fn new(shape: Shape, rows: Range<usize>, columns: Range<usize>) -> Result<Self> {
        let inside = |range: &Range<usize>, end| !range.is_empty() && range.end <= end;
        if inside(&rows, shape.rows()) && inside(&columns, shape.columns()) {
            return Ok(Self { rows, columns });
        }
        let (high, wide) = (shape.rows(), shape.columns());
        Err(Error::Argument(format!("rows {rows:?}, columns {columns:?} are no window of {high} x {wide} latents")))
    }

    /// All latents.
    pub fn all(shape: Shape) -> Self {
        Self { rows: 0..shape.rows(), columns: 0..shape.columns() }
    }

    /// The tiles of `tile` x `tile` latents, the last of a row or column smaller, row by row.
    pub fn tiles(shape: Shape, tile: u64) -> impl Iterator<Item = Self> + Clone {
        let (high, wide) = (shape.rows(), shape.columns());
        let step = usize::try_from(tile).unwrap_or(usize::MAX).min(high.max(wide));
        let part = move |start: usize, end: usize| start..(start + step).min(end);
        (0..high).step_by(step).flat_map(move |top| {
            let window = move |left| Self { rows: part(top, high), columns: part(left, wide) };
            (0..wide).step_by(step).map(window)
        })
    }

    /// The shape of the window's symbols.
    pub fn shape(&self, channels: usize) -> Result<Shape> {
        Shape::new(1, channels, self.rows.len(), self.columns.len())
    }

    /// Whether the windows have a latent in common.
    pub fn meets(&self, other: &Self) -> bool {
        let common = self.common(other);
        !common.rows.is_empty() && !common.columns.is_empty()
    }

    /// Copies what `target` has in common with this window, channel by channel.
    pub fn copy<T: Copy>(&self, channels: usize, source: &[T], target: &Self, into: &mut [T]) {
        let common = self.common(target);
        for (channel, row) in common.rows_of(channels) {
            let from = self.offset(channel, row, common.columns.start);
            let to = target.offset(channel, row, common.columns.start);
            into[to..][..common.columns.len()].copy_from_slice(&source[from..][..common.columns.len()]);
        }
    }

    /// This window's part of what there is of each of a picture's symbols.
    pub fn cut<T: Copy + Default>(&self, picture: Shape, source: &[T]) -> Result<Vec<T>> {
        let mut part = self.shape(picture.channels())?.zeros()?;
        Self::all(picture).copy(picture.channels(), source, self, &mut part);
        Ok(part)
    }

    /// This window's symbols of each of some pictures whose samples lie pixel by pixel.
    pub fn cut_pixels<T: Sample>(&self, pictures: Shape, pixels: &[T]) -> Result<Vec<i16>> {
        let (channels, all) = (pictures.channels(), Self::all(pictures));
        let part = Shape::new(pictures.pictures(), channels, self.rows.len(), self.columns.len())?;
        let mut symbols = part.zeros()?;
        for (picture, symbols) in pixels.chunks_exact(pictures.picture()).zip(symbols.chunks_exact_mut(part.picture()))
        {
            for (channel, row) in self.rows_of(channels) {
                let samples =
                    picture[all.pixel(row, self.columns.start) * channels + channel..].iter().step_by(channels);
                let symbols = symbols[self.offset(channel, row, self.columns.start)..].iter_mut();
                symbols.take(self.columns.len()).zip(samples).for_each(|(symbol, sample)| *symbol = sample.symbol());
            }
        }
        Ok(symbols)
    }

    /// Copies what `target` has in common with this window, channel by channel, to samples that lie pixel by pixel.
    pub fn copy_pixels<T: Sample>(&self, channels: usize, symbols: &[i16], target: &Self, into: &mut [T]) {
        let common = self.common(target);
        for (channel, row) in common.rows_of(channels) {
            let symbols = symbols[self.offset(channel, row, common.columns.start)..].iter().take(common.columns.len());
            let samples = into[target.pixel(row, common.columns.start) * channels + channel..].iter_mut();
            samples.step_by(channels).zip(symbols).for_each(|(sample, &symbol)| *sample = T::from_symbol(symbol));
        }
    }

    fn common(&self, other: &Self) -> Self {
        let common = |one: &Range<usize>, two: &Range<usize>| one.start.max(two.start)..one.end.min(two.end);
        Self { rows: common(&self.rows, &other.rows), columns: common(&self.columns, &other.columns) }
    }

    /// The rows of every channel.
    fn rows_of(&self, channels: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..channels).flat_map(|channel| self.rows.clone().map(move |row| (channel, row)))
    }

    /// Where a latent stands among the symbols of this window.
    fn offset(&self, channel: usize, row: usize, column: usize) -> usize {
        channel * self.rows.len() * self.columns.len() + self.pixel(row, column)
    }

    /// Where a latent stands among those of one channel.
    fn pixel(&self, row: usize, column: usize) -> usize {
        (row - self.rows.start) * self.columns.len() + column - self.columns.start
    }
}

/// How many tiles of `tile` x `tile` latents cover so many rows and columns.
pub(super) fn count(rows: u64, columns: u64, tile: u64) -> u128 {
    u128::from(rows.div_ceil(tile)) * u128::from(columns.div_ceil(tile))
}
