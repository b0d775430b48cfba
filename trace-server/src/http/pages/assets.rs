//! Files that pages load, embedded in the binary. Each address holds the digest of its content, so that browsers
//! keep a file for ever and never show an old one.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use trace_core::id::RecordId;

use crate::app::AppState;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
    digest: String,
}

/// Hex digits of the digest in an address: 64 bits tell versions of one file apart.
const DIGEST_CHARS: usize = 16;

fn asset(name: &'static str, media_type: &'static str, bytes: &'static [u8]) -> Asset {
    let mut digest = RecordId::of(bytes).to_string();
    digest.truncate(DIGEST_CHARS);
    Asset { name, media_type, bytes, digest }
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    const CSS: &str = "text/css; charset=utf-8";
    const JS: &str = "text/javascript; charset=utf-8";
    vec![
        asset("app.css", CSS, include_bytes!("../../../static/app.css")),
        asset("check.js", JS, include_bytes!("../../../static/check.js")),
        asset("offline.js", JS, include_bytes!("../../../static/offline.js")),
        asset("worker.js", JS, include_bytes!("../../../static/worker.js")),
        asset("still.js", JS, include_bytes!("../../../static/still.js")),
        asset("verify.js", JS, include_bytes!("../../../static/verify.js")),
        asset("work.js", JS, include_bytes!("../../../static/work.js")),
        asset("print.js", JS, include_bytes!("../../../static/print.js")),
        asset("style.css", CSS, include_bytes!("../../../static/style.css")),
    ]
});

/// The address of a file; one that does not exist has an address that answers 404.
pub fn address(name: &str) -> String {
    let digest = ASSETS.iter().find(|asset| asset.name == name).map_or("none", |asset| &*asset.digest);
    format!("/static/{digest}/{name}")
}

/// The content of a file of [`address`].
pub fn content(name: &str) -> &'static [u8] {
    ASSETS.iter().find(|asset| asset.name == name).map_or(&[], |asset| asset.bytes)
}

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/static/{digest}/{name}", get(file))
}

async fn file(Path((digest, name)): Path<(String, String)>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name && asset.digest == digest) {
        Some(asset) => (
            [(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")],
            asset.bytes,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_hold_the_digest() {
        let address = address("app.css");
        assert_eq!(address.len(), "/static/".len() + DIGEST_CHARS + "/app.css".len(), "{address}");
        assert_eq!(super::address("nothing.css"), "/static/none/nothing.css");
    }
}
