// Focus, caret and selection of editable elements.
const focusOn = element => {
  const target = element instanceof HTMLLabelElement && element.control ? element.control : element;
  target.focus({ preventScroll: true });
  return target;
};

const caretToEnd = element => {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
    // Some input types have no selection and say so by throwing.
    try { element.setSelectionRange(element.value.length, element.value.length); } catch { /* none to move */ }
  } else if (element.isContentEditable) getSelection()?.selectAllChildren(element), getSelection()?.collapseToEnd();
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
