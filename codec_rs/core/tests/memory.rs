//! Files that claim to be huge: refused without asking for the memory. An allocation beyond the cap ends this test.

use cap::Cap;
use latentcodec_core::Error;
use latentcodec_core::bytes::{push_leb128, seal};
use latentcodec_core::container::{ImageFile, PackFile};
use latentcodec_core::models::context::ContextState;
use latentcodec_core::pixels;
use latentcodec_core::shape::Shape;
use latentcodec_core::tables::Tables;

#[global_allocator]
static ALLOCATOR: Cap<std::alloc::System> = Cap::new(std::alloc::System, 16 << 20);

/// Bytes of LEB128 numbers after a start, with a checksum.
fn file(start: &[u8], numbers: &[u64], rest: &[u8]) -> Vec<u8> {
    let mut bytes = start.to_vec();
    for &number in numbers {
        push_leb128(&mut bytes, number).unwrap();
    }
    bytes.extend(rest);
    seal(&mut bytes);
    bytes
}

const MOST: u64 = u32::MAX as u64;

#[test]
fn a_picture_of_2_to_the_64_pixels_is_refused_by_the_limit_and_by_the_shape() {
    let bytes = file(b"LTC\x01....", &[MOST, MOST], &[0x31, 0]);
    assert!(matches!(ImageFile::parse(&bytes, u64::MAX), Err(Error::Limit(_))));
    let bytes = file(b"LTC\x01....", &[MOST, 0], &[0x31, 0]);
    let file = ImageFile::parse(&bytes, u64::MAX).unwrap();
    assert!(matches!(Shape::new(1, 16, 1, 1 << 32), Err(Error::Limit(_))));
    // Within the shape's limit, but beyond the memory of this process.
    let shape = Shape::new(1, 1, 1, 1 << 30).unwrap();
    assert!(matches!(file.symbols(shape, None), Err(Error::Limit(_))));
}

#[test]
fn tiles_and_chunks_beyond_the_file_are_refused() {
    let head = |flags, rest: &[u64]| {
        let bytes = file(b"LTC\x01....", &[MOST, 0], &[0x31, flags]);
        file(&bytes[..bytes.len() - 4], rest, &[])
    };
    // 2^32 tiles of one latent each; then a tile of 4 GiB.
    assert!(matches!(ImageFile::parse(&head(4, &[0, MOST]), u64::MAX), Err(Error::Truncated(_))));
    assert!(matches!(ImageFile::parse(&head(4, &[0, 0, MOST]), u64::MAX), Err(Error::Truncated(_))));
    // 2^32 chunks; then a chunk of 4 GiB.
    assert!(matches!(ImageFile::parse(&head(8, &[MOST, 1, 0]), u64::MAX), Err(Error::Format(_) | Error::Truncated(_))));
    assert!(matches!(ImageFile::parse(&head(8, &[0, 1, MOST]), u64::MAX), Err(Error::Truncated(_))));
}

#[test]
fn a_pack_of_2_to_the_32_pictures_or_blocks_is_refused() {
    for block in [0, MOST] {
        let bytes = file(b"LTP\x01....", &[0, 0], &[0x31, 0]);
        let bytes = file(&bytes[..bytes.len() - 4], &[MOST, block], &[]);
        assert!(matches!(PackFile::parse(&bytes, 1 << 28), Err(Error::Limit(_))));
        assert!(matches!(
            PackFile::parse(&bytes, u64::MAX),
            Err(Error::Truncated(_) | Error::Checksum(_) | Error::Format(_))
        ));
    }
    // One block of 4 GiB.
    let bytes = file(b"LTP\x01....\0\0\x31\0\0\0", &[MOST], &[]);
    assert!(matches!(PackFile::parse(&bytes, u64::MAX), Err(Error::Truncated(_))));
}

#[test]
fn tables_of_2_to_the_32_entries_or_channels_are_refused() {
    for bytes in [file(b"LTT\x01", &[MOST], &[]), file(b"LTT\x01\x01\x38", &[MOST], &[0; 1000])] {
        assert!(matches!(Tables::parse(&bytes), Err(Error::Bundle(_))));
    }
}

#[test]
fn gains_of_2_to_the_32_channels_levels_or_bands_are_refused() {
    let gains = [0; 2 * 5];
    for (numbers, rest) in
        [(&[MOST, 64][..], &[0; 1000][..]), (&[64, MOST], &[0; 1000]), (&[MOST, MOST], &[]), (&[1, 2], &gains)]
    {
        assert!(matches!(Tables::parse(&file(b"LTT\x01\x01\x40", numbers, rest)), Err(Error::Bundle(_))));
    }
    let entry = [&[0; 8][..], &[100, 100]].concat();
    let head = file(b"LTT\x01\x01\x40", &[1, 2], &entry);
    assert!(matches!(Tables::parse(&file(&head[..head.len() - 4], &[MOST], &[0; 100])), Err(Error::Bundle(_))));
    assert!(Tables::parse(&file(&head[..head.len() - 4], &[0], &[])).is_ok());
}

#[test]
fn a_coders_state_of_many_channels_is_refused_where_its_bytes_are_not_there() {
    for channels in [1024, MOST] {
        let mut bytes = Vec::new();
        push_leb128(&mut bytes, channels).unwrap();
        bytes.push(8);
        bytes.resize(100_000, 0);
        assert!(matches!(ContextState::from_bytes(&bytes), Err(Error::Bundle(_))));
    }
}

#[test]
fn a_state_for_pixels_with_a_table_larger_than_its_bytes_is_refused() {
    for bits in [0, 3, 18, 21, 22, 63, 255] {
        let mut bytes = vec![0, bits];
        bytes.resize(200_000, 0);
        assert!(matches!(pixels::PixelState::from_bytes(&bytes), Err(Error::Bundle(_))), "2^{bits}");
    }
}
