//! Windows: a large picture goes through the network piece by piece, each with a halo around it, and comes out as if it
//! had gone whole (`latentcodec.transform.windows`).

use std::ops::Range;

/// Pixels along a window's side, the halo apart.
const WINDOW: usize = 768;

/// One axis of a window, in cells (latents).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What is taken from what comes out.
    pub inner: Range<usize>,
    /// What goes in: `inner` and the halo, as far as the picture reaches.
    pub outer: Range<usize>,
}

/// The windows of one axis of `length` cells; all of it is one window for a network of one size.
pub fn spans(length: usize, stride: usize, halo: usize, whole: bool) -> Vec<Span> {
    let side = if whole { length } else { WINDOW / stride + 1 };
    let span = |start: usize| {
        let stop = (start + side).min(length);
        Span { inner: start..stop, outer: start.saturating_sub(halo)..(stop + halo).min(length) }
    };
    (0..length).step_by(side).map(span).collect()
}

#[cfg(test)]
mod tests {
    use super::spans;

    #[test]
    fn windows_cover_an_axis_once_and_see_a_halo_that_ends_where_the_picture_does() {
        let windows = spans(100, 16, 5, false);
        let (inner, outer): (Vec<_>, Vec<_>) = windows.into_iter().map(|span| (span.inner, span.outer)).unzip();
        assert_eq!(inner, [0..49, 49..98, 98..100]);
        assert_eq!(outer, [0..54, 44..100, 93..100]);
    }
}
