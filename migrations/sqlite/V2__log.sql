-- Roots of full tiles: the hash at (level, idx) covers the leaves from idx * 256^level on. Level 0 stands in `entries`.
CREATE TABLE log_hashes (
    level INTEGER NOT NULL,
    idx   INTEGER NOT NULL,
    hash  BLOB NOT NULL,
    PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

-- Signed heads of the log: the newest, and the newest that enough witnesses cosigned.
CREATE TABLE checkpoints (
    size      INTEGER PRIMARY KEY,
    note      TEXT NOT NULL,
    signed_at INTEGER NOT NULL,
    published INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Name of the place outside this database where the newest checkpoint is kept.
CREATE TABLE signing_place (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
