//! One pass over a stream, the same for the encoder, the decoder and the training.
//!
//! As Weinberger, Seroussi, Sapiro, "The LOCO-I lossless image compression algorithm" (2000), a symbol is coded as its
//! difference to an expectation, in contexts of its causal neighbours; here the expectation is a prediction from these
//! where they are alike, elsewhere the channel's commonest symbol, and the contexts are mixed (Mahoney 2005, see
//! [`crate::mixing`]).

use super::forecast::Forecast;
use super::layout::{Channel, INPUTS};
use super::learner::Learner;
use super::prediction::Prediction;
use super::regression::{Expected, Regression};
use super::residual;
use crate::Result;
use crate::mixing::{Binary, Place};
use crate::shape::Shape;

/// What is known of a plane before its symbols are.
pub(super) struct Plane {
    pub contexts: Channel,
    pub regression: Regression,
    centre: i32,
    /// Whether its symbols are predicted from their neighbours.
    predicted: bool,
    /// The two earlier channels that tell most about this one.
    partners: [usize; 2],
}

/// Where a symbol stands.
#[derive(Clone, Copy)]
pub(super) struct Position {
    /// Its number in the neighbourhood.
    pub at: usize,
    /// What it is coded as the difference to.
    pub centre: i32,
    prediction: Option<Prediction>,
}

impl Plane {
    /// Where the symbol of this index stands, whose number in the neighbourhood is `at`.
    #[inline(always)]
    fn position(&self, at: usize, symbols: &[i16], columns: usize, index: usize) -> Position {
        let prediction = self.predicted.then(|| Prediction::new(symbols, columns, index));
        Position { at, centre: prediction.map_or(self.centre, |prediction| prediction.median), prediction }
    }

    /// Where a symbol of which this is expected has its counters and weights.
    #[inline(always)]
    pub fn place(&self, forecast: &Forecast, position: Position, expected: Expected) -> Place<INPUTS> {
        let partners = self.partners.map(|partner| forecast.residual(partner, position.at));
        let near = forecast.neighbourhood.neighbours(position.at);
        self.contexts.place(near, expected, partners, position.prediction)
    }
}

impl Learner<'_> {
    /// Codes `symbols` and learns from them. An encoder leaves them as they are but for those that it chooses others
    /// for, which it does where they have `remainders`; a decoder overwrites them.
    pub(super) fn code<B: Binary>(
        &mut self,
        coder: &mut B,
        shape: Shape,
        band: usize,
        symbols: &mut [i16],
        remainders: &[i8],
    ) -> Result<()> {
        let mut forecast = Forecast::new(shape)?;
        let mut remainders = remainders.chunks_exact(shape.plane());
        for picture in symbols.chunks_exact_mut(shape.picture()) {
            forecast.start_picture();
            let mut empty = false;
            for channel in 0..shape.channels() {
                let remainders = remainders.next().unwrap_or_default();
                let symbols = &mut picture[channel * shape.plane()..][..shape.plane()];
                empty = self.code_empty(coder, channel, band, empty, symbols)?;
                if empty {
                    coder.end_rows(shape.rows());
                    continue;
                }
                let contexts = self.channel(channel, band);
                self.code_plane(coder, contexts, &mut forecast, symbols, remainders)?;
            }
        }
        Ok(())
    }

    /// Codes whether a plane is all centre, and makes it so; `before`: whether the one before it was.
    fn code_empty<B: Binary>(
        &mut self,
        coder: &mut B,
        channel: usize,
        band: usize,
        before: bool,
        symbols: &mut [i16],
    ) -> Result<bool> {
        let centre = self.base.centres[channel];
        let flag = &mut self.empty_planes[2 * self.base.layout.pair(channel, band) + usize::from(before)];
        let empty = flag.code(coder, symbols.iter().all(|&symbol| symbol == centre))?;
        if empty {
            symbols.fill(centre);
        }
        Ok(empty)
    }

    /// Codes the `symbols` of one channel that is not all centre, with `remainders`, if there are any.
    fn code_plane<B: Binary>(
        &mut self,
        coder: &mut B,
        contexts: Channel,
        forecast: &mut Forecast,
        symbols: &mut [i16],
        remainders: &[i8],
    ) -> Result<()> {
        let plane = self.plane(contexts);
        forecast.prepare(&plane.regression);
        let columns = forecast.neighbourhood.columns();
        for row in 0..symbols.len() / columns {
            for (column, index) in (row * columns..(row + 1) * columns).enumerate() {
                let at = forecast.neighbourhood.at(row, column);
                let position = plane.position(at, symbols, columns, index);
                let mut residual = i32::from(symbols[index]) - position.centre;
                if let Some(&remainder) = remainders.get(index) {
                    residual = self.choice(&plane, forecast, position, residual, remainder);
                }
                let residual = self.code_residual(coder, &plane, forecast, position, residual)?;
                // Only a stream that no encoder wrote leaves the range; it wraps.
                symbols[index] = (position.centre + residual) as i16;
                forecast.neighbourhood.put(at, residual);
            }
            coder.end_rows(1);
        }
        forecast.finish_plane(contexts.channel, plane.predicted.then_some(symbols))
    }

    /// What is known of a channel's plane.
    fn plane(&self, contexts: Channel) -> Plane {
        let channel = contexts.channel;
        Plane {
            contexts,
            regression: self.base.regressions[channel],
            centre: self.base.centres[channel].into(),
            predicted: self.base.predicted[channel],
            partners: self.base.partners[channel].map(usize::from),
        }
    }

    /// Codes the residual at a position. Where next to nothing is expected and nothing comes, one counter will do, in a
    /// fraction of the time.
    #[inline(always)]
    fn code_residual<B: Binary>(
        &mut self,
        coder: &mut B,
        plane: &Plane,
        forecast: &Forecast,
        position: Position,
        residual: i32,
    ) -> Result<i32> {
        let expected = forecast.expected(&plane.regression, position.at);
        let skip = expected.skip_level();
        if let Some(level) = skip
            && !self.skips[plane.contexts.skip(level)].code(coder, residual != 0)?
        {
            return Ok(0);
        }
        let place = plane.place(forecast, position, expected);
        let place = (&plane.contexts, &place);
        residual::code(&mut self.engine, &mut self.escapes, coder, place, residual, skip.is_some())
    }
}
