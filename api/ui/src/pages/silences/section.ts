/** What each section of the form of a silence is given. */

import type { Dispatch } from "react";
import type { Change, Draft } from "./draft";

export interface SectionProps {
  draft: Draft;
  change: Dispatch<Change>;
  errors: Record<string, string>;
  disabled: boolean;
}
