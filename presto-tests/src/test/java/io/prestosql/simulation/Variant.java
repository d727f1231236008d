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
 * The production core as it is, or with a fault that the simulator has to find.
 */
enum Variant
{
    /** As it is. */
    SOUND,
    /** Coordinators obey whatever leader. */
    SKIP_FENCING,
    /** Coordinators take orders that were given to an earlier process. */
    IGNORE_INCARNATION,
    /** Where a query is sent is not written down. */
    FORGET_DISPATCH_RECORD,
    /** Queries are sent before the log has where to. */
    SEND_BEFORE_RECORDING,
    /** That a query is not where it was sent is written down some time later, when it may have been sent once more. */
    RETURN_LATE,
    /** Clients are told the query's id before the log has it. */
    ACCEPT_BEFORE_RECORDING,
    /** Clients are told of a failure before the log has it. */
    TELL_BEFORE_RECORDING,
    /** Of a query's text only the beginning is kept before the log has the query's end. */
    CONDENSE_BEFORE_RECORDING,
    /** An order to stop is acknowledged, and not written down. */
    FORGET_CANCEL,
    /** A new leader admits queries as though nothing was running. */
    ADMIT_BEFORE_RECONCILING,
    /** The end of a query frees two slots. */
    FREE_SLOT_TWICE,
    /** Queries with effects are run again like those without. */
    RERUN_EFFECTS,
    /** Queries of which the client has seen rows are run again. */
    RERUN_AFTER_ROWS,
    /** The tasks of every run of a query have the same ids. */
    REPEAT_RUN,
    /** The leader gives up a silent coordinator's queries before the lease is over. */
    GIVE_UP_EARLY,
    /** Coordinators never give up what they run. */
    NO_SELF_FENCING,
    /** A coordinator that is told to stop a query that it does not know starts it when it comes. */
    NO_TOMBSTONE,
    /** What a coordinator does not mention in a report of changes is taken not to be there. */
    MISTAKE_CHANGES_FOR_ALL,
    /** A coordinator forgets queries when they are over, whether or not the log knows. */
    FORGET_UNRECORDED_ENDS,
    /** A query may be submitted again while the log has still to be told to forget that it was submitted before. */
    FORGET_LATE,
    /** The log says that event listeners have heard of an end while they are just being told. */
    TAKE_LISTENERS_FOR_TOLD,
    /** A coordinator says with the end of a query that it has told event listeners. */
    REPORT_TOLD_EARLY,
    /** A coordinator forgets queries whose end is in the log while an order to start them may still be under way. */
    FORGET_TOO_EARLY,
    /** A dispatcher renews the leases of coordinators without making sure that it leads. */
    RENEW_UNCONFIRMED,
    /** A lease runs from the moment in which the coordinator is told, and not from that in which it said what the leader has heard. */
    RENEW_FROM_NOW,
    /** A dispatcher takes a coordinator that does not answer for dead. */
    TAKE_SILENCE_FOR_DEATH,
    /** A new leader asks coordinators for changes only. */
    NEVER_ASK_FOR_ALL,
    /** Of two changes in a row, a coordinator reports the first one only. */
    MISS_A_CHANGE,
}
