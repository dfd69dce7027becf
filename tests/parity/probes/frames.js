//: loads_a_page each=same_frame,other_frame,srcdoc_frame,blob_frame,sandboxed_frame,frame_in_other_frame
return inside(EACH, () => [document.title, origin === 'null' ? 'opaque' : location.protocol, top !== self].join());
//: has_its_size each=same_frame,other_frame,sandboxed_frame
return inside(EACH, async () => { for (let tries = 0; tries < 20 && !innerWidth; tries++) await new Promise(done => setTimeout(done, 20)); return innerWidth + 'x' + innerHeight });
//: has_no_page_yet engine
const inner = frame('');
return [inner.contentDocument.URL, inner.contentDocument.readyState, inner.contentWindow.parent === window].join();
//: from_a_script_url engine
const inner = frame('javascript:"<p>by script</p>"');
await loaded(inner, 500);
return inner.contentDocument.body.textContent;
//: from_a_data_url engine
return fromFrame('data:text/html,' + encodeURIComponent('<script>parent.postMessage("data " + origin, "*")</' + 'script>'));
//: written_into engine
const inner = frame('');
inner.contentDocument.write('<title>w</title><p>written'); inner.contentDocument.close();
return inner.contentDocument.title + inner.contentDocument.body.textContent;
//: sandboxed_runs_no_script
const message = told(window, 200);
const f = element('iframe', {}, null);
f.sandbox = ''; f.src = page(`tell('ran')`);
const end = loaded(f);
document.body.append(f);
return await end + ' ' + await message;
//: sandboxed_with_its_origin
const message = told();
const f = element('iframe', {}, null);
f.sandbox = 'allow-scripts allow-same-origin'; f.src = page('tell(origin === parent.origin)');
document.body.append(f);
return message;
//: sandboxed_opens_nothing
const message = told(window, 500);
const f = element('iframe', {}, null);
f.sandbox = 'allow-scripts'; f.src = page(`try { tell(open('about:blank') === null ? 'blocked' : 'opened') } catch (error) { tell(error.name) }`);
document.body.append(f);
return message;
//: sandboxed_does_not_alert
const message = told();
const f = element('iframe', {}, null);
f.sandbox = 'allow-scripts'; f.src = page(`const said = confirm('?'); tell('went on ' + said)`);
document.body.append(f);
return message;
//: lazy_below_the_fold_waits
element('div', { style: 'height: 9000px' });
const message = told(window, 300);
frame(page(`tell('early')`), { loading: 'lazy' });
const early = await message;
const late = told();
scrollTo(0, 9000);
return early + ', then ' + await late;
//: lazy_in_view_loads
return fromFrame(page(`tell('in view')`), { loading: 'lazy' });
//: without_a_box_runs_too
return fromFrame(page(`tell('hidden but here ' + innerWidth)`), { style: 'display: none' });
//: has_animation_frames each=same,other
return fromFrame((EACH === 'other' ? FAR : '') + page(`let n = 0; const f = () => { n++; requestAnimationFrame(f) }; requestAnimationFrame(f); setTimeout(() => tell(n > 8 ? 'many' : n > 0 ? 'few' : 'none'), 300)`));
//: out_of_view_has_animation_frames each=same,other
element('div', { style: 'height: 5000px' });
return fromFrame((EACH === 'other' ? FAR : '') + page(`let n = 0; const f = () => { n++; requestAnimationFrame(f) }; requestAnimationFrame(f); setTimeout(() => tell(n > 8 ? 'many' : n > 1 ? 'few' : 'none'), 300)`));
//: sees_whether_it_is_in_view each=same,other
return fromFrame((EACH === 'other' ? FAR : '') + page(`new IntersectionObserver(list => { if (list.at(-1).isIntersecting) tell('seen') }).observe(document.querySelector('p')); setTimeout(() => tell('not seen'), 1000)`, '<p>seen'));
//: takes_the_focus each=same,other
const ready = told();
const inner = frame((EACH === 'other' ? FAR : '') + page(`const field = document.querySelector('input'); addEventListener('message', () => { field.focus(); setTimeout(() => tell(document.hasFocus() + ' ' + (document.activeElement === field)), 60) }); tell('ready')`, '<input>'));
await ready;
const message = told();
inner.focus();
inner.contentWindow.postMessage('focus', '*');
return await message + ' top ' + document.hasFocus() + ' ' + (document.activeElement === inner);
//: has_not_the_focus_by_itself each=same,other
return fromFrame((EACH === 'other' ? FAR : '') + page(`setTimeout(() => tell(document.hasFocus() + ' ' + document.visibilityState), 60)`));
//: navigates_the_top_only_with_activation
const message = told(window, 1000);
frame(FAR + page(`try { top.location.hash = 'moved'; tell('allowed') } catch (error) { tell(error.name) }`));
return message;
//: history_is_joint
const before = history.length;
const inner = frame(page(`addEventListener('load', () => setTimeout(() => tell('one')))`));
await told();
const message = told();
inner.contentWindow.location = page(`tell('two')`);
await message;
return history.length - before;
//: policy_allows_by_attribute engine
return fromFrame(FAR + page(`tell((document.featurePolicy ? ['camera', 'fullscreen', 'geolocation'].map(name => document.featurePolicy.allowsFeature(name)).join() : 'none'))`), { allow: 'camera; fullscreen' });
//: policy_forbids_by_header engine
return fromFrame(page(`tell(document.featurePolicy ? document.featurePolicy.allowsFeature('camera') : 'none')`, '', { headers: ['permissions-policy: camera=()'] }));
//: may_be_refused_by_its_site each=x-frame-options,csp engine
const f = element('iframe', {}, null);
const header = EACH === 'csp' ? `content-security-policy: frame-ancestors 'none'` : 'x-frame-options: DENY';
f.src = page(`tell('shown')`, '', { headers: [header] });
const message = told(window, 250);
const end = loaded(f);
document.body.append(f);
return await end + ' ' + await message;
//: that_is_missing_loads
const f = frame('/missing.html');
const end = await loaded(f);
return end + ' ' + f.contentDocument.body.textContent;
//: that_nobody_answers_loads
const f = frame('http://127.0.0.1:9/');
return loaded(f);
//: with_no_content_never_loads
const f = element('iframe', {}, null);
f.src = made('', { status: 204 });
const end = loaded(f, 250);
document.body.append(f);
return end;
//: of_another_scheme_stays_empty
const inner = frame('');
let said = '';
try { inner.contentWindow.location = 'mailto:nobody@example.com' } catch (error) { said = error.name }
await pause(100);
return said + inner.contentDocument.URL;
//: object_shows_a_page engine
const object = element('object', { type: 'text/html' }, null);
object.data = page('', '<p>in an object');
const end = loaded(object);
document.body.append(object);
return await end + ' ' + (object.contentDocument ? object.contentDocument.body.textContent.trim() : 'none');
//: embed_shows_a_page engine
const embed = element('embed', { type: 'text/html' }, null);
embed.src = page(`tell('in an embed')`);
const message = told();
document.body.append(embed);
return message;
//: paper_is_shown
const f = element('iframe', { src: '/paper.pdf' }, null);
const end = loaded(f, navigator.pdfViewerEnabled ? 2000 : 300);
document.body.append(f);
return end;
//: fenced engine
return typeof HTMLFencedFrameElement;
//: credentialless engine
return 'credentialless' in HTMLIFrameElement.prototype;
//: forty_are_made_and_removed engine
for (let i = 0; i < 40; i++) element('iframe').remove();
return frames.length;
