-- Roots of full tiles: the hash at (level, idx) covers the leaves from idx * 256^level on. Level 0 stands in `entries`.
CREATE TABLE log_hashes (
    level BIGINT NOT NULL,
    idx   BIGINT NOT NULL,
    hash  BYTEA NOT NULL,
    PRIMARY KEY (level, idx)
);

-- Signed heads of the log: the newest, and the newest that enough witnesses cosigned.
CREATE TABLE checkpoints (
    size      BIGINT PRIMARY KEY,
    note      TEXT COLLATE "C" NOT NULL,
    signed_at BIGINT NOT NULL,
    published BOOLEAN NOT NULL
);

-- Name of the place outside this database where the newest checkpoint is kept.
CREATE TABLE signing_place (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    name TEXT COLLATE "C" NOT NULL
);
