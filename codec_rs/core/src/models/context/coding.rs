//! One pass over a stream, the same for the encoder, the decoder and the training.
//!
//! As Weinberger, Seroussi, Sapiro, "The LOCO-I lossless image compression algorithm" (2000), a symbol is coded as its
//! difference to an expectation, in contexts of its causal neighbours; here the expectation is the channel's commonest
//! symbol, and the contexts are mixed (Mahoney 2005, see [`crate::mixing`]).

use super::forecast::Forecast;
use super::layout::{Channel, INPUTS};
use super::regression::{Expected, Regression};
use super::residual;
use super::state::ContextState;
use crate::Result;
use crate::mixing::{Binary, Place};
use crate::shape::Shape;

/// What is known of a plane before its symbols are.
pub(super) struct Plane<'a> {
    pub contexts: Channel,
    pub centre: i32,
    pub regression: Regression,
    /// The two earlier channels that tell most about this one.
    partners: [Partner<'a>; 2],
}

/// Where a symbol stands.
#[derive(Clone, Copy)]
pub(super) struct Position {
    /// Its number in the neighbourhood.
    pub at: usize,
    /// Its number in a plane.
    pub index: usize,
}

/// The symbols of an earlier channel; none beside the first channel.
struct Partner<'a> {
    symbols: &'a [i16],
    centre: i32,
}

impl Partner<'_> {
    #[inline(always)]
    fn residual(&self, index: usize) -> i32 {
        self.symbols.get(index).map_or(0, |&symbol| i32::from(symbol) - self.centre)
    }
}

impl Plane<'_> {
    /// Where a symbol of which this is expected has its counters and weights.
    #[inline(always)]
    pub fn place(&self, forecast: &Forecast, position: Position, expected: Expected) -> Place<INPUTS> {
        let [first, second] = &self.partners;
        let partners = [first.residual(position.index), second.residual(position.index)];
        self.contexts.place(forecast.neighbourhood.neighbours(position.at), expected, partners)
    }
}

impl ContextState {
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
                let (earlier, rest) = picture.split_at_mut(channel * shape.plane());
                let (contexts, symbols) = (self.layout.channel(channel, band), &mut rest[..shape.plane()]);
                empty = self.code_empty(coder, contexts, empty, symbols)?;
                match empty {
                    true => coder.end_rows(shape.rows()),
                    false => self.code_plane(coder, contexts, &mut forecast, earlier, symbols, remainders)?,
                }
            }
        }
        Ok(())
    }

    /// Codes whether a plane is all centre, and makes it so; `before`: whether the one before it was.
    fn code_empty<B: Binary>(
        &mut self,
        coder: &mut B,
        contexts: Channel,
        before: bool,
        symbols: &mut [i16],
    ) -> Result<bool> {
        let centre = self.centres[contexts.channel];
        let flag = &mut self.empty_planes[2 * contexts.pair + usize::from(before)];
        let empty = flag.code(coder, symbols.iter().all(|&symbol| symbol == centre))?;
        if empty {
            symbols.fill(centre);
        }
        Ok(empty)
    }

    /// Codes the `symbols` of one channel that is not all centre, with `remainders`, if there are any; `earlier`: the
    /// symbols of the channels before it.
    fn code_plane<B: Binary>(
        &mut self,
        coder: &mut B,
        contexts: Channel,
        forecast: &mut Forecast,
        earlier: &[i16],
        symbols: &mut [i16],
        remainders: &[i8],
    ) -> Result<()> {
        let plane = self.plane(contexts, earlier, symbols.len());
        forecast.prepare(&plane.regression);
        let columns = forecast.neighbourhood.columns();
        for (row, line) in symbols.chunks_exact_mut(columns).enumerate() {
            for (column, symbol) in line.iter_mut().enumerate() {
                let position = Position { at: forecast.neighbourhood.at(row, column), index: row * columns + column };
                let mut residual = i32::from(*symbol) - plane.centre;
                if let Some(&remainder) = remainders.get(position.index) {
                    residual = self.choice(&plane, forecast, position, residual, remainder);
                }
                let residual = self.code_residual(coder, &plane, forecast, position, residual)?;
                // Only a stream that no encoder wrote leaves the range; it wraps.
                *symbol = (plane.centre + residual) as i16;
                forecast.neighbourhood.put(position.at, residual);
            }
            coder.end_rows(1);
        }
        forecast.finish_plane(contexts.channel);
        Ok(())
    }

    /// What is known of a plane of so many symbols; `earlier`: those of the channels before it.
    fn plane<'a>(&self, contexts: Channel, earlier: &'a [i16], length: usize) -> Plane<'a> {
        let channel = contexts.channel;
        let partner = |partner: usize| Partner {
            symbols: earlier.get(partner * length..).unwrap_or_default(),
            centre: self.centres[partner].into(),
        };
        Plane {
            contexts,
            centre: self.centres[channel].into(),
            regression: self.regressions[channel],
            partners: self.partners[channel].map(usize::from).map(partner),
        }
    }

    /// Codes the residual at a position. Where next to nothing is expected and nothing comes, one counter will do, in a
    /// fraction of the time.
    #[inline(always)]
    fn code_residual<B: Binary>(
        &mut self,
        coder: &mut B,
        plane: &Plane<'_>,
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
        residual::code(&mut self.engine, &mut self.escapes, coder, &place, residual, skip.is_some())
    }
}
