//! Bias cancellation, as in CALIC (Wu and Memon 1997): the mean error that predictions had in a context is added to the
//! next one.

use crate::bytes::Reader;
use crate::{Error, Result};

/// Errors after which a context's older ones count half.
const MAX_COUNT: i32 = 60;
/// A bias of a trained state counts as so many errors at most, so that a picture soon has its own.
const MAX_TRAINED_COUNT: i32 = 20;

/// The errors of a context: their sum, with the fractional bits of a prediction, and how many they were.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bias {
    sum: i32,
    count: i32,
}

impl Bias {
    /// What is added to a prediction: the mean error, drawn towards zero while errors are few.
    #[inline(always)]
    pub fn correction(self) -> i32 {
        self.sum / (self.count + 2)
    }

    /// Learns the error that a prediction had before it was corrected.
    #[inline(always)]
    pub fn update(&mut self, error: i32) {
        *self = Self { sum: self.sum + error, count: self.count + 1 };
        if self.count > MAX_COUNT {
            *self = Self { sum: self.sum / 2, count: self.count / 2 };
        }
    }

    /// Makes the count small and the sum an `i16`.
    pub fn age(&mut self) {
        let (count, limit) = (self.count.min(MAX_TRAINED_COUNT), i32::from(i16::MAX));
        let sum = self.sum * count / self.count.max(1);
        *self = Self { sum: sum.clamp(-limit, limit), count };
    }

    /// Three bytes of an aged one: its sum, an `i16`, and its count.
    pub fn to_bytes(self) -> [u8; 3] {
        let [low, high] = (self.sum as i16).to_le_bytes();
        [low, high, self.count as u8]
    }

    /// Reads the three bytes; [`Error::Truncated`] if there are fewer, [`Error::Format`] if the count is too large.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let bias = Self { sum: (reader.word()? as i16).into(), count: reader.byte()?.into() };
        match bias.count {
            count if count > MAX_COUNT => {
                Err(Error::Format(format!("a bias of {count} samples: at most {MAX_COUNT} expected")))
            }
            _ => Ok(bias),
        }
    }
}
