//! A range coder: intervals of integers in, bytes out.
//!
//! Range coding is G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a digitised message"
//! (1979): arithmetic coding (Witten, Neal, Cleary 1987) that moves whole bytes. Here `low` and `range` have 64 bits
//! and 32 of them leave at a time, so a symbol costs one multiplication and, once in many symbols, four bytes. A carry
//! out of `low` is added to the bytes already written.
//!
//! An interval of a total of `2^16` loses at most `2^-16` of the range to rounding, `2.2e-5` bits per symbol in the
//! worst case and about `5e-7` on average; the end of a stream costs at most one byte.

use crate::{Error, Result};

/// `range` never falls below this between two symbols.
const MIN_RANGE: u64 = 1 << 32;
/// Largest total of an interval: every symbol keeps a range of at least `2^16`, so that one step of renormalisation is
/// enough.
const MAX_TOTAL: u32 = 1 << 16;

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
/// assert_eq!(decoder.decode_bits(2, |quantile| (quantile, quantile, 1))?, 3);
/// assert!(decoder.decode(10, |quantile| if quantile < 1 { (false, 0, 1) } else { (true, 1, 9) })?);
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

/// Reads what [`RangeEncoder`] wrote.
#[derive(Debug, Clone)]
pub struct RangeDecoder<'a> {
    bytes: &'a [u8],
    /// Bytes read so far, those past the end included.
    position: usize,
    /// The number that the stream names, less the encoder's `low`: below `range`.
    offset: u64,
    range: u64,
}

impl<'a> RangeDecoder<'a> {
    /// Starts at the first byte of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { bytes, position: 0, offset: 0, range: u64::MAX };
        let high = decoder.word();
        decoder.offset = (high << 32) | decoder.word();
        decoder
    }

    /// The next four bytes, zeros past the end.
    #[inline(always)]
    fn word(&mut self) -> u64 {
        let rest = self.bytes.get(self.position..).unwrap_or(&[]);
        self.position += 4;
        match rest.first_chunk() {
            Some(&word) => u32::from_be_bytes(word).into(),
            None => rest.iter().chain(&[0; 4]).take(4).fold(0, |word, &byte| (word << 8) | u64::from(byte)),
        }
    }

    /// Decodes one symbol of a model with the total `2^bits`: `find` is given a number of `[0, 2^bits)` and returns the
    /// symbol whose interval holds it, with the interval's start and size. [`Error::Format`] if no encoder wrote this.
    #[inline(always)]
    pub fn decode_bits<S>(&mut self, bits: u32, find: impl FnOnce(u32) -> (S, u32, u32)) -> Result<S> {
        self.step(self.range >> bits, 1 << bits, find)
    }

    /// Decodes one symbol of a model with the given total, at most `2^16`; see [`RangeDecoder::decode_bits`].
    #[inline(always)]
    pub fn decode<S>(&mut self, total: u32, find: impl FnOnce(u32) -> (S, u32, u32)) -> Result<S> {
        self.step(self.range / u64::from(total), total, find)
    }

    #[inline(always)]
    fn step<S>(&mut self, unit: u64, total: u32, find: impl FnOnce(u32) -> (S, u32, u32)) -> Result<S> {
        let quantile = self.offset / unit;
        if quantile >= u64::from(total) {
            return Err(foreign());
        }
        let (symbol, start, size) = find(quantile as u32);
        self.offset -= unit * u64::from(start);
        self.range = unit * u64::from(size);
        if self.range < MIN_RANGE {
            self.offset = (self.offset << 32) | self.word();
            self.range <<= 32;
        }
        Ok(symbol)
    }

    /// To be called after the last symbol: [`Error::Format`] if the stream held more than the symbols need.
    pub fn finish(self) -> Result<()> {
        // The last interval is at least 2^32 wide, so an encoder ends with at most 4 of the 8 bytes in view.
        let more = self.bytes.len() + 4 > self.position;
        if more || self.bytes.last() == Some(&0) {
            return Err(Error::Format("the entropy-coded stream goes on after its last symbol".into()));
        }
        Ok(())
    }
}

#[cold]
fn foreign() -> Error {
    Error::Format("the entropy-coded stream was not written by this coder with these tables".into())
}
