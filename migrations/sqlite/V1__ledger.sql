-- The log: entries as they were acknowledged, and the right edge of the tree.
CREATE TABLE entries (
    idx         INTEGER PRIMARY KEY,
    record      TEXT NOT NULL UNIQUE,
    entry       BLOB NOT NULL,
    leaf_hash   BLOB NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;

CREATE TABLE head (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    size             INTEGER NOT NULL,
    frontier         BLOB NOT NULL,
    last_received_at INTEGER
) STRICT;
-- The empty tree: size 0 in 8 bytes, no hashes.
INSERT INTO head (id, size, frontier, last_received_at) VALUES (1, 0, X'0000000000000000', NULL);

-- Answered requests: the same uid again gets the same answer.
CREATE TABLE requests (
    submitter TEXT NOT NULL,
    uid       TEXT NOT NULL,
    digest    TEXT NOT NULL,
    records   TEXT NOT NULL, -- JSON array of record ids
    PRIMARY KEY (submitter, uid)
) STRICT, WITHOUT ROWID;

-- What the log only commits to.
CREATE TABLE openings (
    record TEXT NOT NULL,
    grp    TEXT NOT NULL,
    salt   BLOB NOT NULL,
    value  TEXT NOT NULL, -- JSON
    PRIMARY KEY (record, grp)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
    record   TEXT NOT NULL,
    position INTEGER NOT NULL,
    level    TEXT NOT NULL,
    rule     TEXT NOT NULL,
    zh       TEXT NOT NULL,
    en       TEXT NOT NULL,
    PRIMARY KEY (record, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE rules_tables (
    digest TEXT PRIMARY KEY,
    body   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence (
    sha256     TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    bytes      BLOB NOT NULL
) STRICT;

-- Projections: `doc` is the whole row as JSON; the other columns are what queries look for.
-- Batches and records have long documents and random keys, so they are kept in the order of arrival (with row ids).
CREATE TABLE ledger (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    doc TEXT NOT NULL
) STRICT;

CREATE TABLE parties (
    id      TEXT PRIMARY KEY,
    role    TEXT NOT NULL,
    village TEXT,
    doc     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX parties_by_role ON parties (role, id);

CREATE TABLE sites (
    id    TEXT PRIMARY KEY,
    party TEXT NOT NULL,
    doc   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sites_by_party ON sites (party, id);

CREATE TABLE batches (
    code        TEXT PRIMARY KEY,
    owner       TEXT NOT NULL,
    stage       TEXT NOT NULL,
    site        TEXT,
    occurred_on TEXT NOT NULL,
    held        INTEGER NOT NULL,
    recalled    INTEGER NOT NULL,
    doc         TEXT NOT NULL
) STRICT;
CREATE INDEX batches_by_owner ON batches (owner, occurred_on, code);
CREATE INDEX batches_by_day ON batches (occurred_on, code);
CREATE INDEX batches_by_site ON batches (site) WHERE site IS NOT NULL;
CREATE INDEX batches_held ON batches (code) WHERE held = 1;
CREATE INDEX batches_recalled ON batches (code) WHERE recalled = 1;

CREATE TABLE records (
    id         TEXT PRIMARY KEY,
    idx        INTEGER NOT NULL UNIQUE,
    states     TEXT NOT NULL,
    actor      TEXT NOT NULL,
    other_side TEXT,
    standing   TEXT NOT NULL,
    held       INTEGER NOT NULL,
    live       INTEGER NOT NULL,
    doc        TEXT NOT NULL
) STRICT;
CREATE INDEX records_by_actor ON records (actor, idx);
CREATE INDEX records_by_other_side ON records (other_side, idx) WHERE other_side IS NOT NULL;
CREATE INDEX records_held ON records (idx) WHERE held = 1;
CREATE INDEX records_by_kind ON records (states, idx);

-- One row an input; `makes` has one row an output, so that the lineage is walked by joining the two.
CREATE TABLE edges (
    record       TEXT NOT NULL,
    position     INTEGER NOT NULL,
    batch        TEXT NOT NULL,
    input_record TEXT NOT NULL,
    amount       INTEGER NOT NULL,
    uses         INTEGER NOT NULL,
    live         INTEGER NOT NULL,
    outputs      TEXT NOT NULL, -- JSON array of batch codes
    PRIMARY KEY (record, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX edges_by_batch ON edges (batch, uses, record);

CREATE TABLE makes (
    batch  TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (batch, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX makes_by_record ON makes (record, batch);

CREATE TABLE grants (
    id         TEXT PRIMARY KEY,
    from_party TEXT NOT NULL,
    to_party   TEXT NOT NULL,
    doc        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_by_parties ON grants (from_party, to_party);

CREATE TABLE signing_keys (
    key   TEXT PRIMARY KEY,
    party TEXT NOT NULL,
    doc   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE issues (
    number INTEGER PRIMARY KEY,
    batch  TEXT NOT NULL,
    party  TEXT NOT NULL,
    doc    TEXT NOT NULL
) STRICT;
CREATE INDEX issues_by_batch ON issues (batch);
CREATE INDEX issues_by_party ON issues (party);

-- Accounts and scans: not in the log, kept by backups.
CREATE TABLE users (
    login         TEXT PRIMARY KEY,
    telephone_mac TEXT UNIQUE,
    display_name  TEXT NOT NULL,
    party         TEXT NOT NULL,
    role          TEXT NOT NULL,
    pin_hash      TEXT NOT NULL,
    active        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    digest     TEXT PRIMARY KEY,
    login      TEXT NOT NULL,
    csrf       TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE tokens (
    digest     TEXT PRIMARY KEY,
    party      TEXT NOT NULL,
    role       TEXT NOT NULL,
    label      TEXT NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE scans (
    id     INTEGER PRIMARY KEY,
    issue  INTEGER NOT NULL,
    idx    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    device BLOB NOT NULL,
    counts INTEGER NOT NULL
) STRICT;
CREATE INDEX scans_by_package ON scans (issue, idx, id);

CREATE TABLE packages (
    issue    INTEGER NOT NULL,
    idx      INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    PRIMARY KEY (issue, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_checks (
    version INTEGER PRIMARY KEY,
    value   TEXT NOT NULL
) STRICT;
