-- See SCHEMA.md for the columns. All instants are milliseconds since 1970-01-01T00:00:00Z, by the clock of PostgreSQL.

CREATE TABLE lback_signal (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    version bigint NOT NULL,
    key text,
    subject text,
    payload json NOT NULL,
    trace text,
    sent_at bigint NOT NULL,
    keep bigint CHECK (keep >= 0),
    done_at bigint,
    published_seq bigint
);

CREATE INDEX lback_signal_subject ON lback_signal (subject) WHERE subject IS NOT NULL;

CREATE INDEX lback_signal_kept ON lback_signal (name, sent_at, id) WHERE keep IS NOT NULL;

CREATE INDEX lback_signal_over ON lback_signal ((done_at + keep)) WHERE done_at IS NOT NULL;

CREATE INDEX lback_signal_published ON lback_signal (published_seq) WHERE published_seq IS NOT NULL;

CREATE TABLE lback_delivery (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    signal uuid NOT NULL REFERENCES lback_signal (id),
    receiver text NOT NULL,
    version bigint NOT NULL,
    key text,
    ordered_as text,
    skipped_as text,
    claim bigint,
    attempt bigint NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    due_at bigint,
    worker text,
    failed_at bigint,
    error text,
    UNIQUE (signal, receiver)
);

CREATE INDEX lback_delivery_due ON lback_delivery (receiver, version, due_at, number) WHERE due_at IS NOT NULL;

CREATE INDEX lback_delivery_chain ON lback_delivery (ordered_as, key, number) WHERE ordered_as IS NOT NULL;

CREATE INDEX lback_delivery_failed ON lback_delivery (failed_at) WHERE due_at IS NULL;

CREATE INDEX lback_delivery_dead ON lback_delivery (receiver, number) WHERE due_at IS NULL;

CREATE TABLE lback_operation (
    id uuid NOT NULL PRIMARY KEY,
    at bigint NOT NULL,
    command text NOT NULL,
    operator text NOT NULL,
    because text,
    deliveries bigint NOT NULL
);

CREATE INDEX lback_operation_at ON lback_operation (at, id);

CREATE TABLE lback_landed (
    source text NOT NULL,
    id text NOT NULL,
    signal uuid NOT NULL,
    landed_at bigint NOT NULL,
    keep bigint NOT NULL CHECK (keep >= 0),
    PRIMARY KEY (source, id)
);

CREATE INDEX lback_landed_over ON lback_landed ((landed_at + keep));

CREATE TABLE lback_outbox_schema (
    version bigint NOT NULL PRIMARY KEY
);

INSERT INTO lback_outbox_schema (version) VALUES (2);
