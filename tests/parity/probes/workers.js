//: starts_from_a_url
return fromWorker(script(`postMessage('started')`));
//: starts_from_a_blob
return fromWorker(blob(`postMessage('started from ' + location.protocol)`));
//: starts_from_a_data_url
return fromWorker('data:text/javascript,postMessage("started at " + origin)');
//: starts_as_a_module_with_an_import
const other = script('export const part = 6');
return fromWorker(script(`import { part } from ${JSON.stringify(other)}; postMessage('part ' + part)`), { type: 'module' });
//: imports_scripts
return fromWorker(script(`importScripts(${JSON.stringify(script('self.part = 7'))}); postMessage('part ' + part)`));
//: imports_on_demand
return fromWorker(script(`import(${JSON.stringify(script('export default 8'))}).then(m => postMessage(m.default), e => postMessage(e.name))`));
//: answers_messages
const worker = new Worker(script('onmessage = event => postMessage(event.data * 2)'));
const message = told(worker);
worker.postMessage(21);
return message;
//: takes_transferred_buffers
const worker = new Worker(script('onmessage = event => postMessage(event.data.byteLength)'));
const message = told(worker);
const buffer = new ArrayBuffer(64);
worker.postMessage(buffer, [buffer]);
return await message + ' left ' + buffer.byteLength;
//: reports_an_error_of_its_script
return fromWorker(script(`throw new RangeError('too far')`));
//: reports_a_script_that_is_missing
return (await fromWorker('/missing.js')).trim();
//: reports_a_script_of_another_type
return (await fromWorker(made('postMessage(1)', { type: 'text/html' }))).trim();
//: may_not_come_from_another_site
try { return await fromWorker(FAR + script('postMessage(1)')) } catch (error) { return error.name }
//: keeps_queued_messages_until_it_listens
const worker = new Worker(script(`setTimeout(() => { onmessage = event => postMessage('late ' + event.data) }, 0); const until = Date.now() + 40; while (Date.now() < until);`));
worker.postMessage('early');
return told(worker, 600);
//: ends_when_terminated
const worker = new Worker(script('setInterval(() => postMessage(1), 10)'));
await told(worker);
worker.terminate();
await pause(30);
return await told(worker, 120) === 'no message' ? 'silent' : 'talks on';
//: closes_itself
const worker = new Worker(script(`setTimeout(() => postMessage('too late'), 60); postMessage('first'); close()`));
return await told(worker) + ', then ' + await told(worker, 200);
//: has_fast_timers
return fromWorker(script(`let n = 0; const i = setInterval(() => n++, 10); setTimeout(() => { clearInterval(i); postMessage(n > 18 ? 'fast' : 'slow') }, 300)`));
//: draws_offscreen
const canvas = element('canvas');
const off = canvas.transferControlToOffscreen();
const worker = new Worker(script(`onmessage = event => { const context = event.data.getContext('2d'); context.fillRect(0, 0, 5, 5); requestAnimationFrame(() => postMessage('drawn')) }`));
const message = told(worker);
worker.postMessage(off, [off]);
return message;
//: reads_blobs_synchronously
return fromWorker(script(`postMessage(new FileReaderSync().readAsText(new Blob(['in step'])))`));
//: requests_synchronously
return fromWorker(script(`const x = new XMLHttpRequest(); x.open('GET', '/taken', false); x.send(); postMessage(x.responseText.trim())`));
//: opens_a_database
return fromWorker(script(`const open = indexedDB.open('of-a-worker'); open.onsuccess = () => postMessage('open'); open.onerror = () => postMessage('failed')`));
//: writes_a_private_file
return fromWorker(script(`(async () => { const folder = await navigator.storage.getDirectory(); const file = await folder.getFileHandle('${Q}', { create: true }); const access = await file.createSyncAccessHandle(); access.write(new TextEncoder().encode('four')); access.flush(); postMessage('size ' + access.getSize()); access.close() })().catch(e => postMessage(e.name))`));
//: talks_over_a_broadcast_channel
const channel = new BroadcastChannel(Q);
const message = told(channel);
new Worker(script(`new BroadcastChannel('${Q}').postMessage('to all')`));
return message;
//: talks_over_a_message_port
const { port1, port2 } = new MessageChannel();
const worker = new Worker(script(`onmessage = event => event.ports[0].postMessage('by port')`));
const message = told(port1);
port1.start();
worker.postMessage(0, [port2]);
return message;
//: opens_a_web_socket
return fromWorker(script(`const s = new WebSocket('ws://' + location.host + '/talk'); s.onopen = () => s.send('over'); s.onmessage = e => postMessage(e.data); s.onerror = () => postMessage('failed')`));
//: fetches
return fromWorker(script(`fetch('/taken').then(r => r.text()).then(t => postMessage(t.trim()))`));
//: has_no_window
return fromWorker(script(`postMessage([typeof window, typeof document, typeof self, self.constructor.name, name === ''].join())`));
//: has_its_name
return fromWorker(script('postMessage(name)'), { name: 'called ' + 1 });
//: starts_in each=same_frame,other_frame,srcdoc_frame,blob_frame,sandboxed_frame,frame_in_other_frame,popup,other_popup,worker
return inside(EACH, async () => {
  const text = 'postMessage("at work")';
  const source = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  return new Promise(done => {
    const worker = new Worker(source);
    worker.onmessage = event => done(event.data);
    worker.onerror = () => done('error');
    setTimeout(done, 2000, 'no message');
  });
});
//: starts_from_a_url_in each=same_frame,other_frame,other_popup
return inside(EACH, async () => new Promise(done => {
  const worker = new Worker('/made?t=text/javascript&b=postMessage("from+"%2blocation.hostname)');
  worker.onmessage = event => done(event.data);
  worker.onerror = () => done('error');
  setTimeout(done, 2000, 'no message');
}));
//: starts_while_the_page_loads /worker-at-load
return within(READY, 2500);
//: thirty_start_at_once
const source = blob('postMessage(1)');
const all = Array.from({ length: 30 }, () => fromWorker(source));
return (await Promise.all(all)).join('').length;
//: shared_is_one_for_two_pages
const source = script(`let count = 0; onconnect = event => event.ports[0].postMessage(++count)`);
const first = new SharedWorker(source);
const one = await new Promise(done => { first.port.onmessage = event => done(event.data); setTimeout(done, 2000, 'none') });
const two = await fromFrame(page(`const w = new SharedWorker(${JSON.stringify(source)}); w.port.onmessage = event => tell(event.data)`));
return one + ' ' + two;
//: shared_in each=same_frame,other_frame
return inside(EACH, async () => new Promise(done => {
  const worker = new SharedWorker(URL.createObjectURL(new Blob(['onconnect = event => event.ports[0].postMessage("shared")'])));
  worker.port.onmessage = event => done(event.data);
  worker.onerror = () => done('error');
  setTimeout(done, 2000, 'no message');
}));
//: shared_reports_a_missing_script
const worker = new SharedWorker('/missing-shared.js?' + Q);
return await next(worker, 'error') ? 'error' : 'nothing';
//: service_answers_messages
return inside('service_worker', () => 'at your service');
//: service_answers_requests
const scope = '/in/' + Q + '/';
const source = script(`addEventListener('install', () => skipWaiting()); addEventListener('activate', event => event.waitUntil(clients.claim())); addEventListener('fetch', event => { if (event.request.url.endsWith('/made-up')) event.respondWith(new Response('made up here')); })`);
const registration = await navigator.serviceWorker.register(source, { scope });
const worker = registration.installing;
while (worker.state !== 'activated') await next(worker, 'statechange', 500);
const said = await fromFrame(scope + page(`fetch('made-up').then(r => r.text()).then(tell)`).slice(1));
await registration.unregister();
return said;
//: service_makes_a_page
const scope = '/in/' + Q + '/';
const source = script(`addEventListener('install', () => skipWaiting()); addEventListener('fetch', event => { if (event.request.mode === 'navigate') event.respondWith(new Response('<script>parent.postMessage("page of a worker", "*")</' + 'script>', { headers: { 'content-type': 'text/html' } })) })`);
const registration = await navigator.serviceWorker.register(source, { scope });
const worker = registration.installing;
while (worker.state !== 'activated') await next(worker, 'statechange', 500);
const said = await fromFrame(scope + 'any');
await registration.unregister();
return said;
//: service_refuses_a_missing_script
return came(navigator.serviceWorker.register('/missing-service.js', { scope: '/in/none/' }));
//: audio_worklet
const audio = new AudioContext();
await audio.audioWorklet.addModule(script(`registerProcessor('tick', class extends AudioWorkletProcessor { process() { this.port.postMessage('ticked'); return false } })`));
const node = new AudioWorkletNode(audio, 'tick');
const message = told(node.port, 800);
node.port.start();
node.connect(audio.destination);
await within(audio.resume(), 500);
const said = await message;
await audio.close();
return said;
//: audio_worklet_offline
const audio = new OfflineAudioContext(1, 1280, 8000);
await audio.audioWorklet.addModule(script(`registerProcessor('half', class extends AudioWorkletProcessor { process(i, outputs) { outputs[0][0].fill(0.5); return true } })`));
new AudioWorkletNode(audio, 'half').connect(audio.destination);
return (await audio.startRendering()).getChannelData(0)[700];
//: paint_worklet
if (!CSS.paintWorklet) return 'none';
await CSS.paintWorklet.addModule(script(`registerPaint('tint', class { paint(context, size) { context.fillRect(0, 0, size.width, size.height) } })`));
return CSS.supports('background', 'paint(tint)');
//: isolated_pages_share_memory_with_workers /isolated
const worker = new Worker(script(`onmessage = event => { const cells = new Int32Array(event.data); Atomics.store(cells, 0, 9); Atomics.notify(cells, 0); postMessage('stored') }`, { headers: ['cross-origin-embedder-policy: require-corp', 'cross-origin-resource-policy: same-origin'] }));
const shared = new SharedArrayBuffer(8);
const message = told(worker);
worker.postMessage(shared);
return await message + ' ' + new Int32Array(shared)[0] + ' ' + crossOriginIsolated;
