//! One pass over a stream, the same for the encoder, the decoder and the training.
//!
//! As Weinberger, Seroussi, Sapiro, "The LOCO-I lossless image compression algorithm" (2000), a symbol is coded as its
//! difference to an expectation, in contexts of its causal neighbours; here the expectation is the channel's commonest
//! symbol, and the contexts are mixed (Mahoney 2005, see [`crate::mixing`]).

use super::forecast::Forecast;
use super::layout::{Channel, INPUTS};
use super::neighbourhood::Neighbourhood;
use super::regression::{Expected, Regression};
use super::residual;
use super::state::ContextState;
use crate::Result;
use crate::mixing::{Binary, Place};
use crate::shape::Shape;

/// What is known of a plane before its symbols are: the contexts of its channel, and what is expected of each residual.
struct Plane<'a> {
    contexts: Channel,
    regression: Regression,
    forecast: &'a Forecast,
}

impl Plane<'_> {
    #[inline(always)]
    fn expected(&self, neighbourhood: &Neighbourhood, at: usize) -> Expected {
        self.forecast.expected(&self.regression, neighbourhood, at)
    }

    #[inline(always)]
    fn place(&self, neighbourhood: &Neighbourhood, at: usize, expected: Expected, partners: [i32; 2]) -> Place<INPUTS> {
        self.contexts.place(neighbourhood.neighbours(at), expected, partners)
    }
}

impl ContextState {
    /// Codes `symbols` and learns from them. An encoder leaves them as they are, a decoder overwrites them.
    pub(super) fn code<B: Binary>(
        &mut self,
        coder: &mut B,
        shape: Shape,
        band: usize,
        symbols: &mut [i16],
    ) -> Result<()> {
        let mut neighbourhood = Neighbourhood::new(shape.rows(), shape.columns())?;
        let mut forecast = Forecast::new(shape.channels(), neighbourhood.residuals().len())?;
        for picture in symbols.chunks_exact_mut(shape.picture()) {
            neighbourhood.start_picture();
            forecast.start_picture();
            let mut empty = false;
            for channel in 0..shape.channels() {
                let (earlier, rest) = picture.split_at_mut(channel * shape.plane());
                let symbols = &mut rest[..shape.plane()];
                let centre = self.centres[channel];
                let contexts = self.layout.channel(channel, band);
                let flag = &mut self.empty_planes[2 * contexts.pair + usize::from(empty)];
                empty = flag.code(coder, symbols.iter().all(|&symbol| symbol == centre))?;
                if empty {
                    symbols.fill(centre);
                    coder.end_plane();
                    continue;
                }
                let regression = self.regressions[channel];
                forecast.prepare(&regression, &neighbourhood);
                let plane = Plane { contexts, regression, forecast: &forecast };
                self.code_plane(coder, &plane, &mut neighbourhood, earlier, symbols)?;
                forecast.finish_plane(channel, &neighbourhood);
                neighbourhood.finish_plane();
                coder.end_plane();
            }
        }
        Ok(())
    }

    /// Codes the `symbols` of one channel that is not all centre; `earlier`: those of the channels before it.
    fn code_plane<B: Binary>(
        &mut self,
        coder: &mut B,
        plane: &Plane<'_>,
        neighbourhood: &mut Neighbourhood,
        earlier: &[i16],
        symbols: &mut [i16],
    ) -> Result<()> {
        let (channel, columns) = (plane.contexts.channel, neighbourhood.columns());
        let centre = i32::from(self.centres[channel]);
        let partners = self.partners[channel].map(|partner| {
            let partner = usize::from(partner);
            // The first channel has no earlier one.
            (earlier.get(partner * symbols.len()..).unwrap_or_default(), i32::from(self.centres[partner]))
        });
        for (row, line) in symbols.chunks_exact_mut(columns).enumerate() {
            for (column, symbol) in line.iter_mut().enumerate() {
                let at = neighbourhood.at(row, column);
                let partners = partners.map(|(plane, centre)| {
                    plane.get(row * columns + column).map_or(0, |&symbol| i32::from(symbol) - centre)
                });
                let residual = i32::from(*symbol) - centre;
                let expected = plane.expected(neighbourhood, at);
                // Where next to nothing is expected one counter will do, in a fraction of the time.
                let skip = expected.skip_level();
                let coded = match skip {
                    Some(level) => self.skips[plane.contexts.skip(level)].code(coder, residual != 0)?,
                    None => true,
                };
                let residual = if coded {
                    let place = plane.place(neighbourhood, at, expected, partners);
                    residual::code(&mut self.engine, &mut self.escapes, coder, &place, residual, skip.is_some())?
                } else {
                    0
                };
                // Only a stream that no encoder wrote leaves the range; it wraps.
                *symbol = (centre + residual) as i16;
                neighbourhood.put(at, residual);
            }
        }
        Ok(())
    }
}
