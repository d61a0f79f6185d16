//! Counters and weights, and the one function that codes a decision with them.

use std::ops::Range;

use super::binary::{Binary, bits};
use super::counter::Counter;
use super::logistic::{MAX, squash, stretch};
use crate::bytes::Reader;
use crate::{Error, Result};

/// Decisions of one symbol: a slot of counters has one for each and fills a cache line.
pub const NODES: usize = 16;

pub(super) type Slot = [Counter; NODES];
pub(super) type Row<const N: usize> = [[i32; N]; NODES];

/// Fractional bits of a weight. Weights stay within 4, so that nothing below leaves 32 bits.
const ONE: u32 = 16;
const MAX_WEIGHT: i32 = 4 << ONE;
/// Sum of all weights at first, of both rows: above 1, since contexts know different things.
const START: i32 = (1 << ONE) * 6 / 5;
/// The weights follow the error by `PACE / 2^PACE_SHIFT`.
const PACE: i32 = 6;
const PACE_SHIFT: u32 = 20;
/// Bits of a weight that a snapshot drops: what is left fits an `i16`.
const DROPPED: u32 = 4;

/// Where the decisions of one symbol find their counters and weights.
#[derive(Debug, Clone, Copy)]
pub struct Place<const N: usize> {
    /// A slot for each context.
    pub slots: [usize; N],
    /// Two rows of weights, which are added.
    pub rows: [usize; 2],
}

/// `N` contexts and the weights that mix them; all that it has learnt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine<const N: usize> {
    pub(super) slots: Vec<Slot>,
    pub(super) rows: Vec<Row<N>>,
}

impl<const N: usize> Engine<N> {
    /// Nothing learnt: even odds, equal weights. Takes `64 slots + 64 N rows` bytes.
    pub fn new(slots: usize, rows: usize) -> Self {
        Self { slots: vec![[Counter::NEW; NODES]; slots], rows: vec![[[START / 2 / N as i32; N]; NODES]; rows] }
    }

    /// The first `rows` of weights, no slots yet, and room for so many.
    pub fn without_slots(&self, rows: usize, room: usize) -> Self {
        Self { slots: Vec::with_capacity(room), rows: self.rows[..rows].to_vec() }
    }

    /// Adds copies of another one's slots after its own; returns the number of the first.
    pub fn append(&mut self, other: &Self, slots: impl IntoIterator<Item = Range<usize>>) -> usize {
        let first = self.slots.len();
        slots.into_iter().for_each(|range| self.slots.extend_from_slice(&other.slots[range]));
        first
    }

    /// Overwrites slots with those of another one from the `first` on; returns the number of the next.
    pub fn replace(&mut self, slots: Range<usize>, other: &Self, first: usize) -> usize {
        let next = first + slots.len();
        self.slots[slots].copy_from_slice(&other.slots[first..next]);
        next
    }

    /// Overwrites the weights with another one's.
    pub fn copy_rows(&mut self, other: &Self) {
        self.rows.copy_from_slice(&other.rows);
    }

    /// Codes one decision, the `node`-th of the symbol at `place`, and learns it.
    #[inline(always)]
    pub fn code<B: Binary>(&mut self, coder: &mut B, place: &Place<N>, node: usize, bit: bool) -> Result<bool> {
        let (inputs, probability) = self.predict(place, node);
        let bit = coder.code(bit, probability)?;
        self.learn(place, node, inputs, probability, bit);
        Ok(bit)
    }

    /// About how many bits a decision would take, the `node`-th of the symbol at `place`.
    pub fn bits(&self, place: &Place<N>, node: usize, bit: bool) -> f64 {
        bits(self.predict(place, node).1, bit)
    }

    /// What each context says of a decision, in the logistic domain, and the probability that is mixed from that.
    #[inline(always)]
    fn predict(&self, place: &Place<N>, node: usize) -> ([i32; N], u32) {
        // Loops, not `map` or `sum`: those are not always inlined.
        let mut inputs = [0; N];
        for (input, slot) in inputs.iter_mut().zip(place.slots) {
            *input = stretch(self.slots[slot][node].probability());
        }
        let [first, second] = place.rows.map(|row| &self.rows[row][node]);
        let mut sum = 0;
        for i in 0..N {
            sum += (inputs[i] * (first[i] + second[i])) >> 8;
        }
        (inputs, squash((sum >> (ONE - 8)).clamp(-MAX, MAX)))
    }

    /// Moves the weights down the gradient of the coding cost, and the counters towards the bit.
    #[inline(always)]
    fn learn(&mut self, place: &Place<N>, node: usize, inputs: [i32; N], probability: u32, bit: bool) {
        let error = ((i32::from(bit) << 16) - probability as i32) * PACE;
        let steps = inputs.map(|input| (input * error + (1 << (PACE_SHIFT - 1))) >> PACE_SHIFT);
        for row in place.rows {
            for (weight, step) in self.rows[row][node].iter_mut().zip(steps) {
                *weight = (*weight + step).clamp(-MAX_WEIGHT, MAX_WEIGHT);
            }
        }
        for slot in place.slots {
            self.slots[slot][node].learn(bit);
        }
    }

    /// Counters that saw fewer than `least` bits are as new.
    pub fn forget_rare(&mut self, least: u32) {
        for counter in self.slots.iter_mut().flatten().filter(|counter| counter.seen() < least) {
            *counter = Counter::NEW;
        }
    }

    /// All counters count as at most so many bits.
    pub fn age(&mut self, most: u32) {
        for counter in self.slots.iter_mut().flatten() {
            *counter = counter.aged(most);
        }
    }

    /// Appends all that was learnt: for each slot a `u16` with a bit for each counter that has seen something, then
    /// those counters; for each weight an `i16`. Counters and weights lose their last bits.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        for slot in &self.slots {
            let seen = |node: usize| slot[node] != Counter::NEW;
            let mask = (0..NODES).filter(|&node| seen(node)).fold(0_u16, |mask, node| mask | (1 << node));
            bytes.extend_from_slice(&mask.to_le_bytes());
            bytes.extend((0..NODES).filter(|&node| seen(node)).flat_map(|node| slot[node].to_bytes()));
        }
        self.write_rows(bytes);
    }

    /// Appends the weights.
    pub(super) fn write_rows(&self, bytes: &mut Vec<u8>) {
        for weight in self.rows.iter().flatten().flatten() {
            bytes.extend_from_slice(&((weight >> DROPPED) as i16).to_le_bytes());
        }
    }

    /// Reads what [`Engine::write`] wrote; [`Error::Truncated`] if the bytes end before, [`Error::Format`] if a weight
    /// is out of range. Asks for at most 32 times the bytes that are there.
    pub fn read(reader: &mut Reader<'_>, slots: usize, rows: usize) -> Result<Self> {
        let least = 2 * slots.saturating_add(rows.saturating_mul(NODES * N));
        reader.clone().take(least)?;
        let mut engine = Self::new(slots, rows);
        for slot in &mut engine.slots {
            let mask = reader.word()?;
            for (node, counter) in slot.iter_mut().enumerate() {
                if mask >> node & 1 == 1 {
                    *counter = Counter::read(reader)?;
                }
            }
        }
        engine.read_rows(reader)?;
        Ok(engine)
    }

    /// Reads what [`Engine::write_rows`] wrote.
    pub(super) fn read_rows(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        for weight in self.rows.iter_mut().flatten().flatten() {
            *weight = i32::from(reader.word()? as i16) << DROPPED;
            if weight.abs() > MAX_WEIGHT {
                return Err(Error::Format(format!("a weight of {weight} / 65536")));
            }
        }
        Ok(())
    }
}
