//! Chunks: what a file carries besides its symbols. Their bytes mean something to the library alone.

use crate::bytes::{Reader, push_leb128, push_sized};
use crate::{Error, Result};

/// The kinds of chunks that this release knows: their names, their numbers, and whether a single picture and a pack may
/// have them.
const KINDS: [(&str, u8, bool, bool); 13] = [
    ("alpha", 1, true, true),
    ("ICC profile", 2, true, true),
    ("EXIF", 3, true, true),
    ("names", 4, false, true),
    ("XMP", 5, true, true),
    ("IPTC", 6, true, true),
    ("texts", 7, true, true),
    ("density", 8, true, true),
    ("CICP", 9, true, true),
    ("gamma", 10, true, true),
    ("chromaticities", 11, true, true),
    ("colours", 12, true, true),
    ("importance", 13, true, false),
];
/// A reader may ignore kinds from here on.
const OPTIONAL: u8 = 128;

/// A kind (see `docs/FORMAT.md`) and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// What the bytes are.
    pub kind: u8,
    /// Opaque here.
    pub bytes: Vec<u8>,
}

/// Why chunks of these kinds cannot stand in a file, one after the other, if they cannot.
fn violation(last: Option<u8>, kind: u8, pack: bool) -> Option<String> {
    if last.is_some_and(|last| last >= kind) {
        return Some(format!("the kinds of chunks must ascend, but {kind} comes late"));
    }
    let listed =
        KINDS.iter().any(|&(_, number, in_image, in_pack)| number == kind && if pack { in_pack } else { in_image });
    let known = listed || kind >= OPTIONAL;
    (!known).then(|| format!("a chunk of kind {kind} is unknown to this release, or has no place in this kind of file"))
}

/// Appends the chunks, nothing if there are none; [`Error::Argument`] if they cannot stand in such a file.
pub(super) fn write(bytes: &mut Vec<u8>, chunks: &[Chunk], pack: bool) -> Result<()> {
    let Some(more) = chunks.len().checked_sub(1) else { return Ok(()) };
    push_leb128(bytes, more as u64)?;
    let mut last = None;
    for chunk in chunks {
        if let Some(violation) = violation(last, chunk.kind, pack) {
            return Err(Error::Argument(violation));
        }
        last = Some(chunk.kind);
        bytes.push(chunk.kind);
        push_sized(bytes, &chunk.bytes)?;
    }
    Ok(())
}

/// Reads the chunks of a file, none unless it is `flagged` to have some; [`Error::Format`] or [`Error::Truncated`].
pub(super) fn read(reader: &mut Reader<'_>, flagged: bool, pack: bool) -> Result<Vec<Chunk>> {
    let mut chunks: Vec<Chunk> = Vec::new();
    if !flagged {
        return Ok(chunks);
    }
    // Kinds ascend, so this ends after 256 chunks at the latest.
    for _ in 0..=reader.leb128()? {
        let kind = reader.byte()?;
        if let Some(violation) = violation(chunks.last().map(|last| last.kind), kind, pack) {
            return Err(Error::Format(violation));
        }
        chunks.push(Chunk { kind, bytes: reader.sized()?.to_vec() });
    }
    Ok(chunks)
}
