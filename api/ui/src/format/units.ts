/** How a metric's value is written: its unit is read from the metric's name, as names carry units here. */

export interface Unit {
  /** Shown after the number; empty if the name says nothing. */
  symbol: string;
  /** Multiples of 1024, e.g. bytes. */
  isBinary?: boolean;
}

const BY_SUFFIX: readonly (readonly [RegExp, Unit])[] = [
  [/(_percent|_pct|_usage|_percentage)$/, { symbol: "%" }],
  // The longer endings first: a rate is not a number of seconds.
  [/(_bytes_per_s|_bytes_per_second)$/, { symbol: "B/s", isBinary: true }],
  [/(_per_s|_per_second)$/, { symbol: "/s" }],
  [/(_ms|_millis|_milliseconds)$/, { symbol: "ms" }],
  [/(_s|_sec|_seconds)$/, { symbol: "s" }],
  [/(_bytes)$/, { symbol: "B", isBinary: true }],
  [/(_mb)$/, { symbol: "MB" }],
  [/(_gb)$/, { symbol: "GB" }],
];

export function unitOf(metric: string): Unit {
  return BY_SUFFIX.find(([suffix]) => suffix.test(metric))?.[1] ?? { symbol: "" };
}

const numbers = new Map<string, Intl.NumberFormat>();
const MOST_DIGITS = 17;

/**
 * Whole numbers whole, others with four significant digits or more, grouped as the language does; no exponent from
 * 1e-15 up to 1e15.
 *
 * Of *beside*, the numbers shown next to it, none reads the same, and each reads as greater or smaller as it is.
 */
export function formatNumber(value: number, language: string, beside: readonly number[] = []): string {
  return write(value, 1, language, beside, Math.abs(value) >= 1_000 ? 6 : 4);
}

/** A share of one as a percentage, e.g. `33 %`; `0 %` and `100 %` are nothing and all. */
export function formatPercent(share: number, language: string, leastDigits = 2): string {
  return `${write(share * 100, 1, language, [0, 100], leastDigits)} %`;
}

/** A value of *metric* with its unit, e.g. `93.5 %`, `1.2 GiB`; as `formatNumber` says, also between prefixes. */
export function formatValue(value: number, metric: string, language: string, beside: readonly number[] = []): string {
  const unit = unitOf(metric);
  if (!unit.isBinary) {
    const text = formatNumber(value, language, beside);
    return unit.symbol ? `${text} ${unit.symbol}` : text;
  }
  const step = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10)));
  const prefix = ["", "Ki", "Mi", "Gi", "Ti"][step];
  const shown = value / 1024 ** step;
  return `${write(value, 1024 ** step, language, beside, Math.abs(shown) >= 1_000 ? 6 : 4)} ${prefix}${unit.symbol}`;
}

function write(value: number, unit: number, language: string, beside: readonly number[], leastDigits: number): string {
  const shown = value / unit;
  const size = Math.abs(shown);
  const isPlain = size === 0 || (size >= 1e-15 && size < 1e15);
  const whole = isPlain && size >= 1 ? Math.floor(Math.log10(size)) + 1 : 1;
  let digits = Math.max(leastDigits, Math.min(whole, MOST_DIGITS));
  // Each is nearer to its own text than halfway to the other one.
  const isTold = (other: number) =>
    other === value || Math.abs(Number(shown.toPrecision(digits)) * unit - value) < Math.abs(other - value) / 2;
  while (digits < MOST_DIGITS && !beside.every(isTold)) digits++;
  const key = `${language} ${digits} ${isPlain}`;
  const known =
    numbers.get(key) ??
    new Intl.NumberFormat(language, {
      maximumSignificantDigits: digits,
      notation: isPlain ? "standard" : "scientific",
    });
  numbers.set(key, known);
  // -0 is 0 to people.
  return known.format(shown || 0);
}
