//! What comes again, such as letters that were drawn: the value that came last where the same neighbours were, exactly.
//!
//! This is the match model of PAQ (Mahoney 2005), but in two dimensions: from one pixel to the next another
//! earlier place may be the guide.

use super::frame::{Frame, filled};
use crate::Result;
use crate::mixing::{Binary, Counter, Extent, Hashed};

/// Neighbours that shall be the same, the most telling first: rows up, columns to the left.
const NEIGHBOURS: [(usize, isize); 12] =
    [(0, 1), (1, 0), (1, -1), (1, 1), (0, 2), (2, 0), (1, -2), (1, 2), (2, -1), (2, 1), (0, 3), (1, -3)];
/// A value is looked up by all of them, or else by the first six.
const LENGTHS: usize = 2;
/// Values of a picture that are remembered for each length: at most `2^MEMORY`.
const MEMORY: u32 = 16;
/// Levels of how often in a row a value came.
const TIMES: u32 = 8;
/// What became of the predictions for four neighbours: three possibilities each.
const OUTCOMES: u32 = 81;
/// Neighbours within so many grey levels are a smooth surface, where a prediction knows better.
const CONTRAST: u8 = 32;
const CONTEXTS: usize = 6;
/// Of a state; rows of weights by outcomes, by length.
pub const EXTENT: Extent = Extent { rows: OUTCOMES as usize + LENGTHS, most: 12_000, least: 14 };

/// What was learnt about repetition.
pub type Table = Hashed<CONTEXTS>;

/// The value that came last after some neighbours, how often in a row, and a check of theirs.
#[derive(Debug, Clone, Copy)]
struct Entry {
    check: u16,
    value: u8,
    times: u8,
}

const EMPTY: Entry = Entry { check: 0, value: 0, times: 0 };

/// The match model: what followed each neighbourhood in the picture so far.
#[derive(Debug)]
pub struct MatchModel {
    /// By length, then by the hash of the neighbours.
    entries: [Vec<Entry>; LENGTHS],
    /// By position in a frame: 0 if there was no prediction, 1 if it was wrong, 2 if it was right.
    outcomes: Vec<u8>,
    /// How often predictions of a kind are right.
    trust: Vec<Counter>,
}

/// Where the match model looks for a pixel, and what it predicts there.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// For each length: where it remembers, and the check.
    places: [(usize, u16); LENGTHS],
    prediction: Option<Prediction>,
}

/// The value that came last where the neighbours were the same.
#[derive(Debug, Clone, Copy)]
struct Prediction {
    value: u8,
    /// How often in a row, below [`TIMES`].
    times: u32,
    /// 0 if all neighbours were the same, 1 for the first six.
    length: u32,
    /// What became of the predictions for four neighbours.
    outcomes: u32,
}

impl Prediction {
    /// A number for its kind.
    fn kind(self) -> usize {
        ((self.outcomes * TIMES + self.times) * LENGTHS as u32 + self.length) as usize
    }

    /// The keys of the contexts of whether it is right.
    #[inline(always)]
    fn keys(self, frame: &Frame, at: usize) -> [u32; CONTEXTS] {
        let [w, n, nw, ne] = [(0, 1), (1, 0), (1, 1), (1, -1)].map(|(up, left)| frame.pixel(at, up, left));
        let value = u32::from(self.value);
        let same = [w, n, nw, ne].iter().fold(0, |pattern, &near| pattern << 1 | u32::from(near == value));
        let confidence = self.times * LENGTHS as u32 + self.length;
        [
            confidence,
            same << 8 | confidence,
            value << 8 | confidence,
            (value << 8 | w) << 1 | self.length,
            (w << 8 | n) << 8 | ne | nw << 24,
            self.outcomes << 8 | confidence,
        ]
    }
}

impl MatchModel {
    /// For pictures of `framed` pixels with their margins; [`Error::Limit`](crate::Error::Limit) if there is no memory.
    pub fn new(framed: usize) -> Result<Self> {
        let values = framed.next_power_of_two().min(1 << MEMORY);
        Ok(Self {
            entries: [filled(values, EMPTY)?, filled(values, EMPTY)?],
            outcomes: filled(framed, 0)?,
            trust: vec![Counter::NEW; OUTCOMES as usize * TIMES as usize * LENGTHS],
        })
    }

    /// Forgets the picture before.
    pub fn clear(&mut self) {
        self.entries.iter_mut().for_each(|entries| entries.fill(EMPTY));
        self.outcomes.fill(0);
        self.trust.fill(Counter::NEW);
    }

    /// What came last where the neighbours were those of a position; none where they are smooth.
    #[inline(always)]
    pub fn find(&self, frame: &Frame, at: usize) -> Option<Match> {
        let values = NEIGHBOURS.map(|(up, left)| frame.pixel(at, up, left) as u8);
        let low = values.iter().fold(255, |low, &value| value.min(low));
        let high = values.iter().fold(0, |high, &value| value.max(high));
        if high - low < CONTRAST {
            return None;
        }
        let word = |from: usize| values[from..from + 6].iter().fold(1, |word, &value| word << 8 | u64::from(value));
        let short = word(0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let long = (short ^ short >> 32 ^ word(6)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let mask = self.entries[0].len() - 1;
        let places = [long, short].map(|hash| ((hash >> (64 - MEMORY)) as usize & mask, (hash >> 24) as u16 | 1));
        let entry = |length: usize| self.entries[length][places[length].0];
        let found = (0..LENGTHS).find(|&length| entry(length).check == places[length].1);
        Some(Match { places, prediction: found.map(|length| self.prediction(frame, at, entry(length), length)) })
    }

    #[inline(always)]
    fn prediction(&self, frame: &Frame, at: usize, entry: Entry, length: usize) -> Prediction {
        let outcome = |up: usize, left: isize| self.outcomes[(at - up * frame.width()).wrapping_add_signed(-left)];
        let outcomes = [outcome(0, 1), outcome(1, 0), outcome(1, 1), outcome(1, -1)];
        Prediction {
            value: entry.value,
            times: u32::from(entry.times).min(TIMES - 1),
            length: length as u32,
            outcomes: outcomes.iter().fold(0, |number, &outcome| number * 3 + u32::from(outcome)),
        }
    }

    /// Learns the pixel at a position and whether its prediction was right. Returns if it came again after all
    /// neighbours.
    #[inline(always)]
    pub fn put(&mut self, at: usize, found: Match, value: u8) -> bool {
        if let Some(prediction) = found.prediction {
            let right = prediction.value == value;
            self.trust[prediction.kind()].learn(right);
            self.outcomes[at] = 1 + u8::from(right);
        }
        for (entries, (slot, check)) in self.entries.iter_mut().zip(found.places) {
            let entry = &mut entries[slot];
            *entry = match entry.check == check && entry.value == value {
                true => Entry { times: entry.times.saturating_add(1), ..*entry },
                false => Entry { check, value, times: 1 },
            };
        }
        found.prediction.is_some_and(|prediction| prediction.length == 0 && prediction.value == value)
    }
}

/// Codes whether the value that came last comes again, the only decision of its symbol, unless such predictions are
/// rather wrong in this picture. Returns if it was coded, and the pixel if it comes again.
// A call of its own keeps the loop over photographs small.
#[inline(never)]
pub fn code<B: Binary>(
    table: &mut Table,
    coder: &mut B,
    frame: &Frame,
    match_model: &MatchModel,
    at: usize,
    found: Match,
    target: u8,
) -> Result<(bool, Option<u8>)> {
    let trusted = |prediction: &Prediction| match_model.trust[prediction.kind()].probability() >= 1 << 15;
    let Some(prediction) = found.prediction.filter(trusted) else { return Ok((false, None)) };
    let rows = [prediction.outcomes as usize, (OUTCOMES + prediction.length) as usize];
    let place = table.place(prediction.keys(frame, at), rows);
    let right = table.code(coder, &place, 0, target == prediction.value)?;
    Ok((true, right.then_some(prediction.value)))
}
