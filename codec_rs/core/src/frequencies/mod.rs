//! Integer frequencies of symbols: made of counts, and laid out for coding.

mod normalise;
mod rows;

pub use normalise::normalise;
pub use rows::{Row, Rows, TOTAL, TOTAL_BITS};
