//! Digits coded as an autoencoder's latents and, knowing what it predicts from them, their exact pixels: to see what a
//! prediction is worth to the coder of handwriting.

use latentcodec_core::bytes::{CHECKSUM, Reader};
use latentcodec_core::mixing::{Binary, Hashed, Listener};
use latentcodec_core::pixels::decisions::{Contexts, Decisions, nibble};
use latentcodec_core::pixels::frame::Frame;
use latentcodec_core::pixels::handwriting::{self, Position, Strokes, foreground_above, three_levels};
use latentcodec_core::range_coder::{RangeDecoder, RangeEncoder};
use latentcodec_core::{Error, Result};

use crate::predictor::{Predictor, SIDE};

const PLANE: usize = SIDE * SIDE;
/// Latents are nibbles, in `[-8, 7]`.
const MIDDLE: i8 = 8;
/// Slots while training are `2^PIXEL_BITS`; for latents always `2^LATENT_BITS`: 255 have 17 contexts each.
const PIXEL_BITS: u32 = 20;
const LATENT_BITS: u32 = 13;
/// Contexts of the prediction alone, and those for lower nibbles.
const ALONE: usize = 4;
const ALONE_LOWER: usize = 2;
/// The contexts of handwriting and one that knows the prediction and what is near.
const BESIDE: usize = handwriting::CONTEXTS + 1;
const BESIDE_LOWER: usize = handwriting::LOWER + 1;
/// Rows of weights where the prediction is all that is known: by a pixel's level, by the place in a grid of 7 x 7.
const LEVELS: usize = 32;
const ROWS: usize = LEVELS + 49;

/// A coder of digits that knows a trained autoencoder's prediction of each; immutable.
#[derive(Debug)]
pub struct Predicted {
    predictor: Predictor,
    learnt: Learnt,
}

#[derive(Debug, Clone)]
struct Learnt {
    latents: Hashed<2>,
    pixels: Pixels,
}

/// What else is known of pixels besides the prediction.
#[derive(Debug, Clone)]
enum Pixels {
    Nothing(Decisions<ALONE, ALONE_LOWER>),
    Handwriting(Decisions<BESIDE, BESIDE_LOWER>),
}

impl Predicted {
    /// A coder that has read digits (n, 28, 28) and their latents (n, latents), in their order, and kept of the pixels
    /// what the coder of handwriting keeps. `handwriting`: it looks at the pixels before as well, as that coder does,
    /// else at the prediction only. [`Error::Argument`] as for [`Predicted::encode`].
    pub fn train(predictor: Predictor, handwriting: bool, latents: &[i8], pixels: &[u8]) -> Result<Self> {
        let untrained = match handwriting {
            true => Pixels::Handwriting(Decisions::new(PIXEL_BITS, handwriting::ROWS)),
            false => Pixels::Nothing(Decisions::new(PIXEL_BITS, ROWS)),
        };
        let learnt = Learnt { latents: Hashed::new(LATENT_BITS, 1 + predictor.latents()), pixels: untrained };
        let mut trained = Self { predictor, learnt };
        trained.check(latents, pixels)?;
        let mut digits = (latents.to_vec(), pixels.to_vec());
        trained.learnt.code(&trained.predictor, &mut Listener, &mut digits.0, &mut digits.1)?;
        trained.learnt.pixels = trained.learnt.pixels.pruned()?;
        Ok(trained)
    }

    /// A checksum of the pixels and a stream of latents and pixels. [`Error::Argument`] if there are no digits, if
    /// these are no whole digits with their latents, or if a latent is outside `[-8, 7]`.
    pub fn encode(&self, latents: &[i8], pixels: &[u8]) -> Result<Vec<u8>> {
        self.check(latents, pixels)?;
        let mut encoder = RangeEncoder::new();
        let (mut copy, mut digits) = (self.learnt.clone(), (latents.to_vec(), pixels.to_vec()));
        copy.code(&self.predictor, &mut encoder, &mut digits.0, &mut digits.1)?;
        Ok([&crc32fast::hash(pixels).to_le_bytes()[..], &encoder.finish()].concat())
    }

    /// Latents and pixels of as many digits. [`Error::Truncated`], [`Error::Format`] or [`Error::Checksum`] if they
    /// were not coded so.
    pub fn decode(&self, digits: usize, bytes: &[u8]) -> Result<(Vec<i8>, Vec<u8>)> {
        let Some((sum, stream)) = bytes.split_first_chunk::<CHECKSUM>() else {
            return Err(Error::Truncated("digits without a checksum".into()));
        };
        let mut decoder = RangeDecoder::new(stream);
        let mut latents = vec![0; digits * self.predictor.latents()];
        let mut pixels = vec![0; digits * PLANE];
        self.learnt.clone().code(&self.predictor, &mut decoder, &mut latents, &mut pixels)?;
        decoder.finish()?;
        match crc32fast::hash(&pixels).to_le_bytes() == *sum {
            true => Ok((latents, pixels)),
            false => Err(Error::Checksum("the pixels are not those that were coded".into())),
        }
    }

    fn check(&self, latents: &[i8], pixels: &[u8]) -> Result<()> {
        let digits = pixels.len() / PLANE;
        if digits == 0 || pixels.len() != digits * PLANE || latents.len() != digits * self.predictor.latents() {
            let (latents, pixels) = (latents.len(), pixels.len());
            return Err(Error::Argument(format!("{latents} latents and {pixels} pixels are no whole digits")));
        }
        match latents.iter().find(|latent| !(-MIDDLE..MIDDLE).contains(latent)) {
            Some(latent) => Err(Error::Argument(format!("the latent {latent} is outside [-8, 7]"))),
            None => Ok(()),
        }
    }
}

impl Learnt {
    fn code<B: Binary>(
        &mut self,
        predictor: &Predictor,
        coder: &mut B,
        latents: &mut [i8],
        pixels: &mut [u8],
    ) -> Result<()> {
        let mut frame = Frame::new(SIDE, SIDE)?;
        let digits = latents.chunks_exact_mut(predictor.latents()).zip(pixels.chunks_exact_mut(PLANE));
        for (latents, pixels) in digits {
            self.latents(coder, latents)?;
            self.pixels.code(coder, &mut frame, &predictor.levels(latents)?, pixels)?;
        }
        Ok(())
    }

    /// Each latent in the context of its channel, and of the latent before.
    fn latents<B: Binary>(&mut self, coder: &mut B, latents: &mut [i8]) -> Result<()> {
        let mut before = 0;
        for (channel, latent) in latents.iter_mut().enumerate() {
            let key = channel as u32;
            let place = self.latents.place([key, key << 4 | before], [0, 1 + channel]);
            before = nibble(&mut self.latents, coder, &place, (*latent + MIDDLE) as u32)?;
            *latent = before as i8 - MIDDLE;
        }
        Ok(())
    }
}

impl Pixels {
    fn code<B: Binary>(&mut self, coder: &mut B, frame: &mut Frame, levels: &[u8], pixels: &mut [u8]) -> Result<()> {
        frame.clear();
        let mut strokes = Strokes::default();
        for (row, line) in pixels.chunks_exact_mut(SIDE).enumerate() {
            strokes.start_row();
            for (column, pixel) in line.iter_mut().enumerate() {
                let place = Position::new(frame, row, column);
                let value = match self {
                    Self::Nothing(decisions) => {
                        decisions.code(coder, &predicted(levels, row, column, place), false, (*pixel).into())?
                    }
                    Self::Handwriting(decisions) => {
                        let own = strokes.contexts(frame, place, foreground_above(frame, place.at));
                        let level = levels[row * SIDE + column];
                        decisions.code(coder, &beside(&own, level, frame, place), false, (*pixel).into())?
                    }
                };
                *pixel = value as u8;
                frame.put(place.at, *pixel);
                strokes.put(row, frame.pixel(place.at, 0, 1), value);
            }
        }
        Ok(())
    }

    /// What a bundle would hold of it, to the last bit.
    fn pruned(&self) -> Result<Self> {
        let mut bytes = Vec::new();
        match self {
            Self::Nothing(decisions) => {
                decisions.prune().write(&mut bytes);
                Ok(Self::Nothing(Decisions::read(&mut Reader::new(&bytes), ROWS)?))
            }
            Self::Handwriting(decisions) => {
                decisions.prune().write(&mut bytes);
                Ok(Self::Handwriting(Decisions::read(&mut Reader::new(&bytes), handwriting::ROWS)?))
            }
        }
    }
}

/// Contexts of the prediction of a pixel and of those about it, and the position.
fn predicted(levels: &[u8], row: usize, column: usize, place: Position) -> Contexts<ALONE, ALONE_LOWER> {
    let level = |up: isize, left: isize| {
        let (row, column) = (row.wrapping_add_signed(-up), column.wrapping_add_signed(-left));
        if row < SIDE && column < SIDE { u32::from(levels[row * SIDE + column]) } else { 0 }
    };
    let here = level(0, 0);
    let straight = [level(0, 1), level(0, -1), level(1, 0), level(-1, 0)];
    let diagonal = [level(1, 1), level(1, -1), level(-1, 1), level(-1, -1)];
    let mean = straight.iter().chain(&diagonal).sum::<u32>() / 8;
    Contexts {
        keys: [
            here,
            straight.iter().fold(here >> 3, |key, level| key << 4 | level >> 4),
            (here >> 2) << 8 | mean,
            (place.number() as u32) << 5 | here >> 3,
        ],
        lower: [here, (here >> 2) << 6 | mean >> 2],
        rows: [here as usize * LEVELS / 256, LEVELS + place.cell],
    }
}

/// The contexts of handwriting and one more: the predicted level, and what is near.
fn beside(
    own: &Contexts<{ handwriting::CONTEXTS }, { handwriting::LOWER }>,
    level: u8,
    frame: &Frame,
    place: Position,
) -> Contexts<BESIDE, BESIDE_LOWER> {
    let level = u32::from(level);
    let [w, n, nw, ne] = [(0, 1), (1, 0), (1, 1), (1, -1)].map(|(up, left)| frame.pixel(place.at, up, left));
    let near = [w, n, nw, ne].iter().fold(level >> 2, |key, &pixel| key * 3 + three_levels(pixel));
    let mut contexts = Contexts { keys: [near; BESIDE], lower: [level << 5 | w >> 3; BESIDE_LOWER], rows: own.rows };
    contexts.keys[..handwriting::CONTEXTS].copy_from_slice(&own.keys);
    contexts.lower[..handwriting::LOWER].copy_from_slice(&own.lower);
    contexts
}
