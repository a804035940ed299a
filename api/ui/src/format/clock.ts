/**
 * The server's clock. What the page shows and sends is of the server's time: the reader's clock may be minutes off.
 *
 * Every answer of the API tells the server's time. It was told between the moments the question left and the answer
 * came, so the difference of the clocks lies between two bounds; what is known of it is kept while it fits them.
 */

let offsetMs = 0;

/** Now by the server's clock, epoch ms; by the reader's until the first answer. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

/** Take up what an answer told: its header `X-Server-Time`, and when, by the reader's clock, it was asked and came. */
export function learn(told: string | null, askedAtMs: number, cameAtMs: number): void {
  const atMs = Number(told);
  if (!told || !Number.isFinite(atMs) || cameAtMs < askedAtMs) return;
  const least = atMs - cameAtMs;
  const most = atMs - askedAtMs;
  if (offsetMs < least || offsetMs > most) offsetMs = Math.round((least + most) / 2);
}
