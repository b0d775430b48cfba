//! A proxy before PostgreSQL that cuts a connection at its COMMIT: before the server sees it, or after the server did
//! it and before the client hears.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Where to cut.
#[derive(Clone, Copy)]
pub enum Cut {
    BeforeCommit = 1,
    AfterCommit = 2,
}

pub struct Proxy {
    /// The database's address through the proxy.
    pub url: String,
    next: Arc<AtomicU8>,
    cuts: Arc<AtomicUsize>,
}

impl Proxy {
    /// Listens on a free port and passes everything on to the server of `url`.
    pub async fn before(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap();
        let (user, host) = authority.rsplit_once('@').unwrap_or(("postgres", authority));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let (next, cuts) = (Arc::new(AtomicU8::new(0)), Arc::new(AtomicUsize::new(0)));
        let (host, of_task, cuts_of_task) = (host.to_owned(), Arc::clone(&next), Arc::clone(&cuts));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&host).await.unwrap();
                tokio::spawn(pass(client, server, Arc::clone(&of_task), Arc::clone(&cuts_of_task)));
            }
        });
        Self { url: format!("{scheme}://{user}@{here}/{path}"), next, cuts }
    }

    /// Cuts the next connection that commits.
    pub fn cut_next(&self, cut: Cut) {
        self.next.store(cut as u8, Ordering::SeqCst);
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> usize {
        self.cuts.load(Ordering::SeqCst)
    }
}

async fn pass(client: TcpStream, server: TcpStream, next: Arc<AtomicU8>, cuts: Arc<AtomicUsize>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = from_client.read(&mut asked) => {
                let Ok(size @ 1..) = read else { return };
                let commits = asked[..size].windows(6).any(|word| word == b"COMMIT");
                let cut = if commits { next.swap(0, Ordering::SeqCst) } else { 0 };
                if cut != 0 {
                    cuts.fetch_add(1, Ordering::SeqCst);
                }
                if cut == Cut::BeforeCommit as u8 || to_server.write_all(&asked[..size]).await.is_err() {
                    return;
                }
                if cut == Cut::AfterCommit as u8 {
                    // The server's answer says that it is done; the client never gets it.
                    let mut heard = Vec::new();
                    while !heard.windows(6).any(|word| word == b"COMMIT") {
                        let Ok(size @ 1..) = from_server.read(&mut answered).await else { return };
                        heard.extend_from_slice(&answered[..size]);
                    }
                    return;
                }
            }
            read = from_server.read(&mut answered) => {
                let Ok(size @ 1..) = read else { return };
                if to_client.write_all(&answered[..size]).await.is_err() {
                    return;
                }
            }
        }
    }
}
