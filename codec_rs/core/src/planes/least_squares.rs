//! Prediction by least squares: what weights of the neighbours, in this plane and in those before it, would have told
//! the samples about here best.
//!
//! Wu, Barthel, Zhang, "Piecewise 2D autoregression for predictive image coding" (1998), in integers, as for grey
//! pictures ([`crate::pixels`]), with samples weighed by how far off predictions are there, as in weighted least
//! squares (Ye, Hou, "Hierarchical prediction and context adaptive coding for lossless color image compression", 2014).

use bytemuck::cast;
use wide::{i16x8, i32x4, i32x8, u16x8};

use super::frame::{Frame, MARGIN, Window, filled};

use crate::Result;

/// Neighbours that a prediction weighs.
const ORDER: usize = 20;
/// Columns that share weights.
const SEGMENT: usize = 16;
/// Fractional bits of a weight, and how large it may be.
const ONE: u32 = 16;
const MOST: i64 = 4 << ONE;
const SWEEPS: usize = 3;
/// Neighbours and the sample in whole vectors of eight, neighbours in vectors of four.
const EIGHTS: usize = (ORDER + 1).div_ceil(8);
const FOURS: usize = ORDER / 4;
/// Added to a neighbour's variance: noise that no weights should follow.
const DAMPING: i64 = 20_000;
/// A row above counts 1 - 1/2^AGEING as much as the one below it.
const AGEING: u32 = 2;
/// Fractional bits of a prediction.
pub const FRACTION: u32 = 4;
/// Scaled differences stay within so much, so that their sums fit 32 bits.
const BOUND: i16 = 1023;

/// The weights of the first row, those of W, N, NW and NE.
const START: [i64; 4] = [40_000, 36_000, -20_000, 10_000];

/// Sums of products of neighbours with each other, up to the four on the diagonal; the last row has those with the
/// sample. All as differences to their plane's mean nearby.
type Sums = [[i32x4; FOURS]; ORDER + 1];
const NONE: Sums = [[i32x4::new([0; 4]); FOURS]; ORDER + 1];

/// The state of the prediction in one plane.
#[derive(Debug)]
pub struct LeastSquares {
    /// For each segment, with one more at both ends: rows above, then this row so far.
    above: Vec<Sums>,
    here: Vec<Sums>,
    weights: Vec<[i64; ORDER]>,
    /// The segment of the sample that was predicted last, from 1; 0 before the first of a row.
    segment: usize,
    /// The differences of this segment's samples so far: each sample's neighbours', and its own.
    lines: [[i16x8; EIGHTS]; SEGMENT],
    /// Of the sample that was predicted last: the mean, and the neighbours' differences to it, zeros behind them.
    mean: i32,
    differences: [i32; 8 * EIGHTS],
}

impl LeastSquares {
    /// For a plane of so many columns; [`Error::Limit`](crate::Error::Limit) if there is no memory.
    pub fn new(columns: usize) -> Result<Self> {
        let segments = columns.div_ceil(SEGMENT) + 2;
        let mut start = [0; ORDER];
        start[..START.len()].copy_from_slice(&START);
        Ok(Self {
            above: filled(segments, NONE)?,
            here: filled(segments, NONE)?,
            weights: filled(segments, start)?,
            segment: 0,
            lines: Default::default(),
            mean: 0,
            differences: [0; 8 * EIGHTS],
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
        let (mean, differences) = differences(planes, at);
        self.mean = mean;
        self.differences[..ORDER].copy_from_slice(&differences);
        let products = differences.iter().zip(&self.weights[segment]);
        let sum: i64 = products.map(|(&difference, weight)| i64::from(difference) * weight).sum();
        (self.mean << FRACTION) + (sum >> (ONE - FRACTION)) as i32
    }

    /// Learns the sample that was predicted last; its differences count `scale / 2^(8 + shift)`.
    #[inline(always)]
    pub fn learn(&mut self, column: usize, sample: i32, scale: i16, shift: u32) {
        self.differences[ORDER] = sample - self.mean;
        let eights: [i32x8; EIGHTS] = cast(self.differences);
        for (scaled, differences) in self.lines[column % SEGMENT].iter_mut().zip(eights) {
            // What does not fit 16 bits is far beyond the bound, whatever the scale.
            let products = i16x8::from_i32x8_saturate(differences >> shift).widening_mul(i16x8::splat(scale)) >> 8_u32;
            *scaled = i16x8::from_i32x8_saturate(products).min(i16x8::splat(BOUND)).max(i16x8::splat(-BOUND));
        }
    }

    /// Sums up the segment, if there is one.
    fn finish_segment(&mut self) {
        if self.segment == 0 {
            return;
        }
        let columns = columns(&self.lines);
        for (i, sums) in self.here[self.segment].iter_mut().enumerate() {
            for (four, sum) in sums.iter_mut().take(i / 4 + 1).enumerate() {
                let sum_with = |j: usize| {
                    let [one, other] = [columns[i], columns[4 * four + j]];
                    (one[0].dot(other[0]) + one[1].dot(other[1])).reduce_add()
                };
                *sum = i32x4::new([sum_with(0), sum_with(1), sum_with(2), sum_with(3)]);
            }
        }
        self.lines = Default::default();
        self.segment = 0;
    }

    /// Ends a row.
    pub fn finish_row(&mut self) {
        self.finish_segment();
        for (above, here) in self.above.iter_mut().zip(&mut self.here) {
            for (old, new) in above.as_flattened_mut().iter_mut().zip(here.as_flattened_mut()) {
                *old += *new - (*old >> AGEING);
                *new = i32x4::default();
            }
        }
    }

    /// Fits the weights of a segment: a few sweeps of Gauss and Seidel from those of the row above.
    #[allow(clippy::needless_range_loop)] // A matrix has rows and columns.
    fn solve(&mut self, segment: usize) {
        let [before, above, after] = [segment - 1, segment, segment + 1].map(|number| &self.above[number]);
        let left = &self.here[segment - 1];
        let mut sums = [[0; ORDER]; ORDER + 1];
        for i in 0..=ORDER {
            let mut row = [i32x4::default(); FOURS];
            for four in 0..FOURS.min(i / 4 + 1) {
                let twice = above[i][four] + left[i][four];
                row[four] = before[i][four] + after[i][four] + twice + twice;
            }
            sums[i] = cast(row);
            if i < ORDER {
                for j in 0..i {
                    sums[j][i] = sums[i][j];
                }
            }
        }
        let weights = &mut self.weights[segment];
        let mut explained = dot(&sums[0], weights);
        for i in (0..SWEEPS).flat_map(|_| 0..ORDER) {
            let next = (i + 1) % ORDER;
            // All of the next equation that need not wait for this weight.
            let ahead = dot(&sums[next], weights);
            let rest = (i64::from(sums[ORDER][i]) << ONE) - explained;
            let weight = weights[i] + quotient(rest, i64::from(sums[i][i]) + DAMPING);
            let before = std::mem::replace(&mut weights[i], weight.clamp(-MOST, MOST));
            explained = ahead + i64::from(sums[next][i]) * (weights[i] - before);
        }
    }
}

fn dot(sums: &[i32; ORDER], weights: &[i64; ORDER]) -> i64 {
    sums.iter().zip(weights).map(|(&sum, weight)| i64::from(sum) * weight).sum()
}

/// What integers divided give, towards zero, in less time: exact in f64, since both are below 2^53, so that a quotient
/// just below an integer is never rounded up to it. One beyond 32 bits is beyond all weights.
fn quotient(dividend: i64, divisor: i64) -> i64 {
    i64::from((dividend as f64 / divisor as f64) as i32)
}

/// The mean around a position in the last of some planes, and what neighbours in all of them differ by from their
/// plane's: rows up, columns to the left.
#[inline(always)]
#[rustfmt::skip]
fn differences(planes: &[Frame], at: usize) -> (i32, [i32; ORDER]) {
    match planes {
        [plane] => {
            let plane = Around::new(plane, at, 0);
            let a = |up, left| plane.near(up, left);
            (plane.mean, [
                a(0, 1), a(1, 0), a(1, 1), a(1, -1), a(0, 2), a(2, 0), a(1, -2), a(2, -1), a(1, 2), a(2, 1),
                a(2, -2), a(2, 2), a(0, 3), a(3, 0), a(1, -3), a(1, 3), a(3, 1), a(3, -1), a(2, 3), a(2, -3),
            ])
        }
        [first, plane] => {
            let (plane, first) = (Around::new(plane, at, 0), Around::new(first, at, -1));
            let (a, b) = (|up, left| plane.near(up, left), |up, left| first.near(up, left));
            (plane.mean, [
                a(0, 1), a(1, 0), a(1, 1), a(1, -1), a(0, 2), a(2, 0), a(1, -2), a(2, -1), a(1, 2), a(2, 1),
                b(0, 0), b(0, 1), b(1, 0), b(1, 1), b(1, -1), b(0, -1), b(-1, 0), b(-1, -1), b(-1, 1), b(0, 2),
            ])
        }
        [first, second, plane, ..] => {
            let plane = Around::new(plane, at, 0);
            let (second, first) = (Around::new(second, at, -1), Around::new(first, at, -1));
            let a = |up, left| plane.near(up, left);
            let (b, c) = (|up, left| second.near(up, left), |up, left| first.near(up, left));
            (plane.mean, [
                a(0, 1), a(1, 0), a(1, 1), a(1, -1), a(0, 2), a(2, 0), a(1, -2),
                b(0, 0), b(0, 1), b(1, 0), b(1, 1), b(1, -1), b(0, -1), b(-1, 0),
                c(0, 0), c(0, 1), c(1, 0), c(1, -1), c(0, -1), c(-1, 0),
            ])
        }
        [] => (0, [0; ORDER]),
    }
}

/// Four rows of a plane around a position.
struct Around<'a> {
    lowest: isize,
    rows: [&'a Window; 4],
    /// Of W, N, NW and NE.
    mean: i32,
}

impl<'a> Around<'a> {
    /// The lowest row, which is `lowest` above the position, and three above it.
    #[inline(always)]
    fn new(plane: &'a Frame, at: usize, lowest: isize) -> Self {
        let row = |up: isize| plane.window(at, lowest + up);
        let around = Self { lowest, rows: [row(0), row(1), row(2), row(3)], mean: 0 };
        let mean = (around.near(0, 1) + around.near(1, 0) + around.near(1, 1) + around.near(1, -1)) >> 2;
        Self { mean, ..around }
    }

    /// What a neighbour differs by from the mean.
    #[inline(always)]
    fn near(&self, up: isize, left: isize) -> i32 {
        self.rows[(up - self.lowest) as usize][MARGIN.wrapping_add_signed(-left)] - self.mean
    }
}

/// What samples of a segment have at one place, for all places.
fn columns(lines: &[[i16x8; EIGHTS]; SEGMENT]) -> [[i16x8; 2]; 8 * EIGHTS] {
    let mut columns = [[i16x8::default(); 2]; 8 * EIGHTS];
    for (eight, columns) in columns.chunks_exact_mut(8).enumerate() {
        for half in 0..2 {
            let turned = u16x8::transpose(std::array::from_fn(|line| cast(lines[8 * half + line][eight])));
            for (column, &turned) in columns.iter_mut().zip(&turned) {
                column[half] = cast(turned);
            }
        }
    }
    columns
}
