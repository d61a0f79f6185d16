//! Which values of earlier channels a channel's value is expected from.

use super::forecast::Forecast;
use super::regression::SOURCES;
use super::sample::Sample;
use super::stencil::{STENCILS, Source, Stencil};
use crate::Result;

/// Channels that are looked at: those behind are silent where much is told of the others.
const CANDIDATES: usize = 128;
/// Pictures that the search looks at.
const SEARCHED: usize = 60;
/// Residuals count as this at most, so that no single one decides.
const LARGEST: i16 = 15;

/// For each channel those stencils of earlier ones that each explain most of its residuals' energy: the square of their
/// inner product over the stencil's own energy.
pub fn sources(samples: &[&Sample<'_>], centres: &[i16]) -> Result<Vec<[Source; SOURCES]>> {
    let mut products = Products::none(centres.len());
    for sample in samples.iter().step_by(samples.len().div_ceil(SEARCHED)) {
        products.add(sample, centres)?;
    }
    Ok((0..centres.len()).map(|channel| products.best(channel)).collect())
}

/// Inner products over all samples.
struct Products {
    candidates: usize,
    /// Of each candidate's stencils, with themselves.
    energies: Vec<[i64; STENCILS]>,
    /// Of each channel's residuals and each candidate's stencils.
    shared: Vec<[i64; STENCILS]>,
}

impl Products {
    fn none(channels: usize) -> Self {
        let (candidates, none) = (channels.min(CANDIDATES), [0; STENCILS]);
        Self { candidates, energies: vec![none; candidates], shared: vec![none; channels * candidates] }
    }

    /// Adds those of a sample's first picture.
    fn add(&mut self, sample: &Sample<'_>, centres: &[i16]) -> Result<()> {
        let mut forecast = Forecast::new(sample.shape)?;
        for (channel, residuals) in sample.residuals(centres) {
            forecast.neighbourhood.fill(residuals);
            for candidate in (0..channel.min(self.candidates)).filter(|&candidate| forecast.knows(candidate)) {
                let shared = &mut self.shared[channel * self.candidates + candidate];
                add_products(shared, &forecast, candidate, |at, _| {
                    forecast.neighbourhood.residuals()[at].clamp(-LARGEST, LARGEST)
                });
            }
            forecast.finish_plane(channel, sample.levels(channel))?;
            if channel < self.candidates {
                add_products(&mut self.energies[channel], &forecast, channel, |_, value| value);
            }
        }
        Ok(())
    }

    fn best(&self, channel: usize) -> [Source; SOURCES] {
        let explained = |source: &Source| {
            let (candidate, number) = (usize::from(source.channel), source.stencil as usize);
            let shared = self.shared[channel * self.candidates + candidate][number] as f64;
            shared * shared / self.energies[candidate][number].max(1) as f64
        };
        let of = |candidate: usize| Stencil::ALL.map(|stencil| Source { channel: candidate as u16, stencil });
        let mut all: Vec<Source> = (0..channel.min(self.candidates)).flat_map(of).collect();
        all.sort_by(|one, other| explained(other).total_cmp(&explained(one)));
        std::array::from_fn(|rank| all.get(rank).copied().unwrap_or(Source::NONE))
    }
}

/// Adds the inner products of a channel's stencils and something that is told a position and the stencil's value.
fn add_products(sums: &mut [i64; STENCILS], forecast: &Forecast, channel: usize, other: impl Fn(usize, i16) -> i16) {
    let width = forecast.neighbourhood.width();
    for (sum, stencil) in sums.iter_mut().zip(Stencil::ALL) {
        let inside = forecast.neighbourhood.inside();
        let start = inside.start;
        stencil.apply(forecast.values(channel), inside, width, |index, value| {
            *sum += i64::from(i32::from(value) * i32::from(other(start + index, value)));
        });
    }
}
