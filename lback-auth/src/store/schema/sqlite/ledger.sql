-- See SCHEMA.md for the columns. All instants are microseconds since 1970-01-01T00:00:00Z.

CREATE TABLE lback_token (
    account TEXT NOT NULL,
    purpose TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    email TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account, purpose),
    UNIQUE (digest, purpose)
) STRICT;

CREATE INDEX lback_token_expires_at ON lback_token (expires_at);

CREATE INDEX lback_token_issued_at ON lback_token (issued_at);

CREATE TABLE lback_session (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB UNIQUE CHECK (length(digest) = 32),
    account TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    is_remembered INTEGER NOT NULL CHECK (is_remembered IN (0, 1)),
    client TEXT,
    user_agent TEXT
) STRICT;

CREATE INDEX lback_session_client ON lback_session (account, client);

CREATE INDEX lback_session_user_agent ON lback_session (account, user_agent);

CREATE INDEX lback_session_idle_expires_at ON lback_session (idle_expires_at);

CREATE INDEX lback_session_last_seen_at ON lback_session (last_seen_at);

CREATE TABLE lback_attempt (
    key BLOB NOT NULL PRIMARY KEY,
    attempts INTEGER NOT NULL,
    not_before INTEGER,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX lback_attempt_expires_at ON lback_attempt (expires_at);

CREATE TABLE lback_audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    signal TEXT NOT NULL,
    account TEXT,
    outcome TEXT NOT NULL,
    actor TEXT,
    client TEXT,
    request_id TEXT
) STRICT;

CREATE INDEX lback_audit_account ON lback_audit (account);
