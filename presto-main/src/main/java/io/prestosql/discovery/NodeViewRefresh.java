package io.prestosql.discovery;

import com.google.inject.Inject;
import io.trino.metadata.InternalNodeManager;
import jakarta.annotation.PostConstruct;

import static java.util.Objects.requireNonNull;

/**
 * Brings the engine's view of the cluster up to date whenever a node was found dead or alive; by itself it looks every five seconds.
 */
public class NodeViewRefresh
{
    private final NodeLivenessDetector detector;
    private final InternalNodeManager nodeManager;

    @Inject
    public NodeViewRefresh(NodeLivenessDetector detector, InternalNodeManager nodeManager)
    {
        this.detector = requireNonNull(detector, "detector is null");
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
    }

    @PostConstruct
    public void start()
    {
        detector.setChangeListener(nodeManager::refreshNodes);
    }
}
