//! `tables.bin`: the codebooks and frequency tables of a bundle.

use crate::container::VERSION;
use crate::container::bytes::{Reader, push_leb128, seal, unseal};
use crate::models::context::State;
use crate::normalise::normalise;
use crate::quantiser::{Quantiser, Rule};
use crate::rows::{Rows, TOTAL};
use crate::{Error, Result, side};

const MAGIC: [u8; 4] = [b'L', b'T', b'T', VERSION];
/// Bit of an entry's quantiser byte: a state of the context coder follows the frequencies.
const STATE: u8 = 0x80;

/// What `fit` knows about one quantiser and number of bits, to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The quantiser and its bits.
    pub quantiser: Quantiser,
    /// `2^b` centroids for `vector_shared`, sorted, each a float16; `None` for every other rule.
    pub codebook: Option<Vec<f32>>,
    /// Counts of training symbols, `2^b` per channel, channel by channel.
    pub counts: Vec<u64>,
    /// What the context coder starts from, if the quantiser is offered with it.
    pub state: Option<State>,
}

/// The parsed tables of a bundle; immutable, to be shared between threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    entries: Vec<Entry>,
}

/// The tables of one quantiser and number of bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    quantiser: Quantiser,
    codebook: Option<Vec<f32>>,
    rows: Rows,
    state: Option<State>,
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
        let mut entries: Vec<Entry> = Vec::new();
        for _ in 0..count {
            let entry = Entry::read(&mut reader)?;
            if entries.last().is_some_and(|last| last.quantiser >= entry.quantiser) {
                return Err(Error::Format("the entries are not in ascending order".into()));
            }
            entries.push(entry);
        }
        reader.end()?;
        Ok(Self { entries })
    }

    /// The bytes of `tables.bin`: counts are normalised to frequencies by [`normalise`], entries sorted.
    /// [`Error::Argument`] if two fits are for the same quantiser and bits or one has a wrong size.
    ///
    /// ```
    /// use latentcodec_core::{quantiser::Quantiser, tables::{Fit, Tables}};
    /// let quantiser = Quantiser::new(1, 1)?; // min_max, 1 bit
    /// let bytes = Tables::build(&[Fit { quantiser, codebook: None, counts: vec![3, 0, 1, 1], state: None }])?;
    /// let tables = Tables::parse(&bytes)?;
    /// assert_eq!(tables.entry(quantiser)?.rows().frequencies(), [57344, 8192, 32768, 32768]);
    /// # Ok::<(), latentcodec_core::Error>(())
    /// ```
    pub fn build(fits: &[Fit]) -> Result<Vec<u8>> {
        let mut fits: Vec<&Fit> = fits.iter().collect();
        fits.sort_by_key(|fit| fit.quantiser);
        if fits.windows(2).any(|pair| pair[0].quantiser == pair[1].quantiser) {
            return Err(Error::Argument("two entries for the same quantiser and bits".into()));
        }
        let mut bytes = MAGIC.to_vec();
        push_leb128(&mut bytes, fits.len() as u64)?;
        for fit in fits {
            fit.write(&mut bytes)?;
        }
        seal(&mut bytes);
        Ok(bytes)
    }

    /// The tables of one quantiser and number of bits; [`Error::Bundle`] if there are none.
    pub fn entry(&self, quantiser: Quantiser) -> Result<&Entry> {
        let found = self.entries.binary_search_by_key(&quantiser, |entry| entry.quantiser);
        found.map(|index| &self.entries[index]).map_err(|_| {
            let (rule, bits) = (quantiser.rule(), quantiser.bits());
            Error::Bundle(format!("the bundle has no tables for {rule} with {bits} bits"))
        })
    }
}

impl Fit {
    fn write(&self, bytes: &mut Vec<u8>) -> Result<()> {
        let levels = self.quantiser.levels();
        let shared = self.quantiser.rule() == Rule::VectorShared;
        if self.counts.is_empty() || !self.counts.len().is_multiple_of(levels) {
            return Err(Error::Argument(format!("counts must have the shape (channels, {levels})")));
        }
        if self.codebook.as_ref().map(Vec::len) != shared.then_some(levels) {
            return Err(Error::Argument("vector_shared takes a codebook of 2**bits values, no other rule does".into()));
        }
        let codebook = self.codebook.as_deref().unwrap_or_default();
        if let Some(fault) = side::fault(self.quantiser, codebook) {
            return Err(Error::Argument(format!("codebook: {fault}")));
        }
        let channels = self.counts.len() / levels;
        if self.state.as_ref().is_some_and(|state| state.channels() != channels) {
            return Err(Error::Argument(format!("the coder's state must be for {channels} channels")));
        }
        bytes.push(self.quantiser.byte() | if self.state.is_some() { STATE } else { 0 });
        push_leb128(bytes, channels as u64)?;
        bytes.extend(side::to_bytes(codebook)?);
        for counts in self.counts.chunks_exact(levels) {
            for frequency in normalise(counts, TOTAL) {
                bytes.extend_from_slice(&(frequency as u16).to_le_bytes());
            }
        }
        if let Some(state) = &self.state {
            let state = state.to_bytes();
            push_leb128(bytes, state.len() as u64)?;
            bytes.extend(state);
        }
        Ok(())
    }
}

impl Entry {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let byte = reader.byte()?;
        let quantiser = Quantiser::from_byte(byte & !STATE)
            .ok_or_else(|| Error::Format(format!("{byte:#04x} is no quantiser of this version")))?;
        let channels = reader.leb128()? as usize;
        let levels = quantiser.levels();
        let codebook = match quantiser.rule() {
            Rule::VectorShared => Some(side::from_bytes(reader.take(2 * levels)?)),
            _ => None,
        };
        if let Some(fault) = side::fault(quantiser, codebook.as_deref().unwrap_or_default()) {
            return Err(Error::Format(format!("codebook: {fault}")));
        }
        if channels == 0 {
            return Err(Error::Format("an entry has no channels".into()));
        }
        // `take` fails on a length beyond the file, so what is allocated below is at most some 40 times the file.
        let frequencies = reader.take(channels.saturating_mul(2 * levels))?;
        let mut rows = Rows::new(quantiser.bits());
        for row in frequencies.chunks_exact(2 * levels) {
            rows.push(row.as_chunks().0.iter().map(|&pair| u16::from_le_bytes(pair).into()))?;
        }
        let mut state = None;
        if byte & STATE != 0 {
            let length = reader.leb128()? as usize;
            let read = State::from_bytes(reader.take(length)?)?;
            if read.channels() != channels {
                return Err(Error::Format(format!("{channels} channels, the coder's state has {}", read.channels())));
            }
            state = Some(read);
        }
        Ok(Self { quantiser, codebook, rows, state })
    }

    /// The shared codebook, `2^b` centroids; [`Error::Bundle`] if the rule has none.
    pub fn codebook(&self) -> Result<&[f32]> {
        self.codebook
            .as_deref()
            .ok_or_else(|| Error::Bundle(format!("{} has no codebook in the bundle", self.quantiser.rule())))
    }

    /// What the context coder starts from; [`Error::Bundle`] if the bundle has none.
    pub fn state(&self) -> Result<&State> {
        let (rule, bits) = (self.quantiser.rule(), self.quantiser.bits());
        let missing = || Error::Bundle(format!("the bundle has no coder's state for {rule} with {bits} bits"));
        self.state.as_ref().ok_or_else(missing)
    }

    /// The frequencies, one row per latent channel.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }
}
