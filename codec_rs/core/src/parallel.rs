//! Work that several threads share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{iter, thread};

use crate::Result;

/// What becomes of each item, in their order, worked on by all cores; the first error if some work fails. `progress` is
/// told, on this thread, how many are done after each that this thread has worked on; an error of its own ends the work.
pub fn parallel<T, R: Send>(
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> Result<R> + Sync,
    progress: impl Fn(usize) -> Result<()>,
) -> Result<Vec<R>> {
    let (items, done, stopped) = (Mutex::new(items.enumerate()), Mutex::new(Vec::new()), AtomicBool::new(false));
    let stop = || stopped.store(true, Ordering::Relaxed);
    let next = || if stopped.load(Ordering::Relaxed) { None } else { lock(&items).next() };
    let step = || {
        let (index, item) = next()?;
        let result = work(item).inspect_err(|_| stop());
        let mut done = lock(&done);
        done.push((index, result));
        Some(done.len())
    };
    let report = || iter::from_fn(step).try_for_each(progress).inspect_err(|_| stop());
    on_all_cores(|| iter::from_fn(step).for_each(drop), report)?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Runs `own` here and `other` on threads for the other cores, or on fewer where no more are to be had.
fn on_all_cores<R>(other: impl Fn() + Sync, own: impl FnOnce() -> R) -> R {
    let others = thread::available_parallelism().map_or(0, |cores| cores.get() - 1);
    thread::scope(|scope| {
        (0..others).map_while(|_| thread::Builder::new().spawn_scoped(scope, &other).ok()).for_each(drop);
        own()
    })
}

/// What a mutex protects, even if a thread panicked while it held it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
