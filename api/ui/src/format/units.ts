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

/** At most four significant digits, grouped as the language does; never rounded to a value it is not near. */
export function formatNumber(value: number, language: string): string {
  const maximumSignificantDigits = Math.abs(value) >= 1_000 ? 6 : 4;
  const key = language + maximumSignificantDigits;
  const known = numbers.get(key) ?? new Intl.NumberFormat(language, { maximumSignificantDigits });
  numbers.set(key, known);
  return known.format(value);
}

/** A value of *metric* with its unit, e.g. `93.5 %`, `1.2 GiB`. */
export function formatValue(value: number, metric: string, language: string): string {
  const unit = unitOf(metric);
  if (!unit.isBinary)
    return unit.symbol ? `${formatNumber(value, language)} ${unit.symbol}` : formatNumber(value, language);
  const step = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10)));
  const prefix = ["", "Ki", "Mi", "Gi", "Ti"][step];
  return `${formatNumber(value / 1024 ** step, language)} ${prefix}${unit.symbol}`;
}
