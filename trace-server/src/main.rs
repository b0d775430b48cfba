//! The command `trace-server`: arguments in, exit code out; the work is in the library.

use std::io::IsTerminal as _;

use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    let cli = trace_server::cli::Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("TRACE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(cli.logged()));
    // Colours are for a terminal; in a file they are noise.
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(cli.run())
}
