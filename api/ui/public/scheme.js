// Light or dark before the first paint. A file of its own: the page allows no inline script.
(() => {
  let chosen = "auto";
  try {
    chosen = localStorage.getItem("enhanced-alerts-scheme") ?? "auto";
  } catch {
    // Storage is closed to us: the system's choice stands.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
