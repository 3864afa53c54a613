// One's own page: the personal key stays in the link's fragment and goes nowhere but into the Authorization header.
"use strict";
const page = document.getElementById("registration");
const words = document.getElementById("words").dataset;
const said = (kind, key) => document.getElementById("words").getAttribute(`data-${kind}-${key}`) ?? key;
const at = (id) => document.getElementById(id);
const key = location.hash.slice(1);
const own = `/v1/registrations/${page.dataset.id}`;
const colours = { confirmed: "good", declined: "bad", cancelled: "muted" };

function call(path, options = {}) {
  const headers = { Authorization: `Bearer ${key}`, ...options.headers };
  return fetch(path, { ...options, headers, cache: "no-store" });
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function trouble(text) {
  at("waiting").hidden = true;
  at("trouble").textContent = text;
  at("trouble").hidden = false;
}

function translated(texts, otherwise) {
  return texts?.[page.dataset.language] ?? Object.values(texts ?? {})[0] ?? otherwise;
}

function standing(part, titles) {
  const item = element("li", "", "card");
  const state = element("p", "");
  state.append(element("span", said("status", part.status), `chip ${colours[part.status] ?? "warn"}`));
  state.append(" ", element("span", part.mode === "remote" ? words.remote : words.inPerson, "sub"));
  item.append(element("h2", titles[part.part] ?? part.part), state);
  if (part.reason) item.append(element("p", said("reason", part.reason)));
  return item;
}

async function showRegistration() {
  const answer = await call(own);
  if (!answer.ok) return trouble(answer.status === 404 ? words.notFound : words.failed);
  const registration = await answer.json();
  const gathering = await fetch(`/v1/gatherings/${registration.gathering}`).then((r) => (r.ok ? r.json() : {}));
  const titles = Object.fromEntries((gathering.parts ?? []).map((one) => [one.part, translated(one.title, one.part)]));
  at("gathering").textContent = translated(gathering.title, registration.gathering);
  at("gathering").href = `/g/${registration.gathering}`;
  at("parts").replaceChildren(...registration.parts.map((part) => standing(part, titles)));
  const live = registration.parts.some((part) => !["declined", "cancelled"].includes(part.status));
  at("cancelling").hidden = !live;
  at("waiting").hidden = true;
  at("shown").hidden = false;
  if (registration.parts.some((part) => part.status === "received")) setTimeout(showRegistration, 2000);
  await Promise.all([showTicket(), showDiary(gathering.timezone)]);
}

async function showTicket() {
  const answer = await call(`${own}/ticket.svg`);
  at("ticket").hidden = !answer.ok;
  if (answer.ok) at("code").src = URL.createObjectURL(await answer.blob());
}

function entry(one, zone) {
  const format = new Intl.DateTimeFormat(page.dataset.language, { dateStyle: "full", timeStyle: "short", timeZone: zone });
  const item = element("li", "");
  const starts = one.starts_at ?? one.starts;
  const title = one.title ? translated(one.title, "") : one.expert ?? one.desk ?? one.part ?? "";
  item.append(element("strong", title), element("span", starts ? ` ${format.format(new Date(starts))}` : "", "sub"));
  if (one.join) {
    const link = element("a", words.join);
    link.href = typeof one.join === "string" ? one.join : one.join.url;
    item.append(" ", link);
  }
  return item;
}

async function showDiary(zone) {
  const answer = await call(`${own}/diary`);
  const diary = answer.ok ? await answer.json() : {};
  const entries = Object.values(diary).filter(Array.isArray).flat();
  at("diary").replaceChildren(...entries.map((one) => entry(one, zone)));
  at("diary-empty").hidden = entries.length > 0;
}

async function save(path, name) {
  const answer = await call(path);
  if (!answer.ok) return trouble(words.failed);
  const link = element("a", "");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function cancel() {
  const answer = await call(`${own}/cancellation`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": `cancel-from-page-${page.dataset.id}` },
    body: "{}",
  });
  trouble(answer.ok ? words.cancelledNow : words.failed);
  if (answer.ok) await showRegistration();
}

at("calendar").addEventListener("click", () => save(`${own}/diary.ics`, "diary.ics"));
at("ticket-file").addEventListener("click", () => save(`${own}/ticket.pdf`, "ticket.pdf"));
at("cancel").addEventListener("click", () => at("sure").showModal());
at("sure").addEventListener("close", () => at("sure").returnValue === "yes" && cancel());
for (const link of document.querySelectorAll("[data-keeps-key]")) link.hash = location.hash;
if (key) {
  at("waiting").hidden = false;
  showRegistration().catch(() => trouble(words.failed));
} else {
  trouble(words.noKey);
}
