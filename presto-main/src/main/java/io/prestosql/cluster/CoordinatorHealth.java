package io.prestosql.cluster;

/**
 * What a dispatcher knows of a coordinator's life.
 */
public enum CoordinatorHealth
{
    /** It was announced, and has not been reached yet. */
    UNKNOWN,
    ANSWERING,
    /** It does not answer, which may pass: it keeps its queries, and gets no new ones. */
    SILENT,
    /** Its process is dead. */
    GONE,
}
