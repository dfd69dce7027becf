// What a document knows about where it goes. A document without a mark is a new one.
const key = Symbol.for('browsr.navigation');

// The refresh that a `<meta http-equiv=refresh>` or a header `Refresh` announces, by the steps of HTML.
const refreshOf = text => {
  const parts = /^\s*(?=[\d.])(\d*)[\d.]*(?:\s*$|(?:\s*[;,]|\s)\s*(.*)$)/s.exec(text);
  if (!parts) return null;
  let target = (parts[2] ?? '').replace(/^url\s*=\s*/i, '').trim();
  const quoted = /^(['"])(.*?)(?:\1|$)/s.exec(target);
  if (quoted) target = quoted[2];
  try {
    return { seconds: Math.min(Number(parts[1]), 1e9), url: new URL(target, document.baseURI).href };
  } catch { return null; }
};

const refresh = (header, loaded) => {
  const texts = [...document.querySelectorAll('meta[http-equiv="refresh" i]')].map(meta => meta.content);
  if (header) texts.push(header);
  const [first] = texts.map(refreshOf).filter(Boolean).sort((one, other) => one.seconds - other.seconds);
  return first ? { ...first, left_ms: loaded + first.seconds * 1000 - performance.now() } : null;
};

const mark = args => {
  let known = document[key];
  if (args.install && !known) {
    known = document[key] = { pending: false, same: 0, download: false };
    addEventListener('beforeunload', () => { known.pending = true; }, { capture: true });
    // One that is gone back to is as good as new.
    addEventListener('pagehide', () => { delete document[key]; }, { capture: true, once: true });
    window.navigation?.addEventListener('navigate', event => {
      if (event.destination.sameDocument) known.same++;
      else if (event.downloadRequest !== null) known.download = true;
    });
    window.navigation?.addEventListener('currententrychange', () => { known.same++; });
  }
  if (args.reset && known) Object.assign(known, { pending: false, same: 0, download: false });
  const entry = performance.getEntriesByType('navigation')[0];
  // A document that was opened anew while it loaded, and is never closed, has loaded all the same.
  const ready = entry?.loadEventStart > 0 ? 'complete' : document.readyState;
  return JSON.stringify({
    known: known ? { pending: known.pending, same: known.same, download: known.download } : null,
    ready,
    url: location.href,
    document: document.documentURI,
    status: entry?.responseStatus || null,
    redirected: entry?.redirectCount || 0,
    content_type: document.contentType,
    empty: !document.body?.hasChildNodes(),
    refresh: ready === 'complete' ? refresh(args.header, entry?.loadEventEnd || performance.now()) : null,
  });
};
return mark(arguments[0]);
