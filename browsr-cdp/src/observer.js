(() => {
  if (window !== window.top) return;
  const state = { count: 0, last: 0 };
  globalThis.__browsr = state;
  const observer = new MutationObserver((records) => {
    state.count += records.length;
    state.last = performance.now();
  });
  const start = () => observer.observe(document, { childList: true, subtree: true, characterData: true });
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start, { once: true });
  else start();
  const loaded = () => setTimeout(() => observer.disconnect(), 10000);
  if (document.readyState === 'complete') loaded();
  else window.addEventListener('load', loaded, { once: true });
})();
