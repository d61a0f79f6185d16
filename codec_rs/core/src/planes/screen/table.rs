//! Colours and what came where, remembered.

use std::collections::HashMap;

/// The samples of a pixel.
pub type Pixel = [u16; 4];

/// How sure a table is of a guess: not at all; it was the last but one; the last, once, twice or thrice, more often.
pub const VOTES: usize = 5;

/// The colours so far, numbered as they came; 0 is where nothing is.
pub struct Colours {
    pub pixels: Vec<Pixel>,
    numbers: HashMap<Pixel, i32>,
}

impl Colours {
    pub fn new() -> Self {
        Self { pixels: vec![[0; 4]], numbers: HashMap::from([([0; 4], 0)]) }
    }

    pub fn number(&mut self, pixel: Pixel) -> i32 {
        *self.numbers.entry(pixel).or_insert_with(|| {
            self.pixels.push(pixel);
            (self.pixels.len() - 1) as i32
        })
    }
}

/// What came last, and before, where it looked alike.
pub struct Table(Vec<Entry>);

#[derive(Debug, Clone, Copy, Default)]
pub struct Entry {
    check: u16,
    /// How often the first came in a row.
    seen: u16,
    pub first: i32,
    pub second: i32,
}

/// Where an entry is, and what it must say to be that.
pub type Slot = (usize, u16);

impl Table {
    /// Of so many entries, a power of two.
    pub fn new(entries: usize) -> Self {
        Self(vec![Entry::default(); entries])
    }

    pub fn place(&self, key: u64) -> Slot {
        ((key >> 32) as usize & (self.0.len() - 1), (key >> 16) as u16)
    }

    /// What is there; nothing if it looked different.
    pub fn entry(&self, (index, check): Slot) -> Entry {
        let entry = self.0[index];
        if entry.check == check { entry } else { Entry::default() }
    }

    pub fn learn(&mut self, slot: Slot, number: i32) {
        let mut entry = self.entry(slot);
        if entry.seen > 0 && entry.first == number {
            entry.seen = (entry.seen + 1).min(255);
        } else {
            entry = Entry { check: slot.1, seen: 1, first: number, second: entry.first };
        }
        self.0[slot.0] = entry;
    }
}

impl Entry {
    pub fn vote(&self, number: i32) -> usize {
        match (self.seen, self.first == number, self.second == number) {
            (1, true, _) => 2,
            (2..=3, true, _) => 3,
            (4.., true, _) => 4,
            (1.., _, true) => 1,
            _ => 0,
        }
    }
}

/// A number for a few.
pub fn hash(values: &[i32]) -> u64 {
    values
        .iter()
        .fold(values.len() as u64, |hash, &value| {
            (hash ^ value as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
        })
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
