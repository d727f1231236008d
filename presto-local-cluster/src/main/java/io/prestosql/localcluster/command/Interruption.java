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
package io.prestosql.localcluster.command;

import java.util.concurrent.CountDownLatch;

/**
 * Turns the end of this process by a signal, such as that of Ctrl-C, into an interruption of the thread that has made this object. The
 * process then ends, with status 1, only when this object is closed: a command that has started processes can end them first.
 */
final class Interruption
        implements AutoCloseable
{
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;

    Interruption()
    {
        Thread command = Thread.currentThread();
        hook = new Thread(() -> interrupt(command), "interruption");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void interrupt(Thread command)
    {
        command.interrupt();
        try {
            closed.await();
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }

    @Override
    public void close()
    {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
        catch (IllegalStateException _) {
            // it runs
        }
        closed.countDown();
    }
}
