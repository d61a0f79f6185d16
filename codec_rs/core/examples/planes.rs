//! Lossless pictures of any planes: bytes, bits per pixel and speed, in processor time of one core.
//!
//! `cargo run --release -p latentcodec-core --example planes -- train STATE FILE...` learns from binary PGM or PPM files of
//! 8 or 16 bits and writes what it learnt, `... -- STATE FILE...` codes some from there.

use std::time::Instant;

use latentcodec_core::Result;
use latentcodec_core::planes::{Planes, PlanesState, TrainingPlanes};
use latentcodec_core::quantise::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream};

fn load(path: &str) -> (Quantiser, Shape, Vec<i16>) {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let planes = if bytes.starts_with(b"P5") { 1 } else { 3 };
    let mut fields = bytes.splitn(5, |byte| byte.is_ascii_whitespace()).skip(1);
    let mut number = || -> Option<usize> { std::str::from_utf8(fields.next()?).ok()?.parse().ok() };
    let sizes = number().zip(number()).zip(number());
    let ((columns, rows), most) = sizes.expect("width, height and the largest sample");
    let (depth, width) = if most > 255 { (12, 2) } else { (4, 1) };
    let samples = &bytes[bytes.len() - planes * rows * columns * width..];
    let sample = |sample: &[u8]| sample.iter().fold(0, |value, &byte| value << 8 | u16::from(byte)) as i16;
    let plane = |plane: usize| samples.chunks(width).skip(plane).step_by(planes).map(sample);
    let quantiser = Quantiser::new(6, depth + planes as u8 - 1).expect("three planes at most");
    let shape = Shape::new(1, planes, rows, columns).expect("a picture has pixels");
    (quantiser, shape, (0..planes).flat_map(plane).collect())
}

/// Seconds of processor time, where the system tells; else of the clock.
fn seconds(start: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok();
    let time = text.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    time.map_or_else(|| start.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

fn train(state: &str, files: &[String]) -> Result<()> {
    let pictures: Vec<_> = files.iter().map(|path| load(path)).collect();
    let pictures: Vec<_> = pictures
        .iter()
        .map(|(quantiser, shape, samples)| TrainingPlanes { quantiser: *quantiser, shape: *shape, samples })
        .collect();
    let bytes = PlanesState::train(&pictures)?.to_bytes();
    println!("{} pictures, {} bytes", pictures.len(), bytes.len());
    std::fs::write(state, bytes).unwrap_or_else(|error| panic!("{state}: {error}"));
    Ok(())
}

fn measure(state: &PlanesState, files: &[String]) -> Result<()> {
    let (mut coded, mut pixels, mut times, start) = (0, 0, [0.0; 2], Instant::now());
    for path in files {
        let (quantiser, shape, samples) = load(path);
        let model = Planes::new(state, quantiser, shape)?;
        let before = seconds(start);
        let bytes = encode_stream(&model, quantiser, shape, &samples)?;
        let between = seconds(start);
        assert!(decode_stream(&model, quantiser, shape, &bytes)? == samples, "{path}: not the samples that were coded");
        times = [times[0] + between - before, times[1] + seconds(start) - between];
        (coded, pixels) = (coded + bytes.len(), pixels + shape.plane());
        let name = path.rsplit('/').next().unwrap_or(path);
        println!(
            "{name}: {} bytes, {:.4} bits per pixel",
            bytes.len(),
            8.0 * bytes.len() as f64 / shape.plane() as f64
        );
    }
    let [encoding, decoding] = times.map(|time| pixels as f64 / time / 1e6);
    println!("{:.4} bits per pixel, {encoding:.2} and {decoding:.2} MP/s", 8.0 * coded as f64 / pixels as f64);
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [command, state, files @ ..] if command == "train" => train(state, files),
        [state, files @ ..] => {
            let bytes = std::fs::read(state).unwrap_or_else(|error| panic!("{state}: {error}"));
            measure(&PlanesState::from_bytes(&bytes)?, files)
        }
        [] => panic!("train STATE FILE... | STATE FILE..."),
    }
}
