//! Grey pictures of any kind, photographs above all: a pixel is predicted, and its difference to that coded in contexts
//! of what the neighbours have to say about the prediction.
//!
//! The prediction is the least squares one of [`super::least_squares`] (as in TMW, MRP and Wu, Barthel, Zhang 2000). As
//! in CALIC (Wu and Memon 1997), the mean error of its context is added to it (`biases`), and the errors nearby
//! (`energy`) choose the contexts of the difference. The difference is binarised, and each binary decision is coded
//! with the probabilities of sixteen contexts, mixed in the logistic domain (PAQ and lpaq, Mahoney 2005, see
//! [`crate::mixing`]).
//!
//! Neighbours bear the names of the compass, as in these papers: `w` is the pixel to the left, `n` the one above, `nw`,
//! `ne`, `ww`, `nn`, `nnw`, `nne`, `nww`, `nee` those farther away; `e` and such a name is the error of its prediction,
//! in quarters of a grey level. `raw` is the prediction before its bias is cancelled and `predicted` the one after,
//! both with [`FRACTION`] fractional bits; `p` is `predicted`, rounded, and `fraction` what the rounding took. `median`
//! is the prediction of LOCO-I (MED; Weinberger, Seroussi, Sapiro 2000). `pattern` and `around` say, a bit each, which
//! neighbours exceed the prediction (CALIC's texture pattern). `level` is `energy` on a logarithmic scale, and `off`
//! the same number in the keys of the contexts; `q` and `e` quantise a difference to the prediction and an error.

use super::bilevel::{self as two_valued, Surroundings, Values};
use super::frame::{Frame, filled};
use super::least_squares::{FRACTION, Squares};
use super::matches::{self, MatchModel};
use crate::Result;
use crate::bytes::Reader;
use crate::mixing::{Binary, Counter, Extent, Hashed, Place};

const CONTEXTS: usize = 16;
/// Levels of how far off predictions were nearby.
const LEVELS: usize = 24;
/// Of a state; rows of weights by that level or one more for a pixel that is unlike the two values around it, by which
/// neighbours exceed the prediction and by its fraction.
const EXTENT: Extent = Extent { rows: LEVELS + 1 + 64, most: 100_000, least: 4 };
/// Counters of the lower bits of large differences.
const TAILS: usize = 64;
/// Kinds of surroundings that predictions are corrected in, and after how many pixels the older ones count half.
const BIASES: usize = 1024;
const MEMORY: i32 = 60;

/// What the model of grey pictures has learnt.
#[derive(Debug, Clone)]
pub struct Grey {
    two_valued: two_valued::Table,
    repeats: matches::Table,
    /// Everywhere else.
    table: Hashed<CONTEXTS>,
    /// The lower bits of large differences: by doubling and bit.
    tails: Vec<Counter>,
}

/// What the model knows of one picture.
#[derive(Debug)]
pub struct Picture {
    squares: Squares,
    /// Differences to the predictions, in quarters, in a frame.
    errors: Vec<i16>,
    /// By kind of surroundings: the sum of what predictions lacked, and of how many.
    biases: Vec<[i32; 2]>,
    values: Values,
    match_model: MatchModel,
    /// Pixels since two values were around one, or one came again.
    since_drawn: usize,
}

impl Picture {
    /// For pictures of one size, `framed` pixels with their margins; [`Error::Limit`](crate::Error::Limit) if there is
    /// no memory.
    pub fn new(framed: usize, columns: usize) -> Result<Self> {
        let (squares, errors) = (Squares::new(columns)?, filled(framed, 0)?);
        let (biases, match_model) = (vec![[0; 2]; BIASES], MatchModel::new(framed)?);
        Ok(Self { squares, errors, biases, values: Values::NEW, match_model, since_drawn: 0 })
    }
}

impl Grey {
    /// Nothing learnt, with tables of `2^bits` slots.
    pub fn new(bits: u32) -> Self {
        Self {
            two_valued: Hashed::new(bits, two_valued::EXTENT.rows),
            repeats: Hashed::new(bits, matches::EXTENT.rows),
            table: Hashed::new(bits, EXTENT.rows),
            tails: vec![Counter::NEW; TAILS],
        }
    }

    /// What was seen most: some 2 MB in a file.
    pub fn prune(&self) -> Self {
        Self {
            two_valued: self.two_valued.prune(two_valued::EXTENT),
            repeats: self.repeats.prune(matches::EXTENT),
            table: self.table.prune(EXTENT),
            tails: self.tails.clone(),
        }
    }

    /// Reads what [`Grey::write`] wrote; [`Error::Truncated`](crate::Error::Truncated) or
    /// [`Error::Format`](crate::Error::Format).
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            two_valued: Hashed::read(reader, two_valued::EXTENT)?,
            repeats: Hashed::read(reader, matches::EXTENT)?,
            table: Hashed::read(reader, EXTENT)?,
            tails: (0..TAILS).map(|_| Counter::read(reader)).collect::<Result<_>>()?,
        })
    }

    /// Appends all that was learnt.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        self.two_valued.write(bytes);
        self.repeats.write(bytes);
        self.table.write(bytes);
        bytes.extend(self.tails.iter().flat_map(|counter| counter.to_bytes()));
    }

    /// Undoes what was learnt since this was a copy of `base`.
    pub fn restore(&mut self, base: &Self) {
        self.two_valued.restore(&base.two_valued);
        self.repeats.restore(&base.repeats);
        self.table.restore(&base.table);
        self.tails.copy_from_slice(&base.tails);
    }

    /// Codes one picture and learns from it.
    pub fn code<B: Binary>(
        &mut self,
        coder: &mut B,
        frame: &mut Frame,
        picture: &mut Picture,
        columns: usize,
        pixels: &mut [i16],
    ) -> Result<()> {
        frame.clear();
        picture.squares.clear();
        picture.errors.fill(0);
        picture.biases.fill([0; 2]);
        picture.values = Values::NEW;
        picture.match_model.clear();
        picture.since_drawn = 0;
        for (row, line) in pixels.chunks_exact_mut(columns).enumerate() {
            frame.start_row(row);
            for (column, pixel) in line.iter_mut().enumerate() {
                let at = frame.at(row, column);
                let value = self.pixel(coder, frame, picture, (at, column), i32::from(*pixel))? as u8;
                *pixel = value.into();
                frame.put(at, value);
                picture.values.put(frame.pixel(at, 0, 1) as u8, value);
                coder.end_symbol();
            }
            frame.finish_row(row);
            picture.squares.finish_row();
        }
        Ok(())
    }

    #[inline(always)]
    fn pixel<B: Binary>(
        &mut self,
        coder: &mut B,
        frame: &Frame,
        picture: &mut Picture,
        (at, column): (usize, usize),
        target: i32,
    ) -> Result<i32> {
        let around = Surroundings::new(frame, &picture.values, at);
        picture.since_drawn = if around.is_some() { 0 } else { picture.since_drawn + 1 };
        if let Some(around) = around
            && let Some(value) = two_valued::code(&mut self.two_valued, coder, frame, at, around, target as u8)?
        {
            return Ok(value.into());
        }
        // Where a whole row has nothing that looks drawn, looking for repetition would only take time.
        let drawn = picture.since_drawn < frame.width();
        let found_match = if drawn { picture.match_model.find(frame, at) } else { None };
        let (matched, value) = match found_match {
            Some(found_match) => {
                matches::code(&mut self.repeats, coder, frame, &picture.match_model, at, found_match, target as u8)?
            }
            None => (false, None),
        };
        let value = match value {
            Some(value) => value.into(),
            None => self.predicted(coder, frame, picture, (at, column), around.is_some() || matched, target)?,
        };
        if let Some(found_match) = found_match
            && picture.match_model.put(at, found_match, value as u8)
        {
            picture.since_drawn = 0;
        }
        Ok(value)
    }

    /// Codes a pixel by its prediction; `unlike` says that it is unlike the two values around it.
    #[inline(always)]
    fn predicted<B: Binary>(
        &mut self,
        coder: &mut B,
        frame: &Frame,
        picture: &mut Picture,
        (at, column): (usize, usize),
        unlike: bool,
        target: i32,
    ) -> Result<i32> {
        let pixel = |up, left| frame.pixel(at, up, left) as i32;
        let [w, ww] = [1, 2].map(|left| pixel(0, left));
        let [nww, nw, n, ne, nee] = [2, 1, 0, -1, -2].map(|left| pixel(1, left));
        let [nnw, nn, nne] = [1, 0, -1].map(|left| pixel(2, left));
        let error =
            |up: usize, left: isize| i32::from(picture.errors[(at - up * frame.width()).wrapping_add_signed(-left)]);
        let [ew, eww] = [1, 2].map(|left| error(0, left));
        let [enw, en, ene, enee] = [1, 0, -1, -2].map(|left| error(1, left));
        let enn = error(2, 0);
        let energy = 3 * (ew.abs() + en.abs()) + 2 * (enw.abs() + ene.abs()) + eww.abs() + enn.abs() + enee.abs();
        let level = if unlike { LEVELS } else { level(energy as u32 >> 1) };
        let raw = picture.squares.predict(frame, at, column);
        // Cancels what predictions were off on average where it looked like this.
        let rough = raw >> FRACTION;
        let pattern =
            [w, n, nw, ne, ww, nn].iter().fold(0, |pattern, &value| pattern << 1 | usize::from(value > rough));
        let bias = pattern * 16 + level / 2;
        let [sum, count] = picture.biases[bias];
        let predicted = (raw + sum / (count + 2)).clamp(0, 255 << FRACTION);
        let p = (predicted + 8) >> FRACTION;
        let fraction = (predicted + 8) & 15;

        let off = level as u32;
        let q = |value: i32| signed(value - p);
        let e = |value: i32| signed(value >> 2);
        let mix = |values: &[u32]| values.iter().fold(0, |key: u32, &value| key * 17 + value);
        let median = w.max(n).min((w + n - nw).max(w.min(n)));
        let around =
            [w, n, nw, ne, ww, nn, nne, nnw].iter().fold(0, |pattern, &value| pattern << 1 | u32::from(value > p));
        let [high, low] = [w.max(n).max(nw.max(ne)), w.min(n).min(nw.min(ne))];
        let l = |value: i32| self::level(value as u32 * 2) as u32 / 2;
        let keys = [
            off * 16 + fraction as u32,
            off * 17 + q(median),
            mix(&[q(w), q(n), off / 8]),
            mix(&[q(ne), q(nw), off / 6]),
            mix(&[q(ww), q(nn), off / 4]),
            mix(&[e(ew), e(en), off / 6]),
            mix(&[e(enw), e(ene), off / 3]),
            (p as u32 >> 1) * 13 + off / 2,
            mix(&[q(2 * w - ww), q(2 * n - nn), off / 6]),
            mix(&[q(w + ne - n), q(w + n - nw), off / 6]),
            around * 13 + off / 2,
            mix(&[e((ew + en + ene + enw) / 2), off]),
            mix(&[l(ew.abs() + eww.abs()), l(en.abs() + ene.abs()), l(enw.abs() + enn.abs())]),
            (p as u32 * 17 + q(w)) * 17 + q(n),
            mix(&[q(high), q(low), off / 4]),
            mix(&[q(nee), q(nww), q(nne)]),
        ];
        let rows = [level, LEVELS + 1 + (around >> 4) as usize * 4 + fraction as usize / 4];
        let place = self.table.place(keys, rows);
        // Only a stream that no encoder wrote leaves the range; it wraps.
        let value = (p + self.difference(coder, &place, target - p)?) & 255;
        let lacked = (value << FRACTION) - raw;
        let [sum, count] = &mut picture.biases[bias];
        (*sum, *count) = (*sum + lacked, *count + 1);
        if *count > MEMORY {
            (*sum, *count) = (*sum / 2, *count / 2);
        }
        picture.errors[at] = (((value << FRACTION) - predicted) >> 2) as i16;
        picture.squares.learn(column, value);
        Ok(value)
    }

    /// Codes a difference to the prediction: node 0 says if there is one, 1 if it is negative, 2 to 8 how often its
    /// size doubles, 9 to 15 the bit after the first.
    #[inline(always)]
    fn difference<B: Binary>(&mut self, coder: &mut B, place: &Place<CONTEXTS>, target: i32) -> Result<i32> {
        if !self.table.code(coder, place, 0, target != 0)? {
            return Ok(0);
        }
        let negative = self.table.code(coder, place, 1, target < 0)?;
        let size = target.abs();
        let mut doublings = 0;
        while doublings < 7 && self.table.code(coder, place, 2 + doublings, size >> (doublings + 1) != 0)? {
            doublings += 1;
        }
        let mut value = 1;
        for bit in (0..doublings).rev() {
            let target = size >> bit & 1 == 1;
            let one = match bit + 1 == doublings {
                true => self.table.code(coder, place, 8 + doublings, target)?,
                false => self.tails[doublings * 8 + bit].code(coder, target)?,
            };
            value = value << 1 | i32::from(one);
        }
        Ok(if negative { -value } else { value })
    }
}

/// Of a sum of errors: three levels per octave.
#[inline(always)]
fn level(energy: u32) -> usize {
    let energy = energy + 4;
    let log = energy.ilog2();
    let third = (energy << 2 >> log & 3) * 3 / 4;
    ((3 * log + third) as usize - 6).min(LEVELS - 1)
}

/// A number of `[0, 16]` for a difference: its sign and the logarithm of its size.
#[inline(always)]
fn signed(value: i32) -> u32 {
    const STEPS: [u8; 64] = {
        let first = [0, 1, 2, 3, 5, 8, 13, 21, 36];
        let mut steps = [0; 64];
        let (mut size, mut step) = (0, 0);
        while size < 64 {
            if step < 8 && size >= first[step + 1] {
                step += 1;
            }
            steps[size] = step as u8;
            size += 1;
        }
        steps
    };
    let step = u32::from(STEPS[value.unsigned_abs().min(63) as usize]);
    if value < 0 { 8 - step } else { 8 + step }
}
