// A form answers for its fields where it is asked for what every element has, and a document for some of its elements:
// a field named "id" is what `form.id` gives. So both are asked as their prototypes would answer.
const asPrototype = {
  get: (node, name) => {
    const value = Reflect.get(Object.getPrototypeOf(node), name, node);
    return typeof value === 'function' ? value.bind(node) : value;
  },
  set: (node, name, value) => Reflect.set(Object.getPrototypeOf(node), name, value, node),
};
const asked = new WeakMap();
const $ = node => {
  if (node === null || typeof node !== 'object') return node;
  let answers = asked.get(node);
  if (!answers) asked.set(node, answers = node instanceof HTMLFormElement || node instanceof Document ? new Proxy(node, asPrototype) : node);
  return answers;
};
const doc = $(document);

// The same for what is asked of every node of a document.
const reader = (prototype, name) => { const { get } = Object.getOwnPropertyDescriptor(prototype, name); return node => get.call(node); };
const kindOfNode = reader(Node.prototype, 'nodeType'), childrenOf = reader(Node.prototype, 'childNodes'), rootOf = reader(Element.prototype, 'shadowRoot'), tagOf = reader(Element.prototype, 'localName');
