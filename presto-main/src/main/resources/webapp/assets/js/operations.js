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

    // for what else is asked: an access control may take its time
    const SLOW_ANSWER_MILLIS = 15000;
    const RIGHTS_MILLIS = 30000;
    const CHANGES_MILLIS = 3000;

    let lastContact = null;
    let lastOperations = null;

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

    const CLUSTER_STATES = {
        ACTIVE: 'active',
        DRAINING: 'draining',
        INACTIVE: 'inactive'
    };

    function clusterState(cluster) {
        const name = CLUSTER_STATES[cluster.state] || cluster.state;
        let kind = cluster.takesQueries ? 'good' : 'bad';
        let aside = cluster.takesQueries ? 'takes queries' : 'takes no queries';
        if (cluster.state !== 'ACTIVE') {
            kind = 'doubtful';
            aside = cluster.drained ? 'drained' : known(cluster.drained) ? 'not drained yet' : '';
        }
        const result = light(kind, name, aside);
        result.appendChild(element('span', (cluster.ordered ? 'ordered by an operator, defined as ' + (CLUSTER_STATES[cluster.definedState] || cluster.definedState) : 'as defined') +
            ' in ' + cluster.definedIn + (cluster.removed ? ', from which it was removed' : ''), 'note'));
        if (known(cluster.refusal)) {
            result.appendChild(element('span', cluster.refusal, 'note refusal'));
        }
        cluster.problems.forEach(function (problem) {
            result.appendChild(element('span', problem, 'problem'));
        });
        return result;
    }

    function clusterCells(cluster) {
        return [
            cell(cluster.name, 'name'),
            clusterState(cluster),
            number(known(cluster.runningQueries) && known(cluster.maxRunningQueries) ? cluster.runningQueries + ' of ' + cluster.maxRunningQueries : cluster.runningQueries),
            number(cluster.waitingQueries),
            number(cluster.availableCoordinators + ' of ' + cluster.coordinators),
            number(cluster.requiredWorkers > 0 ? cluster.activeWorkers + ' (' + cluster.requiredWorkers + ' required)' : cluster.activeWorkers),
            cell(cluster.versions.length === 0 ? '–' : cluster.versions.join(', ')),
            cell(memory(cluster.reservedBytes, cluster.memoryBytes)),
            cell(known(cluster.answerAgeMillis) ? time(cluster.answerAgeMillis) + ' ago' : 'never')];
    }

    // A row stays as long as its cluster is there: a click on a button that is replaced meanwhile would be lost.
    let clusterRows = new Map();

    function showClusters(clusters) {
        const rows = new Map();
        clusters.forEach(function (cluster) {
            const cells = clusterCells(cluster);
            let shown = clusterRows.get(cluster.name);
            if (shown) {
                cells.forEach(function (each, index) {
                    shown.row.replaceChild(each, shown.row.cells[index]);
                });
            }
            else {
                shown = {controls: orderButtons(cluster.name)};
                shown.row = row(cluster.name, cells.concat([shown.controls.cell]));
            }
            shown.controls.update(cluster);
            rows.set(cluster.name, shown);
        });
        const same = rows.size > 0 && Array.from(rows.keys()).join() === Array.from(clusterRows.keys()).join();
        clusterRows = rows;
        if (!same) {
            fill('clusters', Array.from(rows.values()).map(function (shown) {
                return shown.row;
            }), 'No cluster is defined');
        }
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

    // ---- orders for clusters

    const ORDERS = [
        {state: 'ACTIVE', button: 'Activate', verb: 'Activate'},
        {state: 'DRAINING', button: 'Drain', verb: 'Drain'},
        {state: 'INACTIVE', button: 'Deactivate', verb: 'Deactivate'},
        {state: null, button: 'Clear', verb: 'Clear the order for'}
    ];

    function orderButtons(name) {
        const result = {cell: element('td', null, 'orders'), cluster: null};
        const buttons = ORDERS.map(function (order) {
            const button = element('button', order.button, 'btn btn-xs');
            button.type = 'button';
            button.dataset.order = order.state || 'CLEAR';
            button.setAttribute('aria-label', order.verb + ' cluster ' + name);
            button.addEventListener('click', function () {
                askToConfirm(order, result.cluster);
            });
            result.cell.appendChild(button);
            return button;
        });
        result.update = function (cluster) {
            result.cluster = cluster;
            ORDERS.forEach(function (order, index) {
                buttons[index].disabled = order.state === null ? !cluster.ordered : cluster.ordered && cluster.state === order.state;
            });
        };
        return result;
    }

    function effect(order, cluster) {
        const running = known(cluster.runningQueries) ? (cluster.runningQueries === 0 ? 'It runs no queries now.' : count(cluster.runningQueries, 'query that runs', 'queries that run') + ' there ' +
            (cluster.runningQueries === 1 ? 'goes' : 'go') + ' on.') : 'What runs there goes on.';
        const lasting = ' The order overrides the state in ' + cluster.definedIn + ' until it is cleared.';
        switch (order.state) {
            case 'ACTIVE':
                return 'It gets queries as soon as it can take them.' + lasting;
            case 'DRAINING':
                return 'It gets no new queries from now on, except statements of its open transactions (' + cluster.openTransactions + '). ' + running + lasting;
            case 'INACTIVE':
                return 'It gets nothing from now on: statements of its open transactions (' + cluster.openTransactions + ') wait, too. ' + running + lasting;
            default:
                return 'The state in ' + cluster.definedIn + ' counts again: ' + cluster.definedState + '.' + (cluster.definedState === 'ACTIVE' ? '' : ' ' + running);
        }
    }

    function warning(order, cluster) {
        const next = order.state || cluster.definedState;
        const others = lastOperations.clusters.some(function (other) {
            return other.name !== cluster.name && other.takesQueries;
        });
        return next !== 'ACTIVE' && !others ? 'No other cluster takes queries: all queries wait until one does.' : null;
    }

    const dialog = document.getElementById('order-dialog');
    const confirmButton = document.getElementById('order-confirm');
    let confirmed = null;

    function setText(id, text) {
        const shown = document.getElementById(id);
        shown.textContent = text || '';
        shown.hidden = !text;
    }

    function askToConfirm(order, cluster) {
        confirmed = {order: order, cluster: cluster.name};
        setText('order-title', order.verb + ' cluster ' + cluster.name + '?');
        setText('order-effect', effect(order, cluster));
        setText('order-warning', warning(order, cluster));
        setText('order-failure', null);
        confirmButton.textContent = order.verb + ' ' + cluster.name;
        confirmButton.disabled = false;
        dialog.showModal();
    }

    function giveOrder() {
        const given = confirmed;
        confirmButton.disabled = true;
        setText('order-failure', null);
        const request = {
            method: given.order.state ? 'PUT' : 'DELETE',
            // the server takes orders only from this page
            headers: {'X-Presto-Operations': 'true'},
            cache: 'no-store',
            credentials: 'same-origin',
            redirect: 'error'
        };
        if (given.order.state) {
            request.headers['Content-Type'] = 'application/json';
            request.body = JSON.stringify({state: given.order.state});
        }
        fetch('api/operations/cluster/' + encodeURIComponent(given.cluster) + '/state', request)
            .then(function (response) {
                if (response.status === 401) {
                    throw new Error('You are not logged in any more: load this page again.');
                }
                if (!response.ok) {
                    return response.text().then(function (reason) {
                        throw new Error(reason || 'The answer has status ' + response.status + '.');
                    });
                }
                if (confirmed === given) {
                    dialog.close();
                }
            }, function () {
                throw new Error('No contact with the dispatcher: it is not certain whether the order counts.');
            })
            .catch(function (failure) {
                if (confirmed === given) {
                    setText('order-failure', failure.message);
                    confirmButton.disabled = false;
                }
            });
    }

    confirmButton.addEventListener('click', giveOrder);
    document.getElementById('order-cancel').addEventListener('click', function () {
        dialog.close();
    });

    // ---- rights, and changes by operators

    let seesChanges = false;

    let lastChanges = null;

    function getJson(path) {
        const controller = new AbortController();
        const timer = setTimeout(function () {
            controller.abort();
        }, SLOW_ANSWER_MILLIS);
        return fetch(path, {headers: {'Accept': 'application/json'}, cache: 'no-store', credentials: 'same-origin', redirect: 'error', signal: controller.signal})
            .then(function (response) {
                if (!response.ok) {
                    throw new Error('The answer has status ' + response.status + '.');
                }
                return response.json();
            })
            .finally(function () {
                clearTimeout(timer);
            });
    }

    // These calls are apart from the page's data, as an access control that hangs must not take the view away.
    function askForRights() {
        getJson('api/operations/right')
            .then(function (rights) {
                document.body.classList.toggle('may-order', rights.giveOrders);
                document.body.dataset.orders = rights.giveOrders ? 'allowed' : 'denied';
                setText('order-rights', rights.giveOrders ? null : 'User ' + rights.user + ' may not change clusters: that needs the right to write system information.');
                seesChanges = rights.seeChanges;
                document.getElementById('changes-section').hidden = !seesChanges;
            })
            .catch(function () {
                // asked again soon; the server checks each order anyway
            })
            .finally(function () {
                setTimeout(askForRights, RIGHTS_MILLIS);
            });
    }

    function askForChanges() {
        if (!seesChanges) {
            setTimeout(askForChanges, REFRESH_MILLIS);
            return;
        }
        getJson('api/operations/change')
            .then(function (changes) {
                showChanges(changes);
                lastChanges = new Date();
                setChangesAge(null);
            })
            .catch(function () {
                const problem = 'Only the dispatcher that leads knows the changes, and it does not answer';
                if (lastChanges === null) {
                    fill('changes', [], problem);
                }
                else {
                    setChangesAge(problem + '. What is shown is from ' + lastChanges.toLocaleTimeString() + '.');
                }
            })
            .finally(function () {
                setTimeout(askForChanges, CHANGES_MILLIS);
            });
    }

    function setChangesAge(text) {
        setText('changes-age', text);
        document.getElementById('changes-section').classList.toggle('old', Boolean(text));
    }

    function showChanges(changes) {
        fill('changes', changes.map(function (change) {
            return row(change.cluster + ' ' + change.time, [
                cell(new Date(change.time).toLocaleString()),
                cell(change.cluster, 'name'),
                cell(change.property + ': ' + change.oldValue + ' → ' + change.newValue),
                cell(change.user),
                cell(known(change.address) ? change.address : '–')]);
        }), 'None is remembered');
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
        const takenOut = new Set();
        operations.clusters.forEach(function (cluster) {
            // what operators have taken out is no problem, and its nodes may be stopped
            if (cluster.state !== 'ACTIVE') {
                takenOut.add(cluster.name);
            }
            else if (!cluster.takesQueries) {
                result.push('Cluster ' + cluster.name + ' takes no queries. ' + cluster.refusal + '.' + (cluster.coordinators === 0 ? ' No coordinator has been found yet.' : ''));
            }
        });
        if (!operations.clusters.some(function (cluster) { return cluster.takesQueries; })) {
            result.push('No cluster takes queries: they wait.');
        }
        operations.problems.forEach(function (problem) {
            result.push(problem + '.');
        });
        operations.coordinators.forEach(function (coordinator) {
            if (known(coordinator.refusal) && !takenOut.has(coordinator.cluster)) {
                result.push('Coordinator ' + coordinator.nodeId + ' takes no queries: it ' + coordinator.refusal + '.');
            }
        });
        operations.workers.forEach(function (worker) {
            const cluster = worker.nodeId.includes('.') ? worker.nodeId.split('.')[0] : 'default';
            if (worker.state === 'INACTIVE' && !takenOut.has(cluster)) {
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
        lastOperations = operations;
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
    askForRights();
    askForChanges();
})();
