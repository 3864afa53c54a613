// An invitation's code comes in the link's fragment, which no server sees: put it into the form.
"use strict";
const code = new URLSearchParams(location.hash.slice(1)).get("invitation");
if (code) {
  document.getElementById("invitation").value = code;
  history.replaceState(null, "", location.pathname + location.search);
}
