//! Histogram packing (Pinho 2002): where a picture has few of the values that its bits allow, as 12 bits in 16, samples
//! become their ranks among those that it has.

use crate::mixing::{Binary, Counter};
use crate::{Error, Result};

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
        let mut seen = vec![false; usize::from(max_value) + 1];
        planes.iter().flatten().for_each(|&sample| seen[usize::from(sample)] = true);
        let values: Vec<u16> = (0..=max_value).filter(|&value| seen[usize::from(value)]).collect();
        let samples: usize = planes.iter().map(Vec::len).sum();
        (2 * values.len() <= seen.len() && MIN_SAMPLES * values.len() <= samples).then_some(Self(values))
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
        match values.is_empty() {
            true => Err(Error::Format("a picture without values".into())),
            false => Ok(Self(values)),
        }
    }

    /// The largest rank.
    pub fn max_rank(&self) -> u16 {
        (self.0.len() - 1) as u16
    }

    /// Replaces samples that are among the values with their ranks.
    pub fn pack(&self, planes: &mut [Vec<u16>]) {
        let rank = |value| self.0.binary_search(&value).map_or(0, |rank| rank as u16);
        planes.iter_mut().flatten().for_each(|sample| *sample = rank(*sample));
    }

    /// Replaces ranks, at most [`Histogram::max_rank`], with their values.
    pub fn unpack(&self, planes: &mut [Vec<u16>]) {
        planes.iter_mut().flatten().for_each(|sample| *sample = self.0[usize::from(*sample)]);
    }
}
