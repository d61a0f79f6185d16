//! What is expected of a residual: its magnitude and its value, each a weighted sum of what a decoder knows already.

use super::surroundings::Neighbours;
use crate::container::bytes::Reader;
use crate::{Error, Result};

/// Earlier channels that a channel looks at.
pub const PARTNERS: usize = 8;
/// Terms of a magnitude: [`own`]; of every partner its magnitude here and those of its four neighbours;
/// slow and fast energy; one.
pub const MAGNITUDES: usize = NEAR + 2 * PARTNERS + 3;
/// Terms of a value: the four nearest of its neighbours, every partner here.
pub const VALUES: usize = 4 + PARTNERS;
/// Fractional bits of weights and of what they give. With residuals within 255 no sum leaves 30 bits.
pub const ONE: u32 = 12;

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
    /// Below 0 only where weights are.
    pub magnitude: i32,
    /// With its sign.
    pub value: i32,
}

impl Regression {
    /// Expects nothing.
    pub const NONE: Self = Self { partners: [0; PARTNERS], magnitude: [0; MAGNITUDES], value: [0; VALUES] };

    /// Adds what the neighbours say to what is expected without them. `far`: the residuals two to the left and two above.
    #[inline(always)]
    pub fn with_neighbours(&self, others: Expected, near: Neighbours, far: [i32; 2]) -> Expected {
        let Expected { mut magnitude, mut value } = others;
        let neighbours = own(near, far);
        for (neighbour, &weight) in neighbours.iter().zip(&self.magnitude) {
            magnitude += neighbour.abs() * i32::from(weight);
        }
        for (neighbour, &weight) in neighbours[..4].iter().zip(&self.value) {
            value += neighbour * i32::from(weight);
        }
        Expected { magnitude, value }
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

/// Own neighbours in the order of their weights.
#[inline(always)]
pub fn own(near: Neighbours, far: [i32; 2]) -> [i32; NEAR] {
    [near.w, near.n, near.nw, near.ne, far[0], far[1]]
}
