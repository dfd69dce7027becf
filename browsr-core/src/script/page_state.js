// How far a page has come, and its HTML once it stands still.

// Whether there is something to read. A page without scripts shows all that it ever will; one with scripts may still
// show only a placeholder.
const hasContent = () => {
  if (!document.body) return false;
  let length = 0;
  // Without a filter of our own: while a page prints, the browser calls no functions.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let text = '';
  while (length < 200 && walker.nextNode()) {
    const { data, parentNode } = walker.currentNode;
    if (/^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE)$/.test(parentNode.nodeName)) continue;
    const part = data.trim();
    if (text.length < 100) text += ` ${part}`;
    length += part.length;
  }
  if (length >= 200 || !document.scripts.length) return true;
  if (length < 25 || /\b(loading|please wait|one moment)\b/i.test(text)) return false;
  return Boolean(document.querySelector('main, article, h1, h2, p'));
};

// `seen` is the backend's observer, in the same world: {count, last}; without it two frames must be watched.
const still = () => {
  const seen = globalThis.__browsr;
  if (!seen) return undefined;
  return seen.count === 0 || performance.now() - seen.last > 33;
};

const metaContent = (...names) => {
  for (const name of names) {
    const found = document.querySelector(`meta[name="${name}" i], meta[property="${name}" i]`)?.content?.trim();
    if (found) return found;
  }
  return null;
};

const htmlOf = () => {
  const doctype = document.doctype ? new XMLSerializer().serializeToString(document.doctype) : '';
  return document.documentElement ? doctype + sourceOf(document.documentElement) : doctype;
};

const snapshot = ({ force, idle, html, selectors }) => {
  if (!force && !(idle && hasContent() && still())) return { ready: false };
  const timing = performance.getEntriesByType('navigation')[0];
  return {
    ready: true,
    url: location.href,
    base: document.baseURI,
    title: document.title,
    description: metaContent('description', 'og:description', 'twitter:description'),
    language: document.documentElement?.lang || null,
    content_type: document.contentType,
    status: timing?.responseStatus || null,
    html: html ? htmlOf() : null,
    text: document.contentType === 'text/html' || document.contentType === 'application/xhtml+xml' ? null
      : document.body?.innerText ?? document.documentElement?.textContent ?? '',
    selectors: selectors.map(selector => ({
      selector: selector.source,
      html: queryAll(selector).map(sourceOf).join('\n'),
    })),
  };
};

// Watches two frames, or up to `ms`, for changes; true when none came.
const twoStillFrames = async ms => {
  let changed = false;
  const observer = new MutationObserver(() => { changed = true; });
  observer.observe(document, { subtree: true, childList: true, characterData: true });
  try {
    await nextFrame();
    await nextFrame();
    if (changed) await pause(ms);
    return !changed;
  } finally { observer.disconnect(); }
};
