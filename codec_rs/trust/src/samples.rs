//! Real files, each with what its bundle knows, and all that can be read from them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use latentcodec_core::container::{Chunk, Header, ImageFile, PackFile};
use latentcodec_core::models::Entropy;
use latentcodec_core::shape::Shape;
use latentcodec_core::tables::Tables;
use latentcodec_core::{Error, Result};

use crate::repair::repair;

/// Pixels that a file may declare while it is being damaged: enough for the samples, little enough to be quick.
pub const MAX_PIXELS: u64 = 1 << 20;

/// What a bundle knows besides its networks.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// `tables.bin`.
    pub tables: Tables,
    /// Latent channels.
    pub channels: usize,
    /// Pixels per latent, in each direction.
    pub stride: u64,
}

impl Bundle {
    /// Rows and columns of the latents of a picture.
    pub fn grid(&self, header: &Header) -> (usize, usize) {
        (header.height.div_ceil(self.stride) as usize, header.width.div_ceil(self.stride) as usize)
    }

    /// Channels of the latents of a picture, or its planes.
    pub fn channels(&self, header: &Header) -> usize {
        header.quantiser.planes().map_or(self.channels, |(planes, _)| planes)
    }

    /// Symbols of so many pictures.
    pub fn volume(&self, header: &Header, count: u64) -> u64 {
        let (rows, columns) = self.grid(header);
        count * (self.channels(header) * rows * columns) as u64
    }
}

/// A whole file.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its file name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What decodes it.
    pub bundle: Arc<Bundle>,
}

/// All that a file says: two files with the same contents are the same picture, pack or tables.
#[derive(Debug, Clone, PartialEq)]
pub enum Contents {
    /// Of a `.ltc`.
    Image(Header, Vec<f32>, Vec<Chunk>, Vec<i16>),
    /// Of a `.ltcp`, with the number of pictures.
    Pack(Header, Vec<f32>, Vec<Chunk>, u64, Vec<i16>),
    /// Of a `tables.bin`.
    Tables(Box<Tables>),
}

/// Everything that can be read from the bytes with this bundle.
pub fn read(bytes: &[u8], bundle: &Bundle) -> Result<Contents> {
    match bytes.get(..3) {
        Some(b"LTT") => Tables::parse(bytes).map(Box::new).map(Contents::Tables),
        Some(b"LTP") => read_pack(bytes, bundle),
        _ => read_image(bytes, bundle),
    }
}

fn read_image(bytes: &[u8], bundle: &Bundle) -> Result<Contents> {
    let file = ImageFile::parse(bytes, MAX_PIXELS)?;
    let (rows, columns) = bundle.grid(file.header());
    let shape = Shape::new(1, bundle.channels(file.header()), rows, columns)?;
    let symbols = file.symbols(shape, Some(&bundle.tables))?;
    // The last column alone: it must be what the whole says.
    let last = file.window(shape, 0..rows, columns - 1..columns, Some(&bundle.tables), &|_| Ok(()))?;
    assert!(symbols.iter().skip(columns - 1).step_by(columns).eq(&last), "a window differs from the whole");
    Ok(Contents::Image(*file.header(), file.side_information().to_vec(), file.chunks().to_vec(), symbols))
}

fn read_pack(bytes: &[u8], bundle: &Bundle) -> Result<Contents> {
    let file = PackFile::parse(bytes, MAX_PIXELS)?;
    let (rows, columns) = bundle.grid(file.header());
    let (channels, mut symbols) = (bundle.channels(file.header()), Vec::new());
    for block in 0..file.count().div_ceil(file.block()) {
        symbols.extend(file.symbols(block as usize, channels, rows, columns, Some(&bundle.tables))?.1);
    }
    Ok(Contents::Pack(*file.header(), file.side_information().to_vec(), file.chunks().to_vec(), file.count(), symbols))
}

/// Most bytes that [`read`] may ask for, all in all: some per byte of input, some per symbol that it declares, and for
/// every stream that `context` decodes its own copy of the bundle's state and a margin about every channel.
pub fn most_memory(bytes: &[u8], bundle: &Bundle) -> usize {
    let (header, pictures, streams) = if let Ok(file) = ImageFile::parse(bytes, MAX_PIXELS) {
        // Each tile once for the whole, and again for the last column: as if there were two pictures.
        (*file.header(), 2, 2 * file.tiles().max(1))
    } else if let Ok(file) = PackFile::parse(bytes, MAX_PIXELS) {
        (*file.header(), file.count(), file.count().div_ceil(file.block()) as usize)
    } else {
        return (1 << 16) + 32 * bytes.len();
    };
    let (rows, columns) = bundle.grid(&header);
    if header.quantiser.planes().is_some() {
        let symbols = bundle.volume(&header, pictures) as usize;
        let of_plane = PLANE + PLANE_MARGIN * (rows + columns);
        let streams = streams * (bundle.channels(&header) * of_plane + SCREEN);
        return (1 << 16) + 32 * bytes.len() + (48 + SCREEN_PIXEL) * symbols + streams;
    }
    let of_channel = STATE_PER_CHANNEL + MARGIN * (rows + columns);
    let contexts = if header.entropy == Entropy::Context { streams } else { 0 };
    let symbols = bundle.volume(&header, pictures) as usize;
    (1 << 16) + 32 * bytes.len() + 8 * symbols + contexts * (STATE + bundle.channels * of_channel)
}

/// Bytes of a state of `context` with eight bands, apart from those of its channels.
const STATE: usize = 1 << 21;
const STATE_PER_CHANNEL: usize = 42 << 10;
/// Bytes that a stream of `planes` takes for each plane, and for each row and column of it.
const PLANE: usize = 3 << 20;
const PLANE_MARGIN: usize = 512;
/// Bytes more that one of a small screen takes, and for each of its pixels.
const SCREEN: usize = 1 << 19;
const SCREEN_PIXEL: usize = 512;
/// Bytes of the margin about a channel, for each of its rows and columns.
const MARGIN: usize = 16;

/// Reads the bytes, made to begin with this magic, as they are and with their checksums repaired: each time a file or
/// a typed error.
pub fn read_twice(magic: &[u8], bytes: &[u8], bundle: &Bundle) {
    let mut bytes = bytes.to_vec();
    if let Some(start) = bytes.get_mut(..3) {
        start.copy_from_slice(magic);
    }
    for _ in 0..2 {
        if let Err(error) = read(&bytes, bundle) {
            assert!(typed(&error), "{error:?}");
        }
        repair(&mut bytes);
    }
}

/// The golden bundle of pictures.
pub fn rgb() -> &'static Arc<Bundle> {
    static BUNDLE: LazyLock<Arc<Bundle>> = LazyLock::new(|| bundle(&golden_tables("tiny_rgb"), 6, 8));
    &BUNDLE
}

/// The golden bundle of packs.
pub fn digits() -> &'static Arc<Bundle> {
    static BUNDLE: LazyLock<Arc<Bundle>> = LazyLock::new(|| bundle(&golden_tables("tiny_l"), 16, 28));
    &BUNDLE
}

/// The golden bundle of pictures and packs at any quality.
pub fn variable_rate() -> &'static Arc<Bundle> {
    static BUNDLE: LazyLock<Arc<Bundle>> = LazyLock::new(|| bundle(&golden_tables("tiny_gained"), 6, 8));
    &BUNDLE
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

fn golden_tables(name: &str) -> PathBuf {
    folder().join("bundles").join(name).join("tables.bin")
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The bundle with these tables.
pub fn bundle(tables: &Path, channels: usize, stride: u64) -> Arc<Bundle> {
    Arc::new(Bundle { tables: Tables::parse(&bytes(tables)).unwrap(), channels, stride })
}

/// The golden files of `tests/golden/v1`, the tables of their bundles.
pub fn golden() -> Vec<Sample> {
    let mut files: Vec<_> = std::fs::read_dir(folder().join("v1")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let has_gains = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().starts_with("gained_");
    let kind = |path: &PathBuf| path.extension().unwrap_or_default().to_owned();
    let (with_gains, others): (Vec<_>, Vec<_>) = files.into_iter().partition(has_gains);
    let named = |extension| others.iter().filter(move |path| kind(path) == extension).cloned();
    let images = load(rgb(), named("ltc").chain([golden_tables("tiny_rgb")]));
    let packs = load(digits(), named("ltcp").chain([golden_tables("tiny_l")]));
    let with_gains = with_gains.into_iter().chain([golden_tables("tiny_gained")]);
    images.chain(packs).chain(load(variable_rate(), with_gains)).collect()
}

/// Files of one bundle.
pub fn load(bundle: &Arc<Bundle>, files: impl Iterator<Item = PathBuf>) -> impl Iterator<Item = Sample> {
    files.map(|path| Sample {
        name: path.file_name().unwrap_or_default().to_string_lossy().into(),
        bytes: bytes(&path),
        bundle: bundle.clone(),
    })
}

/// Whether an error is one that damage may lead to: an impossible argument would be the reader's own mistake.
pub fn typed(error: &Error) -> bool {
    match error {
        Error::Argument(message) => message.contains("larger than the picture"),
        Error::Limit(message) => !message.contains("no memory"),
        _ => true,
    }
}
