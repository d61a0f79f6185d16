//! Which values a picture has: where few of those that its bits allow, as 12 bits in 16, samples become their ranks.

use crate::mixing::{Binary, Counter};
use crate::{Error, Result};

/// Distances to the value before that are told apart.
const DISTANCES: usize = 64;
/// Samples for each value that make it worth its mention.
const WORTH: usize = 4;

/// The values that samples have, ascending.
#[derive(Debug, PartialEq, Eq)]
pub struct Levels(Vec<u16>);

impl Levels {
    /// Those of the samples, if they are at most half of what could be and each is there often enough, and if some
    /// plane has more than one.
    pub fn choose(planes: &[Vec<u16>], most: u16) -> Option<Self> {
        if planes.iter().all(|plane| plane.iter().all(|sample| *sample == plane[0])) {
            return None;
        }
        let mut seen = vec![false; usize::from(most) + 1];
        planes.iter().flatten().for_each(|&sample| seen[usize::from(sample)] = true);
        let values: Vec<u16> = (0..=most).filter(|&value| seen[usize::from(value)]).collect();
        let samples: usize = planes.iter().map(Vec::len).sum();
        (2 * values.len() <= seen.len() && WORTH * values.len() <= samples).then_some(Self(values))
    }

    /// Codes for every value if it is one of them, by how far it is to the one before.
    pub fn code<B: Binary>(coder: &mut B, target: Option<&Self>, most: u16) -> Result<Self> {
        let mut counters = [Counter::NEW; DISTANCES];
        let mut listed = target.map_or(&[][..], |levels| &levels.0[..]).iter().peekable();
        let (mut values, mut distance) = (Vec::new(), 0);
        for value in 0..=most {
            let here = listed.next_if(|&&next| next == value).is_some();
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
    pub fn most(&self) -> u16 {
        (self.0.len() - 1) as u16
    }

    /// The rank of a value that is one of them.
    pub fn rank(&self, value: u16) -> u16 {
        self.0.binary_search(&value).map_or(0, |rank| rank as u16)
    }

    /// The value of a rank, at most [`Levels::most`].
    pub fn value(&self, rank: u16) -> u16 {
        self.0[usize::from(rank)]
    }
}
