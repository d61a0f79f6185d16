//! How often a bit was one in one context.

use super::binary::{Binary, bits};
use crate::Result;
use crate::bytes::Reader;

/// Bits of the probability; the rest of the word counts.
const PROBABILITY: u32 = 22;
const COUNT: u32 = 32 - PROBABILITY;
/// Observations after which a counter trusts a new one no less than this one.
const LIMIT: usize = 255;

/// `2^16 / (n + 1.5)`: how far an observation moves a probability that n were seen for.
static PACE: [u32; LIMIT + 1] = pace_table();

const fn pace_table() -> [u32; LIMIT + 1] {
    let mut table = [0; LIMIT + 1];
    let mut count = 0;
    while count <= LIMIT {
        table[count] = (1 << 17) / (2 * count as u32 + 3);
        count += 1;
    }
    table
}

/// A probability of 22 bits and the number of bits that it was learnt from, at most 255: it moves fast at first, then
/// by 1/256 of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter(u32);

impl Counter {
    /// Nothing seen: even odds.
    pub const NEW: Self = Self(1 << 31);

    /// The probability of a one, 16 bits; 0 and 65535 included.
    #[inline(always)]
    pub fn probability(self) -> u32 {
        self.0 >> 16
    }

    /// How many bits it was learnt from, at most 255.
    #[inline(always)]
    pub fn seen(self) -> u32 {
        self.0 & LIMIT as u32
    }

    /// Learns a bit.
    #[inline(always)]
    pub fn learn(&mut self, bit: bool) {
        let count = self.0 as usize & LIMIT;
        let old = i64::from(self.0 >> COUNT);
        let target = if bit { (1 << PROBABILITY) - 1 } else { 0 };
        let new = old + (((target - old) * i64::from(PACE[count])) >> 16);
        self.0 = ((new as u32) << COUNT) | (count + usize::from(count < LIMIT)) as u32;
    }

    /// The same probability, as if it was learnt from at most so many bits.
    pub fn aged(self, most: u32) -> Self {
        Self(self.0 & !(LIMIT as u32) | self.seen().min(most))
    }

    /// Codes a decision by this counter alone, and learns it.
    #[inline(always)]
    pub fn code<B: Binary>(&mut self, coder: &mut B, bit: bool) -> Result<bool> {
        let bit = coder.code(bit, self.probability().clamp(1, 65_535))?;
        self.learn(bit);
        Ok(bit)
    }

    /// About how many bits [`Counter::code`] would take.
    pub fn bits(self, bit: bool) -> f64 {
        bits(self.probability().clamp(1, 65_535), bit)
    }

    /// Three bytes: the upper 16 bits of the probability, the count.
    pub fn to_bytes(self) -> [u8; 3] {
        let [low, high] = (self.probability() as u16).to_le_bytes();
        [low, high, (self.0 as usize & LIMIT) as u8]
    }

    /// From the three bytes, of which all values are counters; [`crate::Error::Truncated`] if there are fewer.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let bytes = reader.take(3)?;
        Ok(Self(u32::from_le_bytes([bytes[2], 0, bytes[0], bytes[1]])))
    }
}

/// Counts that two bytes tell apart.
static COUNTS: [u32; 16] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 64, 96, 128, 255];
/// Two bytes keep so many bits of the smaller one of a probability and its complement, and where they stand.
const MANTISSA: u32 = 7;

/// Two bytes for a counter that has seen something: from the top 4 bits for the count, 1 for the likelier bit, 4 for
/// the exponent and 7 for the mantissa of the other one's probability.
impl Counter {
    /// The nearest counter that two bytes can tell.
    pub fn to_short(self) -> u16 {
        let level = COUNTS.iter().rposition(|&count| count <= self.seen()).unwrap_or(0) as u32;
        let probability = self.0 >> COUNT;
        let one = probability >> (PROBABILITY - 1);
        let rare = if one == 1 { (1 << PROBABILITY) - 1 - probability } else { probability };
        let exponent = (32 - rare.leading_zeros()).saturating_sub(MANTISSA);
        let mantissa = rare >> exponent.saturating_sub(1) & ((1 << MANTISSA) - 1);
        (level << 12 | one << 11 | exponent << MANTISSA | mantissa) as u16
    }

    /// The counter of two bytes, whatever they are.
    pub fn from_short(short: u16) -> Self {
        let short = u32::from(short);
        let (one, exponent, mantissa) = (short >> 11 & 1, short >> MANTISSA & 15, short & ((1 << MANTISSA) - 1));
        let rare = match exponent {
            0 => mantissa,
            _ => (1 << MANTISSA | mantissa) << (exponent - 1) | (1 << (exponent - 1)) >> 1,
        };
        let rare = rare.min((1 << (PROBABILITY - 1)) - 1);
        let probability = if one == 1 { (1 << PROBABILITY) - 1 - rare } else { rare };
        Self(probability << COUNT | COUNTS[(short >> 12) as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_converges_to_the_share_of_ones() {
        let mut counter = Counter::NEW;
        (0..4000).for_each(|index| counter.learn(index % 8 == 0));
        assert!(counter.probability().abs_diff(65_536 / 8) < 700, "{}", counter.probability());
    }

    #[test]
    fn a_counter_stays_within_its_bits() {
        for bit in [false, true] {
            let mut counter = Counter::NEW;
            (0..100_000).for_each(|_| counter.learn(bit));
            assert!(if bit { counter.probability() > 65_500 } else { counter.probability() < 36 });
            assert_eq!(counter.to_bytes()[2], 255);
        }
    }
}
