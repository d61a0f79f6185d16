//! Files cut, altered and forged: a typed error, never another picture, never a panic.

mod common;

use common::{PACKED, chunked, image_shape, images, named, packs, repair, tables, tables_bytes, tiled, variable_rate};
use latentcodec_core::container::{ImageFile, PackFile};
use latentcodec_core::tables::Tables;
use latentcodec_core::{Error, Result};

const LIMIT: u64 = 1 << 20;

/// All symbols of a `.ltc` file, of `[0, 2^8)` whatever the file.
fn read_image(bytes: &[u8]) -> Result<Vec<i16>> {
    ImageFile::parse(bytes, LIMIT)?.symbols(image_shape(), Some(&tables())).inspect(|symbols| bounded(symbols))
}

fn bounded(symbols: &[i16]) {
    assert!(symbols.iter().all(|&symbol| (0..256).contains(&symbol)));
}

/// All symbols of a `.ltc` file of a variable rate.
fn read_variable_rate_image(bytes: &[u8]) -> Result<Vec<i16>> {
    ImageFile::parse(bytes, LIMIT)?.symbols(image_shape(), Some(variable_rate::tables()))
}

/// All symbols of a `.ltcp` file, of `[0, 2^8)` whatever the file.
fn read_pack(bytes: &[u8]) -> Result<Vec<i16>> {
    read_blocks(bytes, &tables()).inspect(|symbols| bounded(symbols))
}

/// All symbols of a `.ltcp` file of a variable rate.
fn read_variable_rate_pack(bytes: &[u8]) -> Result<Vec<i16>> {
    read_blocks(bytes, variable_rate::tables())
}

fn read_blocks(bytes: &[u8], tables: &Tables) -> Result<Vec<i16>> {
    let file = PackFile::parse(bytes, LIMIT)?;
    let mut symbols = Vec::new();
    for index in 0..file.count().div_ceil(file.block()) {
        symbols.extend(file.symbols(index as usize, PACKED[0], PACKED[1], PACKED[2], Some(tables))?.1);
    }
    Ok(symbols)
}

/// Every frequency of a `tables.bin`, as a check that it was read at all.
fn read_tables(bytes: &[u8]) -> Result<Vec<i16>> {
    Tables::parse(bytes).map(|_| Vec::new())
}

fn all_images() -> Vec<(Vec<u8>, Vec<i16>)> {
    [images(), tiled(), vec![chunked()]].concat()
}

fn all_packs() -> Vec<(Vec<u8>, Vec<i16>)> {
    [packs(), vec![named()]].concat()
}

type Read = fn(&[u8]) -> Result<Vec<i16>>;

fn variable_rate_images() -> Vec<(Vec<u8>, Read)> {
    variable_rate::images().into_iter().map(|(_, bytes, _)| (bytes, read_variable_rate_image as Read)).collect()
}

fn variable_rate_packs() -> Vec<(Vec<u8>, Read)> {
    variable_rate::packs().into_iter().map(|(_, bytes, _)| (bytes, read_variable_rate_pack as Read)).collect()
}

/// Every kind of file with its reader.
fn files() -> Vec<(Vec<u8>, Read)> {
    let images = all_images().into_iter().map(|(bytes, _)| (bytes, read_image as Read));
    let packs = all_packs().into_iter().map(|(bytes, _)| (bytes, read_pack as Read));
    let variable_rate = variable_rate_images().into_iter().chain(variable_rate_packs());
    let tables = [tables_bytes(), variable_rate::tables_bytes(2, 0)].map(|bytes| (bytes, read_tables as Read));
    images.chain(packs).chain(variable_rate).chain(tables).collect()
}

#[test]
fn the_files_are_read_while_they_are_whole() {
    for (bytes, symbols) in all_images() {
        assert_eq!(read_image(&bytes), Ok(symbols));
    }
    for (bytes, symbols) in all_packs() {
        assert_eq!(read_pack(&bytes), Ok(symbols));
    }
    for (_, bytes, symbols) in variable_rate::images() {
        assert_eq!(read_variable_rate_image(&bytes), Ok(symbols));
    }
    for (_, bytes, symbols) in variable_rate::packs() {
        assert_eq!(read_variable_rate_pack(&bytes), Ok(symbols));
    }
    assert!(read_tables(&tables_bytes()).is_ok());
    assert!(read_tables(&variable_rate::tables_bytes(2, 0)).is_ok());
}

#[test]
fn every_prefix_is_refused_as_cut() {
    for (bytes, read) in files() {
        for length in 0..bytes.len() {
            let error = read(&bytes[..length]).unwrap_err();
            let cut = matches!(error, Error::Truncated(_) | Error::Checksum(_) | Error::Bundle(_));
            assert!(cut, "{length} of {} bytes: {error:?}", bytes.len());
        }
    }
}

#[test]
fn a_pack_cut_after_its_index_is_refused_before_a_block_is_read() {
    let (bytes, _) = &packs()[0];
    let result = PackFile::parse(&bytes[..bytes.len() - 1], LIMIT);
    assert!(matches!(result, Err(Error::Truncated(_))));
}

#[test]
fn every_value_of_every_byte_but_its_own_is_refused() {
    for (bytes, read) in files() {
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            for value in 0..=255 {
                damaged[place] = value;
                assert_eq!(read(&damaged).is_ok(), value == bytes[place], "byte {place} = {value}");
            }
        }
    }
}

#[test]
fn bytes_after_the_end_are_refused() {
    for (bytes, read) in files() {
        for more in [&[0][..], &[255], &[0; 8]] {
            let error = read(&[&bytes, more].concat()).unwrap_err();
            assert!(!matches!(error, Error::Argument(_)), "{error:?}");
        }
    }
}

/// What a forged file may do: fail with an error about the file, or give symbols.
fn harmless(result: Result<Vec<i16>>) {
    match result {
        Ok(_) => (),
        // The shape is the caller's: a forged size can make it impossible.
        Err(Error::Argument(message)) => assert!(message.contains("larger than the picture"), "{message}"),
        Err(_) => (),
    }
}

#[test]
fn a_forged_picture_or_table_is_refused_or_harmless() {
    for (bytes, read) in files() {
        for place in 0..bytes.len() - 4 {
            for value in 0..=255 {
                let mut forged = bytes.clone();
                forged[place] = value;
                repair(&mut forged);
                harmless(read(&forged));
            }
        }
    }
}

#[test]
fn a_forged_header_of_blocks_or_tiles_is_refused_or_harmless() {
    let packs = all_packs().into_iter().map(|(bytes, _)| (bytes, read_pack as Read));
    let tiles = tiled().into_iter().map(|(bytes, _)| (bytes, read_image as Read));
    let variable_rate = variable_rate::images().into_iter().filter(|(name, ..)| name.contains("tiled"));
    let tiles = tiles.chain(variable_rate.map(|(_, bytes, _)| (bytes, read_variable_rate_image as Read)));
    for (bytes, read) in packs.chain(variable_rate_packs()).chain(tiles) {
        let sizes = PackFile::parse(&bytes, LIMIT).map(|file| file.sizes());
        let sizes = sizes.or_else(|_| ImageFile::parse(&bytes, LIMIT).map(|file| file.sizes())).unwrap();
        let head = sizes.header + sizes.side_information + sizes.chunks + sizes.index + 4;
        for place in 0..head - 4 {
            for value in 0..=255 {
                let mut forged = bytes.clone();
                forged[place] = value;
                repair(&mut forged[..head]);
                harmless(read(&forged));
            }
        }
    }
}

#[test]
fn a_forged_payload_gives_a_format_error_or_symbols_in_range() {
    for (bytes, _) in images() {
        let sizes = ImageFile::parse(&bytes, LIMIT).unwrap().sizes();
        let start = sizes.header + sizes.side_information;
        for length in 0..sizes.payload + 9 {
            for fill in [0x00, 0x01, 0x7f, 0x80, 0xff] {
                let mut forged = [&bytes[..start], &vec![fill; length + 4]].concat();
                repair(&mut forged);
                match read_image(&forged) {
                    Ok(symbols) => assert!(symbols.iter().all(|&symbol| (0..4).contains(&symbol))),
                    Err(error) => assert!(matches!(error, Error::Format(_)), "{error:?}"),
                }
            }
        }
    }
}

/// Tables with another value at a place, and a checksum that fits, are refused in these words.
fn assert_bundle_error(bytes: &[u8], place: usize, value: u8, words: &str) {
    let mut forged = bytes.to_vec();
    forged[place] = value;
    repair(&mut forged);
    match Tables::parse(&forged) {
        Err(Error::Bundle(message)) => assert!(message.contains(words), "byte {place} = {value}: {message}"),
        other => panic!("byte {place} = {value}: {other:?}"),
    }
}

#[test]
fn every_fault_of_the_tables_is_a_bundle_error() {
    // The file starts: magic 0..4, entries 4, quantiser 5 (max, 1 bit), channels 6, three rows of two frequencies
    // 7..19.
    let bytes = tables_bytes();
    for (place, value, words) in [
        (0, b'X', "not the file"),
        (3, 9, "format version 9"),
        (4, 11, "follow"),
        (4, 13, "too early"),
        (5, 0x51, "quantiser"),
        (5, 0x31, "codebook"),
        (5, 0x02, "sum"),
        (6, 0, "channels"),
        (6, 0x7f, "too early"),
    ] {
        assert_bundle_error(&bytes, place, value, words);
    }
}

#[test]
fn every_fault_of_the_entry_of_a_variable_rate_is_a_bundle_error() {
    // The file starts: magic 0..4, entries 4, quantiser 5, channels 6, levels 7, logarithms of gains 8..56, roundings
    // 56..68, bands 68, the first table's reach 69.
    let bytes = variable_rate::tables_bytes(2, 0);
    for (place, value, words) in [
        (4, 2, "too early"),
        (5, 0x41, "quantiser"),
        (6, 0, "0 channels"),
        (6, 0x7f, "too early"),
        (7, 1, "2 to 64 levels"),
        (7, 65, "too early"),
        (11, 0x7f, "no logarithm"),
        (11, 0x40, "must not fall"),
        (56, 63, "rounding of 63"),
        (67, 129, "rounding of 129"),
        (68, 21, "21 bands"),
        (68, 3, "too early"),
        (69, 128, "reaches to 128"),
        (69, 0, "sum"),
        (70, 0, "sum"),
    ] {
        assert_bundle_error(&bytes, place, value, words);
    }
    let mut forged = bytes.clone();
    forged[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
    repair(&mut forged);
    assert!(matches!(Tables::parse(&forged), Err(Error::Bundle(message)) if message.contains("NaN")));
}

#[test]
fn tables_with_a_frequency_of_zero_or_an_entry_twice_are_refused() {
    let bytes = tables_bytes();
    // One entry of 2 bits and one channel: 0, 0, 1, 65535.
    let zero = [&bytes[..4], &[1, 0x02, 1, 0, 0, 0, 0, 1, 0, 0xff, 0xff], &[0; 4]].concat();
    let twice = [&bytes[..4], &[2], &bytes[5..19], &bytes[5..19], &[0; 4]].concat();
    let variable_rate = variable_rate::tables_bytes(0, 0);
    let gains_twice =
        [&variable_rate[..4], &[2], &variable_rate[5..variable_rate.len() - 4], &variable_rate[5..]].concat();
    for (mut forged, words) in [(zero, "at least 1"), (twice, "ascending"), (gains_twice, "ascending")] {
        repair(&mut forged);
        match Tables::parse(&forged) {
            Err(Error::Bundle(message)) => assert!(message.contains(words), "{message}"),
            other => panic!("{words}: {other:?}"),
        }
    }
}
