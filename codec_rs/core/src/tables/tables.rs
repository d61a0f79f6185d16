//! The parsed `tables.bin`, and how it is written.

use super::parts::{STATE, read_row, read_state, write_row, write_state};
use super::variable_rate::{self, Stream, VariableRate};
use crate::bytes::{Reader, VERSION, push_leb128, push_sized, seal, unseal};
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
        let mut tables = Self::default();
        let mut last = None;
        for _ in 0..reader.leb128()? {
            let byte = reader.byte()?;
            if last.is_some_and(|last| last >= byte & !STATE) {
                return Err(Error::Format("the entries are not in ascending order".into()));
            }
            last = Some(byte & !STATE);
            tables.read_entry(&mut reader, byte)?;
        }
        reader.end()?;
        Ok(tables)
    }

    /// Reads the entry that this quantiser byte begins.
    fn read_entry(&mut self, reader: &mut Reader<'_>, byte: u8) -> Result<()> {
        let (kind, with_state) = (byte & !STATE, byte & STATE != 0);
        match (kind, Quantiser::from_byte(kind)) {
            (variable_rate::KIND, _) => self.variable_rate = Some(VariableRate::read(reader, with_state)?),
            (LOSSLESS, _) if !with_state => self.lossless = Some(pixels::PixelState::from_bytes(reader.sized()?)?),
            (PLANES, _) if !with_state => self.planes = Some(planes::PlanesState::from_bytes(reader.sized()?)?),
            (LOSSLESS.., _) | (_, None) => {
                return Err(Error::Format(format!("{byte:#04x} is no quantiser of this version")));
            }
            (_, Some(quantiser)) => self.entries.push(Entry::read(reader, quantiser, with_state)?),
        }
        Ok(())
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
        let mut entries = sorted(fits)?.into_iter().map(Fit::to_bytes).collect::<Result<Vec<_>>>()?;
        entries.extend(variable_rate.map(VariableRate::to_bytes).transpose()?);
        entries.extend(lossless.map(|state| state_entry(LOSSLESS, &state.to_bytes())).transpose()?);
        entries.extend(planes.map(|state| state_entry(PLANES, &state.to_bytes())).transpose()?);
        let mut bytes = MAGIC.to_vec();
        push_leb128(&mut bytes, entries.len() as u64)?;
        bytes.extend(entries.concat());
        seal(&mut bytes);
        Ok(bytes)
    }

    /// The bytes of a `tables.bin` for a variable rate that goes on from this one: see [`VariableRate::continued`].
    /// [`Error::Bundle`] if there is no variable rate here.
    pub fn continued(&self, log_gains: &[f32], rounding: &[u8], streams: &[Stream<'_>]) -> Result<Vec<u8>> {
        Self::build(&[], Some(&self.variable_rate()?.continued(log_gains, rounding, streams)?), None, None)
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

/// Fits in the order of a file; [`Error::Argument`] if two are for the same quantiser and bits.
fn sorted(fits: &[Fit]) -> Result<Vec<&Fit>> {
    let mut fits: Vec<&Fit> = fits.iter().collect();
    fits.sort_by_key(|fit| fit.quantiser);
    match fits.windows(2).any(|pair| pair[0].quantiser == pair[1].quantiser) {
        true => Err(Error::Argument("two entries for the same quantiser and bits".into())),
        false => Ok(fits),
    }
}

/// An entry that is nothing but a state.
fn state_entry(kind: u8, state: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = vec![kind];
    push_sized(&mut bytes, state)?;
    Ok(bytes)
}

impl Fit {
    /// [`Error::Argument`] if it is not for a number of bits, or if a size or the codebook is wrong.
    fn check(&self) -> Result<()> {
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
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        self.check()?;
        let levels = self.quantiser.levels();
        let channels = self.counts.len() / levels;
        if self.state.as_ref().is_some_and(|state| state.channels() != channels) {
            return Err(Error::Argument(format!("the coder's state must be for {channels} channels")));
        }
        let mut bytes = vec![self.quantiser.byte() | if self.state.is_some() { STATE } else { 0 }];
        push_leb128(&mut bytes, channels as u64)?;
        bytes.extend(side_information::to_bytes(self.codebook.as_deref().unwrap_or_default())?);
        for counts in self.counts.chunks_exact(levels) {
            write_row(&mut bytes, normalise(counts, TOTAL));
        }
        write_state(&mut bytes, self.state.as_ref())?;
        Ok(bytes)
    }
}

impl Entry {
    fn read(reader: &mut Reader<'_>, quantiser: Quantiser, with_state: bool) -> Result<Self> {
        let channels = reader.leb128()? as usize;
        let codebook = read_codebook(reader, quantiser)?;
        if channels == 0 {
            return Err(Error::Format("an entry has no channels".into()));
        }
        // `take` fails on a length beyond the file, so what is allocated below is at most some 40 times the file.
        let row = 2 * quantiser.levels();
        let frequencies = reader.take(channels.saturating_mul(row))?;
        let mut rows = Rows::new();
        for row in frequencies.chunks_exact(row) {
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

/// The shared codebook of an entry, if the rule has one.
fn read_codebook(reader: &mut Reader<'_>, quantiser: Quantiser) -> Result<Option<Vec<f32>>> {
    let codebook = match quantiser.rule() {
        Rule::VectorShared => Some(side_information::from_bytes(reader.take(2 * quantiser.levels())?)),
        _ => None,
    };
    match side_information::violation(quantiser, codebook.as_deref().unwrap_or_default()) {
        Some(violation) => Err(Error::Format(format!("codebook: {violation}"))),
        None => Ok(codebook),
    }
}
