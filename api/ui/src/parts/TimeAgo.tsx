/** How long ago, with the instant itself a hover (or a screen reader) away. */

import { useFormat } from "../format/useFormat";
import { useNow } from "../format/useNow";

export function TimeAgo({ atMs }: { atMs: number }) {
  const format = useFormat();
  // Clocks drift: what came just now is not in the future.
  const nowMs = Math.max(useNow(), atMs);
  return (
    <time dateTime={new Date(atMs).toISOString()} title={format.instant(atMs)}>
      {format.ago(atMs, nowMs)}
    </time>
  );
}

/** The instant, in the reader's zone. */
export function Instant({ atMs }: { atMs: number }) {
  const format = useFormat();
  return <time dateTime={new Date(atMs).toISOString()}>{format.instant(atMs)}</time>;
}
