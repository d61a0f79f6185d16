//! Planes coded one after another, each by all of its samples.

use super::adaptive::StatePool;
use super::coded::CodedPlanes;
use super::frame::Position;
use super::picture::Dimensions;
use super::plane::{PlaneCoder, check};
use crate::Result;
use crate::mixing::Binary;

/// Codes all planes of samples up to `max_value`; an encoder leaves them as they are, a decoder overwrites them.
pub fn code<B: Binary>(
    coder: &mut B,
    planes: &mut [Vec<u16>],
    dimensions: Dimensions,
    max_value: u16,
    pool: &impl StatePool,
) -> Result<()> {
    let Dimensions { rows, columns, .. } = dimensions;
    let mut coded = CodedPlanes::default();
    for component in dimensions.components() {
        if component.index == 0 {
            coded = CodedPlanes::default();
        }
        coded.push(rows, columns)?;
        let reference = component.reference.map(|channel| planes[channel].clone());
        let samples = &mut planes[component.channel];
        let mut plane = Plane { samples, reference, columns, max_value: max_value.into() };
        let mut state = pool.acquire(component.state());
        let plane_coder = PlaneCoder::new(component.index, dimensions, &mut state);
        let result = plane_coder.and_then(|plane_coder| plane.code(coder, &mut coded, plane_coder));
        pool.release(component.state(), state);
        result?;
        coded.finish(rows);
    }
    Ok(())
}

/// A plane to be coded.
struct Plane<'p> {
    samples: &'p mut [u16],
    /// The samples of its group's first plane, if it is another one.
    reference: Option<Vec<u16>>,
    columns: usize,
    max_value: i32,
}

/// What all samples of a flat plane are: one value; or the reference and one number more.
#[derive(Debug, Clone, Copy)]
enum Flat {
    Value(i32),
    Offset(i32),
}

impl Flat {
    /// A sample less that of the reference.
    fn difference(self, base: i32) -> i32 {
        match self {
            Self::Value(value) => value - base,
            Self::Offset(offset) => offset,
        }
    }
}

impl Plane<'_> {
    /// The sample of the reference.
    #[inline(always)]
    fn base(&self, index: usize) -> i32 {
        self.reference.as_ref().map_or(0, |reference| i32::from(reference[index]))
    }

    /// Codes the plane, the last of `coded`.
    fn code<B: Binary>(&mut self, coder: &mut B, coded: &mut CodedPlanes, plane_coder: PlaneCoder<'_>) -> Result<()> {
        match self.code_flat(coder)? {
            Some(flat) => self.fill(coder, coded, flat),
            None => self.code_samples(coder, coded, plane_coder),
        }
    }

    /// Codes whether the plane is flat, and how.
    fn code_flat<B: Binary>(&self, coder: &mut B) -> Result<Option<Flat>> {
        let first = self.samples[0];
        if code_flag(coder, self.samples.iter().all(|sample| *sample == first))? {
            return Ok(Some(Flat::Value(code_number(coder, first.into(), 16)?)));
        }
        let offset = i32::from(first) - self.base(0);
        let is_offset = |(index, &sample): (usize, &u16)| i32::from(sample) - self.base(index) == offset;
        if self.reference.is_none() || !code_flag(coder, self.samples.iter().enumerate().all(is_offset))? {
            return Ok(None);
        }
        let negative = code_flag(coder, offset < 0)?;
        let size = code_number(coder, offset.unsigned_abs(), 16)?;
        Ok(Some(Flat::Offset(if negative { -size } else { size })))
    }

    /// Fills in a flat plane, which needs no more decisions.
    fn fill<B: Binary>(&mut self, coder: &mut B, coded: &mut CodedPlanes, flat: Flat) -> Result<()> {
        let frame = coded.last();
        for row in 0..self.samples.len() / self.columns {
            frame.start_row(row);
            for column in 0..self.columns {
                let (at, index) = (frame.at(row, column), row * self.columns + column);
                let base = self.base(index);
                let difference = flat.difference(base);
                self.samples[index] = check(difference + base, [0, self.max_value])? as u16;
                frame.put(at, difference);
                coder.end_symbol();
            }
            frame.finish_row(row);
        }
        Ok(())
    }

    /// Codes sample after sample.
    fn code_samples<B: Binary>(
        &mut self,
        coder: &mut B,
        coded: &mut CodedPlanes,
        mut plane_coder: PlaneCoder<'_>,
    ) -> Result<()> {
        for row in 0..self.samples.len() / self.columns {
            coded.last().start_row(row);
            let first = coded.last().at(row, 0);
            for column in 0..self.columns {
                let index = row * self.columns + column;
                let base = self.base(index);
                let (position, target) = (Position { at: first + column, column }, i32::from(self.samples[index]));
                let range = [-base, self.max_value - base];
                let sample = plane_coder.code(coder, coded, position, range, target - base)?;
                self.samples[index] = (sample + base) as u16;
                coder.end_symbol();
            }
            coded.last().finish_row(row);
            plane_coder.finish_row();
            coder.end_rows(1);
        }
        Ok(())
    }
}

/// Codes a decision of even odds.
pub fn code_flag<B: Binary>(coder: &mut B, target: bool) -> Result<bool> {
    coder.code(target, 1 << 15)
}

/// Codes a number of so many bits.
pub fn code_number<B: Binary>(coder: &mut B, target: u32, bits: u32) -> Result<i32> {
    (0..bits).rev().try_fold(0, |number, bit| Ok(number << 1 | i32::from(code_flag(coder, target >> bit & 1 == 1)?)))
}
