//! Every row of every table of a database as text, read by SQL of this file's own: what the copying code does not see
//! it cannot hide.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use tokio_postgres::SimpleQueryMessage;
use trace_tests::engines::Database;

/// Rows by table, sorted; a row is its cells in the order of the columns' names.
pub type Dump = BTreeMap<String, Vec<Vec<Option<String>>>>;

/// Everything in a database, without the migrations' history.
pub async fn dump(database: &Database) -> Dump {
    match database {
        Database::Sqlite(fresh) => of_file(fresh.path()),
        Database::Postgres(fresh) => of_postgres(&fresh.connect().await).await,
    }
}

/// Everything in a SQLite file but what makes it a backup.
pub fn of_file(path: &Path) -> Dump {
    let connection = Connection::open(path).unwrap();
    let names = texts(&connection, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
    let ours = |name: &String| !name.starts_with("backup_") && name != "refinery_schema_history";
    names.into_iter().filter(ours).map(|table| (table.clone(), rows(&connection, &table))).collect()
}

fn texts(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn rows(connection: &Connection, table: &str) -> Vec<Vec<Option<String>>> {
    let columns = texts(connection, &format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name"));
    let mut statement = connection.prepare(&format!("SELECT {} FROM {table}", columns.join(", "))).unwrap();
    let mut found = statement.query([]).unwrap();
    let mut rows = Vec::new();
    while let Some(row) = found.next().unwrap() {
        let cell = |at: usize| match row.get_ref(at).unwrap() {
            ValueRef::Null => None,
            ValueRef::Integer(number) => Some(number.to_string()),
            ValueRef::Text(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
            ValueRef::Blob(bytes) => Some(format!("\\x{}", hex::encode(bytes))),
            ValueRef::Real(number) => panic!("{table} holds the fraction {number}"),
        };
        rows.push((0..columns.len()).map(cell).collect());
    }
    rows.sort();
    rows
}

async fn of_postgres(client: &tokio_postgres::Client) -> Dump {
    let columns = client
        .query(
            "SELECT table_name::text, column_name::text, data_type = 'boolean' FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name <> 'refinery_schema_history'
             ORDER BY 1, column_name::text COLLATE \"C\"",
            &[],
        )
        .await
        .unwrap();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in columns {
        let (table, column, boolean): (String, String, bool) = (row.get(0), row.get(1), row.get(2));
        tables.entry(table).or_default().push(if boolean { format!("{column}::int") } else { column });
    }
    let mut dump = Dump::new();
    for (table, columns) in tables {
        let messages = client.simple_query(&format!("SELECT {} FROM {table}", columns.join(", "))).await.unwrap();
        let mut rows = Vec::new();
        for message in messages {
            let SimpleQueryMessage::Row(row) = message else { continue };
            rows.push((0..columns.len()).map(|at| row.get(at).map(str::to_owned)).collect::<Vec<_>>());
        }
        rows.sort();
        dump.insert(table, rows);
    }
    dump
}

/// Fails unless both are the same, and names the first table that is not.
pub fn same(one: &Dump, other: &Dump) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "other tables");
    for (table, rows) in one {
        assert_eq!(rows.len(), other[table].len(), "rows of {table}");
        for (row, copy) in rows.iter().zip(&other[table]) {
            assert!(row == copy, "table {table}: {row:?}\n became {copy:?}");
        }
    }
}
