-- Instants are microseconds since 1970, rounded down. A `…_key` is the normal form of what is beside it.

CREATE TABLE IF NOT EXISTS customer (
    -- AUTOINCREMENT never gives a number again, not even that of a customer who was deleted.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    verified_email TEXT,
    password TEXT,
    epoch BLOB NOT NULL,
    is_active INTEGER NOT NULL,
    plan TEXT NOT NULL,
    registered_at INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS token (
    customer INTEGER NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    digest BLOB NOT NULL,
    email TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (customer, purpose)
) STRICT;

CREATE INDEX IF NOT EXISTS token_digest ON token (digest);

CREATE TABLE IF NOT EXISTS attempt (
    key BLOB PRIMARY KEY NOT NULL,
    attempts INTEGER NOT NULL,
    not_before INTEGER,
    expires_at INTEGER NOT NULL
) STRICT;

-- What was noted outlasts the customer, so that these two have no foreign key.
CREATE TABLE IF NOT EXISTS request (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    purpose TEXT NOT NULL,
    email TEXT NOT NULL,
    customer TEXT,
    epoch BLOB,
    requested_at INTEGER NOT NULL,
    actor TEXT, client TEXT, request_id TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    signal TEXT NOT NULL,
    customer TEXT,
    outcome TEXT NOT NULL,
    actor TEXT, client TEXT, request_id TEXT
) STRICT;
