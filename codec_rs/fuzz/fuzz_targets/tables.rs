//! `tables.bin`: the bytes as they are, then with the checksum repaired.
#![no_main]

use latentcodec_trust::samples::{read_twice, rgb};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| read_twice(b"LTT", bytes, rgb()));
