//! Slots of an engine that are found by a hash, and a journal of what a stream changed in them.

use super::binary::Binary;
use super::counter::Counter;
use super::engine::{Engine, NODES, Place};
use crate::bytes::Reader;
use crate::{Error, Result};

/// Slots of a bucket; a key has one of its bucket's or none.
const WAYS: usize = 4;
/// A table of a trained state has at least `2^LEAST` slots, however few were learnt, and at most `2^MOST`, of 64 bytes.
const LEAST: u32 = 4;
const MOST: u32 = 21;

/// How large a table of a trained state is.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Rows of weights.
    pub rows: usize,
    /// Slots that it keeps at most.
    pub most: usize,
}

/// An engine whose slots belong to keys of 32 bits, of which it remembers the commonest. Every key has a bucket of four
/// slots; a key that finds them taken gets the one that was seen least.
///
/// What a stream changed is noted, so that [`Hashed::restore`] costs no more than the stream did.
#[derive(Debug, Clone)]
pub struct Hashed<const N: usize> {
    engine: Engine<N>,
    /// Which key a slot is for: 15 bits of its hash and a one; 0 if it is free. Free slots follow the others of a
    /// bucket.
    checks: Vec<[u16; WAYS]>,
    changed_slots: Journal,
    changed_rows: Journal,
}

/// Which entries of a list were changed.
#[derive(Debug, Clone)]
struct Journal {
    noted: Vec<bool>,
    entries: Vec<u32>,
}

impl Journal {
    fn new(length: usize) -> Self {
        Self { noted: vec![false; length], entries: Vec::new() }
    }

    #[inline(always)]
    fn note(&mut self, entry: usize) {
        if !self.noted[entry] {
            self.noted[entry] = true;
            self.entries.push(entry as u32);
        }
    }

    /// All entries, which are then forgotten.
    fn take(&mut self) -> impl Iterator<Item = usize> {
        let Self { noted, entries } = self;
        entries.drain(..).map(|entry| {
            noted[entry as usize] = false;
            entry as usize
        })
    }
}

/// 64 bits of a context's key: the upper ones choose the bucket, the lower ones check it.
#[inline(always)]
fn hash(context: usize, key: u32) -> u64 {
    let mixed = ((context as u64) << 32 | u64::from(key)).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// Where a check is, without a branch for each way: the lowest 16 bits that are zero after an exclusive or.
#[inline(always)]
fn find(checks: [u16; WAYS], check: u16) -> Option<usize> {
    const ONES: u64 = 0x0001_0001_0001_0001;
    let all = checks.iter().rev().fold(0, |all, &check| all << 16 | u64::from(check));
    let word = all ^ (u64::from(check) * ONES);
    let zero = word.wrapping_sub(ONES) & !word & (ONES << 15);
    if zero == 0 { None } else { Some(zero.trailing_zeros() as usize / 16) }
}

impl<const N: usize> Hashed<N> {
    /// Nothing learnt, `2^bits` slots.
    pub fn new(bits: u32, rows: usize) -> Self {
        Self {
            engine: Engine::new(1 << bits, rows),
            checks: vec![[0; WAYS]; (1 << bits) / WAYS],
            changed_slots: Journal::new(1 << bits),
            changed_rows: Journal::new(rows),
        }
    }

    /// Where a symbol with these keys, one for each context, has its counters and weights.
    #[inline(always)]
    pub fn place(&mut self, keys: [u32; N], rows: [usize; 2]) -> Place<N> {
        for row in rows {
            self.changed_rows.note(row);
        }
        let buckets = self.checks.len().trailing_zeros();
        let mut slots = [0; N];
        for (context, (slot, key)) in slots.iter_mut().zip(keys).enumerate() {
            let hash = hash(context, key);
            let (bucket, check) = ((hash >> (64 - buckets)) as usize, hash as u16 | 1);
            let way = find(self.checks[bucket], check).unwrap_or_else(|| self.claim(bucket, check));
            *slot = bucket * WAYS + way;
            self.changed_slots.note(*slot);
        }
        Place { slots, rows }
    }

    /// A free slot of a bucket, or else the one that was seen least, for a new key.
    #[cold]
    fn claim(&mut self, bucket: usize, check: u16) -> usize {
        let checks = &mut self.checks[bucket];
        let seen =
            |way: &usize| if checks[*way] == 0 { 0 } else { 1 + self.engine.slots[bucket * WAYS + way][0].seen() };
        let way = (0..WAYS).min_by_key(seen).unwrap_or(0);
        checks[way] = check;
        self.engine.slots[bucket * WAYS + way] = [Counter::NEW; NODES];
        way
    }

    /// Codes one decision of the symbol at `place`, and learns it.
    #[inline(always)]
    pub fn code<B: Binary>(&mut self, coder: &mut B, place: &Place<N>, node: usize, bit: bool) -> Result<bool> {
        self.engine.code(coder, place, node, bit)
    }

    /// Undoes what was learnt since this was a copy of `base`.
    pub fn restore(&mut self, base: &Self) {
        for slot in self.changed_slots.take() {
            self.engine.slots[slot] = base.engine.slots[slot];
            self.checks[slot / WAYS][slot % WAYS] = base.checks[slot / WAYS][slot % WAYS];
        }
        for row in self.changed_rows.take() {
            self.engine.rows[row] = base.engine.rows[row];
        }
    }

    /// The slots seen most, in a table of this extent that they fill to three quarters at most, without counters that
    /// saw one bit.
    pub fn prune(&self, extent: Extent) -> Self {
        let mut slots: Vec<usize> = (0..self.engine.slots.len()).filter(|slot| self.check(*slot) != 0).collect();
        slots.sort_by_key(|&slot| std::cmp::Reverse(self.engine.slots[slot][0].seen()));
        slots.truncate(extent.most);
        let mut pruned = Self::new(bits(slots.len()).clamp(LEAST, MOST), self.engine.rows.len());
        // A bucket becomes one of fewer: the upper bits of its number.
        let shift = (self.checks.len() / pruned.checks.len()).max(1).trailing_zeros();
        for slot in slots {
            let bucket = (slot / WAYS) >> shift;
            let Some(way) = pruned.checks[bucket].iter().position(|&check| check == 0) else { continue };
            pruned.checks[bucket][way] = self.check(slot);
            let rare = |counter: Counter| if counter.seen() < 2 { Counter::NEW } else { counter };
            pruned.engine.slots[bucket * WAYS + way] = self.engine.slots[slot].map(rare);
        }
        pruned.engine.rows.clone_from(&self.engine.rows);
        pruned
    }

    fn check(&self, slot: usize) -> u16 {
        self.checks[slot / WAYS][slot % WAYS]
    }

    /// Appends all that was learnt: the size of the table as a power of two, how many slots each bucket has; for each
    /// slot its check, a `u16` with a bit for each counter that has seen something, and those counters, two bytes each;
    /// then the weights.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let taken = |checks: &[u16; WAYS]| checks.iter().filter(|&&check| check != 0).count();
        bytes.push(self.engine.slots.len().trailing_zeros() as u8);
        bytes.extend(self.checks.iter().map(|checks| taken(checks) as u8));
        let checks = self.checks.iter().flatten();
        for (slot, check) in self.engine.slots.iter().zip(checks).filter(|(_, check)| **check != 0) {
            let seen = |node: usize| slot[node].seen() > 0;
            let mask = (0..NODES).filter(|&node| seen(node)).fold(0_u16, |mask, node| mask | (1 << node));
            bytes.extend([*check, mask].map(u16::to_le_bytes).concat());
            let counters = (0..NODES).filter(|&node| seen(node));
            bytes.extend(counters.flat_map(|node| slot[node].to_short().to_le_bytes()));
        }
        self.engine.write_rows(bytes);
    }

    /// Reads what [`Hashed::write`] wrote; [`Error::Truncated`] if the bytes end before, [`Error::Format`] if they can
    /// be no table of this extent. Asks for at most some 70 times the bytes that are there, and for the least table.
    pub fn read(reader: &mut Reader<'_>, Extent { rows, .. }: Extent) -> Result<Self> {
        let bits = u32::from(reader.byte()?);
        if !(LEAST..=MOST).contains(&bits) {
            return Err(Error::Format(format!("a table of 2^{bits} slots: 2^{LEAST} to 2^{MOST} expected")));
        }
        let taken = reader.take((1 << bits) / WAYS)?;
        let slots: usize = taken.iter().map(|&taken| usize::from(taken)).sum();
        if taken.iter().any(|&taken| usize::from(taken) > WAYS) || (bits > LEAST && 4 * slots < 1 << bits) {
            return Err(Error::Format(format!("{slots} slots in a table of 2^{bits}")));
        }
        reader.clone().take(4 * slots + 2 * rows * NODES * N)?;
        let mut table = Self::new(bits, rows);
        for (bucket, &taken) in taken.iter().enumerate() {
            (0..usize::from(taken)).try_for_each(|way| table.read_slot(reader, bucket, way))?;
        }
        table.engine.read_rows(reader)?;
        Ok(table)
    }

    /// Reads one slot: its check, which counters have seen something, and those.
    fn read_slot(&mut self, reader: &mut Reader<'_>, bucket: usize, way: usize) -> Result<()> {
        let (check, mask) = (reader.word()?, reader.word()?);
        self.checks[bucket][way] = check;
        for (node, counter) in self.engine.slots[bucket * WAYS + way].iter_mut().enumerate() {
            if mask >> node & 1 == 1 {
                *counter = Counter::from_short(reader.word()?);
            }
        }
        match check & 1 {
            0 => Err(Error::Format("a slot without a key".into())),
            _ => Ok(()),
        }
    }
}

/// The table for so many slots has `2^bits`.
fn bits(slots: usize) -> u32 {
    (slots + slots / 3).next_power_of_two().trailing_zeros()
}
