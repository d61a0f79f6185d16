//! Sixteen probabilities for each decision of a sample, and the weights that mix them.
//!
//! As [`crate::mixing`], with 16 bits for whatever there are many of, in vectors of eight: Mahoney, "Adaptive weighing of
//! context models for lossless data compression" (2005), with a final map of probabilities ("adaptive probability map")
//! as in his lpaq. A slot has its context's words for all decisions; of a sample's slots, which are turned for it, each
//! decision has its words of all contexts in two vectors.

use bytemuck::cast;
use wide::{i16x8, u16x8};

use super::sparse;
use crate::bytes::Reader;
use crate::mixing::Binary;
use crate::mixing::logistic::{MAX, squash, stretch};
use crate::{Error, Result};

/// Contexts of a sample.
pub const CONTEXTS: usize = 16;
/// Decisions of a sample; what would be the last one's counter counts how often a slot was asked.
pub const DECISIONS: usize = 15;
const COUNT: usize = DECISIONS;
/// The bit of a count that says that its slot is in the journal; no count is above `MOST`, and none of a state's above
/// `KEPT`, so that a picture soon has its own probabilities.
const NOTED: u16 = 256;
const MOST: u16 = 255;
const KEPT: u16 = 16;
/// A state has no slots that were asked less often, and probabilities in so many steps of the logistic domain.
const SELDOM: u16 = 128;
const KEPT_STEP: i32 = 24;
/// Rows of weights that are added, and maps that correct the mixed probability.
pub const ROWS: usize = 2;
pub const MAPS: usize = 2;

/// A probability has 15 bits.
const EVEN: u16 = 1 << 14;
/// Fractional bits of a weight, and the sum of all of them at first: above 1, since contexts know different things.
const ONE: u32 = 14;
const START: usize = (1 << ONE) * 5 / 4;
/// The error that weights follow keeps so many bits of its 16.
const ERROR_SHIFT: u32 = 2;
/// A map has an entry for each 128 steps of the logistic domain, and follows what happens by 1/2^MAP_PACE.
const STEP: u32 = 7;
const ENTRIES: usize = 33;
const MAP_PACE: u32 = 7;

/// By how often a slot was asked, at most 255 times: 65536 / (n + 1.5), by which its probabilities follow.
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
type Line = [i16x8; 2];

/// The probabilities of a context and how often it was asked, in one line of a cache.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(32))]
struct Slot([u16x8; 2]);

/// What the decisions of one sample need: its slots' words, a line for each decision and one of counts.
#[derive(Debug, Clone)]
struct Asked {
    slots: [usize; CONTEXTS],
    lines: [Line; DECISIONS + 1],
    rates: Line,
    rows: [usize; ROWS],
    maps: [usize; MAPS],
}

/// All that was learnt of decisions.
#[derive(Debug, Clone)]
pub struct Mixer {
    slots: Vec<Slot>,
    rows: Vec<[Line; DECISIONS]>,
    maps: Vec<[[u16; ENTRIES]; DECISIONS]>,
    /// The slots that were asked.
    journal: Vec<u32>,
    asked: Asked,
}

/// A slot and a map that nothing was learnt in.
const NEW_SLOT: Slot = Slot([u16x8::new([EVEN; 8]), u16x8::new([EVEN, EVEN, EVEN, EVEN, EVEN, EVEN, EVEN, 0])]);

impl Slot {
    fn words(&self) -> [u16; CONTEXTS] {
        cast(self.0)
    }

    fn count(&self) -> u16 {
        self.words()[COUNT]
    }

    fn with_count(&self, count: u16) -> Self {
        let mut words = self.words();
        words[COUNT] = count;
        Self(cast(words))
    }
}

/// The words of a slot, a byte each: probabilities in steps of the logistic domain, and the count.
fn slot_to_bytes(slot: &Slot) -> [u8; 16] {
    let byte = |word: u16| (128 + (stretch(u32::from(word) << 1) + KEPT_STEP / 2).div_euclid(KEPT_STEP)) as u8;
    let mut bytes = slot.words().map(byte);
    bytes[COUNT] = slot.count() as u8;
    bytes
}

/// The probability of a byte.
fn probability(byte: u8) -> u16 {
    (squash(((i32::from(byte) - 128) * KEPT_STEP).clamp(-MAX, MAX)) >> 1) as u16
}

fn map_to_bytes(map: &[u16; ENTRIES]) -> [u8; 2 * ENTRIES] {
    std::array::from_fn(|index| map[index / 2].to_le_bytes()[index % 2])
}

fn new_map() -> [u16; ENTRIES] {
    std::array::from_fn(|entry| squash(((entry as i32 - 16) << STEP).clamp(-MAX, MAX)) as u16)
}

impl Mixer {
    /// Nothing learnt.
    pub fn new(slots: usize, rows: usize, maps: usize) -> Self {
        let weight = (START / ROWS / CONTEXTS) as i16;
        Self {
            slots: vec![NEW_SLOT; slots],
            rows: vec![[[i16x8::splat(weight); 2]; DECISIONS]; rows],
            maps: vec![[new_map(); DECISIONS]; maps],
            journal: Vec::new(),
            asked: Asked {
                slots: [0; CONTEXTS],
                lines: Default::default(),
                rates: Default::default(),
                rows: [0; ROWS],
                maps: [0; MAPS],
            },
        }
    }

    /// Undoes what was learnt since this was a copy of `base`, at no more cost than learning it.
    pub fn restore(&mut self, base: &Self) {
        for slot in self.journal.drain(..) {
            self.slots[slot as usize] = base.slots[slot as usize];
        }
        self.rows.copy_from_slice(&base.rows);
        self.maps.copy_from_slice(&base.maps);
    }

    /// Forgets slots that were asked seldom, and makes all counts small, so that what comes soon counts more than what
    /// was learnt.
    pub fn age(&mut self) {
        self.journal.clear();
        for slot in &mut self.slots {
            let seen = slot.count() & MOST;
            *slot = if seen < SELDOM { NEW_SLOT } else { slot.with_count(seen.min(KEPT)) };
        }
    }

    /// Appends what was learnt, aged: slots, a byte for each word; weights; maps.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        sparse::write(bytes, self.slots.iter().map(slot_to_bytes), slot_to_bytes(&NEW_SLOT));
        let weights = self.rows.iter().flatten().flat_map(|&line| cast::<_, [i16; CONTEXTS]>(line));
        bytes.extend(weights.flat_map(|weight| weight.to_le_bytes()));
        sparse::write(bytes, self.maps.iter().flatten().map(map_to_bytes), map_to_bytes(&new_map()));
    }

    /// Reads over nothing learnt what [`Mixer::write`] wrote; [`Error::Truncated`] if the bytes end before,
    /// [`Error::Format`] if they are nothing that can be learnt.
    pub fn read(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let slots = &mut self.slots;
        sparse::read(reader, slots.len(), slot_to_bytes(&NEW_SLOT), |index, bytes| {
            slots[index] = Slot(cast(bytes.map(probability))).with_count(bytes[COUNT].into());
            match slots[index].count() {
                count if count > KEPT => {
                    Err(Error::Format(format!("a slot asked {count} times: at most {KEPT} expected")))
                }
                _ => Ok(()),
            }
        })?;
        for line in self.rows.iter_mut().flatten() {
            let mut weights = [0; CONTEXTS];
            for weight in &mut weights {
                *weight = reader.word()? as i16;
            }
            *line = cast(weights);
        }
        let maps = self.maps.as_flattened_mut();
        sparse::read(reader, maps.len(), map_to_bytes(&new_map()), |index, bytes| {
            maps[index] = std::array::from_fn(|entry| u16::from_le_bytes([bytes[2 * entry], bytes[2 * entry + 1]]));
            Ok(())
        })
    }

    /// Turns to a sample: its slots, which are asked once more, its rows of weights and its maps.
    #[inline(always)]
    pub fn ask(&mut self, slots: [usize; CONTEXTS], rows: [usize; ROWS], maps: [usize; MAPS]) {
        (self.asked.slots, self.asked.rows, self.asked.maps) = (slots, rows, maps);
        for half in 0..2 {
            let eight: [Slot; 8] = std::array::from_fn(|context| self.slots[slots[8 * half + context]]);
            for part in 0..2 {
                let words = u16x8::transpose(eight.map(|slot| slot.0[part]));
                for (line, &word) in self.asked.lines[8 * part..].iter_mut().zip(&words) {
                    line[half] = cast(word);
                }
            }
        }
        self.count();
    }

    /// Counts that the slots are asked, and notes which.
    #[inline(always)]
    fn count(&mut self) {
        let counts: [u16x8; 2] = cast(self.asked.lines[COUNT]);
        if counts.iter().any(|counts| (*counts & u16x8::splat(NOTED)).simd_eq(u16x8::splat(0)).any()) {
            self.note(cast(counts));
        }
        let seen = counts.map(|counts| counts & u16x8::splat(MOST));
        let more = seen.map(|seen| (seen + u16x8::splat(1)).min(u16x8::splat(MOST)) | u16x8::splat(NOTED));
        self.asked.lines[COUNT] = cast(more);
        self.asked.rates = seen.map(|seen| i16x8::new(seen.to_array().map(|seen| RATES[usize::from(seen & MOST)])));
    }

    #[cold]
    fn note(&mut self, counts: [u16; CONTEXTS]) {
        let new = self.asked.slots.iter().zip(counts).filter(|(_, count)| count & NOTED == 0);
        self.journal.extend(new.map(|(&slot, _)| slot as u32));
    }

    /// Leaves a sample: its slots keep what its decisions have taught them.
    #[inline(always)]
    pub fn keep(&mut self) {
        let Asked { slots, lines, .. } = &self.asked;
        for half in 0..2 {
            let part = |part: usize| u16x8::transpose(std::array::from_fn(|word| cast(lines[8 * part + word][half])));
            let parts = [part(0), part(1)];
            for (context, &slot) in slots[8 * half..8 * half + 8].iter().enumerate() {
                self.slots[slot] = Slot([parts[0][context], parts[1][context]]);
            }
        }
    }

    /// Codes one decision of the sample and learns it.
    #[inline(always)]
    pub fn code<B: Binary>(&mut self, coder: &mut B, decision: usize, bit: bool) -> Result<bool> {
        let Asked { lines, rates, rows, maps, .. } = &mut self.asked;
        let line = &mut lines[decision];
        let inputs = line.map(|half| i16x8::new(half.to_array().map(|word| stretch((word as u32) << 1) as i16)));
        let sum: i32 = rows.iter().map(|&row| dot(inputs, self.rows[row][decision]) >> ONE).sum();
        let sum = sum.clamp(-MAX, MAX);
        let mixed = squash(sum);
        let between = (sum + (16 << STEP)).clamp(0, (32 << STEP) - 1) as u32;
        let (entry, part) = ((between >> STEP) as usize, between & ((1 << STEP) - 1));
        let corrected = |map: usize| {
            let line = &self.maps[map][decision];
            (u32::from(line[entry]) * ((1 << STEP) - part) + u32::from(line[entry + 1]) * part) >> STEP
        };
        let total = 2 * mixed + corrected(maps[0]) + corrected(maps[1]);
        let bit = coder.code(bit, (total >> 2).clamp(1, 65_535))?;

        let nearest = entry + usize::from(part >= 1 << (STEP - 1));
        for &mut map in maps {
            let entry = &mut self.maps[map][decision][nearest];
            let target = if bit { 65_535 } else { 0 };
            *entry = (i32::from(*entry) + ((target - i32::from(*entry)) >> MAP_PACE)) as u16;
        }
        let error = (((i32::from(bit) << 16) - mixed as i32) >> ERROR_SHIFT) as i16;
        for &mut row in rows {
            follow(&mut self.rows[row][decision], inputs, error);
        }
        learn(line, rates, bit);
        Ok(bit)
    }
}

#[inline(always)]
fn dot(inputs: Line, weights: Line) -> i32 {
    (inputs[0].dot(weights[0]) + inputs[1].dot(weights[1])).reduce_add()
}

/// Moves weights after an error of what they made of the inputs.
#[inline(always)]
fn follow(weights: &mut Line, inputs: Line, error: i16) {
    for (weights, inputs) in weights.iter_mut().zip(inputs) {
        let twice = inputs.mul_keep_high(i16x8::splat(error));
        *weights = weights.saturating_add((twice + i16x8::splat(1)) >> 1_u32);
    }
}

/// Moves probabilities after a decision.
#[inline(always)]
fn learn(probabilities: &mut Line, rates: &Line, bit: bool) {
    let target = i16x8::splat(if bit { i16::MAX } else { 0 });
    for (probabilities, &rates) in probabilities.iter_mut().zip(rates) {
        *probabilities += (target - *probabilities).mul_keep_high(rates);
    }
}
