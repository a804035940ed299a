import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The component for other React apps: ES modules, one style sheet, the host's own React.
export default defineConfig({
  plugins: [react()],
  publicDir: false,
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    outDir: "dist-lib",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    lib: { entry: "src/index.ts", formats: ["es"], fileName: "index", cssFileName: "style" },
    rollupOptions: { external: [/^react($|\/)/, /^react-dom($|\/)/] },
  },
});
