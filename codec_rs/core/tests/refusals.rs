//! What the writer and the reader of `.ltc` and `.ltcp` refuse, and how they name it.

mod common;

use common::{PACKED, RULES, header, image_shape, images, packs, quantiser, repair, tables};
use latentcodec_core::Error;
use latentcodec_core::container::bytes::Reader;
use latentcodec_core::container::{Header, ImageFile, PackFile, write_image, write_pack};
use latentcodec_core::models::Entropy;
use latentcodec_core::quantiser::Rule;
use latentcodec_core::shape::Shape;
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
    for length in 0..sizes.header + sizes.side + sizes.checksum {
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
    // magic and version 0..4, model 4..8, width 8..10, height 10, quantiser 11, flags 12, side 13..15
    for (place, byte, words) in [
        (0, b'X', "not a .ltc file"),
        (2, b'P', "not a .ltc file"),
        (3, 2, "format version 2"),
        (9, 0, "LEB128"),
        (11, 0x42, "quantiser"),
        (11, 0x10, "quantiser"),
        (11, 0x19, "quantiser"),
        (12, 2, "entropy model 2"),
        (12, 3, "entropy model 3"),
        (12, 0x20, "feature"),
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
    let result = write_pack(file.header(), file.side(), &[], shape, &vec![0; shape.volume()], 0, None);
    assert!(matches!(result, Err(Error::Argument(_))));
}
