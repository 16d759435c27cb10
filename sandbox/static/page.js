// Draws what GET /v1/owners answers, once a second when it has changed. Text is only ever set as text.

const CHANNELS = { sms: "SMS", email: "E-mail", app: "App push" };
const MODES = {
  normal: "works",
  slow: "slow",
  refuse: "refuses",
  timeout: "does not answer",
  drop_after_accept: "accepts, then drops the line",
  duplicate_receipts: "sends receipts twice",
};
const EVERY_MS = 1000;
const byId = (id) => document.getElementById(id);
const copy = (id) => byId(id).content.firstElementChild.cloneNode(true);

let tag = "";
let seen = null;

async function look() {
  try {
    const answer = await fetch("v1/owners", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.status === 200) {
      const state = await answer.json();
      draw(state);
      tag = answer.headers.get("ETag") ?? "";
    }
    say("live", "live");
  } catch {
    tag = "";
    say("lost", "no connection, trying again");
  }
  setTimeout(look, EVERY_MS);
}

function say(state, text) {
  const place = byId("connection");
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  place.textContent = text;
}

function draw(state) {
  drawProviders(state.providers);
  byId("nothing").hidden = state.owners.length > 0;
  const ids = new Set(state.owners.flatMap((owner) => owner.messages.map((message) => message.provider_message_id)));
  const scrolled = new Map([...document.querySelectorAll(".owner")].map((each) => [each.dataset.name, each.lastElementChild.scrollTop]));
  byId("owners").replaceChildren(...state.owners.map(drawOwner));
  for (const each of document.querySelectorAll(".owner")) each.lastElementChild.scrollTop = scrolled.get(each.dataset.name) ?? 0;
  seen = ids;
  byId("addresses").textContent = Object.entries(state.addresses).map(([name, address]) => `${name} ${address}`).join(" · ");
}

function drawOwner(owner) {
  const card = copy("owner");
  card.dataset.kind = owner.kind;
  card.dataset.name = owner.name;
  card.querySelector("h3").textContent = owner.name;
  card.querySelector(".count").textContent = owner.count === 1 ? "1 message" : `${owner.count} messages`;
  const list = card.querySelector(".messages");
  list.setAttribute("aria-label", `Messages of ${owner.name}`);
  list.tabIndex = 0;
  list.replaceChildren(...owner.messages.map(drawMessage));
  return card;
}

function drawMessage(message) {
  const row = copy("message");
  row.dataset.channel = message.channel;
  if (seen && !seen.has(message.provider_message_id)) row.dataset.new = "";
  row.querySelector(".kind").textContent = CHANNELS[message.channel];
  row.querySelector(".sender").textContent = message.from;
  const time = row.querySelector("time");
  time.dateTime = message.received_at;
  time.textContent = new Date(message.received_at).toLocaleTimeString();
  row.querySelector(".title").textContent = message.subject ?? message.title ?? "";
  row.querySelector(".text").textContent = message.text ?? message.body;
  row.querySelector(".small").textContent = details(message);
  return row;
}

function details(message) {
  const parts = [`provider ${message.provider}`];
  if (message.segments > 1) parts.push(`${message.segments} segments`);
  if (message.html) parts.push("also as HTML, not shown");
  if (message.urgency) parts.push(`urgency ${message.urgency}`);
  parts.push(message.reference ?? "no reference");
  return parts.join(" · ");
}

function drawProviders(providers) {
  const place = byId("providers");
  for (const provider of providers) {
    const key = `${provider.channel}-${provider.provider}`;
    const form = place.querySelector(`[data-key="${key}"]`) ?? place.appendChild(newProvider(provider, key));
    form.toggleAttribute("data-broken", provider.mode !== "normal");
    form.querySelector(".state").textContent = describe(provider);
  }
}

function describe(provider) {
  const word = MODES[provider.mode] + (provider.permanent ? " as permanent" : "");
  if (provider.mode === "slow") return `${word}: ${provider.seconds} s`;
  return provider.seconds === null ? word : `${word}, until its time is up`;
}

function newProvider(provider, key) {
  const form = copy("provider");
  form.dataset.key = key;
  const name = `${CHANNELS[provider.channel]}, provider ${provider.provider}`;
  form.querySelector("h3").textContent = name;
  const { mode, seconds, apply, mend } = form.elements;
  apply.setAttribute("aria-label", `Apply to ${name}`);
  mend.setAttribute("aria-label", `Mend ${name}`);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const good = mode.value === "refuse-for-good";
    change(provider, { mode: good ? "refuse" : mode.value, permanent: good, seconds: seconds.value === "" ? null : Number(seconds.value) });
  });
  mend.addEventListener("click", () => {
    form.reset();
    change(provider, { mode: "normal" });
  });
  return form;
}

async function change({ channel, provider }, wanted) {
  await send("POST", "v1/behaviour", { channel, provider, ...wanted }, (state) => drawProviders(state.providers));
}

async function send(method, address, body, then) {
  try {
    const answer = await fetch(address, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
    const said = answer.status === 204 ? null : await answer.json();
    if (answer.ok) then(said);
    else say("refused", said.errors?.[0]?.detail ?? said.detail);
  } catch {
    say("lost", "no connection, trying again");
  }
}

byId("clear").addEventListener("click", () => send("DELETE", "v1/messages", undefined, () => undefined));
look();
