/** Silence what is selected: opened by one click, made by the next; it says first how many alerts it would hide. */

import { lazy } from "react";
import { OnceOpened } from "./OnceOpened";
import type { SilenceProps } from "./SilenceForm";

const Dialog = lazy(() => import("./SilenceForm").then((m) => ({ default: m.OpenedSilenceDialog })));

export function SilenceDialog(props: SilenceProps) {
  return (
    <OnceOpened opened={props.alerts.length > 0}>
      <Dialog {...props} />
    </OnceOpened>
  );
}
