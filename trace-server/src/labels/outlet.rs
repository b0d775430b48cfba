//! From the thread that makes a file to the socket that takes it: a few pieces wait between, and no more.

use std::io::{Error, ErrorKind, Result, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Bytes that are gathered before they are handed on.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that wait for a slow reader.
const PIECES_WAITING_MAX: usize = 4;
/// How long a piece is held for a reader that takes none. A telephone may lose its signal for a while; but few jobs run
/// at once, and whoever stopped reading would keep the others from theirs.
const READER_WAIT_MAX: Duration = Duration::from_mins(1);

/// Both ends of a file on its way.
pub(super) fn pipe() -> (Outlet, Stream) {
    let (to, pieces) = mpsc::channel(PIECES_WAITING_MAX);
    let whole = Arc::new(AtomicBool::new(false));
    let piece = Vec::with_capacity(PIECE_BYTES);
    (Outlet { to, piece, wait_max: READER_WAIT_MAX, whole: Arc::clone(&whole) }, Stream { pieces, whole })
}

/// The pieces of a file as they are made.
pub struct Stream {
    pieces: mpsc::Receiver<Bytes>,
    whole: Arc<AtomicBool>,
}

impl Stream {
    /// The next piece; an error, instead of the end, if the file is not whole, so that nobody takes it for whole.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        match self.pieces.recv().await {
            Some(piece) => Some(Ok(piece)),
            None if self.whole.swap(true, Ordering::Relaxed) => None,
            None => Some(Err(Error::new(ErrorKind::UnexpectedEof, "the file of labels was not finished"))),
        }
    }
}

/// The writing end, for a thread of the runtime that may block. Writing waits while the reader is behind, and fails
/// when it is gone or takes nothing for too long.
pub(super) struct Outlet {
    to: mpsc::Sender<Bytes>,
    piece: Vec<u8>,
    wait_max: Duration,
    whole: Arc<AtomicBool>,
}

impl Outlet {
    /// Tells the reader that all was written.
    pub fn finish(mut self) -> Result<()> {
        self.hand_on()?;
        self.whole.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn hand_on(&mut self) -> Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
        let handed = async { timeout(self.wait_max, self.to.send(piece.into())).await };
        match Handle::current().block_on(handed) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Error::new(ErrorKind::BrokenPipe, "whoever asked for the labels is gone")),
            Err(_) => Err(Error::new(
                ErrorKind::TimedOut,
                format!("whoever asked for the labels took none of them for {} s", self.wait_max.as_secs()),
            )),
        }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use tokio::task::spawn_blocking;

    use super::*;

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_given_up() {
        let (mut outlet, mut stream) = pipe();
        let writing = spawn_blocking(move || {
            outlet.wait_max = Duration::from_millis(20);
            let piece = vec![1; PIECE_BYTES];
            let fit = (0..PIECES_WAITING_MAX).map(|_| outlet.write_all(&piece)).collect::<Result<Vec<()>>>().is_ok();
            (fit, outlet.write_all(&piece).unwrap_err().kind())
        });
        assert_eq!(writing.await.unwrap(), (true, ErrorKind::TimedOut));
        for _ in 0..PIECES_WAITING_MAX {
            assert_eq!(stream.next().await.unwrap().unwrap().len(), PIECE_BYTES);
        }
        let end = stream.next().await.unwrap().unwrap_err();
        assert_eq!(end.kind(), ErrorKind::UnexpectedEof, "what is cut off is not taken for whole");
    }

    #[tokio::test]
    async fn a_file_that_was_finished_ends() {
        let (mut outlet, mut stream) = pipe();
        let writing = spawn_blocking(move || outlet.write_all(b"one label").and_then(|()| outlet.finish()));
        assert_eq!(stream.next().await.unwrap().unwrap(), &b"one label"[..]);
        assert!(stream.next().await.is_none());
        writing.await.unwrap().unwrap();
    }
}
