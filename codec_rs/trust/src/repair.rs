//! Right checksums for wrong bytes, so that damage reaches what lies behind them.

use latentcodec_core::Result;
use latentcodec_core::bytes::{CHECKSUM, Reader};
use latentcodec_core::quantise::Quantiser;

const TILED: u8 = 1 << 2;
const CHUNKS: u8 = 1 << 3;

/// Puts the right checksum wherever the file, as its bytes now tell it, has one; as far as it can be followed.
pub fn repair(bytes: &mut [u8]) {
    let pack = bytes.starts_with(b"LTP");
    let tiled = bytes.starts_with(b"LTC") && flags(bytes).is_ok_and(|flags| flags & TILED != 0);
    if !pack && !tiled {
        return seal(bytes);
    }
    let Ok((mut start, lengths)) = index(bytes, pack) else { return };
    start += CHECKSUM;
    let Some(head) = bytes.get_mut(..start) else { return };
    seal(head);
    for length in lengths {
        let Some(block) = bytes.get_mut(start..start + length + CHECKSUM) else { return };
        seal(block);
        start += length + CHECKSUM;
    }
}

/// The CRC-32 of the bytes before them in the last four bytes.
fn seal(bytes: &mut [u8]) {
    if let Some((body, checksum)) = bytes.split_last_chunk_mut::<CHECKSUM>() {
        *checksum = crc32fast::hash(body).to_le_bytes();
    }
}

/// Magic, model id, width, height; returns the quantiser's byte and the flags.
fn start(reader: &mut Reader<'_>) -> Result<(u8, u8)> {
    reader.take(8)?;
    reader.leb128()?;
    reader.leb128()?;
    Ok((reader.byte()?, reader.byte()?))
}

fn flags(bytes: &[u8]) -> Result<u8> {
    start(&mut Reader::new(bytes)).map(|(_, flags)| flags)
}

/// Where the index of a pack or a tiled picture ends, and the lengths in it.
fn index(bytes: &[u8], pack: bool) -> Result<(usize, Vec<usize>)> {
    let mut reader = Reader::new(bytes);
    let (quantiser, flags) = start(&mut reader)?;
    let mut blocks = 0;
    if pack {
        let (count, block) = (reader.leb128()? + 1, reader.leb128()? + 1);
        blocks = count.div_ceil(block);
    } else {
        reader.leb128()?;
    }
    reader.take(2 * Quantiser::from_byte(quantiser).map_or(0, Quantiser::side_information_values))?;
    if flags & CHUNKS != 0 {
        for _ in 0..=reader.leb128()? {
            reader.byte()?;
            let length = reader.leb128()? as usize;
            reader.take(length)?;
        }
    }
    if !pack {
        blocks = reader.leb128()? + 1;
    }
    let mut lengths = Vec::new();
    for _ in 0..blocks {
        lengths.push(reader.leb128()? as usize);
    }
    Ok((reader.position(), lengths))
}
