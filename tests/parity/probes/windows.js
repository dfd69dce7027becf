//: opens_a_page
return inside('popup', () => 'opened by ' + (opener !== null) + ' ' + history.length);
//: opens_a_page_of_the_other_site
return inside('other_popup', () => location.hostname + ' ' + (opener !== null) + ' ' + (document.referrer ? 'referrer' : 'none'));
//: opens_an_empty_page
const opened = open('');
opened.document.body.textContent = 'written';
const text = opened.document.body.textContent + ' ' + opened.location.href;
opened.close();
return text + ' ' + opened.closed;
//: opens_without_an_opener
const opened = open(page('setTimeout(close, 30)'), '_blank', 'noopener');
await pause(120);
return String(opened);
//: without_an_opener_has_none
const channel = new BroadcastChannel(Q);
const message = told(channel);
open(page(`new BroadcastChannel('${Q}').postMessage(String(opener)); setTimeout(close, 50)`), '_blank', 'noopener');
return message;
//: reuses_a_name
const one = open('about:blank', Q), two = open('about:blank', Q);
const same = one === two;
one.close();
return same;
//: with_a_size_says_it
return fromPopup(page(`tell([innerWidth > 0, innerHeight > 0, outerWidth >= innerWidth, outerHeight >= innerHeight, screenX >= 0].join())`), 'width=400,height=300');
//: with_a_size_has_it chromium
return fromPopup(page(`tell(innerWidth + ' wide')`), 'width=400,height=300');
//: bars_of_a_popup
return fromPopup(page(`tell([menubar.visible, toolbar.visible, statusbar.visible, locationbar.visible].join())`), 'popup');
//: bars_of_the_page
return [menubar.visible, toolbar.visible, statusbar.visible, locationbar.visible, scrollbars.visible, personalbar.visible].join();
//: a_popup_is_visible chromium
return fromPopup(page(`setTimeout(() => tell(document.visibilityState + ' ' + document.hasFocus()), 60)`));
//: a_page_behind_a_popup chromium
const message = told();
const opened = open(page(`setTimeout(() => tell('up'), 60)`));
await message;
const state = document.visibilityState + ' ' + document.hasFocus();
opened.close();
return state;
//: a_popup_has_the_size_of_the_page chromium
return fromPopup(page(`setTimeout(() => tell(innerWidth === opener.innerWidth && innerHeight === opener.innerHeight), 60)`));
//: a_popup_has_animation_frames
return fromPopup(page(`let n = 0; const f = () => { n++; requestAnimationFrame(f) }; requestAnimationFrame(f); setTimeout(() => tell(n > 8 ? 'many' : n > 0 ? 'few' : 'none'), 300)`));
//: a_popup_has_timers
return fromPopup(page(`let n = 0; setInterval(() => n++, 10); setTimeout(() => tell(n > 15 ? 'fast' : 'slow'), 300)`));
//: a_popup_navigates_its_opener
const first = told();
const inner = frame(page(`const w = open(${JSON.stringify(page(`opener.location = '${page('', '<p>moved')}'; setTimeout(close, 30)`))}); tell('opened')`));
await first;
for (let tries = 0; tries < 20; tries++) { await pause(30); if (inner.contentDocument && inner.contentDocument.body.textContent.includes('moved')) return 'moved' }
return 'still there';
//: a_popup_closes_itself
const opened = open(page('setTimeout(close, 10)'));
for (let tries = 0; tries < 40 && !opened.closed; tries++) await pause(25);
return opened.closed;
//: the_page_does_not_close_itself
close();
await pause(60);
return 'still here';
//: a_second_popup_after_the_first_is_let_through chromium
const [one, two] = [open('about:blank'), open('about:blank')];
const both = [one, two].map(opened => opened ? 'opened' : 'blocked').join();
for (const opened of [one, two]) if (opened) opened.close();
return both;
//: opens_from_a_timer
await pause(20);
const opened = open('about:blank');
if (!opened) return 'blocked';
opened.close();
return 'opened';
//: opens_without_activation chromium
const message = told(window, 1500);
frame(FAR + page(`const w = open('about:blank'); tell(w ? 'opened' : 'blocked'); if (w) w.close()`));
return message;
//: a_link_opens_a_page
const channel = new BroadcastChannel(Q);
const message = told(channel);
element('a', { href: page(`new BroadcastChannel('${Q}').postMessage(String(opener)); setTimeout(close, 50)`), target: '_blank', textContent: 'go' }).click();
return 'opener ' + await message;
//: a_form_opens_a_page
const channel = new BroadcastChannel(Q);
const message = told(channel);
const form = element('form', { action: '/made', target: '_blank' });
for (const [name, value] of [['t', 'text/html'], ['b', `<script>new BroadcastChannel('${Q}').postMessage('by form'); setTimeout(close, 50)</` + 'script>']]) element('input', { name, value, type: 'hidden' }, form);
form.submit();
return message;
//: focus_and_blur_are_called
const heard = [];
addEventListener('focus', () => heard.push('focus')); addEventListener('blur', () => heard.push('blur'));
blur(); focus();
await pause(50);
return document.hasFocus() + ' ' + document.visibilityState;
//: names_survive_navigation_on_the_same_site
const inner = frame(page(`name = 'kept'; tell('named')`));
await told();
const message = told();
inner.src = page('tell(name)');
return message;
//: cross_site_windows_hide_their_parts
const message = told();
const inner = frame(FAR + page(`tell('up')`));
await message;
const tried = [];
for (const name of ['document', 'localStorage', 'name']) { try { tried.push(typeof inner.contentWindow[name]) } catch (error) { tried.push(error.name) } }
try { tried.push(inner.contentWindow.length) } catch (error) { tried.push(error.name) }
return tried.join() + ' ' + inner.contentDocument;
//: isolated_windows_lose_their_opener /isolated
const channel = new BroadcastChannel(Q);
const message = told(channel);
open(page(`new BroadcastChannel('${Q}').postMessage('opener ' + opener); setTimeout(close, 50)`, '', { headers: ['cross-origin-opener-policy: unsafe-none'] }));
return message;
//: comes_back_from_the_cache_of_pages fresh chromium engine
const channel = new BroadcastChannel(Q);
const shown = new Promise(done => { const seen = []; channel.onmessage = event => { seen.push(event.data); if (seen.length === 2) done(seen.join()) } });
const away = page(`addEventListener('pageshow', () => setTimeout(() => history.back(), 60))`);
open(page(`addEventListener('pageshow', event => { const channel = new BroadcastChannel('${Q}'); channel.postMessage(event.persisted); channel.close(); if (!sessionStorage.getItem('gone')) { sessionStorage.setItem('gone', 1); setTimeout(() => { location = ${JSON.stringify(away)} }, 60) } else close() })`), '_blank', 'noopener');
return within(shown, 2500);
