//! Requests to other servers: witnesses of the log, and a log that is audited from outside.
//!
//! It knows neither; it owns how this program asks: with TLS by the system's certificates, within a time, for at most
//! so many bytes, and never past a redirect, which would let one server speak for another.

use std::time::Duration;

use ureq::Agent;
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE};
use ureq::tls::{RootCerts, TlsConfig};

/// What another server answered, whatever the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Its content type, if it said one.
    pub content_type: Option<String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoReply(String);

/// Asks other servers. Cloning it is cheap; clones share connections.
#[derive(Debug, Clone)]
pub struct Outgoing {
    agent: Agent,
    bytes_max: u64,
}

impl Outgoing {
    /// Gives up on an answer after this time, or this many bytes.
    pub fn new(time_max: Duration, bytes_max: u64) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .timeout_global(Some(time_max))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("tianma-trace/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Self { agent: config.into(), bytes_max }
    }

    /// Asks for what stands at an address, with a bearer token if there is one.
    ///
    /// # Errors
    /// [`NoReply`] if the server cannot be reached in time or says too much.
    pub async fn get(&self, address: &str, token: Option<&str>) -> Result<Reply, NoReply> {
        let request = self.agent.get(address);
        let request = match token {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        };
        let bytes_max = self.bytes_max;
        waited(move || read(request.call()?, bytes_max)).await
    }

    /// Sends a text.
    ///
    /// # Errors
    /// As [`Outgoing::get`].
    pub async fn post(&self, address: &str, text: String) -> Result<Reply, NoReply> {
        let request = self.agent.post(address).header(CONTENT_TYPE, "text/plain; charset=utf-8");
        let bytes_max = self.bytes_max;
        waited(move || read(request.send(text)?, bytes_max)).await
    }
}

fn read(mut answer: ureq::http::Response<ureq::Body>, bytes_max: u64) -> Result<Reply, ureq::Error> {
    let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(bytes_max).read_to_vec()?;
    Ok(Reply { status, content_type, body })
}

/// The client waits in a thread of its own.
async fn waited<F>(work: F) -> Result<Reply, NoReply>
where
    F: FnOnce() -> Result<Reply, ureq::Error> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| NoReply(error.to_string()))?;
    done.map_err(|error| NoReply(error.to_string()))
}
