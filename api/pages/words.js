// The words of the pages in both languages, and how times and alerts are written. No server text is ever markup.

const WORDS = {
  en: {
    live: "Live", connecting: "Connecting …", reconnecting: "Reconnecting …", stale: (t) => `Stale since ${t}: what you see may be old`,
    acknowledge: "Acknowledge", resolve: "Resolve", signOut: "Sign out", language: "한국어", notifyOn: "Notify me here",
    notifyIs: "Notifications on", counts: (n, s) => `${n} active${s ? " · " + s : ""}`, more: "Show more",
    emptyTitle: "Nothing is wrong", emptyText: "No alert is active. To see one, make a rule and publish a value it does not like:",
    pending: "pending", firing: "firing", acknowledged: "acknowledged", resolved: "resolved", by: "by", since: "since",
    held: (t) => `told to channels at ${t}, if still firing`, plugin: "Plugin", value: "value", threshold: "threshold",
    failed: "That did not work", timeline: "What happened", of: "of", times: "attempt", held2: "reopened within its cooldown",
    info: "INFO", warning: "WARNING", error: "ERROR", critical: "CRITICAL", emergency: "EMERGENCY",
    kinds: { pending: "Condition began to hold", cleared: "Condition ended before its duration", firing: "Fired", reopened: "Fired again within its cooldown",
      announced: "Cooldown over, still firing: channels are told", acknowledged: "Acknowledged", resolved: "Resolved",
      suppressed: "Channels are not told for now", released: "Channels are told again", reminded: "Reminder", escalated: "Escalated",
      commented: "Comment", assigned: "Assigned", counted: "More of the same", repaired: "Repaired",
      "notification.sent": "Delivered", "notification.failed": "Delivery failed, will be tried again", "notification.dead": "Not delivered, given up",
      "notification.retried": "Tried again by hand", "notification.delivered": "Arrived, says the provider", "notification.undelivered": "Did not arrive, says the provider" },
  },
  ko: {
    live: "실시간", connecting: "연결 중 …", reconnecting: "다시 연결 중 …", stale: (t) => `${t} 이후 갱신 안 됨: 화면이 오래되었을 수 있습니다`,
    acknowledge: "확인", resolve: "해결", signOut: "로그아웃", language: "English", notifyOn: "알림 받기",
    notifyIs: "알림 켜짐", counts: (n, s) => `활성 알림 ${n}건${s ? " · " + s : ""}`, more: "더 보기",
    emptyTitle: "이상 없음", emptyText: "활성 알림이 없습니다. 규칙을 만들고 임계값을 넘는 값을 보내 보세요:",
    pending: "대기", firing: "발생", acknowledged: "확인됨", resolved: "해결됨", by: "담당", since: "시작",
    held: (t) => `${t}에도 계속되면 채널에 알림`, plugin: "플러그인", value: "값", threshold: "임계값",
    failed: "처리하지 못했습니다", timeline: "진행 기록", of: "/", times: "시도", held2: "쿨다운 중 다시 발생",
    info: "정보", warning: "경고", error: "오류", critical: "심각", emergency: "긴급",
    kinds: { pending: "조건 충족 시작", cleared: "지속 시간 전에 조건 해소", firing: "알림 발생", reopened: "쿨다운 중 다시 발생",
      announced: "쿨다운 종료, 계속 발생 중: 채널에 알림", acknowledged: "확인됨", resolved: "해결됨",
      suppressed: "채널 알림 보류", released: "채널 알림 재개", reminded: "다시 알림", escalated: "상위 단계로 알림",
      commented: "의견", assigned: "담당자 지정", counted: "같은 일이 더 있음", repaired: "바로잡음",
      "notification.sent": "전달됨", "notification.failed": "전달 실패, 다시 시도함", "notification.dead": "전달 포기",
      "notification.retried": "수동으로 다시 시도", "notification.delivered": "수신 확인(제공자)", "notification.undelivered": "수신 실패(제공자)" },
  },
};

let language = localStorage.getItem("language") ?? (navigator.language.startsWith("ko") ? "ko" : "en");
document.documentElement.lang = language;

export const words = () => WORDS[language];

export function switchLanguage() {
  language = language === "ko" ? "en" : "ko";
  localStorage.setItem("language", language);
  document.documentElement.lang = language;
}

export const clock = (ms) => new Date(ms).toLocaleString(language, { dateStyle: "short", timeStyle: "medium" });

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") made.addEventListener("click", value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const number = (value) => (value === null || value === undefined ? null : Number(value.toPrecision(6)).toLocaleString(language));

/** One alert as a list item; `act` is called with (alert, verb) when somebody presses a button. */
export function row(alert, act) {
  const w = words();
  const who = { acknowledged: alert.acknowledged_by, resolved: alert.resolved_by }[alert.state];
  const state = `${w[alert.state]}${who && who !== "rule" ? ` · ${w.by} ${who}` : ""}`;
  const value = number(alert.value);
  const facts = element("div", { class: "facts" }, `${w.plugin} `, element("b", {}, alert.plugin_name), ` · ${alert.condition}`);
  if (value !== null) facts.append(` · ${w.value} `, element("b", {}, value));
  if (alert.threshold !== null) facts.append(` (${w.threshold} ${number(alert.threshold)})`);
  facts.append(` · ${w.since} ${clock(alert.started_at_ms)}`);
  if (alert.hold_until_ms) facts.append(` · ${w.held2}, ${w.held(clock(alert.hold_until_ms))}`);
  const item = element("li", { "data-id": alert.id, "data-severity": alert.severity, "data-state": alert.state },
    element("div", {},
      element("span", { class: "severity" }, w[alert.severity]), " ", element("span", { class: "state" }, state),
      element("div", { class: "rule" }, element("a", { href: `/alerts/${alert.id}` }, alert.rule_name)), facts));
  if (act && alert.state !== "resolved" && alert.state !== "pending") {
    const label = (verb) => `${w[verb]}: ${alert.rule_name}, ${alert.plugin_name}`;
    const actions = element("div", { class: "actions" });
    if (alert.state === "firing") {
      actions.append(element("button", { type: "button", "aria-label": label("acknowledge"), onclick: () => act(alert, "acknowledge") }, w.acknowledge));
    }
    actions.append(element("button", { type: "button", "aria-label": label("resolve"), onclick: () => act(alert, "resolve") }, w.resolve));
    item.append(actions);
  }
  return item;
}

export async function api(path, options = {}) {
  const response = await fetch(`/api/enhanced-alerts${path}`, options);
  if (response.status === 401) location.reload();
  const body = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(body.detail ?? response.statusText);
  return body;
}
