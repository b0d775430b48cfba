//! The connection to a label printer: bytes as they are to a port, usually 9100, with back pressure.
//!
//! A printer that is out of paper takes nothing more and keeps the connection; one that goes away closes it. It knows no
//! label.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;

/// How long a printer may take to answer at all.
const CONNECT_SECONDS_MAX: u64 = 10;

/// Bytes that wait in this machine for the printer. So few that what counts as sent is nearly what the printer took.
const WAITING_BYTES: u32 = 32 << 10;

/// How long a printer may take to close its end after the last label.
const CLOSE_SECONDS_MAX: u64 = 5;

/// A connection.
pub(super) struct Line {
    read: OwnedReadHalf,
    write: OwnedWriteHalf,
}

impl Line {
    /// Connects to `HOST:PORT`, trying every address that the host has.
    pub async fn connect(address: &str) -> Result<Self> {
        let mut failed = Error::new(ErrorKind::NotFound, format!("{address} has no address"));
        for one in lookup_host(address).await? {
            match timeout(Duration::from_secs(CONNECT_SECONDS_MAX), connected(one)).await {
                Ok(Ok(stream)) => {
                    let (read, write) = stream.into_split();
                    return Ok(Self { read, write });
                }
                Ok(Err(error)) => failed = error,
                Err(_) => failed = Error::new(ErrorKind::TimedOut, format!("{one} does not answer")),
            }
        }
        Err(failed)
    }

    /// Sends all of this, however long the printer takes. What it says meanwhile is its own business; that it closes its
    /// end is an error, as whatever is sent after that is lost.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let sent = self.write.write_all(bytes);
        tokio::pin!(sent);
        let mut scrap = [0; 256];
        loop {
            tokio::select! {
                done = &mut sent => return done,
                said = self.read.read(&mut scrap) => if said? == 0 {
                    return Err(Error::new(ErrorKind::ConnectionAborted, "the printer closed the connection"));
                },
            }
        }
    }

    /// Ends the connection after everything was taken, as far as a printer lets one know: it closes its end, too, or
    /// says nothing more for a while.
    pub async fn close(mut self) -> Result<()> {
        self.write.shutdown().await?;
        let mut scrap = [0; 256];
        let ended = async {
            while self.read.read(&mut scrap).await? > 0 {}
            Ok(())
        };
        timeout(Duration::from_secs(CLOSE_SECONDS_MAX), ended).await.unwrap_or(Ok(()))
    }
}

async fn connected(address: SocketAddr) -> Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_send_buffer_size(WAITING_BYTES)?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
