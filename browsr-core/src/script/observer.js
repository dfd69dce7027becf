// Watches the text of a document from its beginning, for who waits until it stands still.
(() => {
  // A name that is none, for where this shares the world of the page.
  const key = Symbol.for('browsr.observer');
  if (window !== window.top || globalThis[key]) return;
  const state = { count: 0, last: 0, where: null };
  Object.defineProperty(globalThis, key, { value: state });
  const SMALL = 80, FEW = 3, MANY = 30;
  // How often an element has changed a little: a clock goes on for ever.
  const replaced = new WeakMap(), added = new WeakMap();
  const again = (counts, element) => { const count = (counts.get(element) ?? 0) + 1; counts.set(element, count); return count; };
  const lengthOf = nodes => { let length = 0; for (const node of nodes) length += ($(node).textContent ?? '').trim().length; return length; };
  const speaks = element => !/^(script|style|noscript|template|head|title|link|meta)$/i.test($(element).nodeName) && !$(element).closest?.('head');
  const counts = record => {
    const element = record.type === 'characterData' ? $(record.target).parentElement : record.target;
    if (!element || !speaks(element)) return false;
    if (record.type === 'characterData') return $(record.target).data.trim().length >= SMALL || again(replaced, element) <= FEW;
    const nodes = [...record.addedNodes].filter(node => $(node).nodeType !== 8 && speaks(node));
    const gone = [...record.removedNodes].filter(node => $(node).nodeType !== 8 && speaks(node));
    if (!nodes.length && !gone.length) return false;
    const length = Math.max(lengthOf(nodes), lengthOf(gone));
    if (length >= SMALL || nodes.some(node => $(node).nodeType === 1 && $(node).querySelector?.('img, table, li, iframe'))) return true;
    return gone.length ? again(replaced, element) <= FEW : again(added, element) <= MANY;
  };
  const observer = new MutationObserver(records => {
    for (const record of records) {
      if (!counts(record)) continue;
      state.count++;
      state.last = performance.now();
      state.where = record.target;
      return;
    }
  });
  // What the parser adds is a part of the load.
  const start = () => observer.observe(document, { childList: true, subtree: true, characterData: true });
  if (doc.readyState === 'loading') doc.addEventListener('DOMContentLoaded', start, { once: true });
  else start();
})();
