-- The tables that the migrations of pg_task 1.0 make, which it does not export. IF NOT EXISTS, since a second process
-- opens the same database.
CREATE TABLE IF NOT EXISTS pg_task (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    step TEXT NOT NULL,
    wakeup_at timestamptz NOT NULL DEFAULT now(),
    tried INT NOT NULL DEFAULT 0,
    error TEXT,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    locked_by UUID,
    lock_expires_at timestamptz,
    CONSTRAINT pg_task_lease_state_check CHECK ((locked_by IS NULL) = (lock_expires_at IS NULL))
);

CREATE INDEX IF NOT EXISTS pg_task_locked_by_idx ON pg_task (locked_by)
WHERE locked_by IS NOT NULL AND error IS NULL;

CREATE INDEX IF NOT EXISTS pg_task_next_available_at_idx ON pg_task ((
    CASE WHEN locked_by IS NOT NULL THEN GREATEST(wakeup_at, lock_expires_at) ELSE wakeup_at END
)) WHERE error IS NULL;

CREATE OR REPLACE FUNCTION pg_task_notify_on_change() RETURNS trigger AS $$
BEGIN
    PERFORM pg_notify('pg_task_changed', '');
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION pg_task_before_update_refresh_updated_at() RETURNS trigger AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE OR REPLACE TRIGGER pg_task_changed_insert AFTER INSERT ON pg_task
FOR EACH ROW EXECUTE PROCEDURE pg_task_notify_on_change();

CREATE OR REPLACE TRIGGER pg_task_changed_update AFTER UPDATE ON pg_task
FOR EACH ROW WHEN (
    OLD.step IS DISTINCT FROM NEW.step
    OR OLD.wakeup_at IS DISTINCT FROM NEW.wakeup_at
    OR OLD.tried IS DISTINCT FROM NEW.tried
    OR OLD.error IS DISTINCT FROM NEW.error
    OR OLD.locked_by IS DISTINCT FROM NEW.locked_by
) EXECUTE PROCEDURE pg_task_notify_on_change();

CREATE OR REPLACE TRIGGER pg_task_before_update_refresh_updated_at_trigger BEFORE UPDATE ON pg_task
FOR EACH ROW EXECUTE FUNCTION pg_task_before_update_refresh_updated_at();
