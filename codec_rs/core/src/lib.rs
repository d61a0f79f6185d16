//! The integer half of latentcodec: everything between quantised latents and the bytes of a file.
//!
//! ```text
//! symbols (N, C, h, w) i16 -> models (probabilities) -> range_coder (bytes) -> container (.ltc, .ltcp)
//! ```
//!
//! Nothing here trusts its input: sizes are checked before memory is asked for, and whatever is wrong with a file
//! comes back as an [`Error`]. No float takes part in a probability, so a file decodes to the same symbols on every
//! machine. `docs/FORMAT.md` gives the bytes.

#![forbid(unsafe_code)]

pub mod bytes;
pub mod container;
pub mod error;
pub mod frequencies;
pub mod mixing;
pub mod models;
mod parallel;
pub mod pixels;
pub mod planes;
pub mod quantise;
pub mod range_coder;
pub mod shape;
pub mod streams;
pub mod tables;

pub use error::{Error, Result};
