//! The service's command line itself, built where tests can run it as a process of its own.
//!
//! It lacks everything else: the work is in the library, as in the real command.

use clap::Parser as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    trace_server::cli::Cli::parse().run().await
}
