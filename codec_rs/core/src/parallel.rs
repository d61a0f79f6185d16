//! Work that several threads share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::Result;

/// What becomes of each item, in their order, worked on by all cores; the first error if some work fails.
pub fn parallel<T, R: Send>(
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let (items, done) = (Mutex::new(items.enumerate()), Mutex::new(Vec::new()));
    let next = || lock(&items).next();
    on_all_cores(|| {
        while let Some((index, item)) = next() {
            let result = work(item);
            let failed = result.is_err();
            lock(&done).push((index, result));
            if failed {
                return;
            }
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Runs the same on as many threads as there are cores, this one among them, or on fewer where no more are to be had.
fn on_all_cores(run: impl Fn() + Sync) {
    let others = thread::available_parallelism().map_or(0, |cores| cores.get() - 1);
    thread::scope(|scope| {
        (0..others).map_while(|_| thread::Builder::new().spawn_scoped(scope, &run).ok()).for_each(drop);
        run();
    });
}

/// What a mutex protects, even if a thread panicked while it held it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
