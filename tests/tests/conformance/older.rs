//! A ledger that was kept under an older schema: its rows are carried over, and nothing of it reads otherwise.

use trace_tests::engines::Database;
use trace_tests::household::{FIRST, World};
use trace_tests::raw;

use crate::opening::everything;
use crate::random_county::grow;

/// The schema before keys were indices, and the step from it.
struct Step {
    before: &'static [&'static str],
    step: &'static str,
}

macro_rules! step {
    ($engine:literal) => {
        Step {
            before: &[
                include_str!(concat!("../../../migrations/", $engine, "/V1__ledger.sql")),
                include_str!(concat!("../../../migrations/", $engine, "/V3__erasure.sql")),
                include_str!(concat!("../../../migrations/", $engine, "/V4__answers.sql")),
            ],
            step: include_str!(concat!("../../../migrations/", $engine, "/V6__entry_keys.sql")),
        }
    };
}

/// The tables that the step rebuilds, and the rows that they had before it.
const TABLES: [(&str, &str, &str); 6] = [
    ("openings", "record, grp, salt, value", "kept_openings"),
    ("sealed_openings", "record, grp, party, generation, sealed", "kept_sealed_openings"),
    ("findings", "record, position, level, rule, zh, en", "kept_findings"),
    ("records", "id, idx, states, actor, other_side, standing, held, live, doc", "kept_records"),
    ("edges", "record, position, batch, input_record, amount, uses, live, outputs", "kept_edges"),
    ("makes", "batch, record", "(SELECT batch, record FROM kept_makes JOIN entries USING (idx)) AS kept"),
];

impl Step {
    fn of(database: &Database) -> Self {
        match database {
            Database::Sqlite(_) => step!("sqlite"),
            Database::Postgres(_) => step!("postgres"),
        }
    }

    /// The statements that make a table and its indices as they were.
    fn table(&self, name: &str) -> String {
        let statements = self.before.iter().flat_map(|text| text.split(';'));
        let of_table = statements.filter(|statement| {
            statement.contains(&format!("CREATE TABLE {name} (")) || statement.contains(&format!(" ON {name} ("))
        });
        // Comments before a statement may hold half a sentence.
        of_table.fold(String::new(), |all, text| all + &text[text.find("CREATE ").unwrap_or(0)..] + ";")
    }
}

pub async fn keys_become_indices(database: Database) {
    let world = World::found(database.url()).await;
    grow(&world, 60, 2).await;
    // Nobody's name is in that county; the step carries sealed bytes over without opening them.
    let sealed = format!(
        "INSERT INTO sealed_openings (idx, grp, record, party, generation, sealed)
         SELECT idx, 'person', record, '{FIRST}', 0, leaf_hash FROM entries WHERE idx < 5"
    );
    raw::execute(&database, &sealed).await;
    let before = everything(&**world.store()).await;
    let counts = raw::counts(&database).await;
    drop(world);

    let step = Step::of(&database);
    for (name, columns, rows) in TABLES {
        assert!(counts[name] > 0, "{name} is empty, so that nothing is shown");
        let table = step.table(name);
        let keep = format!("CREATE TABLE kept_{name} AS SELECT * FROM {name}; DROP TABLE {name}; {table}");
        raw::execute(&database, &keep).await;
        raw::execute(&database, &format!("INSERT INTO {name} ({columns}) SELECT {columns} FROM {rows}")).await;
        raw::execute(&database, &format!("DROP TABLE kept_{name}")).await;
    }
    raw::execute(&database, step.step).await;

    assert_eq!(raw::counts(&database).await, counts);
    let world = World::open(database.url()).await;
    let after = everything(&**world.store()).await;
    for (what, text) in &before {
        assert!(text == &after[what], "{what} reads otherwise");
    }
    world.fresh(FIRST, "1kg").await;
}
