//! What all three files share: a reader that cannot run past the end, LEB128 numbers, magic and checksum.

use crate::{Error, Result};

/// The format version that this release writes, in the fourth byte of every file.
pub const VERSION: u8 = 1;
/// Bytes of a checksum.
pub const CHECKSUM: usize = 4;

/// Reads from the front of a byte string.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The bytes read so far.
    pub fn seen(&self) -> &'a [u8] {
        &self.bytes[..self.position]
    }

    /// The bytes not read so far.
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position..]
    }

    /// The next `length` bytes; [`Error::Truncated`] if there are fewer.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let Some(taken) = self.rest().get(..length) else {
            let (has, position) = (self.rest().len(), self.position);
            return Err(Error::Truncated(format!(
                "the bytes end too early: {length} expected at byte {position}, {has} are left"
            )));
        };
        self.position += length;
        Ok(taken)
    }

    /// The next byte; [`Error::Truncated`] if there is none.
    pub fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// The next two bytes as a number, the lower one first; [`Error::Truncated`] if there are fewer.
    pub fn word(&mut self) -> Result<u16> {
        self.take(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
    }

    /// What a function reads, and how many bytes it took.
    pub fn counted<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<(T, usize)> {
        let start = self.position;
        let value = read(self)?;
        Ok((value, self.position - start))
    }

    /// The next number, and as many bytes; [`Error::Truncated`] if there are fewer.
    pub fn sized(&mut self) -> Result<&'a [u8]> {
        let length = self.leb128()? as usize;
        self.take(length)
    }

    /// The next number: unsigned LEB128 of at most 32 bits in its shortest form, else [`Error::Format`].
    ///
    /// ```
    /// use latentcodec_core::bytes::Reader;
    /// assert_eq!(Reader::new(&[0x80, 0x01]).leb128()?, 128);
    /// assert!(Reader::new(&[0x80, 0x00]).leb128().is_err()); // a longer form of 0
    /// # Ok::<(), latentcodec_core::Error>(())
    /// ```
    pub fn leb128(&mut self) -> Result<u64> {
        let start = self.position;
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                if value > u64::from(u32::MAX) || (byte == 0 && shift > 0) {
                    break;
                }
                return Ok(value);
            }
        }
        Err(Error::Format(format!("the number at byte {start} is no shortest LEB128 number of 32 bits")))
    }

    /// [`Error::Format`] if bytes are left.
    pub fn end(&self) -> Result<()> {
        match self.rest().len() {
            0 => Ok(()),
            more => Err(Error::Format(format!("{more} bytes follow after the end"))),
        }
    }
}

/// Appends a number below `2^32` as LEB128; [`Error::Argument`] if it is larger.
pub fn push_leb128(bytes: &mut Vec<u8>, value: u64) -> Result<()> {
    let mut rest =
        u32::try_from(value).map_err(|_| Error::Argument(format!("{value} does not fit the file's 32 bits")))?;
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    Ok(())
}

/// Appends the number of some bytes, and the bytes; [`Error::Argument`] if they are too many.
pub fn push_sized(bytes: &mut Vec<u8>, more: &[u8]) -> Result<()> {
    push_leb128(bytes, more.len() as u64)?;
    bytes.extend_from_slice(more);
    Ok(())
}

/// Appends the CRC-32 (IEEE 802.3) of all bytes so far, little-endian.
pub fn seal(bytes: &mut Vec<u8>) {
    let checksum = crc32fast::hash(bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
}

/// [`Error::Checksum`] unless the last four bytes are the CRC-32 of those before them, which are returned;
/// [`Error::Truncated`] if there are fewer than four.
pub fn unseal_crc<'a>(bytes: &'a [u8], what: &str) -> Result<&'a [u8]> {
    let Some((body, &stored)) = bytes.split_last_chunk::<CHECKSUM>() else {
        return Err(Error::Truncated(format!("{what} ends before its checksum")));
    };
    let (stored, computed) = (u32::from_le_bytes(stored), crc32fast::hash(body));
    if stored != computed {
        return Err(Error::Checksum(format!(
            "{what} is damaged or cut: its checksum is {stored:08x}, its bytes give {computed:08x}"
        )));
    }
    Ok(body)
}

/// [`Error::Format`] unless the bytes start with the magic's three letters and its version, [`Error::Truncated`] if
/// they end within it.
pub fn check_magic(bytes: &[u8], magic: [u8; 4], what: &str) -> Result<()> {
    let seen = &bytes[..bytes.len().min(4)];
    if seen == magic {
        return Ok(());
    }
    if magic.starts_with(seen) {
        return Err(Error::Truncated(format!("{what} has more than {} bytes", seen.len())));
    }
    if seen.len() == 4 && seen[..3] == magic[..3] {
        let (version, ours) = (seen[3], magic[3]);
        return Err(Error::Format(format!("{what} has format version {version}; this release reads version {ours}")));
    }
    Err(Error::Format(format!("not {what}: it starts with \"{}\"", seen.escape_ascii())))
}

/// [`check_magic`] and [`unseal_crc`].
pub fn unseal<'a>(bytes: &'a [u8], magic: [u8; 4], what: &str) -> Result<&'a [u8]> {
    check_magic(bytes, magic, what)?;
    unseal_crc(bytes, what)
}
