//! Histogram packing (Pinho 2002): where a picture has few of the values that its bits allow, as 12 bits in 16, samples
//! become their ranks among those that it has.

use crate::Result;
use crate::mixing::{Binary, Counter};

/// Distances to the value before, by which the decision whether a value is there has a counter.
const DISTANCES: usize = 64;
/// Samples for each value that make it worth its mention.
const MIN_SAMPLES: usize = 4;

/// The values that samples have, ascending.
#[derive(Debug, PartialEq, Eq)]
pub struct Histogram(Vec<u16>);

/// Whether each plane is of one value.
pub fn is_flat(planes: &[Vec<u16>]) -> bool {
    planes.iter().all(|plane| plane.iter().all(|sample| *sample == plane[0]))
}

impl Histogram {
    /// The values of the samples, if they are at most half of those up to `max_value` and each is there often enough,
    /// and if some plane has more than one.
    pub fn choose(planes: &[Vec<u16>], max_value: u16) -> Option<Self> {
        if is_flat(planes) {
            return None;
        }
        let all = Self::of(planes.iter().flatten(), max_value);
        let (values, samples) = (all.0.len(), planes.iter().map(Vec::len).sum());
        (2 * values <= usize::from(max_value) + 1 && MIN_SAMPLES * values <= samples).then_some(all)
    }

    /// The values of samples up to `max_value`.
    fn of<'s>(samples: impl Iterator<Item = &'s u16>, max_value: u16) -> Self {
        let mut seen = vec![false; usize::from(max_value) + 1];
        samples.for_each(|&sample| seen[usize::from(sample)] = true);
        Self((0..=max_value).filter(|&value| seen[usize::from(value)]).collect())
    }

    /// The values of a plane's samples; or, if there are so few samples that telling which values these have would take
    /// more than it saves, all values in the same steps between the least and the largest.
    pub fn of_plane(samples: &[u16], max_value: u16) -> Self {
        let Self(values) = Self::of(samples.iter(), max_value);
        let (least, largest) = (values[0], values[values.len() - 1]);
        let step = values.iter().fold(0, |step, value| common_divisor(step, value - least)).max(1);
        let all = usize::from((largest - least) / step) + 1;
        // A value more or less saves at most some 1/all bits of a sample, and takes at most one to tell.
        match samples.len() * (all - values.len()) > all * all {
            true => Self(values),
            false => Self((least..=largest).step_by(step.into()).collect()),
        }
    }

    /// Codes for every value up to `max_value` whether it is one of them, by the distance to the one before.
    pub fn code<B: Binary>(coder: &mut B, target: Option<&Self>, max_value: u16) -> Result<Self> {
        let mut counters = [Counter::NEW; DISTANCES];
        let mut expected = target.map_or(&[][..], |histogram| &histogram.0[..]).iter().peekable();
        let (mut values, mut distance) = (Vec::new(), 0);
        for value in 0..=max_value {
            let here = expected.next_if(|&&next| next == value).is_some();
            if counters[distance].code(coder, here)? {
                values.push(value);
                distance = 0;
            } else {
                distance = (distance + 1).min(DISTANCES - 1);
            }
        }
        Ok(Self(values))
    }

    /// No values at all.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// How many values there are.
    pub fn count(&self) -> u32 {
        self.0.len() as u32
    }

    /// The largest rank, if there are values.
    pub fn max_rank(&self) -> u16 {
        (self.0.len() - 1) as u16
    }

    /// The rank of a value that is one of them.
    pub fn rank(&self, value: u16) -> u16 {
        self.0.binary_search(&value).map_or(0, |rank| rank as u16)
    }

    /// Replaces samples that are among the values with their ranks.
    pub fn pack(&self, planes: &mut [Vec<u16>]) {
        planes.iter_mut().flatten().for_each(|sample| *sample = self.rank(*sample));
    }

    /// Replaces ranks, at most [`Histogram::max_rank`], with their values.
    pub fn unpack(&self, planes: &mut [Vec<u16>]) {
        planes.iter_mut().flatten().for_each(|sample| *sample = self.0[usize::from(*sample)]);
    }
}

/// The largest number that divides both; the other one if one is 0.
fn common_divisor(a: u16, b: u16) -> u16 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_samples_have_all_values_between_theirs() {
        assert_eq!(Histogram::of_plane(&[40, 16, 24], 255), Histogram(vec![16, 24, 32, 40]));
        assert_eq!(Histogram::of_plane(&[7, 7], 255), Histogram(vec![7]));
        assert_eq!(Histogram::of_plane(&[u16::MAX, 0], u16::MAX), Histogram(vec![0, u16::MAX]));
    }

    #[test]
    fn many_samples_have_their_own_values_alone() {
        let samples: Vec<u16> = (0..100).flat_map(|_| [3, 5, 40]).collect();
        assert_eq!(Histogram::of_plane(&samples, 255), Histogram(vec![3, 5, 40]));
    }
}
