//! What samples stand for where they are no levels: docs/FORMAT.md, the chunk of colours.

use latentcodec_core::container::Chunk;

use crate::failure::{Failure, Result};

/// The kind of the chunk, and what its first byte says.
const COLOURS: u8 = 12;
const BILEVEL: u8 = 0;
const PALETTE: u8 = 1;
const FEW: u8 = 2;

/// Two levels, or a list of colours that samples are numbers of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours<'a> {
    /// 0 and 255.
    Bilevel,
    /// So many channels, and the colours one after another.
    Listed(usize, &'a [u8]),
}

impl<'a> Colours<'a> {
    /// Those that a file has, nothing where its samples are levels; a `FormatError` if they are damaged.
    pub fn read(chunks: &'a [Chunk]) -> Result<Option<Self>> {
        let Some(chunk) = chunks.iter().find(|chunk| chunk.kind == COLOURS) else { return Ok(None) };
        let damaged = || Failure::format("the chunk of colours does not hold 1 to 256 colours");
        match &chunk.bytes[..] {
            [BILEVEL] => Ok(Some(Self::Bilevel)),
            [PALETTE, 3 | 4, rest @ ..] | [FEW, 1..=4, rest @ ..] if !rest.is_empty() => {
                let channels = usize::from(chunk.bytes[1]);
                let whole = rest.len() % channels == 0 && rest.len() <= 256 * channels;
                whole.then_some(Some(Self::Listed(channels, rest))).ok_or_else(damaged)
            }
            _ => Err(damaged()),
        }
    }

    /// Samples of a pixel.
    pub fn channels(self) -> usize {
        match self {
            Self::Bilevel => 1,
            Self::Listed(channels, _) => channels,
        }
    }

    /// The levels of pixels by their numbers; a `FormatError` if there are fewer colours.
    pub fn levels(self, numbers: &[u8]) -> Result<Vec<u8>> {
        let Self::Listed(channels, colours) = self else {
            return Ok(numbers.iter().map(|&number| if number > 0 { 255 } else { 0 }).collect());
        };
        let count = colours.len() / channels;
        if numbers.iter().any(|&number| usize::from(number) >= count) {
            return Err(Failure::format(format!("the file holds other samples than numbers of its {count} colours")));
        }
        Ok(numbers.iter().flat_map(|&number| &colours[usize::from(number) * channels..][..channels]).copied().collect())
    }
}
