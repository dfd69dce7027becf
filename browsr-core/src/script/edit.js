// Focus, caret and selection of editable elements.
const focusOn = element => {
  const target = element instanceof HTMLLabelElement && element.control ? element.control : element;
  target.focus({ preventScroll: true });
  return target;
};

// Returns whether the caret is at the end now.
const caretToEnd = element => {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
    // Some input types have no selection and say so by throwing.
    try { element.setSelectionRange(element.value.length, element.value.length); } catch { return !element.value; }
  } else if (element.isContentEditable) getSelection()?.selectAllChildren(element), getSelection()?.collapseToEnd();
  return true;
};

const selectAll = element => {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
    element.select();
    return element.value.length > 0;
  }
  if (!element.isContentEditable) return false;
  getSelection()?.selectAllChildren(element);
  return (element.textContent ?? '').length > 0 || element.children.length > 0;
};

// Fields whose value is chosen rather than typed: the value that HTML gives them is set, as their pickers would.
const CHOSEN = {
  date: 'a date, such as 2026-11-22', month: 'a month, such as 2026-11', week: 'a week, such as 2026-W47',
  time: 'a time, such as 09:30', 'datetime-local': 'a date with a time, such as 2026-11-22T09:30',
  color: 'a colour, such as #ff8000', range: 'a number of a range',
};

const setChosen = (input, text) => {
  const wrong = more => ({ is: 'malformed', why: CHOSEN[input.type] + (more ?? '') });
  if (input.type === 'color' && !/^#[0-9a-f]{6}$/i.test(text)) return wrong();
  if (input.type === 'range') {
    if (!text.trim() || Number.isNaN(Number(text))) return wrong(` from ${input.min || 0} to ${input.max || 100}`);
  }
  const before = input.value;
  input.value = text;
  const kept = input.type === 'range' ? Number(input.value) === Number(text) : Boolean(input.value) === Boolean(text);
  if (!kept) {
    input.value = before;
    return wrong(input.type === 'range' ? ` from ${input.min || 0} to ${input.max || 100} in steps of ${input.step || 1}` : '');
  }
  if (input.value !== before) {
    input.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }
  return { is: 'set' };
};

const prepareEdit = (element, { select, text }) => {
  const target = element instanceof HTMLLabelElement && element.control ? element.control : element;
  const type = target instanceof HTMLInputElement ? target.type : '';
  if (type === 'file') return { is: 'wrong', why: 'a file input, and a file cannot be chosen by typing' };
  if (/^(checkbox|radio)$/.test(type)) return { is: 'wrong', why: `a ${type}, which the command check checks` };
  if (/^(button|submit|reset|image|hidden)$/.test(type)) return { is: 'wrong', why: `an input of the type ${type}` };
  focusOn(target);
  if (CHOSEN[type]) {
    if (text === null && /^(color|range)$/.test(type)) {
      return { is: 'wrong', why: `${CHOSEN[type]}, and is never empty` };
    }
    return setChosen(target, text ?? '');
  }
  if (select) return { is: 'focused', has_selection: selectAll(target), needs_end: false };
  return { is: 'focused', has_selection: false, needs_end: !caretToEnd(target) };
};
