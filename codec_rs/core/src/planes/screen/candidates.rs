//! Which of some candidate colours a pixel has, one decision after another until one is right.

use super::neighbours::{Neighbours, ORDERS};
use super::run_table::{CONFIDENCES, Entry, hash};
use crate::Result;
use crate::mixing::{Binary, Counter};
use crate::planes::mixer::{CONTEXTS, Chosen, SingleMixer};

/// Candidates that are wrong more often, of 65536, are not tried: their decision would cost more than it saves.
const MAX_MISS_RATE: u32 = 62_000;
/// A candidate that is wrong less often is likely right: what the next one needs is looked up when it is wrong.
const LIKELY_MISS_RATE: u32 = 32_768;
/// Contexts of a miss rate: the confidences of the nearest contexts, of the first two tables, the third and the sixth;
/// how many of four neighbours have the colour.
const MISS_CONTEXTS: usize = CONFIDENCES * CONFIDENCES * 5;
/// Weight sets, and adaptive probability maps: by the confidence of three tables; by which of the nearest six have the
/// colour.
const WEIGHT_SETS: usize = CONFIDENCES * CONFIDENCES * CONFIDENCES + 64;
const APMS: usize = WEIGHT_SETS;

/// A list of candidates: how many it has at most, and the decision of its first.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    pub first_decision: usize,
    pub length: usize,
}

/// The candidates of a whole pixel, and of a pixel whose first sample is known.
pub const WHOLE: Stage = Stage { first_decision: 0, length: 8 };
pub const COMPLETION: Stage = Stage { first_decision: WHOLE.length, length: 4 };

/// A colour that a pixel may have.
#[derive(Debug)]
pub struct Candidate {
    /// Its index in the palette.
    pub colour: i32,
    /// How much each table vouches for it.
    confidences: [usize; ORDERS],
    /// The context of its miss rate.
    miss_context: usize,
    /// Whether it is worth a decision.
    pub is_tried: bool,
    /// Whether the next one is hardly ever needed.
    is_likely: bool,
}

/// What the decision of a candidate is coded with.
#[derive(Debug)]
struct Selection {
    slots: [u32; CONTEXTS],
    chosen: Chosen,
}

/// What adapts while candidates are coded.
pub struct CandidateModel {
    mixer: SingleMixer,
    /// Slots of a context, a power of two.
    slots: usize,
    /// How often candidates are wrong, by context.
    miss_rates: Vec<Counter>,
    /// Of the candidates that are tried next, kept so that no pixel asks for memory.
    selections: Vec<Selection>,
}

impl CandidateModel {
    /// For a picture of so many pixels.
    pub fn new(pixels: usize) -> Self {
        let slots = (pixels / 8).next_power_of_two().clamp(1 << 8, 1 << 16);
        let miss_rates = vec![Counter::NEW; (WHOLE.length + COMPLETION.length) * MISS_CONTEXTS];
        Self {
            mixer: SingleMixer::new(CONTEXTS * slots, WEIGHT_SETS, APMS),
            slots,
            miss_rates,
            selections: Vec::with_capacity(WHOLE.length),
        }
    }

    /// Lists candidates without repetition, but for those that were tried before in vain.
    pub fn list(
        &self,
        list: &mut Vec<Candidate>,
        colours: impl Iterator<Item = i32>,
        stage: Stage,
        entries: &[Entry],
        neighbours: &Neighbours,
        rejected: &[Candidate],
    ) {
        list.clear();
        for colour in colours {
            let is_known = list.iter().any(|candidate| candidate.colour == colour);
            if is_known || rejected.iter().any(|candidate| candidate.is_tried && candidate.colour == colour) {
                continue;
            }
            list.push(self.candidate(colour, stage.first_decision + list.len(), entries, neighbours));
            if list.len() == stage.length {
                break;
            }
        }
    }

    fn candidate(&self, colour: i32, decision: usize, entries: &[Entry], neighbours: &Neighbours) -> Candidate {
        let mut confidences = [0; ORDERS];
        confidences.iter_mut().zip(entries).for_each(|(confidence, entry)| *confidence = entry.confidence(colour));
        let [one, two] = [confidences[0].max(confidences[1]), confidences[2].max(confidences[5])];
        let alike = neighbours.twelve[..4].iter().filter(|&&near| near == colour).count();
        let miss_context = ((decision * CONFIDENCES + one) * CONFIDENCES + two) * 5 + alike;
        let miss_rate = self.miss_rates[miss_context].probability();
        let (is_tried, is_likely) = (miss_rate < MAX_MISS_RATE, miss_rate < LIKELY_MISS_RATE);
        Candidate { colour, confidences, miss_context, is_tried, is_likely }
    }

    /// Codes for one candidate after another whether it is wrong; the colour of the one that is not, if any.
    pub fn code<B: Binary>(
        &mut self,
        coder: &mut B,
        candidates: &[Candidate],
        stage: Stage,
        neighbours: &Neighbours,
        is_wrong: impl Fn(i32) -> bool,
    ) -> Result<Option<i32>> {
        self.selections.clear();
        let tried = candidates.iter().enumerate().filter(|(_, candidate)| candidate.is_tried);
        for (number, (rank, candidate)) in tried.clone().enumerate() {
            if number == self.selections.len() {
                self.select_some(neighbours, tried.clone().skip(number), stage);
            }
            let Selection { slots, chosen } = &self.selections[number];
            let decision = stage.first_decision + rank;
            if !self.mixer.code(coder, decision, slots, *chosen, is_wrong(candidate.colour))? {
                return Ok(Some(candidate.colour));
            }
        }
        Ok(None)
    }

    /// Selects what some candidates need, up to one that is likely right, and reads their slots, which lie far apart in
    /// memory, all at once.
    fn select_some<'c>(
        &mut self,
        neighbours: &Neighbours,
        candidates: impl Iterator<Item = (usize, &'c Candidate)>,
        stage: Stage,
    ) {
        let first = self.selections.len();
        for (rank, candidate) in candidates {
            let selection = self.select(neighbours, candidate, stage.first_decision + rank);
            self.selections.push(selection);
            if candidate.is_likely {
                break;
            }
        }
        self.mixer.fetch(self.selections[first..].iter().flat_map(|selection| &selection.slots));
    }

    /// Learns how often candidates are wrong; the rank of the one that was right, or else of none.
    pub fn update(&mut self, candidates: &[Candidate], colour: i32) -> usize {
        for (rank, candidate) in candidates.iter().enumerate() {
            self.miss_rates[candidate.miss_context].learn(candidate.colour != colour);
            if candidate.colour == colour {
                return rank;
            }
        }
        WHOLE.length
    }

    /// The slots of a candidate's contexts, and what they are mixed with.
    #[inline(always)]
    fn select(&self, neighbours: &Neighbours, candidate: &Candidate, decision: usize) -> Selection {
        let Candidate { colour, confidences, .. } = candidate;
        let mut slots = [0; CONTEXTS];
        let keys = keys(neighbours, candidate, decision as i32);
        for (context, (slot, key)) in slots.iter_mut().zip(keys).enumerate() {
            *slot = (context * self.slots + ((key >> 40) as usize & (self.slots - 1))) as u32;
        }
        let confidence = confidences[..3].iter().fold(0, |set, confidence| set * CONFIDENCES + confidence);
        let nearest = CONFIDENCES * CONFIDENCES * CONFIDENCES + (neighbours.pattern(*colour) >> 6) as usize;
        Selection { slots, chosen: Chosen { sets: [confidence, nearest], apms: [confidence, nearest] } }
    }
}

/// Hashes of the contexts of a candidate: confidences, where its colour is nearby, which candidates were right nearby,
/// and the colours around.
fn keys(neighbours: &Neighbours, candidate: &Candidate, decision: i32) -> [u64; CONTEXTS] {
    let Candidate { colour, confidences, .. } = *candidate;
    let [w, n, nw, ne, ww, nn, nne, nee, nww, nnw, www, nnn] = neighbours.twelve;
    let pattern = neighbours.pattern(colour);
    let [rank_w, rank_n, rank_ne, rank_nw, rank_ww] = neighbours.ranks;
    let join = |tables: [usize; 3]| {
        let confidences = tables.iter().map(|&table| confidences[table] as i32);
        confidences.fold(decision, |key, confidence| key * CONFIDENCES as i32 + confidence)
    };
    [
        hash(&[join([0, 1, 2])]),
        hash(&[join([3, 4, 5])]),
        hash(&[join([6, 7, 0])]),
        hash(&[pattern]),
        hash(&[pattern >> 4, neighbours.structure]),
        hash(&[neighbours.wide_pattern(colour)]),
        hash(&[rank_w, rank_n, rank_ne, rank_nw, rank_ww, decision]),
        hash(&[colour, decision]),
        hash(&[neighbours.wide_pattern(colour) >> 7]),
        hash(&[colour, w, n]),
        hash(&[colour, w, n, nw, ne]),
        hash(&[colour, w, ww, www]),
        hash(&[colour, n, nn, nnn]),
        hash(&[colour, n, ne, nn, nee]),
        hash(&[colour, pattern >> 6, confidences[1] as i32]),
        hash(&[colour, w, n, nw, ne, ww, nn, nne, nww, nnw]),
    ]
}
