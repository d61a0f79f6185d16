//! Drawn pictures and screens, where whole pixels come again: all planes of a pixel before the next pixel.
//!
//! A pixel is guessed to be what came last time in the same surroundings, or what a neighbour is; one decision after
//! another says whether a guess is right, as in a match model (Mahoney, "Data Compression Programs", 2005) and in
//! prediction by partial matching (Cleary, Witten, 1984). Guesses that are seldom right are not asked. Where none is
//! right, the first plane's sample is coded as a difference, then guesses are what had this sample before, then come the
//! other planes' differences.

mod near;
mod table;

use super::frame::Frame;
use super::mixer::{CONTEXTS, Mixer};
use super::picture::Dimensions;
use super::plane::{Coder, Known};
use crate::Result;
use crate::mixing::{Binary, Counter};
use near::{INKS, Near, ORDERS, wide};
use table::{Colours, Entry, Pixel, Table, VOTES, hash};

/// Guesses of a pixel, and of one whose first sample is known: each is a decision of its own.
const GUESSES: usize = 8;
const INK_GUESSES: usize = 4;
/// Kinds of guesses: how sure the nearest surroundings are of it, the first two tables, the third and the sixth; how many
/// neighbours it is.
const KINDS: usize = VOTES * VOTES * 5;
/// Guesses are asked that are wrong less often, of 65536.
const WORTH: u32 = 62_000;
/// Rows of weights, and maps, by what three tables say; by which of the nearest six are as guessed.
const WEIGHTS: usize = VOTES * VOTES * VOTES + 64;
const MAPS: usize = WEIGHTS;

/// How many of 256 pixels are what is to the left of them or above.
pub fn repeats(planes: &[Vec<u16>], columns: usize) -> usize {
    let Some(inner) = planes[0].len().checked_sub(columns + 1).filter(|&inner| inner > 0) else { return 0 };
    let same = |one: usize, other: usize| planes.iter().all(|plane| plane[one] == plane[other]);
    let repeated = (columns + 1..planes[0].len()).filter(|&at| same(at, at - 1) || same(at, at - columns)).count();
    repeated * 256 / inner
}

/// Codes all planes; an encoder leaves them as they are, a decoder overwrites them.
pub fn code<B: Binary>(
    coder: &mut B,
    planes: &mut [Vec<u16>],
    dimensions: Dimensions,
    most: u16,
    plane_coders: &mut [Coder<'_>],
) -> Result<()> {
    let Dimensions { rows, columns, .. } = dimensions;
    let mut screen = Screen::new(dimensions, most)?;
    for row in 0..rows {
        screen.frames().for_each(|frame| frame.start_row(row));
        for column in 0..columns {
            let index = row * columns + column;
            let mut pixel = [0; 4];
            pixel.iter_mut().zip(&*planes).for_each(|(sample, plane)| *sample = plane[index]);
            let at = screen.numbers.at(row, column);
            let pixel = screen.pixel(coder, plane_coders, (at, column), pixel)?;
            planes.iter_mut().zip(pixel).for_each(|(plane, sample)| plane[index] = sample);
            coder.end_symbol();
        }
        screen.frames().for_each(|frame| frame.finish_row(row));
        plane_coders.iter_mut().for_each(|coder| coder.finish_row());
    }
    Ok(())
}

/// What is known of the picture so far.
struct Screen {
    groups: &'static [&'static [usize]],
    most: i32,
    known: Vec<Known>,
    colours: Colours,
    /// The number of each pixel's colour, and which guess was right.
    numbers: Frame,
    ranks: Frame,
    tables: [Table; ORDERS],
    inks: [Table; INKS],
    mixer: Mixer,
    /// Slots of a context, a power of two.
    slots: usize,
    /// By kind of guess: how often it is wrong.
    chances: Vec<Counter>,
    /// Lists of guesses of the pixel and of its other samples, kept so that no pixel asks for memory.
    lists: [Vec<Guess>; 2],
}

impl Screen {
    fn new(dimensions: Dimensions, most: u16) -> Result<Self> {
        let Dimensions { rows, columns, .. } = dimensions;
        let frames = |count: usize| (0..count).map(|_| Frame::new(rows, columns)).collect::<Result<Vec<_>>>();
        let groups = dimensions.groups();
        let known =
            groups.iter().map(|group| Ok(Known { samples: frames(group.len())?, errors: frames(group.len())? }));
        let slots = (rows * columns / 8).next_power_of_two().clamp(1 << 8, 1 << 14);
        let entries = (rows * columns).next_power_of_two().clamp(1 << 8, 1 << 18);
        Ok(Self {
            groups,
            most: most.into(),
            known: known.collect::<Result<_>>()?,
            colours: Colours::new(),
            numbers: Frame::new(rows, columns)?,
            ranks: Frame::new(rows, columns)?,
            tables: std::array::from_fn(|_| Table::new(entries)),
            inks: std::array::from_fn(|_| Table::new(entries)),
            mixer: Mixer::new(CONTEXTS * slots, WEIGHTS, MAPS),
            slots,
            chances: vec![Counter::NEW; (GUESSES + INK_GUESSES) * KINDS],
            lists: [GUESSES, INK_GUESSES].map(Vec::with_capacity),
        })
    }

    fn frames(&mut self) -> impl Iterator<Item = &mut Frame> {
        let known = self.known.iter_mut().flat_map(|known| known.samples.iter_mut().chain(&mut known.errors));
        known.chain([&mut self.numbers, &mut self.ranks])
    }

    /// Codes a pixel and learns it.
    fn pixel<B: Binary>(
        &mut self,
        coder: &mut B,
        plane_coders: &mut [Coder<'_>],
        (at, column): (usize, usize),
        target: Pixel,
    ) -> Result<Pixel> {
        let near = Near::new(&self.numbers, at);
        let places = near.keys(&self.numbers, at).map(|key| self.tables[0].place(key));
        let entries: [Entry; ORDERS] = std::array::from_fn(|order| self.tables[order].entry(places[order]));
        let neighbours = near.0[..4].iter().copied();
        let seconds = [1, 2, 5].map(|order| entries[order].second);
        let firsts = entries.map(|entry| entry.first);
        let mut guesses = std::mem::take(&mut self.lists[0]);
        self.guess(&mut guesses, firsts.into_iter().chain(seconds).chain(neighbours), &entries, &near, &[], 0);
        let pixel = match self.ask(coder, &near, at, &guesses, 0, target)? {
            Some(number) => {
                let pixel = self.colours.pixels[number as usize];
                self.put(at, pixel, 0);
                pixel
            }
            None => self.unlike(coder, plane_coders, (at, column), &near, &guesses, target)?,
        };
        let number = self.colours.number(pixel);
        let rank = self.learn(&guesses, number);
        self.lists[0] = guesses;
        self.numbers.put(at, number);
        self.ranks.put(at, rank as i32);
        for (table, place) in self.tables.iter_mut().zip(places) {
            table.learn(place, number);
        }
        Ok(pixel)
    }

    /// A pixel that is no guess: its first sample, which others may have had before, and then its other samples.
    fn unlike<B: Binary>(
        &mut self,
        coder: &mut B,
        plane_coders: &mut [Coder<'_>],
        (at, column): (usize, usize),
        near: &Near,
        rejected: &[Guess],
        target: Pixel,
    ) -> Result<Pixel> {
        let first = self.groups[0][0];
        let mut pixel = [0; 4];
        pixel[first] = self.sample(coder, plane_coders, (at, column), (0, 0), 0, target[first])?;
        if plane_coders.len() == 1 {
            return Ok(pixel);
        }
        let places = near.ink_keys(pixel[first]).map(|key| self.inks[0].place(key));
        let entries: [Entry; INKS] = std::array::from_fn(|order| self.inks[order].entry(places[order]));
        let fitting = entries.iter().flat_map(|entry| [entry.first, entry.second]);
        let fitting = fitting.filter(|&number| self.colours.pixels[number as usize][first] == pixel[first]);
        let mut guesses = std::mem::take(&mut self.lists[1]);
        self.guess(&mut guesses, fitting, &entries, near, rejected, GUESSES);
        match self.ask(coder, near, at, &guesses, GUESSES, target)? {
            Some(number) => {
                pixel = self.colours.pixels[number as usize];
                self.put(at, pixel, 1);
            }
            None => self.others(coder, plane_coders, (at, column), &mut pixel, target)?,
        }
        let number = self.colours.number(pixel);
        self.learn(&guesses, number);
        self.lists[1] = guesses;
        for (table, place) in self.inks.iter_mut().zip(places) {
            table.learn(place, number);
        }
        Ok(pixel)
    }

    /// Codes the samples after the first.
    fn others<B: Binary>(
        &mut self,
        coder: &mut B,
        plane_coders: &mut [Coder<'_>],
        place: (usize, usize),
        pixel: &mut Pixel,
        target: Pixel,
    ) -> Result<()> {
        for (group, planes) in self.groups.iter().enumerate() {
            for (plane, &number) in planes.iter().enumerate().skip(usize::from(group == 0)) {
                let base = if plane == 0 { 0 } else { pixel[planes[0]] };
                pixel[number] = self.sample(coder, plane_coders, place, (group, plane), base, target[number])?;
            }
        }
        Ok(())
    }

    /// Codes a sample of a plane of a group as a difference.
    fn sample<B: Binary>(
        &mut self,
        coder: &mut B,
        plane_coders: &mut [Coder<'_>],
        place: (usize, usize),
        (group, plane): (usize, usize),
        base: u16,
        target: u16,
    ) -> Result<u16> {
        let (known, base) = (&mut self.known[group], i32::from(base));
        let plane_coder =
            &mut plane_coders[self.groups[..group].iter().map(|planes| planes.len()).sum::<usize>() + plane];
        let sample = plane_coder.sample(coder, known, place, [-base, self.most - base], i32::from(target) - base)?;
        Ok((sample + base) as u16)
    }

    /// Puts what was guessed, but for so many planes that were coded.
    fn put(&mut self, at: usize, pixel: Pixel, coded: usize) {
        for (group, (planes, known)) in self.groups.iter().zip(&mut self.known).enumerate() {
            for (plane, &number) in planes.iter().enumerate().skip(if group == 0 { coded } else { 0 }) {
                let base = if plane == 0 { 0 } else { pixel[planes[0]] };
                known.samples[plane].put(at, i32::from(pixel[number]) - i32::from(base));
                known.errors[plane].put(at, 0);
            }
        }
    }

    /// Lists what a pixel may be, without repetition, and how sure each table is of it.
    fn guess(
        &self,
        guesses: &mut Vec<Guess>,
        numbers: impl Iterator<Item = i32>,
        entries: &[Entry],
        near: &Near,
        rejected: &[Guess],
        decision: usize,
    ) {
        guesses.clear();
        let most = if decision == 0 { GUESSES } else { INK_GUESSES };
        for number in numbers {
            let known = |guess: &Guess| guess.number == number;
            if guesses.iter().any(known) || rejected.iter().any(|guess| guess.asked && known(guess)) {
                continue;
            }
            let mut votes = [0; ORDERS];
            votes.iter_mut().zip(entries).for_each(|(vote, entry)| *vote = entry.vote(number));
            let kind = ((decision + guesses.len()) * VOTES + votes[0].max(votes[1])) * VOTES + votes[2].max(votes[5]);
            let kind = kind * 5 + near.0[..4].iter().filter(|&&near| near == number).count();
            let asked = self.chances[kind].probability() < WORTH;
            guesses.push(Guess { number, votes, kind, asked });
            if guesses.len() == most {
                break;
            }
        }
    }

    /// Asks for one guess after another whether it is right; the number of the one that is.
    fn ask<B: Binary>(
        &mut self,
        coder: &mut B,
        near: &Near,
        at: usize,
        guesses: &[Guess],
        decision: usize,
        target: Pixel,
    ) -> Result<Option<i32>> {
        for (rank, guess) in guesses.iter().enumerate().filter(|(_, guess)| guess.asked) {
            self.turn_to(near, at, guess, decision + rank);
            let wrong = self.colours.pixels[guess.number as usize] != target;
            let wrong = self.mixer.code(coder, decision + rank, wrong)?;
            self.mixer.keep();
            if !wrong {
                return Ok(Some(guess.number));
            }
        }
        Ok(None)
    }

    /// Learns how often guesses are wrong; which one was right.
    fn learn(&mut self, guesses: &[Guess], number: i32) -> usize {
        for (rank, guess) in guesses.iter().enumerate() {
            self.chances[guess.kind].learn(guess.number != number);
            if guess.number == number {
                return rank;
            }
        }
        GUESSES
    }

    /// Turns to the contexts of a guess.
    fn turn_to(&mut self, near: &Near, at: usize, guess: &Guess, decision: usize) {
        let Guess { number, votes, .. } = *guess;
        let [w, n, nw, ne, ww, nn, nne, nee, nww, nnw, www, nnn] = near.0;
        let same = near.same(number);
        let rank = |up, left| self.ranks.near(at, up, left);
        let join =
            |votes: [usize; 3]| votes.iter().fold(decision as i32, |key, &vote| key * VOTES as i32 + vote as i32);
        let keys = [
            hash(&[join([votes[0], votes[1], votes[2]])]),
            hash(&[join([votes[3], votes[4], votes[5]])]),
            hash(&[join([votes[6], votes[7], votes[0]])]),
            hash(&[same]),
            hash(&[same >> 4, near.structure()]),
            hash(&[wide(&self.numbers, at, number)]),
            hash(&[rank(0, 1), rank(1, 0), rank(1, -1), rank(1, 1), rank(0, 2), decision as i32]),
            hash(&[number, decision as i32]),
            hash(&[number, w]),
            hash(&[number, w, n]),
            hash(&[number, w, n, nw, ne]),
            hash(&[number, w, ww, www]),
            hash(&[number, n, nn, nnn]),
            hash(&[number, n, ne, nn, nee]),
            hash(&[number, same >> 6, votes[1] as i32]),
            hash(&[number, w, n, nw, ne, ww, nn, nne, nww, nnw]),
        ];
        let mut slots = [0; CONTEXTS];
        for (context, (slot, key)) in slots.iter_mut().zip(keys).enumerate() {
            *slot = context * self.slots + ((key >> 40) as usize & (self.slots - 1));
        }
        let sure = (votes[0] * VOTES + votes[1]) * VOTES + votes[2];
        let nearest = VOTES * VOTES * VOTES + (same >> 6) as usize;
        self.mixer.ask(slots, [sure, nearest], [sure, nearest]);
    }
}

/// A colour that a pixel may have.
#[derive(Debug)]
struct Guess {
    number: i32,
    /// How sure each table is of it.
    votes: [usize; ORDERS],
    kind: usize,
    asked: bool,
}
