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
(function () {
    'use strict';

    const REFRESH_MILLIS = 1000;
    // the dispatcher itself waits for others for a second
    const ANSWER_MILLIS = 5000;

    let lastContact = null;

    // Everything that comes from the server becomes text. There is no other way here to make an element.
    function element(tag, text, className) {
        const result = document.createElement(tag);
        if (text !== undefined && text !== null) {
            result.textContent = String(text);
        }
        if (className) {
            result.className = className;
        }
        return result;
    }

    function cell(text, className) {
        return element('td', text, className);
    }

    function number(value) {
        return cell(value === undefined || value === null ? '–' : value, 'number');
    }

    function light(kind, text, aside) {
        const result = element('td');
        result.appendChild(element('span', '', 'light light-' + kind));
        result.appendChild(element('span', text, 'state'));
        if (aside) {
            result.appendChild(element('span', ' ' + aside, 'aside'));
        }
        return result;
    }

    function row(id, cells) {
        const result = element('tr');
        result.dataset.id = id;
        cells.forEach(function (each) {
            result.appendChild(each);
        });
        return result;
    }

    function fill(tableId, rows, otherwise) {
        const table = document.getElementById(tableId);
        const body = table.tBodies[0];
        if (rows.length === 0) {
            const none = cell(otherwise, 'aside');
            none.colSpan = table.tHead.rows[0].cells.length;
            const single = element('tr');
            single.appendChild(none);
            rows = [single];
        }
        body.replaceChildren.apply(body, rows);
    }

    function known(value) {
        return value !== undefined && value !== null;
    }

    function bytes(value) {
        const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
        let unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return (unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)) + ' ' + units[unit];
    }

    function memory(used, all) {
        if (!known(used) || !known(all)) {
            return '–';
        }
        return bytes(used) + ' of ' + bytes(all);
    }

    function percent(value) {
        return known(value) ? Math.round(value * 100) + ' %' : '–';
    }

    function time(millis) {
        const seconds = millis / 1000;
        if (seconds < 10) {
            return seconds.toFixed(1) + ' s';
        }
        if (seconds < 120) {
            return Math.round(seconds) + ' s';
        }
        const minutes = seconds / 60;
        if (minutes < 120) {
            return Math.round(minutes) + ' min';
        }
        const hours = minutes / 60;
        return hours < 48 ? Math.round(hours) + ' h' : Math.round(hours / 24) + ' days';
    }

    function count(number, one, many) {
        return number + ' ' + (number === 1 ? one : many);
    }

    function limit(value, most) {
        return most >= 2147483647 ? String(value) : value + ' of ' + most;
    }

    // ---- dispatchers

    const DISPATCHER_STATES = {
        LEADER: ['good', 'leader'],
        STANDBY: ['good', 'standby'],
        DEPOSED: ['doubtful', 'deposed'],
        SILENT: ['doubtful', 'silent'],
        GONE: ['bad', 'gone'],
        UNKNOWN: ['doubtful', 'unknown']
    };

    function queryLog(dispatcher) {
        const lag = known(dispatcher.logEntriesBehind) ? (dispatcher.logEntriesBehind === 0 ? 'up to date' : count(dispatcher.logEntriesBehind, 'entry', 'entries') + ' behind') : '';
        if (!known(dispatcher.logStore)) {
            return lag || '–';
        }
        const store = dispatcher.logStore.toLowerCase();
        if (!dispatcher.logAvailable) {
            return store + ', not available';
        }
        if (lag) {
            return store + ', ' + lag;
        }
        return store + (store === 'postgresql' ? ', shared' : '');
    }

    function showDispatchers(dispatchers) {
        fill('dispatchers', dispatchers.map(function (dispatcher) {
            const state = DISPATCHER_STATES[dispatcher.state] || ['doubtful', dispatcher.state];
            let aside = dispatcher.problem ? '(' + dispatcher.problem + ')' : '';
            if (dispatcher.state === 'STANDBY') {
                aside = known(dispatcher.follows) ? 'of ' + dispatcher.follows : '(knows no leader)';
            }
            return row(dispatcher.nodeId, [
                cell(dispatcher.nodeId, 'name'),
                light(known(dispatcher.logAvailable) && !dispatcher.logAvailable ? 'bad' : state[0], state[1], aside),
                cell(known(dispatcher.address) ? dispatcher.address : '–'),
                cell(known(dispatcher.version) ? dispatcher.version : '–'),
                number(dispatcher.epoch),
                cell(queryLog(dispatcher)),
                number(dispatcher.heldRequests)]);
        }), 'No dispatcher');
    }

    // ---- clusters, coordinators, workers

    function showClusters(clusters) {
        fill('clusters', clusters.map(function (cluster) {
            return row(cluster.name, [
                cell(cluster.name, 'name'),
                cluster.takesQueries ? light('good', 'takes queries') : light('bad', 'takes no queries'),
                number(cluster.availableCoordinators + ' of ' + cluster.coordinators),
                number(cluster.activeWorkers),
                number(cluster.runningQueries),
                number(cluster.queuedQueries),
                cell(memory(cluster.reservedBytes, cluster.memoryBytes))]);
        }), 'No cluster');
    }

    function coordinatorState(coordinator) {
        if (coordinator.health === 'GONE') {
            return light('bad', 'gone');
        }
        if (coordinator.health === 'SILENT') {
            return light('doubtful', 'silent', known(coordinator.state) ? '(was ' + coordinator.state.toLowerCase() + ')' : '');
        }
        if (coordinator.health === 'UNKNOWN') {
            return light('doubtful', 'not reached yet');
        }
        const state = known(coordinator.state) ? coordinator.state.toLowerCase().replace('_', ' ') : 'answers';
        if (coordinator.takesQueries) {
            return light('good', state, 'takes queries');
        }
        return light('doubtful', state, 'takes no queries: it ' + coordinator.refusal);
    }

    function showCoordinators(coordinators) {
        fill('coordinators', coordinators.map(function (coordinator) {
            return row(coordinator.nodeId, [
                cell(coordinator.nodeId, 'name'),
                coordinatorState(coordinator),
                cell(known(coordinator.host) ? coordinator.host : '–'),
                cell(known(coordinator.version) ? coordinator.version : '–'),
                number(coordinator.queries),
                number(coordinator.activeWorkers),
                number(percent(coordinator.cpuLoad)),
                cell(known(coordinator.leaseAgeMillis) ? (coordinator.leased ? '' : 'none, ') + 'answered ' + time(coordinator.leaseAgeMillis) + ' ago' : '–')]);
        }), 'No coordinator is known');
    }

    function showWorkers(workers) {
        const sorted = workers.slice().sort(function (a, b) {
            return (a.state === 'ACTIVE') - (b.state === 'ACTIVE') || (a.nodeId < b.nodeId ? -1 : 1);
        });
        fill('workers', sorted.map(function (worker) {
            return row(worker.nodeId, [
                cell(worker.nodeId, 'name'),
                light(worker.state === 'ACTIVE' ? 'good' : worker.state === 'INACTIVE' ? 'bad' : 'doubtful', worker.state.toLowerCase().replace('_', ' '), worker.coordinator ? 'also a coordinator' : ''),
                cell(worker.host),
                cell(worker.version),
                number(worker.processors),
                number(percent(worker.cpuLoad)),
                cell(memory(worker.reservedBytes, worker.memoryBytes))]);
        }), 'No worker is known');
    }

    // ---- resource groups

    const GROUP_STATES = {
        CAN_RUN: ['good', 'can run more'],
        CAN_QUEUE: ['doubtful', 'queues'],
        FULL: ['bad', 'full']
    };

    function showGroups(groups) {
        fill('resource-groups', groups.map(function (group) {
            const state = GROUP_STATES[group.state] || ['doubtful', group.state];
            const name = cell(group.name, 'name');
            name.style.paddingLeft = (8 + 20 * group.depth) + 'px';
            return row(group.name, [
                name,
                light(state[0], state[1]),
                number(limit(group.runningQueries, group.hardConcurrencyLimit)),
                number(limit(group.queuedQueries, group.maxQueuedQueries)),
                // a limit that nobody has set is more than any machine has
                cell(group.softMemoryLimitBytes > 1e15 ? bytes(group.memoryBytes) : memory(group.memoryBytes, group.softMemoryLimitBytes))]);
        }), 'No query has come since this leader was elected');
    }

    // ---- failovers

    function fates(of) {
        const parts = [];
        function add(value, text) {
            if (value > 0) {
                parts.push(value + ' ' + text);
            }
        }
        add(of.found, 'found running');
        add(of.foundOver, 'found to be over');
        add(of.notStarted, 'had not started and went elsewhere');
        add(of.runAgain, 'run again');
        add(of.stopped, 'stopped, as was wanted before');
        if (of.failed > 0) {
            parts.push(of.failed + ' failed with ' + Object.keys(of.errors).map(function (error) {
                return error + (Object.keys(of.errors).length > 1 ? ' (' + of.errors[error] + ')' : '');
            }).join(', '));
        }
        return parts;
    }

    function takeover(of) {
        if (!of) {
            return 'What it took over, only it could tell';
        }
        const rebuilt = known(of.rebuildMillis) ? 'Queue rebuilt in ' + of.rebuildMillis + ' ms' : 'Queue is being rebuilt';
        if (of.queries === 0) {
            return rebuilt + '. There was no query.';
        }
        const parts = [];
        if (of.over > 0) {
            parts.push(of.over + ' over');
        }
        if (of.queries - of.over - of.sent > 0) {
            parts.push((of.queries - of.over - of.sent) + ' waiting');
        }
        if (of.sent > 0) {
            const what = fates(of.fates);
            if (of.open > 0) {
                what.push(of.open + ' not known yet');
            }
            parts.push(of.sent + ' with coordinators: ' + what.join(', '));
        }
        return rebuilt + '. Inherited ' + count(of.queries, 'query', 'queries') + ': ' + parts.join('; ');
    }

    function lost(of) {
        if (!of) {
            return 'What became of its queries, only the dispatcher that led then could tell';
        }
        const parts = fates(of);
        return parts.length === 0 ? 'No query was there' : parts.join(', ');
    }

    function showFailovers(elections, losses) {
        const events = elections.map(function (election) {
            return {
                id: 'epoch-' + election.epoch,
                age: election.ageMillis,
                time: election.time,
                what: election.leader + ' was elected leader of the queue in epoch ' + election.epoch,
                queries: takeover(election.takeover)
            };
        }).concat(losses.map(function (loss) {
            return {
                id: 'coordinator-' + loss.coordinator,
                age: loss.ageMillis,
                time: loss.time,
                what: 'Coordinator ' + loss.coordinator + ' was lost: ' + loss.reason,
                queries: lost(loss.fates)
            };
        }));
        events.sort(function (a, b) {
            return a.age - b.age;
        });
        fill('failovers', events.map(function (event) {
            const when = cell(time(event.age) + ' ago');
            when.title = event.time;
            return row(event.id, [when, cell(event.what), cell(event.queries)]);
        }), 'None is remembered');
    }

    // ---- what is wrong

    function problems(operations) {
        const result = [];
        if (!operations.dispatchers.some(function (dispatcher) { return dispatcher.state === 'LEADER'; })) {
            result.push('No dispatcher leads the queue: nothing is accepted, and nothing is started.');
        }
        operations.dispatchers.forEach(function (dispatcher) {
            if (dispatcher.problem) {
                result.push('Dispatcher ' + dispatcher.nodeId + ' does not take part: ' + dispatcher.problem + '.');
            }
            if (dispatcher.state === 'DEPOSED') {
                result.push('Dispatcher ' + dispatcher.nodeId + ' does not know yet that another one was elected.');
            }
            if (known(dispatcher.logAvailable) && !dispatcher.logAvailable) {
                result.push('The query log is not available to dispatcher ' + dispatcher.nodeId + '.');
            }
        });
        operations.clusters.forEach(function (cluster) {
            if (!cluster.takesQueries) {
                result.push('No coordinator of cluster ' + cluster.name + ' takes queries: they wait.' + (cluster.coordinators === 0 ? ' None has been found yet.' : ''));
            }
        });
        operations.coordinators.forEach(function (coordinator) {
            if (known(coordinator.refusal)) {
                result.push('Coordinator ' + coordinator.nodeId + ' takes no queries: it ' + coordinator.refusal + '.');
            }
        });
        operations.workers.forEach(function (worker) {
            if (worker.state === 'INACTIVE') {
                result.push('Worker ' + worker.nodeId + ' is inactive.');
            }
        });
        operations.resourceGroups.forEach(function (group) {
            if (group.state === 'FULL') {
                result.push('Resource group ' + group.name + ' is full: its queries are refused.');
            }
        });
        if (operations.missing.length > 0) {
            result.push('Not shown: ' + operations.missing.join(', ') + '.');
        }
        return result;
    }

    function showVerdict(operations) {
        const verdict = document.getElementById('verdict');
        const found = problems(operations);
        if (found.length === 0) {
            verdict.replaceChildren(element('span', 'Nothing is missing.', 'verdict-good'));
            return;
        }
        const list = element('ul', null, 'verdict-bad');
        found.forEach(function (problem) {
            list.appendChild(element('li', problem));
        });
        verdict.replaceChildren(list);
    }

    // ---- contact

    function show(operations) {
        document.getElementById('environment').textContent = operations.environment;
        document.getElementById('answered-by').textContent = operations.answeredBy;
        showVerdict(operations);
        showDispatchers(operations.dispatchers);
        showClusters(operations.clusters);
        showCoordinators(operations.coordinators);
        showWorkers(operations.workers);
        showGroups(operations.resourceGroups);
        showFailovers(operations.elections, operations.losses);
    }

    function setContact(problem) {
        const contact = document.getElementById('contact');
        const statusLight = document.getElementById('status-indicator');
        contact.hidden = !problem;
        contact.textContent = problem ? problem + (lastContact ? ' What is shown is from ' + lastContact.toLocaleTimeString() + '.' : '') + ' Trying again.' : '';
        statusLight.className = 'status-light status-light-' + (problem ? 'red' : 'green');
        document.body.classList.toggle('out-of-contact', Boolean(problem));
        document.body.dataset.contact = problem ? 'lost' : 'there';
    }

    function ask() {
        const controller = new AbortController();
        const timer = setTimeout(function () {
            controller.abort();
        }, ANSWER_MILLIS);
        fetch('api/operations', {headers: {'Accept': 'application/json'}, cache: 'no-store', credentials: 'same-origin', redirect: 'error', signal: controller.signal})
            .then(function (response) {
                if (response.status === 401 || response.status === 403) {
                    throw new Error('You are not logged in any more: load this page again.');
                }
                if (response.status === 404) {
                    throw new Error('This node is no dispatcher: open the page on one.');
                }
                if (!response.ok) {
                    throw new Error('The answer has status ' + response.status + '.');
                }
                return response.json();
            }, function () {
                throw new Error('No contact with the dispatcher.');
            })
            .then(function (operations) {
                show(operations);
                lastContact = new Date();
                setContact(null);
            })
            .catch(function (failure) {
                setContact(failure.message);
            })
            .finally(function () {
                clearTimeout(timer);
                setTimeout(ask, REFRESH_MILLIS);
            });
    }

    ask();
})();
