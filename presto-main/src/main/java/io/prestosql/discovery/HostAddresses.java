package io.prestosql.discovery;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Looks up the addresses of a host name.
 */
@FunctionalInterface
public interface HostAddresses
{
    HostAddresses SYSTEM = host -> List.of(InetAddress.getAllByName(host));

    /**
     * All addresses of the host, in no particular order.
     */
    List<InetAddress> lookup(String host)
            throws UnknownHostException;
}
