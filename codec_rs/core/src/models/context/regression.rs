//! What is expected of a residual: its magnitude and its value, each a weighted sum of what a decoder knows already.
//! Magnitudes are foreseen as in Weinberger, Seroussi and Sapiro 2000, "The LOCO-I lossless image compression
//! algorithm", from those around, but by weights that are fitted for each channel, and from other channels too.

use super::neighbourhood::{Neighbourhood, Neighbours};
use crate::bytes::Reader;
use crate::{Error, Result};

/// Earlier channels that a channel looks at.
pub const PARTNERS: usize = 8;
/// Terms of a magnitude: [`own`]; of every partner its magnitude here and the sum of those of its four neighbours;
/// slow and fast energy; one.
pub const MAGNITUDES: usize = NEAR + 2 * PARTNERS + 3;
/// Terms of a value: [`Neighbours`].
pub const VALUES: usize = 4;
/// Fractional bits of weights and of what they give. With residuals within 255 no sum leaves 30 bits.
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
    pub const NONE: Self = Self { partners: [0; PARTNERS], magnitude: [0; MAGNITUDES], value: [0; VALUES] };

    /// Adds what the neighbours say to a magnitude that is expected without them.
    #[inline(always)]
    pub fn with_neighbours(&self, others: i32, neighbours: [i32; NEAR]) -> Expected {
        let mut expected = Expected { magnitude: others, value: 0 };
        if neighbours.into_iter().fold(0, |any, neighbour| any | neighbour) == 0 {
            return expected;
        }
        for (neighbour, &weight) in neighbours.iter().zip(&self.magnitude) {
            expected.magnitude += neighbour.abs() * i32::from(weight);
        }
        for (neighbour, &weight) in neighbours.iter().zip(&self.value) {
            expected.value += neighbour * i32::from(weight);
        }
        expected
    }

    /// Appends partners and weights.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.partners.iter().flat_map(|partner| partner.to_le_bytes()));
        bytes.extend(self.magnitude.iter().chain(&self.value).flat_map(|weight| weight.to_le_bytes()));
    }

    /// Reads what [`Regression::write`] wrote for a channel; [`Error::Format`] if a partner does not come before it.
    pub fn read(reader: &mut Reader<'_>, channel: usize) -> Result<Self> {
        let mut next = || reader.take(2).map(|pair| [pair[0], pair[1]]);
        let mut regression = Self::NONE;
        for partner in &mut regression.partners {
            *partner = u16::from_le_bytes(next()?);
        }
        for weight in regression.magnitude.iter_mut().chain(&mut regression.value) {
            *weight = i16::from_le_bytes(next()?);
        }
        match regression.partners.iter().find(|&&partner| usize::from(partner) >= channel.max(1)) {
            Some(partner) => Err(Error::Format(format!("channel {channel} looks at {partner}"))),
            None => Ok(regression),
        }
    }
}

/// Own neighbours in the order of their weights: [`Neighbours`], two to the left, two above.
#[inline(always)]
pub fn own(neighbourhood: &Neighbourhood, at: usize) -> [i32; NEAR] {
    let Neighbours { w, n, nw, ne } = neighbourhood.neighbours(at);
    let [far_w, far_n] = neighbourhood.far(at);
    [w, n, nw, ne, far_w, far_n]
}
