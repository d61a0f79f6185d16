//! What a state is trained on.

use std::borrow::Cow;

use super::prediction;
use crate::shape::Shape;

/// Training symbols of one stream.
#[derive(Debug, Clone, Copy)]
pub struct TrainingStream<'a> {
    /// Shape of the symbols.
    pub shape: Shape,
    /// Band of quality.
    pub band: usize,
    /// `shape.volume()` symbols.
    pub symbols: &'a [i16],
}

/// A stream with what is coded of it.
#[derive(Debug)]
pub(super) struct Sample<'a> {
    pub shape: Shape,
    /// Its symbols, in predicted channels their errors.
    pub coded: Cow<'a, [i16]>,
    symbols: &'a [i16],
    predicted: &'a [bool],
}

impl<'a> Sample<'a> {
    /// Of a stream with these predicted channels.
    pub fn new(stream: &TrainingStream<'a>, predicted: &'a [bool]) -> Self {
        let TrainingStream { shape, symbols, .. } = *stream;
        let (plane, columns) = (shape.plane(), shape.columns());
        let mut coded = Cow::Borrowed(symbols);
        for index in (0..symbols.len() / plane).filter(|index| predicted[index % predicted.len()]) {
            let errors = prediction::errors(&symbols[index * plane..][..plane], columns);
            for (symbol, error) in coded.to_mut()[index * plane..].iter_mut().zip(errors) {
                *symbol = error.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
            }
        }
        Self { shape, coded, symbols, predicted }
    }

    /// Of the first picture, the channels that are not all centre, each with its residuals.
    pub fn residuals(&self, centres: &[i16]) -> impl Iterator<Item = (usize, impl Iterator<Item = i32>)> {
        let planes = self.coded[..self.shape.picture()].chunks_exact(self.shape.plane()).zip(centres).enumerate();
        let active = planes.filter(|(_, (plane, centre))| plane.iter().any(|symbol| symbol != *centre));
        active.map(|(channel, (plane, &centre))| {
            (channel, plane.iter().map(move |&symbol| i32::from(symbol) - i32::from(centre)))
        })
    }

    /// The symbols of a channel in the first picture, if it is predicted.
    pub fn levels(&self, channel: usize) -> Option<&[i16]> {
        self.predicted[channel].then(|| &self.symbols[channel * self.shape.plane()..][..self.shape.plane()])
    }
}
