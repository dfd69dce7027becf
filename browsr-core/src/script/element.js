// What an element is and shows.
const visible = element => {
  const style = getComputedStyle(element);
  if (style.display === 'contents') {
    for (const child of $(element).childNodes) {
      if ($(child).nodeType === 1 && visible(child)) return true;
      if ($(child).nodeType === 3) {
        const range = doc.createRange();
        range.selectNode(child);
        const box = range.getBoundingClientRect();
        if (box.width > 0 && box.height > 0) return true;
      }
    }
    return false;
  }
  if (style.visibility !== 'visible' || !$(element).checkVisibility?.({ contentVisibilityAuto: false })) return false;
  const box = $(element).getBoundingClientRect();
  return box.width > 0 && box.height > 0;
};

const enabled = element => !$(element).matches(':disabled') && !$(element).closest('[aria-disabled="true" i]');

// Whether one node is inside of another as the page is drawn: what is slotted is inside of the slot.
const holds = (outer, inner) => {
  for (let node = inner; node; node = $(node).assignedSlot ?? $(node).parentNode ?? $(node).host) if (node === outer) return true;
  return false;
};

// An opening tag, short enough for an error message.
const describe = element => {
  const shown = ['id', 'class', 'name', 'type', 'role', 'aria-label']
    .filter(name => $(element).getAttribute?.(name))
    .map(name => ` ${name}="${$(element).getAttribute(name).slice(0, 60)}"`);
  return `<${$(element).localName}${shown.join('')}>`;
};

const boxOf = element => {
  const { x, y, width, height } = $(element).getBoundingClientRect();
  return { x, y, width, height };
};

const textOf = element => {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) return $(element).value;
  return $(element).innerText ?? $(element).textContent ?? '';
};

// The HTML of an element, without what we have drawn ourselves.
const sourceOf = element => {
  if (!$(element).querySelector('[data-browsr-overlay]')) return $(element).outerHTML;
  const copy = $(element).cloneNode(true);
  for (const node of $(copy).querySelectorAll('[data-browsr-overlay]')) $(node).remove();
  return $(copy).outerHTML;
};
