//! From symbols to latents, as `latentcodec.transform.quantisers` and `.gains` compute them.

use latentcodec_core::quantise::{Quantiser, Rule};
use latentcodec_core::tables::{Tables, VariableRate};

use crate::failure::Result;

/// What a file's symbols stand for.
#[derive(Debug, Clone, PartialEq)]
pub enum Levels {
    /// `gained`: the gain of each channel, by which symbols are divided.
    Gains(Vec<f32>),
    /// The quantisers with `b` bits: the latent of each of the `2^b` symbols.
    Values(Vec<f32>),
    /// Without loss: the symbols are the samples.
    Pixels,
}

impl Levels {
    /// Of a file with this quantiser and this side information; a `BundleError` if the tables lack what it needs.
    pub fn new(quantiser: Quantiser, side: &[f32], tables: &Tables) -> Result<Self> {
        let count = quantiser.levels();
        Ok(match (quantiser.rule(), side) {
            (Rule::VariableRate, _) => Self::Gains(gains(tables.variable_rate()?, quantiser.quality().unwrap_or(1.0))),
            (Rule::Lossless | Rule::Planes, _) => Self::Pixels,
            (Rule::VectorShared, _) => Self::Values(tables.entry(quantiser)?.codebook()?.to_vec()),
            (Rule::Max, &[high]) => Self::Values(centres(0.0, high, count)),
            (Rule::MinMax, &[low, high]) => Self::Values(centres(low, high, count)),
            (Rule::Vector | Rule::Max | Rule::MinMax, _) => Self::Values(side.to_vec()),
        })
    }

    /// The latent that a symbol of a channel stands for; a symbol that the quantiser does not have gives 0.
    pub fn latent(&self, channel: usize, symbol: i16) -> f32 {
        match self {
            Self::Gains(gains) => f32::from(symbol) / gains[channel],
            Self::Values(values) => usize::try_from(symbol).ok().and_then(|at| values.get(at)).copied().unwrap_or(0.0),
            Self::Pixels => f32::from(symbol),
        }
    }
}

/// The centres of so many equal bins, in float32 and in this order of operations.
fn centres(low: f32, high: f32, count: usize) -> Vec<f32> {
    (0..count).map(|symbol| (symbol as f32 + 0.5) / count as f32 * (high - low) + low).collect()
}

/// The gain of each channel at a quality of 1 to 100: logarithms are interpolated linearly between the levels.
fn gains(gained: &VariableRate, quality: f64) -> Vec<f32> {
    let (channels, logarithms) = (gained.channels(), gained.log_gains());
    let levels = logarithms.len() / channels;
    let place = (quality - 1.0) / 99.0 * (levels - 1) as f64;
    let below = (place as usize).min(levels - 2);
    let share = place - below as f64;
    let at = |level: usize, channel: usize| f64::from(logarithms[level * channels + channel]);
    (0..channels)
        .map(|channel| ((1.0 - share) * at(below, channel) + share * at(below + 1, channel)).exp() as f32)
        .collect()
}
