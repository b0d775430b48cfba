//! What is not in the log: users, sessions, tokens, files, scans, key checks.

use trace_core::code::IssueNumber;
use trace_core::id::RecordId;
use trace_core::tianma::PartyRole;
use trace_core::time::ReceivedAt;
use trace_server::store::{
    NewScan, OwnChange, PackageScans, ScanRow, SessionRow, StoreError, TokenRow, UploadRow, UserChange, UserRow,
};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, PROCESSOR};

fn at(ms: i64) -> ReceivedAt {
    ReceivedAt::from_unix_ms(1_795_000_000_000 + ms).unwrap()
}

fn user(login: &str) -> UserRow {
    UserRow {
        login: login.to_owned(),
        telephone_mac: Some(RecordId::of(login.as_bytes())),
        display_name: "王 '某' \"x\"".to_owned(),
        party: FIRST,
        role: PartyRole::Household,
        pin_hash: "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA".to_owned(),
        active: true,
    }
}

pub async fn users_sessions_and_tokens(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    assert_eq!(store.user("wang").await.unwrap(), None);
    let (wang, li) = (user("wang"), user("li"));
    store.put_user(&wang).await.unwrap();
    store.put_user(&li).await.unwrap();
    assert_eq!(store.user("wang").await.unwrap(), Some(wang.clone()));
    assert_eq!(store.user("Wang").await.unwrap(), None);
    let changed = UserRow { party: PROCESSOR, role: PartyRole::Processor, telephone_mac: None, active: false, ..wang };
    store.put_user(&changed).await.unwrap();
    assert_eq!(store.users().await.unwrap(), [li.clone(), changed]);

    let session = |name: &[u8], ends: i64| SessionRow {
        digest: RecordId::of(name),
        login: "li".to_owned(),
        csrf: "c".to_owned(),
        expires_at: at(ends),
    };
    let (old, new, other) = (session(b"old", 10), session(b"new", 1000), session(b"other", 1000));
    for one in [&old, &new, &other] {
        assert!(store.open_session(one, &li.pin_hash).await.unwrap());
    }
    assert_eq!(store.session(old.digest).await.unwrap(), Some(old.clone()), "expired ones are shown too");
    store.end_session(new.digest, at(500)).await.unwrap();
    assert_eq!(store.session(new.digest).await.unwrap(), None, "ended");
    assert_eq!(store.session(old.digest).await.unwrap(), None, "expired before now");
    assert_eq!(store.session(other.digest).await.unwrap(), Some(other));

    let token = TokenRow {
        digest: RecordId::of(b"token"),
        party: PROCESSOR,
        role: PartyRole::Processor,
        label: "scale in hall 2".to_owned(),
        expires_at: Some(at(99)),
    };
    store.put_token(&token).await.unwrap();
    assert_eq!(store.token(token.digest).await.unwrap(), Some(token.clone()));
    let forever = TokenRow { expires_at: None, ..token };
    store.put_token(&forever).await.unwrap();
    assert_eq!(store.token(forever.digest).await.unwrap(), Some(forever));
    assert_eq!(store.token(RecordId::of(b"guess")).await.unwrap(), None);
}

pub async fn one_thing_of_a_user_is_changed(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    let (wang, li) = (user("wang"), user("li"));
    for one in [&wang, &li] {
        store.put_user(one).await.unwrap();
    }
    let digest = |name: &str| RecordId::of(name.as_bytes());
    let sign_in = async |name: &str, login: &str| {
        let row =
            SessionRow { digest: digest(name), login: login.to_owned(), csrf: "c".to_owned(), expires_at: at(1000) };
        let hash = store.user(login).await.unwrap().unwrap().pin_hash;
        store.open_session(&row, &hash).await.unwrap()
    };
    let open = async |name: &str| store.session(digest(name)).await.unwrap().is_some();
    assert!(sign_in("phone", "wang").await && sign_in("computer", "wang").await && sign_in("neighbour", "li").await);

    let mac = Some(RecordId::of(b"another number"));
    assert!(store.change_user("wang", &UserChange::Telephone(mac)).await.unwrap());
    let wang = UserRow { telephone_mac: mac, ..wang };
    assert_eq!(store.user("wang").await.unwrap(), Some(wang.clone()));
    assert!(open("phone").await && open("computer").await, "a number ends no session");
    store.change_user("wang", &UserChange::Telephone(li.telephone_mac)).await.unwrap_err();
    assert_eq!(store.user("wang").await.unwrap(), Some(wang.clone()), "a number is one person's");

    let own = |proved: &str| {
        let own = OwnChange { session: digest("phone"), proved: proved.to_owned() };
        UserChange::Pin { hash: "own".to_owned(), own: Some(own) }
    };
    assert!(!store.change_user("wang", &own("another")).await.unwrap(), "what was proved is no PIN any more");
    assert_eq!(store.user("wang").await.unwrap(), Some(wang.clone()));
    assert!(open("phone").await && open("computer").await);
    let own = own(&wang.pin_hash);
    assert!(store.change_user("wang", &own).await.unwrap());
    let wang = UserRow { pin_hash: "own".to_owned(), ..wang };
    assert_eq!(store.user("wang").await.unwrap(), Some(wang.clone()));
    assert!(open("phone").await && !open("computer").await, "all sessions but one have ended");
    let given = UserChange::Pin { hash: "given".to_owned(), own: None };
    assert!(store.change_user("wang", &given).await.unwrap());
    assert!(!open("phone").await);

    for active in [false, true] {
        assert_eq!(sign_in("late", "wang").await, !active, "nobody comes in while it is closed");
        assert!(store.change_user("wang", &UserChange::Active(active)).await.unwrap());
        assert!(!open("late").await, "{active}");
        let now = UserRow { pin_hash: "given".to_owned(), active, ..wang.clone() };
        assert_eq!(store.user("wang").await.unwrap(), Some(now));
    }
    assert!(store.change_user("wang", &UserChange::Telephone(None)).await.unwrap());
    assert_eq!(store.user("wang").await.unwrap().unwrap().telephone_mac, None);
    for nobody in ["nobody", "", "wa\0ng"] {
        assert!(!store.change_user(nobody, &UserChange::Active(false)).await.unwrap(), "{nobody:?}");
    }
    assert_eq!(store.user("li").await.unwrap(), Some(li), "nothing of anybody else");
    assert!(open("neighbour").await);
}

/// Checking a PIN is slow on purpose; whatever happens to it meanwhile, no session outlives it.
pub async fn a_session_needs_the_pin_that_was_proved(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    store.put_user(&user("wang")).await.unwrap();
    let session = |name: String| SessionRow {
        digest: RecordId::of(name.as_bytes()),
        login: "wang".to_owned(),
        csrf: "c".to_owned(),
        expires_at: at(1000),
    };
    let pin = |number: u32| UserChange::Pin { hash: format!("hash {number}"), own: None };
    store.change_user("wang", &pin(0)).await.unwrap();
    for (name, hash) in [("old", "hash 9"), ("empty", "")] {
        let row = session(name.to_owned());
        assert!(!store.open_session(&row, hash).await.unwrap(), "{name}");
        assert_eq!(store.session(row.digest).await.unwrap(), None);
    }
    let nobody = SessionRow { login: "nobody".to_owned(), ..session("nobody".to_owned()) };
    assert!(!store.open_session(&nobody, "hash 0").await.unwrap());
    // Both at once, many times, in either order.
    for number in 0..60 {
        let (row, proved) = (session(format!("round {number}")), format!("hash {number}"));
        let opening = store.open_session(&row, &proved);
        let next = pin(number + 1);
        let changing = store.change_user("wang", &next);
        let (opened, changed) =
            if number % 2 == 0 { tokio::join!(opening, changing) } else { swapped(tokio::join!(changing, opening)) };
        assert!(changed.unwrap());
        opened.unwrap();
        assert_eq!(store.session(row.digest).await.unwrap(), None, "round {number}: it outlives its PIN");
    }
}

fn swapped<A, B>((one, other): (A, B)) -> (B, A) {
    (other, one)
}

pub async fn tokens_are_listed_and_withdrawn(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    assert_eq!(store.tokens().await.unwrap(), []);
    let token = |secret: &str, ends: Option<i64>| TokenRow {
        digest: RecordId::of(secret.as_bytes()),
        party: PROCESSOR,
        role: PartyRole::Processor,
        label: "scale".to_owned(),
        expires_at: ends.map(at),
    };
    let mut rows = [token("a", None), token("b", Some(7)), token("c", None)];
    for row in &rows {
        store.put_token(row).await.unwrap();
    }
    rows.sort_by_key(|row| row.digest.to_string());
    assert_eq!(store.tokens().await.unwrap(), rows);
    assert!(store.withdraw_token(rows[1].digest).await.unwrap());
    assert!(!store.withdraw_token(rows[1].digest).await.unwrap(), "it is gone already");
    assert_eq!(store.token(rows[1].digest).await.unwrap(), None);
    assert_eq!(store.tokens().await.unwrap(), [rows[0].clone(), rows[2].clone()]);
}

pub async fn evidence_is_kept(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    let digest = RecordId::of(&bytes);
    assert_eq!(store.evidence(digest).await.unwrap(), None);
    for _ in 0..2 {
        store.put_evidence(digest, "image/jpeg", &bytes, FIRST).await.unwrap();
    }
    assert_eq!(store.evidence(digest).await.unwrap(), Some(("image/jpeg".to_owned(), bytes.clone())));
    let empty = RecordId::of(b"");
    store.put_evidence(empty, "image/png", b"", PROCESSOR).await.unwrap();
    assert_eq!(store.evidence(empty).await.unwrap(), Some(("image/png".to_owned(), Vec::new())));

    let upload = UploadRow { sha256: digest, media_type: "image/jpeg".to_owned(), bytes_count: 300_000 };
    let wanted = [digest, empty, RecordId::of(b"never kept"), digest];
    let mut own = store.uploads(FIRST, &wanted).await.unwrap();
    own.dedup();
    assert_eq!(own, std::slice::from_ref(&upload));
    let other = store.uploads(PROCESSOR, &wanted).await.unwrap();
    assert_eq!(other, [UploadRow { sha256: empty, media_type: "image/png".to_owned(), bytes_count: 0 }]);
    store.put_evidence(digest, "image/jpeg", &bytes, PROCESSOR).await.unwrap();
    assert_eq!(store.uploads(PROCESSOR, &[digest]).await.unwrap(), [upload], "the same bytes, of two parties");
    assert_eq!(store.uploads(FIRST, &[]).await.unwrap(), []);
}

pub async fn scans_are_counted(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    let issue = IssueNumber::new(3).unwrap();
    let scan = |index: u8, ms: i64, counts: bool| NewScan {
        issue,
        index: index.into(),
        at: at(ms),
        device: [index; 8],
        counts,
        region: index.is_multiple_of(2).then(|| "CN-YN".parse().unwrap()),
    };
    let row = |index: u8, ms: i64, counts: bool| {
        let NewScan { at, device, counts, region, .. } = scan(index, ms, counts);
        ScanRow { at, device, counts, region }
    };
    let none_before = PackageScans::default();
    let before = |count: u64, first: i64, newest: &[ScanRow]| PackageScans {
        count,
        first_at: Some(at(first)),
        newest: newest.to_vec(),
    };
    assert!(store.put_scans(&[]).await.unwrap().is_empty());
    // Two packages in one call; scans that do not count are kept, but are never the first.
    let answers = store
        .put_scans(&[scan(5, 1, false), scan(5, 2, true), scan(6, 3, true), scan(5, 4, false), scan(5, 5, true)])
        .await
        .unwrap();
    assert_eq!(answers[..3], [none_before.clone(), none_before.clone(), none_before.clone()]);
    let five = [row(5, 5, true), row(5, 4, false), row(5, 2, true), row(5, 1, false)];
    assert_eq!(answers[3], before(1, 2, &[]), "a robot needs no more than the number");
    assert_eq!(answers[4], before(1, 2, &five));
    let answers = store.put_scans(&[scan(5, 6, true), scan(7, 7, false), scan(6, 7, true)]).await.unwrap();
    assert_eq!(answers[0], before(2, 2, &[&[row(5, 6, true)], &five[..]].concat()));
    assert_eq!(answers[1..], [none_before, before(1, 3, &[row(6, 7, true), row(6, 3, true)])]);
    assert_eq!(store.put_scans(&[scan(5, 8, true)]).await.unwrap()[0].count, 3);
    let newest = store.scans(issue, 5, 2).await.unwrap();
    assert_eq!(newest, [row(5, 8, true), row(5, 6, true)]);
    assert_eq!(store.scans(issue, 5, 100).await.unwrap().len(), 6);
    let placed = store.scans(issue, 6, 1).await.unwrap();
    assert_eq!(placed[0].region, Some("CN-YN".parse().unwrap()));
    assert!(store.scans(IssueNumber::new(4).unwrap(), 5, 100).await.unwrap().is_empty());
    // Many at once on one code: every one sees another number of scans before it.
    let mut set = tokio::task::JoinSet::new();
    for n in 0..32 {
        let (store, one) = (std::sync::Arc::clone(&store), scan(9, 100 + n, true));
        set.spawn(async move { store.put_scans(&[one]).await.unwrap()[0].count });
    }
    let mut counts = set.join_all().await;
    counts.sort_unstable();
    assert_eq!(counts, (0..32).collect::<Vec<u64>>());
    // A few come along, many do not.
    let few = PackageScans::FEW;
    for (count, newest) in [(few, few + 1), (few + 1, 0)] {
        let one = NewScan { index: 1_000, ..scan(8, 300, true) };
        let earlier = store.scans(issue, 1_000, u32::MAX).await.unwrap().len() as u64;
        for _ in earlier..count {
            store.put_scans(std::slice::from_ref(&one)).await.unwrap();
        }
        let answer = &store.put_scans(&[one]).await.unwrap()[0];
        assert_eq!((answer.count, answer.newest.len() as u64), (count, newest));
    }
    drop(store);
    let store = trace_server::store::open(database.url()).await.unwrap();
    let before = store.put_scans(&[scan(9, 500, true)]).await.unwrap();
    assert_eq!(before[0].count, 32, "scans were durable");
}

pub async fn key_checks_hold(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    assert!(store.key_checks().await.unwrap().is_empty());
    store.put_key_check(2, "b").await.unwrap();
    store.put_key_check(1, "a").await.unwrap();
    store.put_key_check(2, "b").await.unwrap();
    let error = store.put_key_check(2, "other").await.unwrap_err();
    assert!(matches!(&error, StoreError::Unfit(words) if words.contains('2')), "{error}");
    let checks = store.key_checks().await.unwrap();
    assert_eq!(checks.into_iter().collect::<Vec<_>>(), [(1, "a".to_owned()), (2, "b".to_owned())]);
}
