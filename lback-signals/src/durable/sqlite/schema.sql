-- See SCHEMA.md for the columns. All instants are milliseconds since 1970-01-01T00:00:00Z, by the clock of SQLite.

CREATE TABLE lback_signal (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    key TEXT,
    subject TEXT,
    payload TEXT NOT NULL,
    trace TEXT,
    sent_at INTEGER NOT NULL,
    keep INTEGER CHECK (keep >= 0),
    done_at INTEGER,
    published_seq INTEGER
) STRICT;

CREATE INDEX lback_signal_subject ON lback_signal (subject) WHERE subject IS NOT NULL;

CREATE INDEX lback_signal_kept ON lback_signal (name, sent_at, id) WHERE keep IS NOT NULL;

CREATE INDEX lback_signal_over ON lback_signal (done_at + keep) WHERE done_at IS NOT NULL;

CREATE INDEX lback_signal_published ON lback_signal (published_seq) WHERE published_seq IS NOT NULL;

CREATE TABLE lback_delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    signal BLOB NOT NULL REFERENCES lback_signal (id),
    receiver TEXT NOT NULL,
    version INTEGER NOT NULL,
    key TEXT,
    ordered_as TEXT,
    skipped_as TEXT,
    claim INTEGER,
    attempt INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    due_at INTEGER,
    worker TEXT,
    failed_at INTEGER,
    error TEXT,
    UNIQUE (signal, receiver)
) STRICT;

CREATE INDEX lback_delivery_due ON lback_delivery (receiver, version, due_at) WHERE due_at IS NOT NULL;

CREATE INDEX lback_delivery_chain ON lback_delivery (ordered_as, key) WHERE ordered_as IS NOT NULL;

CREATE INDEX lback_delivery_failed ON lback_delivery (failed_at) WHERE due_at IS NULL;

CREATE INDEX lback_delivery_dead ON lback_delivery (receiver, number) WHERE due_at IS NULL;

CREATE TABLE lback_operation (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    command TEXT NOT NULL,
    operator TEXT NOT NULL,
    because TEXT,
    deliveries INTEGER NOT NULL
) STRICT;

CREATE INDEX lback_operation_at ON lback_operation (at, id);

CREATE TABLE lback_landed (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    signal BLOB NOT NULL,
    landed_at INTEGER NOT NULL,
    keep INTEGER NOT NULL CHECK (keep >= 0),
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX lback_landed_over ON lback_landed (landed_at + keep);

CREATE TABLE lback_outbox_schema (
    version INTEGER NOT NULL PRIMARY KEY
) STRICT;

INSERT INTO lback_outbox_schema (version) VALUES (2);
