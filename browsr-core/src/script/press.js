// Watches the press that follows a check: the page may move in between, and what the pointer hits then is what counts.
// A press on anything else is kept from the page, and told.
const PRESS = Symbol.for('browsr.press');
const PRESS_EVENTS = [
  'pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'auxclick', 'dblclick', 'contextmenu', 'touchstart', 'touchend',
];

// How many presses the browser has dispatched here, also those that the page keeps from every listener but its own.
const presses = () => performance.eventCounts?.get('pointerdown');

const watchPress = element => {
  window[PRESS]?.stop();
  let first = 0;
  const state = { seen: false, by: null, before: presses() };
  const watch = event => {
    if (!event.isTrusted) return;
    const now = performance.now();
    // A button that was down before is released first.
    if (!state.seen && !/down$|start$/.test(event.type)) return;
    if (!state.seen) {
      state.seen = true;
      first = now;
      const hit = event.composedPath()[0];
      if (!receives(element, hit)) state.by = hit instanceof Element ? describe(hit) : 'another element';
    } else if (now - first > 2000) {
      // Nobody asked: the press of a click is long over.
      state.stop();
      return;
    }
    if (state.by) { event.preventDefault(); event.stopImmediatePropagation(); }
  };
  state.stop = () => {
    for (const type of PRESS_EVENTS) removeEventListener(type, watch, true);
    if (window[PRESS] === state) delete window[PRESS];
  };
  for (const type of PRESS_EVENTS) addEventListener(type, watch, { capture: true, passive: false });
  window[PRESS] = state;
};

// What became of the press: nothing to say where the document is another one by now.
const pressed = () => {
  const state = window[PRESS];
  if (!state) return { seen: true };
  // What still comes of a press that was kept from the page is kept from it as well.
  if (!state.by) state.stop();
  return { seen: state.seen || presses() !== state.before, by: state.by };
};
