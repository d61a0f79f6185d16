//! Slots that are found by a hash, and a journal of what a stream changed in them.

use super::engine::Engine;
use super::{Binary, Counter, Place};
use crate::Result;

/// Contexts whose keys are hashed, `2^bits` slots for each.
#[derive(Debug, Clone)]
pub struct Hashed<const N: usize> {
    bits: u32,
    pub engine: Engine<N>,
    /// Which key a slot belongs to: 15 bits of its hash and a one; 0 for an empty slot.
    pub checks: Vec<u16>,
    slots: Journal,
    rows: Journal,
}

/// Which places of a list changed.
#[derive(Debug, Clone)]
struct Journal {
    noted: Vec<bool>,
    places: Vec<u32>,
}

impl Journal {
    fn new(length: usize) -> Self {
        Self { noted: vec![false; length], places: Vec::new() }
    }

    #[inline(always)]
    fn note(&mut self, place: usize) {
        if !self.noted[place] {
            self.noted[place] = true;
            self.places.push(place as u32);
        }
    }

    fn drain(&mut self) -> impl Iterator<Item = usize> {
        let Self { noted, places } = self;
        places.drain(..).map(|place| {
            noted[place as usize] = false;
            place as usize
        })
    }
}

impl<const N: usize> Hashed<N> {
    pub fn new(bits: u32, rows: usize) -> Self {
        let slots = N << bits;
        Self {
            bits,
            engine: Engine::new(slots, rows),
            checks: vec![0; slots],
            slots: Journal::new(slots),
            rows: Journal::new(rows),
        }
    }

    /// The slot of a key.
    #[inline(always)]
    pub fn slot(&mut self, context: usize, key: u32) -> usize {
        let mixed = u64::from(key).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let first = (context << self.bits) + (mixed >> (64 - self.bits)) as usize;
        let check = mixed as u16 | 1;
        let slot = if self.checks[first] == check {
            first
        } else if self.checks[first ^ 1] == check {
            first ^ 1
        } else {
            self.replace(first, check)
        };
        self.slots.note(slot);
        slot
    }

    /// Gives the less seen one of two slots to a new key.
    fn replace(&mut self, first: usize, check: u16) -> usize {
        let [one, other] = [first, first ^ 1].map(|slot| if self.checks[slot] == 0 { 0 } else { 1 + self.engine.slots[slot][0].count() });
        let slot = if other < one { first ^ 1 } else { first };
        self.engine.slots[slot] = [Counter::NEW; super::NODES];
        self.checks[slot] = check;
        slot
    }

    pub fn rows(&mut self, rows: [usize; 2]) {
        for row in rows {
            self.rows.note(row);
        }
    }

    #[inline(always)]
    pub fn code<B: Binary>(&mut self, coder: &mut B, place: &Place<N>, node: usize, bit: bool) -> Result<bool> {
        self.engine.code(coder, place, node, bit)
    }

    /// Makes it what `base` is, of which it is a copy.
    pub fn restore(&mut self, base: &Self) {
        for slot in self.slots.drain() {
            self.engine.slots[slot] = base.engine.slots[slot];
            self.checks[slot] = base.checks[slot];
        }
        for row in self.rows.drain() {
            self.engine.rows[row] = base.engine.rows[row];
        }
    }
}
impl<const N: usize> Hashed<N> {
    pub fn visits(&self) -> Vec<u32> {
        self.checks.iter().zip(&self.engine.slots).map(|(&check, slot)| if check == 0 { 0 } else { slot[0].count().max(slot[1].count()) }).collect()
    }
}
impl<const N: usize> Hashed<N> {
    /// Drops slots visited less than `least` times; returns slots and counters left.
    pub fn prune(&mut self, least: u32, each: u32) -> (usize, usize) {
        let (mut kept, mut counters) = (0, 0);
        for (check, slot) in self.checks.iter_mut().zip(&mut self.engine.slots) {
            if *check == 0 { continue; }
            if slot[0].count().max(slot[1].count()) < least { *check = 0; *slot = [Counter::NEW; super::NODES]; continue; }
            for counter in slot.iter_mut() { if counter.count() < each { *counter = Counter::NEW; } }
            kept += 1;
            counters += slot.iter().filter(|counter| counter.count() > 0).count();
        }
        (kept, counters)
    }
}
pub fn cpu() -> f64 {
    std::fs::read_to_string("/proc/self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
