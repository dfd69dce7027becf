// Finds elements: CSS through open shadow roots, `xpath=`, `text=`. `selector` is {engine, body}.
const invalidSelector = (selector, why) => Object.assign(new Error(why), { name: 'InvalidSelector' });

const shadowRoots = root => {
  const found = [];
  const visit = start => {
    const walker = doc.createTreeWalker(start, NodeFilter.SHOW_ELEMENT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
      const inner = kindOfNode(node) === 1 ? rootOf(node) : null;
      if (inner) { found.push(inner); visit(inner); }
    }
  };
  visit(root);
  return found;
};

// Splits "a b > c" at its top-level descendant combinators, so that each of them may cross a shadow boundary.
const descendantParts = css => {
  const parts = [];
  let part = '', depth = 0, quote = '';
  for (let i = 0; i < css.length; i++) {
    const c = css[i];
    if (quote) { if (c === '\\') { part += c + (css[++i] ?? ''); continue; } if (c === quote) quote = ''; }
    else if (c === '"' || c === "'") quote = c;
    else if (c === '\\') { part += c + (css[++i] ?? ''); continue; }
    else if (c === '(' || c === '[') depth++;
    else if (c === ')' || c === ']') depth--;
    else if (c === ',' && !depth) return null;
    else if (/\s/.test(c) && !depth) {
      const next = css.slice(i).trimStart();
      if (!next || '>+~'.includes(next[0]) || /[>+~]\s*$/.test(part)) { part += ' '; continue; }
      if (part.trim()) parts.push(part.trim());
      part = '';
      continue;
    }
    part += c;
  }
  if (part.trim()) parts.push(part.trim());
  return parts;
};

const crossesInto = (element, parts) => {
  for (let k = parts.length - 1; k > 0; k--) {
    if (!$(element).matches(parts.slice(k).join(' '))) continue;
    const before = parts.slice(0, k);
    for (let root = $(element).getRootNode(); root instanceof ShadowRoot; root = $($(root).host).getRootNode()) {
      for (let host = $(root).host; host; host = $(host).parentElement) {
        if ($(host).matches(before.join(' ')) || (before.length > 1 && crossesInto(host, before))) return true;
      }
    }
  }
  return false;
};

const queryCss = (css, all, root) => {
  if (css.includes(HAS_TEXT)) return queryHasText(css, root);
  let light;
  try { light = all ? [...$(root).querySelectorAll(css)] : [$(root).querySelector(css)].filter(Boolean); }
  catch (e) { throw invalidSelector(css, e.message); }
  if (light.length && !all) return light;
  const found = light;
  const parts = descendantParts(css);
  const last = parts && parts.length > 1 ? parts[parts.length - 1] : null;
  for (const inner of shadowRoots(root)) {
    const here = new Set(inner.querySelectorAll(css));
    if (last) for (const element of inner.querySelectorAll(last)) if (crossesInto(element, parts)) here.add(element);
    found.push(...here);
    if (found.length && !all) return found;
  }
  return found;
};

const queryXpath = (xpath, all, root) => {
  try {
    const type = all ? XPathResult.ORDERED_NODE_SNAPSHOT_TYPE : XPathResult.FIRST_ORDERED_NODE_TYPE;
    const path = root === document ? xpath : xpath.replace(/^(\(*\s*)\//, '$1./');
    const result = doc.evaluate(path, root, null, type, null);
    const nodes = all
      ? Array.from({ length: result.snapshotLength }, (_, i) => result.snapshotItem(i))
      : [result.singleNodeValue];
    return nodes.filter(node => node && $(node).nodeType === 1 && (root === document || $(root).contains(node)));
  } catch (e) { throw invalidSelector(xpath, e.message); }
};

const squash = text => text.replace(/\s+/g, ' ').trim();
const SILENT = new Set(['script', 'style', 'noscript', 'template', 'head']);
const isSilent = element => SILENT.has($(element).localName) || ($(element).localName === 'title' && $(element).ownerSVGElement);
const ownText = element =>
  $(element).tagName === 'INPUT' && /^(button|submit|reset)$/.test($(element).type) ? $(element).value : '';

// The text of an element and below, open shadow roots included; scripts and styles are no text. `visit` reads a child.
const textBelow = (element, visit = textBelow) => {
  let text = ownText(element);
  for (const root of [element, $(element).shadowRoot]) {
    for (const child of $(root)?.childNodes ?? []) {
      if ($(child).nodeType === 3) text += $(child).data;
      else if ($(child).nodeType === 1 && !isSilent(child)) text += visit(child);
    }
  }
  return text;
};

// The smallest elements whose text contains the needle, ignoring case; in quotes: whose whole text is the needle.
const queryText = (text, all, root) => {
  const quoted = /^"(.*)"$|^'(.*)'$/s.exec(text.trim());
  const needle = squash(quoted ? quoted[1] ?? quoted[2] : text);
  if (!needle) throw invalidSelector(text, 'text= needs a text');
  const wanted = needle.toLowerCase();
  const fits = quoted ? text => squash(text) === needle : text => squash(text).toLowerCase().includes(wanted);
  const found = [];
  const visit = element => {
    const below = found.length;
    const text = textBelow(element, visit);
    if (found.length === below && element !== root && fits(text)) found.push(element);
    return text;
  };
  const start = root === document ? doc.body : root;
  if (start) visit(start);
  return found;
};

// `:has-text("…")` on a compound selector: the text below contains it, ignoring case.
const HAS_TEXT = ':has-text(';

// Reads a list of complex selectors into chains of {css, texts, combinator}.
const parseHasText = source => {
  const invalid = why => invalidSelector(source, why);
  const chains = [[]];
  let css = '', texts = [], combinator = '', depth = 0, at = 0;
  const flush = next => {
    if (css || texts.length) chains.at(-1).push({ css: css || '*', texts, combinator });
    [css, texts, combinator] = ['', [], next];
  };
  const take = pattern => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < source.length) {
    if (source.startsWith(HAS_TEXT, at)) {
      if (depth) throw invalid(':has-text() stands on a selector itself, not inside of :is, :not, :has or another');
      const found = take(/:has-text\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\)/sy);
      if (!found) throw invalid(':has-text() takes one text in quotes');
      texts.push(squash((found[1] ?? found[2]).replace(/\\(.)/gs, '$1')).toLowerCase());
      continue;
    }
    const whole = take(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\[0-9a-f]{1,6}\s?|\\./isy);
    if (whole) { css += whole[0]; continue; }
    const between = depth ? null : take(/\s*([>+~,])\s*|\s+/y);
    if (between) {
      const next = between[1] ?? ' ';
      if (next === ',') { flush(''); chains.push([]); }
      else if (at < source.length) flush(next);
      continue;
    }
    const c = source[at++];
    if (c === '(' || c === '[') depth++;
    if (c === ')' || c === ']') depth--;
    css += c;
  }
  flush('');
  if (chains.some(chain => !chain.length)) throw invalid('a part of the list is empty');
  return chains;
};

const fitsChain = (element, chain, k = chain.length - 1) => {
  if (!element) return false;
  const { css, texts, combinator } = chain[k];
  if (!$(element).matches(css)) return false;
  if (texts.length) {
    const text = squash(textBelow(element)).toLowerCase();
    if (!texts.every(wanted => text.includes(wanted))) return false;
  }
  if (!k) return true;
  if (combinator === '>') return fitsChain($(element).parentElement, chain, k - 1);
  if (combinator === '+') return fitsChain($(element).previousElementSibling, chain, k - 1);
  const step = combinator === '~' ? node => $(node).previousElementSibling : node => $(node).parentElement ?? $($(node).getRootNode()).host;
  for (let node = step(element); node; node = step(node)) if (fitsChain(node, chain, k - 1)) return true;
  return false;
};

const queryHasText = (source, root) => {
  const chains = parseHasText(source);
  try {
    const candidates = chains.map(chain => chain.at(-1).css).join(',');
    const found = [root, ...shadowRoots(root)].flatMap(inner => [...inner.querySelectorAll(candidates)]);
    return found.filter(element => chains.some(chain => fitsChain(element, chain)));
  } catch (e) { throw e.name === 'SyntaxError' ? invalidSelector(source, e.message) : e; }
};

const queryAll = (selector, all = true) => {
  const steps = [selector, ...(selector.then ?? [])];
  let found = [document];
  steps.forEach(({ engine, body, index }, at) => {
    if (engine === 'nth') { found = found.slice(index, index + 1 || undefined); return; }
    const find = { xpath: queryXpath, text: queryText }[engine] ?? queryCss;
    const every = all || at < steps.length - 1;
    found = [...new Set(found.flatMap(root => find(body, every, root)))];
  });
  // What we have drawn ourselves is nothing of the page.
  return found.filter(element => $(element).localName !== 'browsr-overlay');
};

const isShown = element => Boolean($(element).checkVisibility?.({ visibilityProperty: true }) && $(element).getClientRects().length);

// The first match; of texts the first that shows.
const query = selector => {
  const last = selector.then?.at(-1) ?? selector;
  if (last.engine !== 'text') return queryAll(selector, false)[0] ?? null;
  const found = queryAll(selector);
  return found.find(isShown) ?? found[0] ?? null;
};
