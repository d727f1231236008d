-- One row, made with the tables: coordinators that see another id do not share their catalogs.
CREATE TABLE store (
    id uuid NOT NULL
);

INSERT INTO store (id) VALUES (gen_random_uuid());

-- Inserted and deleted, never updated.
CREATE TABLE catalog (
    name text PRIMARY KEY,
    connector text NOT NULL,
    -- an object whose values are strings
    properties jsonb NOT NULL,
    created timestamptz NOT NULL DEFAULT now()
);
