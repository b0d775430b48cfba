//! The office's list of codes that look copied.

use trace_core::code::IssueNumber;
use trace_core::time::ReceivedAt;
use trace_server::store::NewSuspicion;
use trace_tests::engines::Database;
use trace_tests::household::{NOW_MS, OFFICE, PROCESSOR, made};

use crate::desk::Desk;

pub async fn the_office_looks_at_what_was_found(database: Database) {
    let desk = Desk::open(database).await;
    let world = &desk.world;
    desk.get(OFFICE, "/app/suspicions").await.says(200, "Nothing new.");
    let dried = {
        let fresh = world.fresh(PROCESSOR, "100kg").await;
        made(&world.dry(PROCESSOR, fresh, "100kg", "25kg").await)
    };
    let sale = world.pack(PROCESSOR, dried, "10kg").await;
    let issue = world.issue_codes(PROCESSOR, sale, 40).await;
    let found = |issue, index, ms: i64, facts: &str| NewSuspicion {
        issue,
        index,
        rule: facts.split('"').nth(3).unwrap().to_owned(),
        at: ReceivedAt::from_unix_ms(NOW_MS - 1_000 + ms).unwrap(),
        facts: facts.to_owned(),
    };
    let speed = r#"{"rule":"speed","from":"CN-YN","to":"CN-HL","km":3159,"minutes":20}"#;
    let never = r#"{"rule":"never_issued","key":1}"#;
    let run = r#"{"rule":"run_of_not_activated","from":30,"to":39,"codes":5,"hours":24}"#;
    let unknown = r#"{"rule":"of_a_later_program","what":"x"}"#;
    let rows = [
        found(issue, 2, 1, speed),
        found(IssueNumber::new(77).unwrap(), 3, 2, never),
        found(issue, 0, 3, run),
        found(issue, 1, 4, unknown),
    ];
    world.store().put_suspicions(&rows).await.unwrap();
    // The start page says how many wait, and the way is there.
    let home = desk.get(OFFICE, "/app").await;
    home.says(200, "href=\"/app/suspicions\"").says(200, "<b class=\"count\">4</b>");
    let page = desk.get(OFFICE, "/app/suspicions").await;
    page.says(200, "opened in Yunnan, and within 20 minutes in Heilongjiang, some 3159 km away")
        .says(200, &format!("/app/batches/{sale}"))
        .says(200, &format!("/app/office?owner={PROCESSOR}"))
        .says(200, "5 codes that are not activated were opened between numbers 31 and 40")
        .says(200, "Version 1 of this system")
        .says(200, "of_a_later_program");
    let order: Vec<usize> = ["of_a_later", "run_of", "never_issued", "speed"]
        .iter()
        .map(|rule| page.body.find(&format!("data-rule=\"{rule}")).unwrap())
        .collect();
    assert!(order.is_sorted(), "newest first");
    desk.get_zh(OFFICE, "/app/suspicions")
        .await
        .says(200, "20 分钟之内又在约 3159 公里外的黑龙江")
        .says(200, "请立即更换密钥");
    // Looked at, pressed twice; the others wait.
    let fields = [("issue", issue.to_string()), ("index", "2".to_owned()), ("rule", "speed".to_owned())];
    for _ in 0..2 {
        let done = desk.post(OFFICE, "/app/suspicions", &fields).await;
        assert_eq!((done.status, &*done.location), (303, "/app/suspicions?note=looked_at"));
    }
    assert!(!desk.get(OFFICE, "/app/suspicions").await.body.contains("some 3159 km"));
    desk.get(OFFICE, "/app").await.says(200, "<b class=\"count\">3</b>");
    let looked = desk.get(OFFICE, "/app/suspicions?settled=1").await;
    looked.says(200, "some 3159 km");
    assert!(!looked.body.contains("found again since"));
    world.store().put_suspicions(&[found(issue, 2, 60_000, speed)]).await.unwrap();
    desk.get(OFFICE, "/app/suspicions?settled=1").await.says(200, "found again since");
    desk.get(OFFICE, "/app").await.says(200, "<b class=\"count\">3</b>");
    let fields = [("issue", "x".to_owned()), ("index", "2".to_owned()), ("rule", "speed".to_owned())];
    desk.post(OFFICE, "/app/suspicions", &fields).await.says(400, "is no code issue and index; go back to the list");
}
