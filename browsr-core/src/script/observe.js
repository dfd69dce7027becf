// A snapshot of a document for a language model: what can be acted upon, and the text in its reading order.
const NATIVE = 'a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, video[controls], audio[controls]';
const ACTING_ROLES = new Set(('button checkbox combobox link listbox menuitem menuitemcheckbox menuitemradio option radio searchbox slider ' +
  'spinbutton switch tab textbox treeitem').split(' '));
const PLACE_ROLES = new Set('alert alertdialog application dialog document feed form grid group list log main menu navigation none presentation region row search status table tablist tabpanel toolbar tree'.split(' '));
const KEPT_ATTRIBUTES = ['id', 'name', 'type', 'placeholder', 'alt', 'title', 'for', 'target', 'min', 'max', 'step', 'maxlength', 'accept', 'autocomplete', 'data-testid', 'data-test'];

const kindOf = (element, role, style, inside) => {
  const tag = $(element).localName;
  if (tag === 'html' || tag === 'body') return null;
  if (tag === 'summary' && $($(element).parentElement)?.localName !== 'details') return null;
  if ($(element).matches(NATIVE)) return 'native';
  if ($(element).isContentEditable && !$($(element).parentElement)?.isContentEditable) return 'native';
  // A label stands for its control where that is not to be seen, as styled check boxes are made.
  if (tag === 'label') return $(element).control && !visible($(element).control) ? 'label' : null;
  if (inside) return $(element).hasAttribute('onclick') ? 'handler' : null;
  if (ACTING_ROLES.has(role) && tag !== 'option') return 'role';
  if ($(element).hasAttribute('onclick')) return 'handler';
  if (PLACE_ROLES.has(role) && $(element).hasAttribute('role')) return null;
  if ($(element).hasAttribute('tabindex') && $(element).tabIndex >= 0) return 'handler';
  const above = $(element).parentElement ?? $($(element).getRootNode()).host;
  if (style.cursor === 'pointer' && (!above || getComputedStyle(above).cursor !== 'pointer')) return 'handler';
  return null;
};

const overlap = (a, b) => ({
  left: Math.max(a.left, b.left), top: Math.max(a.top, b.top), right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
});
const isEmpty = box => box.right - box.left < 1 || box.bottom - box.top < 1;
const WHOLE = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };

// What the scrollers and clips around the children of an element let through; `closed` where they show nothing at all.
const clipWithin = (element, style, outer) => {
  if (/^(visible visible|visible)$/.test(style.overflow) || style.display === 'inline' || style.display === 'contents' || element === doc.body || element === doc.documentElement) return outer;
  const box = $(element).getBoundingClientRect();
  return { ...overlap(outer, box), closed: outer.closed || box.width < 1 || box.height < 1 };
};

const deepHit = (x, y) => {
  let hit = doc.elementFromPoint(x, y);
  for (let inner; $(hit)?.shadowRoot && (inner = $(hit).shadowRoot.elementFromPoint(x, y)) && inner !== hit;) hit = inner;
  return hit;
};
// Whether a click would get through: nothing, or what is in the way.
const cover = (element, seen) => {
  let by = null;
  for (const rect of boxesOf(element).slice(0, 4)) {
    const box = overlap(rect, seen);
    if (isEmpty(box)) continue;
    const hit = deepHit((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    if (!hit || holds(element, hit) || $($(hit).closest?.('label'))?.control === element || $(element).control === hit) return null;
    by ??= hit;
  }
  return by;
};

const cut = (text, length) => text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text;
const flag = (element, name) => $(element).getAttribute(`aria-${name}`)?.trim().toLowerCase();

const attributesFor = (element, role) => {
  const kept = {};
  for (const name of KEPT_ATTRIBUTES) if ($(element).getAttribute(name)?.trim()) kept[name] = cut($(element).getAttribute(name).trim(), 200);
  if ($(element).href && typeof $(element).href === 'string' && !/^javascript:/i.test($(element).href)) $(kept).href = cut($(element).href, 300);
  if ($(element).localName === 'input' && /^(checkbox|radio|submit|button|reset)$/.test($(element).type) && $(element).hasAttribute('value')) $(kept).value = cut($(element).value, 100);
  const state = (name, on, value = 'true') => { if (on) kept[name] = value; };
  const control = $(element).localName === 'label' && $(element).control ? $(element).control : element;
  if (/^(checkbox|radio)$/.test($(control).type) && $(control).localName === 'input') $(kept).checked = $(control).indeterminate ? 'mixed' : String($(control).checked);
  else if (/^(true|false|mixed)$/.test(flag(element, 'checked'))) $(kept).checked = flag(element, 'checked');
  state('disabled', !enabled(control));
  for (const name of ['expanded', 'pressed', 'selected']) if (/^(true|false|mixed)$/.test(flag(element, name))) kept[name] = flag(element, name);
  if ($(element).localName === 'summary') kept.expanded = String($($(element).parentElement).open);
  state('required', $(control).required || flag(element, 'required') === 'true');
  state('readonly', ($(control).readOnly && /^(input|textarea)$/.test($(control).localName)) || flag(element, 'readonly') === 'true');
  state('invalid', !['', 'false', undefined].includes(flag(element, 'invalid')) || $(control).matches(':user-invalid'));
  state('current', !['', 'false', undefined].includes(flag(element, 'current')), flag(element, 'current'));
  state('haspopup', !['', 'false', undefined].includes(flag(element, 'haspopup')), flag(element, 'haspopup'));
  if (isSecret(control)) state('filled', Boolean($(control).value));
  else if (/^(textbox|searchbox|combobox|listbox|slider|spinbutton)$/.test(role) || ($(control).type === 'file' && $(control).localName === 'input')) {
    const value = $(control).isContentEditable ? $(control).innerText : embeddedValue(control, role) ?? $(control).value ?? '';
    // Of a file the browser shows a made-up folder.
    state('value', value.trim(), cut(clean(value.replace(/^C:\\fakepath\\/, '')), 150));
  }
  if ($(control).localName === 'select') {
    const options = [...$(control).options].map(option => clean(option.label)).filter(Boolean);
    const shown = options.slice(0, 10).map(option => cut(option, 40));
    $(kept).options = shown.join(' | ') + (options.length > shown.length ? ` | … ${options.length - shown.length} more` : '');
  }
  return kept;
};

// A selector that our own commands resolve to this very element: the shortest that does, or none.
const plainQuote = text => text && text.length <= 60 && !/["\\\n]|>>>/.test(text);
const pathIn = element => {
  const steps = [];
  for (let node = element; node && $(node).nodeType === 1; node = $(node).parentElement) {
    const root = $(node).getRootNode();
    if ($(node).id && !$(node).id.includes('>>>') && $(root).querySelectorAll(`#${CSS.escape($(node).id)}`).length === 1) { steps.unshift(`#${CSS.escape($(node).id)}`); break; }
    const same = [...($($(node).parentNode)?.children ?? [])].filter(other => $(other).localName === $(node).localName);
    const name = CSS.escape($(node).localName);
    steps.unshift(same.length > 1 ? `${name}:nth-of-type(${same.indexOf(node) + 1})` : name);
  }
  return steps.join(' > ');
};
const finds = (css, element) => {
  try {
    const first = doc.querySelector(css);
    if (first) return first === element;
    return $(element).getRootNode() !== document && query({ engine: 'css', body: css }) === element;
  } catch { return false; }
};
const selectorOf = element => {
  const tag = CSS.escape($(element).localName);
  const candidates = $(element).id && !$(element).id.includes('>>>') ? [`#${CSS.escape($(element).id)}`] : [];
  for (const name of ['data-testid', 'data-test', 'name', 'aria-label', 'placeholder', 'href', 'type']) {
    const value = $(element).getAttribute(name);
    if (plainQuote(value)) candidates.push(`${tag}[${name}="${value}"]`);
  }
  if (!$($(element).getRootNode()).host) candidates.push(tag);
  let path = pathIn(element);
  candidates.push(path);
  for (let root = $(element).getRootNode(); $(root).host; root = $($(root).host).getRootNode()) {
    path = `${pathIn($(root).host)} ${path}`;
    candidates.push(path);
  }
  return candidates.find(css => finds(css, element)) ?? null;
};

const frameOf = (element, seen) => {
  const box = $(element).getBoundingClientRect();
  const style = getComputedStyle(element);
  const scale = $(element).offsetWidth ? box.width / $(element).offsetWidth : 1;
  return {
    selector: selectorOf(element), name: cut(clean($(element).title || $(element).name || $(element).id || ''), 80), scale,
    x: box.x + ($(element).clientLeft + parseFloat(style.paddingLeft)) * scale,
    y: box.y + ($(element).clientTop + parseFloat(style.paddingTop)) * scale,
    seen: isEmpty(seen) ? null : seen,
  };
};

const HEADING = /^h([1-6])$/;
const observe = ({ area, limit, words, whole }) => {
  area ??= { x: 0, y: 0, width: innerWidth, height: innerHeight };
  const viewport = { left: area.x, top: area.y, right: area.x + area.width, bottom: area.y + area.height };
  const found = [], frames = [], parts = [];
  let length = 0, ends = 2, left = 60000, above = false, isCut = false;
  const say = text => {
    if (length >= words) { isCut ||= typeof text !== 'string' || Boolean(text.trim()); return; }
    if (ends > 0 && typeof text === 'string' && !text.trim() && !text.includes('\n')) return;
    parts.push(text);
    length += text.length ?? 0;
    ends = typeof text === 'string' ? /\n*$/.exec(text)[0].length : 0;
  };
  // So many line breaks in all between what was said and what comes.
  const lines = (count, mark = '') => { const missing = '\n'.repeat(Math.max(0, count - ends)) + mark; if (missing) say(missing); };
  const root = doc.body ?? doc.documentElement;
  const start = { clip: WHOLE, around: WHOLE, inside: false, swallow: false, silent: false, shown: true, bottom: Infinity };
  // Where the page has been scrolled past, it was read before.
  const isAbove = (state, text) => {
    if (whole || state.bottom > viewport.top) return false;
    above ||= Boolean(text.trim());
    return true;
  };
  const components = root ? drawn(root) : new Map();
  const helpers = new Set(components.values());
  const stack = root ? [{ node: root, state: start }] : [];
  while (stack.length && left-- > 0) {
    const { node, state, after } = stack.pop();
    if (typeof after === 'number') { lines(after); continue; }
    if (after) { say(after); continue; }
    if ($(node).nodeType === 3) {
      if (!state.swallow && !state.silent && state.shown && !isAbove(state, $(node).data)) say(state.pre ? $(node).data : $(node).data.replace(/\s+/g, ' '));
      continue;
    }
    if ($(node).nodeType !== 1 || isSilent(node) || $(node).hasAttribute('data-browsr-overlay')) continue;
    const style = getComputedStyle(node), tag = $(node).localName;
    if (style.display === 'none' && tag !== 'area' || $(node).inert || flag(node, 'hidden') === 'true') continue;
    if (style.opacity === '0' && style.pointerEvents === 'none') continue;
    const inner = { ...state, shown: style.visibility === 'visible', pre: style.whiteSpace.startsWith('pre'), silent: state.silent || style.opacity === '0' };
    const box = style.display === 'contents' ? null : tag === 'area' ? DOMRect.fromRect(boxOf(node)) : $(node).getBoundingClientRect();
    if (box && box.height > 0) inner.bottom = box.bottom;
    const clip = style.position === 'fixed' ? WHOLE : style.position === 'absolute' ? state.around : state.clip;
    inner.clip = clipWithin(node, style, clip);
    if (style.position !== 'static') inner.around = inner.clip;
    inner.silent ||= Boolean(inner.clip.closed) || style.contentVisibility === 'hidden';
    if (/^i?frame$/.test(tag)) {
      const seen = overlap(overlap(box, clip), viewport);
      if (box.width >= 10 && box.height >= 10 && inner.shown && frames.length < 20) { say({ frame: frames.length }); frames.push({ ...frameOf(node, seen), before: found.length }); }
      continue;
    }
    const isEditor = $(node).isContentEditable && !$($(node).parentElement)?.isContentEditable;
    const helper = components.get(node);
    const role = helper || isEditor && !$(node).hasAttribute('role') ? 'textbox' : roleOf(node);
    const kind = helper ? 'native' : helpers.has(node) ? null : kindOf(node, role, style, state.inside);
    let listed = false;
    if (kind && !clip.closed && visible(node)) {
      const seen = overlap(overlap(box ?? WHOLE, clip), viewport);
      const away = Math.max(0, (box?.top ?? 0) - viewport.bottom, viewport.top - (box?.bottom ?? 0));
      say({ element: found.length });
      listed = true;
      inner.inside = true;
      const speaks = kind === 'native' || kind === 'label' || NAMED_BY_CONTENT.has(role);
      inner.swallow = state.swallow || (speaks && ($(node).textContent.length <= 300 || /^(select|textarea|button)$/.test(tag) || $(node).isContentEditable));
      found.push({ element: helper ?? node, at: node, role, kind, seen, shown: !isEmpty(seen), away, said: !inner.swallow });
    }
    if (/^(select|textarea|video|audio|canvas|object|svg|math)$/.test(tag)) continue;
    if (tag === 'img') { if (!state.swallow && !inner.silent && inner.shown && $(node).alt.trim() && !isAbove(inner, $(node).alt)) say(` (image: ${cut(clean($(node).alt), 100)}) `); continue; }
    if (tag === 'br') { if (!inner.silent && !inner.swallow) say('\n'); continue; }
    const quiet = inner.silent || inner.swallow;
    const inline = listed || /^(inline|contents|table-cell|table-column|ruby)/.test(style.display);
    const heading = HEADING.exec(tag)?.[1] ?? (role === 'heading' ? flag(node, 'level') ?? '2' : null);
    const apart = /^(p|ul|ol|table|form|section|article|main|nav|header|footer|aside|pre|blockquote|fieldset|dl)$/.test(tag);
    const children = [];
    const isClosed = tag === 'details' && !$(node).open;
    for (const child of tag === 'slot' && $(node).assignedNodes().length ? $(node).assignedNodes() : $($(node).shadowRoot ?? node).childNodes) {
      if (!isClosed || $(child).localName === 'summary') children.push({ node: child, state: inner });
    }
    if (!quiet) {
      if (heading) lines(2, `${'#'.repeat(Math.min(6, Number(heading) || 2))} `);
      else if (tag === 'li' || role === 'listitem') lines(1, '- ');
      else if (tag === 'hr') lines(2, '---\n\n');
      else if (!inline) lines(apart ? 2 : 1);
    }
    if (!quiet && /^(td|th)$/.test(tag)) stack.push({ after: ' | ' });
    else if (!quiet && !inline) stack.push({ after: apart || heading ? 2 : 1 });
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]);
  }
  // Those in view first, then the nearest; in the order of the document.
  const chosen = new Set([...found].sort((a, b) => Number(b.shown) - Number(a.shown) || a.away - b.away).slice(0, limit));
  const place = new Map();
  const elements = [];
  const active = (() => { let at = doc.activeElement; while ($(at)?.shadowRoot?.activeElement) at = $(at).shadowRoot.activeElement; return at; })();
  found.forEach((entry, at) => {
    if (!chosen.has(entry)) return;
    const { element, kind } = entry;
    const control = kind === 'label' ? $(element).control : element;
    const role = kind === 'label' ? roleOf(control) : entry.role;
    const attributes = attributesFor(element, role);
    const field = /^(input|select|textarea)$/.test($(element).localName) || $(element).isContentEditable;
    const text = field ? '' : clean(cut($(element).innerText ?? $(element).textContent ?? '', 1000));
    const isEnabled = enabled(control);
    const by = entry.shown && isEnabled ? cover(entry.at, entry.seen) : null;
    if (by) attributes.covered_by = cut(describe(by), 120);
    if (active && (element === active || control === active)) attributes.focused = 'true';
    place.set(at, elements.length);
    elements.push({
      selector: selectorOf(element), tag: $(element).localName, role, name: cut(nameOf(control) || cut(text, 120), 150), text: cut(text, 200) || null,
      attributes, box: boxOf(entry.at), in_viewport: entry.shown, clickable: isEnabled && !by, away: entry.away, said: entry.said,
    });
  });
  const page = doc.scrollingElement ?? doc.documentElement;
  return {
    url: location.href, title: doc.title, viewport: [innerWidth, innerHeight], total: found.length, elements,
    frames: frames.map(frame => ({ ...frame, before: found.slice(0, frame.before).filter(entry => chosen.has(entry)).length })),
    parts: parts.map(part => part.element === undefined || place.has(part.element)
      ? part.element === undefined ? part : { element: place.get(part.element) }
      : ` ${cut(clean($(found[part.element].element).innerText ?? ''), 80)} `),
    scroll: { x: scrollX, y: scrollY, width: page?.scrollWidth ?? 0, height: page?.scrollHeight ?? 0 }, above, cut: isCut || left <= 0,
  };
};
const observeWhenStill = ({ force, network, ...options }) =>
  !force && !settled(network).settled ? { ready: false } : { ready: true, ...observe(options) };
