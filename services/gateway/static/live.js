// Says that there is something new; the reader decides when to look.
"use strict";
for (const notice of document.querySelectorAll("[data-live]")) {
  let first;
  new EventSource(notice.dataset.live).addEventListener(notice.dataset.topic, (message) => {
    first ??= message.data;
    if (message.data !== first) notice.hidden = false;
  });
}
