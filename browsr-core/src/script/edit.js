// Editable elements: which one takes the text, its focus, caret and selection.
const labelled = element => element instanceof HTMLLabelElement && $(element).control ? $(element).control : element;

const TEXTLESS = /^(button|submit|reset|image|hidden|checkbox|radio|file)$/;
const isInput = element => element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
const isField = element =>
  (isInput(element) && !TEXTLESS.test($(element).type) && !$(element).readOnly) || $(element).isContentEditable || Boolean($(element).editContext);
const isRendered = element => $(element).checkVisibility?.({ visibilityProperty: true }) ?? true;

const above = node => $(node).assignedSlot ?? $(node).parentElement ?? $($(node).getRootNode()).host ?? null;

// The fields in an element, at most `limit`, through open shadow roots, those that are not rendered left out.
const fieldsIn = (element, limit) => {
  const found = [], left = [element];
  while (left.length && found.length < limit) {
    const node = left.pop();
    if (isField(node)) { if (isRendered(node) && enabled(node)) found.push(node); continue; }
    for (const root of [node, $(node).shadowRoot]) for (let at = ($(root)?.children.length ?? 0) - 1; at >= 0; at--) left.push($(root).children[at]);
  }
  return found;
};

// The field that an element stands for: itself, or the only one of the component that it is the surface of.
const fieldFor = element => {
  const own = labelled(element);
  if (isInput(own) || own instanceof HTMLSelectElement || isField(own)) return own;
  for (let node = own; node && !$(node).matches('body, html'); node = above(node)) {
    const fields = fieldsIn(node, 2);
    if (!fields.length) continue;
    // A field that people see beside the element is another one, and is named by itself.
    const stands = fields.length === 1 && (node === own || !isPlain(fields[0]));
    return stands ? fields[0] : null;
  }
  return null;
};

// What has the focus for a field: it, or the editing host that it is a part of.
const hostOf = field => {
  let host = field;
  while ($(host).isContentEditable && $($(host).parentElement)?.isContentEditable) host = $(host).parentElement;
  return host;
};

const deepActive = () => {
  let active = doc.activeElement;
  while ($(active)?.shadowRoot?.activeElement) active = $(active).shadowRoot.activeElement;
  return active;
};

const MODAL = 'dialog:modal, [aria-modal="true" i]';
const OVER = `${MODAL}, dialog, [role="dialog" i], [role="alertdialog" i], :popover-open, :fullscreen`;

// Whether a modal is where people see it, rather than waiting beside the page for its turn.
const isOpen = modal => {
  if (!visible(modal)) return false;
  const box = $(modal).getBoundingClientRect();
  const left = Math.max(0, box.left), right = Math.min(innerWidth, box.right);
  const top = Math.max(0, box.top), bottom = Math.min(innerHeight, box.bottom);
  if (right - left < 1 || bottom - top < 1) return false;
  const hit = hitAt((left + right) / 2, (top + bottom) / 2);
  return Boolean(hit) && holds(modal, hit);
};

// What keeps the keyboard from a field as it would keep a person: something inert around it, a modal that is open elsewhere,
// or a layer over it. That a field is tiny, transparent or under a part of its own component keeps nobody.
const blocker = field => {
  const around = [];
  for (let node = field; node; node = above(node)) around.push(node);
  const inert = around.find(node => $(node).inert);
  if (inert) return inert;
  if (!around.some(node => $(node).matches(MODAL))) {
    const modal = [document, ...shadowRoots(document)].flatMap(root => [...$(root).querySelectorAll(MODAL)]).find(isOpen);
    if (modal) return modal;
  }
  const box = $(field).getBoundingClientRect();
  const left = Math.max(0, box.left), right = Math.min(innerWidth, box.right);
  const top = Math.max(0, box.top), bottom = Math.min(innerHeight, box.bottom);
  if (right <= left || bottom <= top) return null;
  for (let node = hitAt((left + right) / 2, (top + bottom) / 2); node && !around.includes(node); node = above(node)) {
    if ($(node).matches(OVER) || getComputedStyle(node).position === 'fixed') return holds(field, node) ? null : node;
  }
  return null;
};

// Whether a field takes text by the keyboard now.
const typable = (element, round) => {
  const field = fieldFor(element);
  if (!field) return { failed: $(element).readOnly ? 'readonly' : 'not_editable' };
  if (!isRendered(field)) return { failed: 'hidden' };
  if (!enabled(field)) return { failed: 'disabled' };
  if ($(field).readOnly && !$(field).isContentEditable) return { failed: 'readonly' };
  const box = $(field).getBoundingClientRect();
  const outside = box.bottom <= 0 || box.right <= 0 || box.top >= innerHeight || box.left >= innerWidth;
  if (outside || round) {
    const at = ALIGNMENTS[round % ALIGNMENTS.length];
    $(field).scrollIntoView({ block: at, inline: at, behavior: 'instant' });
  }
  const by = blocker(field);
  const { x, y } = $(field).getBoundingClientRect();
  return by ? { failed: 'covered', by: describe(by), point: { x, y } } : { point: { x, y } };
};

const focusOn = element => {
  const target = labelled(element);
  $(target).focus({ preventScroll: true });
  return target;
};

// The place behind the last text of an element, inside of its last block and before a break that only keeps it open.
const lastPlace = element => {
  let node = element;
  for (;;) {
    let last = $(node).lastChild;
    const says = child => $(child).nodeType === 1 || ($(child).nodeType === 3 && ($(child).data.trim() || child === $(node).firstChild || $($(child).previousSibling)?.nodeType === 3));
    while (last && !says(last)) last = $(last).previousSibling;
    if (!last) return [node, $(node).childNodes.length];
    if ($(last).nodeType === 3) return [last, last.length];
    if ($(last).localName === 'br') return [node, [...$(node).childNodes].indexOf(last)];
    if (!$(last).isContentEditable || /^(img|input|hr|video|audio|canvas|svg)$/.test($(last).localName)) {
      return [node, [...$(node).childNodes].indexOf(last) + 1];
    }
    node = last;
  }
};

// Where text goes that is added: behind what is there, or to the first free place of a mask, which is a value without
// letters whose places are all that follows.
const endOf = value => {
  if (value.length > 100) return value.length;
  const mask = /^[^_\p{L}]*(?=_[^\p{L}\p{N}]*_[^\p{L}\p{N}]*$)/u.exec(value);
  return mask ? mask[0].length : value.length;
};

// Returns whether the caret is at the end now.
const caretToEnd = element => {
  if (isInput(element)) {
    const end = endOf($(element).value);
    // Some input types have no selection and say so by throwing.
    try { $(element).setSelectionRange(end, end); } catch { return !$(element).value; }
  } else if ($(element).isContentEditable) getSelection()?.collapse(...lastPlace(element));
  return true;
};

// An input or a text area as people see it, rather than the helper of an editor that draws for itself.
const isPlain = field => isInput(field) && $(field).offsetWidth > 8 && $(field).offsetHeight > 8 && getComputedStyle(field).opacity > 0;

// Components that draw their text themselves, with the field of each that takes the keys.
const drawn = root => {
  const found = new Map();
  for (const field of fieldsIn(root, 1000)) {
    if ($(field).isContentEditable || isPlain(field) || CHOSEN[$(field).type]) continue;
    for (let node = above(field); node && node !== doc.body && fieldsIn(node, 2).length === 1; node = above(node)) {
      const { width, height } = $(node).getBoundingClientRect();
      if (width >= 40 && height >= 12 && visible(node)) { found.set(node, field); break; }
    }
  }
  return found;
};

// Fields whose value is chosen rather than typed: the value that HTML gives them is set, as their pickers would.
const CHOSEN = {
  date: 'a date, such as 2026-11-22', month: 'a month, such as 2026-11', week: 'a week, such as 2026-W47',
  time: 'a time, such as 09:30', 'datetime-local': 'a date with a time, such as 2026-11-22T09:30',
  color: 'a colour, such as #ff8000', range: 'a number of a range',
};

// Past what a page has put over the property: frameworks watch it so, and take what is set there for their own doing.
const setValue = (input, text) => Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, text);

const setChosen = (input, text) => {
  const wrong = more => ({ is: 'malformed', why: CHOSEN[$(input).type] + (more ?? '') });
  let wanted = text;
  if ($(input).type === 'color') {
    const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text.trim());
    if (short) wanted = `#${short.slice(1).map(digit => digit + digit).join('')}`;
    if (!/^#[0-9a-f]{6}$/i.test(wanted)) return wrong();
  }
  if ($(input).type === 'range') {
    const least = Number($(input).min || 0), most = Number($(input).max || 100), number = Number(text);
    if (!text.trim() || !(number >= least && number <= most)) return wrong(` from ${least} to ${most}`);
  }
  const before = $(input).value;
  setValue(input, wanted);
  if (Boolean($(input).value) !== Boolean(wanted)) {
    setValue(input, before);
    return wrong();
  }
  if ($(input).value !== before) {
    $(input).dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    $(input).dispatchEvent(new Event('change', { bubbles: true }));
  }
  return { is: 'set', value: $(input).value };
};

// Whether clicking an element does something else than giving it the focus.
const acts = element => Boolean($(element).closest(
  'a, button, input, select, textarea, summary, label, [role="button" i], [role="link" i], [role="tab" i], [role="option" i], [role^="menuitem" i], [role="checkbox" i], [role="switch" i]',
));

// Whether what was typed into has been replaced meanwhile, so that the rest of the text went nowhere.
const TYPED = Symbol.for('browsr.typed');
const hasLostText = last => {
  const host = window[TYPED];
  delete window[TYPED];
  const active = deepActive();
  if (!host || $(host).isConnected || active && isField(active)) return false;
  // All of it may have come before the field went, as where Enter adds it to a list.
  return !($(host).value ?? $(host).textContent ?? '').endsWith(last);
};

const prepareEdit = async (element, { select, text, clicked }) => {
  const field = fieldFor(element) ?? labelled(element);
  const type = field instanceof HTMLInputElement ? $(field).type : '';
  if (type === 'file') return { is: 'wrong', why: 'a file input, which the command upload_file gives files' };
  if (/^(checkbox|radio)$/.test(type)) return { is: 'wrong', why: `a ${type}, which the command check checks` };
  if (TEXTLESS.test(type)) return { is: 'wrong', why: `an input of the type ${type}` };
  const typed_into = describe(field);
  if (CHOSEN[type]) {
    focusOn(field);
    if (text === null && /^(color|range)$/.test(type)) {
      return { is: 'wrong', why: `${CHOSEN[type]}, and is never empty` };
    }
    return { ...setChosen(field, text ?? ''), typed_into };
  }
  const host = hostOf(field);
  const has = () => { const active = deepActive(); return Boolean(active) && (holds(host, active) || holds(active, host) && active !== doc.body && active !== doc.documentElement); };
  // A body has the focus of its document whether that has the keyboard or not.
  if ((!has() || host === doc.body) && !clicked) {
    $(host).focus({ preventScroll: true });
    // A frame, and then the timers that were set by then; a document that runs no scripts has frames only.
    await nextFrame();
    await Promise.race([pause(0), nextFrame().then(nextFrame)]);
  }
  if (!has()) {
    if (!clicked && element !== field && !acts(element)) return { is: 'click' };
    const active = deepActive();
    return { is: 'lost', by: active && active !== doc.body ? describe(active) : null };
  }
  window[TYPED] = host;
  if (select) {
    if (!isPlain(field)) return { is: 'focused', select_all: true, has_selection: true, needs_end: false, typed_into };
    $(field).select();
    return { is: 'focused', select_all: false, has_selection: $(field).value.length > 0, needs_end: false, typed_into };
  }
  const needs_end = !clicked && !caretToEnd(field);
  return { is: 'focused', select_all: false, has_selection: false, needs_end, typed_into };
};
