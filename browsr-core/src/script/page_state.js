// How far a page has come, and its HTML once it stands still.

// Whether something of the page can run at all: data that scripts carry, such as JSON-LD, shows all that it ever will.
const INERT_TYPES = /^(application\/(ld\+)?json|importmap|speculationrules|text\/(plain|html|template|x-.*)|application\/.*json)$/i;
const runs = () => [...doc.querySelectorAll('script')].some(script => !INERT_TYPES.test(($(script).getAttribute('type') ?? '').trim()))
  || Boolean(doc.body?.hasAttribute('onload'));

// What stands where text is to come: it says that it waits, or it is nothing but a word for that.
const WAITS = '[aria-busy="true" i], [role="progressbar" i]:not([aria-valuenow])';
const BONES = '[class*="skeleton" i], [class*="shimmer" i]';
const PLACEHOLDER = /^(loading|please wait|one moment( please)?|wird geladen|chargement|cargando|caricamento)[\s.…]*$/i;
const stands = element => { const { width, height } = $(element).getBoundingClientRect(); return width >= 20 && height >= 8 && $(element).checkVisibility?.({ opacityProperty: true, visibilityProperty: true }); };
const hasSkeleton = () => {
  for (const element of doc.querySelectorAll(WAITS)) if (stands(element) && ($(element).textContent ?? '').trim().length < 200) return true;
  for (const element of doc.querySelectorAll(BONES)) if (stands(element) && !($(element).textContent ?? '').trim()) return true;
  if (!doc.body) return false;
  // Without a filter of our own: while a page prints, the browser calls no functions.
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  for (let left = 5000; left-- > 0 && walker.nextNode();) {
    const { data, parentElement } = walker.currentNode;
    if (data.length < 40 && PLACEHOLDER.test(data.trim()) && !/^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE)$/.test($(parentElement).nodeName)
      && $(parentElement).textContent.trim() === data.trim() && stands(parentElement)) return true;
  }
  return false;
};

// For how long the page has stood still, counted from its load. `seen` is the observer, in the same world.
const stillness = () => {
  const seen = globalThis[Symbol.for('browsr.observer')];
  const loaded = performance.getEntriesByType('navigation')[0]?.loadEventEnd ?? 0;
  const now = performance.now();
  // The first change after the load may be one that the load itself made.
  const active = Boolean(seen && loaded && seen.last > loaded);
  const where = $(seen?.where)?.nodeType === 1 ? $(seen.where).closest('main, article, section, [id]') ?? seen.where : null;
  const id = $(where)?.getAttribute('id');
  const live = runs();
  return {
    runs: live, quiet_ms: now - Math.max(loaded, seen?.last ?? 0), active, skeleton: live && hasSkeleton(),
    where: where ? `<${$(where).localName}${id ? ` id="${id.slice(0, 40)}"` : ''}>` : null,
  };
};

const metaContent = (...names) => {
  for (const name of names) {
    const found = doc.querySelector(`meta[name="${name}" i], meta[property="${name}" i]`)?.content?.trim();
    if (found) return found;
  }
  return null;
};

const htmlOf = () => {
  const doctype = doc.doctype ? new XMLSerializer().serializeToString(doc.doctype) : '';
  return doc.documentElement ? doctype + sourceOf(doc.documentElement) : doctype;
};

// Next to nothing to read may be all that there is yet: a notice before a script moves on, or the shell of an application.
const isBare = () => (doc.body?.innerText ?? '').trim().length < 100;

// Whether the page has settled, by what is known of its requests: see `settle` in the engine.
const settled = ({ pending, idle_ms, active, after_ms }) => {
  const state = stillness();
  // A script may have taken itself out, but not what it does.
  if (!state.runs && !pending && !state.active && !active) return { ...state, settled: 'static' };
  const quiet = Math.min(state.quiet_ms, idle_ms ?? Infinity, after_ms ?? Infinity);
  const enough = quiet >= (state.active || active ? 250 : isBare() ? 400 : 150) && (window === window.top || doc.readyState === 'complete');
  const waits = state.skeleton && quiet < 3000;
  return { ...state, settled: !pending && enough && !waits ? 'quiet' : null, quiet_ms: quiet };
};

const snapshot = ({ force, network, html, reading, selectors }) => {
  const state = force ? null : settled(network);
  if (!force && !state.settled) return { ready: false };
  const timing = performance.getEntriesByType('navigation')[0];
  return {
    ready: true,
    settled: state?.settled ?? null,
    // Firefox shows its error pages at the address of what did not come.
    url: reading?.inner && /^about:(neterror|certerror|blocked|httpsonlyerror)/.test(doc.documentURI) ? 'chrome-error://' : location.href,
    base: doc.baseURI,
    title: doc.title,
    description: metaContent('description', 'og:description', 'twitter:description'),
    language: doc.documentElement?.lang || null,
    content_type: doc.contentType,
    status: timing?.responseStatus || null,
    html: html ? htmlOf() : null,
    flat: reading && (reading.inner || /html/.test(doc.contentType)) ? flat(reading) : null,
    text: doc.contentType === 'text/html' || doc.contentType === 'application/xhtml+xml' ? null
      : doc.body?.innerText ?? doc.documentElement?.textContent ?? '',
    selectors: selectors.map(selector => ({
      selector: selector.source,
      html: queryAll(selector).map(sourceOf).join('\n'),
    })),
  };
};

