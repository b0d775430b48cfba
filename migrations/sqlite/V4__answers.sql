-- What speaks of a record: confirmations, disputes, releases, ends of recalls. The document names it as `about`.
CREATE INDEX records_by_about ON records (substr(doc, instr(doc, '"about":"') + 9, 64))
    WHERE instr(doc, '"about":"') > 0;
