//! What the values of an earlier channel about a position may tell of the value there. A mean that rises to the right
//! tells of the lowest horizontal frequency, and one frequency of the next, as much as a block transform leaves between
//! blocks.

use std::ops::Range;

use crate::bytes::Reader;
use crate::{Error, Result};

/// How many stencils there are.
pub const STENCILS: usize = 5;

/// A channel's values about a position, combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stencil {
    /// The value there.
    Here,
    /// That to the right less that to the left.
    Across,
    /// That below less that above.
    Down,
    /// Those to the left and to the right together.
    Beside,
    /// Those above and below together.
    AboveAndBelow,
}

impl Stencil {
    /// By their number in a state.
    pub const ALL: [Self; STENCILS] = [Self::Here, Self::Across, Self::Down, Self::Beside, Self::AboveAndBelow];

    /// Gives the combined value for each of some positions, and its number among them; rows of the plane are `width`
    /// apart.
    #[inline(always)]
    pub fn apply(self, plane: &[i16], inside: Range<usize>, width: usize, mut take: impl FnMut(usize, i16)) {
        let step = if matches!(self, Self::Across | Self::Beside) { 1 } else { width };
        let moved = |start: usize| &plane[start..][..inside.len()];
        let here = moved(inside.start);
        let (before, after) = (moved(inside.start - step), moved(inside.start + step));
        match self {
            Self::Here => (0..here.len()).for_each(|at| take(at, here[at])),
            Self::Across | Self::Down => (0..here.len()).for_each(|at| take(at, after[at] - before[at])),
            Self::Beside | Self::AboveAndBelow => (0..here.len()).for_each(|at| take(at, after[at] + before[at])),
        }
    }
}

/// An earlier channel and the stencil of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The channel.
    pub channel: u16,
    /// What of it.
    pub stencil: Stencil,
}

impl Source {
    /// Where there is none, and a weight of zero.
    pub const NONE: Self = Self { channel: 0, stencil: Stencil::Here };

    /// The number that stands for it in a state.
    pub fn number(self) -> u16 {
        STENCILS as u16 * self.channel + self.stencil as u16
    }

    /// What [`Source::number`] gave; [`crate::Error::Format`] if it does not come before the channel.
    pub fn read(reader: &mut Reader<'_>, channel: usize) -> Result<Self> {
        let number = usize::from(reader.word()?);
        let (source, stencil) = ((number / STENCILS) as u16, Stencil::ALL[number % STENCILS]);
        Ok(Self { channel: earlier(source, channel)?, stencil })
    }
}

/// A channel that another one looks at; [`Error::Format`] if it does not come before it.
pub fn earlier(looked_at: u16, channel: usize) -> Result<u16> {
    match usize::from(looked_at) < channel.max(1) {
        true => Ok(looked_at),
        false => Err(Error::Format(format!("channel {channel} looks at {looked_at}"))),
    }
}
