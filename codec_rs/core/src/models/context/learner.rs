//! What a stream has learnt so far: a state's slots, copied when their channel is needed.

use super::layout::{Channel, INPUTS};
use super::residual::DOUBLINGS;
use super::state::{ContextState, Kind};
use crate::mixing::{Counter, Engine};

/// A coder that starts from a state. At low qualities most channels are empty, and their slots stay where they are: a
/// whole state takes up to 43 MB.
pub(super) struct Learner<'a> {
    pub base: &'a ContextState,
    /// The shared slots, then those of channels in the order in which they were needed.
    pub engine: Engine<INPUTS>,
    /// Where those of each channel begin.
    starts: Vec<Option<usize>>,
    pub empty_planes: Vec<Counter>,
    pub skips: Vec<Counter>,
    pub escapes: [Counter; DOUBLINGS],
}

impl<'a> Learner<'a> {
    /// Of the first channels of a state, which look at no later ones.
    pub fn new(base: &'a ContextState, channels: usize) -> Self {
        let layout = base.layout.first(channels);
        let mut engine = base.engine.without_slots(layout.rows(), layout.slots());
        engine.append(&base.engine, [base.layout.shared_slots()]);
        Self {
            base,
            engine,
            starts: vec![None; channels],
            empty_planes: base.empty_planes[..2 * layout.pairs()].to_vec(),
            skips: base.skips[..layout.skips()].to_vec(),
            escapes: base.escapes,
        }
    }

    /// The contexts of a channel in a band.
    pub fn channel(&mut self, channel: usize, band: usize) -> Channel {
        let layout = self.base.layout;
        let start = *self.starts[channel]
            .get_or_insert_with(|| self.engine.append(&self.base.engine, layout.slots_of(channel)));
        layout.channel(channel, band, start, self.base.kind == Kind::RelativeValues)
    }

    /// The state that it was, with all that was learnt since.
    pub fn into_state(self) -> ContextState {
        let Self { base, engine, starts, empty_planes, skips, escapes } = self;
        let mut state = ContextState { empty_planes, skips, escapes, ..base.clone() };
        state.engine.replace(base.layout.shared_slots(), &engine, 0);
        for (channel, start) in starts.into_iter().enumerate() {
            let Some(mut from) = start else { continue };
            for range in base.layout.slots_of(channel) {
                from = state.engine.replace(range, &engine, from);
            }
        }
        state.engine.copy_rows(&engine);
        state
    }
}
