//! A short campaign, and that its means do what they claim.

use latentcodec_trust::harm::{HARMS, Numbers, harm};
use latentcodec_trust::repair::repair;
use latentcodec_trust::samples::{digits, golden, read, read_twice, rgb, typed, variable_rate};

#[test]
fn repaired_damage_reaches_the_decoders_and_is_refused_or_in_range() {
    let samples = golden();
    let mut numbers = Numbers(1);
    let mut accepted = 0;
    for round in 0..5000 {
        let sample = &samples[numbers.below(samples.len())];
        let mut bytes = sample.bytes.clone();
        harm(&mut numbers, round % HARMS.len(), &mut bytes, &samples[round % samples.len()].bytes);
        repair(&mut bytes);
        match read(&bytes, &sample.bundle) {
            Ok(_) => accepted += 1,
            Err(error) => assert!(typed(&error), "{error:?}"),
        }
    }
    assert!(accepted > 100, "{accepted}: the checksums are not repaired");
}

#[test]
fn repair_leaves_whole_files_as_they_are_and_mends_every_checksum() {
    for sample in golden() {
        let mut bytes = sample.bytes.clone();
        repair(&mut bytes);
        assert_eq!(bytes, sample.bytes, "{}", sample.name);
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        repair(&mut bytes);
        assert_eq!(bytes, sample.bytes, "{}", sample.name);
    }
}

#[test]
fn the_corpus_of_the_fuzz_targets_is_harmless() {
    for (target, magic, bundles) in [
        ("image", b"LTC", [rgb(), variable_rate()]),
        ("pack", b"LTP", [digits(), variable_rate()]),
        ("tables", b"LTT", [rgb(), variable_rate()]),
    ] {
        let folder = format!("{}/../fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
        for file in std::fs::read_dir(folder).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bundles.into_iter().for_each(|bundle| read_twice(magic, &bytes, bundle));
        }
    }
}
