//! What the campaigns against the decoders share; `docs/TRUST.md` says what they show.
//!
//! ```text
//! sample (a whole file) -> harm (bits, bytes, cuts, insertions, splices) -> repair (checksums) -> sample.read
//! ```

pub mod harm;
pub mod repair;
pub mod samples;
