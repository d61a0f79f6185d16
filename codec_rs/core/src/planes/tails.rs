//! Counters of the decisions of residuals that are not mixed, as no contexts can tell much of them.

use crate::Result;
use crate::bytes::Reader;
use crate::mixing::Counter;

/// No residual has more bits.
pub const BITS: usize = 18;

/// A counter for each of these decisions.
#[derive(Debug, Clone, Copy)]
pub struct Tails {
    /// By exponent less 1 and bit.
    pub mantissas: [[Counter; BITS]; BITS],
    pub exponents: [Counter; BITS],
    /// The bits below a step.
    pub fractions: [Counter; BITS],
}

impl Tails {
    /// Even odds.
    pub fn new() -> Self {
        let counters = [Counter::NEW; BITS];
        Self { mantissas: [counters; BITS], exponents: counters, fractions: counters }
    }

    /// Appends the counters, three bytes each.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let counters = self.mantissas.iter().flatten().chain(&self.exponents).chain(&self.fractions);
        bytes.extend(counters.flat_map(|counter| counter.to_bytes()));
    }

    /// Reads what [`Tails::write`] wrote; [`Error::Truncated`](crate::Error::Truncated) if the bytes end before.
    pub fn read(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let counters = self.mantissas.iter_mut().flatten().chain(&mut self.exponents).chain(&mut self.fractions);
        for counter in counters {
            *counter = Counter::read(reader)?;
        }
        Ok(())
    }
}
