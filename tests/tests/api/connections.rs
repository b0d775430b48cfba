//! Connections over which no request comes, or one that never ends.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use trace_tests::engines::Database;

use crate::face::Face;

/// Far beyond the limit of these tests, so that a slow machine does not fail them.
const PATIENCE: Duration = Duration::from_mins(1);

async fn connection(face: &Face) -> TcpStream {
    TcpStream::connect(face.base.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Everything that the service says until it hangs up.
async fn until_hung_up(mut connection: TcpStream, who: &str) -> String {
    let mut said = Vec::new();
    let read = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut said)).await;
    // A reset is an end, too.
    drop(read.unwrap_or_else(|_| panic!("{who} still holds its connection")));
    String::from_utf8(said).unwrap()
}

/// Whoever opens connections and sends no whole request does not keep them, whether nothing comes, half a head, or a byte
/// now and then.
pub async fn who_asks_nothing_is_hung_up_on(database: Database) {
    let face = Face::giving_up_after(1, database).await;
    let silent = connection(&face).await;
    let mut halfway = connection(&face).await;
    halfway.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let mut idle = connection(&face).await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let (trickling, mut trickle) = connection(&face).await.into_split();
    let drops = tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_millis(100));
        while trickle.write_all(b"x").await.is_ok() {
            every.tick().await;
        }
    });
    until_hung_up(silent, "who says nothing").await;
    until_hung_up(halfway, "who stops halfway").await;
    assert!(until_hung_up(idle, "who asked once").await.ends_with("ok\n"));
    let dropped = tokio::time::timeout(PATIENCE, drops).await;
    assert!(dropped.is_ok(), "who sends a byte now and then still holds its connection");
    drop(trickling);
}

/// A connection serves one request after another, and the router knows from where.
pub async fn who_asks_again_is_answered(database: Database) {
    let face = Face::open(database).await;
    let mut connection = connection(&face).await;
    for _ in 0..3 {
        connection.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut said = String::new();
        while !said.ends_with("\r\n\r\nok\n") {
            let mut part = [0; 4096];
            let length = connection.read(&mut part).await.unwrap();
            assert_ne!(length, 0, "it hung up after {said}");
            said.push_str(std::str::from_utf8(&part[..length]).unwrap());
        }
        assert!(said.starts_with("HTTP/1.1 200 OK"), "{said}");
    }
}
