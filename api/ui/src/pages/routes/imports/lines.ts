/** The report of an import as one list by line: what is taken over, what differs, what is left out. Pure. */

import type { ImportReport } from "../../../api/imports";

export const KINDS = ["channel", "route", "time_interval", "inhibit_rule"] as const;

export interface Line {
  key: string;
  /** 0: the finding is about no line. */
  line: number;
  part: string;
  outcome: "taken" | "differs" | "lost";
  /** What it became here; missing for a finding, whose text says it. */
  kind?: (typeof KINDS)[number];
  text: string;
}

export function linesOf({ taken, findings }: Pick<ImportReport, "taken" | "findings">): Line[] {
  const lines: Omit<Line, "key">[] = taken.map(({ line, name, kind, result }) => {
    const known = KINDS.find((one) => one === kind);
    return { line, part: name, outcome: "taken", text: result, ...(known && { kind: known }) };
  });
  for (const { line, name, lost, because } of findings) {
    lines.push({ line, part: name, outcome: lost ? "lost" : "differs", text: because });
  }
  return lines.sort((a, b) => a.line - b.line).map((line, at) => ({ ...line, key: String(at) }));
}
