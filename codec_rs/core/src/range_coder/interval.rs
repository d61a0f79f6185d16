//! What encoder and decoder agree on.

/// `range` never falls below this between two symbols.
pub const MIN_RANGE: u64 = 1 << 32;
/// Largest total of an interval: every symbol keeps a range of at least `2^16`, so that one step of renormalisation is
/// enough.
pub const MAX_TOTAL: u32 = 1 << 16;
