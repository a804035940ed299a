/** Sound and desktop notifications, for those who switched them on. */

import type { Toast } from "./toasts";

const PAUSE_MS = 3_000;
let audio: AudioContext | null = null;
let soundedAtMs = 0;

/** Two short tones; in a storm one every few seconds. A browser lets a page sound after somebody has touched it. */
export function sound(nowMs: number = Date.now()): void {
  if (nowMs - soundedAtMs < PAUSE_MS) return;
  soundedAtMs = nowMs;
  audio ??= new AudioContext();
  void audio.resume();
  for (const [at, frequency] of [
    [0, 880],
    [0.18, 660],
  ] as const) {
    const tone = audio.createOscillator();
    const level = audio.createGain();
    const from = audio.currentTime + at;
    tone.frequency.value = frequency;
    level.gain.setValueAtTime(0.0001, from);
    level.gain.exponentialRampToValueAtTime(0.25, from + 0.02);
    level.gain.exponentialRampToValueAtTime(0.0001, from + 0.16);
    tone.connect(level).connect(audio.destination);
    tone.start(from);
    tone.stop(from + 0.17);
  }
}

/** Show it outside of the page; *open* is called with the alert when it is clicked. */
export function showOutside(toast: Toast, open: (alertId: string) => void): void {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const id = toast.items[0]?.alert.id;
  try {
    const shown = new Notification(toast.title, { body: toast.text, tag: toast.id, icon: "/icon-192.png" });
    shown.onclick = () => {
      window.focus();
      if (id) open(id);
      shown.close();
    };
  } catch {
    // Phones allow it to the service worker alone.
    void navigator.serviceWorker?.getRegistration("/").then((found) =>
      found?.showNotification(toast.title, {
        body: toast.text,
        tag: toast.id,
        data: { link: id ? `/alerts/${id}` : "/" },
      }),
    );
  }
}
