//! What several tests need: numbers that are the same everywhere, files to damage, and a coder to compare with.
#![allow(dead_code, reason = "every test file uses a part of it")]

pub mod reference;
pub mod variable_rate;

use std::sync::LazyLock;

use latentcodec_core::container::{Chunk, Header, write_image, write_pack};
use latentcodec_core::models::Entropy;
use latentcodec_core::quantise::{Quantiser, Rule};
use latentcodec_core::shape::Shape;
use latentcodec_core::tables::{Fit, Tables};

/// A linear congruential generator (Knuth's constants): integers only.
pub struct Numbers(pub u64);

impl Numbers {
    /// A number of `[0, end)`, `end <= 2^31`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) * end) >> 31
    }

    /// Symbols of `[0, levels)` about a middle that differs from channel to channel.
    pub fn symbols(&mut self, shape: Shape, levels: u64) -> Vec<i16> {
        let middle =
            |index: usize| (index / shape.plane() % shape.channels()) as u64 * levels / shape.channels() as u64;
        let mut symbol = |index| (middle(index) + self.below(levels) * self.below(levels) / levels) % levels;
        (0..shape.volume()).map(|index| symbol(index) as i16).collect()
    }
}

pub fn quantiser(rule: Rule, bits: u8) -> Quantiser {
    Quantiser::new(rule as u8, bits).unwrap()
}

pub const RULES: [Rule; 4] = [Rule::Max, Rule::MinMax, Rule::Vector, Rule::VectorShared];

/// Side information that fit a quantiser.
pub fn side_information(quantiser: Quantiser) -> Vec<f32> {
    let ascending = (0..quantiser.side_information_values()).map(|index| index as f32 * 0.25 - 1.0);
    if quantiser.rule() == Rule::Max { vec![3.5] } else { ascending.collect() }
}

/// A header of a picture of `width` x `height`.
pub fn header(quantiser: Quantiser, entropy: Entropy, width: u64, height: u64) -> Header {
    Header { model: *b"\xde\xad\xbe\xef", width, height, quantiser, entropy, grey: false, tile: None }
}

/// `tables.bin` for every rule with 1, 2 and 3 bits and three channels.
pub fn tables_bytes() -> Vec<u8> {
    let mut numbers = Numbers(7);
    let mut fits = Vec::new();
    for rule in RULES {
        for bits in 1..=3 {
            let quantiser = quantiser(rule, bits);
            let levels = quantiser.levels();
            let codebook = (rule == Rule::VectorShared).then(|| (0..levels).map(|index| index as f32 - 1.5).collect());
            let counts = (0..3 * levels).map(|_| numbers.below(1000)).collect();
            fits.push(Fit { quantiser, codebook, counts, state: None });
        }
    }
    Tables::build(&fits, None, None, None).unwrap()
}

pub fn tables() -> Tables {
    static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::parse(&tables_bytes()).unwrap());
    TABLES.clone()
}

/// The latents of [`images`]: a picture of 130x10.
pub fn image_shape() -> Shape {
    Shape::new(1, 3, 2, 5).unwrap()
}

/// A small `.ltc` file and its symbols for every rule and entropy model.
pub fn images() -> Vec<(Vec<u8>, Vec<i16>)> {
    let tables = tables();
    let mut files = Vec::new();
    for rule in RULES {
        for entropy in [Entropy::Adaptive, Entropy::Static] {
            let quantiser = quantiser(rule, 2);
            let symbols = Numbers(rule as u64).symbols(image_shape(), 4);
            let header = header(quantiser, entropy, 130, 10);
            let bytes = write_image(&header, &side_information(quantiser), &[], image_shape(), &symbols, Some(&tables))
                .unwrap();
            files.push((bytes, symbols));
        }
    }
    files
}

/// EXIF without an entry: the header of a TIFF file, and an empty directory.
pub const EXIF: &[u8] = b"MM\0*\0\0\0\x08\0\0\0\0\0\0";

pub fn chunk(kind: u8, bytes: &[u8]) -> Chunk {
    Chunk { kind, bytes: bytes.to_vec() }
}

/// Chunks of all kinds that a picture may have, and of one that a reader may ignore.
pub fn chunks() -> Vec<Chunk> {
    vec![chunk(1, b"a PNG"), chunk(2, &[7; 200]), chunk(3, EXIF), chunk(200, b"")]
}

/// A tiled picture of 130x10 with a chunk, and its symbols, for each entropy model.
pub fn tiled() -> Vec<(Vec<u8>, Vec<i16>)> {
    let tables = tables();
    let quantiser = quantiser(Rule::MinMax, 2);
    let symbols = Numbers(8).symbols(image_shape(), 4);
    let image = |entropy| {
        let header = Header { tile: Some(3), ..header(quantiser, entropy, 130, 10) };
        let chunks = [chunk(3, EXIF)];
        let bytes = write_image(&header, &side_information(quantiser), &chunks, image_shape(), &symbols, Some(&tables))
            .unwrap();
        (bytes, symbols.clone())
    };
    [Entropy::Adaptive, Entropy::Static].map(image).to_vec()
}

/// A grey picture of 130x10 with all chunks, and its symbols.
pub fn chunked() -> (Vec<u8>, Vec<i16>) {
    let quantiser = quantiser(Rule::Max, 2);
    let header = Header { grey: true, ..header(quantiser, Entropy::Static, 130, 10) };
    let symbols = Numbers(9).symbols(image_shape(), 4);
    let bytes = write_image(&header, &side_information(quantiser), &chunks(), image_shape(), &symbols, Some(&tables()))
        .unwrap();
    (bytes, symbols)
}

/// The latents of one picture of [`packs`]: channels, rows, columns.
pub const PACKED: [usize; 3] = [3, 2, 2];

/// A `.ltcp` file of five pictures of 9x9 in blocks of two, and its symbols, for each entropy model.
pub fn packs() -> Vec<(Vec<u8>, Vec<i16>)> {
    [Entropy::Adaptive, Entropy::Static].map(|entropy| pack(entropy, &[])).to_vec()
}

/// The second of [`packs`], with chunks.
pub fn named() -> (Vec<u8>, Vec<i16>) {
    pack(Entropy::Static, &[chunk(4, b"names"), chunk(255, b"?")])
}

fn pack(entropy: Entropy, chunks: &[Chunk]) -> (Vec<u8>, Vec<i16>) {
    let shape = Shape::new(5, PACKED[0], PACKED[1], PACKED[2]).unwrap();
    let quantiser = quantiser(Rule::MinMax, 3);
    let symbols = Numbers(5).symbols(shape, 8);
    let header = header(quantiser, entropy, 9, 9);
    let bytes = write_pack(&header, &side_information(quantiser), chunks, shape, &symbols, 2, Some(&tables())).unwrap();
    (bytes, symbols)
}

/// Puts the right CRC-32 in the last four bytes.
pub fn repair(bytes: &mut [u8]) {
    let end = bytes.len() - 4;
    let checksum = crc32fast::hash(&bytes[..end]).to_le_bytes();
    bytes[end..].copy_from_slice(&checksum);
}
