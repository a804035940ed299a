// The board: the API's active alerts, kept up to date by the relay's feed. State changes only in `put` and `replaceAll`.

import { api, clock, element, row, switchLanguage, words } from "./words.js";

const $ = (id) => document.getElementById(id);
const RANK = ["emergency", "critical", "error", "warning", "info"];
const PAGE = 200;
const alerts = new Map();
const banner = new Map();
const toasted = new Set();
let shown = PAGE;
let lastId = "";
let socket = null;
let retry = 0;
let lastHeard = Date.now();
let drawing = false;

function put(alert) {
  const known = alerts.get(alert.id);
  if (known && known.version > alert.version) return;
  if (alert.state === "resolved") alerts.delete(alert.id);
  else alerts.set(alert.id, alert);
  if (alert.state !== "firing") banner.delete(alert.id);
  draw();
}

async function replaceAll() {
  const found = [];
  let cursor = null;
  do {
    const page = await api(`/alerts/active?limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    found.push(...page.alerts);
    cursor = page.next_cursor;
  } while (cursor && found.length < 10_000);
  alerts.clear();
  for (const alert of found) alerts.set(alert.id, alert);
  banner.clear();
  for (const alert of (await api("/alerts/banner")).alerts) banner.set(alert.id, alert);
  draw();
}

const worstFirst = (a, b) => RANK.indexOf(a.severity) - RANK.indexOf(b.severity) || a.started_at_ms - b.started_at_ms;

// A burst of updates is drawn once a frame.
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    render();
  });
}

function render() {
  const w = words();
  const sorted = [...alerts.values()].sort(worstFirst);
  const focused = document.activeElement?.getAttribute("aria-label");
  $("alerts").replaceChildren(...sorted.slice(0, shown).map((alert) => row(alert, act)));
  if (focused) [...document.querySelectorAll("#alerts button")].find((b) => b.getAttribute("aria-label") === focused)?.focus();
  const counts = RANK.map((s) => [s, sorted.filter((a) => a.severity === s).length]).filter(([, n]) => n);
  $("counts").textContent = sorted.length ? w.counts(sorted.length, counts.map(([s, n]) => `${w[s]} ${n}`).join(", ")) : "";
  $("more").hidden = sorted.length <= shown;
  $("more").textContent = w.more;
  $("empty").hidden = sorted.length > 0;
  $("empty").querySelector("h2").textContent = w.emptyTitle;
  $("empty").querySelector("p").textContent = w.emptyText;
  $("language").textContent = w.language;
  $("sign-out").textContent = w.signOut;
  const allowed = "Notification" in window && Notification.permission === "granted";
  $("notify").textContent = allowed ? w.notifyIs : w.notifyOn;
  $("notify").disabled = allowed || !("Notification" in window);
  const held = [...banner.values()].sort(worstFirst);
  $("banner").hidden = !held.length;
  $("banner").replaceChildren(...held.slice(0, 5).flatMap((alert, i) => [
    i ? " · " : "", element("a", { href: `/alerts/${alert.id}` }, `${w[alert.severity]}: ${alert.rule_name} — ${alert.plugin_name}`)]),
    held.length > 5 ? ` · +${held.length - 5}` : "");
  document.title = sorted.length ? `(${sorted.length}) Enhanced Alerts` : "Enhanced Alerts";
  showConnection();
}

let connection = "connecting";
function showConnection(state = connection) {
  connection = state;
  const w = words();
  $("connection").dataset.state = state;
  $("connection").textContent = state === "stale" ? w.stale(clock(lastHeard)) : w[state];
}

async function act(alert, verb) {
  try {
    put(await api(`/alerts/${alert.id}/${verb}`, { method: "POST" }));
    $("failure").hidden = true;
  } catch (error) {
    fail(error);
  }
}

function fail(error) {
  $("failure").textContent = `${words().failed}: ${error.message}`;
  $("failure").hidden = false;
}

function toast(data) {
  if (toasted.has(data.id)) return;
  toasted.add(data.id);
  const box = element("div", {}, data.title);
  $("toasts").append(box);
  setTimeout(() => box.remove(), 8_000);
  if ("Notification" in window && Notification.permission === "granted") {
    const note = new Notification(data.title, { body: data.text, tag: data.id });
    note.onclick = () => { window.focus(); location.href = `/alerts/${data.items[0].alert.id}`; };
  }
}

function receive(frame) {
  if (frame.id) lastId = frame.id;
  if (frame.type.startsWith("alert.")) put(frame.data);
  else if (frame.type === "toast") toast(frame.data);
  else if (frame.type === "banner") {
    for (const { alert } of frame.data.items) if (alert.state === "firing") banner.set(alert.id, alert);
    draw();
  } else if (frame.type === "reset") replaceAll().catch(fail);
  else if (frame.type === "stale") return showConnection("stale");
  lastHeard = Date.now();
  showConnection("live");
}

async function connect() {
  try {
    const { ticket, socket_url, socket_port } = await api("/live/ticket", { method: "POST" });
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const base = socket_url || `${scheme}://${location.hostname}:${socket_port}/live`;
    socket = new WebSocket(`${base}?ticket=${ticket}${lastId ? `&since=${lastId}` : ""}`);
  } catch (error) {
    return again();
  }
  let first = !lastId;
  socket.onmessage = ({ data }) => {
    retry = 0;
    const frame = JSON.parse(data);
    // The list is read once the feed is open: nothing can fall between them.
    if (frame.type === "hello" && first) { first = false; replaceAll().catch(fail); }
    receive(frame);
  };
  socket.onclose = again;
}

function again() {
  showConnection(Date.now() - lastHeard > 10_000 ? "stale" : "reconnecting");
  retry += 1;
  setTimeout(connect, Math.min(10_000, 300 * 2 ** Math.min(retry, 5)) * (0.5 + Math.random() / 2));
}

$("language").addEventListener("click", () => { switchLanguage(); render(); });
$("more").addEventListener("click", () => { shown += PAGE; render(); });
$("notify").addEventListener("click", async () => { await Notification.requestPermission(); render(); });
$("sign-out").addEventListener("click", async () => { await api("/sign-out", { method: "POST" }); location.reload(); });
setInterval(() => { if (connection !== "live") showConnection(Date.now() - lastHeard > 10_000 ? "stale" : connection); }, 1_000);
showConnection();
replaceAll().then(connect, (error) => { fail(error); connect(); });
