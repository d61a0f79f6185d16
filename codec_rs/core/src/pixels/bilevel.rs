//! Places with two values, such as those of scanned pages and masks: which neighbour has which tells what comes, as in
//! the bilevel coder JBIG2 (ITU-T T.88), whose templates have 10, 13 and 16 neighbours.

use super::frame::Frame;
use crate::Result;
use crate::mixing::{Binary, Extent, Hashed};

/// Neighbours, the nearest first: rows up, columns to the left.
const NEIGHBOURS: [(usize, isize); 24] = [
    (0, 1),
    (1, 0),
    (1, 1),
    (1, -1),
    (0, 2),
    (2, 0),
    (1, -2),
    (1, 2),
    (2, -1),
    (2, 1),
    (0, 3),
    (2, -2),
    (2, 2),
    (1, -3),
    (1, 3),
    (3, 0),
    (3, 1),
    (3, -1),
    (2, 3),
    (2, -3),
    (3, 2),
    (3, -2),
    (3, 3),
    (3, -3),
];
/// How many of them each context looks at; one context more looks at the lengths of runs.
const TEMPLATES: [u32; CONTEXTS - 1] = [4, 7, 10, 13, 16, 20, 24];
const CONTEXTS: usize = 8;
/// How far a run is followed.
const FAR: usize = 31;
/// How far the two values are from each other: not known, little, some, much.
const CONTRASTS: usize = 4;
/// Rows of weights: by contrast and the four nearest neighbours, by how many neighbours are foreground.
const PATTERNS: usize = CONTRASTS * 16;
/// Of a state: a page has patterns of its own, however few were learnt.
pub const EXTENT: Extent = Extent { rows: PATTERNS + NEIGHBOURS.len() + 1, most: 12_000, least: 16 };

/// What was learnt about places with two values.
pub type Table = Hashed<CONTEXTS>;

/// What the picture so far has besides neighbours.
#[derive(Debug)]
pub struct Values {
    /// How often each value came.
    times: [u32; 256],
    /// The other value that came last to the right of each one.
    partners: [Option<u8>; 256],
}

impl Values {
    /// Nothing seen.
    pub const NEW: Self = Self { times: [0; 256], partners: [None; 256] };

    /// Notes the value of a pixel and of the one to its left.
    #[inline(always)]
    pub fn put(&mut self, left: u8, value: u8) {
        self.times[usize::from(value)] += 1;
        if value != left {
            self.partners[usize::from(left)] = Some(value);
        }
    }
}

/// A place that two values are around.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings {
    /// The commoner of the two in the picture so far.
    background: u8,
    /// The other one, if any is known.
    foreground: Option<u8>,
    /// Which neighbours are foreground.
    pattern: u32,
}

impl Surroundings {
    /// None if there are more than two values.
    #[inline(always)]
    pub fn new(frame: &Frame, values: &Values, at: usize) -> Option<Self> {
        let (first, second, pattern) = two_values(frame, at)?;
        let second = if pattern == 0 { values.partners[usize::from(first)] } else { Some(second) };
        let times = |value: u8| values.times[usize::from(value)];
        Some(match second {
            Some(second) if times(second) > times(first) => {
                Self { background: second, foreground: Some(first), pattern: !pattern & ((1 << NEIGHBOURS.len()) - 1) }
            }
            second => Self { background: first, foreground: second, pattern },
        })
    }

    fn contrast(self) -> usize {
        self.foreground.map_or(0, |foreground| match foreground.abs_diff(self.background) {
            0..2 => 1,
            2..16 => 2,
            _ => 3,
        })
    }

    /// The keys of the contexts, and the rows of weights.
    #[inline(always)]
    fn contexts(self, frame: &Frame, at: usize) -> ([u32; CONTEXTS], [usize; 2]) {
        let contrast = self.contrast();
        let mut keys = [0; CONTEXTS];
        for (key, neighbours) in keys.iter_mut().zip(TEMPLATES) {
            *key = (self.pattern & ((1 << neighbours) - 1)) * CONTRASTS as u32 + contrast as u32;
        }
        keys[CONTEXTS - 1] = runs(frame, at, self.pattern) * CONTRASTS as u32 + contrast as u32;
        let count = self.pattern.count_ones() as usize;
        (keys, [contrast * 16 + (self.pattern & 15) as usize, PATTERNS + count])
    }
}

/// The value to the left, the other one of the neighbours (the same if all are alike), and which neighbours have that;
/// none if there are more than two values.
#[inline(always)]
fn two_values(frame: &Frame, at: usize) -> Option<(u8, u8, u32)> {
    let first = frame.pixel(at, 0, 1);
    let (mut second, mut pattern) = (first, 0);
    for (index, (up, left)) in NEIGHBOURS.into_iter().enumerate() {
        let value = frame.pixel(at, up, left);
        if value == first {
            continue;
        }
        if second == first {
            second = value;
        }
        if value != second {
            return None;
        }
        pattern |= 1 << index;
    }
    Some((first as u8, second as u8, pattern))
}

/// Codes whether a pixel has one of the two values around it, and which: node 0 of a symbol says if it is background, 1
/// if it is foreground.
// A call of its own keeps the loop over photographs small.
#[inline(never)]
pub fn code<B: Binary>(
    table: &mut Table,
    coder: &mut B,
    frame: &Frame,
    at: usize,
    around: Surroundings,
    target: u8,
) -> Result<Option<u8>> {
    let (keys, rows) = around.contexts(frame, at);
    let place = table.place(keys, rows);
    if table.code(coder, &place, 0, target == around.background)? {
        return Ok(Some(around.background));
    }
    let Some(foreground) = around.foreground else { return Ok(None) };
    Ok(table.code(coder, &place, 1, target == foreground)?.then_some(foreground))
}

/// How far the value to the left goes on to the left, and the one above in its row to both sides.
#[inline(always)]
fn runs(frame: &Frame, at: usize, pattern: u32) -> u32 {
    let above = at - frame.width();
    let runs = [frame.run(at - 1, -1, FAR), frame.run(above, -1, FAR), frame.run(above, 1, FAR)];
    runs.iter().fold(pattern & 15, |key, &run| key * (FAR as u32 + 1) + run as u32)
}
