//! Sixteen probabilities for each decision of a sample, and the weights that mix them.
//!
//! As [`crate::mixing`], with 16 bits for whatever there are many of, in loops over arrays that a compiler turns into
//! vector instructions: Mahoney, "Adaptive weighing of context models for lossless data compression" (2005), with a
//! final map of probabilities ("adaptive probability map") as in his lpaq.

use crate::Result;
use crate::mixing::Binary;
use crate::mixing::logistic::{MAX, squash, stretch};

/// Contexts of a sample.
pub const CONTEXTS: usize = 16;
/// Decisions of a sample; what would be the last one's counter counts how often a slot was asked.
pub const DECISIONS: usize = 15;
const COUNT: usize = DECISIONS;
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

/// All that was learnt of one kind of planes.
#[derive(Debug)]
pub struct Mixer {
    slots: Vec<[i16; 16]>,
    rows: Vec<[Line; DECISIONS]>,
    maps: Vec<[[u16; ENTRIES]; DECISIONS]>,
}

impl Mixer {
    /// Nothing learnt.
    pub fn new(slots: usize, rows: usize, maps: usize) -> Self {
        let mut slot = [EVEN; 16];
        slot[COUNT] = 0;
        let same = std::array::from_fn(|entry| squash(((entry as i32 - 16) << STEP).clamp(-MAX, MAX)) as u16);
        let weight = (START / ROWS / CONTEXTS) as i16;
        Self {
            slots: vec![slot; slots],
            rows: vec![[[weight; CONTEXTS]; DECISIONS]; rows],
            maps: vec![[same; DECISIONS]; maps],
        }
    }

    /// The place of a sample, whose slots are asked once more.
    #[inline(always)]
    pub fn place(&mut self, slots: [usize; CONTEXTS], rows: [usize; ROWS], maps: [usize; MAPS]) -> Place {
        let rates = slots.map(|slot| {
            let count = &mut self.slots[slot][COUNT];
            let rate = RATES[*count as usize & 255];
            *count += i16::from(*count < 255);
            rate
        });
        Place { slots, rates, rows, maps }
    }

    /// Codes one decision and learns it.
    pub fn code<B: Binary>(&mut self, coder: &mut B, place: &Place, decision: usize, bit: bool) -> Result<bool> {
        let mut probabilities = place.slots.map(|slot| self.slots[slot][decision]);
        let inputs = probabilities.map(|probability| stretch((probability as u32) << 1) as i16);
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
