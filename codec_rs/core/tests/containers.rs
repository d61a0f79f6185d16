//! `.ltc` and `.ltcp`: round trips and sizes.

mod common;

use std::cell::RefCell;

use common::{RULES, chunk, chunks, header, quantiser, side_information, tables, variable_rate};
use latentcodec_core::Error;
use latentcodec_core::container::{Header, ImageFile, PackFile, write_image, write_image_reporting, write_pack};
use latentcodec_core::models::Entropy;
use latentcodec_core::quantise::Rule;
use latentcodec_core::shape::Shape;
use proptest::prelude::*;

const LIMIT: u64 = 1 << 28;

/// Not tiled, many tiles, or one.
fn tile() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![Just(None), (1_u64..8).prop_map(Some), Just(Some(1 << 32))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_image_comes_back_as_it_was_written(
        (rule, bits, adaptive) in (prop::sample::select(&RULES[..]), 1_u8..=3, any::<bool>()),
        (high, wide) in (1_usize..20, 1_usize..20),
        (extra_height, extra_width) in (0_u64..1000, 0_u64..1000),
        (tile, grey, chunks) in (tile(), any::<bool>(), prop::sample::subsequence(chunks(), 0..=4)),
        seed: u64,
    ) {
        let quantiser = quantiser(rule, bits);
        let entropy = if adaptive { Entropy::Adaptive } else { Entropy::Static };
        let header = header(quantiser, entropy, wide as u64 + extra_width, high as u64 + extra_height);
        let header = Header { grey, tile, ..header };
        let shape = Shape::new(1, 3, high, wide)?;
        let symbols = common::Numbers(seed).symbols(shape, 1 << bits);
        let bytes = write_image(&header, &side_information(quantiser), &chunks, shape, &symbols, Some(&tables()))?;
        let file = ImageFile::parse(&bytes, LIMIT)?;
        prop_assert_eq!(file.header(), &header);
        prop_assert_eq!(file.side_information(), side_information(quantiser));
        prop_assert_eq!(file.chunks(), &chunks);
        prop_assert_eq!(&write_image(&header, &side_information(quantiser), &chunks, shape, &symbols, Some(&tables()))?, &bytes);
        prop_assert_eq!(&file.symbols(shape, Some(&tables()))?, &symbols);
        prop_assert_eq!(file.symbols_reporting(shape, Some(&tables()), &|_| ())?, symbols);
        prop_assert_eq!(file.sizes().total(), bytes.len());
    }

    #[test]
    fn images_and_packs_of_gained_come_back_and_grow(
        (quality, entropy) in (1_u8..=100, prop::sample::select(&variable_rate::ENTROPIES[..])),
        (first, more, block, tile) in (1_usize..4, 1_usize..4, 1_usize..4, tile()),
        large in prop::collection::vec((any::<prop::sample::Index>(), any::<i16>()), 0..4),
    ) {
        let header = header(variable_rate::at(quality), entropy.1, 99, 99);
        let shape = |count| Shape::new(count, 3, 4, 5);
        let mut symbols = variable_rate::sparse(shape(first + more)?, quality, 6);
        large.iter().for_each(|(place, symbol)| *place.get_mut(&mut symbols) = *symbol);
        let tables = Some(variable_rate::tables());

        let picture = &symbols[..shape(1)?.volume()];
        let image = write_image(&Header { tile, ..header }, &[], &[], shape(1)?, picture, tables)?;
        let file = ImageFile::parse(&image, LIMIT)?;
        prop_assert_eq!(file.header(), &Header { tile, ..header });
        prop_assert_eq!(&file.symbols(shape(1)?, tables)?[..], picture);

        let (before, after) = symbols.split_at(shape(first)?.volume());
        let pack = write_pack(&header, &[], &[], shape(first)?, before, block, tables)?;
        let grown = PackFile::parse(&pack, LIMIT)?.append(&[], shape(more)?, after, tables)?;
        prop_assert_eq!(&grown, &write_pack(&header, &[], &[], shape(first + more)?, &symbols, block, tables)?);
        let pack = PackFile::parse(&grown, LIMIT)?;
        let blocks = (0..(first + more).div_ceil(block)).map(|index| pack.symbols(index, 3, 4, 5, tables));
        let blocks: Result<Vec<_>, Error> = blocks.map(|block| block.map(|(_, symbols)| symbols)).collect();
        prop_assert_eq!(blocks?.concat(), symbols);
    }

    #[test]
    fn a_window_is_a_part_of_the_whole(
        (high, wide, tile, adaptive) in (1_usize..20, 1_usize..20, tile(), any::<bool>()),
        corners: [prop::sample::Index; 4],
    ) {
        let quantiser = quantiser(Rule::VectorShared, 2);
        let entropy = if adaptive { Entropy::Adaptive } else { Entropy::Static };
        let header = Header { tile, ..header(quantiser, entropy, 99, 99) };
        let shape = Shape::new(1, 3, high, wide)?;
        let symbols = common::Numbers(1).symbols(shape, 4);
        let bytes = write_image(&header, &[], &[], shape, &symbols, Some(&tables()))?;
        let (top, left) = (corners[0].index(high), corners[1].index(wide));
        let (bottom, right) = (top + 1 + corners[2].index(high - top), left + 1 + corners[3].index(wide - left));
        let window = ImageFile::parse(&bytes, LIMIT)?.window(shape, top..bottom, left..right, Some(&tables()), &|_| Ok(()))?;
        let rows = (0..3 * high).filter(|row| (top..bottom).contains(&(row % high)));
        let expected: Vec<i16> = rows.flat_map(|row| symbols[row * wide..][left..right].to_vec()).collect();
        prop_assert_eq!(window, expected);
    }

    #[test]
    fn a_pack_that_grew_is_the_pack_of_all(
        (first, more, block, adaptive) in (1_usize..9, 1_usize..9, 1_usize..6, any::<bool>()),
    ) {
        let quantiser = quantiser(Rule::VectorShared, 3);
        let entropy = if adaptive { Entropy::Adaptive } else { Entropy::Static };
        let header = header(quantiser, entropy, 28, 28);
        let shape = |count| Shape::new(count, 3, 2, 3);
        let symbols = common::Numbers(2).symbols(shape(first + more)?, 8);
        let (before, after) = symbols.split_at(shape(first)?.volume());
        let pack = write_pack(&header, &[], &[chunk(4, b"old")], shape(first)?, before, block, Some(&tables()))?;
        let names = [chunk(4, b"old and new")];
        let grown = PackFile::parse(&pack, LIMIT)?.append(&names, shape(more)?, after, Some(&tables()))?;
        let whole = write_pack(&header, &[], &names, shape(first + more)?, &symbols, block, Some(&tables()))?;
        prop_assert_eq!(grown, whole);
    }

    #[test]
    fn packs_of_full_blocks_are_joined_to_the_pack_of_all(
        (parts, last, block, other) in (prop::collection::vec(1_usize..4, 0..4), 1_usize..9, 1_usize..6, 1_usize..6),
    ) {
        let header = header(quantiser(Rule::VectorShared, 3), Entropy::Static, 28, 28);
        let shape = |count| Shape::new(count, 3, 2, 3);
        let write = |count, symbols: &[i16], names: &[_], block| {
            write_pack(&header, &[], names, shape(count)?, symbols, block, Some(&tables()))
        };
        let counts: Vec<usize> = parts.iter().map(|blocks| blocks * block).chain([last]).collect();
        let symbols = common::Numbers(2).symbols(shape(counts.iter().sum())?, 8);
        let mut rest = &symbols[..];
        let mut packs = Vec::new();
        for count in &counts {
            let (these, after) = rest.split_at(shape(*count)?.volume());
            packs.push(PackFile::parse(&write(*count, these, &[chunk(4, b"old")], block)?, LIMIT)?);
            rest = after;
        }
        let names = [chunk(4, b"all")];
        let joined = PackFile::join(&packs.iter().collect::<Vec<_>>(), &names)?;
        prop_assert_eq!(joined, write(counts.iter().sum(), &symbols, &names, block)?);

        let odd = PackFile::parse(&write(last, &symbols[..shape(last)?.volume()], &[], other)?, LIMIT)?;
        let joined = PackFile::join(&[&odd, &packs[0]], &[]);
        prop_assert_eq!(joined.is_ok(), other == block && last % block == 0);
    }

    #[test]
    fn a_pack_comes_back_block_by_block(
        (count, block) in (1_usize..12, 1_usize..14),
        (bits, adaptive) in (1_u8..=3, any::<bool>()),
        seed: u64,
    ) {
        let quantiser = quantiser(Rule::VectorShared, bits);
        let entropy = if adaptive { Entropy::Adaptive } else { Entropy::Static };
        let header = header(quantiser, entropy, 28, 28);
        let shape = Shape::new(count, 3, 2, 3)?;
        let symbols = common::Numbers(seed).symbols(shape, 1 << bits);
        let bytes = write_pack(&header, &[], &[], shape, &symbols, block, Some(&tables()))?;
        let file = PackFile::parse(&bytes, LIMIT)?;
        prop_assert_eq!((file.header(), file.count(), file.block()), (&header, count as u64, block as u64));
        prop_assert_eq!(file.sizes().total(), bytes.len());
        let mut decoded = Vec::new();
        for index in 0..count.div_ceil(block) {
            let (shape, symbols) = file.symbols(index, 3, 2, 3, Some(&tables()))?;
            prop_assert_eq!(shape.pictures(), block.min(count - index * block));
            decoded.extend(symbols);
        }
        prop_assert_eq!(decoded, symbols);
    }
}

#[test]
fn a_picture_of_128x128_costs_16_bytes_besides_its_side_information_and_payload() {
    let header = header(quantiser(Rule::VectorShared, 2), Entropy::Adaptive, 128, 128);
    let shape = Shape::new(1, 16, 16, 16).unwrap();
    let bytes = write_image(&header, &[], &[], shape, &vec![1; shape.volume()], None).unwrap();
    let sizes = ImageFile::parse(&bytes, LIMIT).unwrap().sizes();
    assert_eq!((sizes.header + sizes.checksum, sizes.side_information), (16, 0));
}

#[test]
fn widths_of_one_to_five_bytes_come_back() {
    let quantiser = quantiser(Rule::VectorShared, 1);
    let shape = Shape::new(1, 1, 1, 1).unwrap();
    for (width, length) in [(1, 1), (128, 1), (129, 2), (16_384, 2), (16_385, 3), (1 << 28, 4), (1 << 32, 5)] {
        let header = header(quantiser, Entropy::Adaptive, width, 1);
        let bytes = write_image(&header, &[], &[], shape, &[1], None).unwrap();
        let file = ImageFile::parse(&bytes, u64::MAX).unwrap();
        assert_eq!((file.header().width, file.sizes().header), (width, 11 + length));
    }
    for width in [0, (1 << 32) + 1] {
        let header = header(quantiser, Entropy::Adaptive, width, 1);
        let result = write_image(&header, &[], &[], shape, &[1], None);
        assert!(matches!(result, Err(Error::Argument(_))), "{width}");
    }
}

#[test]
fn a_window_reads_only_the_tiles_that_it_touches() {
    let (bytes, symbols) = &common::tiled()[1];
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1; // the second of two tiles, columns 3 and 4
    let file = ImageFile::parse(&damaged, LIMIT).unwrap();
    let shape = common::image_shape();
    let left = file.window(shape, 0..2, 0..3, Some(&tables()), &|_| Ok(())).unwrap();
    assert_eq!(left[..3], symbols[..3]);
    assert!(matches!(file.window(shape, 0..2, 0..4, Some(&tables()), &|_| Ok(())), Err(Error::Checksum(_))));
    assert!(matches!(file.symbols(shape, Some(&tables())), Err(Error::Checksum(_))));
}

#[test]
fn progress_is_told_after_every_tile_and_may_end_the_work() {
    let (bytes, symbols) = &common::tiled()[1];
    let (file, shape) = (ImageFile::parse(bytes, LIMIT).unwrap(), common::image_shape());
    let told = RefCell::new(Vec::new());
    let note = |share| {
        told.borrow_mut().push(share);
        if told.borrow().len() < 3 { Ok(()) } else { Err(Error::Limit("enough".into())) }
    };
    let header = file.header();
    let values = file.side_information();
    let written = write_image_reporting(header, values, file.chunks(), shape, symbols, Some(&tables()), &note);
    assert_eq!((&written.unwrap(), told.take()), (bytes, vec![0.5, 1.0]));
    assert_eq!(&file.window(shape, 0..2, 0..5, Some(&tables()), &note).unwrap(), symbols);
    assert_eq!(*told.borrow(), [0.5, 1.0]);
    let interrupted = file.window(shape, 0..2, 0..5, Some(&tables()), &note);
    assert!(matches!(interrupted, Err(Error::Limit(_))));
    assert_eq!(told.take().len(), 3);
}

#[test]
fn a_pack_with_a_damaged_block_does_not_grow() {
    let (mut bytes, _) = common::packs().remove(1);
    let sizes = PackFile::parse(&bytes, LIMIT).unwrap().sizes();
    bytes[sizes.header + sizes.side_information + sizes.index + 4] ^= 1;
    let file = PackFile::parse(&bytes, LIMIT).unwrap();
    let shape = Shape::new(1, 3, 2, 2).unwrap();
    assert!(matches!(file.append(&[], shape, &[0; 12], Some(&tables())), Err(Error::Checksum(_))));
}

/// Every start of a file settles symbols that are those of the whole file, none of them fewer than a shorter start.
#[test]
fn the_more_of_a_file_is_there_the_more_of_its_symbols_are_and_none_is_another() {
    let shape = Shape::new(1, 3, 20, 16).unwrap();
    let symbols = variable_rate::sparse(shape, 60, 3);
    let two = 2 * shape.plane();
    for ((name, entropy), tile) in variable_rate::ENTROPIES.into_iter().flat_map(|one| [(one, None), (one, Some(9))]) {
        let header = Header { tile, ..header(variable_rate::at(60), entropy, 128, 160) };
        let tables = Some(variable_rate::tables());
        let bytes = write_image(&header, &[], &[chunk(3, common::EXIF)], shape, &symbols, tables).unwrap();
        let mut before = 0;
        for length in 0..=bytes.len() {
            let file = match ImageFile::parse_start(&bytes[..length], LIMIT) {
                Err(error) => {
                    assert!(matches!(error, Error::Truncated(_)) && before == 0, "{name} {tile:?} {length}: {error}");
                    continue;
                }
                Ok(file) => file,
            };
            let (found, there) = file.start(shape, 2, tables).unwrap();
            for (index, (found, there)) in found.into_iter().zip(&there).enumerate() {
                let wanted = if *there { symbols[index] } else { 0 };
                assert_eq!(found, wanted, "{name} {tile:?} {length}: symbol {index}");
            }
            let count = there.iter().filter(|&&there| there).count();
            assert!(count >= before, "{name} {tile:?} {length}: {count} symbols, {before} of less");
            before = count;
        }
        assert_eq!(before, two, "{name} {tile:?}");
        let (found, there) = ImageFile::parse(&bytes, LIMIT).unwrap().start(shape, 2, tables).unwrap();
        assert!(found == symbols[..two] && there == vec![true; two], "{name} {tile:?}");
    }
}
