// Says that there is something new; the reader decides when to look.
"use strict";
for (const notice of document.querySelectorAll("[data-live]")) {
  const { live, topic, about } = notice.dataset;
  let first;
  new EventSource(live).addEventListener(topic, (message) => {
    const content = JSON.parse(message.data);
    const now = JSON.stringify(about ? content[about] : content);
    first ??= now;
    if (now !== first) notice.hidden = false;
  });
}
