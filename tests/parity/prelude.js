// What every probe may use. `FAR` is the other site, `Q` a word of this run alone.
const pause = (ms, value) => new Promise(done => setTimeout(done, ms, value));
/** The next event of a type, or null after a while. */
const next = (target, type, ms = 2000) => new Promise(done => {
  const heard = event => { target.removeEventListener(type, heard); done(event) };
  target.addEventListener(type, heard);
  setTimeout(heard, ms, null);
});
/** The next message's data. */
const told = async (target = window, ms = 5000) => {
  const event = await next(target, 'message', ms);
  return event ? event.data : 'no message';
};
const within = (promise, ms = 4000) => Promise.race([promise, pause(ms, 'never')]);
/** What a promise came to: its value or the name of what it threw. */
const came = (promise, ms = 4000) => within(Promise.resolve(promise).then(value => value, error => error && error.name), ms);
let counted = 0;
const unique = () => Q + 'n' + ++counted;
/** The path of an answer made to order. */
const made = (body, { type = 'text/html; charset=utf-8', headers = [], status, wait, hex, closed } = {}) => {
  const query = new URLSearchParams({ q: unique(), t: type });
  if (hex) query.set('x', hex); else query.set('b', body);
  if (status) query.set('s', status);
  if (wait) query.set('w', wait);
  if (closed) query.set('closed', '1');
  for (const header of headers) query.append('h', header);
  return '/made?' + query;
};
const TELL = '<script>const tell = value => (opener || parent).postMessage(String(value), "*")<' + '/script>';
/** The path of a page that runs a script; `tell(value)` sends a message to who opened it. */
const page = (script, html = '', options) =>
  made('<!doctype html><title>made</title><body>' + TELL + html + '<script>' + script + '<' + '/script>', options);
const script = (text, options) => made(text, { type: 'text/javascript', ...options });
const blob = (text, type = 'text/javascript') => URL.createObjectURL(new Blob([text], { type }));
const element = (name, properties = {}, parent = document.body) => {
  const made = Object.assign(document.createElement(name), properties);
  if (parent) parent.append(made);
  return made;
};
/** How loading an element ended. */
const loaded = (element, ms = 5000) => new Promise(done => {
  element.addEventListener('load', () => done('load'));
  element.addEventListener('error', () => done('error'));
  setTimeout(done, ms, 'neither');
});
const frame = (src, properties = {}) => element('iframe', src ? { ...properties, src } : properties);
const fromFrame = (src, properties) => { const message = told(); frame(src, properties); return message };
const fromPopup = async (src, features) => {
  const message = told();
  const opened = open(src, '_blank', features || '');
  const value = await message;
  if (opened) opened.close();
  return value;
};
/** The first word of a worker, or its error. */
const fromWorker = (source, options, ms = 5000) => new Promise(done => {
  const worker = new Worker(source, options);
  worker.onmessage = event => done(String(event.data));
  worker.onerror = event => { event.preventDefault(); done('error ' + (event.message || '')) };
  setTimeout(done, ms, 'no message');
});
/** Waits until the server has seen a request, and gives all that it has seen at this address. */
const hits = async (path, ms = 2000) => {
  const address = new URL(path, location.href);
  const target = address.pathname + address.search;
  const from = performance.now();
  for (;;) {
    const seen = await (await fetch('/hits?' + encodeURIComponent(target))).json();
    if (seen.length || performance.now() - from > ms) return seen;
    await pause(40);
  }
};
/** How often each address with a word in it has been requested: `/path 1, /other 2`. */
const counts = async word => {
  const seen = await (await fetch('/seen?' + encodeURIComponent(word))).json();
  return Object.entries(seen).map(([path, count]) => path.split('?')[0] + ' ' + count).join(', ');
};
/** Runs a function in another place, and gives what it comes to. */
const inside = async (where, work) => {
  const call = '(async () => (' + work + ')())().then(value => tell(String(value)), error => tell("threw " + error))';
  const port = 'const tell = value => postMessage(value);';
  const relay = path => `const w = new Worker(${JSON.stringify(path)}); w.onmessage = event => tell(event.data); w.onerror = () => tell('error')`;
  switch (where) {
    case 'page': return String(await work());
    case 'same_frame': return fromFrame(page(call));
    case 'other_frame': return fromFrame(FAR + page(call));
    case 'frame_in_other_frame': return fromFrame(FAR + page(`addEventListener('message', event => tell(event.data)); const f = document.createElement('iframe'); f.src = ${JSON.stringify(HERE + page(call))}; document.body.append(f)`));
    case 'srcdoc_frame': return fromFrame('', { srcdoc: TELL + '<script>' + call + '<' + '/script>' });
    case 'blob_frame': return fromFrame(blob(TELL + '<script>' + call + '<' + '/script>', 'text/html'));
    case 'sandboxed_frame': { const message = told(); const f = document.createElement('iframe'); f.sandbox = 'allow-scripts'; f.src = page(call); document.body.append(f); return message }
    case 'worker': return fromWorker(script(port + call));
    case 'blob_worker': return fromWorker(blob(port + call));
    case 'module_worker': return fromWorker(script(port + call), { type: 'module' });
    case 'nested_worker': return fromWorker(script(port + relay(script(port + call))));
    case 'worker_of_same_frame': return fromFrame(page(relay(script(port + call))));
    case 'worker_of_other_frame': return fromFrame(FAR + page(relay(script(port + call))));
    case 'shared_worker': {
      const shared = new SharedWorker(script(`onconnect = event => { const tell = value => event.ports[0].postMessage(value); ${call} }`));
      shared.port.start();
      const failed = next(shared, 'error', 5000).then(event => event ? 'error' : 'no message');
      return Promise.race([told(shared.port), failed]);
    }
    case 'service_worker': {
      const source = script(`addEventListener('install', () => skipWaiting()); addEventListener('message', event => { const tell = value => event.source.postMessage(value); event.waitUntil(${call}) })`);
      const scope = '/in/' + unique() + '/';
      const registration = await navigator.serviceWorker.register(source, { scope });
      const worker = registration.installing || registration.waiting || registration.active;
      const message = told(navigator.serviceWorker);
      navigator.serviceWorker.startMessages();
      worker.postMessage('go');
      const value = await message;
      await registration.unregister();
      return value;
    }
    case 'popup': return fromPopup(page(call));
    case 'other_popup': return fromPopup(FAR + page(call));
  }
  throw new Error('no such place: ' + where);
};
