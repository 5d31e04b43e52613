-- See SCHEMA.md for the columns. All instants are microseconds since 1970-01-01T00:00:00Z.

CREATE TABLE lback_account (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username TEXT NOT NULL,
    username_key TEXT COLLATE "C" NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL UNIQUE,
    verified_email TEXT,
    password TEXT,
    epoch BYTEA NOT NULL CHECK (octet_length(epoch) = 32),
    is_active BOOLEAN NOT NULL,
    registered_at BIGINT NOT NULL
);
