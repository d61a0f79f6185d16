//! Sixteen probabilities for each decision of a sample, and the weights that mix them.
//!
//! As [`crate::mixing`], with 16 bits for whatever there are many of, in vectors of eight: Mahoney, "Adaptive weighing of
//! context models for lossless data compression" (2005), with final adaptive probability maps as in his lpaq. A slot has
//! its context's words for all decisions; of a sample's slots, which are transposed for it, each decision has its words
//! of all contexts in two vectors.

mod apm;
mod single;
mod slot;
mod sparse;
mod weighing;

use bytemuck::cast;
use wide::{i16x8, u16x8};

use crate::Result;
use crate::bytes::Reader;
use crate::mixing::Binary;
pub use single::SingleMixer;
pub use slot::DECISIONS;
use slot::{COUNT, IN_JOURNAL, MAX_COUNT, Slot};
pub use weighing::{CONTEXTS, Chosen};
use weighing::{Lanes, Weighing, rate};

/// Slots of each context.
pub const SLOTS: usize = 4096;

/// What the decisions of one sample need: the words of its slots, for each decision those of all contexts and last the
/// counts; the rates by which they adapt; which weight sets and maps.
#[derive(Debug, Clone, Default)]
struct Selected {
    slots: [u16; CONTEXTS],
    words: [Lanes; DECISIONS + 1],
    rates: Lanes,
    chosen: Chosen,
}

/// All that adapts with decisions, and what is selected of it.
#[derive(Debug, Clone)]
pub struct Mixer {
    /// Those of one context after those of another: as many as a number of 16 bits tells apart.
    slots: Box<[Slot; CONTEXTS * SLOTS]>,
    weighing: Weighing,
    /// The slots that were used.
    journal: Vec<u16>,
    selected: Selected,
}

impl Mixer {
    /// Even odds and equal weights.
    pub fn new(sets: usize, apms: usize) -> Self {
        let slots = vec![Slot::NEW; CONTEXTS * SLOTS].try_into();
        Self {
            slots: slots.expect("as many slots as there are"),
            weighing: Weighing::new(sets, apms),
            journal: Vec::new(),
            selected: Selected::default(),
        }
    }

    /// Undoes all updates since this was a copy of `base`, at no more cost than theirs.
    pub fn restore(&mut self, base: &Self) {
        for slot in self.journal.drain(..) {
            self.slots[usize::from(slot)] = base.slots[usize::from(slot)];
        }
        self.weighing.copy_from(&base.weighing);
    }

    /// Forgets slots that were used seldom, and makes all counts small, so that a picture soon counts more than those of
    /// the training.
    pub fn age(&mut self) {
        self.journal.clear();
        self.slots.iter_mut().for_each(|slot| *slot = slot.aged());
    }

    /// Appends all that adapts, aged: slots, a byte for each word; weights; maps.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        sparse::write(bytes, self.slots.iter().map(|slot| slot.to_bytes()), Slot::NEW.to_bytes());
        self.weighing.write(bytes);
    }

    /// Reads over a new mixer what [`Mixer::write`] wrote; [`Error::Truncated`](crate::Error::Truncated) if the bytes end
    /// before, [`Error::Format`](crate::Error::Format) if no mixer is written so.
    pub fn read(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let slots = &mut self.slots;
        sparse::read(reader, slots.len(), Slot::NEW.to_bytes(), |index, bytes| {
            slots[index] = Slot::from_bytes(bytes)?;
            Ok(())
        })?;
        self.weighing.read(reader)
    }

    /// Selects what the decisions of a sample need: the slots of its contexts, which count as used once more, its weight
    /// sets and its maps.
    #[inline(always)]
    pub fn select(&mut self, slots: [u16; CONTEXTS], chosen: Chosen) {
        (self.selected.slots, self.selected.chosen) = (slots, chosen);
        for half in 0..2 {
            let eight: [u16; 8] = std::array::from_fn(|context| slots[8 * half + context]);
            for part in 0..2 {
                let words = u16x8::transpose(eight.map(|slot| self.slots[usize::from(slot)].eights()[part]));
                for (lanes, &word) in self.selected.words[8 * part..].iter_mut().zip(&words) {
                    lanes[half] = cast(word);
                }
            }
        }
        self.count_use();
    }

    /// Counts that the slots are used, and notes which.
    #[inline(always)]
    fn count_use(&mut self) {
        let counts: [u16x8; 2] = cast(self.selected.words[COUNT]);
        if counts.iter().any(|counts| (*counts & u16x8::splat(IN_JOURNAL)).simd_eq(u16x8::splat(0)).any()) {
            self.note(cast(counts));
        }
        let counts = counts.map(|counts| counts & u16x8::splat(MAX_COUNT));
        let more = |counts: u16x8| (counts + u16x8::splat(1)).min(u16x8::splat(MAX_COUNT)) | u16x8::splat(IN_JOURNAL);
        self.selected.words[COUNT] = cast(counts.map(more));
        self.selected.rates = counts.map(|counts| i16x8::new(counts.to_array().map(rate)));
    }

    #[cold]
    fn note(&mut self, counts: [u16; CONTEXTS]) {
        let new = self.selected.slots.iter().zip(counts).filter(|(_, count)| count & IN_JOURNAL == 0);
        self.journal.extend(new.map(|(&slot, _)| slot));
    }

    /// Stores the selected slots, after the decisions of a sample.
    #[inline(always)]
    pub fn store(&mut self) {
        let Selected { slots, words, .. } = &self.selected;
        for half in 0..2 {
            let part = |part: usize| u16x8::transpose(std::array::from_fn(|word| cast(words[8 * part + word][half])));
            let parts = [part(0), part(1)];
            for (context, &slot) in slots[8 * half..8 * half + 8].iter().enumerate() {
                self.slots[usize::from(slot)] = Slot(cast([parts[0][context], parts[1][context]]));
            }
        }
    }

    /// Codes one decision of the sample: predicts it, and learns what it is. One function for all decisions: copies of it
    /// for each are no quicker, and where they lie in memory makes a difference of a tenth.
    #[inline(never)]
    pub fn code<B: Binary>(&mut self, coder: &mut B, decision: usize, bit: bool) -> Result<bool> {
        let Selected { words, rates, chosen, .. } = &mut self.selected;
        self.weighing.code(coder, decision, *chosen, [&mut words[decision], rates], bit)
    }
}
