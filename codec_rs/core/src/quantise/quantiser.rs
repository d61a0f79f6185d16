//! How latents became symbols: the quantiser's identity and its number of bits or its quality, one byte of a header.

use crate::{Error, Result};

/// The rule by which latents became symbols. The arithmetic itself lives in `latentcodec.transform.quantisers`; a file
/// needs only the identity and the side information.
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
    /// Multiplied by a gain for each channel and quality and rounded; the gains stand in the bundle's tables.
    VariableRate,
    /// None at all: symbols are the pixels of a grey picture, and come back bit for bit.
    Lossless,
    /// None at all: symbols are the samples of any picture's planes, and come back bit for bit.
    Planes,
}

impl Rule {
    /// Whether symbols are the samples themselves, which a stream has a checksum of.
    pub fn exact(self) -> bool {
        matches!(self, Self::Lossless | Self::Planes)
    }
}

/// Bits of a sample that pictures of planes may have. The last two differ in their prediction: [`Quantiser::clipped`].
const DEPTHS: [u32; 4] = [1, 8, 16, 16];

/// Bit of the byte that says: variable rate, and the other seven bits are the quality.
const VARIABLE_RATE: u8 = 0x80;

/// A rule and its number of bits `b`, 1..=8: symbols lie in `[0, 2^b)`; or a variable rate and a quality, 1..=100:
/// symbols are any `i16`; or `lossless`, whose parameter is 0: symbols lie in `[0, 256)`; or `planes`, whose parameter is
/// their number less one, and 0, 4 or 12 more for samples of 1, 8 or 16 bits (8 more for those of older files): symbols lie
/// in `[0, 2^bits)`, those of 16 bits are the `i16` of the same bytes. A quality may lie some hundredths above its whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantiser {
    rule: Rule,
    parameter: u8,
    hundredths: u8,
}

impl Quantiser {
    /// From the rule's number and the parameter, bits or a quality; [`Error::Argument`] if either is out
    /// of range.
    pub fn new(rule: u8, parameter: u8) -> Result<Self> {
        Self::from_numbers(rule, parameter).ok_or_else(|| {
            Error::Argument(format!(
                "quantiser {rule} with {parameter}: expected an id in 0..=3 with 1 to 8 bits, 4 with a quality of 1 to \
                 100, 5 with 0, or 6 with 0 to 15"
            ))
        })
    }

    /// From a header's byte: identity in the high nibble, bits in the low one; or, with bit 7 set, a quality.
    ///
    /// ```
    /// use latentcodec_core::quantise::Quantiser;
    /// let quantiser = Quantiser::from_byte(0x12).unwrap(); // min_max, 2 bits
    /// assert_eq!((quantiser.levels(), quantiser.side_information_values()), (4, 2));
    /// assert_eq!(Quantiser::from_byte(0x80 + 50).unwrap().quality(), Some(50.0)); // a variable rate
    /// assert!(Quantiser::from_byte(0x40).is_none());
    /// ```
    pub fn from_byte(byte: u8) -> Option<Self> {
        match byte & VARIABLE_RATE {
            0 if byte >> 4 == Rule::VariableRate as u8 => None,
            0 => Self::from_numbers(byte >> 4, byte & 15),
            _ => Self::from_numbers(Rule::VariableRate as u8, byte & !VARIABLE_RATE),
        }
    }

    fn from_numbers(rule: u8, parameter: u8) -> Option<Self> {
        let (rule, parameters) = match rule {
            0 => (Rule::Max, 1..=8),
            1 => (Rule::MinMax, 1..=8),
            2 => (Rule::Vector, 1..=8),
            3 => (Rule::VectorShared, 1..=8),
            4 => (Rule::VariableRate, 1..=100),
            5 => (Rule::Lossless, 0..=0),
            6 => (Rule::Planes, 0..=15),
            _ => return None,
        };
        parameters.contains(&parameter).then_some(Self { rule, parameter, hundredths: 0 })
    }

    /// The same, but so many hundredths of a quality better; [`Error::Argument`] unless it is a variable rate and the
    /// quality stays one of 1 to 100.
    ///
    /// ```
    /// use latentcodec_core::quantise::Quantiser;
    /// let quantiser = Quantiser::new(4, 50)?.with_hundredths(25)?;
    /// assert_eq!((quantiser.quality(), quantiser.parameter()), (Some(50.25), 50));
    /// assert!(Quantiser::new(4, 100)?.with_hundredths(1).is_err());
    /// # Ok::<(), latentcodec_core::Error>(())
    /// ```
    pub fn with_hundredths(self, hundredths: u8) -> Result<Self> {
        let fits = self.rule == Rule::VariableRate && self.parameter < 100 && hundredths < 100;
        if fits || hundredths == 0 {
            return Ok(Self { hundredths, ..self });
        }
        Err(Error::Argument(format!(
            "{hundredths} hundredths more than {self}: 0 to 99 of a quality below 100 expected"
        )))
    }

    /// The header's byte; hundredths have another one.
    pub fn byte(self) -> u8 {
        match self.rule {
            Rule::VariableRate => VARIABLE_RATE | self.parameter,
            _ => (self.id() << 4) | self.parameter,
        }
    }

    /// The rule's number: 0 max, 1 min_max, 2 vector, 3 vector_shared, 4 gained (a variable rate), 5 lossless, 6 planes.
    pub fn id(self) -> u8 {
        self.rule as u8
    }

    /// The rule.
    pub fn rule(self) -> Rule {
        self.rule
    }

    /// `b`, in bits per symbol before entropy coding, or the whole number of the quality of a variable rate, or 0 for
    /// `lossless`, or number and bits of `planes`.
    pub fn parameter(self) -> u8 {
        self.parameter
    }

    /// Hundredths of a quality above [`Quantiser::parameter`], 0..=99.
    pub fn hundredths(self) -> u8 {
        self.hundredths
    }

    /// The quality of a variable rate, 1 to 100.
    pub fn quality(self) -> Option<f64> {
        let hundredths = 100 * u16::from(self.parameter) + u16::from(self.hundredths);
        (self.rule == Rule::VariableRate).then(|| f64::from(hundredths) / 100.0)
    }

    /// Planes of a picture, and bits of their samples.
    pub fn planes(self) -> Option<(usize, u32)> {
        let parameter = usize::from(self.parameter);
        (self.rule == Rule::Planes).then_some((parameter % 4 + 1, DEPTHS[parameter / 4 % DEPTHS.len()]))
    }

    /// Whether the prediction of planes clips the differences that it learns from one by one. Where it does not, as for
    /// the last of the two kinds of 16 bits, all of a sample's shrink alike until the largest fits.
    pub fn clipped(self) -> bool {
        usize::from(self.parameter) / 4 != DEPTHS.len() - 1
    }

    /// Number of different symbols, `2^b`; all `2^16` for a variable rate, 256 for `lossless`.
    pub fn levels(self) -> usize {
        match self.rule {
            Rule::VariableRate => 1 << 16,
            Rule::Lossless => 256,
            Rule::Planes => 1 << DEPTHS[usize::from(self.parameter) / 4 % DEPTHS.len()],
            _ => 1 << self.parameter,
        }
    }

    /// Number of float16 values of side information in a file.
    pub fn side_information_values(self) -> usize {
        match self.rule {
            Rule::Max => 1,
            Rule::MinMax => 2,
            Rule::Vector => self.levels(),
            Rule::VectorShared | Rule::VariableRate | Rule::Lossless | Rule::Planes => 0,
        }
    }

    /// The first symbol outside `[0, 2^b)`, if there is one; where there are 16 bits, none is.
    pub fn outlier(self, symbols: &[i16]) -> Option<i16> {
        let levels = self.levels();
        let inside = |symbol: i16| levels == 1 << 16 || (0 <= symbol && (symbol as usize) < levels);
        // A fold without an early exit is a vector instruction for many symbols at once.
        if symbols.iter().fold(true, |all, &symbol| all & inside(symbol)) {
            return None;
        }
        symbols.iter().copied().find(|&symbol| !inside(symbol))
    }
}

/// In which of so many bands of equal width a quality lies, by its whole number, 1..=100.
pub fn band(quality: u8, bands: usize) -> usize {
    (usize::from(quality) - 1) * bands / 100
}

impl std::fmt::Display for Quantiser {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.rule {
            Rule::VariableRate => write!(formatter, "gained at quality {}", self.quality().unwrap_or_default()),
            Rule::Lossless => write!(formatter, "lossless"),
            Rule::Planes => {
                let (planes, bits) = self.planes().unwrap_or_default();
                write!(formatter, "{planes} planes of {bits} bits")
            }
            rule => write!(formatter, "{rule} with {} bits", self.parameter),
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Max => "max",
            Self::MinMax => "min_max",
            Self::Vector => "vector",
            Self::VectorShared => "vector_shared",
            Self::VariableRate => "gained",
            Self::Lossless => "lossless",
            Self::Planes => "planes",
        })
    }
}
