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
package io.prestosql.discovery;

import com.google.inject.Inject;
import io.airlift.discovery.client.Announcer;
import jakarta.annotation.PreDestroy;

import static java.util.Objects.requireNonNull;

/**
 * Ends the announcements right before the {@link Announcer} stops, which it depends on for that reason: what is created later stops earlier.
 */
class AnnouncerStop
{
    private final AnnouncementToAllServers announcement;

    @Inject
    AnnouncerStop(@SuppressWarnings("unused") Announcer announcer, AnnouncementToAllServers announcement)
    {
        this.announcement = requireNonNull(announcement, "announcement is null");
    }

    @PreDestroy
    public void stop()
    {
        announcement.end();
    }
}
