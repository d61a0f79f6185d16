//! What stands in for the network in a module without one.

use crate::failure::{Failure, Result};

/// No network: there is none of this type.
#[derive(Debug)]
pub enum Network {}

impl Network {
    /// A `BundleError`.
    pub fn parse(_: &[u8]) -> Result<Self> {
        Err(Failure::bundle("this module was built without networks: it decodes lossless files alone"))
    }

    /// There is nothing to run.
    pub fn run(&mut self, _: Vec<f32>, _: [usize; 3], _: &mut dyn FnMut(f64)) -> Result<Vec<f32>> {
        match *self {}
    }
}
