// Facts about an element: attributes, role and name, boxes.
const attributesOf = element => Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));

const ROLES = {
  A: e => e.hasAttribute('href') ? 'link' : 'generic', BUTTON: () => 'button', SELECT: e => e.multiple || e.size > 1 ? 'listbox' : 'combobox',
  TEXTAREA: () => 'textbox', IMG: e => e.getAttribute('alt') === '' ? 'presentation' : 'img', H1: () => 'heading', H2: () => 'heading',
  H3: () => 'heading', H4: () => 'heading', H5: () => 'heading', H6: () => 'heading', UL: () => 'list', OL: () => 'list',
  LI: () => 'listitem', NAV: () => 'navigation', MAIN: () => 'main', FORM: () => 'form', TABLE: () => 'table', OPTION: () => 'option',
  SUMMARY: () => 'button', DIALOG: () => 'dialog', ARTICLE: () => 'article', ASIDE: () => 'complementary', P: () => 'paragraph',
  INPUT: e => ({ button: 'button', submit: 'button', reset: 'button', image: 'button', checkbox: 'checkbox', radio: 'radio',
    range: 'slider', number: 'spinbutton', search: 'searchbox', hidden: 'none' })[e.type] ?? 'textbox',
};
const roleOf = element => element.getAttribute('role')?.trim().split(/\s+/)[0] || ROLES[element.tagName]?.(element) || 'generic';

const NAMED_BY_CONTENT = /^(link|button|heading|option|checkbox|radio|tab|menuitem|cell|columnheader|rowheader|switch|treeitem)$/;
const nameOf = element => {
  const root = element.getRootNode();
  const byIds = element.getAttribute('aria-labelledby')?.split(/\s+/).map(id => root.getElementById?.(id)?.textContent ?? '').join(' ');
  const candidates = [
    byIds, element.getAttribute('aria-label'),
    element.labels?.length ? [...element.labels].map(label => label.textContent).join(' ') : '',
    element.getAttribute('alt'),
    /^(submit|button|reset)$/.test(element.type ?? '') && element.tagName === 'INPUT' ? element.value : '',
    NAMED_BY_CONTENT.test(roleOf(element)) ? element.textContent || element.querySelector?.('img[alt]')?.alt : '',
    element.getAttribute('title'), element.getAttribute('placeholder'),
  ];
  return candidates.map(text => squash(text ?? '')).find(Boolean)?.slice(0, 200) ?? '';
};

const CLICKABLE = 'a[href], button, input:not([type=hidden]), select, textarea, summary, label, option, [onclick], [contenteditable=""], [contenteditable=true], [tabindex]:not([tabindex="-1"]), [role=button], [role=link], [role=checkbox], [role=radio], [role=tab], [role=menuitem], [role=option], [role=switch], [role=combobox]';
const clickable = element => element.matches(CLICKABLE) && enabled(element);

// A selector that finds the element again: an id where it is unique, else a path of positions.
const selectorFor = element => {
  const steps = [];
  for (let node = element; node && node.nodeType === 1; node = node.parentElement) {
    if (node.id && node.getRootNode().querySelectorAll(`#${CSS.escape(node.id)}`).length === 1) {
      steps.unshift(`#${CSS.escape(node.id)}`);
      break;
    }
    const same = [...(node.parentNode?.children ?? [])].filter(other => other.localName === node.localName);
    steps.unshift(same.length > 1 ? `${CSS.escape(node.localName)}:nth-of-type(${same.indexOf(node) + 1})` : CSS.escape(node.localName));
  }
  return steps.join(' > ');
};

const boxElement = (element, index, includeHtml) => {
  const box = boxOf(element);
  return {
    selector: selectorFor(element), index, tag: element.localName, text: squash(textOf(element)).slice(0, 200) || null,
    attributes: attributesOf(element), bounding_box: box, center: { x: box.x + box.width / 2, y: box.y + box.height / 2 },
    visibility: visible(element), clickable: clickable(element), ...(includeHtml ? { html: sourceOf(element) } : {}),
  };
};
