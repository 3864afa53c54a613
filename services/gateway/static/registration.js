// One's own page: the personal key stays in the link's fragment and goes nowhere but into the Authorization header.
"use strict";
const page = document.getElementById("registration");
const at = (id) => document.getElementById(id);
const words = at("words").dataset;
const said = (kind, key, otherwise = key) => at("words").getAttribute(`data-${kind}-${key}`) ?? otherwise;
const locale = { en: "en-GB", fr: "fr-FR" }[page.dataset.language];
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

function action(text, className, act) {
  const made = element("button", text, `button small ${className}`);
  made.type = "button";
  made.addEventListener("click", async () => {
    made.disabled = true;
    await act().catch(() => trouble(words.failed));
    made.disabled = false;
  });
  return made;
}

function linked(text, href) {
  const made = element("a", text, "button small");
  made.href = href;
  return made;
}

function moment(text, zone, style = { dateStyle: "full", timeStyle: "short" }) {
  return new Intl.DateTimeFormat(locale, { ...style, timeZone: zone }).format(new Date(text));
}

function standing(part, titles) {
  const item = element("li", "", "card");
  const state = element("p", "");
  state.append(element("span", said("status", part.status), `chip ${colours[part.status] ?? "warn"}`));
  state.append(" ", element("span", part.mode === "remote" ? words.remote : words.inPerson, "sub"));
  item.append(element("h2", titles[part.part] ?? part.part), state);
  if (part.reason) item.append(element("p", said("reason", part.reason)));
  if (part.join) item.append(linked(words.join, part.join));
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
  at("cancelling").hidden = registration.parts.every((part) => ["declined", "cancelled"].includes(part.status));
  at("waiting").hidden = true;
  at("shown").hidden = false;
  if (registration.parts.some((part) => part.status === "received")) setTimeout(showRegistration, 2000);
  const confirmed = registration.parts.some((part) => part.status === "confirmed");
  await Promise.all([showTicket(), showDiary(), confirmed ? showDesks(registration.gathering) : undefined]);
}

async function showTicket() {
  const answer = await call(`${own}/ticket.svg`);
  at("ticket").hidden = !answer.ok;
  if (answer.ok) at("code").src = URL.createObjectURL(await answer.blob());
}

function meeting(one, zone) {
  const item = element("li", "");
  item.append(element("strong", one.expert), " ", element("span", moment(one.starts_at, zone), "sub"), " ");
  if (one.status !== "booked") item.append(element("span", said("status", one.status), "chip muted"));
  else {
    if (one.join) item.append(linked(words.joinMeeting, one.join), " ");
    item.append(action(words.release, "second", () => change(`/v1/bookings/${one.id}`, "DELETE")));
  }
  return item;
}

function session(one, zone) {
  const item = element("li", "");
  item.append(element("strong", translated(one.title, "")), " ", element("span", moment(one.starts_at, zone), "sub"));
  return item;
}

async function showDiary() {
  const answer = await call(`${own}/diary`);
  const diary = answer.ok ? await answer.json() : { bookings: [], sessions: [] };
  const entries = diary.bookings.map((one) => meeting(one, diary.timezone));
  entries.push(...diary.sessions.map((one) => session(one, diary.timezone)));
  at("diary").replaceChildren(...entries);
  at("diary-empty").hidden = entries.length > 0;
}

function desk(one, zone, gathering) {
  const card = element("div", "", "card");
  const free = one.slots.filter((slot) => slot.free);
  const choice = document.createElement("select");
  choice.setAttribute("aria-label", words.slot);
  choice.append(...free.map((slot) => new Option(moment(slot.starts_at, zone), slot.slot_id)));
  const topic = document.createElement("input");
  topic.placeholder = words.topic;
  topic.setAttribute("aria-label", words.topic);
  topic.maxLength = 500;
  const body = () => ({ slot_id: choice.value, registration_id: page.dataset.id, topic: topic.value.trim() || null });
  const book = action(words.book, "", () => change(`/v1/gatherings/${gathering}/bookings`, "POST", body()));
  card.append(element("h3", one.expert), ...(free.length ? [choice, topic, book] : [element("p", words.noSlot, "sub")]));
  return card;
}

async function showDesks(gathering) {
  const answer = await fetch(`/v1/gatherings/${gathering}/desks`, { cache: "no-store" });
  const { desks = [], timezone } = answer.ok ? await answer.json() : {};
  at("helpdesk").hidden = desks.length === 0;
  at("desks").replaceChildren(...desks.map((one) => desk(one, timezone, gathering)));
}

async function change(path, method, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const answer = await call(path, { method, headers, body: body && JSON.stringify(body) });
  at("trouble").hidden = answer.ok;
  if (!answer.ok) {
    const problem = await answer.json();
    trouble(said("reason", problem.type.split("/").pop(), problem.detail));
  }
  await showRegistration();
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
  await change(`${own}/cancellation`, "POST", {});
  if (at("trouble").hidden) trouble(words.cancelledNow);
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
