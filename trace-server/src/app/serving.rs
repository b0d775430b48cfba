//! From a socket to the router: connections are taken, kept alive, and given up where no request comes.
//!
//! HTTP/1.1 alone: that is what browsers speak without TLS, and what a proxy with TLS speaks to us. It knows no route.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::serve::Listener;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::Layer as _;

/// Answers on a listener until `stop` is done; requests that are under way are finished.
///
/// A connection has `head_time_max` to send the whole head of its next request. Without that limit whoever opens
/// connections and says nothing, or a byte now and then, holds one file each until the process has none left, neither
/// for buyers nor for its own checkpoints. What comes after the head has limits of its own, in the router.
pub(super) async fn serve(
    mut listener: TcpListener,
    router: Router,
    head_time_max: Duration,
    stop: impl Future<Output = ()>,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_time_max);
    let open = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        // Errors of taking a connection are waited out in there.
        let (stream, peer) = tokio::select! {
            taken = Listener::accept(&mut listener) => taken,
            () = &mut stop => break,
        };
        let service = TowerToHyperService::new(Extension(ConnectInfo(peer)).layer(router.clone()));
        let connection = open.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    open.shutdown().await;
}
