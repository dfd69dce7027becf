// Writes well-formed JSON by syntax alone: what a page has made of `JSON`, or has all objects and lists say as `toJSON`, has
// no part in it. What kinds of objects say of themselves by `toJSON` stands.
const escaped = c => c === '"' || c === '\\' ? '\\' + c : c === '\n' ? '\\n' : c === '\t' ? '\\t' : c === '\r' ? '\\r'
  : '\\u00' + (c < '\u0010' ? '0' : '1') + '0123456789abcdef'[c.codePointAt(0) % 16];
const quoted = text => {
  const parts = [];
  let from = 0;
  const put = (at, instead) => { parts[parts.length] = text.slice(from, at); parts[parts.length] = instead; from = at + 1; };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c < ' ' || c === '"' || c === '\\') put(i, escaped(c));
    else if (c >= '\ud800' && c <= '\udfff') {
      const next = text[i + 1];
      if (c < '\udc00' && next >= '\udc00' && next <= '\udfff') i++;
      else put(i, '\ufffd');
    }
  }
  return '"' + (from ? parts.join('') + text.slice(from) : text) + '"';
};
// What JSON has no word for is null in a list, and left out of an object.
const isLost = value => value === undefined || typeof value === 'function' || typeof value === 'symbol';
const write = (value, around = []) => {
  if (value === null || isLost(value)) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return value - value === 0 ? '' + value : 'null';
  if (typeof value === 'boolean') return '' + value;
  if (typeof value === 'bigint') throw new TypeError('a BigInt cannot be a part of the result');
  if (value instanceof String || value instanceof Number || value instanceof Boolean) return write(value.valueOf(), around);
  if (around.length > 500 || around.includes(value)) throw new TypeError('the result is too deep or refers to itself');
  const inside = [...around, value];
  const { toJSON } = value;
  if (typeof toJSON === 'function' && (Object.hasOwn(value, 'toJSON') || toJSON !== Object.prototype.toJSON && !Array.isArray(value))) {
    const said = value.toJSON('');
    if (said !== value) return write(said, inside);
  }
  const parts = [];
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) parts[i] = write(value[i], inside);
    return '[' + parts.join(',') + ']';
  }
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (!isLost(member)) parts[parts.length] = quoted(name) + ':' + write(member, inside);
  }
  return '{' + parts.join(',') + '}';
};
