// The value of an expression in the form of a DevTools RemoteObject by value, in an envelope.
const describe = value => {
  const type = typeof value;
  const result = { type };
  if (value === null) {
    result.subtype = 'null';
    result.value = null;
  } else if (type === 'string' || type === 'boolean') {
    result.value = value;
  } else if (type === 'number') {
    if (Number.isFinite(value) && !Object.is(value, -0)) result.value = value;
    else result.unserializableValue = Object.is(value, -0) ? '-0' : String(value);
    result.description = Object.is(value, -0) ? '-0' : String(value);
  } else if (type === 'bigint') {
    result.description = result.unserializableValue = `${value}n`;
  } else if (type === 'symbol') {
    result.description = String(value);
  } else if (type === 'function') {
    result.className = 'Function';
    result.description = String(value);
    result.value = {};
  } else if (type === 'object') {
    const name = Object.prototype.toString.call(value).slice(8, -1);
    const subtypes = { Array: 'array', Date: 'date', RegExp: 'regexp', Map: 'map', Set: 'set', Error: 'error',
      WeakMap: 'weakmap', WeakSet: 'weakset', Promise: 'promise' };
    const subtype = value.nodeType ? 'node' : subtypes[name];
    if (subtype) result.subtype = subtype;
    result.className = value.constructor?.name || name;
    result.description = subtype === 'array' ? `Array(${value.length})`
      : subtype === 'date' || subtype === 'regexp' ? String(value)
      : subtype === 'error' ? String(value.stack || value) : result.className;
    result.value = ['date', 'regexp', 'map', 'set', 'error', 'node'].includes(subtype) ? {} : value;
  }
  return write({ v: result });
};
