/** The names under which answers are cached. One place, so that what the feed changes and what pages read agree. */

export const keys = {
  me: ["me"],
  board: ["alerts", "active"],
  banner: ["alerts", "banner"],
  stories: ["alerts", "story"],
  story: (id: string) => ["alerts", "story", id],
  history: (filter: unknown) => ["alerts", "history", filter],
  series: (asked: unknown) => ["series", asked],
  silencePreview: (matchers: unknown) => ["silence-preview", matchers],
  rules: ["rules"],
  rule: (id: string) => ["rules", id],
  channels: ["channels"],
  channel: (name: string) => ["channels", name],
  silences: ["silences"],
  statistics: (range: unknown) => ["statistics", range],
  plugins: ["plugins"],
  system: ["system"],
  push: ["push"],
  users: ["users"],
  apiKeys: ["api-keys"],
} as const;
