//! Work that several threads share.

use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::Result;

/// What becomes of each item, in their order, by as many threads as there are cores, or fewer where there are no more to
/// be had; the first error if some work fails.
pub fn parallel<T, R: Send>(
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let (items, done) = (Mutex::new(items.enumerate()), Mutex::new(Vec::new()));
    let run = || {
        loop {
            let next = items.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((index, item)) = next else { return };
            let result = work(item);
            let failed = result.is_err();
            done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
            if failed {
                return;
            }
        }
    };
    let others = thread::available_parallelism().map_or(0, |cores| cores.get() - 1);
    thread::scope(|scope| {
        (0..others).map_while(|_| thread::Builder::new().spawn_scoped(scope, run).ok()).for_each(drop);
        run();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
