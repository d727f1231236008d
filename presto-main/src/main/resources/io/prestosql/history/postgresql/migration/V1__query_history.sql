-- The queries that are over. Rows are inserted by the leader of the queue, replaced by a later leader if need be, and deleted when they are
-- old. Identifiers are compared by their bytes, so that no collation has a say in their order.
CREATE TABLE past_query (
    query_id text COLLATE "C" PRIMARY KEY,
    -- of the leader that has told of the query
    epoch bigint NOT NULL,
    user_name text NOT NULL,
    principal text,
    -- a JSON list
    user_groups text NOT NULL,
    source text,
    resource_group text,
    cluster text,
    coordinator text,
    state text NOT NULL,
    error_code text,
    error_type text,
    error_message text,
    submitted timestamptz NOT NULL,
    started timestamptz,
    -- null: an earlier leader has ended the query
    ended timestamptz,
    -- on the clock of the database, which counts for the retention
    recorded timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- plain text; null unless query-history.sql=true
    sql text
);

CREATE INDEX past_query_submitted ON past_query (submitted, query_id);
CREATE INDEX past_query_recorded ON past_query (recorded);
