// Writes well-formed JSON by syntax alone: what a page has made of `JSON`, or has all objects and lists say as `toJSON`, has
// no part in it. What kinds of objects say of themselves by `toJSON` stands.
const quoted = text => {
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c >= '\ud800' && c <= '\udfff') {
      const next = text[i + 1];
      if (c < '\udc00' && next >= '\udc00' && next <= '\udfff') { out += c + next; i++; } else out += '\ufffd';
    } else if (c === '"' || c === '\\') out += '\\' + c;
    else if (c >= ' ') out += c;
    else out += c === '\n' ? '\\n' : c === '\t' ? '\\t' : c === '\r' ? '\\r' : '\\u00' + (c < '\u0010' ? '0' : '1') + '0123456789abcdef'[c.codePointAt(0) % 16];
  }
  return out + '"';
};
// What JSON has no word for is null in a list, and left out of an object.
const isLost = value => value === undefined || typeof value === 'function' || typeof value === 'symbol';
const write = (value, depth = 0) => {
  if (depth > 500) throw new TypeError('the result is too deep or refers to itself');
  if (value === null || isLost(value)) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return value - value === 0 ? '' + value : 'null';
  if (typeof value === 'boolean') return '' + value;
  if (typeof value === 'bigint') throw new TypeError('a BigInt cannot be a part of the result');
  if (value instanceof String || value instanceof Number || value instanceof Boolean) return write(value.valueOf(), depth + 1);
  const { toJSON } = value;
  if (typeof toJSON === 'function' && (Object.hasOwn(value, 'toJSON') || toJSON !== Object.prototype.toJSON && !Array.isArray(value))) {
    return write(value.toJSON(''), depth + 1);
  }
  let out = '';
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) out += (i ? ',' : '') + write(value[i], depth + 1);
    return '[' + out + ']';
  }
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (!isLost(member)) out += (out ? ',' : '') + quoted(name) + ':' + write(member, depth + 1);
  }
  return '{' + out + '}';
};
