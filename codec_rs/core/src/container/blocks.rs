//! What a pack and a tiled picture share: the lengths of entropy-coded blocks, a checksum of all that, the blocks.

use crate::bytes::{CHECKSUM, Reader, push_leb128, seal, unseal_crc};
use crate::{Error, Result};

/// Blocks that are checked when they are asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Blocks {
    /// Payload and checksum of every block, one after the other.
    bytes: Vec<u8>,
    /// Where each block ends in `bytes`.
    ends: Vec<usize>,
    /// What is there of the payload of the block after these, of a file that ends early.
    tail: Vec<u8>,
}

/// Ends a file that so far has everything before its index of lengths.
pub(super) fn write(bytes: &mut Vec<u8>, payloads: Vec<Vec<u8>>) -> Result<()> {
    for payload in &payloads {
        push_leb128(bytes, payload.len() as u64)?;
    }
    seal(bytes);
    bytes.reserve_exact(payloads.iter().map(|payload| payload.len() + CHECKSUM).sum());
    for mut payload in payloads {
        seal(&mut payload);
        bytes.extend(payload);
    }
    Ok(())
}

/// The lengths of `count` payloads; [`Error::Truncated`] if so many blocks cannot be in the rest of the file.
pub(super) fn read_index(reader: &mut Reader<'_>, count: u64) -> Result<Vec<usize>> {
    // A block takes a byte here and a checksum later: no more memory is asked for than the file has bytes.
    let least = count.saturating_mul(1 + CHECKSUM as u64);
    reader.clone().take(usize::try_from(least).unwrap_or(usize::MAX))?;
    (0..count).map(|_| reader.leb128().map(|length| length as usize)).collect()
}

impl Blocks {
    /// Checks the checksum of everything read so far, then takes the blocks; the last must end the file.
    pub fn read(reader: &mut Reader<'_>, lengths: &[usize], what: &str) -> Result<Self> {
        let blocks = Self::read_start(reader, lengths, what)?;
        for length in &lengths[blocks.len()..] {
            reader.take(length.saturating_add(CHECKSUM))?;
        }
        reader.end()?;
        Ok(blocks)
    }

    /// As [`Blocks::read`] of a file that may end early: those blocks that are whole, and the start of the next.
    pub fn read_start(reader: &mut Reader<'_>, lengths: &[usize], what: &str) -> Result<Self> {
        reader.take(CHECKSUM)?;
        unseal_crc(reader.seen(), what)?;
        let (bytes, start) = (reader.rest(), reader.position());
        let mut ends = Vec::with_capacity(lengths.len());
        while let Some(length) = lengths.get(ends.len())
            && reader.take(length.saturating_add(CHECKSUM)).is_ok()
        {
            ends.push(reader.position() - start);
        }
        let (whole, rest) = bytes.split_at(reader.position() - start);
        let tail = lengths.get(ends.len()).map_or(0, |&length| length.min(rest.len()));
        Ok(Self { bytes: whole.to_vec(), ends, tail: rest[..tail].to_vec() })
    }

    /// Number of blocks.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The start of the payload of the block after these; nothing verifies it.
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// Bytes of all payloads, without their checksums.
    pub fn payload_bytes(&self) -> usize {
        self.bytes.len() - self.checksum_bytes()
    }

    /// Bytes of the blocks' checksums.
    pub fn checksum_bytes(&self) -> usize {
        self.len() * CHECKSUM
    }

    /// The payload of a block, below [`Blocks::len`]; [`Error::Checksum`] if it is damaged.
    pub fn payload(&self, index: usize, what: &str) -> Result<&[u8]> {
        let end = self.ends.get(index).ok_or_else(|| Error::Argument(format!("there is no {what} {index}")))?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        unseal_crc(&self.bytes[start..*end], &format!("{what} {index}"))
    }
}
