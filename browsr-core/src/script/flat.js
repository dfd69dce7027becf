// The document as it shows, for Markdown: what is in open shadow roots stands in its place, and a mark where a frame is.

const framesThatShow = roots => roots.flatMap(root => [...$(root).querySelectorAll('iframe, frame')]).filter(frame => {
  const { width, height } = $(frame).getBoundingClientRect();
  return width >= 100 && height >= 40 && $(frame).checkVisibility?.({ visibilityProperty: true });
});
// Those of the last look: others may come in front of them.
const FRAMES = Symbol.for('browsr.frames');
const frameAt = index => { const frame = window[FRAMES]?.[index]; return $(frame)?.isConnected ? frame : null; };

// The children of an element as they show: of its shadow root, or those that a slot is given.
const shownChildren = element => {
  const root = rootOf(element);
  if (root) return childrenOf(root);
  const given = tagOf(element) === 'slot' ? $(element).assignedNodes() : [];
  return given.length ? given : childrenOf(element);
};

// What nobody sees of the text, as elements and text nodes, and how much each is with its first words. What opens on a click
// is text: panels, and whatever something else says that it controls.
const OPENS = /^(tabpanel|region)$/;
const CONTROLS = ['aria-controls', 'data-target', 'data-bs-target'];
// They show in a way of their own, or are read in a way of their own.
const APART = /^(script|style|template|noscript|select|datalist|math|svg|canvas|video|audio|object|iframe|frame|textarea)$/;
const clipsAll = style => {
  const pixels = text => text.match(/-?[\d.]+/g)?.map(Number) ?? [];
  if (style.clip.startsWith('rect') && /absolute|fixed/.test(style.position) && !style.clip.includes('auto')) {
    const [top, right, bottom, left] = pixels(style.clip);
    if (right - left <= 1 || bottom - top <= 1) return true;
  }
  const path = style.clipPath ?? 'none';
  if (path.startsWith('inset')) {
    const sides = pixels(path.split('round')[0]);
    const at = side => sides[side] ?? sides[side - 2] ?? sides[0];
    return path.includes('%') && (at(0) + at(2) >= 100 || at(1) + at(3) >= 100);
  }
  return /^(circle|ellipse)\(0(px|%)?[ )]/.test(path);
};
const CLIPS = /hidden|clip/;
// Whether anything could hide a text at all: a rule of the page, or what HTML itself does not render. Most plain documents
// have none, and need no look at each element.
const HIDES = /none|hid|collapse|clip|font[^;]*:[^;]*\b0|var\(|@import/;
const UNRENDERED = '[hidden], [style], [popover], dialog, details, meter, noembed, noframes, progress, rp, title';
const canHide = roots => {
  const isStyled = element => element && $(element).matches('[hidden], [style]');
  if (roots.length > 1 || doc.adoptedStyleSheets?.length || doc.getAnimations?.().length || isStyled(doc.documentElement) || isStyled(doc.body)) return true;
  if ($(doc.body)?.querySelector(UNRENDERED)) return true;
  // A sheet of another site is not told.
  try { return [...doc.styleSheets].some(sheet => [...sheet.cssRules].some(rule => HIDES.test(rule.cssText))); } catch { return true; }
};
const unseen = roots => {
  const skipped = new Set();
  const hidden = [];
  const skip = node => {
    const text = ($(node).nodeType === 1 && ($(node).shadowRoot || shadowRoots(node).length) ? textBelow(node) : $(node).textContent).trim();
    if (!text) return;
    skipped.add(node);
    hidden.push({ characters: text.replace(/\s+/g, '').length, text: text.slice(0, 120).replace(/\s+/g, ' ').slice(0, 80) });
  };
  const controlled = new Set();
  const controllers = `${CONTROLS.map(name => `[${name}]`)}, [role=tab][href^="#"]`;
  for (const root of roots) for (const element of $(root).querySelectorAll(controllers)) {
    for (const name of [...CONTROLS, 'href']) for (const id of ($(element).getAttribute(name) ?? '').split(/\s+/)) controlled.add(id.replace(/^#/, ''));
  }
  const opens = element => $(element).localName === 'details' || OPENS.test($(element).getAttribute('role') ?? '')
    || $(element).getAttribute('hidden') === 'until-found' || controlled.has($(element).getAttribute('id') || null);
  // One of several that take turns, as slides do, and panels that only a style sheet knows of.
  const kindsThatShow = new WeakMap();
  const takesTurns = element => {
    const parent = $(element).parentElement;
    if (!parent) return false;
    let kinds = kindsThatShow.get(parent);
    if (!kinds) {
      kindsThatShow.set(parent, kinds = new Set());
      for (const other of $(parent).children) if ($(other).checkVisibility?.()) for (const name of $(other).classList) kinds.add(`${$(other).localName}.${name}`);
    }
    return [...$(element).classList].some(name => kinds.has(`${$(element).localName}.${name}`));
  };
  const stays = element => {
    for (let at = element; at; at = $(at).assignedSlot ?? $(at).parentElement ?? $($(at).getRootNode()).host) if (APART.test($(at).localName) || opens(at)) return true;
    return false;
  };
  // Whatever was found gone is decided, with all that is in it.
  const decided = new Set();
  const isOut = node => { for (let at = node; at; at = $(at).parentNode ?? $(at).host) if (decided.has(at)) return true; return false; };
  // Of most elements little is asked: there are many of them. Where a box is has a price of its own.
  const look = element => {
    const asked = $(element), style = getComputedStyle(element);
    let gone = style.display === 'none', silent = false;
    if (!gone && !(asked.checkVisibility?.({ visibilityProperty: true }) ?? true)) {
      gone = style.display !== 'contents' && !asked.checkVisibility();
      if (!gone && style.visibility !== 'visible') {
        // What lies below the viewport may wait to be scrolled to before it shows.
        const box = asked.getBoundingClientRect();
        silent = !(box.top > innerHeight && box.height > 1);
      }
    } else if (!gone && (CLIPS.test(style.overflow) && style.display !== 'inline' && style.display !== 'contents' || style.clipPath !== 'none' || style.clip !== 'auto')) {
      const box = asked.getBoundingClientRect();
      const tiny = box.width <= 1 && box.height <= 1 || (box.width <= 1 || box.height <= 1) && /absolute|fixed/.test(style.position);
      gone = tiny && CLIPS.test(style.overflow) || !(box.top > innerHeight && box.height > 1) && clipsAll(style);
    }
    if (gone) {
      decided.add(element);
      // A formula that is there for those who hear it may be the only one to be read; what no slot is given is no part of the page.
      const isGiven = !$($(element).parentElement)?.shadowRoot || $(element).assignedSlot;
      if (isGiven && !stays(element) && !(style.display === 'none' && takesTurns(element)) && !asked.querySelector('math, script[type^="math/"]')) skip(element);
    } else if ((silent || style.fontSize === '0px' || style.contentVisibility === 'hidden') && !stays(element)) {
      for (const child of shownChildren(element)) if (kindOfNode(child) === 3) skip(child);
    }
    return gone;
  };
  // A page that shows nothing at all is still to show what it has.
  const { body } = doc, whole = body && getComputedStyle(body);
  if (whole && whole.display !== 'none' && whole.visibility === 'visible') for (const root of [body, ...roots.slice(1)]) {
    if (isOut(root)) continue;
    let gone = null;
    for (const element of $(root).querySelectorAll('*')) if (!(gone && $(gone).contains(element)) && look(element)) gone = element;
  }
  return { skipped, hidden };
};

// A copy of an element as it shows, in a document that runs nothing. `places` has the text that stands for frames. Inside of
// another document addresses are made whole, and what is not for reading is left out.
const shownCopy = (root, { skipped = new Set(), places = new Map(), inner = false } = {}) => {
  const inert = doc.implementation.createHTMLDocument('');
  const copy = node => {
    if (/[34]/.test($(node).nodeType)) return skipped.has(node) ? null : inert.createTextNode($(node).data);
    if ($(node).nodeType !== 1 || skipped.has(node)) return null;
    const tag = $(node).localName;
    if (places.has(node)) return inert.createTextNode(places.get(node));
    if (inner && /^(script|style|link|meta)$/.test(tag)) return null;
    // A parser takes no text in a set of frames.
    const made = tag === 'frameset' ? inert.createElement('div') : inert.importNode(node, false);
    if (inner) for (const name of ['href', 'src']) if ($(made).getAttribute(name) !== null && typeof $(node)[name] === 'string') $(made).setAttribute(name, $(node)[name]);
    // Where nothing runs it holds elements, not their source.
    if (tag === 'noscript') { $(made).innerHTML = $(node).textContent; return made; }
    const inRoot = Boolean($(node).shadowRoot);
    for (const child of shownChildren(node)) {
      if (inRoot && /^(style|script|link)$/.test($(child).localName)) continue;
      const copied = copy(child);
      if (copied) $(made).appendChild(copied);
    }
    return made;
  };
  return copy(root);
};
// The HTML of an element as it shows.
const shownSource = element => {
  if (!$(element).shadowRoot && !shadowRoots(element).length) return element === doc.documentElement ? htmlOf() : sourceOf(element);
  try { return $(shownCopy(element)).outerHTML; } catch { return sourceOf(element); }
};

// The document as it shows; `html` is null where it is as it is written, or is too deep. `mark` stands before the number of
// each frame that shows.
const flat = ({ mark, all, inner }) => {
  const roots = [document, ...shadowRoots(document)];
  const frames = window[FRAMES] = mark ? framesThatShow(roots) : [];
  let skipped = new Set(), hidden = [];
  // Whatever is odd about a page, or too deep in it, it can still be read as it is.
  try { if (!all && canHide(roots)) ({ skipped, hidden } = unseen(roots)); } catch { /* All of it counts as seen. */ }
  const outcome = { html: null, frames: frames.map((_, index) => index), hidden, text: frames.length || inner ? (doc.body?.innerText ?? '').length : 0 };
  if (!inner && !frames.length && !skipped.size && roots.length < 2) return outcome;
  const options = { skipped, places: new Map(frames.map((frame, index) => [frame, `${mark}${index};`])), inner };
  try {
    if (!inner) outcome.html = `<!doctype html>${$(shownCopy(doc.documentElement, options)).outerHTML}`;
    else outcome.html = doc.body ? shownCopy(doc.body, options).innerHTML : '';
  } catch { outcome.hidden = []; }
  return outcome;
};
