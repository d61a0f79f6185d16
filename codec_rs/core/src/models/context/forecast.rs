//! What [`Regression`] expects of every residual of a plane, and the earlier planes that it takes this from.

use super::neighbourhood::{Neighbourhood, zeros};
use super::regression::{Expected, MAGNITUDES, NEAR, Regression, VALUES, own};
use crate::Result;

/// Energies are sums of six with seven fractional bits; a term is such a sum in 16ths.
const DROPPED: u32 = 3;
const LEFT: u32 = 4;

/// The residuals of a picture's earlier channels, and what they let expect of the present one. Takes 4 bytes per
/// position of every channel and 4 for one channel.
#[derive(Debug)]
pub struct Forecast {
    /// Plane by plane, each with its margin.
    residuals: Vec<i16>,
    /// For each of them the sum of the four neighbours' magnitudes.
    rings: Vec<i16>,
    /// Whether there is nothing in a plane, so that it is not in `residuals`.
    empty: Vec<bool>,
    /// What is expected of the present plane but for its own neighbours.
    magnitudes: Vec<i32>,
}

impl Forecast {
    /// For so many channels of planes with this number of positions, margins included; [`crate::Error::Limit`] if there
    /// is no memory.
    pub fn new(channels: usize, positions: usize) -> Result<Self> {
        Ok(Self {
            residuals: zeros(channels.saturating_mul(positions))?,
            rings: zeros(channels.saturating_mul(positions))?,
            empty: vec![true; channels],
            magnitudes: zeros(positions)?,
        })
    }

    /// Forgets the picture before.
    pub fn start_picture(&mut self) {
        self.empty.fill(true);
    }

    /// Keeps a plane that is not empty.
    pub fn finish_plane(&mut self, channel: usize, neighbourhood: &Neighbourhood) {
        let (residuals, inside, width) = (neighbourhood.residuals(), neighbourhood.inside(), neighbourhood.width());
        let (positions, length) = (residuals.len(), inside.len());
        self.residuals[channel * positions..][..positions].copy_from_slice(residuals);
        let moved = |start: usize| &residuals[start..][..length];
        let (left, right) = (moved(inside.start - 1), moved(inside.start + 1));
        let (up, down) = (moved(inside.start - width), moved(inside.start + width));
        let rings = &mut self.rings[channel * positions + inside.start..][..length];
        for at in 0..length {
            rings[at] = left[at].abs() + right[at].abs() + up[at].abs() + down[at].abs();
        }
        self.empty[channel] = false;
    }

    /// Sums for all positions of a plane what energies and earlier channels tell.
    pub fn prepare(&mut self, regression: &Regression, neighbourhood: &Neighbourhood) {
        let inside = neighbourhood.inside();
        let Self { residuals, rings, empty, magnitudes } = self;
        let positions = magnitudes.len();
        let [slow, fast, one] = [3, 2, 1].map(|back| i32::from(regression.magnitude[MAGNITUDES - back]));
        for at in inside.clone() {
            let [steady, quick] = neighbourhood.sums(at).map(|sum| (sum >> DROPPED) as i32);
            magnitudes[at] = ((steady * slow + quick * fast) >> LEFT) + one;
        }
        for (index, &partner) in regression.partners.iter().enumerate() {
            if empty[usize::from(partner)] {
                continue;
            }
            let start = usize::from(partner) * positions + inside.start;
            let (plane, rings) = (&residuals[start..][..inside.len()], &rings[start..][..inside.len()]);
            let [here, beside] = [0, 1].map(|more| regression.magnitude[NEAR + 2 * index + more]);
            for (magnitude, (&residual, &ring)) in magnitudes[inside.clone()].iter_mut().zip(plane.iter().zip(rings)) {
                *magnitude += product(residual.abs(), here) + product(ring, beside);
            }
        }
    }

    /// What is expected of a residual, all before it put.
    #[inline(always)]
    pub fn expected(&self, regression: &Regression, neighbourhood: &Neighbourhood, at: usize) -> Expected {
        regression.with_neighbours(self.magnitudes[at], own(neighbourhood, at))
    }

    /// The terms of both sums at a position, for the weights to be fitted to.
    pub fn terms(
        &self,
        regression: &Regression,
        neighbourhood: &Neighbourhood,
        at: usize,
    ) -> ([f64; MAGNITUDES], [f64; VALUES]) {
        let (mut magnitudes, mut values) = ([0.0; MAGNITUDES], [0.0; VALUES]);
        let neighbours = own(neighbourhood, at).map(f64::from);
        magnitudes[..NEAR].copy_from_slice(&neighbours.map(f64::abs));
        values.copy_from_slice(&neighbours[..VALUES]);
        for (index, partner) in regression.partners.map(usize::from).into_iter().enumerate() {
            if self.empty[partner] {
                continue;
            }
            let place = partner * self.magnitudes.len() + at;
            magnitudes[NEAR + 2 * index] = f64::from(self.residuals[place].abs());
            magnitudes[NEAR + 2 * index + 1] = f64::from(self.rings[place]);
        }
        let [slow, fast] = neighbourhood.sums(at).map(|sum| f64::from(sum >> DROPPED) / f64::from(1 << LEFT));
        magnitudes[MAGNITUDES - 3..].copy_from_slice(&[slow, fast, 1.0]);
        (magnitudes, values)
    }
}

/// A product of 16 bits each, which vectors of them have an instruction for.
#[inline(always)]
fn product(one: i16, other: i16) -> i32 {
    i32::from(one) * i32::from(other)
}

#[cfg(test)]
mod tests {
    use super::super::regression::PARTNERS;
    use super::*;

    #[test]
    fn what_is_expected_is_the_sum_of_the_weighted_terms() {
        let mut seed = 1_u32;
        let mut number = |below: i32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((u64::from(seed) * below as u64) >> 32) as i32
        };
        let (rows, columns, channels) = (5, 7, 4);
        let mut neighbourhood = Neighbourhood::new(rows, columns).unwrap();
        let mut forecast = Forecast::new(channels, neighbourhood.residuals().len()).unwrap();
        for channel in 0..channels {
            let regression = Regression {
                partners: [(); PARTNERS].map(|()| number(channel.max(1) as i32) as u16),
                magnitude: [(); MAGNITUDES].map(|()| number(1 << 13) as i16),
                value: [(); VALUES].map(|()| number(1 << 13) as i16 - (1 << 12)),
            };
            forecast.prepare(&regression, &neighbourhood);
            for index in 0..rows * columns {
                let at = neighbourhood.at(index / columns, index % columns);
                let expected = forecast.expected(&regression, &neighbourhood, at);
                let (magnitudes, values) = forecast.terms(&regression, &neighbourhood, at);
                let sum = |terms: &[f64], weights: &[i16]| -> f64 {
                    terms.iter().zip(weights).map(|(term, &weight)| term * f64::from(weight)).sum()
                };
                assert_eq!(f64::from(expected.magnitude), sum(&magnitudes, &regression.magnitude).floor());
                assert_eq!(f64::from(expected.value), sum(&values, &regression.value));
                neighbourhood.put(at, number(21) - 10);
            }
            neighbourhood.finish_plane();
            // The second channel is empty.
            if channel != 1 {
                forecast.finish_plane(channel, &neighbourhood);
            }
        }
    }
}
