// No page needs this script. It ignores a second click on a button, and keeps the live feed up to date.
"use strict";

document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
        event.preventDefault();
    }
    form.dataset.sent = "yes";
});

// The forms of a page that comes back from the history can be sent again.
addEventListener("pageshow", () => {
    for (const form of document.forms) {
        delete form.dataset.sent;
    }
});

const feed = document.getElementById("feed");
if (feed) {
    const state = document.getElementById("feed-state");
    const events = new EventSource(feed.dataset.events);
    events.addEventListener("rows", (event) => {
        state.textContent = "Live.";
        const rows = JSON.parse(event.data).map((row) => {
            const line = document.createElement("tr");
            for (const text of [row.at, row.signal, row.receiver, row.outcome, row.took]) {
                line.insertCell().textContent = text;
            }
            return line;
        });
        feed.replaceChildren(...rows);
    });
    events.addEventListener("error", () => {
        if (events.readyState === EventSource.CLOSED) {
            state.textContent = "The feed has ended: reload the page.";
        }
    });
}
