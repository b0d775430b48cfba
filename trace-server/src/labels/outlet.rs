//! From the thread that makes a file to the socket that takes it: a few pieces wait between, and no more.

use std::io::{Error, ErrorKind, Result, Write};

use bytes::Bytes;
use tokio::sync::mpsc;

/// Bytes that are gathered before they are handed on.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that wait for a slow reader.
pub(super) const PIECES_WAITING_MAX: usize = 4;

/// The writing end. Writing waits while the reader is behind, and fails when it is gone.
pub(super) struct Outlet {
    to: mpsc::Sender<Result<Bytes>>,
    piece: Vec<u8>,
}

impl Outlet {
    pub fn new(to: mpsc::Sender<Result<Bytes>>) -> Self {
        Self { to, piece: Vec::with_capacity(PIECE_BYTES) }
    }

    /// Tells the reader that the file ends here and is not whole, so that nobody takes it for whole.
    pub fn fail(self, error: Error) {
        // A reader that is gone needs no word.
        _ = self.to.blocking_send(Err(error));
    }

    fn hand_on(&mut self) -> Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
        let gone = |_| Error::new(ErrorKind::BrokenPipe, "whoever asked for the labels is gone");
        self.to.blocking_send(Ok(piece.into())).map_err(gone)
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.hand_on()
    }
}
