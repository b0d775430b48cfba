-- Telling copies. The region as wide as a province in which a package was opened, where it is known; no address.
ALTER TABLE scans ADD COLUMN region TEXT;

-- What the rules on copied codes found, one row for each package (or run of codes) and rule. Times in milliseconds
-- since 1970. A code that no issue holds has the number that its key read from it. Not in the log.
CREATE TABLE suspicions (
    issue      INTEGER NOT NULL,
    idx        INTEGER NOT NULL,
    rule       TEXT NOT NULL,
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    facts      TEXT NOT NULL,
    settled_at INTEGER,
    settled_by TEXT,
    PRIMARY KEY (issue, idx, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX suspicions_by_time ON suspicions (last_at, issue, idx, rule);
CREATE INDEX suspicions_open ON suspicions (issue) WHERE settled_at IS NULL;
