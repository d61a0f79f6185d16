//! The flags byte of a header.

use crate::models::Entropy;
use crate::{Error, Result};

/// Bits 0 and 1: the entropy model.
const ENTROPY: u8 = 0b11;
const TILED: u8 = 1 << 2;
const CHUNKS: u8 = 1 << 3;
const GREY: u8 = 1 << 4;

/// The flags of a file; bits 5 to 7 are kept for later versions and are 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags {
    pub entropy: Entropy,
    pub tiled: bool,
    pub chunks: bool,
    pub grey: bool,
}

impl Flags {
    pub fn byte(self) -> u8 {
        let bit = |set, bit| if set { bit } else { 0 };
        self.entropy.id() | bit(self.tiled, TILED) | bit(self.chunks, CHUNKS) | bit(self.grey, GREY)
    }

    /// [`Error::Format`] if the byte asks for something that this release does not know.
    pub fn from_byte(byte: u8) -> Result<Self> {
        if byte & !(ENTROPY | TILED | CHUNKS | GREY) != 0 {
            return Err(Error::Format(format!("flags {byte:#04x} ask for a feature unknown to this release")));
        }
        let id = byte & ENTROPY;
        let entropy = Entropy::from_id(id).ok_or_else(|| {
            Error::Format(format!("entropy model {id} is unknown to this release (0 adaptive, 1 static, 2 context)"))
        })?;
        let has = |bit| byte & bit != 0;
        Ok(Self { entropy, tiled: has(TILED), chunks: has(CHUNKS), grey: has(GREY) })
    }
}
