//! The parsed `tables.bin`, and how it is written.

use super::parts::{STATE, read_row, read_state, write_row, write_state};
use super::variable_rate::{self, VariableRate};
use crate::bytes::{Reader, VERSION, push_leb128, seal, unseal};
use crate::frequencies::normalise;
use crate::frequencies::{Rows, TOTAL};
use crate::models::context::ContextState;
use crate::pixels;
use crate::planes;
use crate::quantise::side_information;
use crate::quantise::{Quantiser, Rule};
use crate::{Error, Result};

const MAGIC: [u8; 4] = [b'L', b'T', b'T', VERSION];
/// The quantiser byte of the entry that holds the state of the coder of pixels.
const LOSSLESS: u8 = 0x50;
/// The same of the coder of planes.
const PLANES: u8 = 0x60;

/// What `fit` knows about one quantiser with a number of bits, to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The quantiser and its bits.
    pub quantiser: Quantiser,
    /// `2^b` centroids for `vector_shared`, sorted, each a float16; `None` for every other rule.
    pub codebook: Option<Vec<f32>>,
    /// Counts of training symbols, `2^b` per channel, channel by channel.
    pub counts: Vec<u64>,
    /// What the context coder starts from, if the quantiser is offered with it.
    pub state: Option<ContextState>,
}

/// The parsed tables of a bundle; immutable, to be shared between threads.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tables {
    entries: Vec<Entry>,
    variable_rate: Option<VariableRate>,
    lossless: Option<pixels::PixelState>,
    planes: Option<planes::PlanesState>,
}

/// The tables of one quantiser and number of bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    quantiser: Quantiser,
    codebook: Option<Vec<f32>>,
    rows: Rows,
    state: Option<ContextState>,
}

impl Tables {
    /// Reads `tables.bin`; [`Error::Bundle`] on anything wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes).map_err(|error| Error::Bundle(format!("tables.bin: {error}")))
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(unseal(bytes, MAGIC, "the file")?);
        reader.take(MAGIC.len())?;
        let count = reader.leb128()?;
        let mut tables = Self::default();
        let mut last = None;
        for _ in 0..count {
            let byte = reader.byte()?;
            let (kind, with_state) = (byte & !STATE, byte & STATE != 0);
            if last.is_some_and(|last| last >= kind) {
                return Err(Error::Format("the entries are not in ascending order".into()));
            }
            last = Some(kind);
            match (kind, Quantiser::from_byte(kind)) {
                (variable_rate::KIND, _) => tables.variable_rate = Some(VariableRate::read(&mut reader, with_state)?),
                (LOSSLESS, _) if !with_state => {
                    let length = reader.leb128()? as usize;
                    tables.lossless = Some(pixels::PixelState::from_bytes(reader.take(length)?)?);
                }
                (PLANES, _) if !with_state => {
                    let length = reader.leb128()? as usize;
                    tables.planes = Some(planes::PlanesState::from_bytes(reader.take(length)?)?);
                }
                (LOSSLESS.., _) | (_, None) => {
                    return Err(Error::Format(format!("{byte:#04x} is no quantiser of this version")));
                }
                (_, Some(quantiser)) => tables.entries.push(Entry::read(&mut reader, quantiser, with_state)?),
            }
        }
        reader.end()?;
        Ok(tables)
    }

    /// The bytes of `tables.bin`: counts are normalised to frequencies by [`normalise`], entries sorted.
    /// [`Error::Argument`] if two fits are for the same quantiser and bits or one has a wrong size or is for a variable
    /// rate or for pixels, which have entries of their own.
    ///
    /// ```
    /// use latentcodec_core::{quantise::Quantiser, tables::{Fit, Tables}};
    /// let quantiser = Quantiser::new(1, 1)?; // min_max, 1 bit
    /// let bytes = Tables::build(&[Fit { quantiser, codebook: None, counts: vec![3, 0, 1, 1], state: None }], None, None, None)?;
    /// let tables = Tables::parse(&bytes)?;
    /// assert_eq!(tables.entry(quantiser)?.rows().frequencies(), [57344, 8192, 32768, 32768]);
    /// # Ok::<(), latentcodec_core::Error>(())
    /// ```
    pub fn build(
        fits: &[Fit],
        variable_rate: Option<&VariableRate>,
        lossless: Option<&pixels::PixelState>,
        planes: Option<&planes::PlanesState>,
    ) -> Result<Vec<u8>> {
        let mut fits: Vec<&Fit> = fits.iter().collect();
        fits.sort_by_key(|fit| fit.quantiser);
        if fits.windows(2).any(|pair| pair[0].quantiser == pair[1].quantiser) {
            return Err(Error::Argument("two entries for the same quantiser and bits".into()));
        }
        let mut bytes = MAGIC.to_vec();
        let states =
            [(LOSSLESS, lossless.map(|state| state.to_bytes())), (PLANES, planes.map(|state| state.to_bytes()))];
        let states = states.into_iter().filter_map(|(kind, state)| Some((kind, state?)));
        let count = fits.len() + usize::from(variable_rate.is_some()) + states.clone().count();
        push_leb128(&mut bytes, count as u64)?;
        for fit in fits {
            fit.write(&mut bytes)?;
        }
        if let Some(variable_rate) = variable_rate {
            variable_rate.write(&mut bytes)?;
        }
        for (kind, state) in states {
            bytes.push(kind);
            push_leb128(&mut bytes, state.len() as u64)?;
            bytes.extend(state);
        }
        seal(&mut bytes);
        Ok(bytes)
    }

    /// The tables of one quantiser and number of bits; [`Error::Bundle`] if there are none.
    pub fn entry(&self, quantiser: Quantiser) -> Result<&Entry> {
        let found = self.entries.binary_search_by_key(&quantiser, |entry| entry.quantiser);
        let missing = |_| Error::Bundle(format!("the bundle has no tables for {quantiser}"));
        found.map(|index| &self.entries[index]).map_err(missing)
    }

    /// The gains and tables of the variable-rate quantiser; [`Error::Bundle`] if there are none.
    pub fn variable_rate(&self) -> Result<&VariableRate> {
        self.variable_rate.as_ref().ok_or_else(|| Error::Bundle("the bundle has no gains".into()))
    }

    /// What the coder of pixels starts from; [`Error::Bundle`] if the bundle has nothing for it.
    pub fn lossless(&self) -> Result<&pixels::PixelState> {
        self.lossless.as_ref().ok_or_else(|| Error::Bundle("the bundle has no state for lossless pictures".into()))
    }

    /// What the coder of planes starts from; [`Error::Bundle`] if the bundle has nothing for it.
    pub fn planes(&self) -> Result<&planes::PlanesState> {
        self.planes.as_ref().ok_or_else(|| Error::Bundle("the bundle has no state for pictures of planes".into()))
    }

    /// What the context coder of latents starts from; [`Error::Bundle`] if the bundle has nothing for it.
    pub fn state(&self, quantiser: Quantiser) -> Result<&ContextState> {
        let state = match quantiser.rule() {
            Rule::VariableRate => self.variable_rate()?.state(),
            _ => self.entry(quantiser)?.state.as_ref(),
        };
        state.ok_or_else(|| Error::Bundle(format!("the bundle has no coder's state for {quantiser}")))
    }
}

impl Fit {
    fn write(&self, bytes: &mut Vec<u8>) -> Result<()> {
        if self.quantiser.rule() == Rule::VariableRate || self.quantiser.rule().exact() {
            return Err(Error::Argument(format!("{} has no fit of counts", self.quantiser.rule())));
        }
        let levels = self.quantiser.levels();
        let shared = self.quantiser.rule() == Rule::VectorShared;
        if self.counts.is_empty() || !self.counts.len().is_multiple_of(levels) {
            return Err(Error::Argument(format!("counts must have the shape (channels, {levels})")));
        }
        if self.codebook.as_ref().map(Vec::len) != shared.then_some(levels) {
            return Err(Error::Argument("vector_shared takes a codebook of 2**bits values, no other rule does".into()));
        }
        let codebook = self.codebook.as_deref().unwrap_or_default();
        if let Some(violation) = side_information::violation(self.quantiser, codebook) {
            return Err(Error::Argument(format!("codebook: {violation}")));
        }
        let channels = self.counts.len() / levels;
        if self.state.as_ref().is_some_and(|state| state.channels() != channels) {
            return Err(Error::Argument(format!("the coder's state must be for {channels} channels")));
        }
        bytes.push(self.quantiser.byte() | if self.state.is_some() { STATE } else { 0 });
        push_leb128(bytes, channels as u64)?;
        bytes.extend(side_information::to_bytes(codebook)?);
        for counts in self.counts.chunks_exact(levels) {
            write_row(bytes, normalise(counts, TOTAL));
        }
        write_state(bytes, self.state.as_ref())
    }
}

impl Entry {
    fn read(reader: &mut Reader<'_>, quantiser: Quantiser, with_state: bool) -> Result<Self> {
        let channels = reader.leb128()? as usize;
        let levels = quantiser.levels();
        let codebook = match quantiser.rule() {
            Rule::VectorShared => Some(side_information::from_bytes(reader.take(2 * levels)?)),
            _ => None,
        };
        if let Some(violation) = side_information::violation(quantiser, codebook.as_deref().unwrap_or_default()) {
            return Err(Error::Format(format!("codebook: {violation}")));
        }
        if channels == 0 {
            return Err(Error::Format("an entry has no channels".into()));
        }
        // `take` fails on a length beyond the file, so what is allocated below is at most some 40 times the file.
        let frequencies = reader.take(channels.saturating_mul(2 * levels))?;
        let mut rows = Rows::new();
        for row in frequencies.chunks_exact(2 * levels) {
            read_row(&mut rows, row)?;
        }
        let state = if with_state { Some(read_state(reader, channels)?) } else { None };
        Ok(Self { quantiser, codebook, rows, state })
    }

    /// The shared codebook, `2^b` centroids; [`Error::Bundle`] if the rule has none.
    pub fn codebook(&self) -> Result<&[f32]> {
        self.codebook
            .as_deref()
            .ok_or_else(|| Error::Bundle(format!("{} has no codebook in the bundle", self.quantiser.rule())))
    }

    /// The frequencies, one row per latent channel.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }
}
