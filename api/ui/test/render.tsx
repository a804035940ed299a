/** Draw a part as the app does: words, theme, cache, client, routes; answers come from *api*. */

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { I18nextProvider } from "react-i18next";
import { vi } from "vitest";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { Client, ClientContext } from "../src/api/context";
import { FormatProvider } from "../src/format/useFormat";
import { createI18n, type Language } from "../src/i18n";
import { LiveProvider } from "../src/live/LiveProvider";
import { ShortcutProvider } from "../src/shell/shortcuts";

export interface Answers {
  /** `GET /me` → body, or a function of the request that makes it. What is not listed is a 404. */
  [request: string]: unknown;
}

export interface Sent {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
}

export function renderApp(children: ReactNode, options: { api?: Answers; language?: Language; path?: string } = {}) {
  const { api = {}, language = "en", path = "/" } = options;
  const sent: Sent[] = [];
  const answers: Answers = { "GET /me": { name: "kim", role: "operator" }, ...api };
  vi.stubGlobal("fetch", async (url: string, request: RequestInit) => {
    const [asked = "", query = ""] = url.replace("/api/enhanced-alerts", "").split("?");
    const call = {
      method: String(request.method),
      path: asked,
      query: Object.fromEntries(new URLSearchParams(query)),
      body: request.body ? JSON.parse(String(request.body)) : null,
    };
    sent.push(call);
    const found = answers[`${call.method} ${asked}`];
    if (found === undefined) return new Response(JSON.stringify({ detail: "none" }), { status: 404 });
    const made = typeof found === "function" ? await found(call) : found;
    return made instanceof Response ? made : new Response(JSON.stringify(made));
  });
  const location = memoryLocation({ path, record: true });
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const drawn = render(
    <MantineProvider env="test">
      <I18nextProvider i18n={createI18n(language)}>
        <FormatProvider>
          <QueryClientProvider client={cache}>
            <ClientContext.Provider value={new Client("")}>
              <Router hook={location.hook} searchHook={location.searchHook}>
                <ShortcutProvider>
                  <LiveProvider>{children}</LiveProvider>
                </ShortcutProvider>
              </Router>
            </ClientContext.Provider>
          </QueryClientProvider>
        </FormatProvider>
      </I18nextProvider>
    </MantineProvider>,
  );
  return { ...drawn, sent, cache, location };
}
