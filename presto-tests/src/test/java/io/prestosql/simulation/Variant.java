/*
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.prestosql.simulation;

/**
 * The production core, unchanged or with a fault that the simulator has to find.
 */
enum Variant
{
    /** The unchanged core. */
    SOUND,
    /** Coordinators obey any leader. */
    SKIP_FENCING,
    /** Coordinators take orders that were meant for an earlier incarnation. */
    IGNORE_INCARNATION,
    /** The log gets no record of a dispatch. */
    FORGET_DISPATCH_RECORD,
    /** Queries are sent before the log has their dispatch records. */
    SEND_BEFORE_RECORDING,
    /** The record of a query's return is appended late, perhaps after its next dispatch. */
    RETURN_LATE,
    /** Clients are told the query's id before the log has it. */
    ACCEPT_BEFORE_RECORDING,
    /** Clients are told of a failure before the log has it. */
    TELL_BEFORE_RECORDING,
    /** A query's text is cut to its beginning before the log has the query's end. */
    CONDENSE_BEFORE_RECORDING,
    /** An order to stop is acknowledged, but not recorded. */
    FORGET_CANCEL,
    /** A new leader admits queries as if none was running. */
    ADMIT_BEFORE_RECONCILING,
    /** The end of a query frees two slots. */
    FREE_SLOT_TWICE,
    /** A resource group counts its running queries for each cluster by itself. */
    COUNT_EACH_CLUSTER,
    /** The limit of a cluster is not known to those that decide. */
    IGNORE_LIMIT_OF_CLUSTER,
    /** A cluster that is drained gets queries. */
    SELECT_DRAINED_CLUSTER,
    /** Queries go to any cluster, and not only where their rules say. */
    IGNORE_RULES,
    /** A group does not hear of the room that the end of a query makes in a full cluster. */
    MISS_ROOM,
    /** A dispatcher claims a coordinator for any cluster, although it has a lease as one of another cluster. */
    CLAIM_FOR_ANY_CLUSTER,
    /** A query that waits again joins at the end. */
    LOSE_PLACE,
    /** Queries with effects are run again like those without effects. */
    RERUN_EFFECTS,
    /** Queries are run again even if their clients have seen rows. */
    RERUN_AFTER_ROWS,
    /** The tasks of all runs of a query have the same ids. */
    REPEAT_RUN,
    /** The leader gives up a silent coordinator's queries before its lease is over. */
    GIVE_UP_EARLY,
    /** Coordinators never give up their queries. */
    NO_SELF_FENCING,
    /** A coordinator that was told to stop an unknown query still starts the query when it arrives. */
    NO_TOMBSTONE,
    /** A query that is missing from a coordinator's report of changes is taken for gone. */
    MISTAKE_CHANGES_FOR_ALL,
    /** A coordinator forgets queries when they are over, even if the log does not have their ends yet. */
    FORGET_UNRECORDED_ENDS,
    /** A query may be submitted again before the log has forgotten the earlier submission. */
    FORGET_LATE,
    /** The log records that event listeners were told of an end before that is done. */
    TAKE_LISTENERS_FOR_TOLD,
    /** A coordinator reports with the end of a query that it has told event listeners, before it has. */
    REPORT_TOLD_EARLY,
    /** A coordinator forgets queries whose ends are in the log while orders to start them may still be under way. */
    FORGET_TOO_EARLY,
    /** A dispatcher renews the leases of coordinators without confirming that it leads. */
    RENEW_UNCONFIRMED,
    /**
     * A lease runs from the receipt of its renewal, not from the time of the coordinator's report that the leader has heard.
     */
    RENEW_FROM_NOW,
    /** A dispatcher takes a silent coordinator for dead. */
    TAKE_SILENCE_FOR_DEATH,
    /** A new leader asks coordinators for changes only. */
    NEVER_ASK_FOR_ALL,
    /** A coordinator reports only the first of two changes in a row. */
    MISS_A_CHANGE,
}
