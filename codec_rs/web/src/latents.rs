//! From symbols to latents, as `latentcodec.transform.quantisers` and `.gains` compute them.

use latentcodec_core::quantise::{Quantiser, Rule};
use latentcodec_core::tables::{Tables, VariableRate};

use crate::failure::Result;
use crate::importance::Importance;

/// What a file's symbols stand for.
#[derive(Debug, Clone, PartialEq)]
pub enum Levels {
    /// `gained`: the gains by which symbols are divided.
    Gains(Gains),
    /// The quantisers with `b` bits: the latent of each of the `2^b` symbols.
    Values(Vec<f32>),
    /// Without loss: the symbols are the samples.
    Pixels,
}

impl Levels {
    /// Of a file with this quantiser, this side information and this importance map; a `BundleError` if the tables lack
    /// what it needs.
    pub fn new(quantiser: Quantiser, side: &[f32], tables: &Tables, importance: Option<Importance>) -> Result<Self> {
        let count = quantiser.levels();
        Ok(match (quantiser.rule(), side) {
            (Rule::VariableRate, _) => {
                Self::Gains(Gains::new(tables.variable_rate()?, quantiser.quality().unwrap_or(1.0), importance))
            }
            (Rule::Lossless | Rule::Planes, _) => Self::Pixels,
            (Rule::VectorShared, _) => Self::Values(tables.entry(quantiser)?.codebook()?.to_vec()),
            (Rule::Max, &[high]) => Self::Values(centres(0.0, high, count)),
            (Rule::MinMax, &[low, high]) => Self::Values(centres(low, high, count)),
            (Rule::Vector | Rule::Max | Rule::MinMax, _) => Self::Values(side.to_vec()),
        })
    }

    /// The latent that a symbol of a channel stands for, at this row and column; a symbol that the quantiser does not
    /// have gives 0.
    pub fn latent(&self, channel: usize, row: usize, column: usize, symbol: i16) -> f32 {
        match self {
            Self::Gains(gains) => f32::from(symbol) / gains.at(row, column)[channel],
            Self::Values(values) => usize::try_from(symbol).ok().and_then(|at| values.get(at)).copied().unwrap_or(0.0),
            Self::Pixels => f32::from(symbol),
        }
    }
}

/// The centres of so many equal bins, in float32 and in this order of operations.
fn centres(low: f32, high: f32, count: usize) -> Vec<f32> {
    (0..count).map(|symbol| (symbol as f32 + 0.5) / count as f32 * (high - low) + low).collect()
}

/// The gains of a file: of its quality, and of those that its importance map asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Gains {
    /// Of each channel, for each offset of the quality, as a byte; empty where no cell has it.
    by_offset: Vec<Vec<f32>>,
    importance: Option<Importance>,
}

impl Gains {
    fn new(gained: &VariableRate, quality: f64, importance: Option<Importance>) -> Self {
        let mut by_offset = vec![Vec::new(); 256];
        for &offset in importance.as_ref().map_or(&[0][..], Importance::offsets) {
            let gains_there = &mut by_offset[usize::from(offset as u8)];
            if gains_there.is_empty() {
                *gains_there = gains(gained, (quality + f64::from(offset)).clamp(1.0, 100.0));
            }
        }
        Self { by_offset, importance }
    }

    /// Of each channel at a latent.
    fn at(&self, row: usize, column: usize) -> &[f32] {
        let offset = self.importance.as_ref().map_or(0, |importance| importance.at(row, column));
        &self.by_offset[usize::from(offset as u8)]
    }
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
