package io.prestosql.coordinator;

/**
 * Whether this process is a dispatcher, too.
 */
public record DispatcherPresence(boolean isPresent) {}
