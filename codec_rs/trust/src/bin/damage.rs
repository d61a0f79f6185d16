//! Damages real files, as they are and with their checksums repaired, and reads them:
//!
//! ```text
//! cargo run --release -p latentcodec-trust --bin damage [SEED AS_IT_IS REPAIRED [TABLES CHANNELS STRIDE FILE...]]
//! ```
//!
//! Numbers of inputs count over all files. Without files, the golden ones are damaged. Exits with 1 if a damaged file
//! was accepted as it is, or if anything at all panicked, took more than a second or wanted more memory than it may.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use cap::Cap;
use latentcodec_trust::harm::{HARMS, Numbers, harm};
use latentcodec_trust::repair::repair;
use latentcodec_trust::samples::{Sample, bundle, golden, load, most_memory, read, typed};

#[global_allocator]
static MEMORY: Cap<std::alloc::System> = Cap::new(std::alloc::System, usize::MAX);

const SLOW: Duration = Duration::from_secs(1);

/// What became of the inputs.
#[derive(Default)]
struct Tally {
    inputs: u64,
    accepted: u64,
    panics: u64,
    untyped: u64,
    hangs: u64,
    slowest: Duration,
    memory: u64,
    /// Bytes asked for, in thousandths of what may be.
    share: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default| arguments.get(index).map_or(default, |text| text.parse().expect("a number"));
    let (seed, plain, repaired) = (number(0, 1), number(1, 1_000_000), number(2, 500_000));
    let samples = match arguments.get(3) {
        None => golden(),
        Some(tables) => {
            let bundle = bundle(tables.as_ref(), number(4, 0) as usize, number(5, 0));
            load(&bundle, arguments[3..4].iter().chain(&arguments[6..]).map(Into::into)).collect()
        }
    };
    for sample in &samples {
        read(&sample.bytes, &sample.bundle).unwrap_or_else(|error| panic!("{} as it was: {error}", sample.name));
    }
    println!("{} files, {} bytes", samples.len(), samples.iter().map(|sample| sample.bytes.len()).sum::<usize>());
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    let as_they_are = campaign(&samples, seed, plain, false);
    let sealed = campaign(&samples, seed + 1, repaired, true);
    let bad = |tally: &Tally| tally.panics + tally.untyped + tally.hangs + tally.memory;
    std::process::exit(i32::from(as_they_are.accepted + bad(&as_they_are) + bad(&sealed) > 0));
}

fn campaign(samples: &[Sample], seed: u64, inputs: u64, repaired: bool) -> Tally {
    let mut numbers = Numbers(seed);
    let mut tally = Tally::default();
    while tally.inputs < inputs {
        let sample = &samples[numbers.below(samples.len())];
        let other = &samples[numbers.below(samples.len())];
        let kind = numbers.below(HARMS.len());
        let mut bytes = sample.bytes.clone();
        harm(&mut numbers, kind, &mut bytes, &other.bytes);
        if repaired {
            repair(&mut bytes);
        }
        // Damage may happen to change nothing, or to give another whole file.
        if samples.iter().all(|whole| bytes != whole.bytes) {
            tally.inputs += 1;
            tally.add(sample, &bytes);
        }
    }
    tally.print(repaired);
    tally
}

impl Tally {
    fn add(&mut self, sample: &Sample, bytes: &[u8]) {
        let most = most_memory(bytes, &sample.bundle);
        let (start, before) = (Instant::now(), MEMORY.total_allocated());
        let result = catch_unwind(AssertUnwindSafe(|| read(bytes, &sample.bundle)));
        let (took, asked) = (start.elapsed(), MEMORY.total_allocated() - before);
        match result {
            Err(_) => self.panics += 1,
            Ok(Ok(_)) => self.accepted += 1,
            Ok(Err(error)) => self.untyped += u64::from(!typed(&error)),
        }
        self.hangs += u64::from(took > SLOW);
        self.slowest = self.slowest.max(took);
        self.memory += u64::from(asked > most);
        self.share = self.share.max(1000 * asked / most);
    }

    fn print(&self, repaired: bool) {
        let Self { inputs, accepted, panics, untyped, hangs, slowest, memory, share } = self;
        let how = if repaired { "with checksums repaired" } else { "as they are" };
        println!("{inputs} damaged inputs {how}: {accepted} accepted, {panics} panics, {untyped} untyped errors,");
        println!(
            "  {hangs} above 1 s (slowest {slowest:.1?}), {memory} beyond the memory limit (most: {share} of 1000)"
        );
    }
}
