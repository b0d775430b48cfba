//! Who may sign in, by name or by telephone.

use trace_tests::engines::Database;

use crate::house::{House, PIN};

pub async fn people_sign_in_by_telephone(database: Database) {
    let house = House::open(database).await;
    house.add("Boss", "+86 138-0013-8000").await;
    for name in ["13800138000", "138 0013 8000", "0086-13800138000", "boss"] {
        assert_eq!(house.sign_in(name, PIN).await.1, 303, "{name}");
    }
    assert_eq!(house.sign_in("13800138001", PIN).await.1, 422);

    // A number is one person's.
    let office = house.office.to_string();
    let second = ["user", "add", "second", "--party", &office, "--pin", PIN, "--telephone"];
    let taken = house.refuses(&[&second[..], &["138 00138000"]].concat()).await;
    assert!(taken.contains("another log-in has this telephone number"), "{taken}");
    let wrong = house.refuses(&[&second[..], &["12345"]].concat()).await;
    assert!(wrong.contains("7 to 15 digits"), "{wrong}");
    house.add("second", "13900139000").await;
    let taken = house.refuses(&["user", "set", "second", "--telephone", "13800138000"]).await;
    assert!(taken.contains("another log-in has this telephone number"), "{taken}");

    // A number is entered again, and taken away; nobody is signed out by that.
    let (browser, _) = house.sign_in("13900139000", PIN).await;
    house.says(&["user", "set", "second", "--telephone", "137-0013-7000"]).await;
    assert_eq!(house.sign_in("13900139000", PIN).await.1, 422);
    assert_eq!(house.sign_in("13700137000", PIN).await.1, 303);
    house.says(&["user", "set", "second", "--telephone", ""]).await;
    assert_eq!(house.sign_in("13700137000", PIN).await.1, 422);
    assert_eq!(house.home(&browser).await, 200);
    let unknown = house.refuses(&["user", "set", "nobody", "--telephone", "13600136000"]).await;
    assert!(unknown.contains("no log-in 'nobody'"), "{unknown}");

    // Adding the log-in again, for another PIN, keeps the number and ends what was open.
    let (browser, _) = house.sign_in("boss", PIN).await;
    house.says(&["user", "add", "boss", "--party", &office, "--pin", "271828"]).await;
    assert_eq!(house.home(&browser).await, 303);
    assert_eq!(house.sign_in("13800138000", "271828").await.1, 303);
}

pub async fn log_ins_are_closed_and_given_pins(database: Database) {
    let house = House::open(database).await;
    house.add("boss", "13800138000").await;
    house.says(&["user", "add", "clerk", "--party", &house.office.to_string(), "--pin", PIN]).await;
    let listed = |state: &str| {
        let office = house.office;
        format!("boss\t{office}\toffice\t{state}\ttelephone\nclerk\t{office}\toffice\topen\t-\n")
    };
    assert_eq!(house.says(&["user", "list"]).await, listed("open"));

    let (browser, _) = house.sign_in("boss", PIN).await;
    let (clerk, _) = house.sign_in("clerk", PIN).await;
    house.says(&["user", "disable", "BOSS"]).await;
    assert_eq!((house.home(&browser).await, house.home(&clerk).await), (303, 200));
    assert_eq!(house.sign_in("boss", PIN).await.1, 422);
    assert_eq!(house.says(&["user", "list"]).await, listed("closed"));
    house.says(&["user", "enable", "boss"]).await;
    assert_eq!(house.home(&browser).await, 303, "the session does not live again");
    let (browser, status) = house.sign_in("boss", PIN).await;
    assert_eq!(status, 303);

    let pin = house.says(&["user", "pin", "boss"]).await;
    assert!(pin.len() == 7 && pin.trim().bytes().all(|b| b.is_ascii_digit()), "{pin}");
    assert_eq!((house.home(&browser).await, house.home(&clerk).await), (303, 200));
    assert_eq!(house.sign_in("boss", PIN).await.1, 422);
    assert_eq!(house.sign_in("boss", pin.trim()).await.1, 303);
    // Who did what is written down, and no PIN.
    for (command, change) in [("pin", "given_pin"), ("disable", "closed"), ("enable", "opened")] {
        let noted = house.notes(&["user", command, "boss"]).await;
        let line = noted.lines().find(|line| line.contains("accounts")).unwrap_or_else(|| panic!("{noted}"));
        assert!(line.contains(change) && line.contains("boss") && line.contains("the command line"), "{line}");
    }
    // What `/app/pin` refuses is refused here, too.
    let office = house.office.to_string();
    for (weak, words) in
        [("111111", "too easy"), ("654321", "too easy"), ("12345", "6 to 12 digits"), ("letter", "digits")]
    {
        let refused = house.refuses(&["user", "add", "weak", "--party", &office, "--pin", weak]).await;
        assert!(refused.contains(words), "{refused}");
    }
    assert!(!house.says(&["user", "list"]).await.contains("weak"));
    for command in ["disable", "enable", "pin"] {
        let unknown = house.refuses(&["user", command, "nobody"]).await;
        assert!(unknown.contains("no log-in 'nobody'"), "{unknown}");
    }
}
