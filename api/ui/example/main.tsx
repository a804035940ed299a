/**
 * Another React app with the dashboard in it. Uses the library as it is built: `npm run build:lib`, then
 * `npm run example`, with the API running (`make run`).
 */

import { useState } from "react";
import { createRoot } from "react-dom/client";
import EnhancedAlertSystem from "../dist-lib/index.js";
import "../dist-lib/style.css";

export function App() {
  const [isShown, setShown] = useState(true);
  return (
    <>
      <header>
        <h1>Another app</h1>
        <button type="button" onClick={() => setShown(!isShown)}>
          {isShown ? "Hide" : "Show"} alerts
        </button>
      </header>
      {isShown && <EnhancedAlertSystem onSignedOut={() => window.alert("Sign in first, at /sign-in of the API.")} />}
    </>
  );
}

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
