//! Prediction by least squares: the weights of the neighbours, in this plane and in those before it, that would have
//! predicted the samples about here best.
//!
//! Wu, Barthel, Zhang, "Piecewise 2D autoregression for predictive image coding" (1998), in integers, with samples
//! weighed by the reciprocal of the error energy there, as in weighted least squares (Ye, Hou, "Hierarchical prediction
//! and context adaptive coding for lossless color image compression", 2014); TMW (Meyer, Tischer 1997) and MRP (Matsuda
//! and others 2005) send such weights instead of learning them.
//!
//! The normal equations of a segment of a row are sums over the segment to the left and the rows above: of products of
//! neighbours with each other (the matrix) and with the sample (the right side), all as differences to their plane's
//! mean nearby. A few sweeps of Gauss and Seidel from the weights of the row above come near enough to the solution,
//! and are a safe thing to do whatever the samples are.

use bytemuck::{cast, cast_ref};
use wide::{i16x8, i32x4, i32x8};

use super::frame::{Frame, Position, filled};
use super::support::{ORDER, differences};
use crate::Result;

/// Columns of a segment, which share weights.
const SEGMENT: usize = 16;
/// Fractional bits of a weight, and how large it may be.
const WEIGHT_BITS: u32 = 16;
const MAX_WEIGHT: i64 = 4 << WEIGHT_BITS;
const SWEEPS: usize = 3;
/// Neighbours and the sample in whole vectors of eight, neighbours in vectors of four.
const EIGHTS: usize = (ORDER + 1).div_ceil(8);
const FOURS: usize = ORDER / 4;
/// Added to the diagonal of the matrix: noise that no weights should follow.
const DAMPING: i64 = 20_000;
/// A row above counts 1 - 1/2^AGEING as much as the one below it.
const AGEING: u32 = 2;
/// Fractional bits of a prediction.
pub const FRACTION: u32 = 4;
/// Scaled differences stay within so much, so that sums of their products fit 32 bits.
const MAX_DIFFERENCE: i16 = 1023;

/// The weights of the first row, those of W, N, NW and NE.
const FIRST_WEIGHTS: [i64; 4] = [40_000, 36_000, -20_000, 10_000];

/// The rows of the matrix, and of the right side.
type Equations = [[i32x4; FOURS]; ORDER + 1];
const NO_EQUATIONS: Equations = [[i32x4::new([0; 4]); FOURS]; ORDER + 1];

/// The predictor of one plane.
#[derive(Debug)]
pub struct LeastSquares {
    /// The sums of each segment, with one more at both ends: of the rows above, and of this row so far.
    rows_above: Vec<Equations>,
    this_row: Vec<Equations>,
    weights: Vec<[i64; ORDER]>,
    clipped: bool,
    /// The segment of the sample that was predicted last, from 1; 0 before the first of a row.
    segment: usize,
    /// The scaled differences of this segment's samples so far: each sample's neighbours', and its own.
    scaled: [[i16x8; EIGHTS]; SEGMENT],
    /// Of the sample that was predicted last: the mean, and the neighbours' differences to it, zeros behind them.
    mean: i32,
    differences: [i32; 8 * EIGHTS],
}

impl LeastSquares {
    /// For a plane of so many columns; [`Error::Limit`](crate::Error::Limit) if there is no memory. Differences beyond
    /// the limit are `clipped`, or else all of a sample shrink alike, so that they tell of steep slopes too.
    pub fn new(columns: usize, clipped: bool) -> Result<Self> {
        let segments = columns.div_ceil(SEGMENT) + 2;
        let mut weights = [0; ORDER];
        weights[..FIRST_WEIGHTS.len()].copy_from_slice(&FIRST_WEIGHTS);
        Ok(Self {
            rows_above: filled(segments, NO_EQUATIONS)?,
            this_row: filled(segments, NO_EQUATIONS)?,
            weights: filled(segments, weights)?,
            clipped,
            segment: 0,
            scaled: Default::default(),
            mean: 0,
            differences: [0; 8 * EIGHTS],
        })
    }

    /// The prediction of a sample of the last plane, which has [`FRACTION`] fractional bits and may be any number.
    #[inline(always)]
    pub fn predict(&mut self, planes: &[Frame], Position { at, column }: Position) -> i32 {
        let segment = column / SEGMENT + 1;
        if segment != self.segment {
            self.finish_segment();
            self.solve(segment);
            self.segment = segment;
        }
        let (mean, differences) = differences(planes, at);
        self.mean = mean;
        self.differences[..ORDER].copy_from_slice(&differences);
        let sum = dot(&differences, &self.weights[segment]);
        (self.mean << FRACTION) + (sum >> (WEIGHT_BITS - FRACTION)) as i32
    }

    /// Learns the sample that was predicted last; its differences count `scale / 2^(8 + shift)`.
    #[inline(always)]
    pub fn update(&mut self, Position { column, .. }: Position, sample: i32, scale: i16, shift: u32) {
        self.differences[ORDER] = sample - self.mean;
        let (scale, shift) = if self.clipped { (scale, shift) } else { self.fitting(scale, shift) };
        let eights: [i32x8; EIGHTS] = cast(self.differences);
        for (scaled, differences) in self.scaled[column % SEGMENT].iter_mut().zip(eights) {
            // What does not fit 16 bits is far beyond the limit, whatever the scale.
            let products = i16x8::from_i32x8_saturate(differences >> shift).widening_mul(i16x8::splat(scale)) >> 8_u32;
            let limit = i16x8::splat(MAX_DIFFERENCE);
            *scaled = i16x8::from_i32x8_saturate(products).min(limit).max(-limit);
        }
    }

    /// A scale, at most the one that is given, by which no difference is beyond the limit, and none beyond 16 bits
    /// before it.
    #[inline(always)]
    fn fitting(&self, scale: i16, shift: u32) -> (i16, u32) {
        let largest = self.differences.iter().fold(0, |largest, difference| largest.max(difference.unsigned_abs()));
        let shift = shift.max((u32::BITS - largest.leading_zeros()).saturating_sub(15));
        let most = ((MAX_DIFFERENCE as u32) << 8) / (largest >> shift).max(1);
        (most.min(scale as u32) as i16, shift)
    }

    /// Ends a row.
    pub fn finish_row(&mut self) {
        self.finish_segment();
        for (above, row) in self.rows_above.iter_mut().zip(&mut self.this_row) {
            for (old, new) in above.as_flattened_mut().iter_mut().zip(row.as_flattened_mut()) {
                *old += *new - (*old >> AGEING);
                *new = i32x4::default();
            }
        }
    }

    /// Sums up the segment, if there is one.
    fn finish_segment(&mut self) {
        if self.segment == 0 {
            return;
        }
        let pairs = pairs(&self.scaled);
        for (i, row) in self.this_row[self.segment].iter_mut().enumerate() {
            let own: [i16x8; SEGMENT / 2] = std::array::from_fn(|pair| splat(&pairs[pair], i));
            for (four, sums) in row.iter_mut().enumerate() {
                *sums = own.iter().zip(&pairs).fold(i32x4::default(), |sums, (own, pair)| sums + own.dot(pair[four]));
            }
        }
        self.scaled = Default::default();
        self.segment = 0;
    }

    /// Fits the weights of a segment by some sweeps of Gauss and Seidel.
    fn solve(&mut self, segment: usize) {
        let (matrix, right) = self.equations(segment);
        let weights = &mut self.weights[segment];
        let unexplained =
            |i: usize, weights: &[i64; ORDER]| (i64::from(right[i]) << WEIGHT_BITS) - dot(&matrix[i], weights);
        let mut rest = unexplained(0, weights);
        for i in (0..SWEEPS).flat_map(|_| 0..ORDER) {
            let next = (i + 1) % ORDER;
            // All of the next equation that need not wait for this weight.
            let ahead = unexplained(next, weights);
            let mut change = quotient(rest, i64::from(matrix[i][i]) + DAMPING);
            let weight = weights[i] + change;
            if weight.abs() > MAX_WEIGHT {
                change = weight.clamp(-MAX_WEIGHT, MAX_WEIGHT) - weights[i];
            }
            weights[i] += change;
            rest = ahead - i64::from(matrix[next][i]) * change;
        }
    }

    /// The normal equations of a segment: the matrix and the right side. Its rows above and the segment to the left
    /// count twice, the rows above of its neighbours once.
    fn equations(&self, segment: usize) -> ([[i32; ORDER]; ORDER], [i32; ORDER]) {
        let [before, above, after] = [segment - 1, segment, segment + 1].map(|number| &self.rows_above[number]);
        let left = &self.this_row[segment - 1];
        let row = |i: usize| -> [i32; ORDER] {
            cast(std::array::from_fn::<_, FOURS, _>(|four| {
                let twice = above[i][four] + left[i][four];
                before[i][four] + after[i][four] + twice + twice
            }))
        };
        (std::array::from_fn(row), row(ORDER))
    }
}

fn dot(numbers: &[i32; ORDER], weights: &[i64; ORDER]) -> i64 {
    numbers.iter().zip(weights).map(|(&number, weight)| i64::from(number) * weight).sum()
}

/// What integers divided give, towards zero, in less time: exact in f64, since both are below 2^53, so that a quotient
/// just below an integer is never rounded up to it. One beyond 32 bits is beyond all weights.
fn quotient(dividend: i64, divisor: i64) -> i64 {
    i64::from((dividend as f64 / divisor as f64) as i32)
}

/// The differences of two samples, side by side for each neighbour.
type Pair = [i16x8; 2 * EIGHTS];

/// The differences of a segment, those of each two samples together.
fn pairs(scaled: &[[i16x8; EIGHTS]; SEGMENT]) -> [Pair; SEGMENT / 2] {
    let mut pairs = [Pair::default(); SEGMENT / 2];
    for (pair, samples) in pairs.iter_mut().zip(scaled.chunks_exact(2)) {
        for (eight, halves) in pair.chunks_exact_mut(2).enumerate() {
            let [a, b] = [samples[0][eight].to_array(), samples[1][eight].to_array()];
            halves[0] = i16x8::new([a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]]);
            halves[1] = i16x8::new([a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]]);
        }
    }
    pairs
}

/// The two differences of a neighbour, four times.
#[inline(always)]
fn splat(pair: &Pair, neighbour: usize) -> i16x8 {
    cast(i32x4::splat(cast_ref::<Pair, [i32; 8 * EIGHTS]>(pair)[neighbour]))
}
