//! What the model of grey pictures knows of the one that it codes: its pixels so far, how well they were predicted, and
//! whether it looks like screen content.

use super::bilevel::{Surroundings, Values};
use super::contexts::{Errors, Neighbours, Prediction};
use super::frame::{Frame, filled};
use super::least_squares::{FRACTION, Squares};
use super::matches::{Match, MatchModel};
use crate::Result;

/// Contexts that the bias of predictions is measured in, and after how many pixels the older ones count half.
const BIASES: usize = 1024;
const MEMORY: i32 = 60;

/// The picture so far.
#[derive(Debug)]
pub struct Picture {
    /// Its pixels.
    pub frame: Frame,
    /// What the match model remembers of it.
    pub match_model: MatchModel,
    squares: Squares,
    /// Differences to the predictions, in quarters of a grey level, in a frame.
    errors: Vec<i16>,
    /// By context: the sum of what predictions lacked, and of how many.
    biases: Vec<[i32; 2]>,
    values: Values,
    /// Pixels since one that looked like screen content: two values were around it, or it came again.
    since_screen_content: usize,
}

impl Picture {
    /// For pictures of one size; [`Error::Limit`](crate::Error::Limit) if there is no memory.
    pub fn new(rows: usize, columns: usize) -> Result<Self> {
        let frame = Frame::new(rows, columns)?;
        Ok(Self {
            squares: Squares::new(columns)?,
            errors: filled(frame.length(), 0)?,
            biases: vec![[0; 2]; BIASES],
            values: Values::NEW,
            match_model: MatchModel::new(frame.length())?,
            since_screen_content: 0,
            frame,
        })
    }

    /// Forgets the picture before.
    pub fn clear(&mut self) {
        self.frame.clear();
        self.squares.clear();
        self.errors.fill(0);
        self.biases.fill([0; 2]);
        self.values = Values::NEW;
        self.match_model.clear();
        self.since_screen_content = 0;
    }

    /// The two values around a position, none if there are more.
    #[inline(always)]
    pub fn surroundings(&mut self, at: usize) -> Option<Surroundings> {
        let around = Surroundings::new(&self.frame, &self.values, at);
        self.since_screen_content = if around.is_some() { 0 } else { self.since_screen_content + 1 };
        around
    }

    /// What the match model finds for a position. Where a whole row has no screen content, it is not asked: that would
    /// only take time.
    #[inline(always)]
    pub fn find_match(&self, at: usize) -> Option<Match> {
        if self.since_screen_content < self.frame.width() { self.match_model.find(&self.frame, at) } else { None }
    }

    /// Tells the match model the pixel that it was asked for.
    #[inline(always)]
    pub fn learn_match(&mut self, at: usize, found: Option<Match>, value: u8) {
        if let Some(found) = found
            && self.match_model.put(at, found, value)
        {
            self.since_screen_content = 0;
        }
    }

    /// The errors of the predictions next to a position.
    #[inline(always)]
    pub fn errors(&self, at: usize) -> Errors {
        Errors::new(&self.errors, self.frame.width(), at)
    }

    /// The prediction of a pixel: by least squares, and what such predictions were off on average where the texture and
    /// the `level` of the energy were the same.
    #[inline(always)]
    pub fn predict(&mut self, (at, column): (usize, usize), near: &Neighbours, level: usize) -> Prediction {
        let raw = self.squares.predict(&self.frame, at, column);
        let context = (near.texture(raw >> FRACTION) >> 2) as usize * 16 + level / 2;
        let [sum, count] = self.biases[context];
        Prediction { raw, corrected: (raw + sum / (count + 2)).clamp(0, 255 << FRACTION), context }
    }

    /// Learns the pixel that was predicted last.
    #[inline(always)]
    pub fn learn(&mut self, (at, column): (usize, usize), prediction: Prediction, value: i32) {
        let Prediction { raw, corrected, context } = prediction;
        let [sum, count] = &mut self.biases[context];
        (*sum, *count) = (*sum + (value << FRACTION) - raw, *count + 1);
        if *count > MEMORY {
            (*sum, *count) = (*sum / 2, *count / 2);
        }
        self.errors[at] = (((value << FRACTION) - corrected) >> 2) as i16;
        self.squares.learn(column, value);
    }

    /// Puts a pixel.
    #[inline(always)]
    pub fn put(&mut self, at: usize, value: u8) {
        self.frame.put(at, value);
        self.values.put(self.frame.pixel(at, 0, 1) as u8, value);
    }

    /// After a row was put.
    pub fn finish_row(&mut self, row: usize) {
        self.frame.finish_row(row);
        self.squares.finish_row();
    }
}
