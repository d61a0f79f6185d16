//! `.ltcp`: pictures of one size in blocks, with an index.

use super::VERSION;
use super::bytes::{CHECKSUM, Reader, push_leb128, seal, unseal_crc};
use super::header::{Header, Sizes};
use crate::shape::Shape;
use crate::tables::Tables;
use crate::{Error, Result, models};

const MAGIC: [u8; 4] = [b'L', b'T', b'P', VERSION];

/// The bytes of a `.ltcp` file: `symbols` has the shape `(N, C, h, w)`, every `block` pictures share an entropy-coded
/// stream, all share `side`. Larger blocks cost fewer bytes, smaller ones make it cheaper to read one picture. Errors
/// as for [`super::write_image`].
pub fn write_pack(
    header: &Header,
    side: &[f32],
    shape: Shape,
    symbols: &[i16],
    block: usize,
    tables: Option<&Tables>,
) -> Result<Vec<u8>> {
    if block == 0 {
        return Err(Error::Argument("a block holds at least one picture".into()));
    }
    if symbols.len() != shape.volume() {
        return Err(Error::Argument(format!("{} symbols, {} expected", symbols.len(), shape.volume())));
    }
    header.check_shape(shape)?;
    let mut bytes = header.write(MAGIC)?;
    push_leb128(&mut bytes, shape.pictures() as u64 - 1)?;
    push_leb128(&mut bytes, block as u64 - 1)?;
    bytes.extend(header.side_bytes(side)?);

    let model = models::select(header.entropy, header.quantiser, shape, tables)?;
    let mut blocks = Vec::new();
    for symbols in symbols.chunks(block.saturating_mul(shape.picture())) {
        let pictures = symbols.len() / shape.picture();
        let shape = Shape::new(pictures, shape.channels(), shape.rows(), shape.columns())?;
        let mut payload = models::encode_stream(&*model, header.quantiser, shape, symbols)?;
        push_leb128(&mut bytes, payload.len() as u64)?;
        seal(&mut payload);
        blocks.push(payload);
    }
    seal(&mut bytes);
    bytes.extend(blocks.concat());
    Ok(bytes)
}

/// A parsed `.ltcp` file; a block is checked and decoded when asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct PackFile {
    header: Header,
    count: u64,
    block: u64,
    header_bytes: usize,
    side: Vec<f32>,
    index_bytes: usize,
    /// Payload and checksum of each block.
    blocks: Vec<Vec<u8>>,
}

impl PackFile {
    /// Reads and checks everything but the blocks: [`Error::Format`], [`Error::Truncated`], [`Error::Checksum`],
    /// or [`Error::Limit`] if all pictures together have more than `max_pixels` pixels.
    pub fn parse(bytes: &[u8], max_pixels: u64) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let header = Header::read(&mut reader, MAGIC, "a .ltcp file")?;
        let count = reader.leb128()? + 1;
        let block = reader.leb128()? + 1;
        header.check_limit(count, max_pixels)?;
        let header_bytes = reader.position();
        let side = header.read_side(&mut reader)?;

        let index_start = reader.position();
        let mut lengths = Vec::new();
        // Every length takes a byte, so this ends with the file at the latest.
        for _ in 0..count.div_ceil(block) {
            lengths.push(reader.leb128()? as usize);
        }
        let index_bytes = reader.position() - index_start;
        reader.take(CHECKSUM)?;
        unseal_crc(&bytes[..reader.position()], "the pack's header")?;

        let mut blocks = Vec::new();
        for length in lengths {
            blocks.push(reader.take(length.saturating_add(CHECKSUM))?.to_vec());
        }
        reader.end()?;
        Ok(Self { header, count, block, header_bytes, side, index_bytes, blocks })
    }

    /// What the file says of its pictures.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of pictures.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Pictures per block; the last block may hold fewer.
    pub fn block(&self) -> u64 {
        self.block
    }

    /// The quantiser's side values, shared by all pictures.
    pub fn side(&self) -> &[f32] {
        &self.side
    }

    /// Where the bytes go.
    pub fn sizes(&self) -> Sizes {
        let blocks: usize = self.blocks.iter().map(Vec::len).sum();
        let checksums = self.blocks.len() * CHECKSUM;
        Sizes {
            header: self.header_bytes,
            side: 2 * self.side.len(),
            index: self.index_bytes,
            payload: blocks - checksums,
            checksum: checksums + CHECKSUM,
        }
    }

    /// The symbols of a block, with their shape `(n, C, h, w)`: `n` is [`PackFile::block`], less in the last block.
    /// [`Error::Argument`] if there is no such block or the shape cannot be, [`Error::Checksum`] if the block is
    /// damaged, [`Error::Bundle`] and [`Error::Format`] as for a picture.
    pub fn symbols(
        &self,
        index: usize,
        channels: usize,
        rows: usize,
        columns: usize,
        tables: Option<&Tables>,
    ) -> Result<(Shape, Vec<i16>)> {
        let Some(block) = self.blocks.get(index) else {
            return Err(Error::Argument(format!("block {index} of a pack with {} blocks", self.blocks.len())));
        };
        let pictures = (self.count - index as u64 * self.block).min(self.block) as usize;
        let shape = Shape::new(pictures, channels, rows, columns)?;
        self.header.check_shape(shape)?;
        let payload = unseal_crc(block, &format!("block {index}"))?;
        let model = models::select(self.header.entropy, self.header.quantiser, shape, tables)?;
        Ok((shape, models::decode_stream(&*model, self.header.quantiser, shape, payload)?))
    }
}
