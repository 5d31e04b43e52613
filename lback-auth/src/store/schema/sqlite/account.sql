-- See SCHEMA.md for the columns. All instants are microseconds since 1970-01-01T00:00:00Z.

CREATE TABLE lback_account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    verified_email TEXT,
    password TEXT,
    epoch BLOB NOT NULL CHECK (length(epoch) = 32),
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    registered_at INTEGER NOT NULL
) STRICT;
