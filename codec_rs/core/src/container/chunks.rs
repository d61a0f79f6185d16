//! Chunks: what a file carries besides its symbols. Their bytes mean something to the library alone.

use crate::bytes::{Reader, push_leb128};
use crate::{Error, Result};

/// Names of a pack's pictures; the only kind that a single picture cannot have.
const NAMES: u8 = 4;
/// The highest kind that this release knows: 1 alpha, 2 ICC profile, 3 EXIF, 4 names, 5 XMP, 6 IPTC, 7 texts,
/// 8 density, 9 CICP, 10 gamma, 11 chromaticities.
const LAST: u8 = 11;
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
fn fault(last: Option<u8>, kind: u8, pack: bool) -> Option<String> {
    if last.is_some_and(|last| last >= kind) {
        return Some(format!("the kinds of chunks must ascend, but {kind} comes late"));
    }
    let known = (1..=LAST).contains(&kind) && (kind != NAMES || pack) || kind >= OPTIONAL;
    (!known).then(|| format!("a chunk of kind {kind} is unknown to this release, or has no place in this kind of file"))
}

/// Appends the chunks, nothing if there are none; [`Error::Argument`] if they cannot stand in such a file.
pub(super) fn write(bytes: &mut Vec<u8>, chunks: &[Chunk], pack: bool) -> Result<()> {
    let Some(more) = chunks.len().checked_sub(1) else { return Ok(()) };
    push_leb128(bytes, more as u64)?;
    let mut last = None;
    for chunk in chunks {
        if let Some(fault) = fault(last, chunk.kind, pack) {
            return Err(Error::Argument(fault));
        }
        last = Some(chunk.kind);
        bytes.push(chunk.kind);
        push_leb128(bytes, chunk.bytes.len() as u64)?;
        bytes.extend_from_slice(&chunk.bytes);
    }
    Ok(())
}

/// Reads the chunks of a file that is flagged to have some; [`Error::Format`] or [`Error::Truncated`].
pub(super) fn read(reader: &mut Reader<'_>, pack: bool) -> Result<Vec<Chunk>> {
    let mut chunks: Vec<Chunk> = Vec::new();
    // Kinds ascend, so this ends after 256 chunks at the latest.
    for _ in 0..=reader.leb128()? {
        let kind = reader.byte()?;
        if let Some(fault) = fault(chunks.last().map(|last| last.kind), kind, pack) {
            return Err(Error::Format(fault));
        }
        let length = reader.leb128()? as usize;
        chunks.push(Chunk { kind, bytes: reader.take(length)?.to_vec() });
    }
    Ok(chunks)
}
