-- Puts ?1 users into a copy of lback.sqlite3 beside those that are there, in one statement. Each has
-- the hash of one of the first two of these, and each third is unverified and has a token that is out.
INSERT INTO users (
    id, username, email, password, is_active, is_email_verified,
    email_verification_token, email_verification_token_expiry, created_at, updated_at
)
WITH RECURSIVE
    known (latest) AS (SELECT max(id) FROM users),
    new (id) AS (
        SELECT latest + 1 FROM known
        UNION ALL
        SELECT id + 1 FROM new, known WHERE id < latest + ?1
    )
SELECT
    new.id,
    'user' || new.id,
    'user' || new.id || '@example.org',
    model.password,
    1,
    new.id % 3 <> 0,
    iif(new.id % 3 = 0, printf('%032x', new.id), NULL),
    iif(new.id % 3 = 0, '2046-11-17 21:39:32.982700', NULL),
    '2026-11-22 21:39:33.016170',
    '2026-11-22 21:39:33.016174'
FROM new JOIN users AS model ON model.id = 1 + new.id % 2;
