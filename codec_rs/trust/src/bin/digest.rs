//! One number for the symbols of all golden files: the same in every build, on every machine.
//!
//! ```text
//! cargo run -p latentcodec-trust --bin digest
//! ```

use latentcodec_trust::samples::{Contents, golden, read};

fn main() {
    let mut digest = crc32fast::Hasher::new();
    let mut count = 0;
    for sample in golden() {
        let contents = read(&sample.bytes, &sample.bundle).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        if let Contents::Image(.., symbols) | Contents::Pack(.., symbols) = contents {
            count += symbols.len();
            symbols.iter().for_each(|symbol| digest.update(&symbol.to_le_bytes()));
        }
    }
    println!("{count} symbols {:08x}", digest.finalize());
}
