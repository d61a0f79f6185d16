//! The planes of a group as far as they are coded: what predictions and contexts are made of.

use super::frame::Frame;
use crate::Result;

/// Frames of planes that are coded knowing each other, in the order of coding.
#[derive(Debug, Default)]
pub struct CodedPlanes {
    /// Their samples, less those of the group's first plane.
    pub samples: Vec<Frame>,
    /// What predictions of these lacked, in quarters of a level.
    pub errors: Vec<Frame>,
}

impl CodedPlanes {
    /// Adds a plane that nothing is coded of; [`Error::Limit`](crate::Error::Limit) if there is no memory.
    pub fn push(&mut self, rows: usize, columns: usize) -> Result<()> {
        self.samples.push(Frame::new(rows, columns)?);
        self.errors.push(Frame::new(rows, columns)?);
        Ok(())
    }

    /// All frames, each once.
    pub fn frames(&mut self) -> impl Iterator<Item = &mut Frame> {
        self.samples.iter_mut().chain(&mut self.errors)
    }

    /// The samples of the plane that was added last.
    pub fn last(&mut self) -> &mut Frame {
        self.samples.last_mut().expect("a plane was added")
    }

    /// After all rows of the plane that was added last: later planes look at what is below.
    pub fn finish(&mut self, rows: usize) {
        self.last().finish(rows);
        self.errors.last_mut().expect("a plane was added").finish(rows);
    }
}
