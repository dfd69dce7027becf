// A drop for browsers that drag by real input and never drop, as Firefox does without a window. The gesture is real; the
// end of it is told by script, with the data that the page gave at its start.
const DRAG = Symbol.for('browsr.drag');

const watchDrag = () => {
  window[DRAG]?.stop();
  const state = { source: null, data: [], allowed: 'all', dropped: false };
  const start = event => {
    if (!event.isTrusted) return;
    state.source = event.composedPath()[0];
    // Asked when the handlers of the page have run, and before the browser closes the store.
    state.read = () => {
      state.data = [...event.dataTransfer.types].map(type => [type, event.dataTransfer.getData(type)]);
      state.allowed = event.dataTransfer.effectAllowed;
      state.cancelled = event.defaultPrevented;
    };
  };
  const started = event => { if (event.isTrusted) state.read?.(); };
  const dropped = event => { state.dropped ||= event.isTrusted; };
  addEventListener('dragstart', start, true);
  addEventListener('dragstart', started);
  addEventListener('drop', dropped, true);
  state.stop = () => {
    removeEventListener('dragstart', start, true);
    removeEventListener('dragstart', started);
    removeEventListener('drop', dropped, true);
    delete window[DRAG];
  };
  window[DRAG] = state;
};

const finishDrag = async (x, y) => {
  await nextFrame();
  await nextFrame();
  const state = window[DRAG];
  state?.stop();
  if (!state?.source || state.cancelled || state.dropped) return;
  const target = hitAt(x, y);
  if (!target) return;
  const dataTransfer = new window.DataTransfer();
  for (const [type, data] of state.data) dataTransfer.setData(type, data);
  dataTransfer.effectAllowed = state.allowed;
  const tell = (type, to) => $(to).dispatchEvent(new window.DragEvent(type, {
    bubbles: true, cancelable: type !== 'dragend', composed: true, clientX: x, clientY: y, dataTransfer, view: window,
  }));
  tell('dragenter', target);
  // What takes drops says so by preventing the default.
  if (!tell('dragover', target)) tell('drop', target);
  tell('dragend', state.source);
};
