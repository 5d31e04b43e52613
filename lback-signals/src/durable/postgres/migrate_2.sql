-- From version 1 to 2: published and landed signals.

CREATE INDEX lback_signal_published ON lback_signal (published_seq) WHERE published_seq IS NOT NULL;

CREATE TABLE lback_landed (
    source text NOT NULL,
    id text NOT NULL,
    signal uuid NOT NULL,
    landed_at bigint NOT NULL,
    keep bigint NOT NULL CHECK (keep >= 0),
    PRIMARY KEY (source, id)
);

CREATE INDEX lback_landed_over ON lback_landed ((landed_at + keep));

INSERT INTO lback_outbox_schema (version) VALUES (2);
