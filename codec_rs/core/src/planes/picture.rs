//! A picture's samples as they came, and the order in which its planes are coded.

use super::frame::filled;
use crate::quantise::Quantiser;
use crate::shape::Shape;
use crate::{Error, Result};

/// How large a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// Rows, at least 1.
    pub rows: usize,
    /// Columns, at least 1.
    pub columns: usize,
    /// Planes, 1 to 4: grey, grey and alpha, red green and blue, or these and alpha.
    pub planes: usize,
    /// Bits of a sample, 1 to 16.
    pub bits: u32,
    /// How it is predicted: [`Quantiser::clipped`].
    pub clipped: bool,
}

/// A plane in the order of coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// The number of its group: planes of one group are coded knowing each other.
    pub group: usize,
    /// Planes of the group before it, at most 2.
    pub index: usize,
    /// Where it is in the picture.
    pub channel: usize,
    /// Where the group's first plane is, which is subtracted from the others; nothing for the first.
    pub reference: Option<usize>,
}

/// Adaptive states of a picture: of the first, second and third plane of a group of colours, and of alpha.
pub const STATES: usize = ALPHA + 1;
const ALPHA: usize = 3;

impl Component {
    /// The number of its adaptive state.
    pub fn state(self) -> usize {
        if self.group == 0 { self.index } else { ALPHA }
    }

    /// The sample of a pixel that is subtracted from its own.
    pub fn base(self, pixel: &[u16; 4]) -> i32 {
        self.reference.map_or(0, |channel| pixel[channel].into())
    }
}

impl Dimensions {
    /// Of all pictures of a stream below each other; [`Error::Bundle`] if they have not the quantiser's planes.
    pub fn new(quantiser: Quantiser, shape: Shape) -> Result<Self> {
        match quantiser.planes() {
            Some((planes, bits)) if planes == shape.channels() => {
                let (rows, columns, clipped) = (shape.pictures() * shape.rows(), shape.columns(), quantiser.clipped());
                Ok(Self { rows, columns, planes, bits, clipped })
            }
            _ => Err(Error::Bundle(format!(
                "the file holds {quantiser}, the bundle codes {} channels",
                shape.channels()
            ))),
        }
    }

    /// The planes of symbols: each with those of all pictures below each other.
    pub fn split(self, shape: Shape, symbols: &[i16]) -> Result<Vec<Vec<u16>>> {
        let mut planes = self.zeros()?;
        for (index, plane) in symbols.chunks_exact(shape.plane()).enumerate() {
            let (picture, channel) = (index / shape.channels(), index % shape.channels());
            let samples = planes[channel][picture * shape.plane()..].iter_mut();
            samples.zip(plane).for_each(|(sample, &symbol)| *sample = symbol as u16);
        }
        Ok(planes)
    }

    /// The inverse of [`Dimensions::split`].
    pub fn join(shape: Shape, planes: &[Vec<u16>], symbols: &mut [i16]) {
        for (index, plane) in symbols.chunks_exact_mut(shape.plane()).enumerate() {
            let (picture, channel) = (index / shape.channels(), index % shape.channels());
            let samples = planes[channel][picture * shape.plane()..].iter();
            plane.iter_mut().zip(samples).for_each(|(symbol, &sample)| *symbol = sample as i16);
        }
    }

    /// For each plane as many zeros as it has samples.
    pub fn zeros(self) -> Result<Vec<Vec<u16>>> {
        (0..self.planes).map(|_| filled(self.rows * self.columns, 0)).collect()
    }

    /// The largest sample.
    pub fn max_value(self) -> u16 {
        ((1_u32 << self.bits) - 1) as u16
    }

    /// The planes in the order of coding, those first that others depend on: green, red, blue; then alpha alone.
    pub fn components(self) -> impl Iterator<Item = Component> {
        let groups: &[&[usize]] = match self.planes {
            1 => &[&[0]],
            2 => &[&[0], &[1]],
            3 => &[&[1, 0, 2]],
            _ => &[&[1, 0, 2], &[3]],
        };
        groups.iter().enumerate().flat_map(|(group, channels)| {
            let reference = |index| (index > 0).then_some(channels[0]);
            let components = channels.iter().enumerate();
            components.map(move |(index, &channel)| Component { group, index, channel, reference: reference(index) })
        })
    }
}
