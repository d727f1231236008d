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
package io.prestosql.server;

import com.google.common.collect.ImmutableMap;
import io.prestosql.node.InvalidNodeRoleException;
import io.prestosql.node.NodeRoles;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestNodeRoleConfiguration
{
    private static final String ALLOWED = "(allowed values: dispatcher, coordinator, worker, or a comma list of them)";

    @Test
    public void testDefault()
    {
        assertThat(roles(ImmutableMap.of())).contains(NodeRoles.ALL);
        assertThat(roles(ImmutableMap.of("http-server.http.port", "8080"))).contains(NodeRoles.ALL);
    }

    @Test
    public void testStockConfiguration()
    {
        assertThat(roles(ImmutableMap.of("coordinator", "true"))).isEmpty();
        assertThat(roles(ImmutableMap.of("coordinator", "false"))).isEmpty();
        assertThat(roles(ImmutableMap.of("coordinator", "true", "node-scheduler.include-coordinator", "true"))).isEmpty();
    }

    @Test
    public void testRoles()
    {
        assertThat(roles("dispatcher")).isEqualTo(NodeRoles.of(DISPATCHER));
        assertThat(roles("coordinator")).isEqualTo(NodeRoles.of(COORDINATOR));
        assertThat(roles("worker")).isEqualTo(NodeRoles.of(WORKER));
        assertThat(roles("coordinator,worker")).isEqualTo(NodeRoles.of(COORDINATOR, WORKER));
        assertThat(roles("dispatcher,coordinator,worker")).isEqualTo(NodeRoles.ALL);
        // order, spaces, case, and repetition do not matter
        assertThat(roles(" Worker , DISPATCHER,worker ")).isEqualTo(NodeRoles.of(DISPATCHER, WORKER));
        assertThat(roles(" Worker , DISPATCHER,worker ")).hasToString("dispatcher,worker");
    }

    /**
     * Text that is copied from documents, or saved by some editors, contains such spaces.
     */
    @Test
    public void testSpacesThatCannotBeSeen()
    {
        assertThat(roles("\u00A0worker\u00A0")).isEqualTo(NodeRoles.of(WORKER));
        assertThat(roles("dispatcher,\u00A0coordinator\u200B")).isEqualTo(NodeRoles.of(DISPATCHER, COORDINATOR));
        assertThat(roles("\uFEFFdispatcher\u3000,\tworker\u2028")).isEqualTo(NodeRoles.of(DISPATCHER, WORKER));
        assertThatThrownBy(() -> roles("\u00A0"))
                .isInstanceOf(InvalidNodeRoleException.class)
                .hasMessageContaining("'node.role' in FILE(node.role) is empty");
    }

    @Test
    public void testAgreement()
    {
        assertThat(roles(ImmutableMap.of("node.role", "coordinator,worker", "coordinator", "true"))).contains(NodeRoles.of(COORDINATOR, WORKER));
        assertThat(roles(ImmutableMap.of("node.role", "worker", "coordinator", "false"))).contains(NodeRoles.of(WORKER));
        assertThat(roles(ImmutableMap.of("node.role", "coordinator,worker", "node-scheduler.include-coordinator", "true"))).isPresent();
        assertThat(roles(ImmutableMap.of("node.role", "coordinator", "node-scheduler.include-coordinator", "false"))).isPresent();
        // a worker does not schedule
        assertThat(roles(ImmutableMap.of("node.role", "worker", "node-scheduler.include-coordinator", "false"))).isPresent();
    }

    @Test
    public void testUnknownRole()
    {
        assertInvalid(ImmutableMap.of("node.role", "coordinator,boss"), "Configuration property 'node.role=coordinator,boss' in FILE(node.role) has the unknown role 'boss' " + ALLOWED);
        assertInvalid(ImmutableMap.of("node.role", "worker,"), "Configuration property 'node.role=worker,' in FILE(node.role) has the unknown role '' " + ALLOWED);
        for (String role : new String[] {"all", "\"worker\"", "dispatcher;worker", "workers", "w\u043Erker", "worker\u0000", "[worker]", "*", "$ROLE", "x".repeat(10_000)}) {
            assertInvalid(ImmutableMap.of("node.role", role), "Configuration property 'node.role=%s' in FILE(node.role) has the unknown role '%s' %s".formatted(role, role, ALLOWED));
        }
        assertInvalid(ImmutableMap.of("node.role", "worker,,dispatcher"), "Configuration property 'node.role=worker,,dispatcher' in FILE(node.role) has the unknown role '' " + ALLOWED);
        assertInvalid(ImmutableMap.of("node.role", "coordinator worker"), "Configuration property 'node.role=coordinator worker' in FILE(node.role) has the unknown role 'coordinator worker' " + ALLOWED);
    }

    @Test
    public void testEmpty()
    {
        for (String empty : new String[] {"", "  "}) {
            assertThatThrownBy(() -> roles(empty))
                    .isInstanceOf(InvalidNodeRoleException.class)
                    .hasMessageContaining("'node.role' in FILE(node.role) is empty")
                    .hasMessageContaining("allowed values: dispatcher, coordinator, worker");
        }
    }

    @Test
    public void testConflict()
    {
        assertInvalid(
                ImmutableMap.of("node.role", "worker", "coordinator", "true"),
                "Configuration property 'coordinator=true' in FILE(coordinator) contradicts 'node.role=worker': remove 'coordinator', which follows from 'node.role' " + ALLOWED);
        assertInvalid(
                ImmutableMap.of("node.role", "dispatcher,coordinator", "coordinator", "false"),
                "Configuration property 'coordinator=false' in FILE(coordinator) contradicts 'node.role=dispatcher,coordinator': remove 'coordinator', which follows from 'node.role' " + ALLOWED);
        assertInvalid(
                ImmutableMap.of("node.role", "coordinator", "node-scheduler.include-coordinator", "true"),
                "Configuration property 'node-scheduler.include-coordinator=true' in FILE(node-scheduler.include-coordinator) contradicts 'node.role=coordinator': " +
                        "remove 'node-scheduler.include-coordinator' and say in 'node.role' whether this node is a worker, too " + ALLOWED);
    }

    @Test
    public void testSharedSecret()
    {
        NodeRoleConfiguration without = configuration(ImmutableMap.of("node.role", "worker"));
        assertThatThrownBy(() -> without.checkSharedSecret(NodeRoles.of(WORKER)))
                .isInstanceOf(InvalidNodeRoleException.class)
                .hasMessage("Configuration property 'internal-communication.shared-secret' is missing, which 'node.role=worker' in FILE(node.role) needs: set it to the same random string on every node of the cluster");
        // a node with all roles has no other node to talk to
        without.checkSharedSecret(NodeRoles.ALL);

        configuration(ImmutableMap.of("node.role", "worker", "internal-communication.shared-secret", "secret"))
                .checkSharedSecret(NodeRoles.of(WORKER));
    }

    @Test
    public void testReference()
    {
        assertThat(rolesByReference(ImmutableMap.of("node.role", "${ENV:ROLE}"), ImmutableMap.of("${ENV:ROLE}", "worker"))).contains(NodeRoles.of(WORKER));
        // if only the property coordinator is there, with any value, it is a stock configuration, which has no roles
        assertThat(rolesByReference(ImmutableMap.of("coordinator", "${ENV:COORDINATOR}"), ImmutableMap.of("${ENV:COORDINATOR}", "true"))).isEmpty();
        assertThat(rolesByReference(
                ImmutableMap.of("node.role", "coordinator", "coordinator", "${ENV:COORDINATOR}"),
                ImmutableMap.of("${ENV:COORDINATOR}", "true"))).contains(NodeRoles.of(COORDINATOR));

        assertThatThrownBy(() -> rolesByReference(ImmutableMap.of("node.role", "${ENV:ROLE}"), ImmutableMap.of("${ENV:ROLE}", "boss")))
                .isInstanceOf(InvalidNodeRoleException.class)
                .hasMessage("Configuration property 'node.role=${ENV:ROLE}' in FILE(node.role) has the unknown role 'boss' " + ALLOWED);
        assertThatThrownBy(() -> rolesByReference(ImmutableMap.of("node.role", "${ENV:ROLE}"), ImmutableMap.of("${ENV:ROLE}", "")))
                .isInstanceOf(InvalidNodeRoleException.class)
                .hasMessageContaining("'node.role' in FILE(node.role) is empty");
        assertThatThrownBy(() -> rolesByReference(ImmutableMap.of("node.role", "${ENV:ROLE}"), ImmutableMap.of()))
                .isInstanceOf(InvalidNodeRoleException.class)
                .hasMessage("Configuration property 'node.role=${ENV:ROLE}' in FILE(node.role) cannot be resolved: nothing is called ${ENV:ROLE}. " +
                        "Write the value itself, or define what it refers to where this process is started");
    }

    private static Optional<NodeRoles> rolesByReference(Map<String, String> properties, Map<String, String> values)
    {
        UnaryOperator<String> references = value -> {
            if (!value.startsWith("$")) {
                return value;
            }
            if (!values.containsKey(value)) {
                throw new IllegalArgumentException("nothing is called " + value);
            }
            return values.get(value);
        };
        return new NodeRoleConfiguration(property -> Optional.ofNullable(properties.get(property)), references, "FILE(%s)"::formatted).getRoles();
    }

    private static NodeRoles roles(String configured)
    {
        return roles(ImmutableMap.of("node.role", configured)).orElseThrow();
    }

    private static Optional<NodeRoles> roles(Map<String, String> properties)
    {
        return configuration(properties).getRoles();
    }

    private static NodeRoleConfiguration configuration(Map<String, String> properties)
    {
        return new NodeRoleConfiguration(property -> Optional.ofNullable(properties.get(property)), UnaryOperator.identity(), "FILE(%s)"::formatted);
    }

    private static void assertInvalid(Map<String, String> properties, String message)
    {
        assertThatThrownBy(() -> roles(properties))
                .isInstanceOf(InvalidNodeRoleException.class)
                .hasMessage(message);
    }
}
