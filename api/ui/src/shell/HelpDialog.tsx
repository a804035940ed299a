/** The keys that work here. */

import { lazy } from "react";
import { OnceOpened } from "../parts/OnceOpened";
import type { HelpProps } from "./HelpTable";

const Dialog = lazy(() => import("./HelpTable").then((m) => ({ default: m.OpenedHelpDialog })));

export function HelpDialog(props: HelpProps) {
  return (
    <OnceOpened opened={props.opened}>
      <Dialog {...props} />
    </OnceOpened>
  );
}
