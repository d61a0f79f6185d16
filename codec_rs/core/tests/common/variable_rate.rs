//! Symbols, tables and files of variable rates.

use std::sync::LazyLock;

use latentcodec_core::container::{Header, write_image, write_pack};
use latentcodec_core::models::Entropy;
use latentcodec_core::quantise::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::tables::{Stream, Tables, VariableRate};

use super::{EXIF, Numbers, PACKED, chunk, header, image_shape};

/// The entropy models of variable rates.
pub const ENTROPIES: [(&str, Entropy); 2] = [("static", Entropy::Static), ("context", Entropy::Context)];

pub fn at(quality: u8) -> Quantiser {
    Quantiser::new(4, quality).unwrap()
}

/// Symbols that are nearly all 0 in the last channels and seldom large, more of them at higher quality.
pub fn sparse(shape: Shape, quality: u8, seed: u64) -> Vec<i16> {
    let mut numbers = Numbers(seed);
    let mut symbol = |index: usize| {
        let channel = index / shape.plane() % shape.channels();
        let size = (0..8).take_while(|_| numbers.below(300) < 60 + u64::from(quality) - 20 * channel as u64).count();
        if numbers.below(2) == 0 { size as i16 } else { -(size as i16) }
    };
    (0..shape.volume()).map(&mut symbol).collect()
}

/// Gains and roundings of 4 levels of three channels.
pub fn gains() -> (Vec<f32>, Vec<u8>) {
    ((0..12_u8).map(|index| f32::from(index) / 4.0 - 1.5).collect(), (0..12).map(|index| 128 - 5 * index).collect())
}

/// Tables of three channels with so many bands for `static` and for `context`.
pub fn fit(static_bands: usize, context_bands: usize) -> VariableRate {
    let shape = Shape::new(1, 3, 6, 5).unwrap();
    let qualities: Vec<u8> = (1..=100).step_by(5).collect();
    let pictures: Vec<_> = qualities.iter().map(|&quality| sparse(shape, quality, quality.into())).collect();
    let streams = qualities.iter().zip(&pictures).map(|(&quality, symbols)| Stream { quality, shape, symbols });
    let streams: Vec<_> = streams.collect();
    let (log_gains, rounding) = gains();
    VariableRate::fit(3, &log_gains, &rounding, &streams, static_bands, context_bands).unwrap()
}

pub fn tables_bytes(static_bands: usize, context_bands: usize) -> Vec<u8> {
    Tables::build(&[], Some(&fit(static_bands, context_bands)), None, None).unwrap()
}

/// The tables of the files below.
pub fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> =
        LazyLock::new(|| Tables::parse(include_bytes!("../golden/gained_tables.bin")).unwrap());
    &TABLES
}

/// Name, bytes and symbols of small `.ltc` files of 40x16 pixels, 8 to a latent: both entropy models at a low and a
/// high quality, the latter with the largest symbols, and tiled.
pub fn images() -> Vec<(String, Vec<u8>, Vec<i16>)> {
    let mut files = Vec::new();
    for (name, entropy) in ENTROPIES {
        for (part, quality, tile) in [("low", 10, None), ("high", 100, None), ("tiled", 60, Some(3))] {
            let mut symbols = sparse(image_shape(), quality, 3);
            if quality == 100 {
                symbols[..4].copy_from_slice(&[i16::MAX, i16::MIN, -i16::MAX, 300]);
            }
            let header = Header { tile, ..header(at(quality), entropy, 40, 16) };
            let chunks = if tile.is_some() { vec![chunk(3, EXIF)] } else { Vec::new() };
            let bytes = write_image(&header, &[], &chunks, image_shape(), &symbols, Some(tables())).unwrap();
            files.push((format!("gained_{part}_{name}.ltc"), bytes, symbols));
        }
    }
    files
}

/// Name, bytes and symbols of a `.ltcp` file of five pictures of 16x16 in blocks of two for each entropy model.
pub fn packs() -> Vec<(String, Vec<u8>, Vec<i16>)> {
    let shape = Shape::new(5, PACKED[0], PACKED[1], PACKED[2]).unwrap();
    let symbols = sparse(shape, 70, 4);
    let pack = |(name, entropy)| {
        let header = header(at(70), entropy, 16, 16);
        let bytes = write_pack(&header, &[], &[], shape, &symbols, 2, Some(tables())).unwrap();
        (format!("gained_pack_{name}.ltcp"), bytes, symbols.clone())
    };
    ENTROPIES.map(pack).to_vec()
}
