//! `.ltcp`: the bytes as they are, then with their checksums repaired, so that the decoders are reached.
#![no_main]

use latentcodec_trust::samples::{digits, variable_rate, read_twice};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    [digits(), variable_rate()].into_iter().for_each(|bundle| read_twice(b"LTP", bytes, bundle));
});
