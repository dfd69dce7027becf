// What an element is and shows.
const hasSize = box => box.width > 0 && box.height > 0;

// The part of a picture that an area is: its corners in the viewport, and the picture. None where nothing shows it.
const areaOf = area => {
  const map = $(area).closest('map');
  const name = map && ($(map).getAttribute('name') || $(map).getAttribute('id'));
  const picture = name && [...$($(area).getRootNode()).querySelectorAll('img[usemap]')].find(image => $(image).getAttribute('usemap').replace(/^#/, '') === name);
  if (!picture) return null;
  const outer = $(picture).getBoundingClientRect(), style = getComputedStyle(picture);
  const scale = $(picture).offsetWidth ? outer.width / $(picture).offsetWidth : 1;
  const left = outer.x + ($(picture).clientLeft + parseFloat(style.paddingLeft)) * scale, top = outer.y + ($(picture).clientTop + parseFloat(style.paddingTop)) * scale;
  const numbers = ($(area).getAttribute('coords') ?? '').split(/[\s,;]+/).map(Number);
  const shape = ($(area).getAttribute('shape') ?? 'rect').toLowerCase();
  let corners = [];
  if (shape === 'default') corners = [[0, 0], [outer.width / scale, outer.height / scale]];
  else if (shape.startsWith('circ')) { const [x, y, r] = numbers; corners = [[x - r, y - r], [x + r, y + r]]; }
  else for (let i = 0; i + 1 < numbers.length; i += 2) corners.push([numbers[i], numbers[i + 1]]);
  corners = corners.map(([x, y]) => ({ x: left + x * scale, y: top + y * scale })).filter(({ x, y }) => Number.isFinite(x + y));
  return corners.length > 1 ? { picture, corners, inset: { x: left - outer.x, y: top - outer.y } } : null;
};
const boxAround = points => {
  const x = Math.min(...points.map(point => point.x)), y = Math.min(...points.map(point => point.y));
  return new DOMRect(x, y, Math.max(...points.map(point => point.x)) - x, Math.max(...points.map(point => point.y)) - y);
};

// The boxes in which an element shows: its own, or those of what is in it where it has none of any size.
const boxesOf = element => {
  if ($(element).localName === 'area') {
    const area = areaOf(element);
    return area ? [boxAround(area.corners)] : [];
  }
  const own = [...$(element).getClientRects()].filter(hasSize);
  const style = getComputedStyle(element);
  if (own.length || style.display === 'none' || style.display !== 'contents' && !/^visible/.test(style.overflow)) return own;
  const found = [];
  for (const child of $(element).localName === 'slot' && $(element).assignedNodes().length ? $(element).assignedNodes() : $($(element).shadowRoot ?? element).childNodes) {
    if ($(child).nodeType === 1) { if (getComputedStyle(child).visibility === 'visible') found.push(...boxesOf(child)); }
    else if ($(child).nodeType === 3) {
      const range = doc.createRange();
      range.selectNode(child);
      found.push(...[...range.getClientRects()].filter(hasSize));
    }
  }
  return found;
};

// What can be scrolled to, or asked for its style as it shows, in the place of an element without a box.
const boxedOf = element => {
  if ($(element).localName === 'area') return areaOf(element)?.picture ?? element;
  if (getComputedStyle(element).display !== 'contents') return element;
  for (const child of $($(element).shadowRoot ?? element).children) if (boxesOf(child).length) return boxedOf(child);
  return $(element).parentElement ?? element;
};

const visible = element => {
  const box = boxedOf(element);
  return getComputedStyle(box).visibility === 'visible' && Boolean($(box).checkVisibility?.({ contentVisibilityAuto: false })) && boxesOf(element).length > 0;
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

// The box around all of an element.
const boxOf = element => {
  let box = $(element).getBoundingClientRect();
  if (!hasSize(box)) {
    const boxes = boxesOf(element);
    if (boxes.length) box = boxAround(boxes.flatMap(({ left, top, right, bottom }) => [{ x: left, y: top }, { x: right, y: bottom }]));
  }
  const { x, y, width, height } = box;
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
