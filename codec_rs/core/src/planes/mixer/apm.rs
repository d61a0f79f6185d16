//! Adaptive probability maps, which correct a mixed probability by what came of such ones (APM or SSE in PAQ and lpaq).

use crate::mixing::logistic::{MAX, squash};

/// A map has an entry for each 2^STEP of the logistic domain, and follows what happens by 1/2^RATE.
const STEP: u32 = 7;
const ENTRIES: usize = 33;
const RATE: u32 = 7;
/// The entry of even odds.
const MIDDLE: i32 = 16;

/// A probability of 16 bits for each entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Apm([u16; ENTRIES]);

/// Where a probability falls: the entry below it, and how far it is above that, of 2^STEP.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    entry: usize,
    part: u32,
}

impl Point {
    /// Of a probability in the logistic domain.
    #[inline(always)]
    pub fn new(stretched: i32) -> Self {
        let place = (stretched + (MIDDLE << STEP)).clamp(0, ((2 * MIDDLE) << STEP) - 1) as u32;
        Self { entry: (place >> STEP) as usize, part: place & ((1 << STEP) - 1) }
    }
}

impl Apm {
    /// A map that corrects nothing.
    pub fn new() -> Self {
        Self(std::array::from_fn(|entry| squash(((entry as i32 - MIDDLE) << STEP).clamp(-MAX, MAX)) as u16))
    }

    /// The corrected probability, between two entries.
    #[inline(always)]
    pub fn correct(&self, Point { entry, part }: Point) -> u32 {
        (u32::from(self.0[entry]) * ((1 << STEP) - part) + u32::from(self.0[entry + 1]) * part) >> STEP
    }

    /// Moves the nearer entry towards what happened.
    #[inline(always)]
    pub fn update(&mut self, Point { entry, part }: Point, bit: bool) {
        let probability = &mut self.0[entry + usize::from(part >= 1 << (STEP - 1))];
        let target = if bit { 65_535 } else { 0 };
        *probability = (i32::from(*probability) + ((target - i32::from(*probability)) >> RATE)) as u16;
    }

    /// Two bytes for each entry.
    pub fn to_bytes(self) -> [u8; 2 * ENTRIES] {
        std::array::from_fn(|index| self.0[index / 2].to_le_bytes()[index % 2])
    }

    /// The map of these bytes, whatever they are.
    pub fn from_bytes(bytes: [u8; 2 * ENTRIES]) -> Self {
        Self(std::array::from_fn(|entry| u16::from_le_bytes([bytes[2 * entry], bytes[2 * entry + 1]])))
    }
}
