-- Print runs of labels, and what was printed or downloaded when and by whom. Indices from 0, both ends included; times in
-- milliseconds since 1970. It names persons at work, so it is not in the log; the names go when the party is erased.
CREATE TABLE print_runs (
    number     INTEGER PRIMARY KEY,
    issue      INTEGER NOT NULL,
    from_idx   INTEGER NOT NULL,
    to_idx     INTEGER NOT NULL,
    format     TEXT NOT NULL,
    template   TEXT NOT NULL,
    dpi        INTEGER NOT NULL,
    pictures   INTEGER NOT NULL,
    printer    TEXT,
    portion    INTEGER NOT NULL,
    state      TEXT NOT NULL,
    halt       TEXT,
    next_idx   INTEGER NOT NULL,
    reason     TEXT,
    version    INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    party      TEXT NOT NULL,
    login      TEXT,
    token      TEXT
) STRICT;
CREATE INDEX print_runs_of_issue ON print_runs (issue, number);
CREATE INDEX print_runs_open ON print_runs (state) WHERE state IN ('running', 'paused');
CREATE INDEX print_runs_by_party ON print_runs (party);

CREATE TABLE prints (
    number   INTEGER PRIMARY KEY,
    issue    INTEGER NOT NULL,
    from_idx INTEGER NOT NULL,
    to_idx   INTEGER NOT NULL,
    labels   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    way      TEXT NOT NULL,
    format   TEXT NOT NULL,
    template TEXT,
    printer  TEXT,
    run      INTEGER,
    reprint  INTEGER NOT NULL,
    reason   TEXT,
    party    TEXT NOT NULL,
    login    TEXT,
    token    TEXT
) STRICT;
CREATE INDEX prints_of_issue ON prints (issue, number);
CREATE INDEX prints_by_party ON prints (party);
