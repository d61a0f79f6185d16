//! The context model: round trips, damage, its state's bytes, the same bytes from every build, and what it saves.

mod common;

use common::{Numbers, header, quantiser, repair, side_information, variable_rate};
use latentcodec_core::Error;
use latentcodec_core::container::{Header, ImageFile, PackFile, write_image, write_pack};
use latentcodec_core::models::context::{Context, ContextState, TrainingStream};
use latentcodec_core::models::{Entropy, EntropyModel, Static, Symbols};
use latentcodec_core::quantise::Rule;
use latentcodec_core::range_coder::{RangeDecoder, RangeEncoder};
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream, select};
use latentcodec_core::tables::{Fit, Stream, Tables, VariableRate};
use proptest::prelude::*;

/// Smooth planes of `[0, levels)` that resemble each other and fall quiet in the last channels.
fn smooth(shape: Shape, levels: u64, seed: u64) -> Vec<i16> {
    let mut numbers = Numbers(seed);
    let mut symbols = vec![0_i16; shape.volume()];
    for index in 0..shape.volume() {
        let channel = index / shape.plane() % shape.channels();
        let before = |back: usize| if index % shape.plane() >= back { i64::from(symbols[index - back]) } else { 0 };
        let earlier = if channel == 0 { 0 } else { i64::from(symbols[index - shape.plane()]) };
        let noise = if numbers.below(3 * (channel as u64 + 1)) == 0 { numbers.below(levels) as i64 } else { 0 };
        let mean = (before(1) + before(shape.columns()) + earlier) / (3 + channel as i64 / 4);
        symbols[index] = (mean + noise).clamp(0, levels as i64 - 1) as i16;
    }
    symbols
}

/// As `smooth`, but the first channel rises and falls over hundreds of values, as means do, and so do the last one's
/// symbols where there are more than three.
fn with_means(shape: Shape, seed: u64) -> Vec<i16> {
    let mut symbols = smooth(shape, 8, seed);
    let (columns, slope) = (shape.columns(), 3 + seed as i16 % 5);
    for (index, symbol) in symbols.iter_mut().enumerate() {
        let (channel, at) = (index / shape.plane() % shape.channels(), index % shape.plane());
        if channel == 0 || channel == 3 {
            *symbol += slope * (at % columns) as i16 - 2 * slope * (at / columns) as i16 + 100;
        }
    }
    symbols
}

/// A state with predicted channels.
fn state_of_means(channels: usize, bands: usize) -> ContextState {
    let shape = Shape::new(1, channels, 12, 12).unwrap();
    let pictures: Vec<Vec<i16>> = (0..6).map(|seed| with_means(shape, seed)).collect();
    let samples = pictures.iter().enumerate();
    let samples: Vec<TrainingStream> =
        samples.map(|(index, symbols)| TrainingStream { shape, band: index % bands, symbols }).collect();
    ContextState::train(channels, bands, &samples).unwrap()
}

/// A state that has read some pictures of so many channels in each of `bands`.
fn state(channels: usize, bands: usize, levels: u64) -> ContextState {
    let shape = Shape::new(1, channels, 12, 12).unwrap();
    let pictures: Vec<Vec<i16>> = (0..6).map(|seed| smooth(shape, levels, seed)).collect();
    let samples = pictures.iter().enumerate();
    let samples: Vec<TrainingStream> =
        samples.map(|(index, symbols)| TrainingStream { shape, band: index % bands, symbols }).collect();
    ContextState::train(channels, bands, &samples).unwrap()
}

fn encode(model: &dyn EntropyModel, shape: Shape, symbols: &[i16]) -> Vec<u8> {
    let mut encoder = RangeEncoder::new();
    model.encode(shape, Symbols::from(symbols), &mut encoder);
    encoder.finish()
}

fn decode(model: &dyn EntropyModel, shape: Shape, bytes: &[u8]) -> Result<Vec<i16>, Error> {
    let mut symbols = vec![0; shape.volume()];
    let mut decoder = RangeDecoder::new(bytes);
    model.decode(shape, &mut decoder, &mut symbols)?;
    decoder.finish()?;
    Ok(symbols)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn decodes_what_it_encoded(
        bits in 1_u8..=8,
        (pictures, channels, high, wide) in (1_usize..3, 1_usize..5, 1_usize..12, 1_usize..12),
        (bands, seed) in (1_usize..=8, any::<u64>()),
    ) {
        let state = state(channels, bands, 1 << bits);
        let shape = Shape::new(pictures, channels, high, wide)?;
        // Half of the cases hold symbols that the state deems unlikely.
        let levels = 1 << bits;
        let symbols = if seed % 2 == 0 { smooth(shape, levels, seed) } else { Numbers(seed).symbols(shape, levels) };
        let (model, quantiser) = (Context::new(&state, shape, bands - 1)?, quantiser(Rule::Max, bits));
        let bytes = encode_stream(&model, quantiser, shape, &symbols)?;
        prop_assert_eq!(decode_stream(&model, quantiser, shape, &bytes)?, symbols);
    }

    #[test]
    fn decodes_any_symbols_whatever_their_size(
        symbols in prop::collection::vec(prop_oneof![-40..40_i16, any::<i16>(), Just(i16::MIN), Just(i16::MAX)], 2 * 15),
    ) {
        let shape = Shape::new(1, 2, 3, 5)?;
        for state in [state(2, 1, 4), state_of_means(2, 1)] {
            let model = Context::new(&state, shape, 0)?;
            prop_assert_eq!(&decode(&model, shape, &encode(&model, shape, &symbols))?, &symbols);
        }
    }

    #[test]
    fn any_bytes_decode_to_symbols_in_range_or_to_a_format_error(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let (state, shape) = (state(2, 1, 4), Shape::new(1, 2, 8, 8)?);
        match decode_stream(&Context::new(&state, shape, 0)?, quantiser(Rule::Max, 2), shape, &bytes) {
            Ok(symbols) => prop_assert!(symbols.iter().all(|&symbol| (0..4).contains(&symbol))),
            Err(error) => prop_assert!(matches!(error, Error::Format(_))),
        }
    }
}

#[test]
fn means_are_predicted_from_their_neighbours_and_come_back() {
    let (state, shape) = (state_of_means(5, 2), Shape::new(2, 5, 20, 30).unwrap());
    let bytes = state.to_bytes();
    assert_eq!(bytes[..6], [3, 5, 2, 2, 0, 3], "kind, channels, bands, two predicted channels");
    assert_eq!(ContextState::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    let model = Context::new(&state, shape, 1).unwrap();
    let symbols = with_means(shape, 11);
    let stream = encode(&model, shape, &symbols);
    assert_eq!(decode(&model, shape, &stream).unwrap(), symbols);
    // The slopes cost next to nothing.
    let flat = encode(&model, shape, &smooth(shape, 8, 11));
    assert!(10 * stream.len() < 12 * flat.len(), "{} bytes, without slopes {}", stream.len(), flat.len());
    // A thumbnail of the first channels alone, and of a small picture.
    for shape in [Shape::new(1, 5, 1, 1).unwrap(), Shape::new(1, 5, 1, 9).unwrap(), Shape::new(1, 5, 9, 1).unwrap()] {
        let (model, symbols) = (Context::new(&state, shape, 0).unwrap(), with_means(shape, 3));
        assert_eq!(decode(&model, shape, &encode(&model, shape, &symbols)).unwrap(), symbols);
    }
}

/// A state, and a stream of the symbols that it decodes to, which both stay as they were written.
fn assert_golden(kind: u8, bytes: &[u8], stream: &[u8], shape: Shape, symbols: &[i16]) {
    let state = ContextState::from_bytes(bytes).unwrap();
    assert_eq!((bytes[0], state.to_bytes()), (kind, bytes.to_vec()));
    let model = Context::new(&state, shape, 0).unwrap();
    assert_eq!(decode(&model, shape, stream).unwrap(), symbols);
    assert_eq!(encode(&model, shape, symbols), stream);
}

#[test]
fn states_of_earlier_kinds_are_written_and_decode_as_before() {
    let shape = Shape::new(1, 2, 6, 7).unwrap();
    let (bytes, stream) = (include_bytes!("golden/predicted_state.bin"), include_bytes!("golden/predicted_stream.bin"));
    assert_golden(1, bytes, stream, shape, &with_means(shape, 9));
    let shape = Shape::new(1, 3, 8, 8).unwrap();
    let (bytes, stream) = (include_bytes!("golden/sources_state.bin"), include_bytes!("golden/sources_stream.bin"));
    assert_golden(2, bytes, stream, shape, &with_slopes(shape, 77));
}

/// Every value of the second channel is half the rise of the first one's values, and that of the third the mean of both
/// channels' values to the left and right, all with a little noise.
fn with_slopes(shape: Shape, seed: u64) -> Vec<i16> {
    let mut symbols = smooth(shape, 24, seed);
    let (columns, plane) = (shape.columns(), shape.plane());
    for index in (0..plane).filter(|index| index % columns > 0 && (index + 1) % columns > 0) {
        let noise = symbols[plane + index] % 2;
        symbols[plane + index] = (symbols[index + 1] - symbols[index - 1]) / 2 + noise;
        symbols[2 * plane + index] = (symbols[index - 1] + symbols[index + 1]) / 2 - noise;
    }
    symbols
}

#[test]
fn values_that_follow_from_an_earlier_channel_cost_little() {
    let shape = Shape::new(1, 3, 24, 24).unwrap();
    let pictures: Vec<Vec<i16>> = (0..12).map(|seed| with_slopes(shape, seed)).collect();
    let samples: Vec<_> = pictures.iter().map(|symbols| TrainingStream { shape, band: 0, symbols }).collect();
    let state = ContextState::train(3, 1, &samples).unwrap();
    let model = Context::new(&state, shape, 0).unwrap();
    let symbols = with_slopes(shape, 77);
    let stream = encode(&model, shape, &symbols);
    assert_eq!(decode(&model, shape, &stream).unwrap(), symbols);
    // Where nothing follows from the first channel, since it comes last.
    let turned = |symbols: &[i16]| -> Vec<i16> { symbols.chunks(shape.plane()).rev().flatten().copied().collect() };
    let pictures: Vec<Vec<i16>> = pictures.iter().map(|symbols| turned(symbols)).collect();
    let samples: Vec<_> = pictures.iter().map(|symbols| TrainingStream { shape, band: 0, symbols }).collect();
    let state = ContextState::train(3, 1, &samples).unwrap();
    let other = encode(&Context::new(&state, shape, 0).unwrap(), shape, &turned(&symbols));
    assert!(20 * stream.len() < 19 * other.len(), "{} bytes, in the other order {}", stream.len(), other.len());
}

#[test]
fn predicted_channels_that_do_not_ascend_are_refused() {
    let bytes = state_of_means(5, 2).to_bytes();
    for (place, byte) in [(0, 4), (3, 3), (4, 3), (5, 0), (5, 5)] {
        let mut altered = bytes.clone();
        altered[place] = byte;
        assert!(matches!(ContextState::from_bytes(&altered), Err(Error::Bundle(_))), "{place} {byte}");
    }
}

#[test]
fn a_cut_stream_gives_other_symbols_or_a_format_error_and_so_does_nearly_every_altered_one() {
    let (state, shape) = (state(3, 1, 8), Shape::new(1, 3, 9, 7).unwrap());
    let symbols = smooth(shape, 8, 77);
    let model = Context::new(&state, shape, 0).unwrap();
    let bytes = encode_stream(&model, quantiser(Rule::Max, 3), shape, &symbols).unwrap();
    let decode = |damaged: &[u8]| match decode_stream(&model, quantiser(Rule::Max, 3), shape, damaged) {
        Ok(found) => found == symbols,
        Err(error) => {
            assert!(matches!(error, Error::Format(_)), "{error:?}");
            false
        }
    };
    assert!(decode(&bytes));
    assert!((0..bytes.len()).all(|length| !decode(&bytes[..length])));
    let flips = (0..8 * bytes.len()).map(|bit| {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    });
    // Bits of the last byte may name another number of the last interval.
    assert!(flips.filter(|flipped| decode(flipped)).count() < 8);
}

#[test]
fn a_state_read_back_has_the_same_bytes_and_codes_nearly_as_well() {
    let (fresh, shape) = (state(4, 2, 8), Shape::new(1, 4, 30, 20).unwrap());
    let bytes = fresh.to_bytes();
    let read = ContextState::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!(ContextState::from_bytes(&read.to_bytes()).unwrap(), read);
    let symbols = smooth(shape, 8, 5);
    let [before, after] = [&fresh, &read].map(|state| encode(&Context::new(state, shape, 1).unwrap(), shape, &symbols));
    assert!(before.len().abs_diff(after.len()) <= 1 + before.len() / 500, "{} and {}", before.len(), after.len());
}

#[test]
fn a_cut_state_is_refused_and_an_altered_one_at_worst_codes_badly() {
    let bytes = state(2, 1, 4).to_bytes();
    for length in 0..bytes.len() {
        assert!(matches!(ContextState::from_bytes(&bytes[..length]), Err(Error::Bundle(_))), "{length}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(ContextState::from_bytes(&longer), Err(Error::Bundle(_))));
    let shape = Shape::new(1, 2, 4, 4).unwrap();
    let symbols = smooth(shape, 4, 3);
    let (mut refused, mut read) = (0, 0);
    // Every bit of the head, and some of the many that follow.
    for bit in (0..400).chain((400..8 * bytes.len()).step_by(97)) {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        match ContextState::from_bytes(&altered) {
            Ok(state) => {
                read += 1;
                let Ok(model) = Context::new(&state, shape, 0) else { continue };
                assert_eq!(decode(&model, shape, &encode(&model, shape, &symbols)).unwrap(), symbols);
            }
            Err(error) => {
                refused += 1;
                assert!(matches!(error, Error::Bundle(_)), "{error:?}");
            }
        }
    }
    assert!(refused > 20 && read > 20, "{refused} refused, {read} read");
}

#[test]
fn the_largest_weights_and_symbols_overflow_nothing() {
    let (channels, shape) = (9, Shape::new(1, 9, 6, 7).unwrap());
    let bytes = state(channels, 1, 4).to_bytes();
    // A byte each for kind, channels, bands and predicted channels, of which there are none; then centres and pairs of
    // partners.
    let start = 4 + 2 * channels + 4 * channels;
    // Of every channel: 8 partners, 25 weights of the magnitude and 4 of the value, 6 sources, 1 and 6 weights more.
    let size = 2 * (8 + 25 + 4 + 6 + 1 + 6);
    let symbols: Vec<i16> = (0..shape.volume()).map(|index| [i16::MIN, i16::MAX, 300][index % 3]).collect();
    for weight in [i16::MIN, -1, i16::MAX] {
        let mut altered = bytes.clone();
        for channel in altered[start..][..channels * size].chunks_exact_mut(size) {
            for weights in [16..74, 86..100] {
                channel[weights].as_chunks_mut().0.fill(weight.to_le_bytes());
            }
        }
        let state = ContextState::from_bytes(&altered).unwrap();
        let model = Context::new(&state, shape, 0).unwrap();
        assert_eq!(decode(&model, shape, &encode(&model, shape, &symbols)).unwrap(), symbols);
    }
    // A partner and a source must come before their channel.
    for (place, number) in [(0, 8), (74, 5 * 8 + 3)] {
        let mut altered = bytes.clone();
        altered[start + (channels - 1) * size + place] = number;
        assert!(
            matches!(ContextState::from_bytes(&altered), Err(Error::Bundle(message)) if message.contains("channel 8 looks at 8"))
        );
    }
}

#[test]
fn every_build_makes_the_same_bytes() {
    let sums = {
        let (trained, shape) = (state(5, 3, 16), Shape::new(2, 5, 16, 24).unwrap());
        let snapshot = trained.to_bytes();
        let read = ContextState::from_bytes(&snapshot).unwrap();
        let streams =
            [0, 2].map(|band| encode(&Context::new(&read, shape, band).unwrap(), shape, &smooth(shape, 16, 9)));
        let means = state_of_means(5, 3);
        let predicted = encode(&Context::new(&means, shape, 1).unwrap(), shape, &with_means(shape, 9));
        [&snapshot, &streams[0], &streams[1], &means.to_bytes(), &predicted]
            .map(|bytes| (bytes.len(), crc32fast::hash(bytes)))
    };
    assert_eq!(
        sums,
        [
            (32_836, 3_707_034_238),
            (1166, 3_673_761_088),
            (1166, 493_761_526),
            (29_988, 564_142_395),
            (1023, 2_530_470_310)
        ]
    );
}

#[test]
fn it_saves_an_eighth_and_more_of_what_static_needs_where_neighbours_tell() {
    let (channels, levels) = (6, 8);
    let (state, shape) = (state(channels, 1, levels), Shape::new(1, channels, 32, 32).unwrap());
    let symbols = smooth(shape, levels, 1234);
    let quantiser = quantiser(Rule::Max, 3);
    let mut counts = vec![0; channels * levels as usize];
    for (index, &symbol) in symbols.iter().enumerate() {
        counts[index / shape.plane() * levels as usize + symbol as usize] += 1;
    }
    let tables = Tables::parse(
        &Tables::build(&[Fit { quantiser, codebook: None, counts, state: None }], None, None, None).unwrap(),
    )
    .unwrap();
    let tables = Static::new(tables.entry(quantiser).unwrap().rows());
    let [fitted, mixed] = [&tables as &dyn EntropyModel, &Context::new(&state, shape, 0).unwrap()]
        .map(|model| encode_stream(model, quantiser, shape, &symbols).unwrap().len());
    assert!(8 * mixed < 7 * fitted, "{mixed} bytes, static {fitted}");
}

#[test]
fn silent_channels_cost_next_to_nothing() {
    let (channels, training) = (40, Shape::new(1, 40, 4, 4).unwrap());
    let zeros = vec![0; training.volume()];
    let sample = TrainingStream { shape: training, band: 0, symbols: &zeros };
    let state = ContextState::train(channels, 1, &[sample; 30]).unwrap();
    let shape = Shape::new(1, channels, 64, 64).unwrap();
    let model = Context::new(&state, shape, 0).unwrap();
    assert!(encode(&model, shape, &vec![0; shape.volume()]).len() <= 1 + channels / 8);
    // One symbol among 163,840.
    let mut symbols = vec![0; shape.volume()];
    symbols[100_000] = 1;
    let bytes = encode(&model, shape, &symbols);
    assert!(bytes.len() < 24, "{} bytes", bytes.len());
    assert_eq!(decode(&model, shape, &bytes).unwrap(), symbols);
}

#[test]
fn a_model_for_other_channels_or_bands_is_refused() {
    let state = state(3, 2, 4);
    for (channels, band) in [(2, 0), (4, 1), (3, 2)] {
        let shape = Shape::new(1, channels, 2, 2).unwrap();
        assert!(matches!(Context::new(&state, shape, band), Err(Error::Bundle(_))));
    }
}

#[test]
fn training_refuses_what_does_not_fit() {
    let shape = Shape::new(1, 2, 2, 2).unwrap();
    let symbols = [0; 8];
    let good = TrainingStream { shape, band: 0, symbols: &symbols };
    assert!(ContextState::train(2, 1, &[good]).is_ok());
    let short = TrainingStream { symbols: &symbols[1..], ..good };
    let band = TrainingStream { band: 1, ..good };
    for samples in [vec![], vec![good, short], vec![band]] {
        assert!(matches!(ContextState::train(2, 1, &samples), Err(Error::Argument(_))));
    }
    for (channels, bands) in [(3, 1), (0, 1), (2, 0), (2, 9), (1025, 1)] {
        assert!(matches!(ContextState::train(channels, bands, &[good]), Err(Error::Argument(_))), "{channels} {bands}");
    }
}

/// `tables.bin` of one quantiser with a state.
#[test]
fn a_state_that_goes_on_codes_what_it_has_read_since_in_less_and_static_tables_stay() {
    let base = variable_rate::fit(2, 2);
    let (log_gains, rounding) = variable_rate::gains();
    let shape = Shape::new(1, 3, 6, 5).unwrap();
    // Of another kind: the last channel, of which the base knows next to nothing but zeros, has large symbols.
    let other: Vec<Vec<i16>> = (0..20).map(|seed| smooth(shape, 6, seed)).collect();
    let streams: Vec<_> = other.iter().map(|symbols| Stream { quality: 60, shape, symbols }).collect();
    let (read, held_out) = streams.split_at(16);
    let continued = base.continued(&log_gains, &rounding, read).unwrap();
    let length = |tables: &VariableRate| -> usize {
        let model = Context::new(tables.state().unwrap(), shape, 1).unwrap();
        held_out.iter().map(|stream| encode(&model, shape, stream.symbols).len()).sum()
    };
    assert!(10 * length(&continued) < 9 * length(&base), "{} and {}", length(&continued), length(&base));
    let tables = |base: &VariableRate| base.static_tables(60).unwrap().collect::<Vec<_>>();
    assert_eq!(tables(&continued), tables(&base));
    assert_eq!(continued, base.continued(&log_gains, &rounding, read).unwrap());

    let refused = |base: &VariableRate, gains: &[f32], streams: &[Stream<'_>]| {
        assert!(matches!(base.continued(gains, &rounding, streams), Err(Error::Argument(_))));
    };
    refused(&base, &log_gains, &[]);
    refused(&base, &log_gains[3..], read);
    refused(&base, &log_gains, &[Stream { quality: 101, ..read[0] }]);
    refused(&variable_rate::fit(2, 0), &log_gains, read);
}

fn tables_with_state(channels: usize) -> Vec<u8> {
    let quantiser = quantiser(Rule::MinMax, 2);
    let counts = vec![1; channels * quantiser.levels()];
    Tables::build(&[Fit { quantiser, codebook: None, counts, state: Some(state(channels, 1, 4)) }], None, None, None)
        .unwrap()
}

#[test]
fn pictures_tiles_and_packs_come_back_from_files() {
    let tables = Tables::parse(&tables_with_state(3)).unwrap();
    let quantiser = quantiser(Rule::MinMax, 2);
    let shape = Shape::new(1, 3, 5, 7).unwrap();
    let symbols = smooth(shape, 4, 8);
    for tile in [None, Some(3)] {
        let header = Header { tile, ..header(quantiser, Entropy::Context, 110, 70) };
        let bytes = write_image(&header, &side_information(quantiser), &[], shape, &symbols, Some(&tables)).unwrap();
        let file = ImageFile::parse(&bytes, 1 << 28).unwrap();
        assert_eq!(file.header().entropy, Entropy::Context);
        assert_eq!(file.symbols(shape, Some(&tables)).unwrap(), symbols);
        assert!(matches!(file.symbols(shape, None), Err(Error::Argument(_))));
        assert!(matches!(file.symbols(shape, Some(&common::tables())), Err(Error::Bundle(_))), "no state there");
    }
    let shape = Shape::new(5, 3, 2, 2).unwrap();
    let symbols = smooth(shape, 4, 9);
    let header = header(quantiser, Entropy::Context, 9, 9);
    let bytes = write_pack(&header, &side_information(quantiser), &[], shape, &symbols, 2, Some(&tables)).unwrap();
    let pack = PackFile::parse(&bytes, 1 << 28).unwrap();
    for block in 0..3 {
        let (_, found) = pack.symbols(block, 3, 2, 2, Some(&tables)).unwrap();
        assert_eq!(found, symbols[block * 24..][..found.len()]);
    }
}

/// Remainders from -64, a symbol that was rounded away from zero by half a step, to 95.
fn remainders(count: usize, seed: u64) -> Vec<i8> {
    let mut numbers = Numbers(seed);
    (0..count).map(|_| (numbers.below(160) as i16 - 64) as i8).collect()
}

#[test]
fn an_encoder_takes_a_symbol_nearer_to_zero_where_that_saves_more_than_it_costs() {
    let (quantiser, shape) = (variable_rate::at(20), Shape::new(1, 3, 48, 48).unwrap());
    let model = select(Entropy::Context, quantiser, shape, Some(variable_rate::tables())).unwrap();
    let values = variable_rate::sparse(shape, 20, 77);
    let remainders = remainders(values.len(), 5);
    let encode = |remainders| encode_stream(&model, quantiser, shape, Symbols { values: &values, remainders });
    let plain = encode(&[]).unwrap();
    let kept = vec![Symbols::KEEP; values.len()];
    assert_eq!(encode(&kept).unwrap(), plain);
    let chosen = encode(&remainders).unwrap();
    let found = decode_stream(&model, quantiser, shape, &chosen).unwrap();
    let changed: Vec<usize> = (0..values.len()).filter(|&index| found[index] != values[index]).collect();
    let worse: f64 = changed.iter().map(|&index| 2.0 * f64::from(remainders[index]) / 128.0 + 1.0).sum();
    assert!(changed.len() > 20);
    assert!(changed.iter().all(|&index| found[index] == values[index] - values[index].signum()));
    assert!(8.0 * (plain.len() - chosen.len()) as f64 > 10.0 * worse, "{worse} squared steps for too few bits");
    let largest = changed.iter().map(|&index| remainders[index]).max().unwrap();
    assert!(largest < 0, "a symbol that is too small already became smaller still: {largest}");
}

#[test]
fn tiles_blocks_and_pictures_that_are_appended_choose_for_themselves() {
    let tables = variable_rate::tables();
    let (shape, half) = (Shape::new(4, 3, 6, 5).unwrap(), Shape::new(2, 3, 6, 5).unwrap());
    let values: Vec<i16> = smooth(shape, 4, 3).iter().map(|symbol| symbol - 1).collect();
    let remainders = remainders(values.len(), 6);
    let symbols = Symbols { values: &values, remainders: &remainders };
    let header = header(variable_rate::at(30), Entropy::Context, 80, 96);
    let pack = |shape, symbols, block| write_pack(&header, &[], &[], shape, symbols, block, Some(tables)).unwrap();
    let halves: Vec<Symbols> = symbols.chunks(half.volume()).collect();
    let parts: Vec<Vec<u8>> = halves.iter().map(|&symbols| pack(half, symbols, 2)).collect();
    let files: Vec<PackFile> = parts.iter().map(|bytes| PackFile::parse(bytes, 1 << 28).unwrap()).collect();
    let whole = pack(shape, symbols, 2);
    assert_ne!(whole, pack(shape, Symbols::from(&values), 2));
    assert_eq!(whole, PackFile::join(&files.iter().collect::<Vec<_>>(), &[]).unwrap());
    assert_eq!(whole, files[0].append(&[], half, halves[1], Some(tables)).unwrap());
    // What stands in a block that is coded again does not change.
    let (_, before) = files[0].symbols(0, 3, 6, 5, Some(tables)).unwrap();
    let three = PackFile::parse(&pack(half, halves[0], 3), 1 << 28).unwrap();
    let grown = PackFile::parse(&three.append(&[], half, halves[1], Some(tables)).unwrap(), 1 << 28).unwrap();
    assert_eq!(grown.symbols(0, 3, 6, 5, Some(tables)).unwrap().1[..before.len()], before);
    let tiled = Header { tile: Some(6), ..header };
    let one = symbols.chunks(shape.picture()).next().unwrap();
    let picture = Shape::new(1, 3, 6, 5).unwrap();
    let symbols_of = |header: &Header| {
        let bytes = write_image(header, &[], &[], picture, one, Some(tables)).unwrap();
        ImageFile::parse(&bytes, 1 << 28).unwrap().symbols(picture, Some(tables)).unwrap()
    };
    assert_eq!(symbols_of(&tiled), symbols_of(&header), "one tile, as large as the picture");
}

#[test]
fn as_many_remainders_as_symbols_or_none() {
    let shape = Shape::new(1, 3, 6, 5).unwrap();
    let symbols = Symbols { values: &vec![0; shape.volume()], remainders: &[0; 3] };
    let header = header(variable_rate::at(30), Entropy::Context, 80, 96);
    let result = write_image(&header, &[], &[], shape, symbols, Some(variable_rate::tables()));
    assert!(matches!(result, Err(Error::Argument(message)) if message.contains("3 remainders, 90 expected")));
}

#[test]
fn damaged_tables_with_a_state_are_a_bundle_error() {
    for bytes in [tables_with_state(2), variable_rate::tables_bytes(1, 2)] {
        assert!(Tables::parse(&bytes).is_ok());
        let mut refused = 0;
        for bit in (0..800).chain((800..8 * (bytes.len() - 4)).step_by(997)) {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(Tables::parse(&altered), Err(Error::Bundle(_))));
            repair(&mut altered);
            match Tables::parse(&altered) {
                Ok(_) => (),
                Err(error) => {
                    refused += 1;
                    assert!(matches!(error, Error::Bundle(_)));
                }
            }
        }
        assert!(refused > 100, "{refused}");
        for length in (0..bytes.len()).step_by(7) {
            let mut cut = bytes[..length].to_vec();
            assert!(matches!(Tables::parse(&cut), Err(Error::Bundle(_))));
            if length >= 4 {
                repair(&mut cut);
                assert!(matches!(Tables::parse(&cut), Err(Error::Bundle(_))));
            }
        }
    }
}

#[test]
fn a_state_for_other_channels_than_the_tables_is_refused() {
    let fit =
        Fit { quantiser: quantiser(Rule::Max, 1), codebook: None, counts: vec![1; 6], state: Some(state(2, 1, 2)) };
    assert!(matches!(Tables::build(&[fit], None, None, None), Err(Error::Argument(_))));
}
