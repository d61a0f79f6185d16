//! Sixteen probabilities for each decision of a sample, and the weights that mix them.
//!
//! As [`crate::mixing`], with 16 bits for whatever there are many of, in loops over arrays that a compiler turns into
//! vector instructions: Mahoney, "Adaptive weighing of context models for lossless data compression" (2005), with a
//! final map of probabilities ("adaptive probability map") as in his lpaq.

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
const NOTED: i16 = 256;
const MOST: i16 = 255;
const KEPT: i16 = 16;
/// A state has no slots that were asked less often, and probabilities in so many steps of the logistic domain.
const SELDOM: i16 = 128;
const KEPT_STEP: i32 = 24;
/// Rows of weights that are added, and maps that correct the mixed probability.
pub const ROWS: usize = 2;
pub const MAPS: usize = 2;

/// A probability has 15 bits.
const EVEN: i16 = 1 << 14;
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

type Line = [i16; CONTEXTS];

/// Where the decisions of one sample find what they need.
#[derive(Debug)]
pub struct Place {
    slots: [usize; CONTEXTS],
    rates: Line,
    rows: [usize; ROWS],
    maps: [usize; MAPS],
}

/// All that was learnt of decisions.
#[derive(Debug, Clone)]
pub struct Mixer {
    slots: Vec<[i16; 16]>,
    rows: Vec<[Line; DECISIONS]>,
    maps: Vec<[[u16; ENTRIES]; DECISIONS]>,
    /// The slots that were asked.
    journal: Vec<u32>,
}

/// A slot and a map that nothing was learnt in.
const NEW_SLOT: [i16; 16] = {
    let mut slot = [EVEN; 16];
    slot[COUNT] = 0;
    slot
};

/// The words of a slot, a byte each: probabilities in steps of the logistic domain, and the count.
fn slot_to_bytes(slot: &[i16; 16]) -> [u8; 16] {
    let mut bytes = slot.map(|word| (128 + (stretch((word as u32) << 1) + KEPT_STEP / 2).div_euclid(KEPT_STEP)) as u8);
    bytes[COUNT] = slot[COUNT] as u8;
    bytes
}

/// The probability of a byte.
fn probability(byte: u8) -> i16 {
    (squash(((i32::from(byte) - 128) * KEPT_STEP).clamp(-MAX, MAX)) >> 1) as i16
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
            rows: vec![[[weight; CONTEXTS]; DECISIONS]; rows],
            maps: vec![[new_map(); DECISIONS]; maps],
            journal: Vec::new(),
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
            let seen = slot[COUNT] & MOST;
            *slot = if seen < SELDOM { NEW_SLOT } else { *slot };
            slot[COUNT] = slot[COUNT].min(seen).min(KEPT);
        }
    }

    /// Appends what was learnt, aged: slots, a byte for each word; weights; maps.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        sparse::write(bytes, self.slots.iter().map(slot_to_bytes), slot_to_bytes(&NEW_SLOT));
        bytes.extend(self.rows.iter().flatten().flatten().flat_map(|weight| weight.to_le_bytes()));
        sparse::write(bytes, self.maps.iter().flatten().map(map_to_bytes), map_to_bytes(&new_map()));
    }

    /// Reads over nothing learnt what [`Mixer::write`] wrote; [`Error::Truncated`] if the bytes end before,
    /// [`Error::Format`] if they are nothing that can be learnt.
    pub fn read(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let slots = &mut self.slots;
        sparse::read(reader, slots.len(), slot_to_bytes(&NEW_SLOT), |index, bytes| {
            slots[index] = bytes.map(probability);
            slots[index][COUNT] = bytes[COUNT].into();
            match slots[index][COUNT] {
                count if count > KEPT => {
                    Err(Error::Format(format!("a slot asked {count} times: at most {KEPT} expected")))
                }
                _ => Ok(()),
            }
        })?;
        for weight in self.rows.iter_mut().flatten().flatten() {
            *weight = reader.word()? as i16;
        }
        let maps = self.maps.as_flattened_mut();
        sparse::read(reader, maps.len(), map_to_bytes(&new_map()), |index, bytes| {
            maps[index] = std::array::from_fn(|entry| u16::from_le_bytes([bytes[2 * entry], bytes[2 * entry + 1]]));
            Ok(())
        })
    }

    /// The place of a sample, whose slots are asked once more.
    #[inline(always)]
    pub fn place(&mut self, slots: [usize; CONTEXTS], rows: [usize; ROWS], maps: [usize; MAPS]) -> Place {
        // Loops, not `map`: that is not always inlined.
        let mut rates = [0; CONTEXTS];
        for (rate, slot) in rates.iter_mut().zip(slots) {
            let count = &mut self.slots[slot][COUNT];
            if *count & NOTED == 0 {
                self.journal.push(slot as u32);
            }
            let seen = *count & MOST;
            *count = NOTED | (seen + i16::from(seen < MOST));
            *rate = RATES[seen as usize];
        }
        Place { slots, rates, rows, maps }
    }

    /// Codes one decision and learns it.
    pub fn code<B: Binary>(&mut self, coder: &mut B, place: &Place, decision: usize, bit: bool) -> Result<bool> {
        let (mut probabilities, mut inputs) = ([0; CONTEXTS], [0; CONTEXTS]);
        for i in 0..CONTEXTS {
            probabilities[i] = self.slots[place.slots[i]][decision];
            inputs[i] = stretch((probabilities[i] as u32) << 1) as i16;
        }
        let sum: i32 = place.rows.iter().map(|&row| dot(&inputs, &self.rows[row][decision]) >> ONE).sum();
        let sum = sum.clamp(-MAX, MAX);
        let mixed = squash(sum);
        let between = (sum + (16 << STEP)).clamp(0, (32 << STEP) - 1) as u32;
        let (entry, part) = ((between >> STEP) as usize, between & ((1 << STEP) - 1));
        let corrected = |map: usize| {
            let line = &self.maps[map][decision];
            (u32::from(line[entry]) * ((1 << STEP) - part) + u32::from(line[entry + 1]) * part) >> STEP
        };
        let total = 2 * mixed + place.maps.map(corrected).iter().sum::<u32>();
        let bit = coder.code(bit, (total >> 2).clamp(1, 65_535))?;

        let nearest = entry + usize::from(part >= 1 << (STEP - 1));
        for map in place.maps {
            let entry = &mut self.maps[map][decision][nearest];
            let target = if bit { 65_535 } else { 0 };
            *entry = (i32::from(*entry) + ((target - i32::from(*entry)) >> MAP_PACE)) as u16;
        }
        let error = (((i32::from(bit) << 16) - mixed as i32) >> ERROR_SHIFT) as i16;
        for row in place.rows {
            follow(&mut self.rows[row][decision], &inputs, error);
        }
        learn(&mut probabilities, &place.rates, bit);
        for (slot, probability) in place.slots.iter().zip(probabilities) {
            self.slots[*slot][decision] = probability;
        }
        Ok(bit)
    }
}

// Calls of their own: a compiler sees arrays in these, and single numbers where they are inlined.

#[inline(never)]
fn dot(inputs: &Line, weights: &Line) -> i32 {
    inputs.iter().zip(weights).map(|(&input, &weight)| i32::from(input) * i32::from(weight)).sum()
}

#[inline(never)]
fn follow(weights: &mut Line, inputs: &Line, error: i16) {
    for (weight, &input) in weights.iter_mut().zip(inputs) {
        let twice = ((i32::from(input) * i32::from(error)) >> 16) as i16;
        *weight = weight.saturating_add((twice + 1) >> 1);
    }
}

#[inline(never)]
fn learn(probabilities: &mut Line, rates: &Line, bit: bool) {
    let target = if bit { i16::MAX } else { 0 };
    for (probability, &rate) in probabilities.iter_mut().zip(rates) {
        let step = ((i32::from(target - *probability) * i32::from(rate)) >> 16) as i16;
        *probability += step;
    }
}
