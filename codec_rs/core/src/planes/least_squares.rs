//! Prediction by least squares: what weights of the neighbours, in this plane and in those before it, would have told
//! the samples about here best.
//!
//! Wu, Barthel, Zhang, "Piecewise 2D autoregression for predictive image coding" (1998), in integers, as for grey
//! pictures ([`crate::pixels`]), with samples weighed by how far off predictions are there, as in weighted least
//! squares (Ye, Hou, "Hierarchical prediction and context adaptive coding for lossless color image compression", 2014).

use super::frame::{Frame, filled};
use crate::Result;

/// Neighbours that a prediction weighs.
const ORDER: usize = 20;
/// Columns that share weights.
const SEGMENT: usize = 16;
/// Fractional bits of a weight, and how large it may be.
const ONE: u32 = 16;
const MOST: i64 = 4 << ONE;
const SWEEPS: usize = 3;
/// Added to a neighbour's variance: noise that no weights should follow.
const DAMPING: i64 = 20_000;
/// A row above counts 1 - 1/2^AGEING as much as the one below it.
const AGEING: u32 = 2;
/// Fractional bits of a prediction.
pub const FRACTION: u32 = 4;
/// Scaled differences stay within so much, so that their sums fit 32 bits.
const BOUND: i32 = 1023;

/// A neighbour: in this plane, 0, or so many before it; rows up, columns to the left.
type Neighbour = (usize, isize, isize);

#[rustfmt::skip]
const FIRST: [Neighbour; ORDER] = [
    (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 1, -1), (0, 0, 2), (0, 2, 0), (0, 1, -2), (0, 2, -1), (0, 1, 2), (0, 2, 1),
    (0, 2, -2), (0, 2, 2), (0, 0, 3), (0, 3, 0), (0, 1, -3), (0, 1, 3), (0, 3, 1), (0, 3, -1), (0, 2, 3), (0, 2, -3),
];
#[rustfmt::skip]
const SECOND: [Neighbour; ORDER] = [
    (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 1, -1), (0, 0, 2), (0, 2, 0), (0, 1, -2), (0, 2, -1), (0, 1, 2), (0, 2, 1),
    (1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1), (1, 1, -1), (1, 0, -1), (1, -1, 0), (1, -1, -1), (1, -1, 1), (1, 0, 2),
];
#[rustfmt::skip]
const THIRD: [Neighbour; ORDER] = [
    (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 1, -1), (0, 0, 2), (0, 2, 0), (0, 1, -2),
    (1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1), (1, 1, -1), (1, 0, -1), (1, -1, 0),
    (2, 0, 0), (2, 0, 1), (2, 1, 0), (2, 1, -1), (2, 0, -1), (2, -1, 0),
];

/// The weights of the first row, those of W, N, NW and NE.
const START: [i64; 4] = [40_000, 36_000, -20_000, 10_000];

/// Sums of products of neighbours with each other, below the diagonal; the last row has those with the sample. All as
/// differences to their plane's mean nearby.
type Sums = [[i32; ORDER]; ORDER + 1];
const NONE: Sums = [[0; ORDER]; ORDER + 1];

/// The state of the prediction in one plane.
#[derive(Debug)]
pub struct LeastSquares {
    neighbours: [Neighbour; ORDER],
    /// For each segment, with one more at both ends: rows above, then this row so far.
    above: Vec<Sums>,
    here: Vec<Sums>,
    weights: Vec<[i64; ORDER]>,
    /// The segment of the sample that was predicted last, from 1; 0 before the first of a row.
    segment: usize,
    /// The differences of this segment's samples so far, neighbour by neighbour, and the samples' own.
    lines: [[i16; SEGMENT]; ORDER + 1],
    /// Of the sample that was predicted last: the mean and the neighbours' differences to it.
    mean: i32,
    differences: [i32; ORDER],
}

impl LeastSquares {
    /// For a plane of so many columns that has `before` planes before it;
    /// [`Error::Limit`](crate::Error::Limit) if there is no memory.
    pub fn new(before: usize, columns: usize) -> Result<Self> {
        let segments = columns.div_ceil(SEGMENT) + 2;
        let mut start = [0; ORDER];
        start[..START.len()].copy_from_slice(&START);
        Ok(Self {
            neighbours: [FIRST, SECOND, THIRD][before],
            above: filled(segments, NONE)?,
            here: filled(segments, NONE)?,
            weights: filled(segments, start)?,
            segment: 0,
            lines: [[0; SEGMENT]; ORDER + 1],
            mean: 0,
            differences: [0; ORDER],
        })
    }

    /// The prediction of a sample of the last plane, which has [`FRACTION`] fractional bits and may be any number.
    #[inline(always)]
    pub fn predict(&mut self, planes: &[Frame], at: usize, column: usize) -> i32 {
        let segment = column / SEGMENT + 1;
        if segment != self.segment {
            self.finish_segment();
            self.solve(segment);
            self.segment = segment;
        }
        let last = planes.len() - 1;
        let mut means = [0; 3];
        for (mean, frame) in means.iter_mut().zip(planes.iter().rev()) {
            *mean = (frame.near(at, 0, 1) + frame.near(at, 1, 0) + frame.near(at, 1, 1) + frame.near(at, 1, -1)) >> 2;
        }
        self.mean = means[0];
        let mut sum = 0;
        for (i, weight) in self.weights[segment].iter().enumerate() {
            let (back, up, left) = self.neighbours[i];
            self.differences[i] = planes[last - back].near(at, up, left) - means[back];
            sum += weight * i64::from(self.differences[i]);
        }
        (self.mean << FRACTION) + (sum >> (ONE - FRACTION)) as i32
    }

    /// Learns the sample that was predicted last; its differences count `scale / 2^(8 + shift)`.
    #[inline(always)]
    pub fn learn(&mut self, column: usize, sample: i32, scale: i32, shift: u32) {
        let scaled = |difference: i32| (((difference >> shift) * scale) >> 8).clamp(-BOUND, BOUND) as i16;
        let place = column % SEGMENT;
        for (line, &difference) in self.lines.iter_mut().zip(&self.differences) {
            line[place] = scaled(difference);
        }
        self.lines[ORDER][place] = scaled(sample - self.mean);
    }

    /// Sums up the segment, if there is one.
    fn finish_segment(&mut self) {
        if self.segment == 0 {
            return;
        }
        for (i, sums) in self.here[self.segment].iter_mut().enumerate() {
            for (sum, other) in sums[..ORDER.min(i + 1)].iter_mut().zip(&self.lines) {
                let products = self.lines[i].iter().zip(other);
                *sum = products.map(|(&one, &other)| i32::from(one) * i32::from(other)).sum();
            }
        }
        self.lines = [[0; SEGMENT]; ORDER + 1];
        self.segment = 0;
    }

    /// Ends a row.
    pub fn finish_row(&mut self) {
        self.finish_segment();
        for (above, here) in self.above.iter_mut().zip(&mut self.here) {
            for (old, new) in above.iter_mut().flatten().zip(here.iter().flatten()) {
                *old += new - (*old >> AGEING);
            }
            *here = NONE;
        }
    }

    /// Fits the weights of a segment: a few sweeps of Gauss and Seidel from those of the row above.
    #[allow(clippy::needless_range_loop)] // A matrix has rows and columns.
    fn solve(&mut self, segment: usize) {
        let [before, above, after] = [segment - 1, segment, segment + 1].map(|number| &self.above[number]);
        let left = &self.here[segment - 1];
        let mut sums = NONE;
        for i in 0..=ORDER {
            for j in 0..ORDER.min(i + 1) {
                let sum = before[i][j] + 2 * above[i][j] + after[i][j] + 2 * left[i][j];
                sums[i][j] = sum;
                if i < ORDER {
                    sums[j][i] = sum;
                }
            }
        }
        let weights = &mut self.weights[segment];
        for _ in 0..SWEEPS {
            for i in 0..ORDER {
                let explained: i64 = sums[i].iter().zip(&*weights).map(|(&sum, weight)| i64::from(sum) * weight).sum();
                let rest = (i64::from(sums[ORDER][i]) << ONE) - explained;
                weights[i] = (weights[i] + rest / (i64::from(sums[i][i]) + DAMPING)).clamp(-MOST, MOST);
            }
        }
    }
}
