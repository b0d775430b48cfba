//! What a party lets be shown of its persons and places to everybody who opens a page. Each field is ticked by itself,
//! and what is taken back is gone from the pages at once.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::record::sealed::Group;
use trace_core::record::{Kind, Person};
use trace_core::tianma::PersonalField;

use super::form::{Field, FormPage, Look};
use super::sending::{answered, blank, done, send, today_of};
use super::words::site_names;
use super::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::language::Lang;
use crate::ledger::Personal;
use crate::store::StoreError;

/// The address.
pub(super) const FORM: &str = "/app/consent";
/// The field that says what was consented to when the form was shown.
const SEEN: &str = "seen";
/// So many plots are named beside the tick.
const PLOTS_NAMED_MAX: usize = 4;

/// The routes.
pub(super) fn router() -> Router<AppState> {
    Router::new().route(FORM, get(show).post(store))
}

async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    let now = state.ledger.party(who.party()).await.or_refuse(&who)?.map(|row| row.consents).unwrap_or_default();
    Ok(form(&who, &ticks(now), &FieldErrors::default(), &state).await?.answer())
}

fn ticks(fields: BTreeSet<PersonalField>) -> Fields {
    Fields::of(fields.into_iter().map(|field| (field.code(), "1")))
}

fn codes(fields: &BTreeSet<PersonalField>) -> String {
    fields.iter().map(|field| field.code()).collect::<Vec<_>>().join(" ")
}

async fn form(who: &SignedIn, typed: &Fields, errors: &FieldErrors, state: &AppState) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let kept = Kept::of(who, state).await.or_refuse(who)?;
    let fields = PersonalField::ALL.iter().map(|field| {
        let label = lang.t(field.zh(), field.en());
        Field::new(field.code(), label, Look::Tick).hint(kept.shown_as(*field, lang))
    });
    let title = lang.t("公开哪些个人信息", "What is shown of me");
    let page = FormPage::new(who, title, FORM, fields.collect(), typed, errors)?;
    let now = state.ledger.party(who.party()).await.or_refuse(who)?.map(|row| row.consents).unwrap_or_default();
    Ok(page
        .hidden(SEEN, codes(&now))
        .lead(lang.t(
            "您勾选的内容会显示在用到您批次的扫码页和批次页上，人人都能看到，以后登记的地块也一样。没有勾选的不公开；不勾选也不影响收货和销售。",
            "What you tick stands on the pages of packages and batches that your goods went into, for everybody, and so \
             does that of plots registered later. What you do not tick is not shown, and nothing else depends on it.",
        ))
        .lead(lang.t(
            "随时可以取消：取消勾选并保存，页面上立即不再显示。别人已经看到或抄下的无法收回。证明文件和静态备份页里从不包含。",
            "You can take it back at any time: untick and store, and pages stop showing it at once. What others have read or \
             copied cannot be called back. Evidence files and static copies never hold it.",
        ))
        .lead(lang.t(
            "溯源日志里只记下您同意公开哪几项，不记内容。",
            "The log says only which of these you consented to, not what they are.",
        ))
        .link("/app/erase", lang.t("删除我的个人信息", "Erase my personal data")))
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    let ticked = PersonalField::ALL.iter().filter(|field| fields.ticked(field.code()));
    let ticked: BTreeSet<PersonalField> = ticked.copied().collect();
    // A page that stood open while a consent was taken back elsewhere must not give it again.
    let now = state.ledger.party(who.party()).await.or_refuse(&who)?.map(|row| row.consents).unwrap_or_default();
    if fields.text(SEEN) != codes(&now) && !ticked.is_subset(&now) && answered(&who, &fields, &state).await?.is_none() {
        let mut errors = FieldErrors::default();
        errors.put_above(who.lang.t(
            "打开本页以后，您公开的内容已在别处改过，什么都没有保存；请看下面现在的勾选，再改一次",
            "what is shown of you was changed elsewhere since this page was opened; nothing was stored: look at the ticks as \
             they are now, and change them again",
        ));
        return Ok(form(&who, &ticks(now), &errors, &state).await?.answer());
    }
    let mut details = json!({"party": who.party()});
    if !ticked.is_empty() {
        details["fields"] = json!(ticked);
    }
    let draft = blank(Kind::Consent, today_of(&who, &state).await?, details);
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let mut errors = FieldErrors::default();
            errors.put_refusal(&refusal, who.lang, |_| None);
            Ok(form(&who, &fields, &errors, &state).await?.answer())
        }
    }
}

/// What is kept of the reader's own party, so that one sees what a tick would show.
struct Kept {
    person: Option<Person>,
    plots: Vec<String>,
}

impl Kept {
    async fn of(who: &SignedIn, state: &AppState) -> Result<Self, StoreError> {
        let Some(row) = state.ledger.party(who.party()).await? else {
            return Ok(Self { person: None, plots: Vec::new() });
        };
        let sealed = row.person_record();
        let person = state.ledger.personal(&[sealed], Group::Person).await?.remove(&sealed);
        let sites = state.ledger.store().sites(row.id).await?;
        let plots = site_names(&state.ledger, who.lang, &sites).await?.into_values().collect();
        Ok(Self { person: person.and_then(Personal::read), plots })
    }

    fn shown_as(&self, field: PersonalField, lang: Lang) -> String {
        let shown = match field {
            PersonalField::FamilyName => self.person.as_ref().map(Person::family_name),
            PersonalField::FullName => self.person.as_ref().map(|person| person.name.to_string()),
            PersonalField::Telephone => {
                self.person.as_ref().and_then(|person| person.telephone.as_ref()).map(ToString::to_string)
            }
            PersonalField::SiteNames | PersonalField::SitePositions if self.plots.is_empty() => None,
            PersonalField::SitePositions => return String::new(),
            PersonalField::SiteNames => {
                let few = self.plots.iter().take(PLOTS_NAMED_MAX).cloned().collect::<Vec<_>>();
                let more = if self.plots.len() > PLOTS_NAMED_MAX { " …" } else { "" };
                Some(few.join(lang.t("、", ", ")) + more)
            }
        };
        shown.unwrap_or_else(|| lang.t("没有登记", "nothing on record").to_owned())
    }
}
