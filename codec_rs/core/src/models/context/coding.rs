//! One pass over a stream, the same for the encoder, the decoder and the training.

use super::forecast::Forecast;
use super::layout::{Channel, INPUTS};
use super::neighbourhood::{Neighbours, Surroundings};
use super::regression::{Expected, Regression};
use super::residual;
use super::state::State;
use crate::Result;
use crate::mixing::{Binary, Place};
use crate::shape::Shape;

/// What a kind of state makes of what is known about a position.
trait View {
    /// What is worth computing once.
    type Sight: Copy;

    fn look(&self, surroundings: &Surroundings, at: usize) -> Self::Sight;

    /// If next to nothing is to come there, the number of the channel's counter for this. `partner`: the first
    /// partner's residual.
    fn calm(&self, sight: Self::Sight, surroundings: &Surroundings, at: usize, partner: i32) -> Option<usize>;

    /// Where the symbol has its counters and weights.
    fn place(&self, sight: Self::Sight, surroundings: &Surroundings, at: usize, partners: [i32; 2]) -> Place<INPUTS>;
}

/// That of [`super::Kind::Energy`].
struct Energetic(Channel);

impl View for Energetic {
    type Sight = Neighbours;

    #[inline(always)]
    fn look(&self, surroundings: &Surroundings, at: usize) -> Neighbours {
        surroundings.neighbours(at)
    }

    #[inline(always)]
    fn calm(&self, near: Neighbours, surroundings: &Surroundings, at: usize, partner: i32) -> Option<usize> {
        (surroundings.calm(at) && near.silent() && partner == 0).then_some(0)
    }

    #[inline(always)]
    fn place(&self, near: Neighbours, surroundings: &Surroundings, at: usize, partners: [i32; 2]) -> Place<INPUTS> {
        self.0.by_energy(near, surroundings.energies(at), partners)
    }
}

/// That of [`super::Kind::Regression`], with the forecast of a plane.
struct Regressive<'a> {
    channel: Channel,
    regression: Regression,
    forecast: &'a Forecast,
}

impl View for Regressive<'_> {
    type Sight = Expected;

    #[inline(always)]
    fn look(&self, surroundings: &Surroundings, at: usize) -> Expected {
        self.forecast.expected(&self.regression, surroundings, at)
    }

    #[inline(always)]
    fn calm(&self, expected: Expected, _: &Surroundings, _: usize, _: i32) -> Option<usize> {
        expected.calm()
    }

    #[inline(always)]
    fn place(&self, expected: Expected, surroundings: &Surroundings, at: usize, partners: [i32; 2]) -> Place<INPUTS> {
        self.channel.by_expected(surroundings.neighbours(at), expected, partners)
    }
}

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
                let contexts = self.layout.channel(channel, band);
                let silence = &mut self.silences[2 * contexts.pair + usize::from(after_silence)];
                after_silence = silence.code(coder, plane.iter().all(|&symbol| symbol == centre))?;
                if after_silence {
                    plane.fill(centre);
                } else {
                    let (grid, planes) = (&mut surroundings, (&*earlier, plane));
                    match self.regressions.get(channel) {
                        None => self.code_plane(coder, &Energetic(contexts), &contexts, grid, planes)?,
                        Some(&regression) => {
                            forecast.prepare(&regression, grid);
                            let view = Regressive { channel: contexts, regression, forecast: &forecast };
                            self.code_plane(coder, &view, &contexts, grid, planes)?;
                            forecast.finish_plane(channel, grid);
                        }
                    }
                    surroundings.finish_plane();
                }
            }
        }
        Ok(())
    }

    /// Codes one channel that is not all centre. `planes`: those before it and its own.
    fn code_plane<B: Binary>(
        &mut self,
        coder: &mut B,
        view: &impl View,
        contexts: &Channel,
        surroundings: &mut Surroundings,
        (earlier, plane): (&[i16], &mut [i16]),
    ) -> Result<()> {
        let (channel, columns) = (contexts.channel, surroundings.columns());
        let centre = i32::from(self.centres[channel]);
        let partners = self.partners[channel].map(|partner| {
            let partner = usize::from(partner);
            // The first channel has no earlier one.
            (earlier.get(partner * plane.len()..).unwrap_or_default(), i32::from(self.centres[partner]))
        });
        for (row, line) in plane.chunks_exact_mut(columns).enumerate() {
            for (column, slot) in line.iter_mut().enumerate() {
                let at = surroundings.at(row, column);
                let partners = partners.map(|(plane, centre)| {
                    plane.get(row * columns + column).map_or(0, |&symbol| i32::from(symbol) - centre)
                });
                let wanted = i32::from(*slot) - centre;
                let sight = view.look(surroundings, at);
                // Where next to nothing is to come one counter will do, in a fraction of the time.
                let calm = view.calm(sight, surroundings, at, partners[0]);
                let some = match calm {
                    Some(level) => self.calm[contexts.calm(level)].code(coder, wanted != 0)?,
                    None => true,
                };
                let found = if some {
                    let place = view.place(sight, surroundings, at, partners);
                    residual::code(&mut self.engine, &mut self.escapes, coder, &place, wanted, calm.is_some())?
                } else {
                    0
                };
                // Only a stream that no encoder wrote leaves the range; it wraps.
                *slot = (centre + found) as i16;
                surroundings.put(at, found);
            }
        }
        Ok(())
    }
}
