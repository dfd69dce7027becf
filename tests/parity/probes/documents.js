const shown = async (path, read = f => f.contentDocument.body.textContent.trim(), ms = 1500) => {
  const f = element('iframe', {}, null);
  f.src = path;
  const end = loaded(f, ms);
  document.body.append(f);
  const how = await end;
  try { return how + ' ' + read(f) } catch (error) { return how + ' ' + error.name }
};
//: of_type each=text/html,text/plain,application/json,text/css,text/javascript,application/xml,image/svg+xml,text/markdown,text/csv,application/octet-stream,application/pdf,image/png,application/xhtml+xml,text/unknown engine
const body = { 'application/xml': '<r>word</r>', 'image/svg+xml': '<svg xmlns="http://www.w3.org/2000/svg"><text>word</text></svg>', 'application/xhtml+xml': '<html xmlns="http://www.w3.org/1999/xhtml"><body>word</body></html>', 'application/json': '{"word":1}' }[EACH] || 'word';
return shown(made(body, { type: EACH }), f => f.contentDocument.contentType + ' ' + (f.contentDocument.documentElement.textContent.includes('word') ? 'shown' : 'not shown'), /octet|csv/.test(EACH) || EACH.endsWith('pdf') && !navigator.pdfViewerEnabled ? 300 : 2000);
//: without_a_type_are_guessed each=html,text,xml engine
const body = { html: '<!doctype html><p>word', text: 'word', xml: '<?xml version="1.0"?><r>word</r>' }[EACH];
return shown('/made?b=' + encodeURIComponent(body) + '&q=' + unique(), f => f.contentDocument.contentType);
//: that_must_not_be_guessed engine
return shown(made('<p>word', { type: 'text/plain', headers: ['x-content-type-options: nosniff'] }), f => f.contentDocument.contentType + ' ' + f.contentDocument.querySelectorAll('p').length);
//: in_charset each=utf-8,iso-8859-1,windows-1251,shift_jis,utf-16le,gb18030,big5,euc-kr,koi8-r engine
const hex = { 'utf-8': 'c3bc', 'iso-8859-1': 'fc', 'windows-1251': 'e6', 'shift_jis': '93fa', 'utf-16le': 'fc00', 'gb18030': 'c8d5', 'big5': 'a4e9', 'euc-kr': 'c0cf', 'koi8-r': 'd6' }[EACH];
return shown(made('', { type: 'text/html; charset=' + EACH, hex }), f => f.contentDocument.characterSet + ' ' + f.contentDocument.body.textContent);
//: with_a_charset_in_the_text engine
return shown(made('', { type: 'text/html', hex: [...'<meta charset=windows-1251>'].map(letter => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('') + 'e6' }), f => f.contentDocument.characterSet + ' ' + f.contentDocument.body.textContent);
//: with_a_mark_at_the_beginning engine
return shown(made('', { type: 'text/html; charset=iso-8859-1', hex: 'efbbbf' + 'c3bc' }), f => f.contentDocument.characterSet + ' ' + f.contentDocument.body.textContent);
//: without_a_charset_are_guessed engine
return shown(made('', { type: 'text/html', hex: '3c703e' + 'fc' }), f => f.contentDocument.characterSet);
//: in_quirks_and_in_standards engine
return (await shown(made('<p>old', {}), f => f.contentDocument.compatMode)) + ' ' + await shown(made('<!doctype html><p>new', {}), f => f.contentDocument.compatMode);
//: that_are_broken_xml engine
return shown(made('<a><b></a>', { type: 'application/xml' }), f => f.contentDocument.querySelectorAll('parsererror').length > 0 || f.contentDocument.documentElement.nodeName);
//: with_a_style_sheet_in_xsl engine
return typeof XSLTProcessor;
//: that_are_downloads_stay_where_they_are
const f = frame(page(`tell('first')`));
await told();
f.contentWindow.location = made('bytes', { type: 'application/octet-stream', headers: ['content-disposition: attachment; filename=a.bin'] });
await pause(150);
return f.contentDocument.title;
//: with_no_content_stay_where_they_are
const f = frame(page(`tell('first')`));
await told();
f.contentWindow.location = made('', { status: 204 });
await pause(150);
return f.contentDocument.title;
//: that_drip_are_shown_in_time
const f = element('iframe', { src: '/drip?' + Q }, null);
document.body.append(f);
return await loaded(f) + ' ' + f.contentDocument.body.textContent.trim().split('\n').length;
//: with_a_refresh
const f = frame(made(`<meta http-equiv="refresh" content="0; url=${page(`tell('refreshed')`).replace(/&/g, '&amp;').replace(/"/g, '&quot;')}">`));
return told();
//: with_a_refresh_in_the_header
frame(made('wait', { headers: ['refresh: 0; url=' + page(`tell('refreshed')`)] }));
return told();
//: with_scripts_in_order /scripts-in-order engine
if (document.readyState !== 'complete') await next(window, 'load');
return ORDER.join();
//: with_a_module engine
const made_module = script(`export const word = 'module'; export const here = import.meta.url.length > 0`);
const module = await import(made_module);
return module.word + module.here;
//: with_an_import_map engine
const path = script(`export default 'mapped'`);
return fromFrame(page(`import('word').then(module => tell(module.default), error => tell(error.name))`, `<script type="importmap">${JSON.stringify({ imports: { word: path } })}</` + 'script>'));
//: with_json_and_css_modules engine
return [await came(import(made('{"a":5}', { type: 'application/json' }), { with: { type: 'json' } }).then(module => module.default.a)), await came(new Function('path', `return import(path, { with: { type: 'css' } })`)(made('p{color:red}', { type: 'text/css' })).then(module => module.default.cssRules.length))].join();
//: with_no_scripts_show_noscript engine
const f = element('iframe', {}, null);
f.sandbox = 'allow-same-origin'; f.src = made('<noscript><p>without</p></noscript>');
const end = loaded(f);
document.body.append(f);
await end;
return f.contentDocument.querySelectorAll('p').length + ' ' + document.createElement('div').attachShadow({ mode: 'open' }).mode;
//: with_declared_shadow_roots engine
return shown(made('<div id=host><template shadowrootmode=open><p>shaded</template></div>'), f => f.contentDocument.querySelector('#host').shadowRoot.textContent);
//: with_custom_elements engine
const name = 'x-' + Q;
customElements.define(name, class extends HTMLElement { static formAssociated = true; connectedCallback() { this.attachInternals().setFormValue('v'); this.textContent = 'upgraded' } });
return element(name).textContent;
//: with_a_policy_of_scripts /strict
return [document.title, VIOLATIONS.length, (() => { try { return eval('1') } catch (error) { return error.name } })()].join();
//: with_a_policy_that_reports /reported?Q
const seen = await hits('/taken?report' + Q, 2500);
return seen.length ? JSON.parse(seen[0].body)['csp-report']['violated-directive'] : 'no report';
//: with_trusted_types
return fromFrame(page(`try { document.querySelector('p').innerHTML = '<b>x'; tell('taken') } catch (error) { tell(error.name) }`, '<p>', { headers: [`content-security-policy: require-trusted-types-for 'script'`] }));
//: in_a_sandbox_by_policy
return fromFrame(page(`tell(origin)`, '', { headers: ['content-security-policy: sandbox allow-scripts'] }));
//: of_the_other_site_are_opaque_reads engine
const answer = await fetch(FAR + made('<p>', { closed: true }), { mode: 'no-cors' });
return answer.type + ' ' + (await answer.text()).length;
//: parsed_by_script engine
const parsed = new DOMParser().parseFromString('<p>one<p>two', 'text/html');
return [parsed.querySelectorAll('p').length, parsed.compatMode, parsed.defaultView].join();
//: with_fragments engine
location.hash = '#room';
return document.querySelector(':target') ? document.querySelector(':target').id : 'none';
//: with_text_fragments engine
return 'fragmentDirective' in document;
//: with_selections
getSelection().selectAllChildren(document.querySelector('h1'));
const event = await next(document, 'selectionchange', 500);
return getSelection().toString() + ' ' + !!event;
//: found_in engine
return typeof find + ' ' + find('paragraph');
//: with_an_editor
document.querySelector('#room').textContent = 'old';
document.designMode = 'on';
getSelection().selectAllChildren(document.querySelector('#room'));
const done = document.execCommand('insertText', false, 'typed');
document.designMode = 'off';
return done + ' ' + document.querySelector('#room').textContent;
