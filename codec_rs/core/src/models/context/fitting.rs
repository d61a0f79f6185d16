//! How a [`Regression`] comes to be.

use super::forecast::Forecast;
use super::neighbourhood::LARGEST;
use super::pursuit::partners;
use super::regression::{FAST, MAGNITUDES, ONE, PARTNERS, Regression, SOURCES, VALUES};
use super::sample::Sample;
use super::sources::sources;
use super::stencil::Source;
use crate::Result;

/// Positions that are looked at, in evenly chosen samples.
const POSITIONS: usize = 200_000;
/// Rounds of weighted least squares.
const ROUNDS: usize = 3;
/// The least magnitude that counts: below, where next to nothing is to come, no context knows it.
const LEAST: f64 = 0.125;
/// Added to a magnitude before it weighs anything.
const FLOOR: f64 = 0.1;
/// Sweeps of Gauss and Seidel.
const SWEEPS: usize = 1000;
/// Largest weight.
const MOST: f64 = 7.9;

/// The regression of every channel. Magnitudes are those of a Laplacian, whose likeliest scale minimises
/// log s + |x| / s: a weighted least-squares problem with weights 1 / s^2, of the s of the round before. Values have
/// the same weights. Sums of f64 in a fixed order, and nothing but + - * / of them: the same on every platform.
pub fn fit(samples: &[Sample<'_>], centres: &[i16]) -> Result<Vec<Regression>> {
    let positions: usize = samples.iter().map(|sample| sample.shape.plane()).sum();
    let some: Vec<_> = samples.iter().step_by(positions.div_ceil(POSITIONS)).collect();
    let chosen = partners(&some, centres).into_iter().zip(sources(&some, centres)?);
    let mut regressions: Vec<_> = chosen.map(|(partners, sources)| start(partners, sources)).collect();
    for _ in 0..ROUNDS {
        let mut squares = vec![(Squares::NONE, Squares::NONE); centres.len()];
        for sample in &some {
            gather(sample, centres, &regressions, &mut squares)?;
        }
        for (regression, (magnitude, value)) in regressions.iter_mut().zip(&squares) {
            regression.magnitude = magnitude.solved(0.0);
            regression.value = value.solved(-MOST);
        }
    }
    Ok(regressions)
}

/// Half of the fast energy and of the neighbours' mean, to begin with.
fn start(partners: [u16; PARTNERS], sources: [Source; SOURCES]) -> Regression {
    let mut regression = Regression { partners, sources, ..Regression::NONE };
    regression.magnitude[..4].fill(1 << (ONE - 3));
    regression.magnitude[FAST] = (1 << ONE) / 12;
    regression
}

/// Adds a sample's first picture to the squares of all channels.
fn gather(
    sample: &Sample<'_>,
    centres: &[i16],
    regressions: &[Regression],
    squares: &mut [(Squares<MAGNITUDES>, Squares<VALUES>)],
) -> Result<()> {
    let mut forecast = Forecast::new(sample.shape)?;
    for (channel, residuals) in sample.residuals(centres) {
        gather_plane(&mut forecast, &regressions[channel], residuals, &mut squares[channel]);
        forecast.finish_plane(channel, sample.levels(channel))?;
    }
    Ok(())
}

/// Adds what is known at every position of a plane, and its residual.
fn gather_plane(
    forecast: &mut Forecast,
    regression: &Regression,
    residuals: impl Iterator<Item = i32>,
    (magnitude_squares, value_squares): &mut (Squares<MAGNITUDES>, Squares<VALUES>),
) {
    forecast.prepare(regression);
    let columns = forecast.neighbourhood.columns();
    for (index, residual) in residuals.enumerate() {
        let at = forecast.neighbourhood.at(index / columns, index % columns);
        let scale = f64::from(forecast.expected(regression, at).magnitude.max(0)) / f64::from(1 << ONE);
        if scale > LEAST {
            let weight = 1.0 / ((scale + FLOOR) * (scale + FLOOR));
            let (magnitudes, values) = forecast.terms(regression, at);
            let target = residual.clamp(-LARGEST, LARGEST);
            magnitude_squares.add(&magnitudes, f64::from(target.abs()), weight);
            value_squares.add(&values, f64::from(target), weight);
        }
        forecast.neighbourhood.put(at, residual);
    }
}

/// Normal equations.
#[derive(Debug, Clone)]
struct Squares<const N: usize> {
    products: [[f64; N]; N],
    right: [f64; N],
}

impl<const N: usize> Squares<N> {
    const NONE: Self = Self { products: [[0.0; N]; N], right: [0.0; N] };

    /// Terms, the larger half of the matrix alone.
    fn add(&mut self, terms: &[f64; N], target: f64, weight: f64) {
        for row in 0..N {
            let weighted = terms[row] * weight;
            if weighted != 0.0 {
                for (product, term) in self.products[row][..=row].iter_mut().zip(terms) {
                    *product += weighted * term;
                }
                self.right[row] += weighted * target;
            }
        }
    }

    /// The weights, none below `least`, by Gauss and Seidel.
    fn solved(&self, least: f64) -> [i16; N] {
        let product = |row: usize, column: usize| self.products[row.max(column)][row.min(column)];
        let mut weights = [0.0; N];
        for row in (0..N).cycle().take(SWEEPS * N).filter(|&row| product(row, row) > 0.0) {
            let sum: f64 = (0..N).map(|column| product(row, column) * weights[column]).sum();
            let step = (self.right[row] - sum) / (1.0001 * product(row, row));
            weights[row] = (weights[row] + step).clamp(least, MOST);
        }
        weights.map(|weight| (weight * f64::from(1 << ONE)).round() as i16)
    }
}
