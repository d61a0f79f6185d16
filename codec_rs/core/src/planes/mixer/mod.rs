//! Sixteen probabilities for each decision of a sample, and the weights that mix them.
//!
//! As [`crate::mixing`], with 16 bits for whatever there are many of, in vectors of eight: Mahoney, "Adaptive weighing of
//! context models for lossless data compression" (2005), with final adaptive probability maps as in his lpaq. A slot has
//! its context's words for all decisions; of a sample's slots, which are transposed for it, each decision has its words
//! of all contexts in two vectors.

mod apm;
mod slot;
mod sparse;

use bytemuck::cast;
use wide::{i16x8, u16x8};

use crate::Result;
use crate::bytes::Reader;
use crate::mixing::Binary;
use crate::mixing::logistic::{MAX, squash, stretch};
use apm::{Apm, Point};
pub use slot::DECISIONS;
use slot::{COUNT, IN_JOURNAL, MAX_COUNT, Slot};

/// Contexts of a sample.
pub const CONTEXTS: usize = 16;
/// Weight sets that are added, and maps that correct the mixed probability.
pub const SETS: usize = 2;
pub const APMS: usize = 2;

/// Fractional bits of a weight, and the sum of all of them at first: above 1, since contexts know different things.
const WEIGHT_BITS: u32 = 14;
const FIRST_SUM: usize = (1 << WEIGHT_BITS) * 5 / 4;
/// The error that weights follow keeps so many bits of its 16.
const ERROR_SHIFT: u32 = 2;

/// By how often a slot was used, at most 255 times: 65536 / (n + 1.5), by which its probabilities adapt.
static RATES: [i16; 256] = {
    let mut rates = [0; 256];
    let mut count = 0;
    while count < 256 {
        let rate = (1 << 17) / (2 * count as i32 + 3);
        rates[count] = if rate > 24_000 { 24_000 } else { rate as i16 };
        count += 1;
    }
    rates
};

/// A number for each context.
type Lanes = [i16x8; 2];

/// What the decisions of one sample need: the words of its slots, for each decision those of all contexts and last the
/// counts; the rates by which they adapt; which weight sets and maps.
#[derive(Debug, Clone, Default)]
struct Selected {
    slots: [usize; CONTEXTS],
    words: [Lanes; DECISIONS + 1],
    rates: Lanes,
    sets: [usize; SETS],
    apms: [usize; APMS],
}

/// All that adapts with decisions, and what is selected of it.
#[derive(Debug, Clone)]
pub struct Mixer {
    slots: Vec<Slot>,
    weights: Vec<[Lanes; DECISIONS]>,
    apms: Vec<[Apm; DECISIONS]>,
    /// The slots that were used.
    journal: Vec<u32>,
    selected: Selected,
}

impl Mixer {
    /// Even odds and equal weights.
    pub fn new(slots: usize, sets: usize, apms: usize) -> Self {
        let weight = (FIRST_SUM / SETS / CONTEXTS) as i16;
        Self {
            slots: vec![Slot::NEW; slots],
            weights: vec![[[i16x8::splat(weight); 2]; DECISIONS]; sets],
            apms: vec![[Apm::new(); DECISIONS]; apms],
            journal: Vec::new(),
            selected: Selected::default(),
        }
    }

    /// Undoes all updates since this was a copy of `base`, at no more cost than theirs.
    pub fn restore(&mut self, base: &Self) {
        for slot in self.journal.drain(..) {
            self.slots[slot as usize] = base.slots[slot as usize];
        }
        self.weights.copy_from_slice(&base.weights);
        self.apms.copy_from_slice(&base.apms);
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
        let weights = self.weights.iter().flatten().flat_map(|&lanes| cast::<_, [i16; CONTEXTS]>(lanes));
        bytes.extend(weights.flat_map(|weight| weight.to_le_bytes()));
        sparse::write(bytes, self.apms.iter().flatten().map(|apm| apm.to_bytes()), Apm::new().to_bytes());
    }

    /// Reads over a new mixer what [`Mixer::write`] wrote; [`Error::Truncated`](crate::Error::Truncated) if the bytes end
    /// before, [`Error::Format`](crate::Error::Format) if no mixer is written so.
    pub fn read(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let slots = &mut self.slots;
        sparse::read(reader, slots.len(), Slot::NEW.to_bytes(), |index, bytes| {
            slots[index] = Slot::from_bytes(bytes)?;
            Ok(())
        })?;
        for lanes in self.weights.iter_mut().flatten() {
            let bytes = reader.take(2 * CONTEXTS)?;
            *lanes =
                cast(std::array::from_fn::<_, CONTEXTS, _>(|i| i16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]])));
        }
        let apms = self.apms.as_flattened_mut();
        sparse::read(reader, apms.len(), Apm::new().to_bytes(), |index, bytes| {
            apms[index] = Apm::from_bytes(bytes);
            Ok(())
        })
    }

    /// Selects what the decisions of a sample need: the slots of its contexts, which count as used once more, its weight
    /// sets and its maps.
    #[inline(always)]
    pub fn select(&mut self, slots: [usize; CONTEXTS], sets: [usize; SETS], apms: [usize; APMS]) {
        (self.selected.slots, self.selected.sets, self.selected.apms) = (slots, sets, apms);
        for half in 0..2 {
            let eight: [Slot; 8] = std::array::from_fn(|context| self.slots[slots[8 * half + context]]);
            for part in 0..2 {
                let words = u16x8::transpose(eight.map(|slot| slot.0[part]));
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
        let rate = |count: u16| RATES[usize::from(count & MAX_COUNT)];
        self.selected.rates = counts.map(|counts| i16x8::new(counts.to_array().map(rate)));
    }

    #[cold]
    fn note(&mut self, counts: [u16; CONTEXTS]) {
        let new = self.selected.slots.iter().zip(counts).filter(|(_, count)| count & IN_JOURNAL == 0);
        self.journal.extend(new.map(|(&slot, _)| slot as u32));
    }

    /// Stores the selected slots, after the decisions of a sample.
    #[inline(always)]
    pub fn store(&mut self) {
        let Selected { slots, words, .. } = &self.selected;
        for half in 0..2 {
            let part = |part: usize| u16x8::transpose(std::array::from_fn(|word| cast(words[8 * part + word][half])));
            let parts = [part(0), part(1)];
            for (context, &slot) in slots[8 * half..8 * half + 8].iter().enumerate() {
                self.slots[slot] = Slot([parts[0][context], parts[1][context]]);
            }
        }
    }

    /// Codes one decision of the sample: predicts it, and learns what it is.
    #[inline(always)]
    pub fn code<B: Binary>(&mut self, coder: &mut B, decision: usize, bit: bool) -> Result<bool> {
        let Selected { words, rates, sets, apms, .. } = &mut self.selected;
        let probabilities = &mut words[decision];
        let inputs = probabilities.map(|half| i16x8::new(half.to_array().map(|p| stretch((p as u32) << 1) as i16)));
        let sum: i32 = sets.iter().map(|&set| dot(inputs, self.weights[set][decision]) >> WEIGHT_BITS).sum();
        let sum = sum.clamp(-MAX, MAX);
        let (mixed, point) = (squash(sum), Point::new(sum));
        let corrected: u32 = apms.iter().map(|&apm| self.apms[apm][decision].correct(point)).sum();
        let bit = coder.code(bit, ((2 * mixed + corrected) >> 2).clamp(1, 65_535))?;
        apms.iter().for_each(|&apm| self.apms[apm][decision].update(point, bit));
        let error = (((i32::from(bit) << 16) - mixed as i32) >> ERROR_SHIFT) as i16;
        sets.iter().for_each(|&set| train(&mut self.weights[set][decision], inputs, error));
        adapt(probabilities, rates, bit);
        Ok(bit)
    }
}

#[inline(always)]
fn dot(inputs: Lanes, weights: Lanes) -> i32 {
    (inputs[0].dot(weights[0]) + inputs[1].dot(weights[1])).reduce_add()
}

/// Moves weights by the gradient: inputs times the error of what they were mixed to.
#[inline(always)]
fn train(weights: &mut Lanes, inputs: Lanes, error: i16) {
    for (weights, inputs) in weights.iter_mut().zip(inputs) {
        let twice = inputs.mul_keep_high(i16x8::splat(error));
        *weights = weights.saturating_add((twice + i16x8::splat(1)) >> 1_u32);
    }
}

/// Moves probabilities towards what happened.
#[inline(always)]
fn adapt(probabilities: &mut Lanes, rates: &Lanes, bit: bool) {
    let target = i16x8::splat(if bit { i16::MAX } else { 0 });
    for (probabilities, &rates) in probabilities.iter_mut().zip(rates) {
        *probabilities += (target - *probabilities).mul_keep_high(rates);
    }
}
