//! A correction: the same fact with another day, other amounts, other details. One form for every kind, made of what
//! the record says now.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use trace_core::prepare::{Draft, DraftInput, DraftOutput};
use trace_core::quantity::Stated;
use trace_core::record::sealed::Group;
use trace_core::record::{Attributes, Beside, InputUse, Kind, Refusal};
use trace_core::time::OccurredAt;

use super::facts::{self, Fact};
use super::record;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::{Field, FormPage, Look};
use crate::http::pages::app::sending::{answered, blank, day, done, number_after, send};
use crate::http::pages::app::words::short;
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn, terms};
use crate::http::pages::language::Lang;
use crate::ledger::RecordView;

/// What a record says now, as one would type it, and the fields that ask for it.
struct Version<'a> {
    view: &'a RecordView,
    details: Value,
    of_details: Vec<Fact>,
    /// Whether the reader is one of the two sides, who alone see the terms.
    side: bool,
}

impl<'a> Version<'a> {
    fn of(who: &SignedIn, view: &'a RecordView) -> Self {
        let record = &view.entry.record;
        let sealable = view.row.states.shape().may_seal.contains(&Group::Terms);
        Self {
            view,
            details: serde_json::to_value(record.details.stated()).unwrap_or_default(),
            of_details: facts::of_details(view.row.states, &record.outputs),
            side: sealable && who.viewer().sees_terms(&view.row),
        }
    }

    fn states(&self) -> Kind {
        self.view.row.states
    }

    /// Amounts that go by weight or number; what goes under package codes is computed from them.
    fn amounts(&self) -> (&[Stated], &[Stated]) {
        let Some(amounts) = self.view.amounts.as_ref().filter(|amounts| amounts.ranges.is_empty()) else {
            return (&[], &[]);
        };
        let draws = self.states().shape().input_use == InputUse::Draws;
        (if draws { &amounts.inputs } else { &[] }, &amounts.outputs)
    }

    /// Every field with what stands in it now.
    fn fields(&self, lang: Lang) -> Vec<(Field, String)> {
        let record = &self.view.entry.record;
        let day = self.view.row.occurred_at.date().to_string();
        let mut fields = vec![(Field::new("date", lang.t("日期", "Day"), Look::Day), day)];
        fields.extend(self.of_details.iter().map(|fact| (fact.field("d-", "", lang), fact.of(&self.details))));
        let (inputs, outputs) = self.amounts();
        for (i, (input, amount)) in record.inputs.iter().zip(inputs).enumerate() {
            let label = format!("{} {}", lang.t("投入", "From"), input.batch);
            fields.push((Field::line(format!("in-{i}"), label), amount.typed().to_owned()));
        }
        for (i, output) in record.outputs.iter().enumerate() {
            if let Some(amount) = outputs.get(i) {
                let product = lang.t(output.product.zh(), output.product.en());
                let label = format!("{} {product} {}", lang.t("产出", "Made"), output.batch);
                fields.push((Field::line(format!("out-{i}"), label), amount.typed().to_owned()));
            }
            let attributes = serde_json::to_value(&output.attributes).unwrap_or_default();
            let of = if record.outputs.len() > 1 { output.batch.to_string() } else { String::new() };
            let facts = facts::of_output(self.states(), output).iter();
            fields.extend(facts.map(|fact| (fact.field(&format!("a{i}-"), &of, lang), fact.of(&attributes))));
        }
        if self.side {
            let now = Fields::of(terms::typed(&terms::of(self.view)));
            fields.extend(terms::fields(lang).map(|field| {
                let text = now.text(&field.name).to_owned();
                (field, text)
            }));
        }
        fields
    }

    /// The field that a refusal's place speaks of, where the form has it.
    fn field_at(&self, place: &str, shown: &[(Field, String)]) -> Option<String> {
        let after = |one: &str, other: &str| number_after(place, one).or_else(|| number_after(place, other));
        let named = |facts: &[Fact], prefix: &str, pointer: &str| {
            facts.iter().find(|fact| fact.is_at(pointer)).map(|fact| fact.name(prefix))
        };
        let details = place.strip_prefix("/details/details/").or_else(|| place.strip_prefix("/details/"));
        let field = if place.starts_with("/occurred_at") {
            Some("date".to_owned())
        } else if let Some(pointer) = details {
            named(&self.of_details, "d-", pointer)
        } else if let Some(i) = after("/inputs/", "/amounts/inputs/") {
            Some(format!("in-{i}"))
        } else if place.starts_with("/outputs") || place.starts_with("/amounts") {
            let i = after("/outputs/", "/amounts/outputs/").unwrap_or(0);
            let attribute = place.strip_prefix(&format!("/outputs/{i}/attributes/")).and_then(|pointer| {
                let output = self.view.entry.record.outputs.get(i)?;
                named(facts::of_output(self.states(), output), &format!("a{i}-"), pointer)
            });
            Some(attribute.unwrap_or_else(|| format!("out-{i}")))
        } else {
            None
        };
        field.filter(|field| shown.iter().any(|(one, _)| one.name == *field))
    }
}

/// What was typed into a field; one that was not sent stays as it is.
fn said<'a>(fields: &'a Fields, name: &'a str, now: &'a str) -> &'a str {
    fields.all(name).next().map_or(now, str::trim)
}

/// Sets what was typed of these facts; what is wrong stands beside its field.
fn set(
    facts: &[Fact],
    prefix: &str,
    now: &Value,
    fields: &Fields,
    errors: &mut FieldErrors,
    lang: Lang,
) -> Map<String, Value> {
    let mut object = now.as_object().cloned().unwrap_or_default();
    for fact in facts {
        let name = fact.name(prefix);
        if let Err(words) = fact.set(&mut object, said(fields, &name, &fact.of(now)), lang) {
            errors.put(name, words);
        }
    }
    object
}

pub(super) async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageRefusal> {
    let (view, acting) = record(&who, &id, false, &state).await?;
    let now = Version::of(&who, &view).fields(who.lang).into_iter().map(|(field, text)| (field.name, text));
    Ok(form(&who, &acting, &view, &Fields::of(now), &FieldErrors::default())?.answer())
}

fn form(
    who: &SignedIn,
    acting: &Acting,
    view: &RecordView,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    if !facts::correctable(view.row.states) || !view.row.is_live() {
        let (zh, en) = match (view.row.void, view.row.is_live()) {
            (true, _) => ("已作废的", "void "),
            (false, false) => ("已被更正的", "replaced "),
            (false, true) => ("", ""),
        };
        let refusal = Refusal::conflict(
            "not_revisable",
            "",
            format!("记录 {}（{zh}“{}”）不能在页面上更正", view.row.id, view.row.states.zh()),
            format!("record {}, a {en}'{}', cannot be corrected here", view.row.id, view.row.states),
        );
        return Err(who.refuse(Problem::new(StatusCode::CONFLICT, refusal)));
    }
    let fields = Version::of(who, view).fields(lang).into_iter().map(|(field, _)| field).collect();
    let action = format!("/app/records/{}/correct", view.row.id);
    let page = FormPage::new(who, lang.t("更正记录", "Correct a record"), action, fields, typed, errors)?
        .lead(lang.t(
            "原来的版本保留，大家都能看到更正过。",
            "The old version stays, and everybody sees that it was corrected.",
        ))
        .fact(
            lang.t("记录", "Record"),
            format!("{} {}", lang.t(view.row.states.zh(), view.row.states.en()), short(&view.row.id)),
        )
        .fact(lang.t("日期", "Day"), view.row.occurred_at.to_string())
        .acting(acting)
        .button(lang.t("更正", "Correct it"))
        .link(format!("/app/records/{}", view.row.id), lang.t("返回", "Back"));
    let under_codes = view.amounts.as_ref().is_some_and(|amounts| !amounts.ranges.is_empty());
    Ok(if under_codes {
        page.lead(lang.t(
            "带码的包装不在这里改：请作废这条记录，再重新登记。",
            "Packages under codes are not changed here: void the record and make it anew.",
        ))
    } else {
        page
    })
}

/// The same fact as the form says it now; nothing where something is wrong.
async fn correction(
    who: &SignedIn,
    version: &Version<'_>,
    fields: &Fields,
    errors: &mut FieldErrors,
    state: &AppState,
) -> Result<Option<Draft>, PageRefusal> {
    let (view, lang, record) = (version.view, who.lang, &version.view.entry.record);
    let now = version.fields(lang);
    if now.iter().all(|(field, text)| said(fields, &field.name, text) == text) {
        errors.put_above(lang.t("没有改动；请先改要更正的内容", "nothing was changed; change what is to be corrected"));
    }
    let day_now = view.row.occurred_at.date().to_string();
    let occurred_at = match said(fields, "date", &day_now) {
        // The time of the day, where one stands there, is kept with its day.
        same if same == day_now => Some(view.row.occurred_at),
        other => day(who, other, errors, state).await?,
    };
    let details = set(&version.of_details, "d-", &version.details, fields, errors, lang);
    let (inputs, outputs) = version.amounts();
    let amounts = view.amounts.clone().unwrap_or_default();
    let made = made(version, outputs, fields, errors, lang);
    let agreed = agreed(who, version, fields, errors, state).await?;
    let (Some(occurred_at), true) = (occurred_at, errors.is_empty()) else { return Ok(None) };
    let draws = version.states().shape().input_use == InputUse::Draws;
    let inputs = record.inputs.iter().enumerate().map(|(i, input)| DraftInput {
        batch: input.batch.to_string(),
        record: Some(input.record),
        amount: draws.then(|| amount_said(fields, &format!("in-{i}"), inputs.get(i), amounts.inputs.get(i))),
    });
    let details = Value::Object(details);
    Ok(Some(Draft { terms: agreed, inputs: inputs.collect(), outputs: made, ..same(version, occurred_at, &details) }))
}

/// An amount as it was typed into its field, where the form has one; else as it stands.
fn amount_said(fields: &Fields, name: &str, shown: Option<&Stated>, now: Option<&Stated>) -> String {
    let now = now.map(Stated::typed).unwrap_or_default();
    if shown.is_some() { said(fields, name, now).to_owned() } else { now.to_owned() }
}

/// The same batches with the amounts and attributes of the form.
fn made(
    version: &Version<'_>,
    shown: &[Stated],
    fields: &Fields,
    errors: &mut FieldErrors,
    lang: Lang,
) -> Vec<DraftOutput> {
    let now = version.view.amounts.as_ref().map(|amounts| &amounts.outputs[..]).unwrap_or_default();
    let mut made = Vec::new();
    for (i, output) in version.view.entry.record.outputs.iter().enumerate() {
        let attributes = serde_json::to_value(&output.attributes).unwrap_or_default();
        let facts = facts::of_output(version.states(), output);
        let mut attributes = set(facts, &format!("a{i}-"), &attributes, fields, errors, lang);
        for follows in facts::following(version.states()) {
            attributes.remove(*follows);
        }
        let attributes = serde_json::from_value::<Attributes>(Value::Object(attributes)).unwrap_or_else(|error| {
            let zh = "批次的属性写得不对；名称里不要写电话或长数字";
            errors.put_above(lang.t(zh, &format!("what is said of a batch cannot be so: {error}")));
            output.attributes.clone()
        });
        made.push(DraftOutput {
            batch: Some(output.batch.to_string()),
            stage: Some(output.stage),
            product: Some(output.product),
            attributes,
            amount: amount_said(fields, &format!("out-{i}"), shown.get(i), now.get(i)),
        });
    }
    made
}

/// What the two sides agreed: as the form says it, or unread as it stands where the office corrects.
async fn agreed(
    who: &SignedIn,
    version: &Version<'_>,
    fields: &Fields,
    errors: &mut FieldErrors,
    state: &AppState,
) -> Result<Option<Value>, PageRefusal> {
    if !version.side {
        return state.ledger.terms(version.view.row.id).await.or_refuse(who);
    }
    let now = Fields::of(terms::typed(&terms::of(version.view)));
    // A browser takes line breaks out of a field. What nobody changed stays as it is, also where no form could say it.
    let unbroken = |text: &str| text.replace(['\r', '\n'], "");
    if terms::FIELDS.iter().all(|name| unbroken(said(fields, name, now.text(name))) == unbroken(now.text(name))) {
        return state.ledger.terms(version.view.row.id).await.or_refuse(who);
    }
    let typed = terms::FIELDS.map(|name| (name, said(fields, name, now.text(name)).to_owned()));
    Ok(terms::read(&Fields::of(typed), errors, who.lang))
}

/// What a page's correction never changes: what it replaces, where that was, amounts of no batch, and the files that back it.
fn same(version: &Version<'_>, occurred_at: OccurredAt, details: &Value) -> Draft {
    let (view, record) = (version.view, &version.view.entry.record);
    let beside = |which| Some(view.amounts.as_ref()?.beside(which)?.typed().to_owned());
    Draft {
        area: beside(Beside::Area),
        contaminated: beside(Beside::Contaminated),
        holes: beside(Beside::Holes),
        wood: beside(Beside::Wood),
        site: record.site,
        supersedes: Some(view.row.id),
        evidence: record.evidence.clone(),
        ranges: view.amounts.as_ref().map(|amounts| amounts.ranges.clone()).unwrap_or_default(),
        ..blank(Kind::Correct, occurred_at, json!({"kind": version.states(), "details": details}))
    }
}

pub(super) async fn store(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let (view, acting) = record(&who, &id, false, &state).await?;
    let version = Version::of(&who, &view);
    let mut errors = FieldErrors::default();
    // What cannot be corrected is said before what is wrong with the form.
    form(&who, &acting, &view, &fields, &errors)?;
    let Some(mut draft) = correction(&who, &version, &fields, &mut errors, &state).await? else {
        return Ok(form(&who, &acting, &view, &fields, &errors)?.answer());
    };
    draft.actor = acting.actor();
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let words = who.lang.t(&refusal.zh, &refusal.en);
            match version.field_at(&refusal.place, &version.fields(who.lang)) {
                Some(field) => errors.put(field, words),
                None => errors.put_above(words),
            }
            Ok(form(&who, &acting, &view, &fields, &errors)?.answer())
        }
    }
}
