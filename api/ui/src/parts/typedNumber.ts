/**
 * What a person has typed into a `NumberInput`; null for nothing, and for what is no number yet, as "-".
 *
 * Mantine hands over a text while it reads otherwise than its number would be written: "1.", "0.0", "030". A form that took
 * such a text for nothing would empty the field, or keep showing what it does not save.
 */
export function typedNumber(value: number | string): number | null {
  const number = value === "" ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}
