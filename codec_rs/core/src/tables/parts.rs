//! What entries of all kinds are made of: rows of frequencies, and the state of the context coder.

use crate::bytes::{Reader, push_sized};
use crate::frequencies::Rows;
use crate::models::context::ContextState;
use crate::{Error, Result};

/// Bit of an entry's quantiser byte: a state of the context coder follows the frequencies.
pub const STATE: u8 = 0x80;

/// Appends frequencies, two bytes each.
pub fn write_row(bytes: &mut Vec<u8>, frequencies: Vec<u32>) {
    bytes.extend(frequencies.into_iter().flat_map(|frequency| (frequency as u16).to_le_bytes()));
}

/// Reads a row of frequencies.
pub fn read_row(rows: &mut Rows, bytes: &[u8]) -> Result<()> {
    rows.push(bytes.as_chunks().0.iter().map(|&pair| u16::from_le_bytes(pair).into()))
}

/// Appends a state and its length, nothing if there is none.
pub fn write_state(bytes: &mut Vec<u8>, state: Option<&ContextState>) -> Result<()> {
    state.map_or(Ok(()), |state| push_sized(bytes, &state.to_bytes()))
}

/// Reads what [`write_state`] wrote; [`Error::Format`] if it is for other channels.
pub fn read_state(reader: &mut Reader<'_>, channels: usize) -> Result<ContextState> {
    let state = ContextState::from_bytes(reader.sized()?)?;
    match state.channels() {
        found if found != channels => Err(Error::Format(format!("{channels} channels, the coder's state has {found}"))),
        _ => Ok(state),
    }
}
