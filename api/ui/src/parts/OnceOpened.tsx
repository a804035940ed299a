/** A dialog that the first load leaves out: it is loaded when it is opened first, and stays, so that it closes softly. */

import { type ReactNode, Suspense, useState } from "react";

export function OnceOpened({ opened, children }: { opened: boolean; children: ReactNode }) {
  const [wasOpened, setOpened] = useState(opened);
  if (opened && !wasOpened) setOpened(true);
  return wasOpened ? <Suspense>{children}</Suspense> : null;
}
