//! The names of a pack's pictures.

use std::collections::HashSet;
use std::io::Read;

use flate2::bufread::ZlibDecoder;
use latentcodec_core::container::PackFile;

use crate::failure::{Failure, Result};

/// The kind of the chunk that holds them.
const NAMES: u8 = 4;
/// Bytes that all names of a pack may have together, uncompressed.
const MAX_NAMES: u64 = 1 << 24;

/// The names of a pack's pictures, nothing if it has none; a `FormatError` if they are damaged.
pub fn names(pack: &PackFile) -> Result<Option<Vec<String>>> {
    let Some(chunk) = pack.chunks().iter().find(|chunk| chunk.kind == NAMES) else { return Ok(None) };
    let mut decoder = ZlibDecoder::new(&chunk.bytes[..]);
    let mut text = Vec::new();
    let read = decoder.by_ref().take(MAX_NAMES + 1).read_to_end(&mut text);
    let unread = !decoder.into_inner().is_empty() || text.len() as u64 > MAX_NAMES;
    let text = read.ok().and_then(|_| String::from_utf8(text).ok()).filter(|_| !unread);
    let text = text.ok_or_else(|| Failure::format("the names of the pictures cannot be read"))?;
    let names: Vec<_> = text.split('\n').map(str::to_owned).collect();
    let different: HashSet<_> = names.iter().filter(|name| !name.is_empty()).collect();
    let count = pack.count();
    if names.len() as u64 != count || different.len() as u64 != count {
        return Err(Failure::format(format!("the names of the pictures are not {count} different ones")));
    }
    Ok(Some(names))
}
