/** Zooming with the wheel and with two fingers, and dragging with the mouse. */

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Call `zoom` with a factor and the place that stays where it is; return what ends it. */
export function onZoom(
  element: HTMLElement,
  zoom: (factor: number, at: Place) => void,
): () => void {
  let apart = 0;
  const local = (x: number, y: number): Place => {
    const box = element.getBoundingClientRect();
    return { x: x - box.left, y: y - box.top };
  };
  // with ctrl, which a pinch on a touch pad sets, too
  const wheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), local(event.clientX, event.clientY));
  };
  const touch = (event: TouchEvent): void => {
    const [one, two] = event.touches;
    if (!one || !two) {
      apart = 0;
      return;
    }
    event.preventDefault();
    const now = Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
    const middle = local((one.clientX + two.clientX) / 2, (one.clientY + two.clientY) / 2);
    if (apart) zoom(now / apart, middle);
    apart = now;
  };
  element.addEventListener("wheel", wheel, { passive: false });
  element.addEventListener("touchmove", touch, { passive: false });
  element.addEventListener("touchend", touch);
  return () => {
    element.removeEventListener("wheel", wheel);
    element.removeEventListener("touchmove", touch);
    element.removeEventListener("touchend", touch);
  };
}

/** Scroll an element by dragging it with the mouse; fingers scroll by themselves. */
export function drag(element: HTMLElement, event: PointerEvent): void {
  const onMark = event.target instanceof Element && event.target.closest("[role=button]");
  if (event.pointerType !== "mouse" || event.button !== 0 || onMark) return;
  const start = { x: event.clientX + element.scrollLeft, y: event.clientY + element.scrollTop };
  const move = (each: PointerEvent): void => {
    const [left, top] = [start.x - each.clientX, start.y - each.clientY];
    element.scrollTo({ left, top, behavior: "instant" });
  };
  const end = (): void => window.removeEventListener("pointermove", move);
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end, { once: true });
  event.preventDefault();
}
