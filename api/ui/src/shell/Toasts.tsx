/** What the `web` channel tells: a few notes at the page's edge, a sound and a notification for those who want them. */

import { Button, CloseButton, Portal } from "@mantine/core";
import { IconBell, IconChevronDown } from "@tabler/icons-react";
import { useEffect, useReducer, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { showOutside, sound } from "../live/announce";
import { useEntries } from "../live/LiveProvider";
import { useDesktop, useQuietToasts, useSound } from "../live/preferences";
import { NO_TOASTS, toasted } from "../live/toasts";
import classes from "./Toasts.module.css";

export function Toasts() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [{ shown, more }, happen] = useReducer(toasted, NO_TOASTS);
  const [isQuiet, setQuiet] = useQuietToasts();
  const [hasSound] = useSound();
  const [hasDesktop] = useDesktop();
  const announced = useRef(0);

  useEntries((entries) => {
    if (entries.some((entry) => entry.type === "toast")) happen({ type: "entries", entries, atMs: Date.now() });
  });
  // Quiet ones stay a count until somebody looks; the others go by themselves.
  const isTicking = shown.length > 0 && !isQuiet;
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(() => !document.hidden && happen({ type: "tick", atMs: Date.now() }), 1_000);
    return () => clearInterval(timer);
  }, [isTicking]);
  useEffect(() => {
    const fresh = shown.filter((toast) => toast.atMs > announced.current);
    if (!fresh.length) return;
    announced.current = Math.max(...fresh.map((toast) => toast.atMs));
    if (hasSound && fresh.some((toast) => toast.items.some((item) => item.news === "firing"))) sound();
    if (hasDesktop && !document.hasFocus()) {
      for (const toast of fresh) showOutside(toast, (id) => navigate(`/alerts/${id}`));
    }
  }, [shown, hasSound, hasDesktop, navigate]);

  const count = shown.length + more;
  return (
    <Portal>
      <section className={classes.stack} aria-live="polite" aria-label={t("toasts.label")} data-testid="toasts">
        {!isQuiet &&
          shown.map((toast) => {
            const [first] = toast.items;
            return (
              <div key={toast.id} className={classes.toast} data-news={first?.news}>
                {first ? (
                  <Link href={`/alerts/${first.alert.id}`} className={classes.title}>
                    {toast.title}
                  </Link>
                ) : (
                  <span className={classes.title}>{toast.title}</span>
                )}
                <p className={classes.text}>{toast.text}</p>
                <CloseButton
                  className={classes.close ?? ""}
                  size="md"
                  aria-label={t("action.close")}
                  onClick={() => happen({ type: "closed", id: toast.id })}
                />
              </div>
            );
          })}
        {count > 0 && (
          <div className={classes.foot}>
            {isQuiet ? (
              <Button size="xs" variant="default" leftSection={<IconBell size={14} />} onClick={() => setQuiet(false)}>
                {t("toasts.count", { count })}
              </Button>
            ) : (
              <>
                {more > 0 && (
                  <Button size="xs" variant="default" onClick={() => happen({ type: "allClosed" })}>
                    {t("toasts.more", { count: more })}
                  </Button>
                )}
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<IconChevronDown size={14} />}
                  onClick={() => setQuiet(true)}
                >
                  {t("toasts.collapse")}
                </Button>
              </>
            )}
          </div>
        )}
      </section>
    </Portal>
  );
}
