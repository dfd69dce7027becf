// Waits until an element is there, then reads from it: the reader is a function of the element.
const whenAttached = async (selector, budget, read) => {
  const until = performance.now() + budget;
  for (;;) {
    const element = query(selector);
    if (element) return { value: await read(element) };
    const left = until - performance.now();
    if (left <= 0) return { failed: 'no_such_element', ...inVain(until - budget) };
    await nextChange(Math.min(left, 100));
  }
};
