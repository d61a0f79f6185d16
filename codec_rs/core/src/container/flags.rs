//! The flags byte of a header.

use crate::models::Entropy;
use crate::{Error, Result};

/// Bits 0 and 1: the entropy model.
const ENTROPY: u8 = 0b11;
const TILED: u8 = 1 << 2;
const CHUNKS: u8 = 1 << 3;
const GREY: u8 = 1 << 4;
const HUNDREDTHS: u8 = 1 << 5;

/// The flags of a file; bits 6 and 7 are kept for later versions and are 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags {
    pub entropy: Entropy,
    pub tiled: bool,
    pub chunks: bool,
    pub grey: bool,
    pub hundredths: bool,
}

impl Flags {
    pub fn byte(self) -> u8 {
        let bit = |set, bit| if set { bit } else { 0 };
        let more = bit(self.grey, GREY) | bit(self.hundredths, HUNDREDTHS);
        self.entropy.id() | bit(self.tiled, TILED) | bit(self.chunks, CHUNKS) | more
    }

    /// [`Error::Format`] if the byte asks for something that this release does not know.
    pub fn from_byte(byte: u8) -> Result<Self> {
        if byte & !(ENTROPY | TILED | CHUNKS | GREY | HUNDREDTHS) != 0 {
            return Err(Error::Format(format!("flags {byte:#04x} ask for a feature unknown to this release")));
        }
        let id = byte & ENTROPY;
        let entropy = Entropy::from_id(id).ok_or_else(|| {
            Error::Format(format!("entropy model {id} is unknown to this release (0 adaptive, 1 static, 2 context)"))
        })?;
        let has = |bit| byte & bit != 0;
        let (tiled, chunks, grey, hundredths) = (has(TILED), has(CHUNKS), has(GREY), has(HUNDREDTHS));
        Ok(Self { entropy, tiled, chunks, grey, hundredths })
    }
}
