package io.prestosql.spi.querylog;

import java.util.List;

/**
 * What a dispatcher is told by the log. The log calls one method at a time.
 */
public interface QueryLogListener
{
    /**
     * This dispatcher is the leader from now on.
     *
     * @param epoch greater than every epoch before, of any dispatcher
     * @param liveRecords all records of queries that are not forgotten, in the order in which they were appended
     */
    void elected(long epoch, List<QueryLogRecord> liveRecords);

    /**
     * This dispatcher is no longer the leader. It may be told late: its appends may have been refused before.
     */
    void deposed(long epoch);
}
