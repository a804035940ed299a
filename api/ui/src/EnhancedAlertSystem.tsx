/** The dashboard as one component: everything it needs is in its props. */

import {
  type CSSVariablesResolver,
  createTheme,
  DEFAULT_THEME,
  localStorageColorSchemeManager,
  MantineProvider,
} from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { Suspense, useMemo } from "react";
import { I18nextProvider } from "react-i18next";
import { Router } from "wouter";
import { Client, ClientContext } from "./api/context";
import { asProblem } from "./api/problem";
import { FormatProvider } from "./format/useFormat";
import { createI18n } from "./i18n";
import { LiveProvider } from "./live/LiveProvider";
import { useHashLocation, useHashSearch } from "./shell/hashRouting";
import { Shell } from "./shell/Shell";
import { ShortcutProvider } from "./shell/shortcuts";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./theme.css";

export interface EnhancedAlertSystemProps {
  /**
   * Where the API is, without `/api/enhanced-alerts`. Same origin as the page: the session is a `SameSite=Lax`
   * cookie. Default: the root of the page's origin.
   */
  apiBase?: string;
  /** The relay's WebSocket, e.g. `wss://alerts.example.com/live`. Default: what the API says. */
  socketUrl?: string;
  /** Who owns the address: `hash` (the default) leaves the host's path alone, `path` takes it. */
  routing?: "hash" | "path";
  /** Nonce of the page's `style-src`, if it has one: the few styles made at run time carry it. */
  styleNonce?: string;
  /** The session has ended, or there is none. Default: what is shown says so. */
  onSignedOut?: () => void;
}

const theme = createTheme({
  primaryColor: "blue",
  primaryShade: 8,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif',
  autoContrast: true,
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // Wider than a phone, they are scrolled by keys, too.
    TableScrollContainer: { defaultProps: { type: "native", tabIndex: 0 } },
  },
});
// Text on a tint of its own colour: the library's is as low as 3.3:1, AA asks for 4.5:1.
const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: Object.fromEntries(
    Object.keys(DEFAULT_THEME.colors).map((color) => [
      `--mantine-color-${color}-light-color`,
      `color-mix(in srgb, var(--mantine-color-${color}-9) 70%, black)`,
    ]),
  ),
  dark: {},
});
const schemes = localStorageColorSchemeManager({ key: "enhanced-alerts-scheme" });

export function EnhancedAlertSystem({
  apiBase = "",
  socketUrl,
  routing = "hash",
  styleNonce,
  onSignedOut,
}: EnhancedAlertSystemProps) {
  const isEmbedded = routing === "hash";
  const client = useMemo(() => new Client(apiBase.replace(/\/$/, ""), onSignedOut), [apiBase, onSignedOut]);
  const queries = useMemo(makeQueryClient, []);
  const i18n = useMemo(() => createI18n(), []);
  useMemo(() => styleNonce && setNonce(styleNonce), [styleNonce]);
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={schemes}
      cssVariablesResolver={cssVariables}
      {...(styleNonce ? { getStyleNonce: () => styleNonce } : {})}
    >
      <I18nextProvider i18n={i18n}>
        <FormatProvider>
          <QueryClientProvider client={queries}>
            <ClientContext.Provider value={client}>
              <Router {...(isEmbedded ? { hook: useHashLocation, searchHook: useHashSearch } : {})}>
                <ShortcutProvider>
                  <LiveProvider socketUrl={socketUrl}>
                    <Notifications position="bottom-right" limit={5} />
                    <Suspense>
                      <Shell isEmbedded={isEmbedded} />
                    </Suspense>
                  </LiveProvider>
                </ShortcutProvider>
              </Router>
            </ClientContext.Provider>
          </QueryClientProvider>
        </FormatProvider>
      </I18nextProvider>
    </MantineProvider>
  );
}

function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // On a closed network a browser calls itself offline; the API may answer all the same.
        networkMode: "always",
        staleTime: 15_000,
        retry: (count, error) => count < 2 && [0, 429, 502, 503, 504].includes(asProblem(error).status),
        retryDelay: (count, error) => asProblem(error).retryAfterMs || 500 * 2 ** count,
      },
      mutations: { networkMode: "always" },
    },
  });
}
