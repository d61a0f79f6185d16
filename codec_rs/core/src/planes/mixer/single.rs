//! Decisions with slots of their own, which no other decision asks at the same time.

use bytemuck::cast;

use super::slot::{COUNT, MAX_COUNT, Slot};
use super::weighing::{CONTEXTS, Chosen, Lanes, Weighing, rate};
use crate::Result;
use crate::mixing::Binary;

/// As [`super::Mixer`], where each decision has a selection of its own: of its slots only two words are moved.
#[derive(Debug)]
pub struct SingleMixer {
    slots: Vec<Slot>,
    weighing: Weighing,
}

impl SingleMixer {
    /// Even odds and equal weights.
    pub fn new(slots: usize, sets: usize, apms: usize) -> Self {
        Self { slots: vec![Slot::NEW; slots], weighing: Weighing::new(sets, apms) }
    }

    /// Reads some slots, so that they are in a cache when decisions ask for them.
    #[inline(always)]
    pub fn fetch<'s>(&self, slots: impl Iterator<Item = &'s u32>) {
        std::hint::black_box(slots.fold(0, |all, &slot| all ^ self.slots[slot as usize].0[COUNT]));
    }

    /// Codes a decision: predicts it from the slots of its contexts, and learns what it is.
    #[inline(always)]
    pub fn code<B: Binary>(
        &mut self,
        coder: &mut B,
        decision: usize,
        slots: &[u32; CONTEXTS],
        chosen: Chosen,
        bit: bool,
    ) -> Result<bool> {
        let words = slots.map(|slot| self.slots[slot as usize].0[decision]);
        let counts = slots.map(|slot| self.slots[slot as usize].0[COUNT]);
        let (mut words, mut rates): (Lanes, Lanes) = (cast(words), cast(counts.map(rate)));
        let bit = self.weighing.code(coder, decision, chosen, [&mut words, &mut rates], bit)?;
        let words: [u16; CONTEXTS] = cast(words);
        for ((&slot, word), count) in slots.iter().zip(words).zip(counts) {
            let slot = &mut self.slots[slot as usize].0;
            slot[decision] = word;
            slot[COUNT] = (count + 1).min(MAX_COUNT);
        }
        Ok(bit)
    }
}
