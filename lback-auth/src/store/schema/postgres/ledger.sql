-- See SCHEMA.md for the columns. All instants are microseconds since 1970-01-01T00:00:00Z.

CREATE TABLE lback_token (
    account TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    email TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account, purpose),
    UNIQUE (digest, purpose)
);

CREATE INDEX lback_token_expires_at ON lback_token (expires_at);

CREATE INDEX lback_token_issued_at ON lback_token (issued_at);

CREATE TABLE lback_attempt (
    key BYTEA NOT NULL PRIMARY KEY,
    attempts BIGINT NOT NULL,
    not_before BIGINT,
    expires_at BIGINT NOT NULL
);

CREATE INDEX lback_attempt_expires_at ON lback_attempt (expires_at);

CREATE TABLE lback_audit (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    signal TEXT NOT NULL,
    account TEXT,
    outcome TEXT NOT NULL,
    actor TEXT,
    client TEXT,
    request_id TEXT
);
