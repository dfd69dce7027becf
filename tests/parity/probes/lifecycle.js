//: events_of_a_load /events-at-load
if (document.readyState !== 'complete') await next(window, 'load');
await pause(50);
return EVENTS.filter(name => name !== 'focus').join();
//: focus_at_load /events-at-load fresh chromium engine
await pause(150);
return EVENTS.filter(name => /focus|blur|visibilitychange|resize/.test(name)).join() || 'none';
//: is_visible_and_focused
return [document.visibilityState, document.hidden, document.hasFocus()].join();
//: was_not_discarded
return [document.wasDiscarded, document.prerendering].join();
//: timers_run
let count = 0;
const timer = setInterval(() => count++, 10);
await pause(300);
clearInterval(timer);
return count > 20 ? 'fast' : 'slow ' + count;
//: nested_timers_are_held_to_four_milliseconds
let count = 0;
const from = performance.now();
await new Promise(done => { const again = () => { count++; performance.now() - from < 300 ? setTimeout(again, 0) : done() }; again() });
return count > 30 && count < 300 ? 'held' : 'not held ' + count;
//: animation_frames_come
let count = 0;
const from = performance.now();
await new Promise(done => { const again = () => { count++; performance.now() - from < 400 ? requestAnimationFrame(again) : done() }; requestAnimationFrame(again); setTimeout(done, 1500) });
return count > 16 && count < 34 ? 'sixty a second' : 'otherwise ' + count;
//: idle_callbacks_come
if (!self.requestIdleCallback) return 'none';
return within(new Promise(done => requestIdleCallback(deadline => done(deadline.didTimeout))), 1000);
//: tasks_are_scheduled engine
return self.scheduler ? scheduler.postTask(() => 'done', { priority: 'background' }) : 'none';
//: animations_run
await within(document.querySelector('#button').animate([{ opacity: 0 }, { opacity: 1 }], 80).finished, 1500);
return document.querySelector('#button').getAnimations().length;
//: transitions_end
const box = element('div', { style: 'width: 10px; transition: width 50ms' });
box.getBoundingClientRect();
box.style.width = '20px';
return await next(box, 'transitionend') ? 'ended' : 'never';
//: view_transitions
if (!document.startViewTransition) return 'none';
const transition = document.startViewTransition(() => { document.title = 'changed' });
return await came(transition.finished.then(() => 'finished'), 2000) + ' ' + document.title;
//: sizes_are_observed engine
const box = element('div', { style: 'width: 10px; height: 10px' });
return within(new Promise(done => { let seen = 0; new ResizeObserver(list => { if (++seen === 2) done(list[0].contentRect.width) }).observe(box); setTimeout(() => { box.style.width = '33px' }, 30) }));
//: what_comes_into_view_is_observed
element('div', { style: 'height: 4000px' });
const box = element('div', { textContent: 'deep' });
const seen = [];
new IntersectionObserver(list => list.forEach(one => seen.push(one.isIntersecting))).observe(box);
for (let tries = 0; tries < 40 && !seen.length; tries++) await pause(25);
box.scrollIntoView();
for (let tries = 0; tries < 40 && seen.length < 2; tries++) await pause(25);
return seen.join();
//: lazy_pictures_wait
element('div', { style: 'height: 9000px' });
const image = element('img', { loading: 'lazy' }, null);
image.src = '/dot.png?' + Q; image.width = 8; image.height = 8;
document.body.append(image);
await pause(150);
const early = image.complete;
const end = loaded(image);
image.scrollIntoView();
return early + ' then ' + await end;
//: scrolls_smoothly
element('div', { style: 'height: 5000px' });
const end = next(document, 'scrollend', 2500);
scrollTo({ top: 900, behavior: 'smooth' });
return !!(await end) + ' ' + Math.round(scrollY);
//: has_scroll_bars chromium
element('div', { style: 'height: 5000px' });
return innerWidth - document.documentElement.clientWidth;
//: history_goes_back
const popped = next(window, 'popstate');
history.pushState({ at: 2 }, '', '/page?pushed');
const there = location.search;
history.back();
const event = await popped;
return there + ' ' + JSON.stringify(event && event.state) + ' ' + location.search;
//: hash_changes engine
const changed = next(window, 'hashchange');
location.hash = 'there';
const event = await changed;
return event ? new URL(event.newURL).hash : 'nothing';
//: navigation_api engine
if (!self.navigation) return 'none';
const heard = next(navigation, 'navigate');
await navigation.navigate('#moved').finished;
return !!(await heard) + ' ' + new URL(navigation.currentEntry.url).hash;
//: history_is_short_in_a_fresh_session fresh
return history.length <= 2 ? 'short' : history.length;
//: a_page_left_tells_its_story
const f = frame(page(`for (const type of ['beforeunload', 'pagehide', 'visibilitychange', 'unload']) addEventListener(type, () => parent.told_so.push(type)); document.addEventListener('visibilitychange', () => parent.told_so.push('hidden')); tell('up')`));
self.told_so = [];
await told();
f.src = page(`tell('next')`);
await told();
return told_so.join();
//: a_frame_removed_tells_its_story
self.told_so = [];
const f = frame(page(`for (const type of ['beforeunload', 'pagehide', 'unload']) addEventListener(type, () => parent.told_so.push(type)); tell('up')`));
await told();
f.remove();
await pause(30);
return told_so.join();
//: errors_reach_the_window
const source = script(`throw new RangeError('from a script')`);
const heard = next(window, 'error');
element('script', { src: source });
const event = await heard;
return event ? [event.message, event.filename === HERE + source, event.lineno, event.error.name].join() : 'nothing';
//: errors_of_inserted_scripts_reach_the_window
const heard = next(window, 'error');
element('script', { textContent: `throw new RangeError('from a script')` });
const event = await heard;
return event ? [event.message, event.lineno, event.error.name].join() : 'nothing';
//: errors_of_evaluated_timers_reach_the_window
const heard = next(window, 'error', 500);
setTimeout(() => { throw new RangeError('from a timer') });
const event = await heard;
return event ? event.message : 'nothing';
//: rejections_reach_the_window
const heard = next(window, 'unhandledrejection', 800);
element('script', { textContent: `Promise.reject(new RangeError('left alone'))` });
const event = await heard;
return event ? event.reason.message : 'nothing';
//: rejections_of_evaluated_code_reach_the_window
const heard = next(window, 'unhandledrejection', 500);
setTimeout(() => Promise.reject(new RangeError('left alone')));
const event = await heard;
return event ? event.reason.message : 'nothing';
//: stacks_are_deep engine
let depth = 0;
const deeper = () => { depth++; deeper() };
try { deeper() } catch (error) { return error.name + (depth > 4000 ? ' deep' : ' shallow') }
//: stacks_have_their_limit engine
return [Error.stackTraceLimit, typeof Error.prepareStackTrace, new Error('x').stack.split('\n').length > 1].join();
//: paint_is_timed
await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
for (let tries = 0; tries < 10 && !performance.getEntriesByName('first-contentful-paint').length; tries++) await pause(40);
return performance.getEntriesByType('paint').map(entry => entry.name).sort().join() || 'none';
//: largest_paint_is_timed
return within(new Promise(done => { if (!PerformanceObserver.supportedEntryTypes.includes('largest-contentful-paint')) done('none'); else new PerformanceObserver(() => done('timed')).observe({ type: 'largest-contentful-paint', buffered: true }) }), 1200);
//: long_tasks_are_timed
if (!PerformanceObserver.supportedEntryTypes.includes('longtask')) return 'none';
const timed = new Promise(done => new PerformanceObserver(() => done('timed')).observe({ type: 'longtask' }));
setTimeout(() => { const until = performance.now() + 80; while (performance.now() < until); });
return within(timed, 1200);
//: kinds_of_timing engine
return ['paint', 'navigation', 'resource', 'mark', 'measure', 'longtask', 'event', 'first-input', 'layout-shift', 'largest-contentful-paint', 'element', 'visibility-state'].filter(type => PerformanceObserver.supportedEntryTypes.includes(type)).join();
//: memory_is_told engine
return typeof performance.memory + ' ' + typeof performance.measureUserAgentSpecificMemory;
