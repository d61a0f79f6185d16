//! The adaptive state of a component: what a stream starts from, and changes while it codes.

use super::bias::Bias;
use super::contexts::{APMS, BIAS_CONTEXTS, WEIGHT_SETS};
use super::mixer::{CONTEXTS, DECISIONS, Mixer};
use super::tails::Tails;
use crate::Result;
use crate::bytes::Reader;

/// Its weights and biases alone take so many bytes in a bundle.
const MIN_BYTES: usize = 2 * CONTEXTS * DECISIONS * WEIGHT_SETS + 3 * BIAS_CONTEXTS;

/// All that adapts while planes of one component are coded.
#[derive(Debug, Clone)]
pub struct AdaptiveState {
    /// Probabilities of the decisions of residuals, and how they are mixed.
    pub mixer: Mixer,
    /// What predictions lacked, by context.
    pub biases: Vec<Bias>,
    /// Counters of decisions that no contexts are worth.
    pub tails: Tails,
}

impl AdaptiveState {
    /// A state that has seen nothing.
    pub fn new() -> Self {
        Self { mixer: Mixer::new(WEIGHT_SETS, APMS), biases: vec![Bias::default(); BIAS_CONTEXTS], tails: Tails::new() }
    }

    /// Undoes all updates since this was a copy of `base`.
    pub fn restore(&mut self, base: &Self) {
        self.mixer.restore(&base.mixer);
        self.biases.copy_from_slice(&base.biases);
        self.tails = base.tails;
    }

    /// Makes all counts small, so that a picture soon counts more than those of the training.
    pub fn age(&mut self) {
        self.mixer.age();
        self.biases.iter_mut().for_each(Bias::age);
    }

    /// Appends all of it, aged: the mixer, the biases, the tails.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        self.mixer.write(bytes);
        bytes.extend(self.biases.iter().flat_map(|bias| bias.to_bytes()));
        self.tails.write(bytes);
    }

    /// Reads what [`AdaptiveState::write`] wrote; [`Error::Truncated`](crate::Error::Truncated) if the bytes end before,
    /// [`Error::Format`](crate::Error::Format) if no state is written so. Asks for at most some 70 times the bytes that
    /// are there.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.clone().take(MIN_BYTES)?;
        let mut state = Self::new();
        state.mixer.read(reader)?;
        for bias in &mut state.biases {
            *bias = Bias::read(reader)?;
        }
        state.tails.read(reader)?;
        Ok(state)
    }
}

/// Where coders get the adaptive states of a picture from, and give them back.
pub trait StatePool {
    /// Takes the state of this number (`Component::state`) out of the pool.
    fn acquire(&self, number: usize) -> AdaptiveState;
    /// Gives it back after a plane was coded.
    fn release(&self, number: usize, state: AdaptiveState);
}
