//! How a state comes to be: statistics of each channel first, then the coder reads the symbols.

use super::fitting::fit;
use super::layout::Layout;
use super::learner::Learner;
use super::prediction;
use super::sample::{Sample, TrainingStream};
use super::state::ContextState;
use crate::mixing::Listener;
use crate::{Error, Result};

/// Pictures that the search for partners looks at: its time grows with the square of the channels.
const SEARCHED: usize = 40;
/// Differences to the centre count as this at most there, so that no single one decides.
const LARGEST: i64 = 15;
/// Counters that saw fewer bits are not kept: a stream learns as much by itself as soon. For `photo` that is a third of
/// the state, and its files are as short without.
const RARE: u32 = 16;
/// Counters of a state count as so many bits at most, so that a picture soon has its own.
const MOST_SEEN: u32 = 12;
/// A channel is predicted if the sum of its errors is at most one in so many of that of its differences to the centre.
const WORTHWHILE: u64 = 2;

impl ContextState {
    /// The state of a coder that has read all samples, in their order: mix pictures and bands.
    /// [`Error::Argument`] if there are none, or if one does not fit its shape, the channels or the bands.
    pub fn train(channels: usize, bands: usize, samples: &[TrainingStream<'_>]) -> Result<Self> {
        let mut state = Self::new(Layout::new(channels, bands).map_err(|error| Error::Argument(error.to_string()))?);
        state.must_fit(samples)?;
        state.centres = (0..channels).map(|channel| commonest(samples, channel)).collect();
        state.predict_where_worthwhile(samples);
        let coded: Vec<_> = samples.iter().map(|sample| Sample::new(sample, &state.predicted)).collect();
        state.partners = partners(&coded, &state.centres);
        state.regressions = fit(&coded, &state.centres)?;
        state.learn(samples)?;
        Ok(state)
    }

    /// Finds the channels that are to be predicted.
    fn predict_where_worthwhile(&mut self, samples: &[TrainingStream<'_>]) {
        for channel in 0..self.channels() {
            let centre = i64::from(self.centres[channel]);
            let (mut differences, mut errors) = (0, 0);
            for (plane, columns) in samples.iter().flat_map(|sample| planes(sample, channel)) {
                differences += plane.iter().map(|&symbol| i64::from(symbol).abs_diff(centre)).sum::<u64>();
                errors += prediction::errors(plane, columns).map(|error| u64::from(error.unsigned_abs())).sum::<u64>();
            }
            if WORTHWHILE * errors < differences {
                (self.predicted[channel], self.centres[channel]) = (true, 0);
            }
        }
    }

    /// The state of a coder that had this one and has read more samples since, in their order; what it knows of each
    /// channel as a whole stays. [`Error::Argument`] as for [`ContextState::train`].
    pub fn continued(&self, samples: &[TrainingStream<'_>]) -> Result<Self> {
        self.must_fit(samples)?;
        let mut state = self.clone();
        state.learn(samples)?;
        Ok(state)
    }

    fn must_fit(&self, samples: &[TrainingStream<'_>]) -> Result<()> {
        let (channels, bands) = (self.channels(), self.bands());
        let fits = |sample: &TrainingStream<'_>| {
            sample.shape.channels() == channels && sample.band < bands && sample.symbols.len() == sample.shape.volume()
        };
        if samples.is_empty() || !samples.iter().all(fits) {
            return Err(Error::Argument(format!("training symbols of {channels} channels in {bands} bands expected")));
        }
        Ok(())
    }

    fn learn(&mut self, samples: &[TrainingStream<'_>]) -> Result<()> {
        let mut learner = Learner::new(self, self.channels());
        for sample in samples {
            learner.code(&mut Listener, sample.shape, sample.band, &mut sample.symbols.to_vec(), &[])?;
        }
        *self = learner.into_state();
        self.engine.forget_rare(RARE);
        self.engine.age(MOST_SEEN);
        self.escapes = self.escapes.map(|counter| counter.aged(MOST_SEEN));
        Ok(())
    }
}

/// The planes of a channel in all pictures of a sample, with their columns.
fn planes<'a>(sample: &TrainingStream<'a>, channel: usize) -> impl Iterator<Item = (&'a [i16], usize)> {
    let (shape, start) = (sample.shape, channel * sample.shape.plane());
    sample
        .symbols
        .chunks_exact(shape.picture())
        .map(move |picture| (&picture[start..][..shape.plane()], shape.columns()))
}

/// The commonest symbol of a channel, the smallest of several.
fn commonest(samples: &[TrainingStream<'_>], channel: usize) -> i16 {
    let mut counts = vec![0_u64; 1 << 16];
    for &symbol in samples.iter().flat_map(|sample| planes(sample, channel)).flat_map(|(plane, _)| plane) {
        counts[(i32::from(symbol) - i32::from(i16::MIN)) as usize] += 1;
    }
    let most = counts.iter().max();
    let index = counts.iter().position(|count| Some(count) == most).unwrap_or_default();
    (index as i32 + i32::from(i16::MIN)) as i16
}

/// For each channel the two earlier ones whose squared covariance with it, over their own variance, is the largest.
fn partners(samples: &[Sample<'_>], centres: &[i16]) -> Vec<[u16; 2]> {
    let channels = centres.len();
    let products = products(samples, centres);
    let explained = |channel: usize, earlier: usize| {
        let variance = products[earlier * channels + earlier].max(1);
        (i128::from(products[channel * channels + earlier]).pow(2) << 16) / i128::from(variance)
    };
    let best = |channel: usize| {
        let mut order: Vec<usize> = (0..channel).collect();
        order.sort_by_key(|&earlier| std::cmp::Reverse(explained(channel, earlier)));
        [0, 1].map(|rank| order.get(rank).or(order.first()).map_or(0, |&earlier| earlier as u16))
    };
    (0..channels).map(best).collect()
}

/// For each channel and each up to it the sum of the products of their residuals, from some pictures.
fn products(samples: &[Sample<'_>], centres: &[i16]) -> Vec<i64> {
    let channels = centres.len();
    let mut products = vec![0_i64; channels * channels];
    for Sample { shape, coded, .. } in samples.iter().step_by(samples.len().div_ceil(SEARCHED)) {
        let size = shape.plane();
        let picture = coded[..shape.picture()].iter().enumerate();
        let difference = |(index, &symbol): (usize, &i16)| i64::from(symbol) - i64::from(centres[index / size]);
        let small: Vec<i8> = picture.map(|place| difference(place).clamp(-LARGEST, LARGEST) as i8).collect();
        let plane = |channel: usize| &small[channel * size..][..size];
        for channel in 0..channels {
            for earlier in 0..=channel {
                let pairs = plane(channel).iter().zip(plane(earlier));
                let product: i64 = pairs.map(|(&one, &other)| i64::from(i16::from(one) * i16::from(other))).sum();
                products[channel * channels + earlier] += product;
            }
        }
    }
    products
}
