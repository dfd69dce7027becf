// Facts about an element: attributes, boxes, a selector.
const attributesOf = element => Object.fromEntries([...$(element).attributes].map(({ name, value }) => [name, value]));

const CLICKABLE = 'a[href], button, input:not([type=hidden]), select, textarea, summary, label, option, [onclick], [contenteditable=""], [contenteditable=true], [tabindex]:not([tabindex="-1"]), [role=button], [role=link], [role=checkbox], [role=radio], [role=tab], [role=menuitem], [role=option], [role=switch], [role=combobox]';
const clickable = element => $(element).matches(CLICKABLE) && enabled(element);

// A selector that finds the element again: an id where it is unique, else a path of positions.
const selectorFor = element => {
  const steps = [];
  for (let node = element; node && $(node).nodeType === 1; node = $(node).parentElement) {
    if ($(node).id && $($(node).getRootNode()).querySelectorAll(`#${CSS.escape($(node).id)}`).length === 1) {
      steps.unshift(`#${CSS.escape($(node).id)}`);
      break;
    }
    const same = [...($($(node).parentNode)?.children ?? [])].filter(other => $(other).localName === $(node).localName);
    steps.unshift(same.length > 1 ? `${CSS.escape($(node).localName)}:nth-of-type(${same.indexOf(node) + 1})` : CSS.escape($(node).localName));
  }
  return steps.join(' > ');
};

const boxElement = (element, index, includeHtml) => {
  const box = boxOf(element);
  return {
    selector: selectorFor(element), index, tag: $(element).localName, text: squash(textOf(element)).slice(0, 200) || null,
    attributes: attributesOf(element), bounding_box: box, center: { x: box.x + box.width / 2, y: box.y + box.height / 2 },
    visibility: visible(element), clickable: clickable(element), ...(includeHtml ? { html: sourceOf(element) } : {}),
  };
};
