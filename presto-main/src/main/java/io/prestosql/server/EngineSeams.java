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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.airlift.discovery.client.Announcer;
import io.airlift.discovery.client.DiscoveryAnnouncementClient;
import io.airlift.discovery.client.DiscoveryLookupClient;
import io.airlift.discovery.client.DiscoveryModule;
import io.airlift.discovery.client.HttpDiscoveryAnnouncementClient;
import io.airlift.discovery.client.HttpDiscoveryLookupClient;
import io.airlift.discovery.server.DynamicStore;
import io.trino.connector.CatalogPruneTask;
import io.trino.connector.CatalogStoreManager;
import io.trino.connector.ConnectorServicesProvider;
import io.trino.connector.CoordinatorDynamicCatalogManager;
import io.trino.connector.DefaultCatalogFactory;
import io.trino.connector.InMemoryCatalogStore;
import io.trino.connector.WorkerDynamicCatalogManager;
import io.trino.connector.system.KillQueryProcedure;
import io.trino.connector.system.QuerySystemTable;
import io.trino.connector.system.TaskSystemTable;
import io.trino.connector.system.TransactionsSystemTable;
import io.trino.cost.TaskCountEstimator;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.DispatchQuery;
import io.trino.dispatcher.DispatchQueryFactory;
import io.trino.dispatcher.QueuedStatementResource;
import io.trino.event.QueryMonitor;
import io.trino.execution.ClusterSizeMonitor;
import io.trino.execution.LocationFactory;
import io.trino.execution.QueryManager;
import io.trino.execution.QueryStateMachine;
import io.trino.execution.RemoteTaskFactory;
import io.trino.execution.SqlTask;
import io.trino.execution.SqlTaskManager;
import io.trino.execution.StateMachine.StateChangeListener;
import io.trino.execution.TaskInfo;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.execution.scheduler.NodeSchedulerConfig;
import io.trino.execution.scheduler.NodeSelectorFactory;
import io.trino.execution.scheduler.TopologyAwareNodeSelectorFactory;
import io.trino.execution.scheduler.faulttolerant.BinPackingNodeAllocatorService;
import io.trino.execution.warnings.WarningCollectorFactory;
import io.trino.failuredetector.FailureDetector;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.ForMemoryManager;
import io.trino.memory.LowMemoryKiller;
import io.trino.metadata.CatalogManager;
import io.trino.metadata.FunctionManager;
import io.trino.metadata.InternalNodeManager;
import io.trino.metadata.Metadata;
import io.trino.operator.ForScheduler;
import io.trino.server.BasicQueryInfo;
import io.trino.server.DynamicFilterService;
import io.trino.server.ExternalUriInfo;
import io.trino.server.HttpRemoteTaskFactory;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.InternalAuthenticationManager;
import io.trino.server.NodeStateManager;
import io.trino.server.PluginInstaller;
import io.trino.server.PluginManager;
import io.trino.server.QueryResource;
import io.trino.server.Server;
import io.trino.server.ServerConfig;
import io.trino.server.ServerMainModule;
import io.trino.server.SessionContext;
import io.trino.server.TaskResource;
import io.trino.server.protocol.ExecutingStatementResource;
import io.trino.server.protocol.Slug;
import io.trino.server.protocol.spooling.QueryDataEncoder;
import io.trino.server.ui.ClusterStatsResource;
import io.trino.server.ui.FormWebUiConfig;
import io.trino.server.ui.NoWebUiAuthenticationFilter;
import io.trino.server.ui.UiQueryResource;
import io.trino.server.ui.WebUiAuthenticationModule;
import io.trino.server.ui.WebUiStaticResource;
import io.trino.server.ui.WorkerResource;
import io.trino.sql.tree.DefaultTraversalVisitor;
import io.trino.transaction.NoOpTransactionManager;
import io.trino.transaction.TransactionInfo;
import io.trino.transaction.TransactionManager;

import java.util.List;
import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;
import static io.prestosql.server.EngineSeams.Treatment.LEFT_OUT;
import static io.prestosql.server.EngineSeams.Treatment.RELIED_ON;
import static io.prestosql.server.EngineSeams.Treatment.REPLACED;
import static io.prestosql.server.EngineSeams.Treatment.STOOD_IN_FOR;
import static io.prestosql.server.EngineSeams.Treatment.SUBCLASSED;
import static java.util.Objects.requireNonNull;

/**
 * Everything inside of the engine that these roles depend on, beyond its SPI: what is replaced, left out, stood in for, subclassed, or
 * relied on although nobody has promised it. With each the reason, and what release 483 of the engine changes. That was found by a
 * comparison of public signatures, and for some by compiling; it was not run.
 * <p>
 * Nothing here runs in a server. It is the list to go through when the engine's version changes, and {@code TestEngineSeams} keeps it
 * complete: it fails when a replacement, a class that is left out, or an engine class that one of ours extends or implements is missing
 * here, when something listed is gone, and when the engine is another release than the one that the list was checked with.
 */
public final class EngineSeams
{
    /** The release that this list was checked with. */
    public static final String ENGINE_VERSION = "476";

    private static final String UNCHANGED = "Public methods are unchanged.";
    private static final String NODES_MOVE = "The constructor, or a method, wants the node classes of io.trino.node.";

    public enum Treatment
    {
        /** The engine binds the class, and so do we: ours wins. {@link EngineModule} fails the start when the engine does not bind it. */
        REPLACED,
        /** The engine adds the class to a set, and we take it out. {@link EngineModule} fails the start when it is not there. */
        LEFT_OUT,
        /** The engine's class is not there in some process, or is not used, and a class of ours does for others what it does. */
        STOOD_IN_FOR,
        /** A class of ours extends it. */
        SUBCLASSED,
        /** Used as it is, in a way that its documentation does not promise. */
        RELIED_ON,
    }

    /**
     * @param engineClass the engine's class
     * @param members the methods that the seam hangs on by name, where the compiler does not check them or where there is just one
     * @param treatment what we do to it
     * @param ours where: class names below {@code io.prestosql}
     * @param reason why
     * @param nextRelease what release 483 changes
     */
    public record Seam(Class<?> engineClass, Set<String> members, Treatment treatment, List<String> ours, String reason, String nextRelease)
    {
        public Seam
        {
            requireNonNull(engineClass, "engineClass is null");
            members = ImmutableSet.copyOf(members);
            requireNonNull(treatment, "treatment is null");
            ours = ImmutableList.copyOf(ours);
            checkArgument(!ours.isEmpty(), "no class of ours is named for %s", engineClass);
            requireNonNull(reason, "reason is null");
            requireNonNull(nextRelease, "nextRelease is null");
        }
    }

    public static final List<Seam> SEAMS = ImmutableList.of(
            // ---- bindings of the engine's coordinator that are replaced
            new Seam(
                    ResourceGroupManager.class,
                    members(),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule", "coordinator.AssignedResourceGroupManager", "dispatcher.engineless.WorkerReplacementsModule"),
                    "A coordinator has no queue: a dispatched query is in the group that its dispatcher has admitted it to. A worker that is a dispatcher, too, needs real groups; the engine's workers have a manager that does nothing.",
                    UNCHANGED),
            new Seam(
                    FailureDetector.class,
                    members(),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule", "coordinator.nodes.NodeLivenessDetector"),
                    "A node that refuses a connection is gone at once, and back with its first answer; the engine's detector needs seconds either way.",
                    "The interface is unchanged, but nothing binds it except the airlift discovery in io.trino.node; nodes are asked isGone instead. NodeLivenessDetector becomes a part of our InternalNodeManager."),
            new Seam(
                    NodeSelectorFactory.class,
                    members(),
                    REPLACED,
                    by("coordinator.nodes.NodeSelectorReplacementModule"),
                    "Only nodes with the worker role get splits: the engine's uniform selector over SchedulingNodeManager.",
                    "createNodeSelector loses its catalog; UniformNodeSelectorFactory wants the current node, a StableHostAddressProvider, and io.trino.node.InternalNodeManager."),
            new Seam(
                    TopologyAwareNodeSelectorFactory.class,
                    members(),
                    REPLACED,
                    by("coordinator.nodes.NodeSelectorReplacementModule"),
                    "As NodeSelectorFactory, for node-scheduler.policy=topology.",
                    "createNodeSelector loses its catalog; the constructor wants the current node, and io.trino.node.InternalNodeManager."),
            new Seam(
                    ClusterSizeMonitor.class,
                    members(),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule"),
                    "The minimum of workers counts nodes with the worker role: the engine's class over SchedulingNodeManager.",
                    NODES_MOVE),
            new Seam(
                    TaskCountEstimator.class,
                    members(),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule"),
                    "The optimizer counts nodes with the worker role: the engine's class over SchedulingNodeManager.",
                    NODES_MOVE),
            new Seam(
                    BinPackingNodeAllocatorService.class,
                    members(),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule"),
                    "Fault-tolerant execution places tasks on nodes with the worker role: the engine's class over SchedulingNodeManager.",
                    NODES_MOVE),
            new Seam(
                    DefaultCatalogFactory.class,
                    members(),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule", "catalog.RememberingCatalogFactory"),
                    "Connectors that place buckets or ask for worker nodes see nodes with the worker role: the engine's class over SchedulingNodeManager. A subclass remembers what catalogs were made of, which static catalogs do not tell, so that coordinators can compare theirs.",
                    "The constructor wants the current node, and io.trino.node.InternalNodeManager; CatalogHandle moves to io.trino.connector."),
            new Seam(
                    ClusterMemoryManager.class,
                    members("process", "getNumberOfLeakedQueries", "getAllNodesMemoryInfo", "addChangeListener"),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule", "memory.SharedClusterMemoryManager", "memory.LowMemoryDecider", "dispatcher.engineless.ReportedClusterMemory", "coordinator.nodes.OwnNodeView"),
                    "On a coordinator, a subclass that is the engine's but for getNumberOfLeakedQueries: queries of other coordinators are no leaks. Its process hears of this coordinator's queries. On a dispatcher, another subclass, as InternalResourceGroupManager is final and wants one, of which it uses addChangeListener only. The size comes from the coordinators' reports, for limits that are a share of the cluster's memory.",
                    "The constructor wants io.trino.node.InternalNodeManager; nothing else of its public methods changes."),
            new Seam(
                    LowMemoryKiller.class,
                    members("chooseTargetToKill"),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule", "memory.OrderedKiller", "memory.EngineVictimPolicy"),
                    "Each coordinator's memory manager kills only what the cluster's decider has ordered it to. It asks its task killer first, which is told of queries, too; its query killer is the engine's that kills nothing. The engine's policies, by their public constructors, choose over the queries of all coordinators: a value of *.low-memory-killer.policy that a new release adds is found by the compiler.",
                    "Unchanged, and so are the policies and KillTarget; MemoryInfo's constructor wants the CPU load, too."),

            // ---- catalogs of several coordinators
            new Seam(
                    CatalogManager.class,
                    members(),
                    REPLACED,
                    by("catalog.CatalogReplacementsModule", "catalog.ClusterCatalogs"),
                    "With dynamic catalogs only: wraps the engine's manager, which reads its store at the start only, so that catalogs that another coordinator has created or dropped are seen.",
                    "getActiveCatalogs becomes getReachableDynamicCatalogs; CatalogHandle moves to io.trino.connector."),
            new Seam(
                    CoordinatorDynamicCatalogManager.class,
                    members("createCatalog", "dropCatalog", "getCatalogProperties", "getActiveCatalogs"),
                    RELIED_ON,
                    by("catalog.ClusterCatalogs", "catalog.SharedCatalogStore", "catalog.CatalogModule"),
                    "It asks its store before a catalog gets or loses its name, and leaves everything as it was when the store throws; so the store decides who is first. What others have changed goes through the same two methods, with a store that writes nothing.",
                    "getActiveCatalogs becomes getReachableDynamicCatalogs. That the store is asked first is to be looked up again."),
            new Seam(
                    CatalogStoreManager.class,
                    members("addCatalogStoreFactory"),
                    RELIED_ON,
                    by("catalog.CatalogModule", "catalog.SharedCatalogStores"),
                    "catalog.store=shared-folder and catalog.store=postgresql are registered as plugins' stores would be, before ServerStartup loads the store.",
                    UNCHANGED),
            new Seam(
                    InMemoryCatalogStore.class,
                    members("createCatalogProperties"),
                    RELIED_ON,
                    by("catalog.CatalogFolder"),
                    "The version in a catalog's handle, a hash of name, connector and properties: the same on all coordinators. The method that computes it is not public.",
                    "CatalogHandle and its version move to io.trino.connector."),
            new Seam(
                    ConnectorServicesProvider.class,
                    members("ensureCatalogsLoaded", "pruneCatalogs"),
                    REPLACED,
                    by("catalog.CatalogReplacementsModule", "catalog.PrunableCatalogs"),
                    "With dynamic catalogs only: wraps the engine's manager on coordinators and workers, and keeps what tasks have needed since the mark of a prune was given. A prune without a mark, as the engine's own /v1/task/pruneCatalogs is, does nothing.",
                    "ensureCatalogsLoaded loses the session; pruneCatalogs wants a PrunableState, taken before: the engine's own form of a mark, within one process."),
            new Seam(
                    WorkerDynamicCatalogManager.class,
                    members("pruneCatalogs"),
                    RELIED_ON,
                    by("catalog.CatalogModule", "catalog.PrunableCatalogs"),
                    "Drops every catalog that is not in the list, the system catalog included, which PrunableCatalogs adds.",
                    "As ConnectorServicesProvider."),
            new Seam(
                    CatalogPruneTask.class,
                    members("start"),
                    REPLACED,
                    by("catalog.CatalogReplacementsModule", "catalog.CoordinatorCatalogs", "catalog.NodeCatalogPruner"),
                    "The engine's task tells workers to drop what this coordinator does not know. It is made with catalog.prune.enabled=false; ours asks all coordinators first.",
                    "The constructor wants the current node and io.trino.node.InternalNodeManager."),
            new Seam(
                    TransactionInfo.class,
                    members("getActiveCatalogs"),
                    RELIED_ON,
                    by("catalog.CatalogReporter"),
                    "What transactions use is not pruned. A catalog shows up only when its part of the transaction has begun, so CatalogReporter goes on to report what had a name a moment ago.",
                    "Becomes getRegisteredCatalogs, which has it from the look-up on: then RecentCatalogs may go."),

            new Seam(
                    KillQueryProcedure.class,
                    members("killQuery", "get"),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule", "coordinator.system.ClusterKillQueryProcedure"),
                    "system.runtime.kill_query reaches queries of other coordinators, and queued ones. Ours is a subclass: the engine's procedure calls killQuery by a method handle, which finds the override.",
                    "To be compared: that killQuery is still what the procedure calls."),
            new Seam(
                    WarningCollectorFactory.class,
                    members("create"),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule", "coordinator.system.QueryWarnings"),
                    "System tables warn the client of what is missing in them: the collector of a dispatched query is kept, found by Context.current(), in which DispatchManager makes the query.",
                    "To be compared: that LocalDispatchQueryFactory calls create() in the thread that makes the query."),

            // ---- what the engine's coordinator adds and this one has not
            new Seam(
                    QueuedStatementResource.class,
                    members(),
                    LEFT_OUT,
                    by("server.ServerModules", "dispatcher.statement.StatementResource", "coordinator.ClientRefusalResource"),
                    "Clients submit queries to dispatchers; a coordinator without that role says where they are. The resource's answers, waits and token rules are what StatementResource repeats.",
                    UNCHANGED),
            new Seam(
                    QueryResource.class,
                    members(),
                    LEFT_OUT,
                    by("server.ServerModules", "queries.QueryInfoResource"),
                    "On dispatchers and on coordinators, /v1/query shows the whole cluster.",
                    UNCHANGED),
            new Seam(
                    WorkerResource.class,
                    members(),
                    LEFT_OUT,
                    by("server.ServerModules", "ui.UiWorkerResource"),
                    "The UI's pages for workers are there on dispatchers, too, and show tasks of all queries. Answers with the engine's JsonNodeInfo.",
                    "To be compared: its paths and JsonNodeInfo."),
            new Seam(
                    QuerySystemTable.class,
                    members("cursor", "getDistribution", "getTableMetadata"),
                    LEFT_OUT,
                    by("server.ServerModules", "coordinator.system.ClusterQuerySystemTable"),
                    "system.runtime.queries has the queue, too, with the time in it, and must not wait for a dead coordinator: the engine sends a split to each. Ours has the engine's columns (QUERY_TABLE), and fills them in the same order.",
                    "Unchanged; its columns are to be compared."),
            new Seam(
                    TransactionsSystemTable.class,
                    members("cursor", "getTableMetadata"),
                    LEFT_OUT,
                    by("server.ServerModules", "coordinator.system.ClusterTransactionSystemTable"),
                    "system.runtime.transactions has those of all coordinators. Ours has the columns of the engine's, and fills them in the same order.",
                    "To be compared: columns and constructor."),
            new Seam(
                    TaskSystemTable.class,
                    members("cursor", "getDistribution", "getTableMetadata"),
                    LEFT_OUT,
                    by("server.ServerModules", "coordinator.system.AnsweringNodesTaskSystemTable"),
                    "system.runtime.tasks must not wait for a dead node: ours, on coordinators, wraps the engine's and gives out splits to nodes that answer. It hangs on SystemTable.splitSource, which SystemSplitManager asks first, and on SystemSplit.",
                    "To be compared: the constructor, and that splitSource is still asked first."),

            // ---- start-up
            new Seam(
                    Server.class,
                    members("start", "doStart", "updateConnectorIds"),
                    STOOD_IN_FOR,
                    by("server.PrestoServer", "server.ServerModules", "server.ServerStartup"),
                    "Its start cannot be taken apart: ServerModules repeats the list of modules, ServerStartup the loading steps in their order and the announcement of static catalogs (the property catalogHandleIds). Left out: verifySystemRequirements, which cannot be called from outside.",
                    "updateConnectorIds is gone: catalogs are no longer announced. DiscoveryModule, CoordinatorDiscoveryModule and JmxHttpModule are not in the list of modules any more, io.trino.node.NodeManagerModule is. The announcer is io.trino.node.Announcer."),
            new Seam(
                    ServerMainModule.class,
                    members(),
                    STOOD_IN_FOR,
                    by("server.DispatcherRoleModule", "dispatcher.engineless.DispatcherServicesModule", "dispatcher.engineless.EnginelessServicesModule"),
                    "A process that is a dispatcher and nothing else binds the services of it and of CoordinatorModule that a queue needs, and no others. A service that a new release wants shows up as a missing binding at the start.",
                    "NodeVersion moves to io.trino.spi; the constructors that change are found by the compiler."),
            new Seam(
                    ServerConfig.class,
                    members("isCoordinator"),
                    RELIED_ON,
                    by("server.PrestoServer"),
                    "The property coordinator follows from node.role. It is true for a mere dispatcher, too: to clients, /v1/info and the authentication filters that is what a coordinator is.",
                    UNCHANGED),
            new Seam(
                    NodeSchedulerConfig.class,
                    members("isIncludeCoordinator"),
                    RELIED_ON,
                    by("server.PrestoServer", "coordinator.nodes.SchedulingNodeManager"),
                    "node-scheduler.include-coordinator is always false on a coordinator: whatever leaves out coordinators is shown the nodes without the worker role as such.",
                    UNCHANGED),
            new Seam(
                    PluginInstaller.class,
                    members(),
                    STOOD_IN_FOR,
                    by("dispatcher.engineless.DispatcherPluginInstaller"),
                    "A mere dispatcher takes resource groups, authenticators, access control, group providers, session defaults and event listeners from plugins. The engine's PluginManager wants catalogs, functions and types.",
                    UNCHANGED),
            new Seam(
                    PluginManager.class,
                    members("createClassLoader"),
                    RELIED_ON,
                    by("dispatcher.engineless.DispatcherPluginInstaller"),
                    "Plugins get the class loaders that they would get from the engine.",
                    UNCHANGED),
            new Seam(
                    NodeStateManager.class,
                    members(),
                    RELIED_ON,
                    by("dispatcher.engineless.EnginelessServicesModule"),
                    "/v1/info/state of a mere dispatcher, which has no tasks to wait for.",
                    "The constructor wants a CurrentNodeState; NodeState moves to io.trino.node."),

            // ---- discovery
            new Seam(
                    DiscoveryModule.class,
                    members(),
                    STOOD_IN_FOR,
                    by("discovery.DiscoveryClientModule"),
                    "It knows one discovery server. Announcer, selectors, inventory and wire protocol are still airlift's.",
                    "The engine announces to a list of coordinators by itself (io.trino.node.AnnounceNodeAnnouncer), and discovery.uri is a list. Then this module goes, if what it does when some coordinators are down is what is wanted."),
            new Seam(
                    DiscoveryAnnouncementClient.class,
                    members(),
                    STOOD_IN_FOR,
                    by("discovery.AnnouncementToAllServers", "discovery.DiscoveryClientModule"),
                    "Every node announces itself to every coordinator.",
                    "As DiscoveryModule."),
            new Seam(
                    DiscoveryLookupClient.class,
                    members(),
                    STOOD_IN_FOR,
                    by("discovery.LookupAtAllServers", "discovery.LookupInOwnStore", "discovery.DiscoveryClientModule"),
                    "Any coordinator may be down: others ask all of them, and a coordinator its own store.",
                    "As DiscoveryModule."),
            new Seam(
                    HttpDiscoveryAnnouncementClient.class,
                    members("announce", "unannounce"),
                    RELIED_ON,
                    by("discovery.AnnouncementToAllServers"),
                    "One for each coordinator, made by its public constructor.",
                    "As DiscoveryModule."),
            new Seam(
                    HttpDiscoveryLookupClient.class,
                    members("getServices"),
                    RELIED_ON,
                    by("discovery.LookupAtAllServers"),
                    "One for each coordinator, made by its public constructor.",
                    "As DiscoveryModule."),
            new Seam(
                    DynamicStore.class,
                    members("get"),
                    RELIED_ON,
                    by("discovery.LookupInOwnStore"),
                    "The store of the coordinator's embedded discovery server, asked without HTTP.",
                    "As DiscoveryModule: an AnnounceNodeInventory takes its place."),
            new Seam(
                    Announcer.class,
                    members("addServiceAnnouncement", "removeServiceAnnouncement", "getServiceAnnouncements"),
                    RELIED_ON,
                    by("server.ServerStartup", "discovery.DiscoveryClientModule"),
                    "Announced are the engine's services trino and trino-coordinator with the engine's own properties, and ours beside them: presto-node with the roles, presto-dispatcher.",
                    "The engine announces with io.trino.node.Announcer, which has no service announcements to change."),
            new Seam(
                    InternalNodeManager.class,
                    members("refreshNodes"),
                    RELIED_ON,
                    by("coordinator.nodes.SchedulingNodeManager", "coordinator.nodes.NodeViewRefresh", "server.ServerStartup"),
                    "SchedulingNodeManager is a second view of the nodes; NodeViewRefresh has the engine's view refreshed whenever a node was found dead or alive, ServerStartup when this node's catalogs are announced.",
                    "Moves to io.trino.node: refreshNodes(boolean), isGone(HostAddress), no getActiveCatalogNodes, no getCurrentNode (InternalNode is bound)."),
            new Seam(
                    InternalNodeManager.NodesSnapshot.class,
                    members("getAllNodes", "getConnectorNodes"),
                    SUBCLASSED,
                    by("coordinator.nodes.SchedulingNodeManager"),
                    "SchedulingNodeManager's snapshot of the nodes.",
                    "Moves to io.trino.node: no getConnectorNodes, as every node has every catalog."),

            // ---- the queue of a dispatcher
            new Seam(
                    DispatchManager.class,
                    members("createQuery", "waitForDispatched", "isQueryRegistered"),
                    RELIED_ON,
                    by("dispatcher.admission.DispatchManagerFactory", "dispatcher.admission.LeaderTerm", "dispatcher.admission.QueryOrder", "coordinator.EngineQueryStarter", "coordinator.AssignedQuery"),
                    "The dispatcher has one of its own for each term as leader of the queue, made by its public constructor, as the engine's never forgets a query at once. createQuery wraps its work in Context.current(): so the client's request reaches RemoteDispatchQueryFactory, and a dispatched query AssignedResourceGroupManager.",
                    "Unchanged, but for two more statistics."),
            new Seam(
                    DispatchQueryFactory.class,
                    members(),
                    STOOD_IN_FOR,
                    by("dispatcher.admission.RemoteDispatchQueryFactory"),
                    "A dispatcher's queries run on a coordinator.",
                    UNCHANGED),
            new Seam(
                    DispatchQuery.class,
                    members("getExecutionStartTime", "getLastHeartbeat"),
                    STOOD_IN_FOR,
                    by("dispatcher.admission.RemoteDispatchQuery"),
                    "As DispatchQueryFactory. The engine's QueryTracker enforces limits by these times: empty and null leave them to the coordinator.",
                    "Unchanged itself; the dates of QueryTracker.TrackedQuery are java.time.Instant."),
            new Seam(
                    QueryStateMachine.class,
                    members("begin"),
                    RELIED_ON,
                    by("dispatcher.admission.RemoteDispatchQueryFactory", "dispatcher.admission.RemoteDispatchQuery"),
                    "A dispatcher's query has the engine's states. begin() is told transactionControl=true, so that it begins no transaction: that is the coordinator's affair.",
                    "begin wants an ExchangeMetricsCollector, too; dates are java.time.Instant."),
            new Seam(
                    DefaultTraversalVisitor.class,
                    members(),
                    SUBCLASSED,
                    by("dispatcher.admission.StatementEffects"),
                    "Looks for table functions in a query: one without them only reads, and can be run again when its coordinator dies.",
                    UNCHANGED),
            new Seam(
                    StateChangeListener.class,
                    members(),
                    RELIED_ON,
                    by("dispatcher.admission.RemoteDispatchQuery"),
                    "Listeners hear of each state, in threads of the dispatcher's executor.",
                    UNCHANGED),
            new Seam(
                    InternalResourceGroupManager.class,
                    members("loadConfigurationManager", "tryGetPathToRoot"),
                    RELIED_ON,
                    by("dispatcher.engineless.DispatcherServicesModule", "dispatcher.admission.DispatchManagerFactory", "dispatcher.admission.GroupLoads"),
                    "The engine's resource groups, in the dispatcher. A query in them has to report CPU time, memory and its end. The page for operators shows their numbers, which are asked for by the way that does not list their queries.",
                    "Unchanged, but for tryGetPathToRoot, which the class no longer has: AssignedResourceGroupManager passes it on, and GroupLoads needs tryGetResourceGroupInfo instead."),
            new Seam(
                    Metadata.class,
                    members("listEnabledRoles", "beginQuery", "cleanupQuery"),
                    STOOD_IN_FOR,
                    by("dispatcher.admission.DispatcherMetadata"),
                    "Parsing a session needs listEnabledRoles, the state machine the other two. Any other call fails.",
                    "The three methods are unchanged."),
            new Seam(
                    LocationFactory.class,
                    members(),
                    STOOD_IN_FOR,
                    by("dispatcher.admission.DispatcherLocations"),
                    "Addresses of queries on a mere dispatcher, which has no tasks.",
                    NODES_MOVE),
            new Seam(
                    TransactionManager.class,
                    members("getAllTransactionInfos"),
                    RELIED_ON,
                    by("coordinator.CoordinatorReporter"),
                    "A coordinator reports the transactions that clients hold open: those that are not auto-commit contexts.",
                    "getAllTransactionInfos is unchanged."),
            new Seam(
                    NoOpTransactionManager.class,
                    members(),
                    RELIED_ON,
                    by("dispatcher.engineless.EnginelessServicesModule", "dispatcher.admission.RemoteDispatchQueryFactory"),
                    "Access control and the state machine want a transaction manager; a dispatcher has no transactions.",
                    UNCHANGED),
            new Seam(
                    QueryMonitor.class,
                    members("queryCreatedEvent", "queryImmediateFailureEvent"),
                    RELIED_ON,
                    by("dispatcher.engineless.DispatcherServicesModule", "dispatcher.admission.RemoteDispatchQueryFactory"),
                    "Event listeners on a dispatcher hear of what no coordinator can tell: queries that never reached one, and COORDINATOR_LOST.",
                    "The constructor wants a codec of StagesInfo in the place of StageInfo's."),
            new Seam(
                    TaskInfo.class,
                    members("summarize"),
                    RELIED_ON,
                    by("memory.RunningQuery", "memory.MemoryReporter"),
                    "Goes from coordinators to the one that decides what is killed as the engine's JSON, for queries that retry tasks. The policies look at the status and the times only, which summarize keeps.",
                    "Dates are java.time.Instant. MemoryReporter finds tasks by QueryInfo.getStages: StageInfo.getAllStages is gone."),
            new Seam(
                    ForMemoryManager.class,
                    members(),
                    RELIED_ON,
                    by("memory.LowMemoryClient"),
                    "Coordinators talk about low memory by the HTTP client that asks workers for their memory.",
                    UNCHANGED),
            new Seam(
                    FunctionManager.class,
                    members(),
                    RELIED_ON,
                    by("dispatcher.engineless.DispatcherServicesModule"),
                    "QueryMonitor's constructor wants one; it is never asked.",
                    UNCHANGED),
            new Seam(
                    QueryManager.class,
                    members("getQueries", "getQuerySession", "getFullQueryInfo", "failQuery"),
                    RELIED_ON,
                    by("server.DispatcherRoleModule", "memory.MemoryReporter", "memory.LowMemoryDecider"),
                    "On dispatchers only its name: the dispatch manager's statistics are exported under it, as in the engine, where monitoring looks for them. MemoryReporter makes of a coordinator's queries what the engine's memory manager makes of them for low-memory killers.",
                    "Is a class, no longer an interface."),

            // ---- sessions and the client protocol
            new Seam(
                    HttpRequestSessionContextFactory.class,
                    members("createSessionContext", "extractAuthorizedIdentity"),
                    RELIED_ON,
                    by("protocol.ClientRequest", "dispatcher.statement.StatementResource", "dispatcher.leader.LocalQueueService", "queries.AuthorizedQueries"),
                    "Dispatcher and coordinator parse the client's own headers, which travel as they came: there is no second form of a session.",
                    UNCHANGED),
            new Seam(
                    SessionContext.class,
                    members(),
                    RELIED_ON,
                    by("protocol.ClientRequest", "dispatcher.admission.ClientQuery"),
                    "What the engine's parser makes of the headers.",
                    UNCHANGED),
            new Seam(
                    Slug.class,
                    members("createNew", "makeSlug"),
                    RELIED_ON,
                    by("coordinator.AssignedQuery", "protocol.QuerySlug"),
                    "A coordinator makes the slug of the executing query, and the path /v1/statement/executing/ID/SLUG/TOKEN of ExecutingStatementResource from it. It cannot be made again from a key, so queued queries have QuerySlug.",
                    UNCHANGED),
            new Seam(
                    ExecutingStatementResource.class,
                    members(),
                    STOOD_IN_FOR,
                    by("dispatcher.statement.UnknownQueryResource", "dispatcher.statement.LostQueryResource", "dispatcher.statement.ExecutingQueryFilter"),
                    "A dispatcher passes requests on to the coordinator that has the query; where there is none, it answers as that resource does.",
                    "The constructor changes, which does not concern us; its paths are to be compared."),
            new Seam(
                    ExternalUriInfo.class,
                    members("baseUriBuilder"),
                    RELIED_ON,
                    by("dispatcher.statement.StatementResource", "dispatcher.statement.ExecutingQueryProxy"),
                    "URIs are made for the address that the client has used. A coordinator makes them from X-Forwarded-*, which the proxy sets.",
                    "The constructor takes the request's headers; it is called by the JAX-RS runtime only."),
            new Seam(
                    QueryDataEncoder.EncoderSelector.class,
                    members("noEncoder"),
                    RELIED_ON,
                    by("dispatcher.engineless.EnginelessServicesModule"),
                    "The encoding of results is chosen by the coordinator, from the client's header.",
                    UNCHANGED),
            new Seam(
                    BasicQueryInfo.class,
                    members("getSelf"),
                    RELIED_ON,
                    by("queries.ViewedQuery", "queries.AuthorizedQueries"),
                    "Goes between nodes as the engine's JSON. AuthorizedQueries makes a copy with another address by the public constructor.",
                    "The Java form is unchanged; dates in it are java.time.Instant."),
            new Seam(
                    InternalAuthenticationManager.class,
                    members("isInternalRequest"),
                    RELIED_ON,
                    by("coordinator.DispatchResource", "server.DispatcherRoleModule", "dispatcher.statement.ExecutingQueryProxy", "queries.QueriesModule"),
                    "Internal calls are authenticated as the engine's own. Headers that begin with X-Trino-Internal- are taken out of clients' requests before they are passed on.",
                    "The key is derived in another way, so that only equal versions work together, and requests get 503 until start-up is complete: the constructor wants the StartupStatus."),

            // ---- tasks
            new Seam(
                    RemoteTaskFactory.class,
                    members("createRemoteTask"),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule", "coordinator.RunTaskFactory", "coordinator.TaskAttempts"),
                    "Tasks of a query that is run again get ids that no run before has had, by the number of their attempt. The engine's scheduler knows its tasks by the ids that they say they have, and by its own number in one place only: failing one task of many, which only retry-policy=TASK does, and there no query is run again.",
                    "createRemoteTask wants the node class of io.trino.node. That the scheduler asks tasks for their ids is to be looked up again (SqlStage, PipelinedStageExecution)."),
            new Seam(
                    HttpRemoteTaskFactory.class,
                    members("createRemoteTask", "getExecutor"),
                    RELIED_ON,
                    by("coordinator.RunTaskFactory"),
                    "Makes the tasks that RunTaskFactory has numbered; bound by its own class, as the engine binds the interface only.",
                    "As RemoteTaskFactory."),
            new Seam(
                    DynamicFilterService.class,
                    members("registerDynamicFilterConsumer", "addTaskDynamicFilters"),
                    REPLACED,
                    by("server.CoordinatorReplacementsModule", "coordinator.RunDynamicFilterService"),
                    "It fails a query when a task's attempt is not the query's. A subclass takes the number of the run off in the two methods that tasks call.",
                    "Public methods are unchanged; which of them get a task's attempt is to be looked up again."),
            new Seam(
                    ForScheduler.class,
                    members(),
                    RELIED_ON,
                    by("server.CoordinatorRoleModule", "coordinator.TaskOwnerRequestFilter"),
                    "A coordinator makes all its requests for tasks with the HTTP client of that name, and so does nobody else: a filter of that client adds the header that says whose the task is. TestLeftoverTasks finds out if it is not added any more.",
                    UNCHANGED),
            new Seam(
                    TaskResource.class,
                    members("createOrUpdateTask", "deleteTask", "failTask"),
                    RELIED_ON,
                    by("worker.TaskOwnerFeature", "worker.TaskOwnerFilter"),
                    "A filter before it notes whose a task is. It goes by the path parameter taskId and the method: POST makes or changes a task, DELETE and POST to fail end it.",
                    "Public methods and paths are unchanged."),
            new Seam(
                    SqlTaskManager.class,
                    members("getAllTasks", "pruneCatalogs"),
                    RELIED_ON,
                    by("worker.LeftoverTasks", "catalog.CatalogPruneResource", "catalog.NodeCatalogPruner"),
                    "Where the tasks of a coordinator that is gone are found: the engine itself waits for task.client.timeout, and that for each stage in a row. Its pruneCatalogs adds the catalogs of running tasks, and lets no task load catalogs while ConnectorServicesProvider.pruneCatalogs runs, in the same thread.",
                    "pruneCatalogs takes a PrunableState first. That the call stays in the thread is to be looked up again. getAllTasks is unchanged."),
            new Seam(
                    SqlTask.class,
                    members("destroyTaskResults", "failed", "getTaskContext", "getTaskInfo", "getTaskResults", "getTaskState", "updateTask"),
                    RELIED_ON,
                    by("worker.LeftoverTasks", "worker.TaskOutput"),
                    "Dropping a task is failing it, as the engine's own time-out does: its drivers end, and memory and spill files go with them. A task that was only asked for has no context. The engine leaves the output to readers and coordinator; it is discarded here as if they had fetched it. That is safe as TaskResource says of each read of a task that has failed, or is about to, that it has failed, and looks at that after it has got the pages. What is kept for readers to come goes when an update says that none will come; what any reader may have is read at once by one that there is not, which an aborted buffer lets be made. TestTaskOwnership finds out if a type of buffer keeps anything.",
                    "Buffers and TaskResource do the same. OutputBufferInfo and PipelinedBufferInfo become records, and their accessors lose the get."),

            // ---- Web UI
            new Seam(
                    UiQueryResource.class,
                    members(),
                    STOOD_IN_FOR,
                    by("ui.UiQueryResource", "server.ServerModules"),
                    "The UI of dispatchers and coordinators shows the whole cluster. On a coordinator the engine's resource is left out, if the Web UI is on.",
                    "The constructor changes, which does not concern us; its answers are to be compared."),
            new Seam(
                    ClusterStatsResource.class,
                    members(),
                    STOOD_IN_FOR,
                    by("ui.ClusterStatsResource", "server.ServerModules"),
                    "The UI's numbers are the cluster's. Answers with the engine's ClusterStats. On a coordinator the engine's resource is left out, if the Web UI is on.",
                    "The constructor changes, which does not concern us; its answers are to be compared."),
            new Seam(
                    WebUiAuthenticationModule.class,
                    members(),
                    RELIED_ON,
                    by("ui.DispatcherUiModule"),
                    "The engine's UI pages and log-in, without the rest of its coordinator.",
                    "Is now WebUiLegacyAuthenticationModule."),
            new Seam(
                    NoWebUiAuthenticationFilter.class,
                    members(),
                    LEFT_OUT,
                    by("server.ServerModules"),
                    "The engine's workers have no UI, which is said by this filter. A worker that is a dispatcher, too, has the dispatcher's, with the engine's log-in.",
                    "To be compared."),
            new Seam(
                    FormWebUiConfig.class,
                    members("setSharedSecret"),
                    RELIED_ON,
                    by("ui.SharedLoginModule"),
                    "A log-in to the UI is signed with this, so the same on all nodes makes it valid everywhere. The engine's default is made up at the start of each process.",
                    "To be compared."),
            new Seam(
                    WebUiStaticResource.class,
                    members("getFile"),
                    RELIED_ON,
                    by("ui.DispatcherUiModule", "operations.OperationsLink"),
                    "Serves everything that is below /webapp on the class path, so our page, too, as it does its own: assets to everybody, pages to those who are logged in. Answers with an InputStream, and to pages of type text/html a script is added, which links to ours.",
                    "To be compared: where it looks for files, and what the pages' bar is called in them (#navbar)."));

    private EngineSeams() {}

    private static Set<String> members(String... names)
    {
        return ImmutableSet.copyOf(names);
    }

    private static List<String> by(String... classes)
    {
        return ImmutableList.copyOf(classes);
    }
}
