//! Handwriting without loss: round trips of any pixels, damage, the state's bytes, the same bytes from every build.

mod common;

use std::sync::LazyLock;

use common::{Numbers, header, repair};
use latentcodec_core::container::{Header, ImageFile, PackFile, write_image, write_pack};
use latentcodec_core::models::Entropy;
use latentcodec_core::pixels::{PixelState, Pixels, TrainingPictures};
use latentcodec_core::quantise::{Quantiser, Rule};
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream};
use latentcodec_core::tables::{Fit, Tables};
use latentcodec_core::{Error, Result};
use proptest::prelude::*;

fn lossless() -> Quantiser {
    Quantiser::new(Rule::Lossless as u8, 0).unwrap()
}

/// Strokes on a background of 0, with soft edges.
fn writing(rows: usize, columns: usize, seed: u64) -> Vec<u8> {
    let mut numbers = Numbers(seed);
    let mut pixels = vec![0_u8; rows * columns];
    for _ in 0..3 {
        let (mut row, mut column) = (numbers.below(rows as u64) as usize, numbers.below(columns as u64) as usize);
        for _ in 0..rows {
            pixels[row * columns + column] = 255 - numbers.below(3) as u8;
            if column + 1 < columns {
                pixels[row * columns + column + 1] = numbers.below(256) as u8;
            }
            row = (row + 1).min(rows - 1);
            column = (column + numbers.below(3) as usize).saturating_sub(1).min(columns - 1);
        }
    }
    pixels
}

fn picture(rows: usize, columns: usize, seed: u64) -> Vec<i16> {
    writing(rows, columns, seed).into_iter().map(i16::from).collect()
}

/// A state trained on few pictures.
fn state() -> &'static PixelState {
    static STATE: LazyLock<PixelState> = LazyLock::new(|| {
        let pictures: Vec<Vec<u8>> = (0..20).map(|seed| writing(20, 24, seed)).collect();
        let samples: Vec<_> = pictures.iter().map(|pixels| TrainingPictures { sides: [20, 24], pixels }).collect();
        PixelState::train(&samples).unwrap()
    });
    &STATE
}

fn encode(state: &PixelState, shape: Shape, pixels: &[i16]) -> Vec<u8> {
    encode_stream(&Pixels::new(state, shape).unwrap(), lossless(), shape, pixels).unwrap()
}

fn decode(state: &PixelState, shape: Shape, bytes: &[u8]) -> Result<Vec<i16>> {
    decode_stream(&Pixels::new(state, shape).unwrap(), lossless(), shape, bytes)
}

/// Noise, one value, few values, two of them, or what the state was trained for.
fn pictures() -> impl Strategy<Value = (Shape, Vec<i16>)> {
    let sizes = (1_usize..3, 1_usize..40, 1_usize..40, 0..6_u8, any::<u64>());
    sizes.prop_map(|(pictures, rows, columns, content, seed)| {
        let shape = Shape::new(pictures, 1, rows, columns).unwrap();
        let mut numbers = Numbers(seed);
        let pixels = match content {
            0 => (0..shape.volume()).map(|_| numbers.below(256) as i16).collect(),
            1 => vec![(seed % 256) as i16; shape.volume()],
            2 => (0..shape.volume()).map(|_| [0, 0, 1, 128, 253, 254, 255][numbers.below(7) as usize]).collect(),
            3 => (0..shape.volume())
                .map(|_| if numbers.below(20) < 19 { seed as u8 } else { !seed as u8 }.into())
                .collect(),
            _ => (0..pictures).flat_map(|index| picture(rows, columns, seed ^ index as u64)).collect(),
        };
        (shape, pixels)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_picture_comes_back_bit_for_bit((shape, pixels) in pictures()) {
        prop_assert_eq!(decode(state(), shape, &encode(state(), shape, &pixels))?, pixels);
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let shape = Shape::new(1, 1, 9, 9)?;
        let found = decode(state(), shape, &bytes);
        prop_assert!(matches!(found, Err(Error::Format(_) | Error::Truncated(_) | Error::Checksum(_))));
    }
}

#[test]
fn a_stream_starts_from_the_trained_state_whatever_was_coded_before() {
    let (fresh, used) = (state().clone(), state().clone());
    for size in [1, 7, 60] {
        let shape = Shape::new(1, 1, size, size + 1).unwrap();
        let noise = Numbers(5).symbols(shape, 256);
        encode(&used, shape, &noise);
        // A decoder that fails half way has learnt something too.
        assert!(decode(&used, shape, &[1; 30]).is_err());
    }
    let shape = Shape::new(2, 1, 30, 31).unwrap();
    let pixels = [picture(30, 31, 1), picture(30, 31, 2)].concat();
    assert_eq!(encode(&used, shape, &pixels), encode(&fresh, shape, &pixels));
    assert_eq!(used, fresh);
}

#[test]
fn what_pixels_cost_is_what_their_stream_takes() {
    let shape = Shape::new(2, 1, 30, 31).unwrap();
    let symbols = [picture(30, 31, 1), picture(30, 31, 2)].concat();
    let pixels: Vec<u8> = symbols.iter().map(|&symbol| symbol as u8).collect();
    let costs = state().costs(&TrainingPictures { sides: [30, 31], pixels: &pixels }).unwrap();
    assert_eq!(costs.len(), pixels.len());
    // A stream has a checksum, and the range coder's last bytes.
    let (sum, bytes) = (costs.iter().sum::<f32>() / 8.0, encode(state(), shape, &symbols).len() as f32);
    assert!((0.0..12.0).contains(&(bytes - sum)), "{sum} bytes of {bytes}");
}

#[test]
fn threads_share_a_state() {
    let shape = Shape::new(1, 1, 30, 30).unwrap();
    let coded: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| encode(state(), shape, &picture(30, 30, 3)))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(coded.iter().all(|bytes| *bytes == coded[0]));
}

#[test]
fn every_cut_and_every_altered_bit_of_a_stream_is_refused() {
    let shape = Shape::new(1, 1, 13, 11).unwrap();
    let pixels = picture(13, 11, 9);
    let bytes = encode(state(), shape, &pixels);
    for length in 0..bytes.len() {
        let error = decode(state(), shape, &bytes[..length]).unwrap_err();
        assert!(matches!(error, Error::Format(_) | Error::Truncated(_) | Error::Checksum(_)), "{error:?}");
    }
    let mut same = 0;
    for bit in 0..8 * bytes.len() {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        match decode(state(), shape, &altered) {
            // Bits of the last byte may name another number of the last interval.
            Ok(found) => {
                assert_eq!(found, pixels);
                same += 1;
            }
            Err(error) => assert!(matches!(error, Error::Format(_) | Error::Checksum(_)), "{error:?}"),
        }
    }
    assert!(same < 8, "{same}");
}

#[test]
fn a_state_read_back_is_the_one_that_was_trained() {
    let bytes = state().to_bytes();
    let read = PixelState::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    let shape = Shape::new(1, 1, 20, 20).unwrap();
    let pixels = picture(20, 20, 4);
    assert_eq!(encode(&read, shape, &pixels), encode(state(), shape, &pixels));
}

#[test]
fn a_cut_state_is_refused_and_an_altered_one_at_worst_codes_badly() {
    let shape = Shape::new(1, 1, 6, 6).unwrap();
    let bytes = state().to_bytes();
    for length in (0..bytes.len()).step_by(if bytes.len() > 60_000 { 997 } else { 97 }) {
        assert!(matches!(PixelState::from_bytes(&bytes[..length]), Err(Error::Bundle(_))), "{length}");
    }
    assert!(matches!(PixelState::from_bytes(&[&bytes[..], &[0]].concat()), Err(Error::Bundle(_))));
    let pixels = picture(6, 6, 2);
    for bit in (0..64).chain((64..8 * bytes.len()).step_by(20_011)) {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        match PixelState::from_bytes(&altered) {
            Ok(state) => assert_eq!(decode(&state, shape, &encode(&state, shape, &pixels)).as_ref(), Ok(&pixels)),
            Err(error) => assert!(matches!(error, Error::Bundle(_)), "{error:?}"),
        }
    }
}

#[test]
fn every_build_makes_the_same_bytes() {
    let shape = Shape::new(1, 1, 33, 27).unwrap();
    let stream = encode(state(), shape, &picture(33, 27, 8));
    let sums = [state().to_bytes(), stream].map(|bytes| (bytes.len(), crc32fast::hash(&bytes)));
    assert_eq!(sums, [(234_987, 3_618_939_637), (131, 1_957_548_700)]);
}

#[test]
fn it_knows_what_it_was_trained_for() {
    let shape = Shape::new(1, 1, 48, 48).unwrap();
    let bits = 8 * encode(state(), shape, &picture(48, 48, 77)).len();
    assert!(bits < 2 * shape.volume(), "{bits}");
}

#[test]
fn training_refuses_what_does_not_fit() {
    let pixels = [0; 12];
    assert!(PixelState::train(&[TrainingPictures { sides: [2, 3], pixels: &pixels }]).is_ok());
    for sides in [[0, 3], [2, 5], [5, 5]] {
        assert!(matches!(PixelState::train(&[TrainingPictures { sides, pixels: &pixels }]), Err(Error::Argument(_))));
    }
    assert!(matches!(PixelState::train(&[]), Err(Error::Argument(_))));
    assert!(matches!(PixelState::train(&[TrainingPictures { sides: [1, 1], pixels: &[] }]), Err(Error::Argument(_))));
}

fn tables() -> Tables {
    Tables::parse(&Tables::build(&[], None, Some(state()), None).unwrap()).unwrap()
}

fn head(width: u64, height: u64) -> Header {
    Header { grey: true, ..header(lossless(), Entropy::Context, width, height) }
}

#[test]
fn pictures_tiles_windows_and_packs_come_back_from_files() {
    let tables = tables();
    let shape = Shape::new(1, 1, 21, 34).unwrap();
    let pixels = picture(21, 34, 5);
    for tile in [None, Some(10)] {
        let header = Header { tile, ..head(34, 21) };
        let bytes = write_image(&header, &[], &[], shape, &pixels, Some(&tables)).unwrap();
        let file = ImageFile::parse(&bytes, 1 << 28).unwrap();
        assert_eq!(*file.header(), header);
        assert_eq!(file.sizes().total(), bytes.len());
        assert_eq!(file.symbols(shape, Some(&tables)).unwrap(), pixels);
        let window = file.window(shape, 3..20, 11..31, Some(&tables), &|_| Ok(())).unwrap();
        assert_eq!(window[..20], pixels[3 * 34 + 11..][..20]);
        assert!(matches!(file.symbols(shape, None), Err(Error::Argument(_))));
        assert!(matches!(file.symbols(shape, Some(&common::tables())), Err(Error::Bundle(_))), "no state there");
        // A checksum that fits the file, and pixels that do not fit theirs.
        let mut forged = bytes.clone();
        let first = file.sizes().header + file.sizes().index + if tile.is_some() { 4 } else { 0 };
        forged[first] ^= 1;
        if tile.is_none() {
            repair(&mut forged);
            let forged = ImageFile::parse(&forged, 1 << 28).unwrap();
            assert!(matches!(forged.symbols(shape, Some(&tables)), Err(Error::Checksum(_))));
        }
    }
    let shape = Shape::new(5, 1, 28, 28).unwrap();
    let pixels: Vec<i16> = (0..5).flat_map(|seed| picture(28, 28, seed)).collect();
    let bytes = write_pack(&head(28, 28), &[], &[], shape, &pixels, 2, Some(&tables)).unwrap();
    let pack = PackFile::parse(&bytes, 1 << 28).unwrap();
    for block in [2, 0, 1] {
        let (_, found) = pack.symbols(block, 1, 28, 28, Some(&tables)).unwrap();
        assert_eq!(found, pixels[block * 2 * 784..][..found.len()]);
    }
    let one = Shape::new(1, 1, 28, 28).unwrap();
    let more = pack.append(&[], one, &pixels[..784], Some(&tables)).unwrap();
    let pack = PackFile::parse(&more, 1 << 28).unwrap();
    assert_eq!(pack.symbols(2, 1, 28, 28, Some(&tables)).unwrap().1[784..], pixels[..784]);
}

#[test]
fn what_can_be_no_lossless_picture_is_refused() {
    let tables = tables();
    let write = |header: &Header, shape, pixels: &[i16]| write_image(header, &[], &[], shape, pixels, Some(&tables));
    let shape = Shape::new(1, 1, 2, 3).unwrap();
    assert!(write(&head(3, 2), shape, &[1; 6]).is_ok());
    let argument = |found: Result<Vec<u8>>| assert!(matches!(found, Err(Error::Argument(_))), "{found:?}");
    argument(write(&head(4, 2), shape, &[1; 6]));
    argument(write(&head(3, 2), shape, &[256; 6]));
    argument(write(&head(3, 2), Shape::new(1, 3, 2, 3).unwrap(), &[1; 18]));
    for entropy in [Entropy::Adaptive, Entropy::Static] {
        argument(write(&Header { entropy, ..head(3, 2) }, shape, &[1; 6]));
        let mut bytes = write(&head(3, 2), shape, &[1; 6]).unwrap();
        bytes[11] = bytes[11] & !3 | entropy as u8;
        repair(&mut bytes);
        assert!(matches!(ImageFile::parse(&bytes, 1 << 20), Err(Error::Format(_))));
    }
    let fit = Fit { quantiser: lossless(), codebook: None, counts: vec![1; 256], state: None };
    argument(Tables::build(&[fit], None, None, None));
    assert!(Quantiser::from_byte(0x51).is_none() && Quantiser::from_byte(0x58).is_none());
    assert_eq!(Quantiser::from_byte(0x50), Some(lossless()));
}

#[test]
fn damaged_tables_with_a_state_are_a_bundle_error() {
    let bytes = Tables::build(&[], None, Some(state()), None).unwrap();
    for place in (0..64).chain((64..bytes.len() - 4).step_by(bytes.len() / 50)) {
        let mut altered = bytes.clone();
        altered[place] ^= 0x55;
        assert!(matches!(Tables::parse(&altered), Err(Error::Bundle(_))));
        repair(&mut altered);
        assert!(matches!(Tables::parse(&altered), Ok(_) | Err(Error::Bundle(_))));
        let mut cut = bytes[..place].to_vec();
        if place >= 4 {
            repair(&mut cut);
        }
        assert!(matches!(Tables::parse(&cut), Err(Error::Bundle(_))));
    }
}
