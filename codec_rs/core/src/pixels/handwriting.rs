//! Handwriting on a background of 0: scanned and smoothed writing, such as the digits of MNIST.
//!
//! A pixel is background, or saturated and how much, or two nibbles. Between strokes and background lie pixels whose
//! values look like noise, but come back within a picture and along a stroke: most contexts are about them.

use super::decisions::{Contexts, Decisions, SATURATED};
use super::frame::Frame;
use crate::Result;
use crate::bytes::Reader;
use crate::mixing::{Binary, Counter};

/// Contexts of everything but the lower nibble.
pub const CONTEXTS: usize = 16;
/// Those of them that tell something about a lower nibble.
pub const LOWER: usize = 4;
/// Rows of weights by the levels of four neighbours, and by the place in a grid of 7 x 7.
const NEIGHBOURHOODS: usize = 81;
const CELLS: usize = 49;
/// Rows of weights.
pub const ROWS: usize = NEIGHBOURHOODS + CELLS;
/// Positions count as this at most in a row or column.
const FAR: usize = 31;
/// Pixels of a stroke that is compared with the one above.
const REACH: usize = 31;
/// Counters of the skip flags, which say that a pixel with nothing written around it is background.
const SKIPS: usize = 2 * (FAR + 1) * (FAR + 1);

/// What the model of handwriting has learnt.
#[derive(Debug, Clone)]
pub struct Handwriting {
    decisions: Decisions<CONTEXTS, LOWER>,
    /// Whether there is foreground where none is near: by position, before and after the first.
    skip: Vec<Counter>,
}

/// Where a pixel is: in the frame, in the picture and in a grid of 7 x 7.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    /// Its number in the frame.
    pub at: usize,
    row: usize,
    column: usize,
    /// Its cell of the grid of 7 x 7.
    pub cell: usize,
}

impl Position {
    /// In the frame's picture.
    #[inline(always)]
    pub fn new(frame: &Frame, row: usize, column: usize) -> Self {
        let cell = row * 7 / frame.rows() * 7 + column * 7 / frame.columns();
        Self { at: frame.at(row, column), row, column, cell }
    }

    /// A number below `(FAR + 1)^2`.
    #[inline(always)]
    pub fn number(self) -> usize {
        self.row.min(FAR) * (FAR + 1) + self.column.min(FAR)
    }
}

/// What the picture so far has besides neighbours.
pub struct Strokes {
    /// The row of the first foreground pixel.
    top: Option<usize>,
    /// How often each value between background and saturation came.
    times: [u16; 256],
    /// The one that came most often, the last of several.
    commonest: u32,
    /// The value that came last to the right of each value.
    after: [u8; 256],
    /// Foreground pixels of this row.
    written: u32,
    /// Sum and number of the foreground pixels to the left without a gap.
    stroke: u32,
    length: usize,
}

impl Handwriting {
    /// Nothing learnt, with tables of `2^bits` slots.
    pub fn new(bits: u32) -> Self {
        Self { decisions: Decisions::new(bits, ROWS), skip: vec![Counter::NEW; SKIPS] }
    }

    /// What was seen most: below 4 MB in a file.
    pub fn prune(&self) -> Self {
        Self { decisions: self.decisions.prune(), skip: self.skip.clone() }
    }

    /// Reads what [`Handwriting::write`] wrote; [`Error::Truncated`](crate::Error::Truncated) or
    /// [`Error::Format`](crate::Error::Format).
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let decisions = Decisions::read(reader, ROWS)?;
        let skip = (0..SKIPS).map(|_| Counter::read(reader)).collect::<Result<_>>()?;
        Ok(Self { decisions, skip })
    }

    /// Appends all that was learnt.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        self.decisions.write(bytes);
        bytes.extend(self.skip.iter().flat_map(|counter| counter.to_bytes()));
    }

    /// Undoes what was learnt since this was a copy of `base`.
    pub fn restore(&mut self, base: &Self) {
        self.decisions.restore(&base.decisions);
        self.skip.copy_from_slice(&base.skip);
    }

    /// Codes one picture and learns from it.
    pub fn code<B: Binary>(&mut self, coder: &mut B, frame: &mut Frame, pixels: &mut [i16]) -> Result<()> {
        frame.clear();
        let mut strokes = Strokes::default();
        for (row, line) in pixels.chunks_exact_mut(frame.columns()).enumerate() {
            strokes.start_row();
            for (column, pixel) in line.iter_mut().enumerate() {
                let place = Position::new(frame, row, column);
                let value = self.pixel(coder, frame, &strokes, place, *pixel as u32)?;
                *pixel = value as i16;
                frame.put(place.at, value as u8);
                strokes.put(row, frame.pixel(place.at, 0, 1), value);
                coder.end_symbol();
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn pixel<B: Binary>(
        &mut self,
        coder: &mut B,
        frame: &Frame,
        strokes: &Strokes,
        place: Position,
        target: u32,
    ) -> Result<u32> {
        let above = foreground_above(frame, place.at);
        let skip = above + u32::from(frame.pixel(place.at, 0, 1) + frame.pixel(place.at, 0, 2) > 0) == 0;
        if skip {
            let counter = 2 * place.number() + usize::from(strokes.top.is_some());
            if !self.skip[counter].code(coder, target > 0)? {
                return Ok(0);
            }
        }
        self.decisions.code(coder, &strokes.contexts(frame, place, above), skip, target)
    }
}

/// Foreground pixels among the fourteen above and above these.
#[inline(always)]
pub fn foreground_above(frame: &Frame, at: usize) -> u32 {
    let foreground = |up, left| u32::from(frame.pixel(at, up, left) > 0);
    (-3..=3).map(|left| foreground(1, left) + foreground(2, left)).sum()
}

impl Default for Strokes {
    /// Of a picture that has not begun.
    fn default() -> Self {
        Self { top: None, times: [0; 256], commonest: 0, after: [0; 256], written: 0, stroke: 0, length: 0 }
    }
}

impl Strokes {
    /// Before the first pixel of a row.
    pub fn start_row(&mut self) {
        (self.written, self.stroke, self.length) = (0, 0, 0);
    }

    /// Takes a pixel and the one before it.
    #[inline(always)]
    pub fn put(&mut self, row: usize, before: u32, value: u32) {
        self.after[before as usize] = value as u8;
        if value == 0 {
            (self.stroke, self.length) = (0, 0);
            return;
        }
        self.top = self.top.or(Some(row));
        self.written += 1;
        self.stroke = self.stroke.saturating_add(value);
        self.length += 1;
        if value < SATURATED {
            let times = &mut self.times[value as usize];
            *times = times.saturating_add(1);
            if self.times[value as usize] >= self.times[self.commonest as usize] {
                self.commonest = value;
            }
        }
    }

    /// How often the commonest value came, on a nearly logarithmic scale up to 7.
    #[inline(always)]
    fn commonness(&self) -> u32 {
        match u32::from(self.times[self.commonest as usize]) {
            few @ 0..4 => few,
            times => (times.ilog2() + 2).min(7),
        }
    }

    /// How far below the first foreground pixel a row is: at most 20, 21 before there is one.
    #[inline(always)]
    fn depth(&self, row: usize) -> u32 {
        self.top.map_or(21, |top| (row - top).min(20)) as u32
    }

    /// What the stroke above has more than the one so far in this row: about as much is still to come. In `[0, 1023]`,
    /// 256 where they are equal, 0 where they are long.
    fn missing(&self, frame: &Frame, at: usize) -> u32 {
        if self.length > REACH {
            return 0;
        }
        let above = at - frame.width();
        let value = |place: usize| frame.pixel(place, 0, 0);
        // The stroke above begins left of here, or right of where this one did.
        let first = above - self.length;
        let mut place = above;
        while value(place - 1) > 0 && place >= first {
            place -= 1;
        }
        if value(place) == 0 && self.length > 0 {
            place = (first..above).find(|&place| value(place) > 0).unwrap_or(above);
        }
        let sum: u32 = (place..place + 2 * REACH).map(value).take_while(|&value| value > 0).sum();
        (sum + 256).saturating_sub(self.stroke).min(1023)
    }

    /// The contexts of a pixel. `above`: how much foreground is there.
    #[inline(always)]
    pub fn contexts(&self, frame: &Frame, place: Position, above: u32) -> Contexts<CONTEXTS, LOWER> {
        let pixel = |up, left| frame.pixel(place.at, up, left);
        let [w, ww, www] = [1, 2, 3].map(|left| pixel(0, left));
        let [nww, nw, n, ne, nee] = [2, 1, 0, -1, -2].map(|left| pixel(1, left));
        let [nnww, nnw, nn, nne, nnee] = [2, 1, 0, -1, -2].map(|left| pixel(2, left));
        let gradient = (w + n).saturating_sub(nw).min(255);
        let keys = [
            place.number() as u32 * 3 + three_levels(w),
            (self.commonest << 3 | self.commonness()) * 9 + joined(3, three_levels, [w, n]),
            joined(5, five_levels, [ne, w, ww, n, nn]),
            joined(2, two_levels, [w, n, nw, ne, ww, nn, nne, nnw, nee, www, nww, nnee, nnww, pixel(3, 0)]),
            joined(3, three_levels, [w, n, nw, ne, ww, nn, nne, nnw, nee, nww]),
            w << 8 | n,
            n << 4 | w >> 4,
            (gradient >> 2) << 3 | ne >> 5,
            ((w + ne) >> 4) << 5 | n.abs_diff(nw) >> 3,
            self.depth(place.row) * 125 + joined(5, five_levels, [w, n, ne]),
            (u32::from(self.after[w as usize]) * 3 + three_levels(w)) * 9 + joined(3, three_levels, [ne, n]),
            ne << 4 | n >> 4,
            joined(8, eight_levels, [w, nw, n, ne]),
            (self.missing(frame, place.at) >> 3) * 9 + joined(3, three_levels, [w, ne]),
            (self.written.min(15) * 5 + five_levels(w)) * 15 + above,
            (above << 4 | w >> 4) << 4 | n >> 4,
        ];
        let lower = [keys[1], keys[5], keys[6], keys[11]];
        Contexts { keys, lower, rows: [joined(3, three_levels, [w, n, nw, ne]) as usize, NEIGHBOURHOODS + place.cell] }
    }
}

/// The levels of some values as one number of this base.
#[inline(always)]
fn joined<const N: usize>(base: u32, level: impl Fn(u32) -> u32, values: [u32; N]) -> u32 {
    values.iter().fold(0, |number, &value| number * base + level(value))
}

fn two_levels(value: u32) -> u32 {
    u32::from(value > 127)
}

/// Background, in between, saturated.
pub fn three_levels(value: u32) -> u32 {
    u32::from(value > 0) + u32::from(value >= SATURATED)
}

fn five_levels(value: u32) -> u32 {
    three_levels(value) + u32::from(value >= 64) + u32::from(value >= 192)
}

fn eight_levels(value: u32) -> u32 {
    value >> 5
}
