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
package io.prestosql.queue;

import io.prestosql.queue.core.QueueEvent;

import java.util.concurrent.CompletableFuture;

/**
 * Takes events that concern only the leader of one epoch, because they follow from that leader's orders or queries.
 */
public interface LeaderEvents
{
    /**
     * Posts an event. By the time the event is handled, this dispatcher may lead in another epoch, which must not get the event.
     *
     * @return done when the event has been handled and all its effects have been ordered; fails when this dispatcher no longer leads in that
     * epoch
     */
    CompletableFuture<Void> post(long epoch, QueueEvent event);
}
