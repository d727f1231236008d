-- One row, made by the first dispatcher that finds none: coordinators that see another name are asked for by another queue.
CREATE TABLE identity (
    id smallint PRIMARY KEY CHECK (id = 1),
    name text NOT NULL
);
