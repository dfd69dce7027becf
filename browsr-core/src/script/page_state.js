// How far a page has come, and its HTML once it stands still.

// Whether something of the page can run at all: data that scripts carry, such as JSON-LD, shows all that it ever will.
const INERT_TYPES = /^(application\/(ld\+)?json|importmap|speculationrules|text\/(plain|html|template|x-.*)|application\/.*json)$/i;
const runs = () => [...document.querySelectorAll('script')].some(script => !INERT_TYPES.test((script.getAttribute('type') ?? '').trim()))
  || Boolean(document.body?.hasAttribute('onload'));

// What stands where text is to come: it says that it waits, or it is nothing but a word for that.
const WAITS = '[aria-busy="true" i], [role="progressbar" i]:not([aria-valuenow])';
const BONES = '[class*="skeleton" i], [class*="shimmer" i]';
const PLACEHOLDER = /^(loading|please wait|one moment( please)?|wird geladen|chargement|cargando|caricamento)[\s.…]*$/i;
const stands = element => { const { width, height } = element.getBoundingClientRect(); return width >= 20 && height >= 8 && element.checkVisibility?.({ opacityProperty: true, visibilityProperty: true }); };
const hasSkeleton = () => {
  for (const element of document.querySelectorAll(WAITS)) if (stands(element) && (element.textContent ?? '').trim().length < 200) return true;
  for (const element of document.querySelectorAll(BONES)) if (stands(element) && !(element.textContent ?? '').trim()) return true;
  if (!document.body) return false;
  // Without a filter of our own: while a page prints, the browser calls no functions.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let left = 5000; left-- > 0 && walker.nextNode();) {
    const { data, parentElement } = walker.currentNode;
    if (data.length < 40 && PLACEHOLDER.test(data.trim()) && !/^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE)$/.test(parentElement.nodeName)
      && parentElement.textContent.trim() === data.trim() && stands(parentElement)) return true;
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
  const where = seen?.where?.nodeType === 1 ? seen.where.closest('main, article, section, [id]') ?? seen.where : null;
  const id = where?.getAttribute('id');
  const live = runs();
  return {
    runs: live, quiet_ms: now - Math.max(loaded, seen?.last ?? 0), active, skeleton: live && hasSkeleton(),
    where: where ? `<${where.localName}${id ? ` id="${id.slice(0, 40)}"` : ''}>` : null,
  };
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

// The document as it shows, for reading: what is in open shadow roots and in frames of the same origin stands in its place.
// Made in a document that runs nothing. None where the document is all there is, or is too deep for it.
const MAX_FRAMES = 20, MAX_DEPTH = 3, MAX_INSIDE = 2_000_000;
const flatHtml = frames => {
  const bodyIn = frame => { try { return frame.contentDocument?.body ?? null; } catch { return null; } };
  const shows = frame => { const { width, height } = frame.getBoundingClientRect(); return width >= 100 && height >= 40 && frame.checkVisibility?.({ visibilityProperty: true }); };
  const inline = frames ? new Set([...document.querySelectorAll('iframe, frame')].filter(frame => bodyIn(frame) && shows(frame)).slice(0, MAX_FRAMES)) : new Set();
  if (!inline.size && !shadowRoots(document).length) return null;
  const inert = document.implementation.createHTMLDocument('');
  // A form's fields go by the names of what it is asked for, so it is read by what every node has.
  const read = (prototype, name) => { const { get } = Object.getOwnPropertyDescriptor(prototype, name); return node => get.call(node); };
  const kindOf = read(Node.prototype, 'nodeType'), childrenOf = read(Node.prototype, 'childNodes'), rootOf = read(Element.prototype, 'shadowRoot');
  let inside = 0;
  const copy = (node, depth) => {
    if (kindOf(node) === 3) return inert.createTextNode(node.data);
    if (kindOf(node) !== 1) return null;
    if (/^i?frame$/.test(node.localName) && depth <= MAX_DEPTH && (depth ? bodyIn(node) && shows(node) : inline.has(node))) return framed(node, depth);
    if (depth && /^(script|style|link|meta)$/.test(node.localName)) return null;
    const made = inert.importNode(node, false);
    if (depth) for (const name of ['href', 'src']) if (Element.prototype.hasAttribute.call(made, name) && typeof node[name] === 'string') Element.prototype.setAttribute.call(made, name, node[name]);
    const root = rootOf(node);
    const given = node.localName === 'slot' ? node.assignedNodes() : [];
    for (const child of root ? root.childNodes : given.length ? given : childrenOf(node)) {
      if (root && /^(style|script|link)$/.test(child.localName)) continue;
      const copied = copy(child, depth);
      if (copied) Node.prototype.appendChild.call(made, copied);
    }
    return made;
  };
  const framed = (frame, depth) => {
    const section = inert.createElement('section'), body = bodyIn(frame);
    inside += body.innerHTML.length;
    if (inside > MAX_INSIDE) return null;
    if (/^https?:/.test(frame.src)) {
      const line = section.appendChild(inert.createElement('p')).appendChild(inert.createElement('a'));
      line.href = line.textContent = frame.src;
    }
    for (const child of body.childNodes) { const copied = copy(child, depth + 1); if (copied) section.append(copied); }
    return section;
  };
  // Whatever is odd about a page, it can still be read as it is.
  try { return `<!doctype html>${copy(document.documentElement, 0).outerHTML}`; } catch { return null; }
};

// Whether the page has settled, by what is known of its requests: see `settle` in the engine.
const settled = ({ pending, idle_ms, active, after_ms }) => {
  const state = stillness();
  // A script may have taken itself out, but not what it does.
  if (!state.runs && !pending && !state.active && !active) return { ...state, settled: 'static' };
  const quiet = Math.min(state.quiet_ms, idle_ms ?? Infinity, after_ms ?? Infinity);
  const enough = quiet >= (state.active || active ? 250 : 150);
  const waits = state.skeleton && quiet < 3000;
  return { ...state, settled: !pending && enough && !waits ? 'quiet' : null, quiet_ms: quiet };
};

const snapshot = ({ force, network, html, flat, frames, selectors }) => {
  const state = force ? null : settled(network);
  if (!force && !state.settled) return { ready: false };
  const timing = performance.getEntriesByType('navigation')[0];
  return {
    ready: true,
    settled: state?.settled ?? null,
    url: location.href,
    base: document.baseURI,
    title: document.title,
    description: metaContent('description', 'og:description', 'twitter:description'),
    language: document.documentElement?.lang || null,
    content_type: document.contentType,
    status: timing?.responseStatus || null,
    html: html ? htmlOf() : null,
    flat: flat && /html/.test(document.contentType) ? flatHtml(frames) : null,
    text: document.contentType === 'text/html' || document.contentType === 'application/xhtml+xml' ? null
      : document.body?.innerText ?? document.documentElement?.textContent ?? '',
    selectors: selectors.map(selector => ({
      selector: selector.source,
      html: queryAll(selector).map(sourceOf).join('\n'),
    })),
  };
};

