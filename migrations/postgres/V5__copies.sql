-- Telling copies. The region as wide as a province in which a package was opened, where it is known; no address.
ALTER TABLE scans ADD COLUMN region TEXT COLLATE "C";

-- What the rules on copied codes found, one row for each package (or run of codes) and rule. Times in milliseconds
-- since 1970. A code that no issue holds has the number that its key read from it. Not in the log.
CREATE TABLE suspicions (
    issue      BIGINT NOT NULL,
    idx        BIGINT NOT NULL,
    rule       TEXT COLLATE "C" NOT NULL,
    first_at   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    facts      TEXT COLLATE "C" NOT NULL,
    settled_at BIGINT,
    settled_by TEXT COLLATE "C",
    PRIMARY KEY (issue, idx, rule)
);
CREATE INDEX suspicions_by_time ON suspicions (last_at, issue, idx, rule);
CREATE INDEX suspicions_open ON suspicions (issue) WHERE settled_at IS NULL;
