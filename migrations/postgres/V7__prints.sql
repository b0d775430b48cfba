-- Print runs of labels, and what was printed or downloaded when and by whom. Indices from 0, both ends included; times in
-- milliseconds since 1970. It names persons at work, so it is not in the log; the names go when the party is erased.
CREATE TABLE print_runs (
    number     BIGINT PRIMARY KEY,
    issue      BIGINT NOT NULL,
    from_idx   BIGINT NOT NULL,
    to_idx     BIGINT NOT NULL,
    format     TEXT COLLATE "C" NOT NULL,
    template   TEXT COLLATE "C" NOT NULL,
    dpi        BIGINT NOT NULL,
    pictures   BOOLEAN NOT NULL,
    printer    TEXT COLLATE "C",
    portion    BIGINT NOT NULL,
    state      TEXT COLLATE "C" NOT NULL,
    halt       TEXT COLLATE "C",
    next_idx   BIGINT NOT NULL,
    reason     TEXT COLLATE "C",
    version    BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    party      TEXT COLLATE "C" NOT NULL,
    login      TEXT COLLATE "C",
    token      TEXT COLLATE "C"
);
CREATE INDEX print_runs_of_issue ON print_runs (issue, number);
CREATE INDEX print_runs_open ON print_runs (state) WHERE state IN ('running', 'paused');
CREATE INDEX print_runs_by_party ON print_runs (party);

CREATE TABLE prints (
    number   BIGINT PRIMARY KEY,
    issue    BIGINT NOT NULL,
    from_idx BIGINT NOT NULL,
    to_idx   BIGINT NOT NULL,
    labels   BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    way      TEXT COLLATE "C" NOT NULL,
    format   TEXT COLLATE "C" NOT NULL,
    template TEXT COLLATE "C",
    printer  TEXT COLLATE "C",
    run      BIGINT,
    reprint  BOOLEAN NOT NULL,
    reason   TEXT COLLATE "C",
    party    TEXT COLLATE "C" NOT NULL,
    login    TEXT COLLATE "C",
    token    TEXT COLLATE "C"
);
CREATE INDEX prints_of_issue ON prints (issue, number);
CREATE INDEX prints_by_party ON prints (party);
