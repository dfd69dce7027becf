// Web storage of the current origin.
const area = name => {
  try { return globalThis[name === 'local' ? 'localStorage' : 'sessionStorage']; }
  catch { throw new Error(`${location.origin === 'null' ? 'this page' : location.origin} has no ${name} storage; navigate to a page first`); }
};
const entries = name => {
  const store = area(name);
  return Array.from({ length: store.length }, (_, i) => store.key(i)).map(key => ({ key, value: store.getItem(key) }));
};
