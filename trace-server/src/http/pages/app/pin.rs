//! Everybody's own PIN: the old one once, the new one twice.

use axum::Router;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;

use super::form::{Field, FormPage, Look};
use super::login::failed;
use super::{PageRefusal, SignedForm, SignedIn};
use crate::app::AppState;
use crate::http::access::cookie;
use crate::http::client::ClientAddress;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::session::{PinChange, PinError, SignInError, cookie_name, typed_pin};

/// The address.
pub(super) const FORM: &str = "/app/pin";

/// The routes.
pub(super) fn router() -> Router<AppState> {
    Router::new().route(FORM, get(show).post(change))
}

async fn show(who: SignedIn) -> Result<Response, PageRefusal> {
    form(&who, &FieldErrors::default())
}

/// What was typed is never shown again.
fn form(who: &SignedIn, errors: &FieldErrors) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let fields = vec![
        Field::new("old", lang.t("现在的 PIN", "The PIN that you have"), Look::PinNow),
        Field::new("new", lang.t("新 PIN", "The new PIN"), Look::PinNew).hint(lang.t(
            "6 到 12 位数字；不要用 111111、123456 这样的，也不要用生日",
            "6 to 12 digits; nothing like 111111 or 123456, and no birthday",
        )),
        Field::new("again", lang.t("再输一次新 PIN", "The new PIN again"), Look::PinNew),
    ];
    let page = FormPage::new(who, lang.t("修改 PIN", "Change the PIN"), FORM, fields, &Fields::default(), errors)?;
    Ok(page
        .lead(lang.t(
            "修改后，您在其他手机和电脑上的登录会立即退出。",
            "You will be signed out at once on every other telephone and computer.",
        ))
        .answer())
}

async fn change(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    request: Request,
) -> Result<Response, PageRefusal> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let SignedForm { who, fields } = SignedForm::from_request(request, &state).await?;
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    if typed_pin(fields.text("new")) != typed_pin(fields.text("again")) {
        errors.put("again", lang.t("两次输入的新 PIN 不一样", "this is not the same as the new PIN above"));
        return form(&who, &errors);
    }
    let typed = PinChange {
        old: fields.text("old"),
        new: fields.text("new"),
        address,
        device: cookie(&parts.headers, &cookie_name("device", state.config.secure_cookies())),
        session: who.session.digest(),
    };
    let store = &**state.ledger.store();
    match state.gate.change_pin(who.session.user(), &typed, store, state.ledger.now()).await {
        Ok(()) => return Ok(Redirect::to("/app?note=pin_changed").into_response()),
        Err(SignInError::Refused) => errors.put(
            "old",
            lang.t(
                "现在的 PIN 不对，或尝试次数过多；多次不符请过几分钟再来",
                "this is not your PIN, or there were too many tries; after several tries wait some minutes",
            ),
        ),
        Err(SignInError::Pin(PinError::NotDigits { .. })) => {
            errors.put("new", lang.t("PIN 是 6 到 12 位数字", "a PIN has 6 to 12 digits"));
        }
        Err(SignInError::Pin(PinError::Weak)) => errors.put(
            "new",
            lang.t(
                "这个 PIN 太容易被猜到；请不要用重复或连续的数字",
                "this PIN is too easy to guess: do not repeat digits, and do not take them in a row",
            ),
        ),
        Err(error) => return Err(who.refuse(failed(error))),
    }
    form(&who, &errors)
}
