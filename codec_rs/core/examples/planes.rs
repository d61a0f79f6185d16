//! Lossless pictures of any planes: bytes, bits per pixel and speed, in processor time of one core.
//!
//! `cargo run --release -p latentcodec-core --example planes -- FILE...`: binary PGM or PPM files of 8 or 16 bits.

use std::time::Instant;

use latentcodec_core::Result;
use latentcodec_core::planes::{Dimensions, decode, encode};

fn load(path: &str) -> (Dimensions, Vec<Vec<u16>>) {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let planes = if bytes.starts_with(b"P5") { 1 } else { 3 };
    let mut fields = bytes.splitn(5, |byte| byte.is_ascii_whitespace()).skip(1);
    let mut number = || -> Option<usize> { std::str::from_utf8(fields.next()?).ok()?.parse().ok() };
    let sizes = number().zip(number()).zip(number());
    let ((columns, rows), most) = sizes.expect("width, height and the largest sample");
    let (bits, width) = (most.ilog2() + 1, if most > 255 { 2 } else { 1 });
    let samples = &bytes[bytes.len() - planes * rows * columns * width..];
    let sample = |sample: &[u8]| sample.iter().fold(0, |value, &byte| value << 8 | u16::from(byte));
    let plane = |plane: usize| samples.chunks(width).skip(plane).step_by(planes).map(sample).collect();
    (Dimensions { rows, columns, planes, bits }, (0..planes).map(plane).collect())
}

/// Seconds of processor time, where the system tells; else of the clock.
fn seconds(start: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok();
    let time = text.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    time.map_or_else(|| start.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

fn main() -> Result<()> {
    let (mut coded, mut pixels, mut times, start) = (0, 0, [0.0; 2], Instant::now());
    for path in std::env::args().skip(1) {
        let (dimensions, planes) = load(&path);
        let count = dimensions.rows * dimensions.columns;
        let before = seconds(start);
        let bytes = encode(&planes, dimensions)?;
        let between = seconds(start);
        assert!(decode(&bytes, dimensions)? == planes, "{path}: not the samples that were coded");
        times = [times[0] + between - before, times[1] + seconds(start) - between];
        (coded, pixels) = (coded + bytes.len(), pixels + count);
        let name = path.rsplit('/').next().unwrap_or(&path);
        println!("{name}: {} bytes, {:.4} bits per pixel", bytes.len(), 8.0 * bytes.len() as f64 / count as f64);
    }
    let [encoding, decoding] = times.map(|time| pixels as f64 / time / 1e6);
    println!("{:.4} bits per pixel, {encoding:.2} and {decoding:.2} MP/s", 8.0 * coded as f64 / pixels as f64);
    Ok(())
}
