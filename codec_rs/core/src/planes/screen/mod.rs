//! Drawn pictures and screens, where whole pixels come again: all planes of a pixel before the next pixel.
//!
//! The candidates of a pixel are the colours that followed last in the same contexts, and those of its neighbours; one
//! decision after another says whether a candidate is right, as in a match model (Mahoney, "Data Compression Programs",
//! 2005) and in prediction by partial matching (PPM; Cleary, Witten 1984). Candidates that are seldom right are not
//! tried. Where none is right, the escape of PPM, the first plane's sample is coded by its residual; then the candidates
//! are colours that had this sample; then come the other planes' residuals.

mod candidates;
mod neighbours;
mod palette;
mod repetition;
mod run_table;

use super::adaptive::{AdaptiveState, StatePool};
use super::coded::CodedPlanes;
use super::frame::{Frame, Position};
use super::picture::{Component, Dimensions};
use super::plane::PlaneCoder;
use crate::Result;
use crate::mixing::Binary;
use candidates::{COMPLETION, Candidate, CandidateModel, WHOLE};
use neighbours::{COMPLETIONS, Neighbours, ORDERS};
use palette::{Palette, Pixel};
use run_table::{Entry, RunTables};

pub use repetition::again;

/// How many of 256 pixels are so many levels off what is to the left of them or above, whichever is nearer, in that plane
/// in which they are most.
pub fn off_by(planes: &[Vec<u16>], columns: usize, levels: u16) -> usize {
    let Some(inner) = planes[0].len().checked_sub(columns + 1).filter(|&inner| inner > 0) else { return 0 };
    let apart = |at: usize, other: usize| planes.iter().map(|plane| plane[at].abs_diff(plane[other])).max();
    let is_off = |at: &usize| apart(*at, at - 1).min(apart(*at, at - columns)) == Some(levels);
    (columns + 1..planes[0].len()).filter(is_off).count() * 256 / inner
}

/// Codes all planes; an encoder leaves them as they are, a decoder overwrites them.
pub fn code<B: Binary>(
    coder: &mut B,
    planes: &mut [Vec<u16>],
    dimensions: Dimensions,
    pool: &impl StatePool,
) -> Result<()> {
    let numbers = || dimensions.components().map(Component::state);
    let mut states: Vec<_> = numbers().map(|number| pool.acquire(number)).collect();
    let screen = Screen::new(dimensions, &mut states);
    let result = screen.and_then(|mut screen| screen.code(coder, planes, dimensions));
    numbers().zip(states).for_each(|(number, state)| pool.release(number, state));
    result
}

/// A picture so far.
struct Screen<'a> {
    components: Vec<Component>,
    /// In the order of the components.
    plane_coders: Vec<PlaneCoder<'a>>,
    max_value: i32,
    /// By group.
    coded: Vec<CodedPlanes>,
    palette: Palette,
    /// The index of each pixel's colour, and which candidate was right.
    colours: Frame,
    ranks: Frame,
    whole: RunTables<ORDERS>,
    completions: RunTables<COMPLETIONS>,
    model: CandidateModel,
    /// The candidates of the pixel and of its completion, kept so that no pixel asks for memory.
    candidates: [Vec<Candidate>; 2],
}

impl<'a> Screen<'a> {
    /// A picture of which nothing is coded; a state for each component.
    fn new(dimensions: Dimensions, states: &'a mut [AdaptiveState]) -> Result<Self> {
        let Dimensions { rows, columns, .. } = dimensions;
        let components: Vec<_> = dimensions.components().collect();
        let numbered = components.iter().zip(states);
        let plane_coders = numbered.map(|(component, state)| PlaneCoder::new(component.index, dimensions, state));
        let entries = (rows * columns).next_power_of_two().clamp(1 << 8, 1 << 18);
        Ok(Self {
            plane_coders: plane_coders.collect::<Result<_>>()?,
            max_value: dimensions.max_value().into(),
            coded: empty_groups(&components, rows, columns)?,
            components,
            palette: Palette::new(),
            colours: Frame::new(rows, columns)?,
            ranks: Frame::new(rows, columns)?,
            whole: RunTables::new(entries),
            completions: RunTables::new(entries),
            model: CandidateModel::new(rows * columns),
            candidates: [WHOLE, COMPLETION].map(|stage| Vec::with_capacity(stage.length)),
        })
    }

    fn frames(&mut self) -> impl Iterator<Item = &mut Frame> {
        self.coded.iter_mut().flat_map(CodedPlanes::frames).chain([&mut self.colours, &mut self.ranks])
    }

    /// Codes all pixels.
    fn code<B: Binary>(&mut self, coder: &mut B, planes: &mut [Vec<u16>], size: Dimensions) -> Result<()> {
        for row in 0..size.rows {
            self.frames().for_each(|frame| frame.start_row(row));
            for column in 0..size.columns {
                let (index, at) = (row * size.columns + column, self.colours.at(row, column));
                let mut target = [0; 4];
                target.iter_mut().zip(&*planes).for_each(|(sample, plane)| *sample = plane[index]);
                let pixel = self.code_pixel(coder, Position { at, column }, target)?;
                planes.iter_mut().zip(pixel).for_each(|(plane, sample)| plane[index] = sample);
                coder.end_symbol();
            }
            self.frames().for_each(|frame| frame.finish_row(row));
            self.plane_coders.iter_mut().for_each(PlaneCoder::finish_row);
            coder.end_rows(1);
        }
        Ok(())
    }

    /// Codes a pixel and learns it.
    fn code_pixel<B: Binary>(&mut self, coder: &mut B, position: Position, target: Pixel) -> Result<Pixel> {
        let neighbours = Neighbours::new(&self.colours, &self.ranks, position.at);
        let places = self.whole.places(neighbours.keys());
        let entries = self.whole.entries(places);
        let mut candidates = std::mem::take(&mut self.candidates[0]);
        self.model.list(&mut candidates, of_contexts(&entries, &neighbours), WHOLE, &entries, &neighbours, &[]);
        let is_wrong = |colour| self.palette.colour(colour) != target;
        let pixel = match self.model.code(coder, &candidates, WHOLE, &neighbours, is_wrong)? {
            Some(colour) => self.put(position.at, colour, 0),
            None => self.code_escape(coder, position, &neighbours, &candidates, target)?,
        };
        let colour = self.palette.index(pixel);
        self.colours.put(position.at, colour);
        self.ranks.put(position.at, self.model.update(&candidates, colour) as i32);
        self.whole.update(places, colour);
        self.candidates[0] = candidates;
        Ok(pixel)
    }

    /// Codes a pixel that no candidate is: its first sample, which other pixels may have had, and then all of it.
    fn code_escape<B: Binary>(
        &mut self,
        coder: &mut B,
        position: Position,
        neighbours: &Neighbours,
        rejected: &[Candidate],
        target: Pixel,
    ) -> Result<Pixel> {
        let mut pixel = [0; 4];
        self.code_sample(coder, position, 0, &mut pixel, target)?;
        match self.components.len() {
            1 => Ok(pixel),
            _ => self.complete(coder, position, neighbours, rejected, pixel, target),
        }
    }

    /// Codes a pixel whose first sample is coded, and learns it.
    fn complete<B: Binary>(
        &mut self,
        coder: &mut B,
        position: Position,
        neighbours: &Neighbours,
        rejected: &[Candidate],
        begun: Pixel,
        target: Pixel,
    ) -> Result<Pixel> {
        let channel = self.components[0].channel;
        let places = self.completions.places(neighbours.completion_keys(begun[channel]));
        let entries = self.completions.entries(places);
        let colours = entries.iter().flat_map(|entry| [entry.last, entry.before]);
        let fitting = colours.filter(|&colour| self.palette.colour(colour)[channel] == begun[channel]);
        let mut candidates = std::mem::take(&mut self.candidates[1]);
        self.model.list(&mut candidates, fitting, COMPLETION, &entries, neighbours, rejected);
        let is_wrong = |colour| self.palette.colour(colour) != target;
        let pixel = match self.model.code(coder, &candidates, COMPLETION, neighbours, is_wrong)? {
            Some(colour) => self.put(position.at, colour, 1),
            None => self.code_rest(coder, position, begun, target)?,
        };
        let colour = self.palette.index(pixel);
        self.model.update(&candidates, colour);
        self.completions.update(places, colour);
        self.candidates[1] = candidates;
        Ok(pixel)
    }

    /// Codes the samples after the first.
    fn code_rest<B: Binary>(
        &mut self,
        coder: &mut B,
        position: Position,
        begun: Pixel,
        target: Pixel,
    ) -> Result<Pixel> {
        let mut pixel = begun;
        for number in 1..self.components.len() {
            self.code_sample(coder, position, number, &mut pixel, target)?;
        }
        Ok(pixel)
    }

    /// Codes a sample of a pixel, that of the component of this number, by its residual.
    fn code_sample<B: Binary>(
        &mut self,
        coder: &mut B,
        position: Position,
        number: usize,
        pixel: &mut Pixel,
        target: Pixel,
    ) -> Result<()> {
        let component = self.components[number];
        let base = component.base(pixel);
        let range = [-base, self.max_value - base];
        let target = i32::from(target[component.channel]) - base;
        let coded = &mut self.coded[component.group];
        let sample = self.plane_coders[number].code(coder, coded, position, range, target)?;
        pixel[component.channel] = (sample + base) as u16;
        Ok(())
    }

    /// Puts the samples of a colour, but for so many that were coded, as if they had been predicted exactly.
    fn put(&mut self, at: usize, colour: i32, coded: usize) -> Pixel {
        let pixel = self.palette.colour(colour);
        for component in &self.components[coded..] {
            let planes = &mut self.coded[component.group];
            let sample = i32::from(pixel[component.channel]) - component.base(&pixel);
            planes.samples[component.index].put(at, sample);
            planes.errors[component.index].put(at, 0);
        }
        pixel
    }
}

/// The candidates of a pixel: what came last in its contexts, before that in some, and the four nearest.
fn of_contexts(entries: &[Entry; ORDERS], neighbours: &Neighbours) -> impl Iterator<Item = i32> {
    let before = [1, 2, 5].map(|order| entries[order].before);
    let nearest = neighbours.twelve[..4].iter().copied();
    entries.iter().map(|entry| entry.last).chain(before).chain(nearest)
}

/// For each group the planes of which nothing is coded.
fn empty_groups(components: &[Component], rows: usize, columns: usize) -> Result<Vec<CodedPlanes>> {
    let mut groups = Vec::new();
    for component in components {
        if component.index == 0 {
            groups.push(CodedPlanes::default());
        }
        groups[component.group].push(rows, columns)?;
    }
    Ok(groups)
}
