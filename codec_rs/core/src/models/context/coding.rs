//! One pass over a stream, the same for the encoder, the decoder and the training.

use super::forecast::Forecast;
use super::layout::INPUTS;
use super::residual;
use super::state::State;
use super::surroundings::{Neighbours, Surroundings};
use crate::Result;
use crate::mixing::{Binary, Place};
use crate::shape::Shape;

impl State {
    /// Codes `symbols` and learns from them. An encoder leaves them as they are, a decoder overwrites them.
    pub(super) fn code<B: Binary>(
        &mut self,
        coder: &mut B,
        shape: Shape,
        band: usize,
        symbols: &mut [i16],
    ) -> Result<()> {
        let mut surroundings = Surroundings::new(shape.rows(), shape.columns())?;
        let mut forecast = Forecast::new(self.regressions.len(), surroundings.residuals().len())?;
        for picture in symbols.chunks_exact_mut(shape.picture()) {
            surroundings.start_picture();
            forecast.start_picture();
            let mut after_silence = false;
            for channel in 0..shape.channels() {
                let (earlier, rest) = picture.split_at_mut(channel * shape.plane());
                let plane = &mut rest[..shape.plane()];
                let centre = self.centres[channel];
                let silence =
                    &mut self.silences[2 * self.layout.channel(channel, band).pair + usize::from(after_silence)];
                after_silence = silence.code(coder, plane.iter().all(|&symbol| symbol == centre))?;
                if after_silence {
                    plane.fill(centre);
                } else {
                    let contexts = self.layout.channel(channel, band);
                    let (grid, planes) = (&mut surroundings, (&*earlier, plane));
                    match self.regressions.get(channel).copied() {
                        None => self.code_plane(coder, (channel, band), grid, planes, |grid, at, near, partners| {
                            contexts.by_energy(near, grid.energies(at), partners)
                        })?,
                        Some(regression) => {
                            forecast.prepare(&regression, grid);
                            self.code_plane(coder, (channel, band), grid, planes, |grid, at, near, partners| {
                                contexts.by_expected(near, forecast.expected(&regression, grid, at), partners)
                            })?;
                            forecast.finish_plane(channel, grid.residuals());
                        }
                    }
                    surroundings.finish_plane();
                }
            }
        }
        Ok(())
    }

    /// Codes one channel that is not all centre. `planes`: those before it and its own. `place`: where the symbol at a
    /// position has its counters and weights, from its neighbours and its two partners.
    fn code_plane<B: Binary>(
        &mut self,
        coder: &mut B,
        (channel, band): (usize, usize),
        surroundings: &mut Surroundings,
        (earlier, plane): (&[i16], &mut [i16]),
        place: impl Fn(&Surroundings, usize, Neighbours, [i32; 2]) -> Place<INPUTS>,
    ) -> Result<()> {
        let (pair, columns) = (self.layout.channel(channel, band).pair, surroundings.columns());
        let centre = i32::from(self.centres[channel]);
        let partners = self.partners[channel].map(|partner| {
            let partner = usize::from(partner);
            // The first channel has no earlier one.
            (earlier.get(partner * plane.len()..).unwrap_or_default(), i32::from(self.centres[partner]))
        });
        for (row, line) in plane.chunks_exact_mut(columns).enumerate() {
            for (column, slot) in line.iter_mut().enumerate() {
                let at = surroundings.at(row, column);
                let near = surroundings.neighbours(at);
                let partners = partners.map(|(plane, centre)| {
                    plane.get(row * columns + column).map_or(0, |&symbol| i32::from(symbol) - centre)
                });
                let wanted = i32::from(*slot) - centre;
                let place = || place(surroundings, at, near, partners);
                let found = if surroundings.calm(at) && near.silent() && partners[0] == 0 {
                    // Nothing anywhere: one counter will do, in a fraction of the time.
                    match self.calm[pair].code(coder, wanted != 0)? {
                        true => residual::code_nonzero(&mut self.engine, &mut self.escapes, coder, &place(), wanted)?,
                        false => 0,
                    }
                } else {
                    residual::code(&mut self.engine, &mut self.escapes, coder, &place(), wanted)?
                };
                // Only a stream that no encoder wrote leaves the range; it wraps.
                *slot = (centre + found) as i16;
                surroundings.put(at, found);
            }
        }
        Ok(())
    }
}
