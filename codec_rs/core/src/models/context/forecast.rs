//! What [`Regression`] expects of every residual of a plane, and the earlier planes that it takes this from.

use super::regression::{Expected, MAGNITUDES, NEAR, Regression, VALUES, own};
use super::surroundings::{Surroundings, zeros};
use crate::Result;

/// Energies are sums of six with seven fractional bits; a term is such a sum in 16ths.
const DROPPED: u32 = 3;
const LEFT: u32 = 4;

/// The residuals of a picture's earlier channels, and what they let expect of the present one. Takes 2 bytes per
/// position of every channel and 8 for one channel.
#[derive(Debug)]
pub struct Forecast {
    /// Plane by plane, each with its margin.
    residuals: Vec<i16>,
    /// Whether there is nothing in a plane, so that it is not in `residuals`.
    silent: Vec<bool>,
    magnitudes: Vec<i32>,
    values: Vec<i32>,
}

impl Forecast {
    /// For so many channels of planes with this number of positions, margins included; [`crate::Error::Limit`] if there is no memory.
    pub fn new(channels: usize, positions: usize) -> Result<Self> {
        Ok(Self {
            residuals: zeros(channels.saturating_mul(positions))?,
            silent: vec![true; channels],
            magnitudes: zeros(positions)?,
            values: zeros(positions)?,
        })
    }

    /// Forgets the picture before.
    pub fn start_picture(&mut self) {
        self.silent.fill(true);
    }

    /// Keeps a plane that is not silent.
    pub fn finish_plane(&mut self, channel: usize, residuals: &[i16]) {
        let positions = residuals.len();
        self.residuals[channel * positions..][..positions].copy_from_slice(residuals);
        self.silent[channel] = false;
    }

    /// Sums for all positions of a plane what energies and earlier channels tell.
    pub fn prepare(&mut self, regression: &Regression, surroundings: &Surroundings) {
        let (inside, width) = (surroundings.inside(), surroundings.width());
        let Self { residuals, silent, magnitudes, values } = self;
        let positions = magnitudes.len();
        let [slow, fast, one] = [3, 2, 1].map(|back| i32::from(regression.magnitude[MAGNITUDES - back]));
        for at in inside.clone() {
            let [steady, quick] = surroundings.sums(at).map(|sum| (sum >> DROPPED) as i32);
            magnitudes[at] = ((steady * slow + quick * fast) >> LEFT) + one;
        }
        values[inside.clone()].fill(0);
        for (index, &partner) in regression.partners.iter().enumerate() {
            if silent[usize::from(partner)] {
                continue;
            }
            let plane = &residuals[usize::from(partner) * positions..][..positions];
            let [here, beside] = [0, 1].map(|more| regression.magnitude[NEAR + 2 * index + more]);
            let weight = regression.value[4 + index];
            let length = inside.len();
            let moved = |start: usize| &plane[start..][..length];
            let (centre, left, right) = (moved(inside.start), moved(inside.start - 1), moved(inside.start + 1));
            let (up, down) = (moved(inside.start - width), moved(inside.start + width));
            let (magnitudes, values) =
                (&mut magnitudes[inside.clone()][..length], &mut values[inside.clone()][..length]);
            for at in 0..length {
                let ring = left[at].abs() + right[at].abs() + up[at].abs() + down[at].abs();
                magnitudes[at] += product(centre[at].abs(), here) + product(ring, beside);
                values[at] += product(centre[at], weight);
            }
        }
    }

    /// What is expected of a residual, all before it put.
    #[inline(always)]
    pub fn expected(&self, regression: &Regression, surroundings: &Surroundings, at: usize) -> Expected {
        let others = Expected { magnitude: self.magnitudes[at], value: self.values[at] };
        regression.with_neighbours(others, surroundings.neighbours(at), surroundings.far(at))
    }

    /// The terms of both sums at a position, for the weights to be fitted to.
    pub fn terms(
        &self,
        regression: &Regression,
        surroundings: &Surroundings,
        at: usize,
    ) -> ([f64; MAGNITUDES], [f64; VALUES]) {
        let (positions, width) = (self.magnitudes.len(), surroundings.width());
        let (mut magnitudes, mut values) = ([0.0; MAGNITUDES], [0.0; VALUES]);
        let neighbours = own(surroundings.neighbours(at), surroundings.far(at)).map(f64::from);
        magnitudes[..NEAR].copy_from_slice(&neighbours.map(f64::abs));
        values[..4].copy_from_slice(&neighbours[..4]);
        for (index, partner) in regression.partners.map(usize::from).into_iter().enumerate() {
            if self.silent[partner] {
                continue;
            }
            let residual = |at: usize| f64::from(self.residuals[partner * positions + at]);
            magnitudes[NEAR + 2 * index] = residual(at).abs();
            magnitudes[NEAR + 2 * index + 1] =
                [at - 1, at + 1, at - width, at + width].map(|at| residual(at).abs()).iter().sum();
            values[4 + index] = residual(at);
        }
        let [slow, fast] = surroundings.sums(at).map(|sum| f64::from(sum >> DROPPED) / f64::from(1 << LEFT));
        magnitudes[MAGNITUDES - 3..].copy_from_slice(&[slow, fast, 1.0]);
        (magnitudes, values)
    }
}

/// A product of 16 bits each, which vectors of them have an instruction for.
#[inline(always)]
fn product(one: i16, other: i16) -> i32 {
    i32::from(one) * i32::from(other)
}
