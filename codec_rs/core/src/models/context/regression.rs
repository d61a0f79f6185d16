//! What is expected of a residual: its magnitude and its value, each a weighted sum of what a decoder knows already.
//! Magnitudes are foreseen as in Weinberger, Seroussi and Sapiro 2000, "The LOCO-I lossless image compression
//! algorithm", from those around, but by weights that are fitted for each channel, and from other channels too.

use super::neighbourhood::{LARGEST, Neighbourhood, Neighbours};
use super::stencil::{Source, earlier};
use crate::Result;
use crate::bytes::Reader;

/// Earlier channels that a channel looks at.
pub const PARTNERS: usize = 8;
/// Stencils of earlier channels that a channel's value depends on.
pub const SOURCES: usize = 6;
/// Terms of a magnitude: [`own`]; of every partner its magnitude here and the sum of those of its four neighbours; the
/// next four.
pub const MAGNITUDES: usize = OF_VALUE + 1;
/// Slow and fast energy, and one.
pub const SLOW: usize = NEAR + 2 * PARTNERS;
pub const FAST: usize = SLOW + 1;
pub const MEAN: usize = FAST + 1;
/// The magnitude of the expected value.
pub const OF_VALUE: usize = MEAN + 1;
/// Terms of a value: [`Neighbours`] and the sources.
pub const VALUES: usize = SOURCE + SOURCES;
/// The first source.
pub const SOURCE: usize = 4;
/// Fractional bits of weights and of what they give. With residuals within 255 and symbols within
/// 2047 no sum leaves 31 bits.
pub const ONE: u32 = 12;
/// Magnitudes below `SKIP_LEVELS / 2^SKIP` are next to nothing.
const SKIP: u32 = 6;
/// How many levels of next to nothing there are.
pub const SKIP_LEVELS: usize = 8;

/// Own neighbours that a magnitude depends on: [`Neighbours`] and those two positions to the left and above.
pub const NEAR: usize = 6;

/// The weights of one channel. Any are safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regression {
    /// The earlier channels, each below this one; 0 in channel 0.
    pub partners: [u16; PARTNERS],
    /// What else its value depends on; of channels before it too.
    pub sources: [Source; SOURCES],
    /// Of the magnitude.
    pub magnitude: [i16; MAGNITUDES],
    /// Of the value.
    pub value: [i16; VALUES],
}

/// What is expected of a residual, with [`ONE`] fractional bits.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// Below 0 only if weights are.
    pub magnitude: i32,
    /// With its sign.
    pub value: i32,
}

impl Expected {
    /// If it is next to nothing, how little: a number below [`SKIP_LEVELS`].
    #[inline(always)]
    pub fn skip_level(self) -> Option<usize> {
        let level = self.magnitude.max(0) as usize >> (ONE - SKIP);
        (level < SKIP_LEVELS).then_some(level)
    }
}

impl Regression {
    /// Expects nothing.
    pub const NONE: Self = Self {
        partners: [0; PARTNERS],
        sources: [Source::NONE; SOURCES],
        magnitude: [0; MAGNITUDES],
        value: [0; VALUES],
    };

    /// Adds what the neighbours say to what is expected without them.
    #[inline(always)]
    pub fn with_neighbours(&self, mut expected: Expected, neighbours: [i32; NEAR]) -> Expected {
        if neighbours.into_iter().fold(0, |any, neighbour| any | neighbour) != 0 {
            for (neighbour, &weight) in neighbours.iter().zip(&self.magnitude) {
                expected.magnitude += neighbour.abs() * i32::from(weight);
            }
            for (neighbour, &weight) in neighbours.iter().zip(&self.value[..SOURCE]) {
                expected.value += neighbour * i32::from(weight);
            }
        }
        let size = expected.value.abs().min(LARGEST << ONE) >> 4;
        expected.magnitude += (size * i32::from(self.magnitude[OF_VALUE])) >> (ONE - 4);
        expected
    }

    /// Appends partners and weights, and sources if a state has any.
    pub fn write(&self, bytes: &mut Vec<u8>, sources: bool) {
        let weights = self.magnitude[..OF_VALUE].iter().chain(&self.value[..SOURCE]);
        bytes.extend(self.partners.iter().flat_map(|partner| partner.to_le_bytes()));
        bytes.extend(weights.flat_map(|weight| weight.to_le_bytes()));
        if sources {
            let weights = self.magnitude[OF_VALUE..].iter().chain(&self.value[SOURCE..]);
            bytes.extend(self.sources.iter().flat_map(|source| source.number().to_le_bytes()));
            bytes.extend(weights.flat_map(|weight| weight.to_le_bytes()));
        }
    }

    /// Reads what [`Regression::write`] wrote for a channel; [`crate::Error::Format`] if a partner or a source does not
    /// come before it.
    pub fn read(reader: &mut Reader<'_>, channel: usize, sources: bool) -> Result<Self> {
        let mut regression = Self::NONE;
        for partner in &mut regression.partners {
            *partner = earlier(reader.word()?, channel)?;
        }
        read_weights(reader, regression.magnitude[..OF_VALUE].iter_mut().chain(&mut regression.value[..SOURCE]))?;
        if sources {
            for source in &mut regression.sources {
                *source = Source::read(reader, channel)?;
            }
            read_weights(reader, regression.magnitude[OF_VALUE..].iter_mut().chain(&mut regression.value[SOURCE..]))?;
        }
        Ok(regression)
    }
}

fn read_weights<'a>(reader: &mut Reader<'_>, weights: impl Iterator<Item = &'a mut i16>) -> Result<()> {
    for weight in weights {
        *weight = reader.word()? as i16;
    }
    Ok(())
}

/// Own neighbours in the order of their weights: [`Neighbours`], two to the left, two above.
#[inline(always)]
pub fn own(neighbourhood: &Neighbourhood, at: usize) -> [i32; NEAR] {
    let Neighbours { w, n, nw, ne } = neighbourhood.neighbours(at);
    let [far_w, far_n] = neighbourhood.far(at);
    [w, n, nw, ne, far_w, far_n]
}
