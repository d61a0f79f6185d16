//! Intervals in, bytes out.

use super::interval::{MAX_TOTAL, MIN_RANGE};

/// Writes a stream of intervals.
///
/// ```
/// use latentcodec_core::range_coder::{RangeDecoder, RangeEncoder};
/// let mut encoder = RangeEncoder::new();
/// encoder.encode_bits(3, 1, 2); // [3, 4) of [0, 4): two bits
/// encoder.encode(1, 9, 10); // [1, 10) of [0, 10): 0.15 bits
/// let bytes = encoder.finish();
/// assert_eq!(bytes, [0xc7]);
///
/// let mut decoder = RangeDecoder::new(&bytes);
/// assert_eq!(decoder.decode_bits(2, |position| (position.quantile(), position.quantile(), 1))?, 3);
/// assert!(decoder.decode(10, |position| if position.reaches(1) { (true, 1, 9) } else { (false, 0, 1) })?);
/// decoder.finish()?;
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RangeEncoder {
    low: u64,
    range: u64,
    bytes: Vec<u8>,
}

impl Default for RangeEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl RangeEncoder {
    /// An empty stream.
    pub fn new() -> Self {
        Self { low: 0, range: u64::MAX, bytes: Vec::new() }
    }

    /// Codes the interval `[start, start + size)` of `[0, 2^bits)`; `size >= 1`, `bits <= 16`. Costs `bits -
    /// log2(size)` bits.
    #[inline(always)]
    pub fn encode_bits(&mut self, start: u32, size: u32, bits: u32) {
        debug_assert!(bits <= 16 && size >= 1 && start + size <= 1 << bits);
        self.narrow(self.range >> bits, start, size);
    }

    /// Codes the interval `[start, start + size)` of `[0, total)`; `size >= 1`, `total <= 2^16`. Costs `log2(total /
    /// size)` bits.
    #[inline(always)]
    pub fn encode(&mut self, start: u32, size: u32, total: u32) {
        debug_assert!(total <= MAX_TOTAL && size >= 1 && start + size <= total);
        self.narrow(self.range / u64::from(total), start, size);
    }

    #[inline(always)]
    fn narrow(&mut self, unit: u64, start: u32, size: u32) {
        let (low, carry) = self.low.overflowing_add(unit * u64::from(start));
        self.low = low;
        self.range = unit * u64::from(size);
        if carry {
            self.carry();
        }
        if self.range < MIN_RANGE {
            self.bytes.extend_from_slice(&((self.low >> 32) as u32).to_be_bytes());
            self.low <<= 32;
            self.range <<= 32;
        }
    }

    /// Adds one to the bytes already written. Bytes of 255 become 0, so that the cost is constant on average.
    #[cold]
    fn carry(&mut self) {
        for byte in self.bytes.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                return;
            }
        }
    }

    /// Ends the stream with the fewest bytes that name a number of the last interval; a reader takes what is missing
    /// for zeros, so zeros at the end are dropped.
    pub fn finish(mut self) -> Vec<u8> {
        for count in 0..=8 {
            // The first multiple of 2^(64 - 8 count) that is not below `low`, as a distance from `low`.
            let mask = u64::MAX.checked_shr(8 * count).unwrap_or(0);
            let distance = self.low.wrapping_neg() & mask;
            if distance < self.range {
                let (value, carry) = self.low.overflowing_add(distance);
                if carry {
                    self.carry();
                }
                self.bytes.extend_from_slice(&value.to_be_bytes()[..count as usize]);
                break;
            }
        }
        let length = self.bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        self.bytes.truncate(length);
        self.bytes
    }
}
