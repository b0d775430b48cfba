-- What speaks of a record: confirmations, disputes, releases, ends of recalls. The document names it as `about`.
CREATE INDEX records_by_about ON records (substring(doc from '"about":"([0-9a-f]{64})"'))
    WHERE substring(doc from '"about":"([0-9a-f]{64})"') IS NOT NULL;
