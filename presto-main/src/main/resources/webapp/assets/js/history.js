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

    const ANSWER_MILLIS = 30000;
    const HOUR_MILLIS = 3600000;
    const COLUMN_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440];
    const MOST_COLUMNS = 150;
    /** For a time with more numbers than the dispatcher counts. */
    const FEW_COLUMNS = 15;
    const BAD_REQUEST = 400;
    const FILTERS = ['user', 'source', 'cluster', 'state', 'id', 'text'];
    // each is told from its neighbors, also by those who see few colors; clusters beyond them share the last one
    const COLORS = ['#56b4e9', '#e69f00', '#009e73', '#f0e442', '#cc79a7', '#0072b2', '#d55e00', '#b3e2cd', '#a6761d'];
    const OTHERS_COLOR = '#8c8c8c';
    const NOWHERE = 'no cluster';

    const form = document.getElementById('filters');
    /** The request that is shown, or is about to be. An answer to an earlier one is dropped. */
    let asked = 0;

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

    function svg(tag, attributes, text) {
        const result = document.createElementNS(document.getElementById('chart').namespaceURI, tag);
        Object.keys(attributes).forEach(function (name) {
            result.setAttribute(name, attributes[name]);
        });
        if (text !== undefined) {
            result.textContent = String(text);
        }
        return result;
    }

    function cell(text, className) {
        return element('td', text === undefined || text === null ? '–' : text, className);
    }

    function duration(from, to) {
        if (!from || !to) {
            return '–';
        }
        const seconds = Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
        if (seconds < 10) {
            return seconds.toFixed(1) + ' s';
        }
        if (seconds < 120) {
            return Math.round(seconds) + ' s';
        }
        return seconds < 7200 ? Math.round(seconds / 60) + ' min' : Math.round(seconds / 3600) + ' h';
    }

    // ---- filters

    function field(name) {
        return form.elements.namedItem(name);
    }

    function showFields() {
        const between = field('time').value === '';
        form.querySelectorAll('.between').forEach(function (label) {
            label.hidden = !between;
        });
    }

    /** The address of the page says what is shown, so that it can be passed on. */
    function readAddress() {
        const parameters = new URLSearchParams(window.location.search);
        ['time', 'from', 'to'].concat(FILTERS).forEach(function (name) {
            if (parameters.has(name)) {
                field(name).value = parameters.get(name);
            }
        });
        if (field('time').selectedIndex < 0) {
            field('time').value = '6';
        }
        showFields();
    }

    function writeAddress() {
        const parameters = new URLSearchParams();
        const between = field('time').value === '';
        parameters.set('time', field('time').value);
        (between ? ['from', 'to'] : []).concat(FILTERS).forEach(function (name) {
            if (field(name).value) {
                parameters.set(name, field(name).value);
            }
        });
        window.history.replaceState(null, '', '?' + parameters);
    }

    function instant(name, otherwise) {
        const time = Date.parse(field(name).value);
        return isNaN(time) ? otherwise : time;
    }

    function span() {
        const hours = Number(field('time').value);
        const to = hours ? Date.now() : instant('to', Date.now());
        const from = hours ? to - hours * HOUR_MILLIS : instant('from', to - 6 * HOUR_MILLIS);
        return {from: from, to: to};
    }

    function parameters(of) {
        const result = new URLSearchParams();
        result.set('from', new Date(of.from).toISOString());
        result.set('to', new Date(of.to).toISOString());
        FILTERS.forEach(function (name) {
            if (field(name).value) {
                result.set(name, field(name).value);
            }
        });
        return result;
    }

    // ---- questions to the dispatcher

    function ask(path, of) {
        const controller = new AbortController();
        const timer = setTimeout(function () {
            controller.abort();
        }, ANSWER_MILLIS);
        return fetch('api/query-history' + path + '?' + of, {headers: {'Accept': 'application/json'}, cache: 'no-store', credentials: 'same-origin', redirect: 'error', signal: controller.signal})
            .catch(function () {
                throw new Error('No contact with the dispatcher.');
            })
            .then(function (response) {
                if (response.status === 401 || response.status === 403) {
                    throw new Error('You are not logged in any more: load this page again.');
                }
                if (!response.ok) {
                    return response.text().then(function (reason) {
                        const failure = new Error(reason.slice(0, 1000) || 'The answer has status ' + response.status + '.');
                        failure.status = response.status;
                        throw failure;
                    });
                }
                return response.json();
            })
            .catch(function (failure) {
                // also while the answer's text was on its way
                throw controller.signal.aborted ? new Error('No answer within ' + ANSWER_MILLIS / 1000 + ' s: choose a shorter time or fewer filters.') : failure;
            })
            .finally(function () {
                clearTimeout(timer);
            });
    }

    function setProblem(problem) {
        const place = document.getElementById('problem');
        place.hidden = !problem;
        place.textContent = problem || '';
        // what is shown is the answer to an earlier question
        document.getElementById('queries-section').classList.toggle('old', Boolean(problem));
        document.body.dataset.answer = problem ? 'problem' : 'there';
    }

    // ---- chart

    function setChartProblem(problem) {
        const place = document.getElementById('chart-problem');
        place.hidden = !problem;
        place.textContent = problem || '';
        document.body.dataset.chart = problem ? 'problem' : 'there';
        if (problem) {
            document.getElementById('chart').toggleAttribute('hidden', true);
            document.getElementById('no-chart').hidden = true;
            document.getElementById('legend').replaceChildren();
        }
    }

    /** The shortest columns of which there are no more than that. */
    function columnMinutes(time, columns) {
        const minutes = (time.to - time.from) / 60000;
        return COLUMN_MINUTES.find(function (length) {
            return minutes / length <= columns;
        }) || COLUMN_MINUTES[COLUMN_MINUTES.length - 1];
    }

    function askChart(of, minutes, longer) {
        of.set('minutes', minutes);
        return ask('/chart', of).catch(function (failure) {
            // with longer columns there is less to count; for any other reason, the dispatcher refuses this again, and at once
            if (failure.status === BAD_REQUEST && longer > minutes) {
                return askChart(of, longer, longer);
            }
            throw failure;
        });
    }

    function color(index) {
        return index < COLORS.length ? COLORS[index] : OTHERS_COLOR;
    }

    function sum(values) {
        return values.reduce(function (total, value) {
            return total + value;
        }, 0);
    }

    /** The clusters with most queries have a color of their own; the others share one. */
    function lines(clusters) {
        const all = clusters.map(function (line) {
            return {name: line.cluster === undefined || line.cluster === null ? NOWHERE : line.cluster, queries: line.queries, total: sum(line.queries)};
        }).sort(function (a, b) {
            return b.total - a.total || (a.name < b.name ? -1 : 1);
        });
        if (all.length <= COLORS.length) {
            return all;
        }
        const rest = all.slice(COLORS.length);
        return all.slice(0, COLORS.length).concat([{
            name: rest.length + ' others',
            title: rest.map(function (line) {
                return line.name + ': ' + line.total;
            }).join(', '),
            queries: rest[0].queries.map(function (_, index) {
                return sum(rest.map(function (line) {
                    return line.queries[index];
                }));
            }),
            total: sum(rest.map(function (line) {
                return line.total;
            }))
        }]);
    }

    function rate(value) {
        return value >= 10 || value === Math.round(value) ? String(Math.round(value)) : value.toFixed(value < 1 ? 2 : 1);
    }

    function showChart(chart) {
        const width = 1100;
        const height = 220;
        const left = 45;
        const bottom = 20;
        const top = 10;
        const drawn = lines(chart.clusters);
        const columns = drawn.length === 0 ? 0 : drawn[0].queries.length;
        let most = 0;
        for (let column = 0; column < columns; column++) {
            most = Math.max(most, sum(drawn.map(function (line) {
                return line.queries[column];
            })));
        }
        const place = document.getElementById('chart');
        const legend = document.getElementById('legend');
        place.replaceChildren();
        legend.replaceChildren();
        place.toggleAttribute('hidden', most === 0);
        document.getElementById('no-chart').hidden = most !== 0;
        if (most === 0) {
            return;
        }
        const area = height - top - bottom;
        [0, 0.5, 1].forEach(function (share) {
            const y = top + area * (1 - share);
            place.appendChild(svg('line', {x1: left, x2: width, y1: y, y2: y}));
            place.appendChild(svg('text', {x: left - 5, y: y + 4, 'text-anchor': 'end'}, rate(most * share / chart.minutes)));
        });
        const start = Date.parse(chart.start);
        const columnWidth = (width - left) / columns;
        for (let column = 0; column < columns; column++) {
            let y = top + area;
            const time = new Date(start + column * chart.minutes * 60000);
            drawn.forEach(function (line, index) {
                const value = line.queries[column];
                if (value === 0) {
                    return;
                }
                const size = area * value / most;
                y -= size;
                const bar = svg('rect', {x: left + column * columnWidth, y: y, width: Math.max(0.5, columnWidth - (columnWidth > 4 ? 1 : 0)), height: size, fill: color(index)});
                bar.appendChild(svg('title', {}, line.name + ', ' + time.toLocaleString() + ': ' + rate(value / chart.minutes) + ' per minute'));
                place.appendChild(bar);
            });
        }
        const labels = Math.min(6, columns);
        for (let label = 0; label < labels; label++) {
            const column = Math.floor(label * columns / labels);
            const time = new Date(start + column * chart.minutes * 60000);
            place.appendChild(svg('text', {x: left + column * columnWidth, y: height - 5}, time.toLocaleString([], {month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit'})));
        }
        legend.replaceChildren.apply(legend, drawn.map(function (line, index) {
            const item = element('li');
            item.dataset.cluster = line.name;
            if (line.title) {
                item.title = line.title;
            }
            const square = element('span', '', 'color');
            square.style.background = color(index);
            item.appendChild(square);
            item.appendChild(element('span', line.name + ' (' + line.total + ')'));
            return item;
        }));
    }

    // ---- queries

    function details(query) {
        if (!query.error && !query.sql) {
            return [];
        }
        const row = element('tr', null, 'details');
        const only = element('td');
        only.colSpan = document.getElementById('queries').tHead.rows[0].cells.length;
        if (query.error) {
            only.appendChild(element('div', query.error.message, 'error'));
        }
        if (query.sql) {
            only.appendChild(element('div', query.sql, 'sql'));
        }
        row.appendChild(only);
        return [row];
    }

    function rows(query) {
        const row = element('tr');
        row.dataset.id = query.queryId;
        row.appendChild(cell(new Date(query.submitted).toLocaleString()));
        const id = element('td', null, 'name');
        const link = element('a', query.queryId);
        link.href = 'query.html?' + encodeURIComponent(query.queryId);
        id.appendChild(link);
        row.appendChild(id);
        row.appendChild(cell(query.user));
        row.appendChild(cell(query.source));
        row.appendChild(cell(query.resourceGroup));
        row.appendChild(cell(query.cluster));
        row.appendChild(cell(query.coordinator));
        const state = element('td');
        state.appendChild(element('span', '', 'light light-' + (query.state === 'FINISHED' ? 'good' : 'bad')));
        state.appendChild(element('span', query.error ? query.error.code : query.state.toLowerCase(), 'state'));
        if (query.error) {
            state.title = query.error.type;
        }
        row.appendChild(state);
        row.appendChild(cell(duration(query.submitted, query.started || (query.cluster ? null : query.ended)), 'number'));
        row.appendChild(cell(duration(query.started, query.ended), 'number'));
        return [row].concat(details(query));
    }

    function showQueries(page, of, further) {
        const body = document.getElementById('queries').tBodies[0];
        const all = [];
        page.queries.forEach(function (query) {
            rows(query).forEach(function (row) {
                all.push(row);
            });
        });
        if (all.length === 0 && !further) {
            const none = cell(page.next ? 'None among the latest. Older ones may be.' : 'No query', 'aside');
            none.colSpan = 10;
            const single = element('tr');
            single.appendChild(none);
            all.push(single);
        }
        if (further) {
            body.append.apply(body, all);
        }
        else {
            body.replaceChildren.apply(body, all);
        }
        document.getElementById('text-filter').hidden = !page.sql;
        document.getElementById('origin').textContent = page.shared ? '' : 'This history is in the memory of the dispatcher that leads the queue, and begins with its election.';
        const older = document.getElementById('older');
        older.hidden = !page.next;
        older.onclick = function () {
            older.disabled = true;
            const number = asked;
            of.set('cursor', page.next);
            ask('', of)
                .then(function (next) {
                    if (number === asked) {
                        setProblem(null);
                        showQueries(next, of, true);
                    }
                })
                .catch(function (failure) {
                    if (number === asked) {
                        setProblem(failure.message);
                    }
                })
                .finally(function () {
                    older.disabled = false;
                });
        };
    }

    function show() {
        asked++;
        const number = asked;
        const time = span();
        const of = parameters(time);
        document.body.dataset.answer = 'awaited';
        document.body.dataset.chart = 'awaited';
        document.getElementById('older').hidden = true;
        // each is shown without the other, which may take longer or fail
        ask('', of)
            .then(function (page) {
                if (number === asked) {
                    showQueries(page, of, false);
                    setProblem(null);
                }
            })
            .catch(function (failure) {
                if (number === asked) {
                    setProblem(failure.message);
                }
            });
        askChart(parameters(time), columnMinutes(time, MOST_COLUMNS), columnMinutes(time, FEW_COLUMNS))
            .then(function (chart) {
                if (number === asked) {
                    showChart(chart);
                    setChartProblem(null);
                }
            })
            .catch(function (failure) {
                if (number === asked) {
                    setChartProblem(failure.message);
                }
            });
    }

    form.addEventListener('submit', function (event) {
        event.preventDefault();
        writeAddress();
        show();
    });
    field('time').addEventListener('change', showFields);
    readAddress();
    show();
})();
