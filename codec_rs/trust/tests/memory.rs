//! A reader asks for no more memory than `docs/TRUST.md` says, counted over all of this process: one test, alone.

use std::path::{Path, PathBuf};

use cap::Cap;
use latentcodec_trust::samples::{Sample, bundle, golden, load, most_memory, read};

#[global_allocator]
static MEMORY: Cap<std::alloc::System> = Cap::new(std::alloc::System, usize::MAX);

/// A released bundle's golden files. Its coder has far more to copy than those of the golden bundles.
fn released() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = ["grey.ltc", "colour_q100.ltc", "alpha_tiled.ltc", "digits.ltcp"];
    let files: Vec<PathBuf> = files.iter().map(|name| root.join("tests/golden/cars-v1").join(name)).collect();
    let tables = root.join("exports/release/cars-v1/tables.bin");
    load(&bundle(&tables, 96, 8), files.into_iter().chain([tables.clone()])).collect()
}

#[test]
fn whole_files_are_read_within_the_memory_limit() {
    for sample in golden().into_iter().chain(released()) {
        let most = most_memory(&sample.bytes, &sample.bundle);
        let before = MEMORY.total_allocated();
        read(&sample.bytes, &sample.bundle).unwrap();
        let asked = MEMORY.total_allocated() - before;
        assert!(asked <= most, "{}: {asked} bytes, {most} may be", sample.name);
    }
}
