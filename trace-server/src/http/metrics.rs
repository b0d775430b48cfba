//! Counters, the request's id and its line in the log.

use std::fmt::Write as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use tracing::Span;

use crate::ledger::random;

/// Name of the header that carries a request's id; one of a client's own is not taken over.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Counters since the start. Relaxed order: each is read for itself.
#[derive(Debug, Default)]
pub struct Metrics {
    by_class: [AtomicU64; 5],
    busy: AtomicU64,
    request_us_total: AtomicU64,
    records_appended: AtomicU64,
    requests_refused: AtomicU64,
}

impl Metrics {
    /// Counts records that were newly appended.
    pub fn appended(&self, records: u64) {
        self.records_appended.fetch_add(records, Ordering::Relaxed);
    }

    /// Counts a request that the ledger refused.
    pub fn refused(&self) {
        self.requests_refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Prometheus text exposition format 0.0.4; `log_size` is the number of entries.
    pub fn exposition(&self, log_size: u64) -> String {
        let mut text = String::from("# HELP trace_http_requests_total Answers by class of status.\n");
        text.push_str("# TYPE trace_http_requests_total counter\n");
        for (class, count) in (1..).zip(&self.by_class) {
            // Writing to a String does not fail.
            _ = writeln!(text, "trace_http_requests_total{{status=\"{class}xx\"}} {}", count.load(Ordering::Relaxed));
        }
        let us = self.request_us_total.load(Ordering::Relaxed);
        let seconds = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed).to_string();
        for (name, kind, help, value) in [
            ("trace_http_request_seconds_total", "counter", "Time spent on requests.", seconds),
            ("trace_http_requests_busy", "gauge", "Requests under way.", count(&self.busy)),
            ("trace_records_appended_total", "counter", "Records appended over HTTP.", count(&self.records_appended)),
            ("trace_requests_refused_total", "counter", "Requests that a rule refused.", count(&self.requests_refused)),
            ("trace_log_entries", "gauge", "Entries in the log.", log_size.to_string()),
        ] {
            _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
        }
        text
    }
}

/// A request under way.
pub(super) struct Observed {
    started: Instant,
    id: String,
}

impl Observed {
    /// Counts the request and gives it an id; what is logged while it is answered belongs into the span. There it has the
    /// pattern of its path, since serials in paths say what somebody bought.
    pub fn begin(metrics: &Metrics, request: &Request) -> (Self, Span) {
        let id = request_id();
        let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
        let span = tracing::info_span!("request", %id, method = %request.method(), route);
        metrics.busy.fetch_add(1, Ordering::Relaxed);
        (Self { started: Instant::now(), id }, span)
    }

    /// Counts the answer, logs it, and tells it the id.
    pub fn end(self, metrics: &Metrics, span: &Span, response: &mut Response) {
        metrics.busy.fetch_sub(1, Ordering::Relaxed);
        let elapsed_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        metrics.request_us_total.fetch_add(elapsed_us, Ordering::Relaxed);
        let class = usize::from(response.status().as_u16() / 100).clamp(1, 5) - 1;
        metrics.by_class[class].fetch_add(1, Ordering::Relaxed);
        span.in_scope(|| tracing::info!(status = response.status().as_u16(), elapsed_us, "answered"));
        if let Ok(id) = HeaderValue::try_from(self.id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
    }
}

/// An id that no other request of this or another process has: where it began to count is random.
fn request_id() -> String {
    static NEXT: LazyLock<AtomicU64> =
        LazyLock::new(|| AtomicU64::new(random::<8>().map(u64::from_be_bytes).unwrap_or_default()));
    format!("{:016x}", NEXT.fetch_add(1, Ordering::Relaxed))
}
