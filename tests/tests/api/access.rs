//! Who may: tokens, their end, other parties' records, and what each sees.

use serde_json::json;
use trace_core::id::PartyId;
use trace_core::tianma::PartyRole;
use trace_core::time::ReceivedAt;
use trace_server::http::access::{new_token, secret_digest};
use trace_server::store::{SessionRow, TokenRow, UserRow};
use trace_tests::drafting::Drafting as _;
use trace_tests::engines::Database;
use trace_tests::household::{
    COOP, FIRST, FIRST_PLOT, NOW_MS, OFFICE, PROCESSOR, RIVAL, SECOND, harvest, loss, receive,
};

use crate::face::{Face, problem};

/// No token, an unknown one and a malformed one are 401 with a challenge (RFC 6750 section 3).
pub async fn tokens_open_their_party_alone(database: Database) {
    let face = Face::open(database).await;
    let url = format!("{}/api/v1/records", face.base);
    let response = face.client.get(&url).send().await.unwrap();
    assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"tianma-trace\"");
    problem(response, 401, "token_missing", "").await;
    let (stranger, _) = new_token().unwrap();
    for value in [format!("Bearer {stranger}"), "Bearer tt_".to_owned(), "Bearer x".to_owned(), "Basic dHQ6".to_owned()]
    {
        let response = face.client.get(&url).header("authorization", &value).send().await.unwrap();
        assert!(response.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"), "{value}");
        problem(response, 401, "token_unknown", "").await;
    }
    let fresh = face.world.fresh(PROCESSOR, "10kg").await;
    let size = face.size().await;
    let body = face.body(loss(fresh, "1kg")).to_string();
    let post = face.client.post(&url).header("content-type", "application/json").body(body);
    problem(post.send().await.unwrap(), 401, "token_missing", "").await;
    assert_eq!(face.size().await, size);
}

/// An expired token is told apart from an unknown one.
pub async fn a_token_that_ended_says_so(database: Database) {
    let face = Face::open(database).await;
    let (token, digest) = new_token().unwrap();
    let expires_at = Some(ReceivedAt::from_unix_ms(NOW_MS + 1000).unwrap());
    let row = TokenRow { digest, party: FIRST, role: PartyRole::Household, label: String::new(), expires_at };
    face.world.store().put_token(&row).await.unwrap();
    let get = || face.client.get(format!("{}/api/v1/sites", face.base)).bearer_auth(&token).send();
    assert_eq!(get().await.unwrap().status(), 200);
    face.world.pass_ms(1000);
    let response = get().await.unwrap();
    assert!(response.headers()["www-authenticate"].to_str().unwrap().contains("expired"));
    problem(response, 401, "token_expired", "").await;
}

/// A party writes its own facts, and those of others by their grant alone.
pub async fn a_party_acts_for_itself_or_by_grant(database: Database) {
    let face = Face::open(database).await;
    let planting = face.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let for_first = |amount: &str| face.body(harvest(planting, amount, false).of(FIRST));
    face.refused(SECOND, &for_first("10kg"), 403, "no_grant", "/entered_by").await;
    face.refused(PROCESSOR, &for_first("10kg"), 403, "no_grant", "/entered_by").await;
    let own = face.body(harvest(planting, "10kg", false));
    face.refused(SECOND, &own, 403, "foreign_batch", "/inputs/0/batch").await;
    let answer = face.append(COOP, &for_first("10kg")).await;
    assert_eq!(answer["record"]["entered_by"], json!(COOP));
    assert_eq!(answer["record"]["actor"], json!(FIRST));
    let stranger = PartyId::from_random([77; 10]);
    let response = face.post(COOP, &face.body(harvest(planting, "10kg", false).of(stranger))).await;
    assert!(response.status().is_client_error());
}

/// Owner, other side and office read amounts; everybody else reads the public part.
pub async fn amounts_are_for_those_who_may_see_them(database: Database) {
    let face = Face::open(database).await;
    let planting = face.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let fresh = face.world.harvest(FIRST, planting, "321kg").await;
    let bought = face.append(PROCESSOR, &face.body(receive(fresh, "123kg"))).await;
    let record = format!("/api/v1/records/{}", bought["id"].as_str().unwrap());
    let batch = format!("/api/v1/batches/{fresh}");
    let trace = format!("/api/v1/batches/{fresh}/trace?direction=forward");
    let plot = format!("/api/v1/sites/{FIRST_PLOT}");
    for (party, record_open, batch_open) in [
        (FIRST, true, true),
        (PROCESSOR, true, false),
        (OFFICE, true, true),
        (RIVAL, false, false),
        (COOP, false, false),
    ] {
        let read = face.json(party, &record).await;
        assert_eq!(read.get("amounts").is_some(), record_open, "{party} {read}");
        assert_eq!(read["standing"], "unconfirmed");
        let read = face.json(party, &batch).await;
        assert_eq!(read.get("amounts").is_some(), batch_open, "{party} {read}");
        if batch_open {
            assert_eq!(read["amounts"]["remaining"], 198_000_000);
            assert_eq!(read["amounts"]["unit"], "mg");
        }
        let text = face.json(party, &trace).await.to_string();
        assert_eq!(text.contains("123000000"), record_open, "{party} {text}");
        assert_eq!(text.contains("321000000"), batch_open, "{party} {text}");
        let read = face.json(party, &plot).await;
        assert_eq!(read.get("area_cm2").is_some(), batch_open, "{party} {read}");
    }
}

/// A session's cookie reads what a page shows, but the API takes tokens only: forms have their CSRF token, it has none.
pub async fn a_session_opens_no_writing(database: Database) {
    let face = Face::open(database).await;
    let store = face.world.store();
    let user = UserRow {
        login: "wang".to_owned(),
        telephone_mac: None,
        display_name: "王".to_owned(),
        party: PROCESSOR,
        role: PartyRole::Processor,
        pin_hash: String::new(),
        active: true,
    };
    store.put_user(&user).await.unwrap();
    let session = SessionRow {
        digest: secret_digest("secret"),
        login: user.login.clone(),
        csrf: "c".to_owned(),
        expires_at: ReceivedAt::from_unix_ms(NOW_MS + 1000).unwrap(),
    };
    assert!(store.open_session(&session, &user.pin_hash).await.unwrap());
    let fresh = face.world.fresh(PROCESSOR, "10kg").await;
    let size = face.size().await;
    let post = face.client.post(format!("{}/api/v1/records", face.base)).header("cookie", "__Host-session=secret");
    let post = post.header("content-type", "application/json").body(face.body(loss(fresh, "1kg")).to_string());
    problem(post.send().await.unwrap(), 401, "token_missing", "").await;
    assert_eq!(face.size().await, size);
}
