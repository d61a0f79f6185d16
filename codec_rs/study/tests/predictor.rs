//! The integer synthesis: its layers as textbooks have them, its bounds, the same levels from every build.

// The crate is an extension of Python, which no test can link.
#[path = "../src/predictor.rs"]
mod predictor;

use latentcodec_core::Error;
use predictor::{Predictor, SIDE};

const LATENTS: usize = 5;
/// Inputs, outputs and side of the picture that comes in, of the two transposed convolutions.
const TRANSPOSED: [(usize, usize, usize); 2] = [(32, 16, 7), (16, 1, 14)];

/// A linear congruential generator.
struct Numbers(u64);

impl Numbers {
    /// A number of `[0, end)`, `end <= 2^31`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) * end) >> 31
    }
}

struct Layer {
    weights: Vec<i8>,
    biases: Vec<i32>,
}

fn layers(mut weight: impl FnMut() -> i8, mut bias: impl FnMut() -> i32) -> Vec<Layer> {
    let sizes = [(32 * 49 * LATENTS, 32 * 49), (32 * 16 * 9, 16), (16 * 9, 1)];
    let layer = |(weights, biases)| Layer {
        weights: (0..weights).map(|_| weight()).collect(),
        biases: (0..biases).map(|_| bias()).collect(),
    };
    sizes.map(layer).into()
}

fn bytes(layers: &[Layer]) -> Vec<u8> {
    let mut bytes = vec![LATENTS as u8];
    for layer in layers {
        bytes.extend(layer.weights.iter().map(|&weight| weight as u8));
        bytes.extend(layer.biases.iter().flat_map(|bias| bias.to_le_bytes()));
    }
    bytes
}

fn random(seed: u64) -> Vec<Layer> {
    let [mut weights, mut biases] = [Numbers(seed), Numbers(seed + 1)];
    layers(move || (weights.below(61) as i8) - 30, move || biases.below(4001) as i32 - 2000)
}

/// `sum / 2^shift` to the nearest integer, halves upwards.
fn shifted(sum: i64, shift: u32) -> i64 {
    (sum + (1 << (shift - 1))).div_euclid(1 << shift)
}

/// Every output is gathered from the inputs that reach it, with 64 bits.
fn reference(layers: &[Layer], latents: &[i8]) -> Vec<u8> {
    let unit = |unit: usize| {
        let row = layers[0].weights[unit * LATENTS..].iter().zip(latents);
        let sum: i64 = row.map(|(&weight, &latent)| i64::from(weight) * i64::from(latent)).sum();
        shifted(i64::from(layers[0].biases[unit]) + sum, 3).clamp(0, 255)
    };
    let mut x: Vec<i64> = (0..32 * 49).map(unit).collect();
    for (layer, (inputs, outputs, side)) in layers[1..].iter().zip(TRANSPOSED) {
        // Input (r, c) adds its tap (i, j) to output (2 r + i - 1, 2 c + j - 1).
        let from = |at: usize, tap: usize| (at + 1).checked_sub(tap).filter(|at| at % 2 == 0 && at / 2 < side);
        let sum = |output: usize, row: usize, column: usize| {
            let mut sum = i64::from(layer.biases[output]);
            for (input, tap) in (0..inputs).flat_map(|input| (0..9).map(move |tap| (input, tap))) {
                if let (Some(r), Some(c)) = (from(row, tap / 3), from(column, tap % 3)) {
                    let weight = layer.weights[(input * outputs + output) * 9 + tap];
                    sum += i64::from(weight) * x[(input * side + r / 2) * side + c / 2];
                }
            }
            sum
        };
        let even = if outputs == 1 { 128 } else { 0 };
        let (width, plane) = (2 * side, 4 * side * side);
        let sums = (0..outputs * plane).map(|at| sum(at / plane, at % plane / width, at % width));
        x = sums.map(|sum| (shifted(sum, 7) + even).clamp(0, 255)).collect();
    }
    x.into_iter().map(|level| level as u8).collect()
}

#[test]
fn levels_are_those_of_the_layers_written_plainly() {
    for seed in 0..4 {
        let layers = random(100 * seed);
        let latents: Vec<i8> = (0..LATENTS).map(|at| (at as i8 * 5 + seed as i8) % 16 - 8).collect();
        let predictor = Predictor::from_bytes(&bytes(&layers)).unwrap();
        assert_eq!(predictor.latents(), LATENTS);
        let levels = predictor.levels(&latents).unwrap();
        assert_eq!(levels.len(), SIDE * SIDE);
        assert_eq!(levels, reference(&layers, &latents));
        assert!(levels.iter().any(|level| !matches!(level, 0 | 128 | 255)), "nothing was predicted");
    }
}

#[test]
fn the_largest_weights_biases_and_latents_stay_within_32_bits() {
    for (weight, bias, latent) in [(-128, 1 << 24, -128), (127, 1 << 24, 127), (-128, -(1 << 24), 127)] {
        let layers = layers(|| weight, || bias);
        let levels = Predictor::from_bytes(&bytes(&layers)).unwrap().levels(&[latent; LATENTS]).unwrap();
        assert_eq!(levels, reference(&layers, &[latent; LATENTS]));
    }
}

#[test]
fn every_build_predicts_the_same() {
    let levels = Predictor::from_bytes(&bytes(&random(7))).unwrap().levels(&[-8, 7, 3, -1, 0]).unwrap();
    assert_eq!(crc32fast::hash(&levels), 1_778_917_434);
}

#[test]
fn bytes_that_are_no_predictor_are_refused() {
    let whole = bytes(&random(3));
    for length in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
        assert!(matches!(Predictor::from_bytes(&whole[..length]), Err(Error::Truncated(_))), "{length}");
    }
    let altered = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        Predictor::from_bytes(&bytes)
    };
    assert!(matches!(altered(0, 0), Err(Error::Format(_))), "no latents");
    assert!(matches!(altered(0, 4), Err(Error::Format(_))), "fewer latents");
    assert!(matches!(altered(whole.len() - 1, 2), Err(Error::Format(_))), "a bias beyond its bound");
    assert!(matches!(altered(whole.len() - 1, 0x80), Err(Error::Format(_))), "the least bias");
    assert!(matches!(Predictor::from_bytes(&[&whole[..], &[0]].concat()), Err(Error::Format(_))));
    let refused = Predictor::from_bytes(&whole).unwrap().levels(&[0; LATENTS + 1]);
    assert!(matches!(refused, Err(Error::Argument(_))));
}
