//! Prediction by least squares: what weights of the neighbours would have told the pixels about here best.
//!
//! Wu, Barthel, Zhang, "Piecewise 2D autoregression for predictive image coding" (1998), in integers and with one set
//! of weights for each segment of a row. The normal equations are the sums of the segment to the left, and of the rows
//! above here and at both sides, older rows counting less; a few sweeps of Gauss and Seidel from the weights of the
//! row above come near enough to their solution, and are a safe thing to do whatever the pixels are.

use super::frame::{Frame, filled};
use crate::Result;

/// Neighbours: rows up, columns to the left.
const NEIGHBOURS: [(usize, isize); ORDER] =
    [(0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0), (1, -2), (2, -1), (1, 2), (2, 1)];
const ORDER: usize = 10;
/// Columns of a segment.
const SEGMENT: usize = 16;
/// Fractional bits of a weight, and how large it may be.
const ONE: u32 = 16;
const MOST: i64 = 4 << ONE;
/// The weights of the first row.
const START: [i64; ORDER] = [40_000, 36_000, -20_000, 10_000, 0, 0, 0, 0, 0, 0];
const SWEEPS: usize = 3;
/// Added to a neighbour's variance: noise that no weights should follow.
const DAMPING: i64 = 2000;
/// A row above counts 1 - 1/2^AGEING as much as the one below it.
const AGEING: u32 = 2;
/// Fractional bits of a prediction.
pub const FRACTION: u32 = 4;

/// Sums of products of neighbours with each other and with the pixel, all as differences to their mean.
#[derive(Debug, Clone, Copy)]
struct Sums {
    neighbours: [[i32; ORDER]; ORDER],
    pixel: [i32; ORDER],
}

impl Sums {
    const NONE: Self = Self { neighbours: [[0; ORDER]; ORDER], pixel: [0; ORDER] };

    fn add(&mut self, other: &Self) {
        for i in 0..ORDER {
            // With `flatten` in place of indices coding takes some twentieth longer.
            for j in 0..ORDER {
                self.neighbours[i][j] += other.neighbours[i][j];
            }
            self.pixel[i] += other.pixel[i];
        }
    }

    /// Sweeps of Gauss and Seidel towards the weights that leave the least squares.
    fn improve(&self, weights: &mut [i64; ORDER]) {
        for _ in 0..SWEEPS {
            for i in 0..ORDER {
                let explained: i64 = (0..ORDER).map(|j| i64::from(self.neighbours[i][j]) * weights[j]).sum();
                let rest = (i64::from(self.pixel[i]) << ONE) - explained;
                weights[i] = (weights[i] + rest / (i64::from(self.neighbours[i][i]) + DAMPING)).clamp(-MOST, MOST);
            }
        }
    }
}

/// The state of the prediction in one picture.
#[derive(Debug)]
pub struct Squares {
    /// For each segment, with one more at both ends: rows above, then this row so far.
    above: Vec<Sums>,
    here: Vec<Sums>,
    weights: Vec<[i64; ORDER]>,
    /// The segment that was fitted last in this row.
    fitted: usize,
    /// Of the pixel that was predicted last: the mean and the differences to it.
    mean: i32,
    differences: [i32; ORDER],
}

impl Squares {
    /// For pictures of so many columns; [`Error::Limit`](crate::Error::Limit) if there is no memory.
    pub fn new(columns: usize) -> Result<Self> {
        let segments = columns.div_ceil(SEGMENT) + 2;
        Ok(Self {
            above: filled(segments, Sums::NONE)?,
            here: filled(segments, Sums::NONE)?,
            weights: filled(segments, START)?,
            fitted: 0,
            mean: 0,
            differences: [0; ORDER],
        })
    }

    /// Forgets the picture before.
    pub fn clear(&mut self) {
        self.above.fill(Sums::NONE);
        self.here.fill(Sums::NONE);
        self.weights.fill(START);
    }

    /// The prediction of a pixel, which has [`FRACTION`] fractional bits.
    #[inline(always)]
    pub fn predict(&mut self, frame: &Frame, at: usize, column: usize) -> i32 {
        let segment = column / SEGMENT + 1;
        if segment != self.fitted {
            self.fitted = segment;
            self.solve(segment);
        }
        let values = NEIGHBOURS.map(|(up, left)| frame.pixel(at, up, left) as i32);
        self.mean = (values[0] + values[1] + values[2] + values[3]) >> 2;
        self.differences = values.map(|value| value - self.mean);
        let weights = &self.weights[segment];
        let sum: i64 = (0..ORDER).map(|i| weights[i] * i64::from(self.differences[i])).sum();
        let shift = ONE - FRACTION;
        let predicted = (self.mean << FRACTION) + ((sum + (1 << (shift - 1))) >> shift) as i32;
        predicted.clamp(0, 255 << FRACTION)
    }

    /// Learns the pixel that was predicted last.
    #[inline(always)]
    pub fn learn(&mut self, column: usize, pixel: i32) {
        let sums = &mut self.here[column / SEGMENT + 1];
        let pixel = pixel - self.mean;
        for (i, row) in sums.neighbours.iter_mut().enumerate() {
            let difference = self.differences[i];
            for (sum, other) in row.iter_mut().zip(self.differences) {
                *sum += difference * other;
            }
            sums.pixel[i] += difference * pixel;
        }
    }

    /// Ends a row.
    pub fn finish_row(&mut self) {
        self.fitted = 0;
        for (above, here) in self.above.iter_mut().zip(&mut self.here) {
            let age = |old: &mut i32, new: i32| *old += new - (*old >> AGEING);
            for (old, new) in above.neighbours.iter_mut().flatten().zip(here.neighbours.iter().flatten()) {
                age(old, *new);
            }
            for (old, new) in above.pixel.iter_mut().zip(here.pixel) {
                age(old, new);
            }
            *here = Sums::NONE;
        }
    }

    /// Fits the weights of a segment.
    fn solve(&mut self, segment: usize) {
        let parts = [
            &self.above[segment - 1],
            &self.above[segment],
            &self.above[segment],
            &self.above[segment + 1],
            &self.here[segment - 1],
            &self.here[segment - 1],
        ];
        let mut sums = Sums::NONE;
        parts.iter().for_each(|part| sums.add(part));
        sums.improve(&mut self.weights[segment]);
    }
}
