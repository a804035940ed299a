/** How many active alerts each rule has. */

import { useMemo } from "react";
import { useBoard } from "../../api/alerts";

/** Active alerts a rule. */
export function useOpenCounts(): ReadonlyMap<string, number> {
  const alerts = useBoard().data?.alerts;
  return useMemo(() => {
    const counts = new Map<string, number>();
    for (const alert of alerts?.values() ?? []) counts.set(alert.rule_id, (counts.get(alert.rule_id) ?? 0) + 1);
    return counts;
  }, [alerts]);
}
