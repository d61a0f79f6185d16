//! What is learnt of one kind of planes: what a stream starts from, and changes while it codes.

use super::mixer::{CONTEXTS, DECISIONS, Mixer};
use crate::bytes::Reader;
use crate::mixing::Counter;
use crate::{Error, Result};

/// Levels of how far off predictions were nearby; where they were further off, all is measured in steps of 2^shift.
pub const LEVELS: usize = 24;
/// Slots of a context; no key is larger.
pub const SLOTS: usize = 4096;
/// Rows of weights by that level; by which neighbours exceed the prediction, and by its fraction.
pub const ROWS: usize = LEVELS + 16 * 3;
/// Maps by that level; by the fraction and a difference nearby.
const MAPS: usize = LEVELS + 9 * 17;
/// Kinds of surroundings that predictions are corrected in, and after how many samples the older ones count half.
const BIASES: usize = 64 * LEVELS / 2;
pub const MEMORY: i32 = 60;
/// No difference has more bits.
pub const BITS: usize = 18;
/// A bias that a state keeps counts as so many samples at most, so that a picture soon has its own.
const KEPT: i32 = 20;
/// Its weights and biases alone take so many bytes in a state.
const LEAST: usize = 2 * CONTEXTS * DECISIONS * ROWS + 3 * BIASES;

/// All of it.
#[derive(Debug, Clone)]
pub struct Learnt {
    /// The contexts of differences.
    pub mixer: Mixer,
    /// By kind of surroundings: the sum of what predictions lacked, and of how many.
    pub biases: Vec<[i32; 2]>,
    /// Lower bits of large differences, by octave and bit; higher octaves; the bits below a step.
    pub tails: [[Counter; BITS]; BITS + 2],
}

impl Learnt {
    /// Nothing learnt.
    pub fn new() -> Self {
        let tails = [[Counter::NEW; BITS]; BITS + 2];
        Self { mixer: Mixer::new(CONTEXTS * SLOTS, ROWS, MAPS), biases: vec![[0; 2]; BIASES], tails }
    }

    /// Undoes what was learnt since this was a copy of `base`.
    pub fn restore(&mut self, base: &Self) {
        self.mixer.restore(&base.mixer);
        self.biases.copy_from_slice(&base.biases);
        self.tails = base.tails;
    }

    /// Makes all counts small, so that what comes soon counts more than what was learnt.
    pub fn age(&mut self) {
        self.mixer.age();
        for [sum, count] in &mut self.biases {
            let kept = (*count).min(KEPT);
            let limit = i32::from(i16::MAX);
            (*sum, *count) = ((*sum * kept / (*count).max(1)).clamp(-limit, limit), kept);
        }
    }

    /// Appends all of it, aged: the mixer; for each bias its sum, an `i16`, and its count, a byte; the tails.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        self.mixer.write(bytes);
        for [sum, count] in &self.biases {
            bytes.extend((*sum as i16).to_le_bytes());
            bytes.push(*count as u8);
        }
        bytes.extend(self.tails.iter().flatten().flat_map(|counter| counter.to_bytes()));
    }

    /// Reads what [`Learnt::write`] wrote; [`Error::Truncated`] if the bytes end before, [`Error::Format`] if they are
    /// nothing that can be learnt. Asks for at most some 70 times the bytes that are there.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.clone().take(LEAST)?;
        let mut learnt = Self::new();
        learnt.mixer.read(reader)?;
        for [sum, count] in &mut learnt.biases {
            (*sum, *count) = ((reader.word()? as i16).into(), reader.byte()?.into());
            if *count > MEMORY {
                return Err(Error::Format(format!("a bias of {count} samples: at most {MEMORY} expected")));
            }
        }
        for counter in learnt.tails.iter_mut().flatten() {
            *counter = Counter::read(reader)?;
        }
        Ok(learnt)
    }
}
