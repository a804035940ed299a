/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` serves the sources and passes the rest to an API that runs already (`make run`).
const api = process.env.API_URL ?? "http://127.0.0.1:5000";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // Browsers that know light-dark(): written for older ones, it looks at the system's choice alone.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": api, "/sign-in": api, "/pages": api } },
  test: {
    css: false,
    restoreMocks: true,
    testTimeout: 240_000,
    // What draws nothing needs no document, which takes longer to make than such a test.
    projects: [
      {
        extends: true,
        test: {
          name: "parts",
          include: ["src/**/*.test.tsx"],
          environment: "jsdom",
          setupFiles: ["test/setup.ts"],
        },
      },
      { extends: true, test: { name: "logic", include: ["{src,test}/**/*.test.ts"], environment: "node" } },
    ],
  },
});
