//! What a context knows of the decisions of a sample.

use bytemuck::cast;
use wide::u16x8;

use crate::mixing::logistic::{MAX, squash, stretch};
use crate::{Error, Result};

/// Decisions of a sample, each a word of a slot.
pub const DECISIONS: usize = 15;
/// Words of a slot.
const WORDS: usize = DECISIONS + 1;
/// The word of a slot that counts how often it was used, and the largest count.
pub const COUNT: usize = DECISIONS;
pub const MAX_COUNT: u16 = 255;
/// The bit of a count that says that its slot is in the journal of changes.
pub const IN_JOURNAL: u16 = 256;
/// Slots of a trained state: those that were used less often are as new, and none counts as used more often, so that a
/// picture soon has its own probabilities.
const MIN_TRAINED_COUNT: u16 = 128;
const MAX_TRAINED_COUNT: u16 = 16;
/// Steps of the logistic domain to which a bundle rounds its probabilities.
const STEP: i32 = 24;
/// A probability has 15 bits.
const EVEN: u16 = 1 << 14;

/// A probability for each decision and a count, in one line of a cache.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(32))]
pub struct Slot(pub [u16; WORDS]);

impl Slot {
    /// Even odds.
    pub const NEW: Self = Self([EVEN; WORDS]).with_count(0);

    /// The words in vectors.
    #[inline(always)]
    pub fn eights(self) -> [u16x8; 2] {
        cast(self.0)
    }

    const fn with_count(mut self, count: u16) -> Self {
        self.0[COUNT] = count;
        self
    }

    /// The slot of a trained state: as new if it was used seldom, else with a small count.
    pub fn aged(self) -> Self {
        match self.0[COUNT] & MAX_COUNT {
            count if count < MIN_TRAINED_COUNT => Self::NEW,
            count => self.with_count(count.min(MAX_TRAINED_COUNT)),
        }
    }

    /// A byte for each word of an aged slot: probabilities in steps of the logistic domain, and the count.
    pub fn to_bytes(self) -> [u8; WORDS] {
        let byte = |word: u16| (128 + (stretch(u32::from(word) << 1) + STEP / 2).div_euclid(STEP)) as u8;
        let mut bytes = self.0.map(byte);
        bytes[COUNT] = self.0[COUNT] as u8;
        bytes
    }

    /// The slot of these bytes; [`Error::Format`] if its count is too large.
    pub fn from_bytes(bytes: [u8; WORDS]) -> Result<Self> {
        let word = |byte: u8| (squash(((i32::from(byte) - 128) * STEP).clamp(-MAX, MAX)) >> 1) as u16;
        match u16::from(bytes[COUNT]) {
            count if count > MAX_TRAINED_COUNT => {
                Err(Error::Format(format!("a slot used {count} times: at most {MAX_TRAINED_COUNT} expected")))
            }
            count => Ok(Self(bytes.map(word)).with_count(count)),
        }
    }
}
