/** Put the focus on the first field of *form* that was not accepted, once that is drawn. */
export function focusRefused(form: HTMLFormElement | null): void {
  requestAnimationFrame(() =>
    form?.querySelector<HTMLElement>(':is(input, textarea, select, button)[aria-invalid="true"]')?.focus(),
  );
}
