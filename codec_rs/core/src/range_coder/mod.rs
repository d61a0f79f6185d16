//! A range coder: intervals of integers in, bytes out.
//!
//! Range coding is G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a digitised message"
//! (1979): arithmetic coding (Witten, Neal, Cleary 1987) that moves whole bytes. Here `low` and `range` have 64 bits
//! and 32 of them leave at a time, so a symbol costs one multiplication and, once in many symbols, four bytes. A carry
//! out of `low` is added to the bytes already written.
//!
//! An interval of a total of `2^16` loses at most `2^-16` of the range to rounding, `2.2e-5` bits per symbol in the
//! worst case and about `5e-7` on average; the end of a stream costs at most one byte.

mod decoder;
mod encoder;
mod interval;

pub use decoder::{Position, RangeDecoder};
pub use encoder::RangeEncoder;
