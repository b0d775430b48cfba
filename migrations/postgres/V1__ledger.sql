-- The log: entries as they were acknowledged, and the right edge of the tree.
CREATE TABLE entries (
    idx         BIGINT PRIMARY KEY,
    record      TEXT COLLATE "C" NOT NULL UNIQUE,
    entry       BYTEA NOT NULL,
    leaf_hash   BYTEA NOT NULL,
    received_at BIGINT NOT NULL
);

CREATE TABLE head (
    id               BIGINT PRIMARY KEY CHECK (id = 1),
    size             BIGINT NOT NULL,
    frontier         BYTEA NOT NULL,
    last_received_at BIGINT
);
INSERT INTO head (id, size, frontier, last_received_at) VALUES (1, 0, '\x0000000000000000', NULL);

-- Answered requests: the same uid again gets the same answer.
CREATE TABLE requests (
    submitter TEXT COLLATE "C" NOT NULL,
    uid       TEXT COLLATE "C" NOT NULL,
    digest    TEXT COLLATE "C" NOT NULL,
    records   TEXT COLLATE "C" NOT NULL, -- JSON array of record ids
    PRIMARY KEY (submitter, uid)
);

-- What the log only commits to.
CREATE TABLE openings (
    record TEXT COLLATE "C" NOT NULL,
    grp    TEXT COLLATE "C" NOT NULL,
    salt   BYTEA NOT NULL,
    value  TEXT COLLATE "C" NOT NULL, -- JSON
    PRIMARY KEY (record, grp)
);

CREATE TABLE findings (
    record   TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    level    TEXT COLLATE "C" NOT NULL,
    rule     TEXT COLLATE "C" NOT NULL,
    zh       TEXT COLLATE "C" NOT NULL,
    en       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (record, position)
);

CREATE TABLE rules_tables (
    digest TEXT COLLATE "C" PRIMARY KEY,
    body   BYTEA NOT NULL
);

CREATE TABLE evidence (
    sha256     TEXT COLLATE "C" PRIMARY KEY,
    media_type TEXT COLLATE "C" NOT NULL,
    bytes      BYTEA NOT NULL
);

-- Projections: `doc` is the whole row as JSON; the other columns are what queries look for.
CREATE TABLE ledger (
    id  BIGINT PRIMARY KEY CHECK (id = 1),
    doc TEXT COLLATE "C" NOT NULL
);

CREATE TABLE parties (
    id      TEXT COLLATE "C" PRIMARY KEY,
    role    TEXT COLLATE "C" NOT NULL,
    village TEXT COLLATE "C",
    doc     TEXT COLLATE "C" NOT NULL
);
CREATE INDEX parties_by_role ON parties (role, id);

CREATE TABLE sites (
    id    TEXT COLLATE "C" PRIMARY KEY,
    party TEXT COLLATE "C" NOT NULL,
    doc   TEXT COLLATE "C" NOT NULL
);
CREATE INDEX sites_by_party ON sites (party, id);

CREATE TABLE batches (
    code        TEXT COLLATE "C" PRIMARY KEY,
    owner       TEXT COLLATE "C" NOT NULL,
    stage       TEXT COLLATE "C" NOT NULL,
    site        TEXT COLLATE "C",
    occurred_on TEXT COLLATE "C" NOT NULL,
    held        BOOLEAN NOT NULL,
    recalled    BOOLEAN NOT NULL,
    doc         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX batches_by_owner ON batches (owner, occurred_on, code);
CREATE INDEX batches_by_day ON batches (occurred_on, code);
CREATE INDEX batches_by_site ON batches (site) WHERE site IS NOT NULL;
CREATE INDEX batches_held ON batches (code) WHERE held;
CREATE INDEX batches_recalled ON batches (code) WHERE recalled;

CREATE TABLE records (
    id         TEXT COLLATE "C" PRIMARY KEY,
    idx        BIGINT NOT NULL UNIQUE,
    states     TEXT COLLATE "C" NOT NULL,
    actor      TEXT COLLATE "C" NOT NULL,
    other_side TEXT COLLATE "C",
    standing   TEXT COLLATE "C" NOT NULL,
    held       BOOLEAN NOT NULL,
    live       BOOLEAN NOT NULL,
    doc        TEXT COLLATE "C" NOT NULL
);
CREATE INDEX records_by_actor ON records (actor, idx);
CREATE INDEX records_by_other_side ON records (other_side, idx) WHERE other_side IS NOT NULL;
CREATE INDEX records_held ON records (idx) WHERE held;
CREATE INDEX records_by_kind ON records (states, idx);

-- One row an input; `makes` has one row an output, so that the lineage is walked by joining the two.
CREATE TABLE edges (
    record       TEXT COLLATE "C" NOT NULL,
    position     BIGINT NOT NULL,
    batch        TEXT COLLATE "C" NOT NULL,
    input_record TEXT COLLATE "C" NOT NULL,
    amount       BIGINT NOT NULL,
    uses         BOOLEAN NOT NULL,
    live         BOOLEAN NOT NULL,
    outputs      TEXT COLLATE "C" NOT NULL, -- JSON array of batch codes
    PRIMARY KEY (record, position)
);
CREATE INDEX edges_by_batch ON edges (batch, uses, record);

CREATE TABLE makes (
    batch  TEXT COLLATE "C" NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (batch, record)
);
CREATE INDEX makes_by_record ON makes (record, batch);

CREATE TABLE grants (
    id         TEXT COLLATE "C" PRIMARY KEY,
    from_party TEXT COLLATE "C" NOT NULL,
    to_party   TEXT COLLATE "C" NOT NULL,
    doc        TEXT COLLATE "C" NOT NULL
);
CREATE INDEX grants_by_parties ON grants (from_party, to_party);

CREATE TABLE signing_keys (
    key   TEXT COLLATE "C" PRIMARY KEY,
    party TEXT COLLATE "C" NOT NULL,
    doc   TEXT COLLATE "C" NOT NULL
);

CREATE TABLE issues (
    number BIGINT PRIMARY KEY,
    batch  TEXT COLLATE "C" NOT NULL,
    party  TEXT COLLATE "C" NOT NULL,
    doc    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX issues_by_batch ON issues (batch);
CREATE INDEX issues_by_party ON issues (party);

-- Accounts and scans: not in the log, kept by backups.
CREATE TABLE users (
    login         TEXT COLLATE "C" PRIMARY KEY,
    telephone_mac TEXT COLLATE "C" UNIQUE,
    display_name  TEXT COLLATE "C" NOT NULL,
    party         TEXT COLLATE "C" NOT NULL,
    role          TEXT COLLATE "C" NOT NULL,
    pin_hash      TEXT COLLATE "C" NOT NULL,
    active        BOOLEAN NOT NULL
);

CREATE TABLE sessions (
    digest     TEXT COLLATE "C" PRIMARY KEY,
    login      TEXT COLLATE "C" NOT NULL,
    csrf       TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE tokens (
    digest     TEXT COLLATE "C" PRIMARY KEY,
    party      TEXT COLLATE "C" NOT NULL,
    role       TEXT COLLATE "C" NOT NULL,
    label      TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT
);

CREATE TABLE scans (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issue  BIGINT NOT NULL,
    idx    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    device BYTEA NOT NULL,
    counts BOOLEAN NOT NULL
);
CREATE INDEX scans_by_package ON scans (issue, idx, id);

CREATE TABLE packages (
    issue    BIGINT NOT NULL,
    idx      BIGINT NOT NULL,
    count    BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    PRIMARY KEY (issue, idx)
);

CREATE TABLE key_checks (
    version BIGINT PRIMARY KEY,
    value   TEXT COLLATE "C" NOT NULL
);
