//! The context coder of latents: bytes and time, for streams of a variable rate.
//!
//! `cargo run --release -p latentcodec-core --example latents -- TRAIN TEST [BANDS]`: files of streams, each of them
//! quality, channels, rows and columns as u16 and then the symbols as i16, all little-endian.
//! `stages.rate_distortion.fit.quantised` gives such streams.

use std::collections::BTreeMap;
use std::time::Instant;

use latentcodec_core::Result;
use latentcodec_core::models::context::{Context, ContextState, TrainingStream};
use latentcodec_core::quantise::{Quantiser, band};
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream};

/// Times that each stream is coded; the quickest counts.
const REPEATS: usize = 3;

struct Stream {
    quality: u8,
    shape: Shape,
    symbols: Vec<i16>,
}

fn load(path: &str) -> Vec<Stream> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut words = bytes.as_chunks().0.iter().map(|&pair| i16::from_le_bytes(pair));
    let mut streams = Vec::new();
    while let Some(quality) = words.next() {
        let mut length = || words.next().expect("a whole head") as usize;
        let shape = Shape::new(1, length(), length(), length()).expect("a shape");
        streams.push(Stream { quality: quality as u8, shape, symbols: words.by_ref().take(shape.volume()).collect() });
    }
    streams
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [training, test] = [0, 1].map(|index| load(&arguments[index]));
    let bands: usize = arguments.get(2).map_or(8, |bands| bands.parse().expect("BANDS is a number"));
    let samples = training.iter().map(|Stream { quality, shape, symbols }| {
        let band = band(*quality, bands);
        TrainingStream { shape: *shape, band, symbols }
    });
    let samples: Vec<_> = samples.collect();
    let start = Instant::now();
    let bytes = ContextState::train(test[0].shape.channels(), bands, &samples)?.to_bytes();
    println!("trained in {:.1?}, {:.2} MB", start.elapsed(), bytes.len() as f64 / 1e6);
    measure(&ContextState::from_bytes(&bytes)?, bands, &test)
}

/// Prints bytes and times of all streams of a quality.
fn measure(state: &ContextState, bands: usize, test: &[Stream]) -> Result<()> {
    let mut sums = BTreeMap::<u8, (usize, usize, [f64; 2])>::new();
    for Stream { quality, shape, symbols } in test {
        let (quantiser, model) = (Quantiser::new(4, *quality)?, Context::new(state, *shape, band(*quality, bands))?);
        let (mut bytes, mut quickest) = (Vec::new(), [f64::INFINITY; 2]);
        for _ in 0..REPEATS {
            let start = Instant::now();
            bytes = encode_stream(&model, quantiser, *shape, symbols)?;
            quickest[0] = start.elapsed().as_secs_f64().min(quickest[0]);
            let start = Instant::now();
            assert!(decode_stream(&model, quantiser, *shape, &bytes)? == *symbols, "not the symbols that were coded");
            quickest[1] = start.elapsed().as_secs_f64().min(quickest[1]);
        }
        let (coded, volume, times) = sums.entry(*quality).or_default();
        *coded += bytes.len();
        *volume += symbols.len();
        times.iter_mut().zip(quickest).for_each(|(time, quickest)| *time += quickest);
    }
    for (quality, (coded, volume, times)) in sums {
        let [encoding, decoding] = times.map(|time| 1e9 * time / volume as f64);
        println!("quality {quality}: {coded} bytes, {encoding:.0} and {decoding:.0} ns per symbol");
    }
    Ok(())
}
