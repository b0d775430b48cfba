-- What belongs to an entry is kept under its index, which only grows: an insertion touches the right edge of an index
-- and no page at random. Whoever has a record's id finds the index in `entries`.

ALTER TABLE openings ADD COLUMN idx BIGINT;
UPDATE openings SET idx = entries.idx FROM entries WHERE entries.record = openings.record;
ALTER TABLE openings DROP CONSTRAINT openings_pkey, ADD PRIMARY KEY (idx, grp);

ALTER TABLE sealed_openings ADD COLUMN idx BIGINT;
UPDATE sealed_openings SET idx = entries.idx FROM entries WHERE entries.record = sealed_openings.record;
ALTER TABLE sealed_openings DROP CONSTRAINT sealed_openings_pkey, ADD PRIMARY KEY (idx, grp);

ALTER TABLE findings ADD COLUMN idx BIGINT;
UPDATE findings SET idx = entries.idx FROM entries WHERE entries.record = findings.record;
ALTER TABLE findings DROP CONSTRAINT findings_pkey, ADD PRIMARY KEY (idx, position);

ALTER TABLE records DROP CONSTRAINT records_pkey, DROP CONSTRAINT records_idx_key, ADD PRIMARY KEY (idx);

ALTER TABLE edges ADD COLUMN idx BIGINT;
UPDATE edges SET idx = entries.idx FROM entries WHERE entries.record = edges.record;
ALTER TABLE edges DROP CONSTRAINT edges_pkey, ADD PRIMARY KEY (idx, position);
DROP INDEX edges_by_batch;
CREATE INDEX edges_by_batch ON edges (batch, uses, live, idx);

ALTER TABLE makes ADD COLUMN idx BIGINT;
UPDATE makes SET idx = entries.idx FROM entries WHERE entries.record = makes.record;
ALTER TABLE makes DROP CONSTRAINT makes_pkey, DROP COLUMN record, ADD PRIMARY KEY (batch, idx);
CREATE INDEX makes_by_index ON makes (idx, batch);
