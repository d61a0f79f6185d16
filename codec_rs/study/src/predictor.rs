//! The synthesis of the autoencoder `digits_lossless_ae` in integers: what it makes of latents is the same everywhere.
//!
//! Weights of 8 bits, sums of 32, right shifts that round to the nearest (halves upwards), activations of 8 bits; as
//! the network is trained in stages/networks/digits_lossless.py.

use latentcodec_core::bytes::Reader;
use latentcodec_core::{Error, Result};

/// Rows and columns of a digit.
pub const SIDE: usize = 28;
/// Channels and side of what the linear layer makes, channels after the first transposed convolution.
const WIDE: usize = 32;
const FIRST: usize = 7;
const NARROW: usize = 16;
/// Taps of a transposed convolution: 3 x 3.
const TAPS: usize = 9;
/// Right shifts of the sums of the three layers.
const SHIFTS: [u32; 3] = [3, 7, 7];
/// The level of even odds.
const EVEN: i32 = 128;
/// Biases are within this. A sum has at most 288 products below 2^15 beside it, so it stays below 2^25.
const MAX_BIAS: i32 = 1 << 24;

/// A trained synthesis: latents to levels, which say how dark pixels are expected to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predictor {
    latents: usize,
    /// `(32 * 7 * 7, latents)`, then biases.
    linear: (Vec<i8>, Vec<i32>),
    widen: Transposed,
    out: Transposed,
}

/// A transposed convolution of 3 x 3 taps that doubles the sides: stride 2, padding 1, output padding 1.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Transposed {
    /// `(inputs, 3, 3, outputs)`.
    weights: Vec<i8>,
    biases: Vec<i32>,
}

impl Predictor {
    /// Reads the number of latents, 1 to 255, as a byte, and for each layer its weights, `i8`, in torch's order, and
    /// biases, `i32` little-endian, within 2^24. [`Error::Truncated`] or [`Error::Format`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let latents = usize::from(reader.byte()?);
        if latents == 0 {
            return Err(Error::Format("a predictor without latents".into()));
        }
        let units = WIDE * FIRST * FIRST;
        let linear = (weights(&mut reader, units * latents)?, biases(&mut reader, units)?);
        let widen = Transposed::read(&mut reader, WIDE, NARROW)?;
        let out = Transposed::read(&mut reader, NARROW, 1)?;
        reader.end()?;
        Ok(Self { latents, linear, widen, out })
    }

    /// Latents of a digit.
    pub fn latents(&self) -> usize {
        self.latents
    }

    /// The levels of a digit, 28 x 28: 16 steps per natural unit of the logistic domain, even odds at 128.
    /// [`Error::Argument`] if these are not as many latents as it has.
    pub fn levels(&self, latents: &[i8]) -> Result<Vec<u8>> {
        if latents.len() != self.latents {
            return Err(Error::Argument(format!("{} latents, {} expected", latents.len(), self.latents)));
        }
        let (weights, biases) = &self.linear;
        let units = weights.chunks_exact(self.latents).zip(biases);
        let sums = units.map(|(row, bias)| {
            let products = row.iter().zip(latents).map(|(&weight, &latent)| i32::from(weight) * i32::from(latent));
            bias + products.sum::<i32>()
        });
        let hidden: Vec<u8> = sums.map(|sum| activation(shifted(sum, SHIFTS[0]))).collect();
        let sums = self.widen.sums(&hidden, FIRST).into_iter();
        let hidden: Vec<u8> = sums.map(|sum| activation(shifted(sum, SHIFTS[1]))).collect();
        let sums = self.out.sums(&hidden, 2 * FIRST).into_iter();
        Ok(sums.map(|sum| activation(shifted(sum, SHIFTS[2]) + EVEN)).collect())
    }
}

impl Transposed {
    fn read(reader: &mut Reader<'_>, inputs: usize, outputs: usize) -> Result<Self> {
        // In torch's order, (inputs, outputs, 3, 3).
        let read = weights(reader, inputs * outputs * TAPS)?;
        let tap = |at: usize| read[(at / outputs / TAPS * outputs + at % outputs) * TAPS + at / outputs % TAPS];
        let weights = (0..read.len()).map(tap).collect();
        Ok(Self { weights, biases: biases(reader, outputs)? })
    }

    /// Sums `(outputs, 2 side, 2 side)` of activations `(inputs, side, side)`.
    fn sums(&self, activations: &[u8], side: usize) -> Vec<i32> {
        let outputs = self.biases.len();
        // A row and a column more, which nobody reads, take what the taps add above and to the left of the picture.
        let (width, plane) = (2 * side + 1, side * side);
        let mut sums = self.biases.repeat(width * width);
        for (index, &activation) in activations.iter().enumerate().filter(|(_, activation)| **activation > 0) {
            let (input, row, column) = (index / plane, index % plane / side, index % side);
            for tap in 0..TAPS {
                let at = ((2 * row + tap / 3) * width + 2 * column + tap % 3) * outputs;
                let weights = &self.weights[(input * TAPS + tap) * outputs..][..outputs];
                for (sum, &weight) in sums[at..at + outputs].iter_mut().zip(weights) {
                    *sum += i32::from(weight) * i32::from(activation);
                }
            }
        }
        let places = |output| (1..width).flat_map(move |row| (1..width).map(move |at| (row * width + at, output)));
        (0..outputs).flat_map(places).map(|(place, output)| sums[place * outputs + output]).collect()
    }
}

fn weights(reader: &mut Reader<'_>, count: usize) -> Result<Vec<i8>> {
    Ok(reader.take(count)?.iter().map(|&byte| byte as i8).collect())
}

fn biases(reader: &mut Reader<'_>, count: usize) -> Result<Vec<i32>> {
    let bytes = reader.take(4 * count)?.chunks_exact(4);
    let biases: Vec<i32> = bytes.map(|four| i32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
    match biases.iter().find(|bias| bias.unsigned_abs() > MAX_BIAS.unsigned_abs()) {
        Some(bias) => Err(Error::Format(format!("a bias of {bias}: within {MAX_BIAS} expected"))),
        None => Ok(biases),
    }
}

/// `sum / 2^shift` to the nearest integer, halves upwards.
fn shifted(sum: i32, shift: u32) -> i32 {
    (sum + (1 << (shift - 1))) >> shift
}

fn activation(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}
