const to = (target, status, headers = []) => made('', { status, headers: ['location: ' + target, ...headers] });
//: of_a_fetch each=301,302,303,307,308 engine
const end = '/taken?' + unique();
const answer = await fetch(to(end, EACH), { method: 'POST', body: 'word' });
return [answer.redirected, new URL(answer.url).pathname, (await answer.text()).trim()].join();
//: of_a_frame each=301,302,303,307,308 engine
const f = frame(to(page(`tell(location.pathname + ' ' + history.length)`), EACH));
return (await told()).split(' ')[0];
//: are_requested_once_each engine
const end = '/taken?' + unique();
const second = to(end, 302);
const first = to(second, 302);
await fetch(first);
return [first, second, end].length + ' ' + (await Promise.all([first, second, end].map(path => hits(path)))).map(seen => seen.length).join();
//: to_the_other_site engine
const answer = await fetch(to(FAR + made('there'), 302));
return [answer.type, answer.redirected, new URL(answer.url).hostname].join();
//: keep_the_fragment engine
const f = frame(to(page(`tell(location.hash)`), 302) + '#part');
return told();
//: are_refused_on_request engine
return came(fetch(to('/taken', 302), { redirect: 'error' }).then(() => 'followed'));
//: are_shown_on_request engine
return (await fetch(to('/taken', 302), { redirect: 'manual' })).type;
//: in_a_circle_end engine
return came(fetch('/circle?' + Q).then(answer => answer.status));
//: set_cookies_on_the_way engine
await fetch(to('/taken', 302, [`set-cookie: ${Q}=way; path=/`]));
return document.cookie.includes(Q + '=way');
//: of_a_picture engine
return loaded(element('img', { src: to('/dot.png?' + Q, 302) }));
//: of_a_script engine
self.through = 0;
return await loaded(element('script', { src: to(script('self.through = 1'), 302) })) + ' ' + self.through;
//: of_a_worker engine
return fromWorker(to(script(`postMessage('through')`), 302));
//: of_a_worker_to_the_other_site engine
return (await fromWorker(to(FAR + script(`postMessage('through')`), 302))).trim();
//: of_a_module engine
return came(import(to(script(`export default 'through'`), 302)).then(module => module.default));
//: of_the_page_by_script engine
const message = told();
frame(page(`location.replace(${JSON.stringify(page(`tell('replaced ' + (document.referrer !== ''))`))})`));
return message;
//: say_who_sent_them engine
const end = '/headers?' + unique();
const headers = await (await fetch(to(end, 302))).json();
return [headers['sec-fetch-site'], headers.referer ? 'referrer' : 'none'].join();
//: over_the_other_site_say_so engine
const headers = await (await fetch(FAR + to(HERE + '/headers', 302))).json();
return [headers['sec-fetch-site'], headers.origin].join();
