// Finds elements: CSS through open shadow roots, `xpath=`, `text=`. `selector` is {engine, body}.
const invalidSelector = (selector, why) => Object.assign(new Error(why), { name: 'InvalidSelector' });

const shadowRoots = root => {
  const found = [];
  const visit = start => {
    const walker = document.createTreeWalker(start, NodeFilter.SHOW_ELEMENT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
      if (node.shadowRoot) { found.push(node.shadowRoot); visit(node.shadowRoot); }
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
    if (!element.matches(parts.slice(k).join(' '))) continue;
    const before = parts.slice(0, k);
    for (let root = element.getRootNode(); root instanceof ShadowRoot; root = root.host.getRootNode()) {
      for (let host = root.host; host; host = host.parentElement) {
        if (host.matches(before.join(' ')) || (before.length > 1 && crossesInto(host, before))) return true;
      }
    }
  }
  return false;
};

const queryCss = (css, all) => {
  let light;
  try { light = all ? [...document.querySelectorAll(css)] : [document.querySelector(css)].filter(Boolean); }
  catch (e) { throw invalidSelector(css, e.message); }
  if (light.length && !all) return light;
  const found = light;
  const parts = descendantParts(css);
  const last = parts && parts.length > 1 ? parts[parts.length - 1] : null;
  for (const root of shadowRoots(document)) {
    const here = new Set(root.querySelectorAll(css));
    if (last) for (const element of root.querySelectorAll(last)) if (crossesInto(element, parts)) here.add(element);
    found.push(...here);
    if (found.length && !all) return found;
  }
  return found;
};

const queryXpath = (xpath, all) => {
  try {
    const type = all ? XPathResult.ORDERED_NODE_SNAPSHOT_TYPE : XPathResult.FIRST_ORDERED_NODE_TYPE;
    const result = document.evaluate(xpath, document, null, type, null);
    const nodes = all
      ? Array.from({ length: result.snapshotLength }, (_, i) => result.snapshotItem(i))
      : [result.singleNodeValue];
    return nodes.filter(node => node && node.nodeType === 1);
  } catch (e) { throw invalidSelector(xpath, e.message); }
};

const squash = text => text.replace(/\s+/g, ' ').trim();
const SILENT = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD']);
const ownText = element =>
  element.tagName === 'INPUT' && /^(button|submit|reset)$/.test(element.type) ? element.value : '';

// The smallest elements whose text contains the needle, ignoring case; in quotes: whose whole text is the needle.
const queryText = (text, all) => {
  const quoted = /^"(.*)"$|^'(.*)'$/s.exec(text.trim());
  const needle = squash(quoted ? quoted[1] ?? quoted[2] : text);
  if (!needle) throw invalidSelector(text, 'text= needs a text');
  const wanted = needle.toLowerCase();
  const fits = quoted ? text => squash(text) === needle : text => squash(text).toLowerCase().includes(wanted);
  const found = [];
  // Returns the text below an element, which its ancestors are made of; scripts and styles are no text.
  const visit = element => {
    let text = ownText(element), below = found.length;
    for (const root of [element, element.shadowRoot]) {
      for (const child of root?.childNodes ?? []) {
        if (child.nodeType === 3) text += child.data;
        else if (child.nodeType === 1 && !SILENT.has(child.tagName)) text += visit(child);
        if (found.length && !all) return '';
      }
    }
    if (found.length === below && fits(text)) found.push(element);
    return text;
  };
  if (document.body) visit(document.body);
  return found;
};

const queryAll = (selector, all = true) => {
  const find = { xpath: queryXpath, text: queryText }[selector.engine] ?? queryCss;
  // What we have drawn ourselves is nothing of the page.
  return find(selector.body, all).filter(element => element.localName !== 'browsr-overlay');
};
const query = selector => queryAll(selector, false)[0] ?? null;
