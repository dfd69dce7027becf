// What a site has asked for before, and cookies, come and go with the probes before.
const LASTING = name => !/^(cookie|accept-language|sec-ch-ua-(?!mobile|platform$).*)$/.test(name);
const header = async (path, name) => { const seen = await hits(path); return seen.length ? String(seen[0].headers[name]) : 'never requested' };
//: the_document_is_requested_once /page?Q
await pause(60);
return counts(Q);
//: each_part_is_requested_once /parts?Q
if (document.readyState !== 'complete') await next(window, 'load');
await pause(100);
return counts('Q' + Q);
//: each_is_requested_once_in_frames
const inner = FAR + page('', `<img src="/dot.png?i${Q}"><script src="/made?t=text/javascript&b=1&s${Q}"></` + 'script>');
await loaded(frame(inner));
await pause(60);
return (await counts(Q)).replace(/\/made 1, \/made 1/, '/made 1 twice');
//: each_is_requested_once_by_workers
const source = script(`importScripts('/made?t=text/javascript&b=1&i${Q}'); fetch('/taken?f${Q}').then(() => postMessage(1))`);
await fromWorker(source);
return (await hits(source)).length + ' ' + await counts('i' + Q) + ', ' + await counts('f' + Q);
//: a_fetch_is_requested_once each=GET,POST,PUT,DELETE,PATCH
await fetch('/taken?' + Q, { method: EACH, body: EACH === 'GET' ? undefined : 'x' });
await pause(40);
const seen = await hits('/taken?' + Q);
return seen.length + ' ' + seen[0].method + ' ' + seen[0].body;
//: a_fetch_to_the_other_site_asks_first
await fetch(FAR + '/taken?' + Q, { method: 'PUT', headers: { 'x-own': '1' } }).catch(() => {});
const seen = await hits('/taken?' + Q);
return seen.map(one => one.method).join() + ' ' + (seen[0].headers['access-control-request-method'] || '') + ' ' + (seen[0].headers['access-control-request-headers'] || '');
//: a_simple_fetch_to_the_other_site_does_not_ask engine
await came(fetch(FAR + made('open')));
return came(fetch(FAR + made('open')).then(answer => answer.type + ' ' + answer.status));
//: an_answer_may_be_closed_to_other_sites engine
return came(fetch(FAR + made('closed', { closed: true })).then(answer => answer.type));
//: an_answer_may_be_opaque engine
return came(fetch(FAR + made('closed', { closed: true }), { mode: 'no-cors' }).then(answer => answer.type + ' ' + answer.status));
//: metadata_of each=page,other_frame,worker,shared_worker,service_worker engine
return inside(EACH, async () => { const headers = await (await fetch('/headers')).json(); return ['site', 'mode', 'dest', 'user'].map(name => headers['sec-fetch-' + name] || '').join() + ' ' + (headers.referer ? 'referrer' : 'none') });
//: metadata_of_the_document /page?Q
const headers = (await hits('/page?' + Q))[0].headers;
return ['site', 'mode', 'dest', 'user'].map(name => headers['sec-fetch-' + name] || '').join() + ' ' + (headers.referer ? 'referrer' : 'none') + ' ' + headers['upgrade-insecure-requests'];
//: header_names_of_the_document /page?Q chromium
return Object.keys((await hits('/page?' + Q))[0].headers).filter(name => LASTING(name)).sort().join();
//: header_order_of_the_document /page?Q chromium
return (await hits('/page?' + Q))[0].order.filter(name => LASTING(name)).join();
//: header_order_of_a_fetch chromium
await fetch('/taken?' + Q);
return (await hits('/taken?' + Q))[0].order.filter(name => LASTING(name)).join();
//: accept_of each=document,image,script,style,fetch,frame,video,worker engine
const target = EACH === 'document' ? '/page?' : '/taken?';
const path = target + unique();
switch (EACH) {
  case 'document': case 'frame': frame(path); break;
  case 'image': element('img', { src: path }); break;
  case 'script': element('script', { src: path }); break;
  case 'style': element('link', { rel: 'stylesheet', href: path }); break;
  case 'fetch': fetch(path); break;
  case 'video': element('video', { src: path, preload: 'auto' }); break;
  case 'worker': new Worker(path).onerror = event => event.preventDefault(); break;
}
return (await header(path, 'accept')).replace(/image\/(jxl|avif),/g, '');
//: accept_encoding_of each=document,fetch,image engine
const path = '/taken?' + unique();
if (EACH === 'document') frame(path); else if (EACH === 'fetch') fetch(path); else element('img', { src: path });
return header(path, 'accept-encoding');
//: compressed_words_are_read engine
return (await fetch('/words.gz')).text();
//: no_header_tells_of_us /page?Q
await fetch('/taken?' + Q);
const all = [...(await hits('/page?' + Q))[0].order, ...(await hits('/taken?' + Q))[0].order];
return all.filter(name => /^(x-|dnt|sec-gpc|purpose|sec-purpose|via|forwarded|pragma|cache-control)/.test(name)).join() || 'none';
//: referrer_goes_to each=same,other engine
return (await (await fetch((EACH === 'other' ? FAR : '') + '/headers')).json()).referer.replace(/:\d+/, '').replace(Q, 'Q');
//: referrer_policy_is_kept each=no-referrer,origin,same-origin,strict-origin,unsafe-url engine
const headers = await (await fetch(FAR + '/headers', { referrerPolicy: EACH })).json();
return String(headers.referer).replace(/:\d+/, '');
//: a_stream_arrives_in_parts
const reader = (await fetch('/drip')).body.getReader();
let parts = 0;
while (!(await reader.read()).done) parts++;
return parts > 1 ? 'in parts' : parts;
//: an_upload_is_whole engine
return (await fetch('/taken', { method: 'POST', body: new Blob([new Uint8Array(2e6)]) })).text();
//: a_form_upload engine
const data = new FormData();
data.append('word', 'said'); data.append('file', new File(['inside'], 'a.txt', { type: 'text/plain' }));
const text = await (await fetch('/taken', { method: 'POST', body: data })).text();
return [/^POST multipart\/form-data/.test(text), /filename="a.txt"/.test(text), text.includes('inside')].join();
//: a_beacon_arrives
const sent = navigator.sendBeacon('/taken?' + Q, 'light');
const seen = await hits('/taken?' + Q);
return [sent, seen.length, seen[0] && seen[0].body, seen[0] && seen[0].headers['content-type']].join();
//: a_beacon_at_the_end_of_a_page_arrives
const inner = frame(page(`addEventListener('pagehide', () => navigator.sendBeacon('/taken?${Q}', 'bye')); tell('up')`));
await told();
inner.src = 'about:blank';
const seen = await hits('/taken?' + Q);
return seen.length ? seen[0].body : 'lost';
//: a_request_that_is_kept_alive_arrives
const inner = frame(page(`addEventListener('pagehide', () => fetch('/taken?${Q}', { method: 'POST', body: 'alive', keepalive: true })); tell('up')`));
await told();
inner.remove();
const seen = await hits('/taken?' + Q);
return seen.length ? seen[0].body : 'lost';
//: a_request_for_later_arrives
if (!self.fetchLater) return 'none';
fetchLater('/taken?' + Q, { method: 'POST', body: 'later', activateAfter: 50 });
const seen = await hits('/taken?' + Q);
return seen.length ? seen[0].body : 'lost';
//: a_ping_arrives chromium
const link = element('a', { href: '#', ping: '/taken?' + Q, textContent: 'go' });
link.click();
const seen = await hits('/taken?' + Q, 300);
return seen.length ? seen[0].body : 'none';
//: a_link_may_preload
const link = element('link', { rel: 'preload', as: 'image' }, null);
link.href = '/dot.png?' + Q;
const end = loaded(link);
document.head.append(link);
return end;
//: a_link_may_preload_a_module
const link = element('link', { rel: 'modulepreload' }, null);
link.href = script('export default 3');
const end = loaded(link);
document.head.append(link);
return end;
//: a_link_may_prefetch chromium
const link = element('link', { rel: 'prefetch', href: '/taken?' + Q }, document.head);
return (await hits('/taken?' + Q, 300)).length ? 'prefetched' : 'not';
//: a_page_may_be_prefetched chromium
if (!HTMLScriptElement.supports || !HTMLScriptElement.supports('speculationrules')) return 'none';
element('script', { type: 'speculationrules', textContent: JSON.stringify({ prefetch: [{ urls: ['/page?f' + Q], eagerness: 'immediate' }] }) });
return (await hits('/page?f' + Q, 300)).length ? 'prefetched' : 'not';
//: a_page_may_be_prerendered chromium
if (!HTMLScriptElement.supports || !HTMLScriptElement.supports('speculationrules')) return 'none';
element('script', { type: 'speculationrules', textContent: JSON.stringify({ prerender: [{ urls: ['/page?r' + Q], eagerness: 'immediate' }] }) });
return (await hits('/page?r' + Q, 300)).length ? 'prerendered' : 'not';
//: an_xhr_tells_its_story engine
const request = new XMLHttpRequest();
const heard = [];
for (const type of ['loadstart', 'progress', 'load', 'loadend']) request.addEventListener(type, () => heard.includes(type) || heard.push(type));
request.open('GET', '/drip?' + Q);
request.send();
await next(request, 'loadend');
return heard.join() + ' ' + request.responseText.length;
//: an_xhr_may_be_synchronous engine
const request = new XMLHttpRequest();
request.open('GET', '/taken', false);
request.send();
return request.status + ' ' + request.responseText.trim();
//: an_xhr_times_out engine
const request = new XMLHttpRequest();
request.timeout = 60;
request.open('GET', made('late', { wait: 400 }));
request.send();
return await next(request, 'timeout', 1000) ? 'timeout' : 'nothing';
//: a_fetch_is_aborted engine
const control = new AbortController();
setTimeout(() => control.abort(), 40);
return came(fetch(made('late', { wait: 400 }), { signal: control.signal }));
//: nobody_answers engine
return fetch('http://127.0.0.1:9/').then(() => 'answered', error => error.name + ' ' + error.message.replace(/\.$/, ''));
//: a_forbidden_port_is_refused engine
return fetch('http://127.0.0.1:6667/').then(() => 'answered', error => error.name);
//: a_host_that_is_not_there engine
return fetch('http://nowhere.invalid/').then(() => 'answered', error => error.name);
//: an_answer_without_a_body engine
const answer = await fetch(made('', { status: 204 }));
return answer.status + ' ' + (await answer.text()).length;
//: an_answer_of_failure each=401,404,500 engine
return (await fetch(made('sorry', { status: EACH }))).status;
//: integrity_is_checked engine
return came(fetch('/taken', { integrity: 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' }).then(() => 'taken'));
//: the_cache_is_used engine
const path = made('kept', { headers: ['cache-control: max-age=60'] });
await (await fetch(path)).text(); await (await fetch(path)).text();
return (await hits(path)).length;
//: the_cache_is_asked_again engine
const path = made('kept', { headers: ['cache-control: no-cache', 'etag: "one"'] });
await (await fetch(path)).text(); await (await fetch(path)).text();
const seen = await hits(path);
return seen.length + ' ' + seen[1].headers['if-none-match'];
//: the_cache_is_left_out_on_request engine
const path = made('kept', { headers: ['cache-control: max-age=60'] });
await (await fetch(path)).text(); await (await fetch(path, { cache: 'no-store' })).text();
return (await hits(path)).length;
//: a_service_worker_sees_requests_of_a_page
const scope = '/in/' + Q + '/';
const source = script(`addEventListener('install', () => skipWaiting()); const seen = []; addEventListener('fetch', event => { seen.push(event.request.destination || 'fetch'); if (event.request.url.endsWith('list')) event.respondWith(new Response(seen.join())) })`);
const registration = await navigator.serviceWorker.register(source, { scope });
const worker = registration.installing;
while (worker.state !== 'activated') await next(worker, 'statechange', 500);
const list = await fromFrame(scope + page(`const image = new Image(); image.src = 'dot.png?x'; image.onload = () => fetch('list').then(answer => answer.text()).then(tell)`).slice(1));
await registration.unregister();
return list;
//: timing_of_a_part
await (await fetch('/words.gz?' + Q)).text();
await pause(30);
const entry = performance.getEntriesByType('resource').find(one => one.name.includes(Q));
return entry ? [entry.transferSize > 0, entry.encodedBodySize, entry.decodedBodySize, entry.nextHopProtocol, entry.initiatorType, entry.responseStatus].join() : 'none';
//: timing_of_the_document /page?Q
const [entry] = performance.getEntriesByType('navigation');
return [entry.type, entry.redirectCount, entry.transferSize > 0, entry.nextHopProtocol, entry.workerStart].join();
