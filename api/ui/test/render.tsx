/** Draw a part as the app does: words, theme, cache, client, routes; answers come from *api*. */

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { I18nextProvider } from "react-i18next";
import { expect, vi } from "vitest";
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

const LATEST_MS = 60;
const seed = Number(process.env.ANSWERS_IN_ANY_ORDER ?? 0);

/** With a seed in the environment, each address answers after a time of its own, so that answers overtake each other. */
async function arrival(request: string) {
  if (seed === 0) return;
  let mixed = seed;
  for (const letter of request) mixed = (mixed * 31 + letter.charCodeAt(0)) % 65_521;
  await new Promise((resolve) => setTimeout(resolve, (mixed * 48_271) % LATEST_MS));
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
    await arrival(`${call.method} ${asked}`);
    const found = answers[`${call.method} ${asked}`];
    if (found === undefined) return new Response(JSON.stringify({ detail: "none" }), { status: 404 });
    const made = typeof found === "function" ? await found(call) : found;
    return made instanceof Response ? made : new Response(JSON.stringify(made));
  });
  const i18n = createI18n(language);
  let awaitedWords = 0;
  const { backend } = i18n.services.backendConnector;
  const read = backend.read;
  backend.read = async (of: string, namespace: string, done: (error: unknown, words: unknown) => void) => {
    awaitedWords += 1;
    await arrival(namespace);
    read(of, namespace, (error: unknown, words: unknown) => {
      awaitedWords -= 1;
      done(error, words);
    });
  };
  const location = memoryLocation({ path, record: true });
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const drawn = render(
    <MantineProvider env="test">
      <I18nextProvider i18n={i18n}>
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
  /** Wait until all that the page asked for is answered and drawn: what is absent then does not come. */
  const settled = () =>
    waitFor(async () => {
      for (let quiet = 0; quiet < 3; quiet += 1) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(sent.length).toBeGreaterThan(0);
        expect(cache.isFetching() + cache.isMutating() + awaitedWords).toBe(0);
      }
    });
  return { ...drawn, sent, cache, location, settled };
}
