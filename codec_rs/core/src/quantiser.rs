//! How latents became symbols: the quantiser's identity and its number of bits, one byte of a header.

use crate::{Error, Result};

/// The rule by which latents became symbols. The arithmetic itself lives in `latentcodec.quantisers`; a file needs
/// only the identity and the side information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Uniform over `[0, max]`; side information: max.
    Max,
    /// Uniform over `[min, max]`; side information: min, max.
    MinMax,
    /// Scalar k-means of this picture; side information: the `2^b` centroids.
    Vector,
    /// Scalar k-means of the training set; the centroids stand in the bundle's tables.
    VectorShared,
}

/// A rule and its number of bits `b`: symbols lie in `[0, 2^b)`, `b` in 1..=8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantiser {
    rule: Rule,
    bits: u8,
}

impl Quantiser {
    /// From the numbers that Python uses; [`Error::Argument`] if either is out of range.
    pub fn new(rule: u8, bits: u8) -> Result<Self> {
        Self::from_numbers(rule, bits).ok_or_else(|| {
            Error::Argument(format!("quantiser {rule} with {bits} bits: expected an id in 0..=3 and 1 to 8 bits"))
        })
    }

    /// From a header's byte: identity in the high nibble, bits in the low one.
    ///
    /// ```
    /// use latentcodec_core::quantiser::Quantiser;
    /// let quantiser = Quantiser::from_byte(0x12).unwrap(); // min_max, 2 bits
    /// assert_eq!((quantiser.levels(), quantiser.side_values()), (4, 2));
    /// assert!(Quantiser::from_byte(0x40).is_none());
    /// ```
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::from_numbers(byte >> 4, byte & 15)
    }

    fn from_numbers(rule: u8, bits: u8) -> Option<Self> {
        let rule = match rule {
            0 => Rule::Max,
            1 => Rule::MinMax,
            2 => Rule::Vector,
            3 => Rule::VectorShared,
            _ => return None,
        };
        (1..=8).contains(&bits).then_some(Self { rule, bits })
    }

    /// The header's byte.
    pub fn byte(self) -> u8 {
        (self.id() << 4) | self.bits
    }

    /// The rule's number: 0 max, 1 min_max, 2 vector, 3 vector_shared.
    pub fn id(self) -> u8 {
        self.rule as u8
    }

    /// The rule.
    pub fn rule(self) -> Rule {
        self.rule
    }

    /// `b`, in bits per symbol before entropy coding.
    pub fn bits(self) -> u8 {
        self.bits
    }

    /// Number of different symbols, `2^b`.
    pub fn levels(self) -> usize {
        1 << self.bits
    }

    /// Number of float16 values of side information in a file.
    pub fn side_values(self) -> usize {
        match self.rule {
            Rule::Max => 1,
            Rule::MinMax => 2,
            Rule::Vector => self.levels(),
            Rule::VectorShared => 0,
        }
    }

    /// The first symbol outside `[0, 2^b)`, if there is one.
    pub fn stranger(self, symbols: &[i16]) -> Option<i16> {
        let inside = |symbol: i16| 0 <= symbol && symbol < self.levels() as i16;
        // A fold without an early exit is a vector instruction for many symbols at once.
        if symbols.iter().fold(true, |all, &symbol| all & inside(symbol)) {
            return None;
        }
        symbols.iter().copied().find(|&symbol| !inside(symbol))
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Max => "max",
            Self::MinMax => "min_max",
            Self::Vector => "vector",
            Self::VectorShared => "vector_shared",
        })
    }
}
