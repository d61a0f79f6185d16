//! Handwriting without loss: bits per pixel and time.
//!
//! `cargo run --release -p latentcodec-core --example pixels -- TRAIN TEST [BLOCK]`: TRAIN and TEST are lists, joined by
//! commas, of unpacked IDX files of pictures.

use std::time::Instant;

use latentcodec_core::Result;
use latentcodec_core::pixels::{PixelState, Pixels, TrainingPictures};
use latentcodec_core::quantise::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream};

/// Rows, columns and pixels of a file.
fn load(path: &str) -> ([usize; 2], Vec<u8>) {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize;
    ([number(8), number(12)], bytes[16..].to_vec())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [training, test] = [0, 1].map(|index| arguments[index].split(',').map(load).collect::<Vec<_>>());
    let block: usize = arguments.get(2).map_or(1, |block| block.parse().expect("BLOCK is a number"));
    let samples: Vec<_> = training.iter().map(|(sides, pixels)| TrainingPictures { sides: *sides, pixels }).collect();
    let start = Instant::now();
    let state = PixelState::train(&samples)?;
    println!("trained in {:.1?}, {:.2} MB", start.elapsed(), state.to_bytes().len() as f64 / 1e6);
    let lossless = Quantiser::new(5, 0)?;
    let (mut coded, mut pixels, mut times) = (0, 0, [0.0; 2]);
    for ([rows, columns], picture) in &test {
        for part in picture.chunks(block * rows * columns) {
            let shape = Shape::new(part.len() / (rows * columns), 1, *rows, *columns)?;
            let symbols: Vec<i16> = part.iter().map(|&pixel| pixel.into()).collect();
            let model = Pixels::new(&state, shape)?;
            let start = Instant::now();
            let bytes = encode_stream(&model, lossless, shape, &symbols)?;
            times[0] += start.elapsed().as_secs_f64();
            let start = Instant::now();
            assert!(decode_stream(&model, lossless, shape, &bytes)? == symbols, "not the pixels that were coded");
            times[1] += start.elapsed().as_secs_f64();
            // A block of a pack adds its length and a checksum.
            (coded, pixels) = (coded + bytes.len() + 6, pixels + part.len());
        }
    }
    let [encoding, decoding] = times.map(|time| 1e9 * time / pixels as f64);
    println!("{:.4} bits per pixel, {encoding:.0} and {decoding:.0} ns per pixel", 8.0 * coded as f64 / pixels as f64);
    Ok(())
}
