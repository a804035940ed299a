// One alert and its story; where every message's link leads.

import { api, clock, element, row, switchLanguage, words } from "./words.js";

const $ = (id) => document.getElementById(id);
const id = decodeURIComponent(location.pathname.split("/").pop());

async function show() {
  try {
    const { alert, timeline } = await api(`/alerts/${encodeURIComponent(id)}`);
    const w = words();
    document.title = `${alert.rule_name} — Enhanced Alerts`;
    $("alerts").replaceChildren(row(alert, act));
    $("timeline-title").textContent = w.timeline;
    $("timeline").replaceChildren(...timeline.map((entry) => {
      const who = entry.channel || (entry.by && entry.by !== "rule" ? entry.by : "");
      const item = element("li", {}, element("time", { datetime: new Date(entry.at_ms).toISOString() }, clock(entry.at_ms)),
        element("b", {}, w.kinds[entry.kind] ?? entry.kind), who ? ` · ${who}` : "");
      if (entry.channel && entry.by) item.append(` · ${w[entry.by] ?? entry.by}`);
      if (entry.took_ms) item.append(` · ${entry.took_ms} ms`);
      if (entry.reason) item.append(element("div", { class: "facts" }, entry.reason));
      return item;
    }));
    $("language").textContent = w.language;
    $("failure").hidden = true;
  } catch (error) {
    $("failure").textContent = `${words().failed}: ${error.message}`;
    $("failure").hidden = false;
  }
}

async function act(alert, verb) {
  try {
    await api(`/alerts/${alert.id}/${verb}`, { method: "POST" });
  } finally {
    await show();
  }
}

$("language").addEventListener("click", () => { switchLanguage(); show(); });
setInterval(show, 5_000);
show();
