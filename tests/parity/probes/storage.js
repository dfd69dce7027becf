//: local_storage_keeps engine
localStorage.setItem(Q, 'kept');
return localStorage.getItem(Q) + ' ' + (Q in localStorage);
//: local_storage_is_shared_with_a_frame
localStorage.setItem(Q, 'top');
return inside('same_frame', `() => localStorage.getItem(${JSON.stringify(Q)})`);
//: local_storage_of_the_other_site_is_another
localStorage.setItem(Q, 'top');
return inside('other_frame', `() => localStorage.getItem(${JSON.stringify(Q)})`);
//: local_storage_tells_other_pages
const heard = next(window, 'storage');
await inside('same_frame', `() => localStorage.setItem(${JSON.stringify(Q)}, 'new')`);
const event = await heard;
return event ? [event.key === Q, event.oldValue, event.newValue, event.storageArea === localStorage].join() : 'nothing';
//: local_storage_does_not_tell_its_own_page
const heard = next(window, 'storage', 150);
localStorage.setItem(Q, 'own');
return await heard ? 'told' : 'silent';
//: local_storage_is_full_at_some_point engine
try { for (let i = 0; i < 3; i++) localStorage.setItem(Q + i, 'x'.repeat(2.4e6)); return 'never' } catch (error) { return error.name } finally { for (let i = 0; i < 3; i++) localStorage.removeItem(Q + i) }
//: session_storage_is_copied_to_a_popup
sessionStorage.setItem(Q, 'mine');
return inside('popup', `() => sessionStorage.getItem(${JSON.stringify(Q)})`);
//: session_storage_is_shared_with_a_frame
sessionStorage.setItem(Q, 'mine');
return inside('same_frame', `() => sessionStorage.getItem(${JSON.stringify(Q)})`);
//: storage_is_refused_in each=sandboxed_frame,blob_frame,srcdoc_frame
return inside(EACH, () => { try { return String(localStorage.length >= 0) } catch (error) { return error.name } });
//: database_keeps engine
return new Promise(done => {
  const open = indexedDB.open(Q);
  open.onupgradeneeded = () => open.result.createObjectStore('shelf', { keyPath: 'id' }).createIndex('by', 'word');
  open.onerror = () => done('failed');
  open.onsuccess = () => {
    const shelf = open.result.transaction('shelf', 'readwrite').objectStore('shelf');
    shelf.put({ id: 1, word: 'b' }); shelf.put({ id: 2, word: 'a' });
    shelf.index('by').getAll().onsuccess = event => done(event.target.result.map(one => one.id).join());
  };
});
//: database_tells_of_versions engine
const opened = version => new Promise((done, failed) => { const open = indexedDB.open(Q, version); open.onsuccess = () => done(open.result); open.onerror = () => failed(open.error); });
const one = await opened(1);
const change = next(one, 'versionchange');
one.addEventListener('versionchange', () => one.close());
const two = await opened(2);
return [(await change).newVersion, two.version, await came(opened(1))].join();
//: database_in each=same_frame,other_frame,shared_worker,service_worker,popup
return inside(EACH, () => new Promise(done => { const open = indexedDB.open('there'); open.onsuccess = () => done('open'); open.onerror = () => done('failed') }));
//: database_keeps_blobs engine
return new Promise(done => {
  const open = indexedDB.open(Q);
  open.onupgradeneeded = () => open.result.createObjectStore('shelf');
  open.onsuccess = () => {
    const shelf = open.result.transaction('shelf', 'readwrite').objectStore('shelf');
    shelf.put(new Blob(['in a blob']), 1);
    shelf.get(1).onsuccess = event => event.target.result.text().then(done);
  };
});
//: cache_keeps engine
const cache = await caches.open(Q);
await cache.put('/kept', new Response('from the cache'));
const text = await (await cache.match('/kept')).text();
return text + ' ' + await caches.delete(Q);
//: cache_in each=other_frame,worker,shared_worker,service_worker
return inside(EACH, async () => { const cache = await caches.open('there'); await cache.add('/taken'); return (await cache.keys()).length > 0 });
//: private_files_keep engine
const folder = await navigator.storage.getDirectory();
const file = await folder.getFileHandle(Q, { create: true });
if (!file.createWritable) return 'no writing';
const stream = await file.createWritable();
await stream.write('in a file');
await stream.close();
return (await file.getFile()).text();
//: private_files_are_listed engine
const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(Q, { create: true });
await folder.getFileHandle('one', { create: true });
await folder.getDirectoryHandle('two', { create: true });
const found = [];
for await (const [name, handle] of folder.entries()) found.push(name + ' ' + handle.kind);
return found.sort().join();
//: quota_is_big engine
const estimate = await navigator.storage.estimate();
return estimate.quota > 2e9 ? 'big' : estimate.quota > 2e8 ? 'middling' : 'small';
//: persistence
return await navigator.storage.persisted() + ' ' + await came(navigator.storage.persist(), 300);
//: old_file_system engine
if (!self.webkitRequestFileSystem) return 'none';
return new Promise(done => webkitRequestFileSystem(0, 1e5, () => done('there'), error => done(error.name)));
//: buckets engine
if (!navigator.storageBuckets) return 'none';
const bucket = await navigator.storageBuckets.open(Q);
return (await navigator.storageBuckets.keys()).includes(Q) + ' ' + (bucket.name === Q);
//: cookie_by_script engine
document.cookie = Q + '=set; path=/';
return document.cookie.includes(Q + '=set');
//: cookie_that_has_expired engine
document.cookie = Q + '=set; max-age=100';
const before = document.cookie.includes(Q);
document.cookie = Q + '=; max-age=0';
return before + ' ' + document.cookie.includes(Q);
//: cookie_for_a_path_only engine
document.cookie = Q + '=set; path=/elsewhere';
const seen = (await (await fetch('/headers')).json()).cookie || '';
return document.cookie.includes(Q) + ' ' + seen.includes(Q);
//: cookie_that_scripts_do_not_see engine
await fetch(made('', { headers: [`set-cookie: ${Q}=hidden; HttpOnly; Path=/`] }));
const seen = (await (await fetch('/headers')).json()).cookie || '';
return document.cookie.includes(Q) + ' ' + seen.includes(Q + '=hidden');
//: cookie_that_is_secure_on_this_machine engine
document.cookie = Q + '=set; secure; path=/';
return document.cookie.includes(Q);
//: cookie_with_the_host_prefix engine
document.cookie = '__Host-' + Q + '=set; secure; path=/';
return document.cookie.includes('__Host-' + Q);
//: cookie_for_a_foreign_domain_is_refused engine
document.cookie = Q + '=set; domain=example.com';
return document.cookie.includes(Q);
//: cookie_from_the_other_sites_answer
await fetch(FAR + made('', { headers: [`set-cookie: l${Q}=1; SameSite=Lax; Path=/`, `set-cookie: n${Q}=1; SameSite=None; Secure; Path=/`, `set-cookie: p${Q}=1; SameSite=None; Secure; Partitioned; Path=/`] }), { credentials: 'include' });
const sent = (await (await fetch(FAR + '/headers', { credentials: 'include' })).json()).cookie || '';
return ['l', 'n', 'p'].map(letter => sent.includes(letter + Q)).join();
//: cookie_in_a_frame_of_the_other_site
return inside('other_frame', () => {
  const word = 'w' + String(Math.random()).slice(2);
  document.cookie = 'n' + word + '=1; SameSite=None; Secure';
  document.cookie = 'p' + word + '=1; SameSite=None; Secure; Partitioned';
  document.cookie = 's' + word + '=1; SameSite=Strict';
  return ['n', 'p', 's'].map(letter => document.cookie.includes(letter + word)).join();
});
//: cookie_store engine
if (!self.cookieStore) return 'none';
const change = next(cookieStore, 'change', 800);
await cookieStore.set(Q, 'stored');
const value = (await cookieStore.get(Q)).value;
return value + ' ' + !!(await change);
//: storage_access_in_the_other_sites_frame
return inside('other_frame', async () => [typeof document.requestStorageAccess, document.hasStorageAccess ? await document.hasStorageAccess() : 'none'].join());
//: third_party_storage
return inside('other_frame', async () => {
  const result = [];
  try { localStorage.setItem('third', '1'); result.push(localStorage.getItem('third')) } catch (error) { result.push(error.name) }
  try { sessionStorage.setItem('third', '1'); result.push('session') } catch (error) { result.push(error.name) }
  try { await caches.open('third'); result.push('cache') } catch (error) { result.push(error.name) }
  try { await navigator.locks.request('third', () => {}); result.push('lock') } catch (error) { result.push(error.name) }
  return result.join();
});
//: locks_are_held engine
return navigator.locks.request(Q, async lock => [lock.name === Q, lock.mode, (await navigator.locks.query()).held.some(held => held.name === Q)].join());
//: locks_wait_for_a_worker engine
const worker = new Worker(script(`navigator.locks.request('${Q}', async () => { postMessage('held'); await new Promise(done => setTimeout(done, 60)) })`));
await told(worker);
const waiting = await navigator.locks.request(Q, { ifAvailable: true }, lock => lock === null);
return navigator.locks.request(Q, () => 'free after ' + waiting);
