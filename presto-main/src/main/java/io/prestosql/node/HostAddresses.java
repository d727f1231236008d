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
package io.prestosql.node;

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
     * Returns all addresses of the host, in no particular order.
     */
    List<InetAddress> lookup(String host)
            throws UnknownHostException;
}
