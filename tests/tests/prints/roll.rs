//! A label printer: a port that takes bytes, as fast as the test reads them.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use trace_core::code::label::{Dpi, SymbolBy};
use trace_server::config::Printer;
use trace_server::labels::Format;

/// Longer than anything takes here; a test that hangs says where.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A printer that waits for connections.
pub struct Roll {
    listener: TcpListener,
    pub address: SocketAddr,
}

impl Roll {
    /// Turned on. It keeps as few bytes in memory as the system allows, so that it is soon full.
    pub fn turn_on() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(8).unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener, address }
    }

    /// As the configuration has it.
    pub fn named(&self, name: &str) -> Printer {
        Printer {
            name: name.to_owned(),
            address: self.address.to_string(),
            language: Format::Zpl,
            dpi: Dpi::D203,
            template: "40x30".to_owned(),
            // A picture each, so that labels have some size.
            symbols: SymbolBy::Picture,
        }
    }

    /// Takes the next connection.
    pub async fn take(&self) -> Feed {
        let (stream, _) = timeout(PATIENCE, self.listener.accept()).await.expect("a connection").unwrap();
        Feed { stream, had: Vec::new() }
    }
}

/// A connection, and what came over it.
pub struct Feed {
    stream: TcpStream,
    pub had: Vec<u8>,
}

impl Feed {
    /// Prints until so many whole labels came, or the connection ends.
    pub async fn print(&mut self, labels: usize) {
        while self.labels().len() < labels && self.more().await {}
    }

    /// Prints all that comes, until the other side says that this was all.
    pub async fn print_all(mut self) -> Vec<u8> {
        while self.more().await {}
        self.had
    }

    async fn more(&mut self) -> bool {
        let mut piece = [0; 2048];
        let size = timeout(PATIENCE, self.stream.read(&mut piece)).await.expect("bytes or an end").unwrap_or(0);
        self.had.extend_from_slice(&piece[..size]);
        size > 0
    }

    /// The whole labels that came so far.
    pub fn labels(&self) -> Vec<String> {
        labels_of(&self.had)
    }
}

/// The whole labels of a file, without what is sent once for all of them.
pub fn labels_of(file: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(file).expect("ZPL is text");
    let whole = text.split_inclusive("^XZ\n").filter(|part| part.ends_with("^XZ\n"));
    whole.map(|part| part[part.find("^XA").unwrap()..].to_owned()).filter(|part| part.contains("^XG")).collect()
}
