//! Tokens of the API.

use trace_tests::engines::Database;

use crate::house::House;

pub async fn tokens_are_listed_and_withdrawn(database: Database) {
    let house = House::open(database).await;
    let office = house.office.to_string();
    let new = async |label: &str| house.says(&["token", "new", "--party", &office, "--label", label]).await;
    let (scale, first, second) = (new("scale in hall 2").await, new("till").await, new("till").await);
    let listed = house.says(&["token", "list"]).await;
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(!listed.contains("tt_"), "{listed}");
    assert_eq!(house.call(&scale).await.status(), 200);

    let gone = house.says(&["token", "withdraw", "scale in hall 2"]).await;
    assert!(gone.contains("scale in hall 2"), "{gone}");
    let refused = house.call(&scale).await;
    assert_eq!(refused.status(), 401);
    let problem: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(problem["type"], "/problems/token_unknown");

    let several = house.refuses(&["token", "withdraw", "till"]).await;
    assert!(several.contains("how its digest begins") && several.matches("\ttill").count() == 2, "{several}");
    let digest = trace_server::http::access::secret_digest(first.trim()).to_string();
    house.refuses(&["token", "withdraw", &digest[..7]]).await;
    house.says(&["token", "withdraw", &digest[..12]]).await;
    assert_eq!(house.call(&first).await.status(), 401);
    assert_eq!(house.call(&second).await.status(), 200);
    let none = house.refuses(&["token", "withdraw", "scale in hall 2"]).await;
    assert!(none.contains("no token is for"), "{none}");
}
