-- What belongs to an entry is kept under its index, which only grows: rows of one time lie side by side and a commit
-- writes few pages of them. Under the record's id, a random number, each row was a page of its own. Whoever has an id
-- finds the index in `entries`.

CREATE TABLE openings_by_entry (
    idx    INTEGER NOT NULL,
    grp    TEXT NOT NULL,
    record TEXT NOT NULL,
    salt   BLOB NOT NULL,
    value  TEXT NOT NULL, -- JSON
    PRIMARY KEY (idx, grp)
) STRICT, WITHOUT ROWID;
INSERT INTO openings_by_entry (idx, grp, record, salt, value)
    SELECT e.idx, o.grp, o.record, o.salt, o.value FROM entries e JOIN openings o ON o.record = e.record ORDER BY e.idx;
DROP TABLE openings;
ALTER TABLE openings_by_entry RENAME TO openings;

CREATE TABLE sealed_by_entry (
    idx        INTEGER NOT NULL,
    grp        TEXT NOT NULL,
    record     TEXT NOT NULL,
    party      TEXT NOT NULL,    -- whose key, and
    generation INTEGER NOT NULL, -- of which generation: erasures of that party before it
    sealed     BLOB NOT NULL,    -- nonce and ciphertext
    PRIMARY KEY (idx, grp)
) STRICT, WITHOUT ROWID;
INSERT INTO sealed_by_entry (idx, grp, record, party, generation, sealed)
    SELECT e.idx, o.grp, o.record, o.party, o.generation, o.sealed
    FROM entries e JOIN sealed_openings o ON o.record = e.record ORDER BY e.idx;
DROP TABLE sealed_openings;
ALTER TABLE sealed_by_entry RENAME TO sealed_openings;
CREATE INDEX sealed_openings_by_key ON sealed_openings (party, generation);

CREATE TABLE findings_by_entry (
    idx      INTEGER NOT NULL,
    position INTEGER NOT NULL,
    record   TEXT NOT NULL,
    level    TEXT NOT NULL,
    rule     TEXT NOT NULL,
    zh       TEXT NOT NULL,
    en       TEXT NOT NULL,
    PRIMARY KEY (idx, position)
) STRICT, WITHOUT ROWID;
INSERT INTO findings_by_entry (idx, position, record, level, rule, zh, en)
    SELECT e.idx, f.position, f.record, f.level, f.rule, f.zh, f.en
    FROM entries e JOIN findings f ON f.record = e.record ORDER BY e.idx;
DROP TABLE findings;
ALTER TABLE findings_by_entry RENAME TO findings;

CREATE TABLE records_by_entry (
    idx        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL,
    states     TEXT NOT NULL,
    actor      TEXT NOT NULL,
    other_side TEXT,
    standing   TEXT NOT NULL,
    held       INTEGER NOT NULL,
    live       INTEGER NOT NULL,
    doc        TEXT NOT NULL
) STRICT;
INSERT INTO records_by_entry (idx, id, states, actor, other_side, standing, held, live, doc)
    SELECT idx, id, states, actor, other_side, standing, held, live, doc FROM records ORDER BY idx;
DROP TABLE records;
ALTER TABLE records_by_entry RENAME TO records;
CREATE INDEX records_by_actor ON records (actor, idx);
CREATE INDEX records_by_other_side ON records (other_side, idx) WHERE other_side IS NOT NULL;
CREATE INDEX records_held ON records (idx) WHERE held = 1;
CREATE INDEX records_by_kind ON records (states, idx);
CREATE INDEX records_by_about ON records (substr(doc, instr(doc, '"about":"') + 9, 64))
    WHERE instr(doc, '"about":"') > 0;

CREATE TABLE edges_by_entry (
    idx          INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    record       TEXT NOT NULL,
    batch        TEXT NOT NULL,
    input_record TEXT NOT NULL,
    amount       INTEGER NOT NULL,
    uses         INTEGER NOT NULL,
    live         INTEGER NOT NULL,
    outputs      TEXT NOT NULL, -- JSON array of batch codes
    PRIMARY KEY (idx, position)
) STRICT, WITHOUT ROWID;
INSERT INTO edges_by_entry (idx, position, record, batch, input_record, amount, uses, live, outputs)
    SELECT e.idx, o.position, o.record, o.batch, o.input_record, o.amount, o.uses, o.live, o.outputs
    FROM entries e JOIN edges o ON o.record = e.record ORDER BY e.idx;
DROP TABLE edges;
ALTER TABLE edges_by_entry RENAME TO edges;
CREATE INDEX edges_by_batch ON edges (batch, uses, live, idx);

CREATE TABLE makes_by_entry (
    batch TEXT NOT NULL,
    idx   INTEGER NOT NULL,
    PRIMARY KEY (batch, idx)
) STRICT, WITHOUT ROWID;
INSERT INTO makes_by_entry (batch, idx)
    SELECT m.batch, e.idx FROM makes m JOIN entries e ON e.record = m.record ORDER BY m.batch, e.idx;
DROP TABLE makes;
ALTER TABLE makes_by_entry RENAME TO makes;
CREATE INDEX makes_by_index ON makes (idx, batch);
