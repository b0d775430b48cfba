//! A web server that knows no more than files: what any host of static pages does, and nothing else.
//!
//! It knows no address of a package: those end at its page for what it does not find, as they do there.
#![expect(clippy::missing_panics_doc, reason = "a panic is how a test says that its surroundings failed")]

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

/// Serves a folder on a free port until the runtime ends, and gives its address.
pub async fn serve(folder: &Path) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    serve_on(listener, folder);
    format!("http://{address}")
}

/// The same on a listener that is there.
pub fn serve_on(listener: tokio::net::TcpListener, folder: &Path) {
    let router = Router::new().fallback(file).with_state(Arc::new(folder.to_owned()));
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn file(State(folder): State<Arc<PathBuf>>, uri: Uri) -> Response {
    let relative = Path::new(uri.path().trim_start_matches('/'));
    // A path that leaves the folder is none.
    let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let path = folder.join(if inside { relative } else { Path::new("404.html") });
    if path.is_dir() && !uri.path().ends_with('/') {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        return (StatusCode::MOVED_PERMANENTLY, [(LOCATION, format!("{}/{query}", uri.path()))]).into_response();
    }
    let path = if path.is_dir() { path.join("index.html") } else { path };
    match std::fs::read(&path) {
        Ok(bytes) if inside => ([(CONTENT_TYPE, media_type(&path))], bytes).into_response(),
        _ => {
            let page = std::fs::read(folder.join("404.html")).unwrap_or_default();
            (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/html")], page).into_response()
        }
    }
}

/// As such servers know them by the ending; the pages say themselves how they are encoded.
fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("json") => "application/json",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    }
}
