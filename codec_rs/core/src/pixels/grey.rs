//! Grey pictures of any kind, photographs above all: a pixel is predicted, and its difference to that coded in contexts
//! of what the neighbours have to say about the prediction. Screen content, such as scanned pages and drawings, is coded
//! without a prediction where that is cheaper: see [`super::bilevel`] and [`super::matches`].
//!
//! The prediction is the least squares one of [`super::least_squares`] (as in TMW, MRP and Wu, Barthel, Zhang 2000). As
//! in CALIC (Wu and Memon 1997), the mean error of its context is added to it (see [`super::picture`]), and the errors
//! nearby choose the contexts of the difference (see [`super::contexts`]). The difference is binarised, and each binary
//! decision is coded with the probabilities of sixteen contexts, mixed in the logistic domain (PAQ and lpaq, Mahoney
//! 2005, see [`crate::mixing`]).

use super::bilevel;
use super::contexts::{CONTEXTS, LEVELS, Neighbours, ROWS, contexts};
use super::matches::{self, Match};
use super::picture::Picture;
use crate::Result;
use crate::bytes::Reader;
use crate::mixing::{Binary, Counter, Extent, Hashed, Place};

/// Of a state.
const EXTENT: Extent = Extent { rows: ROWS, most: 100_000, least: 4 };
/// Counters of the lower bits of large differences.
const TAILS: usize = 64;

/// What the model of grey pictures has learnt.
#[derive(Debug, Clone)]
pub struct Grey {
    bilevel: bilevel::Table,
    matches: matches::Table,
    /// Everywhere else.
    table: Hashed<CONTEXTS>,
    /// The lower bits of large differences: by doubling and bit.
    tails: Vec<Counter>,
}

impl Grey {
    /// Nothing learnt, with tables of `2^bits` slots.
    pub fn new(bits: u32) -> Self {
        Self {
            bilevel: Hashed::new(bits, bilevel::EXTENT.rows),
            matches: Hashed::new(bits, matches::EXTENT.rows),
            table: Hashed::new(bits, EXTENT.rows),
            tails: vec![Counter::NEW; TAILS],
        }
    }

    /// What was seen most: some 2 MB in a file.
    pub fn prune(&self) -> Self {
        Self {
            bilevel: self.bilevel.prune(bilevel::EXTENT),
            matches: self.matches.prune(matches::EXTENT),
            table: self.table.prune(EXTENT),
            tails: self.tails.clone(),
        }
    }

    /// Reads what [`Grey::write`] wrote; [`Error::Truncated`](crate::Error::Truncated) or
    /// [`Error::Format`](crate::Error::Format).
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            bilevel: Hashed::read(reader, bilevel::EXTENT)?,
            matches: Hashed::read(reader, matches::EXTENT)?,
            table: Hashed::read(reader, EXTENT)?,
            tails: (0..TAILS).map(|_| Counter::read(reader)).collect::<Result<_>>()?,
        })
    }

    /// Appends all that was learnt.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        self.bilevel.write(bytes);
        self.matches.write(bytes);
        self.table.write(bytes);
        bytes.extend(self.tails.iter().flat_map(|counter| counter.to_bytes()));
    }

    /// Undoes what was learnt since this was a copy of `base`.
    pub fn restore(&mut self, base: &Self) {
        self.bilevel.restore(&base.bilevel);
        self.matches.restore(&base.matches);
        self.table.restore(&base.table);
        self.tails.copy_from_slice(&base.tails);
    }

    /// Codes one picture and learns from it.
    pub fn code<B: Binary>(&mut self, coder: &mut B, picture: &mut Picture, pixels: &mut [i16]) -> Result<()> {
        picture.clear();
        for (row, line) in pixels.chunks_exact_mut(picture.frame.columns()).enumerate() {
            picture.frame.start_row(row);
            for (column, pixel) in line.iter_mut().enumerate() {
                let at = picture.frame.at(row, column);
                let value = self.pixel(coder, picture, (at, column), i32::from(*pixel))? as u8;
                *pixel = value.into();
                picture.put(at, value);
                coder.end_symbol();
            }
            picture.finish_row(row);
        }
        Ok(())
    }

    /// Codes a pixel as one of the two values around it, else as the one that the match model found, else by its
    /// prediction.
    #[inline(always)]
    fn pixel<B: Binary>(
        &mut self,
        coder: &mut B,
        picture: &mut Picture,
        (at, column): (usize, usize),
        target: i32,
    ) -> Result<i32> {
        let around = picture.surroundings(at);
        if let Some(around) = around
            && let Some(value) = bilevel::code(&mut self.bilevel, coder, &picture.frame, at, around, target as u8)?
        {
            return Ok(value.into());
        }
        let found = picture.find_match(at);
        let (asked, matched) = self.matched(coder, picture, at, found, target)?;
        let value = match matched {
            Some(value) => value.into(),
            None => self.predicted(coder, picture, (at, column), around.is_some() || asked, target)?,
        };
        picture.learn_match(at, found, value as u8);
        Ok(value)
    }

    /// Codes whether a pixel is the one that the match model found. Returns if it was asked, and the pixel if so.
    #[inline(always)]
    fn matched<B: Binary>(
        &mut self,
        coder: &mut B,
        picture: &Picture,
        at: usize,
        found: Option<Match>,
        target: i32,
    ) -> Result<(bool, Option<u8>)> {
        let Some(found) = found else { return Ok((false, None)) };
        matches::code(&mut self.matches, coder, &picture.frame, &picture.match_model, at, found, target as u8)
    }

    /// Codes a pixel by its prediction; `unlike` says that it is unlike the two values around it, or the one that the
    /// match model found.
    #[inline(always)]
    fn predicted<B: Binary>(
        &mut self,
        coder: &mut B,
        picture: &mut Picture,
        (at, column): (usize, usize),
        unlike: bool,
        target: i32,
    ) -> Result<i32> {
        let (near, errors) = (Neighbours::new(&picture.frame, at), picture.errors(at));
        let level = if unlike { LEVELS } else { errors.level() };
        let prediction = picture.predict((at, column), &near, level);
        let (keys, rows) = contexts(&near, &errors, prediction, level);
        let place = self.table.place(keys, rows);
        let rounded = prediction.rounded();
        // Only a stream that no encoder wrote leaves the range; it wraps.
        let value = (rounded + self.difference(coder, &place, target - rounded)?) & 255;
        picture.learn((at, column), prediction, value);
        Ok(value)
    }

    /// Codes a difference to the prediction: node 0 says if there is one, 1 if it is negative, the others are of its
    /// size.
    #[inline(always)]
    fn difference<B: Binary>(&mut self, coder: &mut B, place: &Place<CONTEXTS>, target: i32) -> Result<i32> {
        if !self.table.code(coder, place, 0, target != 0)? {
            return Ok(0);
        }
        let negative = self.table.code(coder, place, 1, target < 0)?;
        let size = self.size(coder, place, target.abs())?;
        Ok(if negative { -size } else { size })
    }

    /// Codes a size of at least 1 as an Exp-Golomb code: nodes 2 to 8 say how often it doubles, 9 to 15 are the bit
    /// after the first.
    #[inline(always)]
    fn size<B: Binary>(&mut self, coder: &mut B, place: &Place<CONTEXTS>, target: i32) -> Result<i32> {
        let mut doublings = 0;
        while doublings < 7 && self.table.code(coder, place, 2 + doublings, target >> (doublings + 1) != 0)? {
            doublings += 1;
        }
        let mut size = 1;
        for bit in (0..doublings).rev() {
            let target = target >> bit & 1 == 1;
            let one = match bit + 1 == doublings {
                true => self.table.code(coder, place, 8 + doublings, target)?,
                false => self.tails[doublings * 8 + bit].code(coder, target)?,
            };
            size = size << 1 | i32::from(one);
        }
        Ok(size)
    }
}
