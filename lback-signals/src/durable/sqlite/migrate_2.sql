-- From version 1 to 2: published and landed signals.

CREATE INDEX lback_signal_published ON lback_signal (published_seq) WHERE published_seq IS NOT NULL;

CREATE TABLE lback_landed (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    signal BLOB NOT NULL,
    landed_at INTEGER NOT NULL,
    keep INTEGER NOT NULL CHECK (keep >= 0),
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX lback_landed_over ON lback_landed (landed_at + keep);

INSERT INTO lback_outbox_schema (version) VALUES (2);
