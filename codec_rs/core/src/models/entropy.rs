//! The numbers of entropy models in a file.

use crate::quantise::Quantiser;

/// The entropy model's number in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entropy {
    /// One adaptive order-0 model for the whole stream.
    Adaptive,
    /// One table per latent channel, and for a variable rate one per band of quality, from the bundle.
    Static,
    /// Context mixing, from a state in the bundle on.
    Context,
}

impl Entropy {
    /// 0 adaptive, 1 static, 2 context.
    pub fn from_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Self::Adaptive),
            1 => Some(Self::Static),
            2 => Some(Self::Context),
            _ => None,
        }
    }

    /// The number in a file.
    pub fn id(self) -> u8 {
        self as u8
    }

    /// Whether streams of the quantiser may be coded so: `adaptive` knows bytes alone, only `context` knows pixels.
    pub fn codes(self, quantiser: Quantiser) -> bool {
        match self {
            Self::Adaptive => quantiser.levels() <= 256 && !quantiser.rule().exact(),
            Self::Static => !quantiser.rule().exact(),
            Self::Context => true,
        }
    }
}

impl std::fmt::Display for Entropy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Adaptive => "adaptive",
            Self::Static => "static",
            Self::Context => "context",
        })
    }
}
