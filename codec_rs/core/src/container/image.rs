//! `.ltc`: one picture.

use std::ops::Range;
use std::sync::Mutex;

use super::blocks::{self, Blocks};
use super::chunks::{self, Chunk};
use super::content::Content;
use super::header::{Header, Sizes};
use super::sample::Sample;
use super::tiles::{self, Window};
use crate::bytes::{CHECKSUM, Reader, VERSION, push_leb128, seal, unseal_crc};
use crate::parallel::{lock, parallel};
use crate::quantise::{Quantiser, Rule};
use crate::shape::Shape;
use crate::streams::{
    Model, decode_reporting, decode_start, decode_stream, encode_stream, raw_bytes, raw_stream, select,
};
use crate::tables::Tables;
use crate::{Error, Result};

const MAGIC: [u8; 4] = [b'L', b'T', b'C', VERSION];

/// Is told the share of the work that is done, tile by tile and on the caller's thread; an error that it returns ends the
/// work.
pub type Progress<'a> = &'a dyn Fn(f64) -> Result<()>;

/// The bytes of a `.ltc` file. `side_information` holds the quantiser's values, each exactly a float16; the kinds of
/// `chunks` ascend; `symbols` have the shape `(1, C, h, w)`, or are pixels. [`Error::Argument`] if a value does not fit,
/// [`Error::Bundle`] if the tables do not.
///
/// ```
/// use latentcodec_core::container::{Header, ImageFile, write_image};
/// use latentcodec_core::{models::Entropy, quantise::Quantiser, shape::Shape};
/// let (quantiser, entropy) = (Quantiser::new(0, 2)?, Entropy::Adaptive); // max, 2 bits
/// let header = Header { model: [1, 2, 3, 4], width: 16, height: 8, quantiser, entropy, grey: false, tile: None };
/// let shape = Shape::new(1, 1, 1, 2)?;
/// let bytes = write_image(&header, &[1.5], &[], shape, &[3, 0], None)?;
/// let file = ImageFile::parse(&bytes, 1 << 28)?;
/// assert_eq!((file.header(), file.side_information()), (&header, &[1.5][..]));
/// assert_eq!(file.symbols(shape, None)?, [3, 0]);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
pub fn write_image<'a>(
    header: &Header,
    side_information: &[f32],
    chunks: &[Chunk],
    shape: Shape,
    symbols: impl Into<Content<'a>>,
    tables: Option<&Tables>,
) -> Result<Vec<u8>> {
    write_image_reporting(header, side_information, chunks, shape, symbols, tables, &|_| Ok(()))
}

/// The same as [`write_image`]; `progress` is told how far it is.
pub fn write_image_reporting<'a>(
    header: &Header,
    side_information: &[f32],
    chunks: &[Chunk],
    shape: Shape,
    symbols: impl Into<Content<'a>>,
    tables: Option<&Tables>,
    progress: Progress<'_>,
) -> Result<Vec<u8>> {
    let (symbols, quantiser) = (symbols.into(), header.quantiser);
    check_picture(header, shape)?;
    header.check_written(shape)?;
    symbols.check(shape)?;
    let model = select(header.entropy, quantiser, shape, tables)?;
    let whole = begin(&Header { tile: None, ..*header }, side_information, chunks)?;
    let Some(tile) = header.tile else {
        let all = symbols.cut(shape, &Window::all(shape))?;
        return Ok(end_whole(whole, &encode_stream(&model, quantiser, shape, all.symbols())?));
    };
    let tiled = begin(header, side_information, chunks)?;
    let tiled = end_tiled(tiled, encode_tiles(&model, quantiser, shape, tile, symbols, progress)?)?;
    // What can only be stored needs no tiles, which cost some bytes each.
    if raw_bytes(quantiser, shape).is_none_or(|raw| raw >= tiled.len() - whole.len()) {
        return Ok(tiled);
    }
    drop(tiled);
    Ok(end_whole(whole, &raw_stream(quantiser, symbols.rows(shape))?))
}

/// A file up to its symbols.
fn begin(header: &Header, side_information: &[f32], chunks: &[Chunk]) -> Result<Vec<u8>> {
    let mut bytes = header.write(MAGIC, !chunks.is_empty())?;
    bytes.extend(header.side_information_bytes(side_information)?);
    chunks::write(&mut bytes, chunks, false)?;
    Ok(bytes)
}

/// The file of a picture of one stream.
fn end_whole(mut bytes: Vec<u8>, payload: &[u8]) -> Vec<u8> {
    bytes.extend_from_slice(payload);
    seal(&mut bytes);
    bytes
}

/// The file of a tiled picture.
fn end_tiled(mut bytes: Vec<u8>, payloads: Vec<Vec<u8>>) -> Result<Vec<u8>> {
    push_leb128(&mut bytes, payloads.len() as u64 - 1)?;
    blocks::write(&mut bytes, payloads)?;
    Ok(bytes)
}

/// A stream for each tile.
fn encode_tiles(
    model: &Model<'_>,
    quantiser: Quantiser,
    shape: Shape,
    tile: u64,
    symbols: Content<'_>,
    progress: Progress<'_>,
) -> Result<Vec<Vec<u8>>> {
    let encode = |tile: Window| {
        let part = symbols.cut(shape, &tile)?;
        encode_stream(model, quantiser, tile.shape(shape.channels())?, part.symbols())
    };
    of_tiles(quantiser, Window::tiles(shape, tile), encode, progress)
}

/// What becomes of each tile, in their order; those of `planes`, which take by far the longest, on all cores.
fn of_tiles<T, R: Send>(
    quantiser: Quantiser,
    tiles: impl Iterator<Item = T> + Clone + Send,
    work: impl Fn(T) -> Result<R> + Sync,
    progress: Progress<'_>,
) -> Result<Vec<R>> {
    let count = tiles.clone().count();
    let report = |done: usize| progress(done as f64 / count as f64);
    if quantiser.rule() == Rule::Planes {
        return parallel(tiles, work, report);
    }
    let in_turn = |(index, tile)| {
        let result = work(tile)?;
        report(index + 1)?;
        Ok(result)
    };
    tiles.enumerate().map(in_turn).collect()
}

/// [`Error::Argument`] unless this is the shape of one picture's latents.
fn check_picture(header: &Header, shape: Shape) -> Result<()> {
    if shape.pictures() != 1 {
        return Err(Error::Argument("an image file holds one picture".into()));
    }
    header.check_shape(shape)
}

/// A parsed `.ltc` file; its symbols are decoded when asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageFile {
    header: Header,
    side_information: Vec<f32>,
    chunks: Vec<Chunk>,
    body: Body,
    sizes: Sizes,
    /// Whether all of the file is there, and its checksum is right.
    verified: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Body {
    /// The payload of the picture's one stream, already checked.
    Whole(Vec<u8>),
    /// A block for each tile, and a tile's height and width in latents.
    Tiles(Blocks, u64),
}

impl Body {
    /// What follows the chunks, and how many bytes of it are the index of the tiles.
    fn read(reader: &mut Reader<'_>, header: &Header, verified: bool) -> Result<(Self, usize)> {
        let Some(tile) = header.tile else {
            // The last bytes of a file that may be cut may be some of its checksum.
            let dropped = if verified { 0 } else { CHECKSUM };
            let rest = reader.rest();
            return Ok((Self::Whole(rest[..rest.len().saturating_sub(dropped)].to_vec()), 0));
        };
        let (lengths, index) = reader.counted(|reader| read_index(reader, header, tile))?;
        let read = if verified { Blocks::read } else { Blocks::read_start };
        Ok((Self::Tiles(read(reader, &lengths, "the header of the .ltc file")?, tile), index))
    }

    /// Bytes of payloads and of checksums.
    fn bytes(&self) -> (usize, usize) {
        match self {
            Self::Whole(payload) => (payload.len(), CHECKSUM),
            Self::Tiles(tiles, _) => (tiles.payload_bytes(), tiles.checksum_bytes() + CHECKSUM),
        }
    }
}

/// The number of tiles and the lengths of their payloads.
fn read_index(reader: &mut Reader<'_>, header: &Header, tile: u64) -> Result<Vec<usize>> {
    let count = reader.leb128()? + 1;
    if u128::from(count) > tiles::count(header.height, header.width, tile) {
        return Err(Error::Format(format!("the picture is too small for {count} tiles")));
    }
    blocks::read_index(reader, count)
}

impl ImageFile {
    /// Reads and checks everything but the symbols and the tiles' checksums: [`Error::Format`], [`Error::Truncated`],
    /// [`Error::Checksum`], or [`Error::Limit`] if the picture has more than `max_pixels` pixels.
    pub fn parse(bytes: &[u8], max_pixels: u64) -> Result<Self> {
        Self::read(bytes, max_pixels, true)
    }

    /// The start of a file, for [`ImageFile::start`]: nothing is verified but what [`Header::read`] checks, and in a
    /// tiled one the index. [`Error::Truncated`] if not even the symbols' first bytes are there, otherwise as
    /// [`ImageFile::parse`].
    pub fn parse_start(bytes: &[u8], max_pixels: u64) -> Result<Self> {
        Self::read(bytes, max_pixels, false)
    }

    fn read(bytes: &[u8], max_pixels: u64, verified: bool) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let (header, chunked) = Header::read(&mut reader, MAGIC, "a .ltc file")?;
        header.check_limit(1, max_pixels)?;
        let mut sizes = Sizes { header: reader.position(), ..Sizes::default() };
        reader.clone().take(2 * header.quantiser.side_information_values() + CHECKSUM)?;
        if header.tile.is_none() && verified {
            reader = Reader::new(unseal_crc(bytes, "the .ltc file")?);
            reader.take(sizes.header)?;
        }
        let (side_information, chunks, body);
        (side_information, sizes.side_information) = reader.counted(|reader| header.read_side_information(reader))?;
        (chunks, sizes.chunks) = reader.counted(|reader| chunks::read(reader, chunked, false))?;
        (body, sizes.index) = Body::read(&mut reader, &header, verified)?;
        (sizes.payload, sizes.checksum) = body.bytes();
        Ok(Self { header, side_information, chunks, body, sizes, verified })
    }

    /// What the file says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The quantiser's side information.
    pub fn side_information(&self) -> &[f32] {
        &self.side_information
    }

    /// What the file carries besides, in ascending order of kinds.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Number of tiles; 0 where one stream holds the picture.
    pub fn tiles(&self) -> usize {
        match &self.body {
            Body::Whole(_) => 0,
            Body::Tiles(tiles, _) => tiles.len(),
        }
    }

    /// Where the bytes go.
    pub fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// [`Error::Checksum`] if a tile is damaged, without decoding any; the rest was checked when the file was read.
    pub fn check_tiles(&self) -> Result<()> {
        match &self.body {
            Body::Whole(_) => Ok(()),
            Body::Tiles(tiles, _) => (0..tiles.len()).try_for_each(|index| tiles.payload(index, "tile").map(drop)),
        }
    }

    /// The symbols, of shape `(1, C, h, w)`. [`Error::Argument`] if the shape cannot be, [`Error::Bundle`] if the
    /// tables do not fit, [`Error::Checksum`] if a tile is damaged, [`Error::Format`] if the picture was not coded
    /// with this shape and these tables.
    pub fn symbols(&self, shape: Shape, tables: Option<&Tables>) -> Result<Vec<i16>> {
        self.window(shape, 0..shape.rows(), 0..shape.columns(), tables, &|_| Ok(()))
    }

    /// The same as [`ImageFile::symbols`], on one core; after every row of a stream `progress` is told the share of all
    /// symbols that is decoded, about.
    pub fn symbols_reporting(&self, shape: Shape, tables: Option<&Tables>, progress: &dyn Fn(f64)) -> Result<Vec<i16>> {
        check_picture(&self.header, shape)?;
        let quantiser = self.header.quantiser;
        let model = select(self.header.entropy, quantiser, shape, tables)?;
        match &self.body {
            Body::Whole(payload) => decode_reporting(&model, quantiser, shape, payload, progress),
            Body::Tiles(tiles, tile) => decode_in_turn(&model, quantiser, shape, (tiles, *tile), progress),
        }
    }

    /// The symbols `(1, channels, h, w)` of the first channels of a picture of a variable rate whose latents have the
    /// shape `(1, C, h, w)`, which are coded first, and which of them are there: of a file that ends early, those of the
    /// rows that its bytes settle; the others are 0. Errors as for [`ImageFile::symbols`], [`Error::Argument`] for more
    /// channels than there are and for other quantisers.
    pub fn start(&self, shape: Shape, channels: usize, tables: Option<&Tables>) -> Result<(Vec<i16>, Vec<bool>)> {
        check_picture(&self.header, shape)?;
        if channels > shape.channels() || self.header.quantiser.rule() != Rule::VariableRate {
            let (all, rule) = (shape.channels(), self.header.quantiser);
            return Err(Error::Argument(format!("{channels} channels of {all} with {rule} cannot be decoded alone")));
        }
        let model = select(self.header.entropy, self.header.quantiser, shape, tables)?;
        let mut symbols = Shape::new(1, channels, shape.rows(), shape.columns())?.zeros()?;
        let mut there = vec![false; symbols.len()];
        for (part, payload, whole) in self.parts(shape)? {
            let (found, count) = decode_start(&model, part.shape(shape.channels())?, channels, payload, whole)?;
            part.copy(channels, &found, &Window::all(shape), &mut symbols);
            let settled: Vec<bool> = (0..found.len()).map(|index| index < count).collect();
            part.copy(channels, &settled, &Window::all(shape), &mut there);
        }
        Ok((symbols, there))
    }

    /// What the streams that are there code, their bytes, and whether these are whole: all but the last, if the file
    /// ends early.
    fn parts(&self, shape: Shape) -> Result<Vec<(Window, &[u8], bool)>> {
        let (tiles, tile) = match &self.body {
            Body::Whole(payload) => return Ok(vec![(Window::all(shape), payload, self.verified)]),
            Body::Tiles(tiles, tile) => (tiles, *tile),
        };
        let part = |(index, tile)| match index < tiles.len() {
            true => Ok((tile, tiles.payload(index, "tile")?, true)),
            false => Ok((tile, tiles.tail(), false)),
        };
        Window::tiles(shape, tile).take(tiles.len() + 1).enumerate().map(part).collect()
    }

    /// The symbols of some rows and columns of a picture whose latents have the shape `(1, C, h, w)`; of the tiles,
    /// only those that are touched are checked and decoded. Errors as for [`ImageFile::symbols`].
    pub fn window(
        &self,
        shape: Shape,
        rows: Range<usize>,
        columns: Range<usize>,
        tables: Option<&Tables>,
        progress: Progress<'_>,
    ) -> Result<Vec<i16>> {
        self.decode(shape, rows, columns, tables, progress, Window::copy)
    }

    /// The samples `(h, w, C)` of some rows and columns of a picture that came without loss, pixel by pixel; otherwise as
    /// [`ImageFile::window`]. [`Error::Argument`] if they have more bits than a `T`.
    pub fn pixels<T: Sample>(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        tables: Option<&Tables>,
        progress: Progress<'_>,
    ) -> Result<Vec<T>> {
        let (quantiser, bits) = (self.header.quantiser, 8 * size_of::<T>());
        if !quantiser.rule().exact() || quantiser.levels() > 1 << bits {
            return Err(Error::Argument(format!("{quantiser} has no samples of {bits} bits")));
        }
        let channels = quantiser.planes().map_or(1, |(planes, _)| planes);
        let shape = Shape::new(1, channels, self.header.height as usize, self.header.width as usize)?;
        self.decode(shape, rows, columns, tables, progress, Window::copy_pixels)
    }

    /// What `copy` makes of the symbols of a window.
    fn decode<T: Clone + Default + Send>(
        &self,
        shape: Shape,
        rows: Range<usize>,
        columns: Range<usize>,
        tables: Option<&Tables>,
        progress: Progress<'_>,
        copy: impl Fn(&Window, usize, &[i16], &Window, &mut [T]) + Sync,
    ) -> Result<Vec<T>> {
        check_picture(&self.header, shape)?;
        let (window, quantiser, channels) =
            (Window::new(shape, rows, columns)?, self.header.quantiser, shape.channels());
        let model = select(self.header.entropy, quantiser, shape, tables)?;
        let mut found = window.shape(channels)?.zeros()?;
        let into = Mutex::new(&mut found);
        let decode = |part: Window, payload: &[u8]| {
            let symbols = decode_stream(&model, quantiser, part.shape(channels)?, payload)?;
            copy(&part, channels, &symbols, &window, &mut lock(&into));
            Ok(())
        };
        match &self.body {
            Body::Whole(payload) => decode(Window::all(shape), payload)?,
            Body::Tiles(tiles, tile) => {
                check_tile_count(tiles, *tile, shape)?;
                let touched = Window::tiles(shape, *tile).enumerate().filter(|(_, tile)| tile.meets(&window));
                let decode = |(index, tile)| decode(tile, tiles.payload(index, "tile")?);
                of_tiles(quantiser, touched, decode, progress)?;
            }
        }
        Ok(found)
    }
}

/// The symbols of a picture with these tiles, one after another; see [`ImageFile::symbols_reporting`].
fn decode_in_turn(
    model: &Model<'_>,
    quantiser: Quantiser,
    shape: Shape,
    (tiles, tile): (&Blocks, u64),
    progress: &dyn Fn(f64),
) -> Result<Vec<i16>> {
    check_tile_count(tiles, tile, shape)?;
    let (mut symbols, mut done) = (shape.zeros()?, 0);
    for (index, tile) in Window::tiles(shape, tile).enumerate() {
        let part = tile.shape(shape.channels())?;
        let report = |share: f64| progress((done as f64 + share * part.volume() as f64) / shape.volume() as f64);
        let decoded = decode_reporting(model, quantiser, part, tiles.payload(index, "tile")?, &report)?;
        tile.copy(shape.channels(), &decoded, &Window::all(shape), &mut symbols);
        done += part.volume();
    }
    Ok(symbols)
}

/// [`Error::Format`] unless there are as many tiles as latents of this shape have.
fn check_tile_count(tiles: &Blocks, tile: u64, shape: Shape) -> Result<()> {
    match tiles::count(shape.rows() as u64, shape.columns() as u64, tile) {
        expected if expected == tiles.len() as u128 => Ok(()),
        expected => Err(Error::Format(format!("the picture has {} tiles, {expected} expected", tiles.len()))),
    }
}
