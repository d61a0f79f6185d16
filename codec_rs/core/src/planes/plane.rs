//! Codes the samples of one plane: each is predicted, the prediction corrected by the errors of its context, and what
//! remains, the residual, coded as binary decisions.
//!
//! The steps are those of CALIC (Wu and Memon 1997), with a prediction by least squares ([`super::least_squares`]) and
//! decisions mixed as in PAQ ([`super::mixer`]). `raw` is the prediction before its bias is cancelled and `predicted`
//! the one after, both with [`FRACTION`] fractional bits.

use super::adaptive::AdaptiveState;
use super::coded::CodedPlanes;
use super::contexts::Contexts;
use super::frame::Position;
use super::least_squares::{FRACTION, LeastSquares};
use super::neighbourhood::{LEVELS, Neighbourhood};
use super::picture::Dimensions;
use crate::mixing::Binary;
use crate::{Error, Result};

/// The coder of one plane.
#[derive(Debug)]
pub struct PlaneCoder<'a> {
    /// Planes of its group before it.
    index: usize,
    predictor: LeastSquares,
    state: &'a mut AdaptiveState,
}

impl<'a> PlaneCoder<'a> {
    /// For a plane of a picture with `index` planes before it, at most two; [`Error::Limit`] if there is no memory.
    pub fn new(index: usize, dimensions: Dimensions, state: &'a mut AdaptiveState) -> Result<Self> {
        let Dimensions { columns, clipped, .. } = dimensions;
        Ok(Self { index, predictor: LeastSquares::new(columns, clipped)?, state })
    }

    /// Ends a row.
    pub fn finish_row(&mut self) {
        self.predictor.finish_row();
    }

    /// Codes a sample of the plane, within `range`, and learns it. `target` is the sample if `coder` writes.
    /// [`Error::Format`] if no encoder wrote it.
    pub fn code<B: Binary>(
        &mut self,
        coder: &mut B,
        coded: &mut CodedPlanes,
        position: Position,
        range: [i32; 2],
        target: i32,
    ) -> Result<i32> {
        let [min, max] = range.map(|limit| limit << FRACTION);
        let neighbourhood = Neighbourhood::new(coded, self.index, position.at);
        let raw = self.predictor.predict(&coded.samples[..=self.index], position).clamp(min, max);
        let bias = neighbourhood.bias_context(raw >> FRACTION);
        let predicted = (raw + self.state.biases[bias].correction()).clamp(min, max);
        let contexts = Contexts::new(&neighbourhood, predicted, range);
        self.state.mixer.select(contexts.slots(), contexts.chosen());
        let residual = self.state.code_residual(coder, &neighbourhood, contexts.residual(target))?;
        let sample = check(contexts.sample(residual), range)?;
        self.state.biases[bias].update((sample << FRACTION) - raw);
        coded.errors[self.index].put(position.at, ((sample << FRACTION) - predicted) >> 2);
        coded.samples[self.index].put(position.at, sample);
        self.predictor.update(position, sample, SCALES[neighbourhood.level], neighbourhood.shift);
        Ok(sample)
    }
}

/// A sample that is within a range; else [`Error::Format`].
#[inline(always)]
pub fn check(sample: i32, [min, max]: [i32; 2]) -> Result<i32> {
    match (min..=max).contains(&sample) {
        true => Ok(sample),
        false => Err(Error::Format(format!("a sample of {sample}: {min} to {max} expected"))),
    }
}

/// By level of the error energy: what a sample counts in least squares, the reciprocal of that energy with 8 fractional
/// bits.
static SCALES: [i16; LEVELS] = {
    let mut scales = [0; LEVELS];
    let mut level = 0;
    while level < LEVELS {
        scales[level] = ([1024, 812, 645][level % 3] * 4) >> (level / 3);
        level += 1;
    }
    scales
};
