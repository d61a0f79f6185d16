//! What [`Regression`] expects of every residual of a plane, and the earlier planes that it takes this from.

use super::neighbourhood::{Neighbourhood, zeros};
use super::regression::{Expected, FAST, MAGNITUDES, MEAN, NEAR, OF_VALUE, ONE, Regression, SLOW, SOURCE, VALUES, own};
use crate::Result;
use crate::shape::Shape;

/// Energies are sums of six with seven fractional bits; a term is such a sum in 16ths.
const DROPPED: u32 = 3;
const LEFT: u32 = 4;

/// The residuals of a picture so far, and what they let expect of the present channel. Takes 4 bytes per position of
/// every channel, 4 for one channel and those of a [`Neighbourhood`].
#[derive(Debug)]
pub struct Forecast {
    /// The present plane, and the energies of those before it.
    pub neighbourhood: Neighbourhood,
    /// Plane by plane, each with its margin.
    residuals: Vec<i16>,
    /// For each of them the sum of the four neighbours' magnitudes.
    rings: Vec<i16>,
    /// Whether there is nothing in a plane, so that it is not in `residuals`.
    empty: Vec<bool>,
    /// The symbols of predicted channels, in planes with margins; of others nothing.
    levels: Vec<Vec<i16>>,
    /// What is expected of the present plane but for its own neighbours.
    magnitudes: Vec<i32>,
    values: Vec<i32>,
}

impl Forecast {
    /// For pictures of this shape; [`crate::Error::Limit`] if there is no memory.
    pub fn new(shape: Shape) -> Result<Self> {
        let neighbourhood = Neighbourhood::new(shape.rows(), shape.columns())?;
        let (channels, positions) = (shape.channels(), neighbourhood.residuals().len());
        Ok(Self {
            neighbourhood,
            residuals: zeros(channels.saturating_mul(positions))?,
            rings: zeros(channels.saturating_mul(positions))?,
            empty: vec![true; channels],
            levels: vec![Vec::new(); channels],
            magnitudes: zeros(positions)?,
            values: zeros(positions)?,
        })
    }

    /// Forgets the picture before.
    pub fn start_picture(&mut self) {
        self.neighbourhood.start_picture();
        self.empty.fill(true);
    }

    /// Keeps a plane that is not empty, all positions put; `levels`: the symbols of a predicted one.
    /// [`crate::Error::Limit`] if there is no memory for these.
    pub fn finish_plane(&mut self, channel: usize, levels: Option<&[i16]>) -> Result<()> {
        self.neighbourhood.finish_plane();
        if let Some(symbols) = levels {
            self.levels[channel] = self.neighbourhood.framed(symbols)?;
        }
        let near = &self.neighbourhood;
        let (residuals, inside, width) = (near.residuals(), near.inside(), near.width());
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
        Ok(())
    }

    /// Sums for all positions of a plane what energies and earlier channels tell.
    pub fn prepare(&mut self, regression: &Regression) {
        self.prepare_magnitudes(regression);
        self.prepare_values(regression);
    }

    fn prepare_magnitudes(&mut self, regression: &Regression) {
        let Self { neighbourhood, residuals, rings, empty, magnitudes, .. } = self;
        let inside = neighbourhood.inside();
        let positions = magnitudes.len();
        let [slow, fast, mean] = [SLOW, FAST, MEAN].map(|term| i32::from(regression.magnitude[term]));
        for at in inside.clone() {
            let [steady, quick] = neighbourhood.sums(at).map(|sum| (sum >> DROPPED) as i32);
            magnitudes[at] = ((steady * slow + quick * fast) >> LEFT) + mean;
        }
        for (index, &partner) in regression.partners.iter().enumerate() {
            if empty[usize::from(partner)] {
                continue;
            }
            let start = usize::from(partner) * positions + inside.start;
            let (plane, rings) = (&residuals[start..][..inside.len()], &rings[start..][..inside.len()]);
            let weights = [0, 1].map(|more| regression.magnitude[NEAR + 2 * index + more]);
            add_partner(&mut magnitudes[inside.clone()], plane, rings, weights);
        }
    }

    fn prepare_values(&mut self, regression: &Regression) {
        let mut values = std::mem::take(&mut self.values);
        values.fill(0);
        let (inside, width) = (self.neighbourhood.inside(), self.neighbourhood.width());
        for (source, &weight) in regression.sources.iter().zip(&regression.value[SOURCE..]) {
            let channel = usize::from(source.channel);
            if weight != 0 && self.knows(channel) {
                let sums = &mut values[inside.clone()];
                source.stencil.apply(self.values(channel), inside.clone(), width, |index, value| {
                    sums[index] += product(value, weight);
                });
            }
        }
        self.values = values;
    }

    /// Whether a channel came already and was not empty.
    pub fn knows(&self, channel: usize) -> bool {
        !self.empty[channel]
    }

    /// What a channel's values are, which is known, as a plane with its margin: residuals or, in a predicted one,
    /// symbols.
    pub fn values(&self, channel: usize) -> &[i16] {
        let positions = self.magnitudes.len();
        match &self.levels[channel] {
            levels if levels.is_empty() => &self.residuals[channel * positions..][..positions],
            levels => levels,
        }
    }

    /// The residual of an earlier channel at a position, within 255.
    #[inline(always)]
    pub fn residual(&self, channel: usize, at: usize) -> i32 {
        if self.empty[channel] { 0 } else { self.residuals[channel * self.magnitudes.len() + at].into() }
    }

    /// What is expected of a residual, all before it put.
    #[inline(always)]
    pub fn expected(&self, regression: &Regression, at: usize) -> Expected {
        let expected = Expected { magnitude: self.magnitudes[at], value: self.values[at] };
        regression.with_neighbours(expected, own(&self.neighbourhood, at))
    }

    /// The terms of both sums at a position, for the weights to be fitted to.
    pub fn terms(&self, regression: &Regression, at: usize) -> ([f64; MAGNITUDES], [f64; VALUES]) {
        let values = self.value_terms(regression, at);
        let mut magnitudes = [0.0; MAGNITUDES];
        magnitudes[..NEAR].copy_from_slice(&own(&self.neighbourhood, at).map(|value| f64::from(value).abs()));
        for (index, partner) in regression.partners.map(usize::from).into_iter().enumerate() {
            if self.knows(partner) {
                let place = partner * self.magnitudes.len() + at;
                magnitudes[NEAR + 2 * index] = f64::from(self.residuals[place].abs());
                magnitudes[NEAR + 2 * index + 1] = f64::from(self.rings[place]);
            }
        }
        let sums = self.neighbourhood.sums(at).map(|sum| f64::from(sum >> DROPPED) / f64::from(1 << LEFT));
        let weighted = values.iter().zip(&regression.value).map(|(value, &weight)| value * f64::from(weight));
        let value = weighted.sum::<f64>() / f64::from(1 << ONE);
        (magnitudes[SLOW], magnitudes[FAST], magnitudes[MEAN]) = (sums[0], sums[1], 1.0);
        magnitudes[OF_VALUE] = value.abs();
        (magnitudes, values)
    }

    fn value_terms(&self, regression: &Regression, at: usize) -> [f64; VALUES] {
        let mut terms = [0.0; VALUES];
        terms[..SOURCE].copy_from_slice(&own(&self.neighbourhood, at).map(f64::from)[..SOURCE]);
        let width = self.neighbourhood.width();
        for (term, source) in terms[SOURCE..].iter_mut().zip(&regression.sources) {
            let channel = usize::from(source.channel);
            if self.knows(channel) {
                source.stencil.apply(self.values(channel), at..at + 1, width, |_, value| *term = f64::from(value));
            }
        }
        terms
    }
}

/// Adds what an earlier channel tells: its magnitude at each position, and the sum of those around it.
fn add_partner(magnitudes: &mut [i32], residuals: &[i16], rings: &[i16], [here, beside]: [i16; 2]) {
    for (magnitude, (&residual, &ring)) in magnitudes.iter_mut().zip(residuals.iter().zip(rings)) {
        *magnitude += product(residual.abs(), here) + product(ring, beside);
    }
}

/// A product of 16 bits each, which vectors of them have an instruction for.
#[inline(always)]
fn product(one: i16, other: i16) -> i32 {
    i32::from(one) * i32::from(other)
}

#[cfg(test)]
mod tests {
    use super::super::regression::{PARTNERS, SOURCES};
    use super::super::stencil::{Source, Stencil};
    use super::*;

    #[test]
    fn what_is_expected_is_the_sum_of_the_weighted_terms() {
        let mut seed = 1_u32;
        let mut number = |below: i32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((u64::from(seed) * below as u64) >> 32) as i32
        };
        let shape = Shape::new(1, 4, 5, 7).unwrap();
        let mut forecast = Forecast::new(shape).unwrap();
        // The second channel is empty.
        for channel in [0, 2, 3] {
            let regression = Regression {
                partners: [(); PARTNERS].map(|()| number(channel.max(1)) as u16),
                magnitude: [(); MAGNITUDES].map(|()| number(1 << 13) as i16),
                sources: [(); SOURCES].map(|()| Source {
                    channel: number(channel.max(1)) as u16,
                    stencil: Stencil::ALL[number(5) as usize],
                }),
                value: [(); VALUES].map(|()| number(1 << 13) as i16 - (1 << 12)),
            };
            forecast.prepare(&regression);
            for index in 0..shape.plane() {
                let at = forecast.neighbourhood.at(index / shape.columns(), index % shape.columns());
                assert_is_the_sum_of_the_terms(&forecast, &regression, at);
                forecast.neighbourhood.put(at, number(21) - 10);
            }
            forecast.finish_plane(channel as usize, None).unwrap();
        }
    }

    fn assert_is_the_sum_of_the_terms(forecast: &Forecast, regression: &Regression, at: usize) {
        let expected = forecast.expected(regression, at);
        let (magnitudes, values) = forecast.terms(regression, at);
        let sum = |terms: &[f64], weights: &[i16]| -> f64 {
            terms.iter().zip(weights).map(|(term, &weight)| term * f64::from(weight)).sum()
        };
        // But for the last four bits of the value, whose magnitude has a weight of up to two.
        assert!((f64::from(expected.magnitude) - sum(&magnitudes, &regression.magnitude)).abs() < 34.0);
        assert_eq!(f64::from(expected.value), sum(&values, &regression.value));
    }
}
