//! `.ltcp`: pictures of one size in blocks, with an index.

use super::blocks::{self, Blocks};
use super::chunks::{self, Chunk};
use super::content::{Content, Part};
use super::header::{Header, Sizes};
use super::tiles::Window;
use crate::bytes::{CHECKSUM, Reader, VERSION, push_leb128};
use crate::models::Symbols;
use crate::shape::Shape;
use crate::streams::{decode_stream, encode_stream, select};
use crate::tables::Tables;
use crate::{Error, Result};

const MAGIC: [u8; 4] = [b'L', b'T', b'P', VERSION];

/// The bytes of a `.ltcp` file: of `symbols` of the shape `(N, C, h, w)`, or pixels, every `block` pictures share an
/// entropy-coded stream, all share `side_information` and `chunks`. Larger blocks cost fewer bytes, smaller ones make it
/// cheaper to read one picture. Errors as for [`super::write_image`].
pub fn write_pack<'a>(
    header: &Header,
    side_information: &[f32],
    chunks: &[Chunk],
    shape: Shape,
    symbols: impl Into<Content<'a>>,
    block: usize,
    tables: Option<&Tables>,
) -> Result<Vec<u8>> {
    if block == 0 {
        return Err(Error::Argument("a block holds at least one picture".into()));
    }
    let payloads = encode(header, shape, symbols.into(), block, tables)?;
    write(header, side_information, chunks, shape.pictures() as u64, block as u64, payloads)
}

/// The payload of every block.
fn encode(
    header: &Header,
    shape: Shape,
    symbols: Content<'_>,
    block: usize,
    tables: Option<&Tables>,
) -> Result<Vec<Vec<u8>>> {
    symbols.check(shape)?;
    header.check_written(shape)?;
    let model = select(header.entropy, header.quantiser, shape, tables)?;
    let encode = |symbols: Content<'_>| {
        let pictures = symbols.len() / shape.picture();
        let shape = Shape::new(pictures, shape.channels(), shape.rows(), shape.columns())?;
        let part = symbols.cut(shape, &Window::all(shape))?;
        encode_stream(&model, header.quantiser, shape, part.symbols())
    };
    symbols.chunks(block.saturating_mul(shape.picture())).into_iter().map(encode).collect()
}

fn write(
    header: &Header,
    side_information: &[f32],
    chunks: &[Chunk],
    count: u64,
    block: u64,
    payloads: Vec<Vec<u8>>,
) -> Result<Vec<u8>> {
    if header.tile.is_some() {
        return Err(Error::Argument("a pack has no tiles".into()));
    }
    let mut bytes = header.write(MAGIC, !chunks.is_empty())?;
    push_leb128(&mut bytes, count - 1)?;
    push_leb128(&mut bytes, block - 1)?;
    bytes.extend(header.side_information_bytes(side_information)?);
    chunks::write(&mut bytes, chunks, true)?;
    blocks::write(&mut bytes, payloads)?;
    Ok(bytes)
}

/// A parsed `.ltcp` file; a block is checked and decoded when asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct PackFile {
    header: Header,
    count: u64,
    block: u64,
    side_information: Vec<f32>,
    chunks: Vec<Chunk>,
    blocks: Blocks,
    sizes: Sizes,
}

impl PackFile {
    /// Reads and checks everything but the blocks: [`Error::Format`], [`Error::Truncated`], [`Error::Checksum`],
    /// or [`Error::Limit`] if all pictures together have more than `max_pixels` pixels.
    pub fn parse(bytes: &[u8], max_pixels: u64) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let (header, chunked) = Header::read(&mut reader, MAGIC, "a .ltcp file")?;
        if header.tile.is_some() {
            return Err(Error::Format("a pack has no tiles".into()));
        }
        let count = reader.leb128()? + 1;
        let block = reader.leb128()? + 1;
        header.check_limit(count, max_pixels)?;
        let mut sizes = Sizes { header: reader.position(), ..Sizes::default() };
        let (side_information, chunks, lengths);
        (side_information, sizes.side_information) = reader.counted(|reader| header.read_side_information(reader))?;
        (chunks, sizes.chunks) = reader.counted(|reader| chunks::read(reader, chunked, true))?;
        (lengths, sizes.index) = reader.counted(|reader| blocks::read_index(reader, count.div_ceil(block)))?;
        let blocks = Blocks::read(&mut reader, &lengths, "the pack's header")?;
        (sizes.payload, sizes.checksum) = (blocks.payload_bytes(), blocks.checksum_bytes() + CHECKSUM);
        Ok(Self { header, count, block, side_information, chunks, blocks, sizes })
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

    /// The quantiser's side information, shared by all pictures.
    pub fn side_information(&self) -> &[f32] {
        &self.side_information
    }

    /// What the file carries besides, in ascending order of kinds.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Where the bytes go.
    pub fn sizes(&self) -> Sizes {
        self.sizes
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
        if index >= self.blocks.len() {
            return Err(Error::Argument(format!("block {index} of a pack with {} blocks", self.blocks.len())));
        }
        let pictures = (self.count - index as u64 * self.block).min(self.block) as usize;
        let shape = Shape::new(pictures, channels, rows, columns)?;
        self.header.check_shape(shape)?;
        let payload = self.blocks.payload(index, "block")?;
        let model = select(self.header.entropy, self.header.quantiser, shape, tables)?;
        Ok((shape, decode_stream(&model, self.header.quantiser, shape, payload)?))
    }

    /// The bytes of a pack that holds these pictures and then more, as for [`write_pack`], with
    /// `chunks` in place of its own. Full blocks are checked and copied; a last one that is not full is decoded, and
    /// coded again with what follows. Errors as for [`write_pack`] and [`PackFile::symbols`].
    pub fn append<'a>(
        &self,
        chunks: &[Chunk],
        shape: Shape,
        symbols: impl Into<Content<'a>>,
        tables: Option<&Tables>,
    ) -> Result<Vec<u8>> {
        let symbols = symbols.into();
        symbols.check(shape)?;
        let Part { values, remainders } = symbols.cut(shape, &Window::all(shape))?;
        let full = (self.count / self.block) as usize;
        let copied = (0..full).map(|index| self.blocks.payload(index, "block").map(<[u8]>::to_vec));
        let mut payloads = copied.collect::<Result<Vec<_>>>()?;
        let (channels, rows, columns) = (shape.channels(), shape.rows(), shape.columns());
        let mut all = Vec::new();
        if full < self.blocks.len() {
            all = self.symbols(full, channels, rows, columns, tables)?.1;
        }
        let kept = if remainders.is_empty() { 0 } else { all.len() };
        let remainders = [vec![Symbols::KEEP; kept], remainders].concat();
        all.extend(values);
        let symbols = Content::Symbols(Symbols { values: &all, remainders: &remainders });
        let pictures = (self.count % self.block) as usize + shape.pictures();
        let together = Shape::new(pictures, channels, rows, columns)?;
        payloads.extend(encode(&self.header, together, symbols, self.block as usize, tables)?);
        write(&self.header, &self.side_information, chunks, self.count + shape.pictures() as u64, self.block, payloads)
    }

    /// The bytes of a pack that holds the pictures of several, with `chunks` in place of theirs. Blocks are checked and
    /// copied: [`Error::Checksum`] if one is damaged, [`Error::Argument`] if the packs are not alike or one but the
    /// last ends with a block that is not full.
    pub fn join(packs: &[&Self], chunks: &[Chunk]) -> Result<Vec<u8>> {
        let [first, ..] = packs else { return Err(Error::Argument("there are no packs to join".into())) };
        let alike = |pack: &&Self| {
            (&pack.header, &pack.side_information, pack.block) == (&first.header, &first.side_information, first.block)
        };
        if !packs.iter().all(alike) {
            return Err(Error::Argument("packs that are joined have one header and side information".into()));
        }
        if packs[..packs.len() - 1].iter().any(|pack| pack.count % pack.block != 0) {
            return Err(Error::Argument("packs that are joined, but for the last, have full blocks".into()));
        }
        let blocks =
            packs.iter().flat_map(|pack| (0..pack.blocks.len()).map(|index| pack.blocks.payload(index, "block")));
        let payloads = blocks.map(|payload| payload.map(<[u8]>::to_vec)).collect::<Result<Vec<_>>>()?;
        let count = packs.iter().map(|pack| pack.count).sum();
        write(&first.header, &first.side_information, chunks, count, first.block, payloads)
    }
}
