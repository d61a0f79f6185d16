//! Lossless packs, decoded by this build and encoded again to the same bytes, all at once, each in a thread of its own.
//!
//! ```text
//! cargo run -p latentcodec-trust --bin again -- TABLES PACK...
//! ```

use std::thread;

use latentcodec_core::Result;
use latentcodec_core::container::{PackFile, write_pack};
use latentcodec_core::shape::Shape;
use latentcodec_core::tables::Tables;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let files = arguments.iter().map(|path| std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}")));
    let files: Vec<Vec<u8>> = files.collect();
    let (tables, packs) = files.split_first().expect("TABLES and packs");
    let tables = Tables::parse(tables).expect("tables.bin");
    let found: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = packs.iter().map(|pack| scope.spawn(|| again(pack, &tables).expect("a pack"))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread")).collect()
    });
    println!("{}", found.join("; "));
}

/// Number of the pictures and CRC-32 of their pixels.
fn again(bytes: &[u8], tables: &Tables) -> Result<String> {
    let pack = PackFile::parse(bytes, u64::MAX)?;
    let (rows, columns) = (pack.header().height as usize, pack.header().width as usize);
    let mut pixels = Vec::new();
    for block in 0..pack.count().div_ceil(pack.block()) as usize {
        pixels.extend(pack.symbols(block, 1, rows, columns, Some(tables))?.1);
    }
    let shape = Shape::new(pack.count() as usize, 1, rows, columns)?;
    let written = write_pack(pack.header(), &[], pack.chunks(), shape, &pixels, pack.block() as usize, Some(tables))?;
    assert!(written == bytes, "this build makes another file");
    let levels: Vec<u8> = pixels.iter().map(|&pixel| pixel as u8).collect();
    Ok(format!("{} pictures, CRC {:08x}, the same bytes again", pack.count(), crc32fast::hash(&levels)))
}
