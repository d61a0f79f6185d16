//! Which contexts a symbol of latents has, and where their counters lie.

use super::surroundings::{ACTIVITIES, Energies, LEVELS, Neighbours};
use crate::mixing::Place;
use crate::{Error, Result};

/// Contexts of a symbol.
pub const INPUTS: usize = 8;
/// Rows of weights that are chosen by energy and neighbours; the others belong to a channel each.
const SHARED_ROWS: usize = LEVELS.div_ceil(4) * 3;

/// Most channels and bands of quality: they keep a state below 36 MB.
const MAX_CHANNELS: usize = 1024;
const MAX_BANDS: usize = 8;

/// For how many channels and bands of quality a state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Latent channels.
    pub channels: usize,
    /// Bands of quality.
    pub bands: usize,
}

impl Layout {
    /// [`Error::Format`] if there is none or more than a state may have.
    pub fn new(channels: usize, bands: usize) -> Result<Self> {
        if !(1..=MAX_CHANNELS).contains(&channels) || !(1..=MAX_BANDS).contains(&bands) {
            return Err(Error::Format(format!(
                "{channels} channels in {bands} bands: 1 to {MAX_CHANNELS} in 1 to {MAX_BANDS} expected"
            )));
        }
        Ok(Self { channels, bands })
    }

    /// Slots of the contexts, in the order of [`Channel::place`].
    fn sizes(self) -> [usize; INPUTS] {
        let Self { channels, bands } = self;
        [
            channels * 49,
            channels * LEVELS * 4,
            channels * LEVELS * 4,
            channels * 147,
            channels * 62,
            channels * bands * ACTIVITIES,
            bands * LEVELS * (LEVELS / 2) * ACTIVITIES,
            LEVELS * ACTIVITIES * 7,
        ]
    }

    /// Slots of all contexts together.
    pub fn slots(self) -> usize {
        self.sizes().iter().sum()
    }

    /// Rows of weights.
    pub fn rows(self) -> usize {
        SHARED_ROWS + self.channels
    }

    /// Counters that belong to a channel and band alone.
    pub fn pairs(self) -> usize {
        self.channels * self.bands
    }

    /// The contexts of one channel.
    pub fn channel(self, channel: usize, band: usize) -> Channel {
        let mut start = 0;
        let starts = self.sizes().map(|size| {
            start += size;
            start - size
        });
        Channel { starts, channel, band, pair: channel * self.bands + band }
    }
}

/// The contexts of one channel in one band.
#[derive(Debug, Clone, Copy)]
pub struct Channel {
    starts: [usize; INPUTS],
    channel: usize,
    band: usize,
    /// Number of the pair of channel and band.
    pub pair: usize,
}

impl Channel {
    /// Where a symbol with these surroundings has its counters and weights. `partners`: the residuals at this position
    /// in the two earlier channels that tell most about this one.
    #[inline(always)]
    pub fn place(&self, near: Neighbours, energies: Energies, partners: [i32; 2]) -> Place<INPUTS> {
        let (Energies { slow, fast, wide }, channel) = (energies, self.channel);
        let activity = near.activity();
        let next = (near.w.abs() + near.n.abs()).min(3) as usize;
        let diagonal = (near.nw.abs() + near.ne.abs()).min(3) as usize;
        let expected = (2 * (near.w + near.n) - near.nw + near.ne + 2) >> 2;
        let unsure = usize::from((near.w - near.n).abs() > 1 + expected.abs() / 4);
        let [first, second] = partners.map(class);
        let keys = [
            channel * 49 + signed(near.w, 3) * 7 + signed(near.n, 3),
            (channel * LEVELS + slow) * 4 + diagonal,
            (channel * LEVELS + fast) * 4 + next,
            ((channel * 7 + first) * 7 + second) * 3 + (activity / 3).min(2),
            (channel * 31 + signed(expected, 15)) * 2 + unsure,
            self.pair * ACTIVITIES + activity,
            ((self.band * LEVELS + slow) * (LEVELS / 2) + wide / 2) * ACTIVITIES + activity,
            (fast * ACTIVITIES + activity) * 7 + first,
        ];
        Place {
            slots: std::array::from_fn(|index| self.starts[index] + keys[index]),
            rows: [slow / 4 * 3 + next.min(2), SHARED_ROWS + channel],
        }
    }
}

/// A number of `[0, 2 most]` for a value about zero.
#[inline(always)]
fn signed(value: i32, most: i32) -> usize {
    (value.clamp(-most, most) + most) as usize
}

/// A number of `[0, 6]` for a value about zero: its sign, and whether its size is 0, 1, 2 to 3 or more.
#[inline(always)]
fn class(value: i32) -> usize {
    let size = (32 - value.unsigned_abs().leading_zeros()).min(3) as usize;
    if value < 0 { 3 - size } else { 3 + size }
}
