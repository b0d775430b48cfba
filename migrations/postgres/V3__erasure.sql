-- Openings that tell of a person: salt and value only under the party's key, which is in the key store, not here.
CREATE TABLE sealed_openings (
    record     TEXT COLLATE "C" NOT NULL,
    grp        TEXT COLLATE "C" NOT NULL,
    party      TEXT COLLATE "C" NOT NULL, -- whose key, and
    generation BIGINT NOT NULL,           -- of which generation: erasures of that party before it
    sealed     BYTEA NOT NULL,            -- nonce and ciphertext
    PRIMARY KEY (record, grp)
);
CREATE INDEX sealed_openings_by_key ON sealed_openings (party, generation);

-- Which key store holds the keys; another one is refused at the start.
CREATE TABLE key_store (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    id  TEXT COLLATE "C" NOT NULL
);

-- What an erasure closes.
CREATE INDEX users_by_party ON users (party);
CREATE INDEX tokens_by_party ON tokens (party);
