//! What the writer and the reader of `.ltc` and `.ltcp` refuse, and how they name it.

mod common;

use common::{
    PACKED, RULES, chunk, header, image_shape, images, packs, quantiser, repair, tables, tiled, variable_rate,
};
use latentcodec_core::Error;
use latentcodec_core::bytes::Reader;
use latentcodec_core::container::{Header, ImageFile, PackFile, write_image, write_pack};
use latentcodec_core::models::Entropy;
use latentcodec_core::quantise::{Quantiser, Rule};
use latentcodec_core::shape::Shape;
use latentcodec_core::tables::Tables;
use proptest::prelude::*;

const LIMIT: u64 = 1 << 28;

proptest! {
    #[test]
    fn any_bytes_are_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..100), magic in 0..3_usize) {
        if let Some(start) = bytes.first_chunk_mut() {
            *start = [*b"LTC\x01", *b"LTP\x01", *start][magic];
        }
        prop_assert!(ImageFile::parse(&bytes, LIMIT).is_err());
        prop_assert!(PackFile::parse(&bytes, LIMIT).is_err());
    }
}

#[test]
fn a_number_of_more_than_32_bits_or_of_six_bytes_is_refused() {
    for (number, good) in [
        (&[0xff, 0xff, 0xff, 0xff, 0x0f][..], true),
        (&[0xff, 0xff, 0xff, 0xff, 0x1f], false),
        (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x01], false),
        (&[0x81, 0x00], false),
        (&[0x00], true),
    ] {
        assert_eq!(Reader::new(number).leb128().is_ok(), good, "{number:?}");
    }
}

#[test]
fn a_picture_cut_before_its_payload_is_truncated_and_not_merely_damaged() {
    let bytes = &images()[0].0;
    let sizes = ImageFile::parse(bytes, LIMIT).unwrap().sizes();
    for length in 0..sizes.header + sizes.side_information + sizes.checksum {
        assert!(matches!(ImageFile::parse(&bytes[..length], LIMIT), Err(Error::Truncated(_))), "{length} bytes");
    }
}

#[test]
fn pixels_beyond_the_limit_are_refused() {
    let (image, pack) = (&images()[0].0, &packs()[0].0);
    assert!(ImageFile::parse(image, 1300).is_ok());
    assert!(matches!(ImageFile::parse(image, 1299), Err(Error::Limit(_))));
    assert!(PackFile::parse(pack, 5 * 81).is_ok());
    assert!(matches!(PackFile::parse(pack, 5 * 81 - 1), Err(Error::Limit(_))));
}

/// The first image with `byte` at `place` and the right checksum.
fn altered(place: usize, byte: u8) -> Result<ImageFile, Error> {
    let mut bytes = images()[0].0.clone();
    bytes[place] = byte;
    repair(&mut bytes);
    ImageFile::parse(&bytes, LIMIT)
}

#[test]
fn what_this_version_does_not_know_is_a_format_error_that_names_it() {
    // magic and version 0..4, model 4..8, width 8..10, height 10, quantiser 11, flags 12, side information 13..15
    for (place, byte, words) in [
        (0, b'X', "not a .ltc file"),
        (2, b'P', "not a .ltc file"),
        (3, 2, "format version 2"),
        (9, 0, "LEB128"),
        (11, 0x42, "quantiser"),
        (11, 0x10, "quantiser"),
        (11, 0x19, "quantiser"),
        (12, 3, "entropy model 3"),
        (12, 0x40, "feature"),
        (12, 0x80, "feature"),
        (14, 0xc3, "negative"),
        (14, 0x7c, "inf"),
        (14, 0x7e, "NaN"),
    ] {
        match altered(place, byte) {
            Err(Error::Format(message)) => assert!(message.contains(words), "{message}"),
            other => panic!("byte {place} = {byte}: {other:?}"),
        }
    }
    // What is neither checked nor used here comes through: the model id is the library's to know.
    assert_eq!(altered(4, 7).unwrap().header().model[0], 7);
}

#[test]
fn a_quality_has_1_to_99_hundredths_or_none() {
    let at = variable_rate::at(60).with_hundredths(37).unwrap();
    let (shape, symbols) = (image_shape(), variable_rate::sparse(image_shape(), 60, 3));
    let header = Header { tile: Some(3), ..header(at, Entropy::Context, 40, 16) };
    let bytes = write_image(&header, &[], &[], shape, &symbols, Some(variable_rate::tables())).unwrap();
    let file = ImageFile::parse(&bytes, LIMIT).unwrap();
    assert_eq!(file.header().quantiser.quality(), Some(60.37));
    assert_eq!(file.symbols(shape, Some(variable_rate::tables())).unwrap(), symbols);
    // quantiser 10, flags 11, hundredths 12
    for (place, byte) in [(12, 0), (12, 100), (10, 0x80 + 100), (10, 0x31)] {
        let mut forged = bytes.clone();
        forged[place] = byte;
        repair(&mut forged);
        match ImageFile::parse(&forged, LIMIT) {
            Err(Error::Format(message)) => assert!(message.contains("hundredths"), "{message}"),
            other => panic!("byte {place} = {byte}: {other:?}"),
        }
    }
    for (quantiser, hundredths) in
        [(variable_rate::at(60), 100), (variable_rate::at(100), 1), (Quantiser::new(0, 2).unwrap(), 1)]
    {
        assert!(matches!(quantiser.with_hundredths(hundredths), Err(Error::Argument(_))));
    }
}

#[test]
fn a_variable_rate_has_qualities_of_1_to_100_and_no_adaptive_model() {
    // magic and version 0..4, model 4..8, width 8, height 9, quantiser 10, flags 11
    let bytes = variable_rate::images().remove(0).1;
    assert_eq!(ImageFile::parse(&bytes, LIMIT).unwrap().header().quantiser.quality(), Some(10.0));
    for (place, byte, words) in
        [(10, 0x80, "quantiser"), (10, 0xe5, "quantiser"), (10, 0xff, "quantiser"), (11, 0, "does not code gained")]
    {
        let mut forged = bytes.clone();
        forged[place] = byte;
        repair(&mut forged);
        match ImageFile::parse(&forged, LIMIT) {
            Err(Error::Format(message)) => assert!(message.contains(words), "{message}"),
            other => panic!("byte {place} = {byte}: {other:?}"),
        }
    }
    for (number, quality) in [(4, 0), (4, 101), (5, 1)] {
        assert!(matches!(Quantiser::new(number, quality), Err(Error::Argument(_))));
    }
    let shape = image_shape();
    let (rules, neither) = (tables(), Tables::parse(&variable_rate::tables_bytes(0, 0)).unwrap());
    let symbols = vec![0; shape.volume()];
    let write = |entropy, side_information: &[f32], tables| {
        write_image(&header(variable_rate::at(10), entropy, 130, 10), side_information, &[], shape, &symbols, tables)
    };
    assert!(write(Entropy::Static, &[], Some(variable_rate::tables())).is_ok());
    assert!(matches!(write(Entropy::Adaptive, &[], None), Err(Error::Argument(_))));
    assert!(matches!(write(Entropy::Static, &[1.0], Some(variable_rate::tables())), Err(Error::Argument(_))));
    for entropy in [Entropy::Static, Entropy::Context] {
        assert!(matches!(write(entropy, &[], None), Err(Error::Argument(_))));
        assert!(matches!(write(entropy, &[], Some(&rules)), Err(Error::Bundle(_))));
        assert!(matches!(write(entropy, &[], Some(&neither)), Err(Error::Bundle(_))));
        let header = header(variable_rate::at(10), entropy, 130, 10);
        let shape = Shape::new(1, 2, 1, 1).unwrap();
        let result = write_image(&header, &[], &[], shape, &[0; 2], Some(variable_rate::tables()));
        assert!(matches!(result, Err(Error::Bundle(_))), "other channels");
    }
}

#[test]
fn side_information_that_falls_is_refused() {
    for (index, rule) in
        RULES.into_iter().enumerate().filter(|(_, rule)| !matches!(rule, Rule::Max | Rule::VectorShared))
    {
        let mut bytes = images()[2 * index].0.clone();
        bytes[14] = 0x7b; // the first value becomes 57344 or more
        repair(&mut bytes);
        assert!(matches!(ImageFile::parse(&bytes, LIMIT), Err(Error::Format(_))), "{rule}");
    }
}

#[test]
fn a_writer_refuses_what_does_not_fit_the_quantiser() {
    let shape = image_shape();
    let symbols = vec![0; shape.volume()];
    let write = |rule, values: &[f32]| {
        let header = header(quantiser(rule, 1), Entropy::Adaptive, 130, 10);
        write_image(&header, values, &[], shape, &symbols, None)
    };
    assert!(write(Rule::MinMax, &[-0.5, 0.5]).is_ok());
    for (rule, values) in [
        (Rule::Max, &[][..]),
        (Rule::Max, &[1.0, 2.0]),
        (Rule::Max, &[-1.0]),
        (Rule::Max, &[f32::NAN]),
        (Rule::Max, &[f32::INFINITY]),
        (Rule::Max, &[0.1]),
        (Rule::Max, &[65_536.0]),
        (Rule::MinMax, &[1.0, 0.5]),
        (Rule::Vector, &[1.0, 0.5]),
        (Rule::VectorShared, &[1.0, 2.0]),
    ] {
        assert!(matches!(write(rule, values), Err(Error::Argument(_))), "{rule} {values:?}");
    }
}

#[test]
fn static_files_need_the_tables_of_their_quantiser_and_channels() {
    let (bytes, _) = &images()[1];
    let file = ImageFile::parse(bytes, LIMIT).unwrap();
    assert!(matches!(file.symbols(image_shape(), None), Err(Error::Argument(_))));
    let two_channels = Shape::new(1, 2, 2, 5).unwrap();
    assert!(matches!(file.symbols(two_channels, Some(&tables())), Err(Error::Bundle(_))));
    let header = Header { quantiser: quantiser(Rule::Max, 7), ..*file.header() };
    let result = write_image(&header, &[1.0], &[], image_shape(), &vec![0; image_shape().volume()], Some(&tables()));
    assert!(matches!(result, Err(Error::Bundle(_))));
}

#[test]
fn latents_larger_than_the_picture_are_refused() {
    let file = ImageFile::parse(&images()[0].0, LIMIT).unwrap();
    for (rows, columns) in [(11, 1), (1, 131)] {
        let shape = Shape::new(1, 3, rows, columns).unwrap();
        assert!(matches!(file.symbols(shape, None), Err(Error::Argument(_))));
    }
    let shape = Shape::new(2, 3, 1, 1).unwrap();
    assert!(matches!(file.symbols(shape, None), Err(Error::Argument(_))));
}

#[test]
fn latents_of_another_shape_than_the_encoders_are_no_silent_success() {
    let (bytes, _) = &images()[0];
    let file = ImageFile::parse(bytes, LIMIT).unwrap();
    let fewer = Shape::new(1, 3, 1, 5).unwrap();
    assert!(matches!(file.symbols(fewer, None), Err(Error::Format(_))));
}

#[test]
fn a_pack_has_no_block_beyond_its_last_and_none_of_zero_pictures() {
    let (bytes, _) = &packs()[0];
    let file = PackFile::parse(bytes, LIMIT).unwrap();
    let [channels, rows, columns] = PACKED;
    assert!(file.symbols(2, channels, rows, columns, None).is_ok());
    assert!(matches!(file.symbols(3, channels, rows, columns, None), Err(Error::Argument(_))));
    let shape = Shape::new(1, channels, rows, columns).unwrap();
    let result = write_pack(file.header(), file.side_information(), &[], shape, &vec![0; shape.volume()], 0, None);
    assert!(matches!(result, Err(Error::Argument(_))));
}

#[test]
fn chunks_of_a_kind_unknown_or_out_of_order_are_refused_by_writer_and_reader() {
    let write = |kinds: &[u8]| {
        let chunks: Vec<_> = kinds.iter().map(|&kind| chunk(kind, b"abc")).collect();
        let header = header(quantiser(Rule::VectorShared, 1), Entropy::Adaptive, 130, 10);
        write_image(&header, &[], &chunks, image_shape(), &vec![0; image_shape().volume()], None)
    };
    for kinds in [&[0][..], &[4], &[14], &[127], &[2, 2], &[3, 1]] {
        assert!(matches!(write(kinds), Err(Error::Argument(_))), "{kinds:?}");
    }
    // magic to flags 0..13, number of chunks 13, kind 14, length 15, bytes 16..19, kind 19
    let good = write(&[1, 255]).unwrap();
    assert!(ImageFile::parse(&good, LIMIT).is_ok());
    for (place, byte) in [(14, 0), (14, 4), (14, 100), (19, 1), (19, 14)] {
        let mut forged = good.clone();
        forged[place] = byte;
        repair(&mut forged);
        assert!(matches!(ImageFile::parse(&forged, LIMIT), Err(Error::Format(_))), "byte {place} = {byte}");
    }
    for (place, byte) in [(13, 2), (15, 100)] {
        let mut forged = good.clone();
        forged[place] = byte;
        repair(&mut forged);
        assert!(ImageFile::parse(&forged, LIMIT).is_err(), "byte {place} = {byte}");
    }
}

#[test]
fn tiles_that_do_not_cover_the_latents_are_refused() {
    let file = ImageFile::parse(&tiled()[0].0, LIMIT).unwrap();
    assert_eq!((file.header().tile, file.tiles()), (Some(3), 2));
    for (rows, columns) in [(2, 3), (4, 5), (2, 7)] {
        let shape = Shape::new(1, 3, rows, columns).unwrap();
        assert!(matches!(file.symbols(shape, None), Err(Error::Format(_))), "{rows} x {columns}");
    }
}

#[test]
fn more_tiles_than_the_picture_has_pixels_for_are_refused() {
    let (mut bytes, _) = tiled().remove(0);
    let sizes = ImageFile::parse(&bytes, LIMIT).unwrap().sizes();
    let index = sizes.header + sizes.side_information + sizes.chunks;
    bytes[index] = 176; // 130 x 10 pixels in tiles of 3 x 3 latents: at most 176
    bytes.insert(index + 1, 1);
    assert!(matches!(ImageFile::parse(&bytes, LIMIT), Err(Error::Format(_))));
}

#[test]
fn windows_that_are_empty_or_reach_beyond_the_latents_are_refused() {
    for bytes in [&images()[0].0, &tiled()[0].0] {
        let file = ImageFile::parse(bytes, LIMIT).unwrap();
        for (rows, columns) in [(0..0, 0..5), (0..2, 3..3), (0..3, 0..5), (0..2, 4..6), (2..2, 0..5)] {
            assert!(matches!(file.window(image_shape(), rows, columns, None, &|_| Ok(())), Err(Error::Argument(_))));
        }
    }
}

#[test]
fn a_pack_has_no_tiles_and_a_tile_has_latents() {
    let shape = Shape::new(1, 1, 1, 1).unwrap();
    let tiled = |tile| Header { tile: Some(tile), ..header(quantiser(Rule::VectorShared, 1), Entropy::Adaptive, 9, 9) };
    assert!(matches!(write_pack(&tiled(1), &[], &[], shape, &[0], 1, None), Err(Error::Argument(_))));
    assert!(matches!(write_image(&tiled(0), &[], &[], shape, &[0], None), Err(Error::Argument(_))));
    assert!(matches!(write_image(&tiled((1 << 32) + 1), &[], &[], shape, &[0], None), Err(Error::Argument(_))));
    let mut bytes = packs()[0].0.clone();
    bytes[11] |= 4;
    assert!(matches!(PackFile::parse(&bytes, LIMIT), Err(Error::Format(_))));
}
