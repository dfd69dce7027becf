// Roles by HTML-AAM and WAI-ARIA, names by the accessible name computation.
const ARIA_ROLES = new Set(('alert alertdialog application article banner blockquote button caption cell checkbox code columnheader ' +
  'combobox complementary contentinfo definition deletion dialog document emphasis feed figure form generic grid gridcell group heading ' +
  'image img insertion link list listbox listitem log main marquee math menu menubar menuitem menuitemcheckbox menuitemradio meter ' +
  'navigation none note option paragraph presentation progressbar radio radiogroup region row rowgroup rowheader scrollbar search ' +
  'searchbox separator slider spinbutton status strong subscript superscript switch tab table tablist tabpanel term textbox time timer ' +
  'toolbar tooltip tree treegrid treeitem').split(' '));

const inSection = element => Boolean($($(element).parentElement)?.closest('article, aside, main, nav, section'));
const isNamed = element => ['aria-label', 'aria-labelledby', 'title'].some(name => $(element).getAttribute(name)?.trim());
const headerCell = element => $(element).scope?.startsWith('row') || (!$(element).scope && $(element).closest('tbody') && $(element).cellIndex === 0) ? 'rowheader' : 'columnheader';
const textField = element => $(element).hasAttribute('list') ? 'combobox' : 'textbox';

const INPUT_ROLES = {
  button: 'button', submit: 'button', reset: 'button', image: 'button', file: 'button', color: 'button', radio: 'radio', range: 'slider',
  number: 'spinbutton', hidden: 'none', search: element => $(element).hasAttribute('list') ? 'combobox' : 'searchbox',
  checkbox: element => $(element).hasAttribute('switch') ? 'switch' : 'checkbox', date: 'textbox', month: 'textbox', week: 'textbox',
  time: 'textbox', 'datetime-local': 'textbox', password: 'textbox', text: textField, email: textField, tel: textField, url: textField,
};
const NATIVE_ROLES = {
  a: element => $(element).hasAttribute('href') ? 'link' : 'generic', address: 'group', area: element => $(element).hasAttribute('href') ? 'link' : 'generic',
  article: 'article', aside: 'complementary', blockquote: 'blockquote', button: 'button', caption: 'caption', code: 'code', datalist: 'listbox',
  dd: 'definition', del: 'deletion', details: 'group', dfn: 'term', dialog: 'dialog', dt: 'term', em: 'emphasis', fieldset: 'group', figure: 'figure',
  footer: element => inSection(element) ? 'generic' : 'contentinfo', form: element => isNamed(element) ? 'form' : 'generic', h1: 'heading', h2: 'heading',
  h3: 'heading', h4: 'heading', h5: 'heading', h6: 'heading', header: element => inSection(element) ? 'generic' : 'banner', hgroup: 'group', hr: 'separator',
  html: 'document', img: element => $(element).getAttribute('alt') === '' && !isNamed(element) ? 'presentation' : 'img',
  input: element => { const role = INPUT_ROLES[$(element).type] ?? 'textbox'; return typeof role === 'function' ? role(element) : role; },
  ins: 'insertion', li: 'listitem', main: 'main', math: 'math', menu: 'list', meter: 'meter', nav: 'navigation', ol: 'list', optgroup: 'group',
  option: 'option', output: 'status', p: 'paragraph', progress: 'progressbar', search: 'search', section: element => isNamed(element) ? 'region' : 'generic',
  select: element => $(element).multiple || $(element).size > 1 ? 'listbox' : 'combobox', strong: 'strong', sub: 'subscript', summary: 'button',
  sup: 'superscript', svg: 'img', table: 'table', tbody: 'rowgroup', td: 'cell', textarea: 'textbox', tfoot: 'rowgroup', th: headerCell,
  thead: 'rowgroup', time: 'time', tr: 'row', ul: 'list',
};
const nativeRole = element => {
  const role = Object.hasOwn(NATIVE_ROLES, $(element).localName) ? NATIVE_ROLES[$(element).localName] : 'generic';
  return typeof role === 'function' ? role(element) : role;
};
const focusable = element => $(element).tabIndex >= 0 && ($(element).hasAttribute('tabindex') || !/^(div|span)$/.test($(element).localName));
const roleOf = element => {
  const stated = $(element).getAttribute('role')?.toLowerCase().split(/\s+/).find(role => ARIA_ROLES.has(role));
  if (!stated) return nativeRole(element);
  // What can be focused, or has a name of its own, cannot be made to mean nothing.
  if (/^(none|presentation)$/.test(stated) && (focusable(element) || $(element).getAttribute('aria-label')?.trim())) return nativeRole(element);
  return stated === 'image' ? 'img' : stated;
};

// Whether the value must not be shown: passwords, one-time codes, card numbers, whatever is masked.
const isSecret = element =>
  ($(element).localName === 'input' && $(element).type === 'password') ||
  /(^|\s)(current-password|new-password|one-time-code|cc-number|cc-csc)(\s|$)/i.test($(element).getAttribute('autocomplete') ?? '') ||
  !/^(none|)$/.test(getComputedStyle(element).webkitTextSecurity ?? '');

const NAMED_BY_CONTENT = new Set(('button caption cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option ' +
  'radio row rowheader switch tab tooltip treeitem').split(' '));
const LABELABLE = /^(button|input|meter|output|progress|select|textarea)$/;
const clean = text => text.replace(/[\ue000-\uf8ff]/g, '').replace(/\s+/g, ' ').trim();

const referenced = (element, attribute) => {
  const root = $(element).getRootNode();
  return ($(element).getAttribute(attribute) ?? '').split(/\s+/).filter(Boolean).map(id => $(root).getElementById?.(id)).filter(Boolean);
};

// What a control that stands in the text of a name says there: its value.
const embeddedValue = (element, role) => {
  if (isSecret(element)) return '';
  if (/^(textbox|searchbox)$/.test(role)) return $(element).value ?? $(element).textContent;
  if (/^(combobox|listbox)$/.test(role)) return $(element).selectedOptions ? [...$(element).selectedOptions].map(option => option.label).join(' ') : $(element).value ?? '';
  if (/^(slider|spinbutton|progressbar|meter|scrollbar)$/.test(role)) {
    return $(element).getAttribute('aria-valuetext') ?? $(element).getAttribute('aria-valuenow') ?? String($(element).value ?? '');
  }
  return null;
};

const generated = (element, which) => {
  const content = getComputedStyle(element, which).content;
  const match = /^"((?:[^"\\]|\\.)*)"(?:\s*\/\s*"((?:[^"\\]|\\.)*)")?/.exec(content);
  return match ? (match[2] ?? match[1]).replace(/\\(.)/g, '$1') : '';
};

const contentName = (element, seen, depth, shown) => {
  let text = generated(element, '::before');
  const children = $(element).localName === 'slot' && $(element).assignedNodes().length ? $(element).assignedNodes() : $($(element).shadowRoot ?? element).childNodes;
  for (const child of children) {
    if (text.length > 1000) break;
    if ($(child).nodeType === 3) text += $(child).data;
    else if ($(child).nodeType === 1) {
      const part = nameIn(child, seen, depth + 1, shown);
      text += /^(inline|contents|none)/.test(getComputedStyle(child).display) && $(child).localName !== 'br' ? part : ` ${part} `;
    }
  }
  return text + generated(element, '::after');
};

const nativeName = (element, seen, depth) => {
  const tag = $(element).localName;
  const inside = selector => {
    const child = [...$(element).children].find(child => $(child).localName === selector);
    return child ? nameIn(child, seen, depth + 1, true) : '';
  };
  if (LABELABLE.test(tag) && $(element).labels?.length) {
    const name = [...$(element).labels].map(label => nameIn(label, seen, depth + 1, true)).join(' ');
    if (clean(name)) return name;
  }
  if (tag === 'input' && /^(button|submit|reset)$/.test($(element).type)) return $(element).value || { submit: 'Submit', reset: 'Reset' }[$(element).type] || '';
  if (tag === 'input' && $(element).type === 'image') return $(element).alt || $(element).title || 'Submit';
  if (tag === 'img' || tag === 'area') return $(element).alt;
  if (tag === 'fieldset') return inside('legend');
  if (tag === 'table') return inside('caption');
  if (tag === 'figure') return inside('figcaption');
  if (tag === 'svg') return $([...$(element).children].find(child => $(child).localName === 'title'))?.textContent ?? '';
  return '';
};

// The name of something inside a name. `shown` says that what is hidden does not count.
const nameIn = (element, seen, depth, shown) => {
  if (seen.has(element) || depth > 60 || isSilent(element)) return '';
  if (shown && ($(element).getAttribute('aria-hidden') === 'true' || getComputedStyle(element).visibility !== 'visible' || !$(element).checkVisibility())) {
    // Of a `display: contents` element only the children are laid out.
    if ($(element).getAttribute('aria-hidden') === 'true' || getComputedStyle(element).display !== 'contents') return '';
  }
  seen.add(element);
  const role = roleOf(element);
  const value = embeddedValue(element, role);
  if (value !== null) return value;
  const label = $(element).getAttribute('aria-label');
  if (label?.trim()) return label;
  const native = nativeName(element, seen, depth);
  if (native.trim()) return native;
  const content = contentName(element, seen, depth, shown);
  return content.trim() ? content : $(element).getAttribute('title') ?? '';
};

const nameOf = element => {
  const seen = () => new Set([element]);
  const candidates = [
    () => referenced(element, 'aria-labelledby').map(other => other === element
      ? $(element).getAttribute('aria-label') ?? contentName(element, seen(), 0, true)
      : nameIn(other, seen(), 0, $(other).checkVisibility())).join(' '),
    () => $(element).getAttribute('aria-label') ?? '',
    () => nativeName(element, seen(), 0),
    () => NAMED_BY_CONTENT.has(roleOf(element)) ? contentName(element, seen(), 0, true) : '',
    () => $(element).getAttribute('title') ?? '',
    () => $(element).getAttribute('placeholder') ?? $(element).getAttribute('aria-placeholder') ?? '',
  ];
  for (const candidate of candidates) {
    const name = clean(candidate());
    if (name) return name.slice(0, 200);
  }
  return '';
};
