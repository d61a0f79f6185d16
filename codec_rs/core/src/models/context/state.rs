//! What the context model has learnt, and its bytes.

use super::layout::{INPUTS, Layout};
use super::regression::Regression;
use super::residual::DOUBLINGS;
use super::stencil::earlier;
use crate::bytes::{Reader, push_leb128};
use crate::mixing::{Counter, Engine};
use crate::{Error, Result};

/// What a state has, its first byte; each kind has what the ones before it have. Training makes the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// No channel is predicted.
    Plain,
    /// It names the channels that are.
    Predicted,
    /// Regressions have sources.
    WithSources,
    /// Contexts take an expected value by its share of the expected magnitude, and negative residuals as mirror images.
    RelativeValues,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Plain, Self::Predicted, Self::WithSources, Self::RelativeValues];

    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let kind = reader.byte()?;
        let known = Self::ALL.get(usize::from(kind)).copied();
        known.ok_or_else(|| Error::Format(format!("its kind is {kind}, 0 to {} expected", Self::ALL.len() - 1)))
    }
}

/// Where a stream starts from: made by [`ContextState::train`], kept as [`ContextState::to_bytes`]. It takes 41 KB per
/// channel with eight bands of quality and 37 KB with one, and up to .3 MB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextState {
    pub(super) kind: Kind,
    pub(super) layout: Layout,
    /// The commonest symbol of each channel; what is coded is the difference to it.
    pub(super) centres: Vec<i16>,
    /// Whether what is coded of a channel are the differences to predictions instead. Its centre is 0.
    pub(super) predicted: Vec<bool>,
    /// For each channel the two earlier ones that tell most about it; 0 where there is none.
    pub(super) partners: Vec<[u16; 2]>,
    /// What is expected of each channel's residuals.
    pub(super) regressions: Vec<Regression>,
    pub(super) engine: Engine<INPUTS>,
    /// Flags of whether a channel is all centre: per channel and band, after a channel that was not and after one that
    /// was.
    pub(super) empty_planes: Vec<Counter>,
    /// Skip flags, of whether a residual that is expected to be next to nothing is not zero: per channel, band and
    /// level of how little is expected.
    pub(super) skips: Vec<Counter>,
    pub(super) escapes: [Counter; DOUBLINGS],
}

impl ContextState {
    /// Nothing learnt.
    pub(super) fn new(layout: Layout) -> Self {
        Self {
            kind: Kind::RelativeValues,
            layout,
            centres: vec![0; layout.channels],
            predicted: vec![false; layout.channels],
            partners: vec![[0; 2]; layout.channels],
            regressions: vec![Regression::NONE; layout.channels],
            engine: Engine::new(layout.slots(), layout.rows()),
            empty_planes: vec![Counter::NEW; 2 * layout.pairs()],
            skips: vec![Counter::NEW; layout.skips()],
            escapes: [Counter::NEW; DOUBLINGS],
        }
    }

    /// Latent channels.
    pub fn channels(&self) -> usize {
        self.layout.channels
    }

    /// Bands of quality.
    pub fn bands(&self) -> usize {
        self.layout.bands
    }

    /// Everything, without what was never used. Counters and weights lose their last bits, so the bytes of what is
    /// read back are the same, but a coder MUST start from what was read back.
    pub fn to_bytes(&self) -> Vec<u8> {
        let predicted: Vec<usize> = (0..self.channels()).filter(|&channel| self.predicted[channel]).collect();
        let mut bytes = vec![self.kind as u8];
        let numbers = [self.channels(), self.bands()].into_iter();
        for number in numbers.chain((self.kind >= Kind::Predicted).then_some(predicted.len())).chain(predicted) {
            push_leb128(&mut bytes, number as u64).expect("a layout's numbers are small");
        }
        bytes.extend(self.centres.iter().flat_map(|centre| centre.to_le_bytes()));
        bytes.extend(self.partners.iter().flatten().flat_map(|partner| partner.to_le_bytes()));
        for regression in &self.regressions {
            regression.write(&mut bytes, self.kind >= Kind::WithSources);
        }
        for counter in self.empty_planes.iter().chain(&self.skips).chain(&self.escapes) {
            bytes.extend(counter.to_bytes());
        }
        self.engine.write(&mut bytes);
        bytes
    }

    /// Reads what [`ContextState::to_bytes`] wrote; [`Error::Bundle`] on anything wrong. Asks for at most some 40 times
    /// the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes).map_err(|error| Error::Bundle(format!("the coder's state: {error}")))
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let kind = Kind::read(&mut reader)?;
        let (channels, bands) = (reader.leb128()? as usize, reader.leb128()? as usize);
        let layout = Layout::new(channels, bands)?;
        let predicted = match kind {
            Kind::Plain => vec![false; channels],
            _ => read_predicted(&mut reader, channels)?,
        };
        let centres = reader.take(2 * channels)?.as_chunks().0.iter().map(|&pair| i16::from_le_bytes(pair)).collect();
        let partners = (0..channels).map(|channel| read_partners(&mut reader, channel)).collect::<Result<_>>()?;
        let sources = kind >= Kind::WithSources;
        let regressions =
            (0..channels).map(|channel| Regression::read(&mut reader, channel, sources)).collect::<Result<_>>()?;
        let mut counters = |count: usize| (0..count).map(|_| Counter::read(&mut reader)).collect::<Result<Vec<_>>>();
        let (empty_planes, skips) = (counters(2 * layout.pairs())?, counters(layout.skips())?);
        let mut escapes = [Counter::NEW; DOUBLINGS];
        escapes.copy_from_slice(&counters(DOUBLINGS)?);
        let engine = Engine::read(&mut reader, layout.slots(), layout.rows())?;
        reader.end()?;
        Ok(Self { kind, layout, centres, predicted, partners, regressions, engine, empty_planes, skips, escapes })
    }
}

/// Which channels are predicted: how many, and their numbers, ascending; [`Error::Format`] if they are not.
fn read_predicted(reader: &mut Reader<'_>, channels: usize) -> Result<Vec<bool>> {
    let mut predicted = vec![false; channels];
    let (count, mut next) = (reader.leb128()?, 0);
    for _ in 0..count {
        let channel = reader.leb128()? as usize;
        if !(next..channels).contains(&channel) {
            return Err(Error::Format(format!("predicted channel {channel}: {next} to {} expected", channels - 1)));
        }
        (predicted[channel], next) = (true, channel + 1);
    }
    Ok(predicted)
}

/// The two partners of a channel; [`Error::Format`] if one does not come before it.
fn read_partners(reader: &mut Reader<'_>, channel: usize) -> Result<[u16; 2]> {
    Ok([earlier(reader.word()?, channel)?, earlier(reader.word()?, channel)?])
}
