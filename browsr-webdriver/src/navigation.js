// What a document knows about where it goes. A document without a mark is a new one.
const mark = args => {
  const key = Symbol.for('browsr.navigation');
  let known = document[key];
  if (args.install && !known) {
    known = document[key] = { pending: false, same: 0, download: false };
    addEventListener('beforeunload', () => { known.pending = true; }, { capture: true });
    window.navigation?.addEventListener('navigate', event => {
      if (event.destination.sameDocument) known.same++;
      else if (event.downloadRequest !== null) known.download = true;
    });
    window.navigation?.addEventListener('currententrychange', () => { known.same++; });
  }
  if (args.reset && known) Object.assign(known, { pending: false, same: 0, download: false });
  const entry = performance.getEntriesByType('navigation')[0];
  return JSON.stringify({
    known: known ? { pending: known.pending, same: known.same, download: known.download } : null,
    ready: document.readyState,
    url: location.href,
    document: document.documentURI,
    status: entry?.responseStatus || null,
    redirected: entry?.redirectCount || 0,
    content_type: document.contentType,
  });
};
return mark(arguments[0]);
