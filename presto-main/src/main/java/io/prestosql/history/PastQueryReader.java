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
package io.prestosql.history;

import com.google.common.util.concurrent.ListenableFuture;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Reads the history, wherever it is kept.
 */
public interface PastQueryReader
{
    /**
     * @param user who asks; reads of one user wait for each other
     * @return as {@link PastQueryStore#read}; fails with {@link HistoryBusyException} when too many reads wait, and with
     * {@link io.prestosql.rpc.NotLeaderException} when the leader has to be asked and there is none
     */
    ListenableFuture<List<PastQuery>> read(String user, PastQueryFilter filter, Optional<PastQueryPosition> after, int limit);

    /**
     * @param user as for {@link #read}
     * @return as {@link PastQueryStore#count}; fails as {@link #read}
     */
    ListenableFuture<List<PastQueryCount>> count(String user, PastQueryFilter filter, int minutes);

    /**
     * Returns the threads for what follows a read, as access control may take long.
     */
    Executor executor();
}
