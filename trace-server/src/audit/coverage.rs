//! Which tables and columns an audit reads, and which it cannot check and why.
//!
//! A test holds that every table of the schema is in one of the lists: what is not checked is said, never left out.

use serde::Serialize;

use crate::store::snapshot::TableShape;

/// The log's entries, and what stands beside them.
pub static ENTRIES: TableShape =
    TableShape { name: "entries", key: 1, columns: &["idx", "record", "entry", "leaf_hash", "received_at"] };
/// The log's right edge.
pub static HEAD: TableShape =
    TableShape { name: "head", key: 1, columns: &["id", "size", "frontier", "last_received_at"] };
/// Roots of full tiles.
pub static LOG_HASHES: TableShape = TableShape { name: "log_hashes", key: 2, columns: &["level", "idx", "hash"] };
/// Signed heads.
pub static CHECKPOINTS: TableShape =
    TableShape { name: "checkpoints", key: 1, columns: &["size", "note", "signed_at", "published"] };
/// Answered requests.
pub static REQUESTS: TableShape =
    TableShape { name: "requests", key: 2, columns: &["submitter", "uid", "digest", "records"] };
/// Opened values. They are read beside their entries, by index; people know them by the record.
pub static OPENINGS: TableShape = TableShape { name: "openings", key: 2, columns: &["record", "grp", "salt", "value"] };
/// Findings, likewise.
pub static FINDINGS: TableShape =
    TableShape { name: "findings", key: 2, columns: &["record", "position", "level", "rule"] };
/// Rules tables.
pub static RULES_TABLES: TableShape = TableShape { name: "rules_tables", key: 1, columns: &["digest", "body"] };
/// Files that back records.
pub static EVIDENCE: TableShape = TableShape { name: "evidence", key: 1, columns: &["sha256", "media_type", "bytes"] };

/// Tables whose rows follow from the log and hold the whole row as JSON in their last column. Their cells are those of
/// [`projected_cells`](crate::store::projected_cells); records are read in the order of the log.
pub static DOCUMENTS: [TableShape; 8] = [
    TableShape { name: "ledger", key: 1, columns: &["id", "doc"] },
    TableShape { name: "parties", key: 1, columns: &["id", "role", "village", "doc"] },
    TableShape { name: "sites", key: 1, columns: &["id", "party", "doc"] },
    TableShape { name: "grants", key: 1, columns: &["id", "from_party", "to_party", "doc"] },
    TableShape { name: "signing_keys", key: 1, columns: &["key", "party", "doc"] },
    TableShape { name: "issues", key: 1, columns: &["number", "batch", "party", "doc"] },
    TableShape {
        name: "batches",
        key: 1,
        columns: &["code", "owner", "stage", "site", "occurred_on", "held", "recalled", "doc"],
    },
    TableShape {
        name: "records",
        key: 1,
        columns: &["idx", "id", "states", "actor", "other_side", "standing", "held", "live", "doc"],
    },
];
/// Inputs of records; they follow from the log too.
pub static EDGES: TableShape = TableShape {
    name: "edges",
    key: 2,
    columns: &["idx", "position", "record", "batch", "input_record", "amount", "uses", "live", "outputs"],
};
/// Outputs of records, likewise.
pub static MAKES: TableShape = TableShape { name: "makes", key: 2, columns: &["batch", "idx"] };

/// Something that an audit cannot check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCovered {
    /// A table, or columns of one.
    pub what: String,
    /// Why not.
    pub why: &'static str,
}

/// What no audit of a database can check, because nothing in the log speaks of it.
const NOT_IN_THE_LOG: [(&str, &str); 14] = [
    ("users", "log-ins are not in the log"),
    ("sessions", "sessions are not in the log"),
    ("tokens", "tokens are not in the log"),
    ("scans", "scans are not in the log"),
    ("suspicions", "what rules found in scans; scans are not in the log"),
    ("packages", "counts of scans are not in the log"),
    ("key_checks", "can be checked with the code keys alone; the server does so at its start"),
    ("sealed_openings", "sealed under the parties' keys, which are in the key store; an audit does not open it"),
    ("key_store", "a random name; the server compares it with the key store at its start"),
    ("signing_place", "a random name; the server compares it with the file that it names"),
    ("requests, column digest", "digest of a request as it was received, which is not kept"),
    ("findings, columns zh and en", "words that show amounts; the log has level and rule, which are checked"),
    ("checkpoints, columns signed_at and published", "of this server alone; the note does not say them"),
    ("refinery_schema_history", "the migrations' own notes; only the schema's number is read"),
];

/// Everything that an audit of a database does not check.
pub fn not_covered() -> Vec<NotCovered> {
    NOT_IN_THE_LOG.into_iter().map(|(what, why)| NotCovered { what: what.to_owned(), why }).collect()
}

/// Whether a table is read, or named as one that cannot be checked.
pub fn is_known(table: &str) -> bool {
    let read = [
        &ENTRIES,
        &HEAD,
        &LOG_HASHES,
        &CHECKPOINTS,
        &REQUESTS,
        &OPENINGS,
        &FINDINGS,
        &RULES_TABLES,
        &EVIDENCE,
        &EDGES,
        &MAKES,
    ];
    read.into_iter().chain(&DOCUMENTS).any(|shape| shape.name == table)
        || NOT_IN_THE_LOG.iter().any(|(what, _)| *what == table)
}
