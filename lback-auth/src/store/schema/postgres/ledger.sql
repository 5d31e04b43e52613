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

CREATE TABLE lback_session (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest BYTEA UNIQUE CHECK (octet_length(digest) = 32),
    account TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    is_remembered BOOLEAN NOT NULL,
    client TEXT,
    user_agent TEXT
);

CREATE INDEX lback_session_client ON lback_session (account, client);

CREATE INDEX lback_session_user_agent ON lback_session (account, user_agent);

CREATE INDEX lback_session_idle_expires_at ON lback_session (idle_expires_at);

CREATE INDEX lback_session_last_seen_at ON lback_session (last_seen_at);

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

CREATE INDEX lback_audit_account ON lback_audit (account, number);
