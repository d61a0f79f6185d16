//! One number for the symbols of all golden files: the same in every build, on every machine, with one thread or two.
//!
//! ```text
//! cargo run -p latentcodec-trust --bin digest
//! ```

use std::thread;

use latentcodec_trust::samples::{Contents, golden, read};

fn main() {
    let alone = digest();
    let both = thread::scope(|scope| [scope.spawn(digest), scope.spawn(digest)].map(|thread| thread.join().unwrap()));
    assert_eq!(both, [alone, alone], "two threads at once decode to other symbols than one");
    println!("{} symbols, CRC {:08x}", alone.0, alone.1);
}

/// Number and CRC-32 of all symbols.
fn digest() -> (usize, u32) {
    let mut digest = crc32fast::Hasher::new();
    let mut count = 0;
    for sample in golden() {
        let contents = read(&sample.bytes, &sample.bundle).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        if let Contents::Image(.., symbols) | Contents::Pack(.., symbols) = contents {
            count += symbols.len();
            symbols.iter().for_each(|symbol| digest.update(&symbol.to_le_bytes()));
        }
    }
    (count, digest.finalize())
}
