//! The head of the OpenAPI document: what is not written beside a handler.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::http::problem::ProblemBody;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tianma Trace",
        description = "Records of Gastrodia elata from seed to package. Every refusal is problem details (RFC 9457) \
            with a stable `type`, the place in the request, and the reason in English and Chinese; nothing of a refused \
            request is stored."
    ),
    components(schemas(ProblemBody)),
    modifiers(&Bearer),
    tags(
        (name = "records", description = "Facts, appended and read"),
        (name = "batches", description = "What records made, and the way there and from there"),
        (name = "parties", description = "Who and where"),
        (name = "codes", description = "Package codes"),
        (name = "meta", description = "Vocabulary, rules and this document")
    )
)]
pub(super) struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token of a party: `tt_…`, made with `trace-server token new`"))
            .build();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}
