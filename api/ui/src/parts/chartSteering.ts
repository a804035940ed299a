/** The wheel and the keys that zoom and move a chart. */

import type { KeyboardEvent } from "react";
import { panned, type Zoom, zoomed } from "./zoom";

/** Ctrl and the wheel zoom around the pointer; Shift and the wheel, or a sideways wheel, move. Alone it scrolls the page. */
export function turn(event: WheelEvent, over: HTMLElement, zoom: Zoom | undefined): void {
  if (!zoom) return;
  const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
  if (!event.ctrlKey && !event.metaKey && !isSideways) return;
  event.preventDefault();
  if (isSideways) {
    const by = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
    zoom.show(panned(zoom.span, Math.sign(by) / 10, zoom.bounds));
    return;
  }
  const box = over.getBoundingClientRect();
  const share = box.width ? (event.clientX - box.left) / box.width : 0.5;
  zoom.show(zoomed(zoom.span, event.deltaY > 0 ? 1.25 : 0.8, share, zoom.bounds));
}

/** `+` and `-` zoom, arrows move, `0` goes back to the first view. */
export function press(event: KeyboardEvent, { span, bounds, show, reset }: Zoom): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const acts = new Map<string, () => void>([
    ["ArrowLeft", () => show(panned(span, -0.25, bounds))],
    ["ArrowRight", () => show(panned(span, 0.25, bounds))],
    ["+", () => show(zoomed(span, 0.5, 0.5, bounds))],
    ["=", () => show(zoomed(span, 0.5, 0.5, bounds))],
    ["-", () => show(zoomed(span, 2, 0.5, bounds))],
    ["0", reset],
  ]);
  const act = acts.get(event.key);
  if (!act) return;
  event.preventDefault();
  act();
}
