//! Pictures of planes come back exactly, whatever they are; streams that no encoder wrote are refused.

use std::cell::{Cell, RefCell};
use std::sync::LazyLock;
use std::thread;

use latentcodec_core::container::{
    Content, Header, ImageFile, PackFile, write_image, write_image_reporting, write_pack,
};
use latentcodec_core::models::Entropy;
use latentcodec_core::planes::{Planes, PlanesState, TrainingPlanes};
use latentcodec_core::quantise::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream, select};
use latentcodec_core::tables::Tables;
use latentcodec_core::{Error, Result};
use proptest::prelude::*;

/// Those of a bundle that has learnt little.
static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let bytes = Tables::build(&[], None, None, Some(&trained(&[LEARNT.photograph()]))).unwrap();
    Tables::parse(&bytes).unwrap()
});
static LEARNT: LazyLock<Kind> = LazyLock::new(|| Kind::new(40, 40, 4, 8));

fn trained(pictures: &[Vec<i16>]) -> PlanesState {
    let Kind { shape, .. } = *LEARNT;
    let quantiser = LEARNT.quantiser();
    let pictures: Vec<_> = pictures.iter().map(|samples| TrainingPlanes { quantiser, shape, samples }).collect();
    PlanesState::train(&pictures).unwrap()
}

/// Pictures of some size, and bits of their samples: 1, 8 or 16.
#[derive(Debug, Clone, Copy)]
struct Kind {
    shape: Shape,
    bits: u32,
}

impl Kind {
    fn new(rows: usize, columns: usize, planes: usize, bits: u32) -> Self {
        Self { shape: Shape::new(1, planes, rows, columns).unwrap(), bits }
    }

    fn quantiser(self) -> Quantiser {
        let depth = [1, 8, 0, 16].iter().position(|&bits| bits == self.bits).unwrap();
        Quantiser::new(6, (4 * depth + self.shape.channels() - 1) as u8).unwrap()
    }

    /// That of older files of 16 bits.
    fn older_quantiser(self) -> Quantiser {
        Quantiser::new(6, (8 + self.shape.channels() - 1) as u8).unwrap()
    }

    fn encode(self, samples: &[i16]) -> Result<Vec<u8>> {
        self.encode_as(self.quantiser(), samples)
    }

    fn encode_as(self, quantiser: Quantiser, samples: &[i16]) -> Result<Vec<u8>> {
        let model = select(Entropy::Context, quantiser, self.shape, Some(&TABLES))?;
        encode_stream(&model, quantiser, self.shape, samples)
    }

    fn decode(self, bytes: &[u8]) -> Result<Vec<i16>> {
        self.decode_as(self.quantiser(), bytes)
    }

    fn decode_as(self, quantiser: Quantiser, bytes: &[u8]) -> Result<Vec<i16>> {
        let model = select(Entropy::Context, quantiser, self.shape, Some(&TABLES))?;
        decode_stream(&model, quantiser, self.shape, bytes)
    }

    /// Samples by row, column and plane, cut to the bits that there are.
    fn picture(self, mut sample: impl FnMut(usize, usize, usize) -> u32) -> Vec<i16> {
        let (rows, columns) = (self.shape.rows(), self.shape.columns());
        let at = |index: usize| (index / columns % rows, index % columns, index / (rows * columns));
        let samples = (0..self.shape.volume()).map(|index| {
            let (row, column, plane) = at(index);
            (sample(row, column, plane) % (1 << self.bits)) as u16 as i16
        });
        samples.collect()
    }

    /// A slope with some noise on it, other ones for other planes, over all values.
    fn photograph(self) -> Vec<i16> {
        let mut random = noise(3);
        let (rows, columns) = (self.shape.rows(), self.shape.columns());
        self.picture(|row, column, plane| {
            let slope = (row * (30 + plane) / rows + column * 30 / columns) as u32;
            (slope << self.bits >> 6) + random() % (1 + (((1 << self.bits) - 1) >> 6))
        })
    }

    /// A letter of noise again and again, on a background of one colour, with a word of noise below.
    fn screen(self) -> Vec<i16> {
        let mut random = noise(8);
        let letter: Vec<u32> = (0..12 * 9 * 4).map(|_| random()).collect();
        self.picture(|row, column, plane| match (row % 20, column % (9 + row / 20)) {
            (line @ 4..16, place @ 0..9) => letter[((line - 4) * 9 + place) * 4 + plane % 4],
            _ if row + 2 < self.shape.rows() => [250, 245, 220, 255][plane % 4],
            _ => random(),
        })
    }

    /// Noise of so many values, `step` apart, in all planes but the last one of four, which is flat.
    fn noise(self, count: u32, step: u32) -> Vec<i16> {
        let mut random = noise(count);
        self.picture(|_, _, plane| if plane < 3 { (random() >> 4) % count * step } else { count * step - 1 })
    }

    /// Noise, a slope, few values, one value, extremes, noise of some values, a screen: by the number of a kind.
    fn any(self, kind: u32) -> Vec<i16> {
        let mut random = noise(kind);
        match kind % 8 {
            7 => self.noise((kind >> 3) % 300 + 2, kind >> 12 & 15 | 1),
            0 => self.picture(|_, _, _| random()),
            1 => self.photograph(),
            2 => self.picture(|_, _, _| random() % 3 * 5),
            3 => self.picture(|_, _, plane| plane as u32 * 1000),
            4 => self.picture(|row, column, plane| ((row / 3 + column / 5 + plane) % 2) as u32 * 0xffff),
            5 => self.picture(|row, column, _| (row * column) as u32 * 16),
            _ => self.screen(),
        }
    }

    fn assert_comes_back(self, samples: &[i16]) -> usize {
        let bytes = self.encode(samples).unwrap();
        assert!(self.decode(&bytes).unwrap() == samples, "{self:?}");
        bytes.len()
    }
}

/// Numbers that look random, the same in every run.
fn noise(seed: u32) -> impl FnMut() -> u32 {
    let mut state = seed.wrapping_mul(2_654_435_769) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    }
}

fn bits() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![1, 8, 16])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_picture_comes_back(rows in 1..60_usize, columns in 1..60_usize, planes in 1..=4_usize, bits in bits(), kind: u32) {
        let found = Kind::new(rows, columns, planes, bits);
        found.assert_comes_back(&found.any(kind));
    }

    #[test]
    fn older_pictures_of_sixteen_bits_come_back(planes in 1..=4_usize, columns in 1..60_usize, kind: u32) {
        let found = Kind::new(20, columns, planes, 16);
        let (older, samples) = (found.older_quantiser(), found.any(kind));
        prop_assert!(found.decode_as(older, &found.encode_as(older, &samples).unwrap()).unwrap() == samples);
    }

    #[test]
    fn harmed_streams_give_no_other_picture(kind: u32, bits in bits(), at: prop::sample::Index, change in 1..=255_u8) {
        let found = Kind::new(9, 17, 3, bits);
        let samples = found.any(kind);
        let mut bytes = found.encode(&samples).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        // The last bits of a stream may mean nothing.
        prop_assert!(found.decode(&bytes).map_or(true, |decoded| decoded == samples));
    }

    #[test]
    fn foreign_bytes_are_refused(bytes: Vec<u8>, planes in 1..=4_usize, bits in bits()) {
        prop_assert!(Kind::new(20, 20, planes, bits).decode(&bytes).is_err());
    }
}

#[test]
fn pictures_of_all_shapes_come_back() {
    for [rows, columns] in [[1, 1], [1, 300], [300, 1], [2, 3], [90, 300]] {
        for (planes, bits) in [(1, 8), (2, 16), (3, 8), (4, 16)] {
            let found = Kind::new(rows, columns, planes, bits);
            found.assert_comes_back(&found.photograph());
        }
    }
}

#[test]
fn several_pictures_share_a_stream() {
    let several = Kind { shape: Shape::new(5, 3, 30, 40).unwrap(), bits: 8 };
    several.assert_comes_back(&several.photograph());
}

/// The last block of a pack holds what is left.
#[test]
fn a_model_codes_fewer_pictures_than_it_was_made_for() {
    let [two, one] = [2, 1].map(|pictures| Kind { shape: Shape::new(pictures, 3, 30, 40).unwrap(), bits: 8 });
    let model = select(Entropy::Context, two.quantiser(), two.shape, Some(&TABLES)).unwrap();
    let samples = one.photograph();
    let bytes = encode_stream(&model, one.quantiser(), one.shape, &samples).unwrap();
    assert_eq!(one.decode(&bytes), Ok(samples));
}

#[test]
fn every_shorter_stream_is_refused() {
    let found = Kind::new(8, 8, 3, 8);
    let bytes = found.encode(&found.photograph()).unwrap();
    for length in 0..bytes.len() {
        let error = found.decode(&bytes[..length]).unwrap_err();
        assert!(matches!(error, Error::Truncated(_) | Error::Format(_) | Error::Checksum(_)), "{length}: {error}");
    }
    assert!(found.decode(&[&bytes[..], &[1; 8]].concat()).is_err());
}

#[test]
fn noise_is_never_larger_than_it_came() {
    for bits in [1, 8, 16] {
        let found = Kind::new(100, 120, 3, bits);
        let length = found.assert_comes_back(&found.any(0));
        assert!(length <= 100 * 120 * 3 * bits as usize / 8 + 32, "{bits} bits: {length}");
    }
}

#[test]
fn noise_is_never_larger_than_it_came_in_however_many_tiles() {
    for bits in [1, 8, 16] {
        let found = Kind::new(70, 90, 3, bits);
        let (quantiser, shape, samples) = (found.quantiser(), found.shape, found.any(0));
        let (model, entropy, tile) = ([0; 4], Entropy::Context, Some(16));
        let header = Header { model, width: 90, height: 70, quantiser, entropy, grey: false, tile };
        let bytes = write_image(&header, &[], &[], shape, &samples, Some(&TABLES)).unwrap();
        assert!(bytes.len() <= samples.len() * bits as usize / 8 + 64, "{} bytes", bytes.len());
        let file = ImageFile::parse(&bytes, 1 << 20).unwrap();
        assert_eq!(file.tiles(), 0);
        assert!(file.symbols(shape, Some(&TABLES)).unwrap() == samples);
        let corner = file.window(shape, 60..70, 30..90, Some(&TABLES), &|_| Ok(())).unwrap();
        assert_eq!(corner[..60], samples[60 * 90 + 30..61 * 90]);
    }
}

#[test]
fn noise_takes_what_its_values_need() {
    for (bits, count, step, planes) in [
        (16, 4096, 1, 1),
        (16, 4096, 16, 3),
        (16, 1024, 1, 1),
        (8, 2, 255, 1),
        (8, 3, 1, 1),
        (8, 5, 50, 3),
        (8, 16, 1, 1),
        (8, 200, 1, 1),
        (8, 256, 1, 4),
    ] {
        let found = Kind::new(100, 120, planes, bits);
        let length = found.assert_comes_back(&found.noise(count, step));
        let needed = 100.0 * 120.0 * planes.min(3) as f64 * f64::from(count).log2() / 8.0;
        assert!((length as f64) < needed + 48.0, "{count} values: {length} bytes, {needed} needed");
    }
}

/// Values that no sample happens to have are no reason to tell of every one that they have.
#[test]
fn a_little_noise_takes_what_its_bits_need() {
    let found = Kind::new(32, 32, 1, 16);
    let length = found.assert_comes_back(&found.noise(4096, 16));
    assert!(length < 32 * 32 * 12 / 8 + 48, "{length} bytes");
}

/// Differences to neighbours are large, what least squares lack is little.
#[test]
fn steep_slopes_of_sixteen_bits_cost_little() {
    let found = Kind::new(200, 200, 1, 16);
    let waves = |row: usize, column: usize| (row as f64 / 60.0).sin() * (column as f64 / 80.0).cos();
    let steep = found.picture(|row, column, _| (32_768.0 + 30_000.0 * waves(row, column)) as u32);
    let older = found.encode_as(found.older_quantiser(), &steep).unwrap().len();
    let length = found.assert_comes_back(&steep);
    assert!(2 * length < older, "{length} bytes, {older} in older files");
}

/// The samples of some pictures pixel by pixel.
fn pixels(shape: Shape, samples: &[i16]) -> Vec<u16> {
    let pictures = samples.chunks_exact(shape.picture());
    let pixel = |picture: &[i16], at: usize| picture[at..].iter().step_by(shape.plane()).map(|&it| it as u16).collect();
    pictures.flat_map(|picture| (0..shape.plane()).flat_map(move |at| -> Vec<u16> { pixel(picture, at) })).collect()
}

#[test]
fn pixels_become_the_file_of_their_symbols_and_come_back() {
    for (planes, bits, kind, tile) in [
        (1, 8, 1, None),
        (2, 1, 4, Some(50)),
        (3, 8, 1, Some(32)),
        (3, 8, 0, Some(16)),
        (4, 16, 0, Some(16)),
        (3, 16, 1, Some(64)),
    ] {
        let found = Kind::new(70, 90, planes, bits);
        let (quantiser, shape, samples) = (found.quantiser(), found.shape, found.any(kind));
        let header =
            Header { model: [0; 4], width: 90, height: 70, quantiser, entropy: Entropy::Context, grey: false, tile };
        let write = |content: Content<'_>| write_image(&header, &[], &[], shape, content, Some(&TABLES)).unwrap();
        let (wide, bytes) = (pixels(shape, &samples), write(Content::from(&samples)));
        let narrow: Vec<u8> = wide.iter().map(|&sample| sample as u8).collect();
        assert!(write(Content::Sixteen(&wide)) == bytes);
        assert!(bits == 16 || write(Content::Eight(&narrow)) == bytes);
        let file = ImageFile::parse(&bytes, 1 << 20).unwrap();
        assert!(file.pixels::<u16>(0..70, 0..90, Some(&TABLES), &|_| Ok(())).unwrap() == wide);
        let inner: Vec<u16> =
            (20..60).flat_map(|row| wide[(row * 90 + 30) * planes..][..41 * planes].to_vec()).collect();
        assert!(file.pixels::<u16>(20..60, 30..71, Some(&TABLES), &|_| Ok(())).unwrap() == inner);
        match file.pixels::<u8>(0..70, 0..90, Some(&TABLES), &|_| Ok(())) {
            Ok(found) => assert!(bits < 16 && found == narrow),
            Err(error) => assert!(bits == 16 && matches!(error, Error::Argument(_))),
        }
        assert!(matches!(file.pixels::<u16>(0..71, 0..90, Some(&TABLES), &|_| Ok(())), Err(Error::Argument(_))));
        assert!(write_image(&header, &[], &[], shape, Content::Eight(&narrow[1..]), Some(&TABLES)).is_err());
    }
}

/// 12 tiles of a picture in grey, its header and its samples.
fn twelve_tiles() -> (Header, Kind) {
    let found = Kind::new(70, 90, 1, 8);
    let quantiser = found.quantiser();
    let (entropy, tile) = (Entropy::Context, Some(24));
    (Header { model: [0; 4], width: 90, height: 70, quantiser, entropy, grey: false, tile }, found)
}

#[test]
fn progress_rises_to_all_of_the_tiles_on_the_callers_thread() {
    let ((header, found), told) = (twelve_tiles(), RefCell::new(Vec::new()));
    let (samples, caller) = (found.any(0), thread::current().id());
    let report = |share| {
        assert_eq!(thread::current().id(), caller);
        told.borrow_mut().push(share);
        Ok(())
    };
    let bytes = write_image_reporting(&header, &[], &[], found.shape, &samples, Some(&TABLES), &report).unwrap();
    assert!(bytes == write_image(&header, &[], &[], found.shape, &samples, Some(&TABLES)).unwrap());
    check_shares(&told.take());
    let file = ImageFile::parse(&bytes, 1 << 20).unwrap();
    assert!(file.pixels::<u16>(0..70, 0..90, Some(&TABLES), &report).unwrap() == pixels(found.shape, &samples));
    check_shares(&told.take());
    file.pixels::<u8>(0..24, 0..24, Some(&TABLES), &report).unwrap();
    assert!(told.take().iter().all(|&share| share == 1.0)); // of one tile, the only one that is wanted
}

/// Shares rise, and are twelfths; how many there are depends on how many tiles other threads worked on.
fn check_shares(shares: &[f64]) {
    assert!(shares.iter().all(|share| (12.0 * share).fract() < 1e-9 && (0.0..=1.0).contains(share)), "{shares:?}");
    assert!(shares.is_sorted_by(|before, after| before < after), "{shares:?}");
}

#[test]
fn an_error_of_progress_ends_the_work() {
    let ((header, found), calls) = (twelve_tiles(), Cell::new(0));
    let samples = found.any(0);
    let interrupt = |_| {
        calls.set(calls.get() + 1);
        Err(Error::Limit("enough".into()))
    };
    let written = write_image_reporting(&header, &[], &[], found.shape, &samples, Some(&TABLES), &interrupt);
    // Other threads may have taken all of the tiles.
    assert!(matches!((calls.take(), written), (1, Err(Error::Limit(_))) | (0, Ok(_))));
    let bytes = write_image(&header, &[], &[], found.shape, &samples, Some(&TABLES)).unwrap();
    let read = ImageFile::parse(&bytes, 1 << 20).unwrap().pixels::<u8>(0..70, 0..90, Some(&TABLES), &interrupt);
    assert!(matches!((calls.take(), read), (1, Err(Error::Limit(_))) | (0, Ok(_))));
}

#[test]
fn pixels_become_the_pack_of_their_symbols() {
    let (quantiser, entropy) = (Kind::new(8, 9, 3, 8).quantiser(), Entropy::Context);
    let header = Header { model: [0; 4], width: 9, height: 8, quantiser, entropy, grey: false, tile: None };
    let shape = |pictures| Shape::new(pictures, 3, 8, 9).unwrap();
    let samples = Kind { shape: shape(5), bits: 8 }.photograph();
    let narrow: Vec<u8> = pixels(shape(5), &samples).into_iter().map(|sample| sample as u8).collect();
    let write =
        |count, content: Content<'_>| write_pack(&header, &[], &[], shape(count), content, 2, Some(&TABLES)).unwrap();
    let (bytes, start) = (write(5, Content::from(&samples)), 3 * shape(1).volume());
    assert!(write(5, Content::Eight(&narrow)) == bytes);
    let three = PackFile::parse(&write(3, Content::Eight(&narrow[..start])), 1 << 20).unwrap();
    assert!(three.append(&[], shape(2), Content::Eight(&narrow[start..]), Some(&TABLES)).unwrap() == bytes);
}

#[test]
fn one_colour_takes_a_few_bytes() {
    let found = Kind::new(500, 500, 4, 8);
    let samples = found.picture(|_, _, plane| [17, 200, 255, 255][plane]);
    assert!(found.assert_comes_back(&samples) <= 24);
    assert!(Kind::new(1, 1, 1, 8).assert_comes_back(&[9]) <= 12);
}

#[test]
fn what_comes_again_costs_little() {
    for (planes, bits) in [(1, 8), (3, 8), (4, 8), (3, 16)] {
        let found = Kind::new(200, 240, planes, bits);
        let letter = 12 * 9 * planes * bits as usize / 8;
        let below = 2 * 240 * planes * bits as usize / 8;
        let length = found.assert_comes_back(&found.screen());
        assert!(length < 2 * letter + below * 6 / 5 + 1000, "{length} bytes for letters of {letter} bytes, 200 times");
    }
}

#[test]
fn decoding_tells_row_by_row_how_far_it_is() {
    let found = Kind::new(120, 240, 3, 8);
    for (samples, tile) in [(found.photograph(), None), (found.photograph(), Some(64)), (found.screen(), None)] {
        let (quantiser, entropy) = (found.quantiser(), Entropy::Context);
        let header = Header { model: [0; 4], width: 240, height: 120, quantiser, entropy, grey: false, tile };
        let bytes = write_image(&header, &[], &[], found.shape, &samples, Some(&TABLES)).unwrap();
        let shares = RefCell::new(vec![0.0]);
        let file = ImageFile::parse(&bytes, 1 << 20).unwrap();
        let decoded = file.symbols_reporting(found.shape, Some(&TABLES), &|share| shares.borrow_mut().push(share));
        assert!(decoded.unwrap() == samples);
        let steps: Vec<f64> = shares.borrow().windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps.len() >= 120 && steps.iter().all(|&step| (0.0..0.5).contains(&step)), "{steps:?}");
        assert!((0.95..=1.0).contains(shares.borrow().last().unwrap()));
    }
}

#[test]
fn screens_of_all_shapes_come_back() {
    for (pictures, rows, columns) in [(3, 41, 57), (1, 1, 700), (1, 700, 1), (2, 3, 2)] {
        let found = Kind { shape: Shape::new(pictures, 4, rows, columns).unwrap(), bits: 8 };
        found.assert_comes_back(&found.screen());
    }
}

#[test]
fn twelve_bits_in_sixteen_cost_twelve() {
    let found = Kind::new(200, 200, 1, 16);
    let twelve: Vec<u32> = found.photograph().iter().map(|&sample| u32::from(sample as u16) >> 4).collect();
    let scaled = |most: u32| -> Vec<i16> { twelve.iter().map(|sample| (sample * most / 4095) as u16 as i16).collect() };
    let length = found.assert_comes_back(&scaled(4095));
    for most in [4095 * 16, 65_535] {
        let wide = found.assert_comes_back(&scaled(most));
        assert!(wide < length + 400, "{most}: {wide} bytes, {length} as 12 bits");
    }
}

#[test]
fn colour_knows_its_planes() {
    let (one, three) = (Kind::new(100, 100, 1, 8), Kind::new(100, 100, 3, 8));
    let grey = one.photograph();
    let length = one.assert_comes_back(&grey);
    assert!(three.assert_comes_back(&grey.repeat(3)) <= length + 8, "three equal planes cost as much as one");
}

#[test]
fn what_is_no_picture_is_refused() {
    let found = Kind::new(2, 2, 1, 1);
    assert!(matches!(found.encode(&[2; 4]), Err(Error::Argument(_))));
    assert!(matches!(found.encode(&[1; 5]), Err(Error::Argument(_))));
    let three = Quantiser::new(6, 2).unwrap();
    assert!(matches!(select(Entropy::Context, three, found.shape, Some(&TABLES)), Err(Error::Bundle(_))));
}

#[test]
fn what_was_learnt_makes_pictures_like_it_smaller() {
    let like_it = LEARNT.photograph();
    let length = |state: &PlanesState| {
        let tables = Tables::parse(&Tables::build(&[], None, None, Some(state)).unwrap()).unwrap();
        let model = select(Entropy::Context, LEARNT.quantiser(), LEARNT.shape, Some(&tables)).unwrap();
        encode_stream(&model, LEARNT.quantiser(), LEARNT.shape, &like_it).unwrap().len()
    };
    let (little, more) = (trained(&[LEARNT.any(3)]), trained(&vec![like_it.clone(); 4]));
    assert!(20 * length(&more) < 19 * length(&little), "{} and {} bytes", length(&more), length(&little));
}

/// A state lends copies and has them back: whatever was coded before, a stream starts from what was learnt.
#[test]
fn no_stream_learns_from_another() {
    let found = Kind::new(30, 40, 4, 8);
    let first = found.encode(&found.photograph()).unwrap();
    for kind in 0..8 {
        found.assert_comes_back(&found.any(kind));
    }
    assert!(found.decode(&first[..first.len() / 2]).is_err());
    assert_eq!(found.encode(&found.photograph()).unwrap(), first);
}

#[test]
fn a_state_that_is_cut_or_damaged_is_refused_or_codes_exactly() {
    let bytes = TABLES.planes().unwrap().to_bytes();
    assert_eq!(PlanesState::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    for length in [0, 1, 1000, bytes.len() / 2, bytes.len() - 1] {
        assert!(matches!(PlanesState::from_bytes(&bytes[..length]), Err(Error::Bundle(_))), "{length}");
    }
    assert!(matches!(PlanesState::from_bytes(&[&bytes[..], &[0]].concat()), Err(Error::Bundle(_))));
    let found = Kind::new(6, 7, 3, 8);
    let mut random = noise(5);
    for _ in 0..200 {
        let mut altered = bytes.clone();
        for _ in 0..20 {
            let at = random() as usize % altered.len();
            altered[at] = random() as u8;
        }
        let Ok(state) = PlanesState::from_bytes(&altered) else { continue };
        let model = Planes::new(&state, found.quantiser(), found.shape).unwrap();
        let samples = found.any(random());
        let coded = encode_stream(&model, found.quantiser(), found.shape, &samples).unwrap();
        assert_eq!(decode_stream(&model, found.quantiser(), found.shape, &coded), Ok(samples));
    }
}

#[test]
fn pictures_that_are_none_teach_nothing() {
    assert!(matches!(PlanesState::train(&[]), Err(Error::Argument(_))));
    let (quantiser, shape) = (LEARNT.quantiser(), LEARNT.shape);
    for samples in [vec![0; 3], vec![256; shape.volume()]] {
        let picture = TrainingPlanes { quantiser, shape, samples: &samples };
        assert!(matches!(PlanesState::train(&[picture]), Err(Error::Argument(_))));
    }
}

/// The stream of one picture, for ever: builds and machines make the same bytes.
#[test]
fn the_bytes_are_the_same_on_every_machine() {
    let sums = [(3, 8), (4, 16), (1, 16)].map(|(planes, bits)| {
        let found = Kind::new(40, 50, planes, bits);
        crc32fast::hash(&found.encode(&found.photograph()).unwrap())
    });
    assert_eq!(sums, [1_355_476_855, 224_771_750, 1_409_339_427]);
    let older = [4, 1].map(|planes| {
        let found = Kind::new(40, 50, planes, 16);
        crc32fast::hash(&found.encode_as(found.older_quantiser(), &found.photograph()).unwrap())
    });
    assert_eq!(older, [540_759_510, 1_409_339_427]);
    let noise = [(3, 8, 5), (1, 16, 4096)].map(|(planes, bits, count)| {
        let found = Kind::new(40, 50, planes, bits);
        crc32fast::hash(&found.encode(&found.noise(count, 3)).unwrap())
    });
    assert_eq!(noise, [818_036_098, 1_244_622_522]);
}
