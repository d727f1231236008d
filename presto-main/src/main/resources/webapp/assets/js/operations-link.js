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
// Adds a link to the page for operators to the bar of the engine's pages, which is there as soon as they have drawn it.
(function () {
    'use strict';

    function addLink() {
        const bar = document.querySelector('#navbar ul.navbar-right');
        if (bar === null || document.getElementById('operations-link') !== null) {
            return;
        }
        const link = document.createElement('a');
        link.id = 'operations-link';
        link.className = 'btn btn-logout';
        link.href = 'operations.html';
        link.textContent = 'Operations';
        const text = document.createElement('span');
        text.className = 'text';
        text.appendChild(link);
        const info = document.createElement('span');
        info.className = 'navbar-cluster-info';
        info.appendChild(text);
        const item = document.createElement('li');
        item.appendChild(info);
        bar.insertBefore(item, bar.firstChild);
    }

    // the whole page, as the bar may come, or be drawn anew, at any time
    new MutationObserver(addLink).observe(document.body, {childList: true, subtree: true});
    addLink();
})();
