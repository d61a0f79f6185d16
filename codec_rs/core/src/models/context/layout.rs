//! Which contexts a symbol of latents has, and where their counters lie.

use std::ops::Range;

use super::neighbourhood::{ACTIVITIES, Neighbours};
use super::prediction::Prediction;
use super::regression::{Expected, ONE, SKIP_LEVELS};
use crate::mixing::Place;
use crate::{Error, Result};

/// Contexts of a symbol, of which the first are each channel's own.
pub const INPUTS: usize = 8;
const OWN: usize = 6;
/// Levels of an expected magnitude and of an expected value.
const MAGNITUDES: usize = 32;
const VALUES: usize = 25;
/// Levels of a first partner's residual, or of what is expected of the sign.
const TENDENCIES: usize = 7;
/// Rows of weights that all channels share.
const SHARED_ROWS: usize = MAGNITUDES / 2 * 3;

/// Most channels and bands of quality: they keep a state below 43 MB.
const MAX_CHANNELS: usize = 1024;
const MAX_BANDS: usize = 8;

/// For how many channels and how many bands of quality a state is.
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

    /// The same for the first channels alone.
    pub fn first(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// Slots that every channel has of the contexts which are its own, in the order of [`Channel::place`].
    fn own(self) -> [usize; OWN] {
        [49, 147, 62, MAGNITUDES * 3, VALUES * (MAGNITUDES / 4), self.bands * (MAGNITUDES / 4)]
    }

    /// Slots of the contexts that channels share, which come after those.
    fn shared(self) -> [usize; INPUTS - OWN] {
        [self.bands * MAGNITUDES * ACTIVITIES, MAGNITUDES / 2 * ACTIVITIES * TENDENCIES]
    }

    /// Slots of all contexts together.
    pub fn slots(self) -> usize {
        self.channels * self.own().iter().sum::<usize>() + self.shared().iter().sum::<usize>()
    }

    /// Where the shared slots lie in a state.
    pub fn shared_slots(self) -> Range<usize> {
        self.slots() - self.shared().iter().sum::<usize>()..self.slots()
    }

    /// Where the slots of one channel lie in a state: of each of its contexts beside those of the other channels.
    pub fn slots_of(self, channel: usize) -> impl Iterator<Item = Range<usize>> {
        self.own().into_iter().scan(0, move |next, size| {
            let start = *next + channel * size;
            *next += self.channels * size;
            Some(start..start + size)
        })
    }

    /// The number of a pair of channel and band.
    pub fn pair(self, channel: usize, band: usize) -> usize {
        channel * self.bands + band
    }

    /// Rows of weights: some are chosen by expected magnitude and neighbours, the others belong to a channel each.
    pub fn rows(self) -> usize {
        SHARED_ROWS + self.channels
    }

    /// Counters that belong to a channel and band alone.
    pub fn pairs(self) -> usize {
        self.channels * self.bands
    }

    /// Skip flags: counters of whether a residual that is expected to be next to nothing is not zero.
    pub fn skips(self) -> usize {
        self.pairs() * SKIP_LEVELS
    }

    /// The contexts of one channel whose own slots lie one after another, from `start` on, and the shared ones at 0;
    /// `relative`: whether expected values count by their share of the magnitude.
    pub fn channel(self, channel: usize, band: usize, start: usize, relative: bool) -> Channel {
        let mut starts = [0; INPUTS];
        let mut next = start;
        for (place, size) in starts.iter_mut().zip(self.own()) {
            (*place, next) = (next, next + size);
        }
        starts[INPUTS - 1] = self.shared()[0];
        Channel { starts, row: SHARED_ROWS + channel, channel, band, pair: self.pair(channel, band), relative }
    }
}

/// The contexts of one channel in one band.
#[derive(Debug, Clone, Copy)]
pub struct Channel {
    starts: [usize; INPUTS],
    row: usize,
    /// Its number.
    pub channel: usize,
    band: usize,
    /// Number of the pair of channel and band.
    pub pair: usize,
    relative: bool,
}

impl Channel {
    /// The number of a skip flag of this channel and band.
    #[inline(always)]
    pub fn skip(&self, level: usize) -> usize {
        self.pair * SKIP_LEVELS + level
    }

    /// Where a symbol has its counters and weights. `partners`: the residuals at this position in the two earlier
    /// channels that tell most about this one; `prediction`: what its symbol is predicted by, if it is.
    #[inline(always)]
    pub fn place(
        &self,
        near: Neighbours,
        expected: Expected,
        partners: [i32; 2],
        prediction: Option<Prediction>,
    ) -> Place<INPUTS> {
        let (activity, nearest) = (near.activity(), near.nearest().min(2));
        let (value, tendency) = match self.relative {
            true => share(expected),
            false => (value(expected.value), class(partners[0])),
        };
        let magnitude = magnitude(expected.magnitude);
        let [nearby, interpolated] = prediction.map_or_else(
            || [self.neighbours(near), self.interpolated(near)],
            |prediction| [self.gradients(prediction), self.rise(prediction)],
        );
        let keys = [
            nearby,
            self.partners(partners, activity),
            interpolated,
            magnitude * 3 + nearest,
            value * (MAGNITUDES / 4) + magnitude / 4,
            self.band * (MAGNITUDES / 4) + magnitude / 4,
            (self.band * MAGNITUDES + magnitude) * ACTIVITIES + activity,
            (magnitude / 2 * ACTIVITIES + activity) * TENDENCIES + tendency,
        ];
        let slots = std::array::from_fn(|index| self.starts[index] + keys[index]);
        Place { slots, rows: [magnitude / 2 * 3 + nearest, self.row] }
    }

    /// Where a symbol whose residual is negative has its counters from then on. Where values count by their share of the
    /// magnitude, they are those of a positive one in surroundings of the opposite signs.
    #[inline(always)]
    pub fn of_negative(&self, place: &Place<INPUTS>) -> Place<INPUTS> {
        let mut opposite = *place;
        if self.relative {
            // Of a context whose keys are (rest * levels + level) * low and less than `low` more, the opposite level.
            let mut mirror = |context: usize, levels: usize, low: usize| {
                let key = place.slots[context] - self.starts[context];
                let (rest, level) = (key / low / levels * levels, key / low % levels);
                opposite.slots[context] = self.starts[context] + (rest + levels - 1 - level) * low + key % low;
            };
            mirror(0, 49, 1);
            mirror(2, 31, 2);
            mirror(4, VALUES, MAGNITUDES / 4);
            mirror(7, TENDENCIES, 1);
        }
        opposite
    }

    #[inline(always)]
    fn neighbours(&self, near: Neighbours) -> usize {
        signed(near.w, 3) * 7 + signed(near.n, 3)
    }

    #[inline(always)]
    fn partners(&self, partners: [i32; 2], activity: usize) -> usize {
        let [first, second] = partners.map(class);
        (first * 7 + second) * 3 + (activity / 3).min(2)
    }

    /// What a plane through the neighbours expects, and whether they differ much.
    #[inline(always)]
    fn interpolated(&self, near: Neighbours) -> usize {
        let expected = (2 * (near.w + near.n) - near.nw + near.ne + 2) >> 2;
        let unsure = usize::from((near.w - near.n).abs() > 1 + expected.abs() / 4);
        signed(expected, 15) * 2 + unsure
    }

    /// Where the symbols next to a predicted one rise and fall.
    #[inline(always)]
    fn gradients(&self, prediction: Prediction) -> usize {
        let [across, down] = prediction.gradients.map(class);
        across * 7 + down
    }

    /// How far from a prediction another one lies, and whether it may be far off.
    #[inline(always)]
    fn rise(&self, prediction: Prediction) -> usize {
        signed(prediction.rise, 15) * 2 + usize::from(prediction.unsure)
    }
}

/// The level of an expected magnitude: four per octave from 1/8 on, where it is no longer next to nothing.
#[inline(always)]
fn magnitude(expected: i32) -> usize {
    (quarters(expected.max(0) as u32) as usize).saturating_sub(4 * (ONE as usize - 3)).min(MAGNITUDES - 1)
}

/// The level of an expected value: for either sign two per octave from 1/8 on.
#[inline(always)]
fn value(expected: i32) -> usize {
    const ZERO: usize = VALUES / 2;
    let size = (quarters(expected.unsigned_abs()) as usize / 2).saturating_sub(2 * (ONE as usize - 3)).min(ZERO);
    if expected < 0 { ZERO - size } else { ZERO + size }
}

/// The level of an expected value by its share of the magnitude, for either sign four per octave from 1/8 up to 1, and
/// which of the coarser [`TENDENCIES`] that is.
#[inline(always)]
fn share(expected: Expected) -> (usize, usize) {
    const ZERO: i32 = VALUES as i32 / 2;
    let [value, magnitude] = [expected.value.unsigned_abs(), expected.magnitude.max(0) as u32].map(quarters);
    let size = (value as i32 - magnitude as i32 + ZERO).clamp(0, ZERO) * expected.value.signum();
    let level = (ZERO + size) as usize;
    (level, (level + 1) * TENDENCIES / (VALUES + 2))
}

/// Four times the binary logarithm, to the next lower of four steps that part each octave evenly.
#[inline(always)]
fn quarters(number: u32) -> u32 {
    let number = number.max(4);
    let log = number.ilog2();
    4 * log + (number >> (log - 2) & 3)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_residual_has_the_counters_of_a_positive_one_in_opposite_surroundings() {
        let layout = Layout::new(3, 2).unwrap();
        let place = |sign: i32, relative: bool| {
            let near = Neighbours { w: 4 * sign, n: -2 * sign, nw: sign, ne: 3 * sign };
            let expected = Expected { magnitude: 9000, value: 5000 * sign };
            let channel = layout.channel(1, 1, 2000, relative);
            (channel, channel.place(near, expected, [2, -1], None))
        };
        let ((channel, place_of), (_, opposite)) = (place(1, true), place(-1, true));
        let (found, changed) = (channel.of_negative(&place_of), [0, 2, 4, 7]);
        assert!(changed.iter().all(|&context| found.slots[context] != place_of.slots[context]));
        assert_eq!(found.slots[0], opposite.slots[0]);
        assert_eq!([4, 7].map(|context| found.slots[context]), [4, 7].map(|context| opposite.slots[context]));
        assert_eq!(channel.of_negative(&found).slots, place_of.slots);
        let (channel, place_of) = place(1, false);
        assert_eq!(channel.of_negative(&place_of).slots, place_of.slots, "as before in earlier kinds of states");
    }
}
