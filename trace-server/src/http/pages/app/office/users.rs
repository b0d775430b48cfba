//! The log-ins of a party: who forgot the PIN gets another one, who left is closed, who is new is let in.
//!
//! It shows log-ins and nothing of the persons behind them: the names to greet with stay sealed. A PIN stands on the one
//! page that made it.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use trace_core::id::PartyId;
use trace_core::state::PartyRow;

use super::OFFICE;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::form::{Field, FormPage};
use crate::http::pages::app::login::{escape_query, failed};
use crate::http::pages::app::words::party_words;
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page, pin};
use crate::http::pages::language::Lang;
use crate::http::session::{AccountChange, normal_login, note};
use crate::ledger::AppendError;
use crate::store::{StoreError, UserChange, UserRow};

/// Where log-ins are found.
pub(in crate::http::pages::app) const LIST: &str = "/app/office/users";
/// Where one is added.
const ADD: &str = "/app/office/users/add";
/// Longest log-in that can be typed where people sign in, in characters.
const LOGIN_CHARS_MAX: usize = 64;

pub(super) fn router() -> Router<AppState> {
    Router::new().route(LIST, get(show).post(change)).route(ADD, get(show_add).post(add))
}

/// A log-in on the page.
struct Line {
    login: String,
    active: bool,
    telephone: bool,
    /// The reader's own, which is not changed here.
    own: bool,
}

/// A party and its log-ins.
struct Found {
    id: PartyId,
    name: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "app/users.html")]
struct UsersPage {
    shell: Shell,
    lang: Lang,
    find: String,
    note: Option<String>,
    /// A log-in and its new PIN.
    told: Option<(String, String)>,
    found: Option<Found>,
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    answer(&who, fields.text("find"), None, &state).await
}

/// The page for what is looked for: a party's id, a log-in or a telephone number.
async fn answer(
    who: &SignedIn,
    find: &str,
    told: Option<(String, String)>,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    let (lang, find) = (who.lang, find.trim());
    let party = meant(find, state).await.or_refuse(who)?;
    let note = (party.is_none() && !find.is_empty()).then(|| {
        let zh = format!("没有编号、登录名或手机号是“{find}”的主体；编号在“授权查询”里按姓名可以查到");
        let en =
            format!("no party has the id, log-in or telephone number '{find}'; ids are found by name under Grants");
        lang.t(&zh, &en).to_owned()
    });
    let found = match party {
        None => None,
        Some(row) => {
            let mut users = state.ledger.store().users().await.or_refuse(who)?;
            users.retain(|user| user.party == row.id);
            let own = &who.session.user().login;
            let line = |user: UserRow| Line {
                active: user.active,
                telephone: user.telephone_mac.is_some(),
                own: user.login == *own,
                login: user.login,
            };
            let lines = users.into_iter().map(line).collect();
            Some(Found { id: row.id, name: party_words(lang, &row), lines })
        }
    };
    Ok(page(&UsersPage { shell: who.shell(), lang, find: find.to_owned(), note, told, found }))
}

async fn meant(find: &str, state: &AppState) -> Result<Option<PartyRow>, StoreError> {
    if let Ok(party) = find.parse::<PartyId>() {
        return state.ledger.party(party).await;
    }
    let store = state.ledger.store();
    let user = match state.gate.telephones().mac(find) {
        Some(mac) => store.user_by_telephone(mac).await?,
        None => None,
    };
    let user = if user.is_some() { user } else { store.user(&normal_login(find)).await? };
    match user {
        Some(user) => state.ledger.party(user.party).await,
        None => Ok(None),
    }
}

async fn change(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let (login, store) = (fields.text("login"), &**state.ledger.store());
    if login == who.session.user().login {
        // A session left open must not be a way to another PIN without the old one; and somebody has to stay.
        return Err(who.refuse(Problem::forbidden(
            format!("自己的登录名不在这里改；改 PIN 请到 {}", pin::FORM),
            format!("your own log-in is not changed here; change your PIN at {}", pin::FORM),
        )));
    }
    let change = match fields.text("do") {
        "pin" => match state.gate.give_pin(login, &who.session.user().login, store).await {
            Ok(Some(pin)) => return answer(&who, login, Some((login.to_owned(), pin)), &state).await,
            Ok(None) => return answer(&who, login, None, &state).await,
            Err(error) => return Err(who.refuse(failed(error))),
        },
        "disable" => (false, "log_in_closed", AccountChange::Closed),
        "enable" => (true, "log_in_opened", AccountChange::Opened),
        _ => return answer(&who, login, None, &state).await,
    };
    if store.change_user(login, &UserChange::Active(change.0)).await.or_refuse(&who)? {
        note(change.2, login, &who.session.user().login);
        return Ok(Redirect::to(&format!("{LIST}?find={}&note={}", escape_query(login), change.1)).into_response());
    }
    answer(&who, login, None, &state).await
}

async fn show_add(who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).unwrap_or_default();
    add_form(&who, &fields, &FieldErrors::default())
}

fn add_form(who: &SignedIn, typed: &Fields, errors: &FieldErrors) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let fields = vec![
        Field::line("party", lang.t("主体编号", "Id of the party")),
        Field::line("login", lang.t("登录名", "Log-in name"))
            .hint(lang.t("字母或数字，例如姓名的拼音", "letters or digits, such as the name in pinyin")),
        Field::line("telephone", lang.t("手机号（也可用来登录）", "Telephone, to sign in with as well"))
            .optional()
            .hint(lang.t(
                "系统只保存一个核对码，不保存号码",
                "only a code is kept by which the number is known again, not the number",
            )),
        Field::line("name", lang.t("称呼（密封）", "Name to greet with (sealed)")).optional(),
    ];
    Ok(FormPage::new(who, lang.t("新增登录账号", "Add a log-in"), ADD, fields, typed, errors)?
        .lead(lang.t(
            "保存后页面显示一个随机 PIN，只显示这一次；请告诉本人，并请其登录后修改。",
            "Once it is stored the page shows a random PIN, this one time: tell the person, who should change it then.",
        ))
        .link(LIST, lang.t("登录账号", "Log-ins"))
        .answer())
}

async fn add(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let row = match fields.text("party").trim().parse::<PartyId>() {
        Ok(party) => state.ledger.party(party).await.or_refuse(&who)?,
        Err(_) => None,
    };
    if row.is_none() {
        let typed = fields.text("party");
        let zh = format!("没有编号是“{typed}”的主体；编号形如 pa- 加 16 位字母数字");
        errors.put("party", lang.t(&zh, &format!("no party has the id '{typed}'; an id is pa- and 16 characters")));
    }
    let login = normal_login(fields.text("login"));
    if login.is_empty() || login.chars().count() > LOGIN_CHARS_MAX || !login.chars().all(char::is_alphanumeric) {
        errors.put("login", lang.t("登录名是 1 到 64 个字母或数字", "a log-in name is 1 to 64 letters or digits"));
    } else if state.ledger.store().user(&login).await.or_refuse(&who)?.is_some() {
        errors.put("login", lang.t("这个登录名已有人用，请换一个", "this log-in name is taken; choose another one"));
    }
    let telephone = fields.typed("telephone");
    let telephone_mac = telephone.and_then(|number| state.gate.telephones().mac(number));
    if state.gate.telephones().reads_as_anothers(&login, telephone_mac) {
        errors.put(
            "login",
            lang.t(
                "登录名像手机号，以后有人登记这个号码就登录不了；手机号请写在“手机号”里，登录名另取",
                "this reads as a telephone number, and whoever has that number later would be signed in by it; write a \
                 number as the telephone, and choose another name",
            ),
        );
    }
    if telephone.is_some() && telephone_mac.is_none() {
        errors.put("telephone", lang.t("手机号是 7 到 15 位数字", "a telephone number has 7 to 15 digits"));
    }
    let (Some(row), true) = (row, errors.is_empty()) else { return add_form(&who, &fields, &errors) };
    let (pin, pin_hash) = state.gate.fresh_pin().await.map_err(|error| who.refuse(failed(error)))?;
    let user = UserRow {
        display_name: fields.typed("name").unwrap_or(&login).to_owned(),
        login: login.clone(),
        telephone_mac,
        party: row.id,
        role: row.role,
        pin_hash,
        active: true,
    };
    match state.ledger.admit(user).await {
        Ok(()) => {
            note(AccountChange::Added, &login, &who.session.user().login);
            answer(&who, &login, Some((login.clone(), pin)), &state).await
        }
        Err(AppendError::Refused(refusal)) => {
            errors.put_refusal(&refusal, lang, field_of);
            add_form(&who, &fields, &errors)
        }
        Err(error) => Err(who.refuse(error)),
    }
}

fn field_of(place: &str) -> Option<&'static str> {
    match place {
        "/telephone" => Some("telephone"),
        "/party" => Some("party"),
        _ => None,
    }
}
