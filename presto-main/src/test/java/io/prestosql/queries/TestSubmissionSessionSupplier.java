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
package io.prestosql.queries;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.airlift.units.DataSize;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.prestosql.dispatcher.admission.DispatcherMetadata;
import io.trino.Session;
import io.trino.client.ProtocolHeaders;
import io.trino.metadata.SessionPropertyManager;
import io.trino.security.AllowAllAccessControl;
import io.trino.server.QuerySessionSupplier;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;
import io.trino.spi.security.Identity;
import io.trino.spi.security.SelectedRole;
import io.trino.spi.session.ResourceEstimates;
import io.trino.sql.SqlEnvironmentConfig;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

public class TestSubmissionSessionSupplier
{
    private static final QueryId QUERY = new QueryId("20260101_000000_00000_aaaaa");
    private static final Instant SUBMITTED = Instant.parse("2026-01-01T00:00:00.123456Z");
    private static final Span SPAN = Span.wrap(SpanContext.create("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", TraceFlags.getSampled(), TraceState.getDefault()));

    private final QuerySessionSupplier engine = new QuerySessionSupplier(DispatcherMetadata.create(), new AllowAllAccessControl(), new SessionPropertyManager(), new SqlEnvironmentConfig());
    private final SubmissionSessionSupplier supplier = new SubmissionSessionSupplier(engine);

    @Test
    public void testBeginsWithSubmission()
    {
        SessionContext context = context();
        Session session;
        try (Scope _ = new SubmissionTime(SUBMITTED, 17).inContext(Context.root()).makeCurrent()) {
            session = supplier.createSession(QUERY, SPAN, context);
        }
        assertThat(session.getStart()).isEqualTo(SUBMITTED);
        assertThat(session.getQuerySpan()).isSameAs(SPAN);

        // every header is preserved
        Session expected = engine.createSession(QUERY, SPAN, context);
        assertThat(session.toSessionRepresentation())
                .usingRecursiveComparison()
                .ignoringFields("start")
                .isEqualTo(expected.toSessionRepresentation());
        assertThat(session.getResourceEstimates()).isEqualTo(expected.getResourceEstimates());
        assertThat(session.getProtocolHeaders()).isEqualTo(expected.getProtocolHeaders());
        assertThat(session.getPreparedStatements()).isEqualTo(expected.getPreparedStatements());
        assertThat(session.isClientTransactionSupport()).isEqualTo(expected.isClientTransactionSupport()).isTrue();
        assertThat(session.getOriginalIdentity().getUser()).isEqualTo("bob");
    }

    @Test
    public void testQueryOfNoDispatcher()
    {
        Instant before = Instant.now();
        assertThat(supplier.createSession(QUERY, SPAN, context()).getStart()).isAfterOrEqualTo(before);
    }

    private static SessionContext context()
    {
        return new SessionContext(
                ProtocolHeaders.createProtocolHeaders("Presto"),
                Optional.of("tpch"),
                Optional.of("tiny"),
                Optional.of("tpch.sf1"),
                Optional.of(Identity.ofUser("bob")),
                Identity.forUser("alice").withGroups(ImmutableSet.of("users")).withExtraCredentials(ImmutableMap.of("token", "secret")).build(),
                Identity.ofUser("bob"),
                new SelectedRole(SelectedRole.Type.ALL, Optional.empty()),
                Optional.of("source"),
                Optional.of("token"),
                Optional.of("agent"),
                Optional.of("10.0.0.7"),
                Optional.of("Europe/Berlin"),
                Optional.of("de-DE"),
                ImmutableSet.of("tag"),
                ImmutableSet.of("PATH"),
                new ResourceEstimates(Optional.of(Duration.ofSeconds(1)), Optional.of(Duration.ofSeconds(2)), Optional.of(DataSize.ofBytes(3).toBytes())),
                ImmutableMap.of("query_max_run_time", "1h"),
                ImmutableMap.of("tpch", ImmutableMap.of("a", "b")),
                ImmutableMap.of("prepared", "SELECT 1"),
                Optional.empty(),
                true,
                Optional.of("info"),
                Optional.of("json"));
    }
}
