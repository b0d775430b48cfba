-- Which parties uploaded a file: they alone may name it in a new record. The same bytes may come from several. A file
-- without a row was kept before this was noted.
CREATE TABLE evidence_uploads (
    sha256 TEXT COLLATE "C" NOT NULL,
    party  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (sha256, party)
);
