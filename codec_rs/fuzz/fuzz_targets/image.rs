//! `.ltc`: the bytes as they are, then with their checksums repaired, so that the decoders are reached.
#![no_main]

use latentcodec_trust::samples::{variable_rate, read_twice, rgb};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    [rgb(), variable_rate()].into_iter().for_each(|bundle| read_twice(b"LTC", bytes, bundle));
});
