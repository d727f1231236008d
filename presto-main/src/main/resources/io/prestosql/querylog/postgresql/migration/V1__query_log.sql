-- One row: who leads. Locking it is what keeps a deposed leader from writing. Updated in place (HOT) when the lease is renewed, which
-- wants free space in its page.
CREATE TABLE leader (
    id smallint PRIMARY KEY CHECK (id = 1),
    epoch bigint NOT NULL,
    -- null: the leader has given up
    node_id text,
    address text,
    lease_end timestamptz NOT NULL,
    renewed timestamptz NOT NULL
) WITH (
    fillfactor = 10,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 500
);

INSERT INTO leader (id, epoch, lease_end, renewed) VALUES (1, 0, '-infinity', clock_timestamp());

-- The live records. Rows are inserted and deleted, never updated. The only index serves the deletion of a key's records; a new leader
-- reads and sorts the whole table. Keys are bytes (UTF-8), so that no collation has a say. Contents are encrypted, so compressing them
-- is of no use.
CREATE TABLE record (
    key bytea NOT NULL,
    id bigint NOT NULL,
    kind smallint NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (key, id)
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 20000,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 100000,
    autovacuum_vacuum_cost_delay = 0,
    toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 2000,
    toast.autovacuum_vacuum_cost_delay = 0
);

ALTER TABLE record ALTER COLUMN key SET STORAGE PLAIN;
ALTER TABLE record ALTER COLUMN content SET STORAGE EXTERNAL;
