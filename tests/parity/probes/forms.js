const form = (action, fields, properties = {}) => {
  const made = element('form', { action, ...properties });
  for (const [name, value] of Object.entries(fields)) element('input', { name, value }, made);
  return made;
};
const inFrame = async (make, ms = 2000) => {
  const f = element('iframe', { name: unique() });
  const end = loaded(f, ms);
  const made = make(f.name);
  made.target = f.name;
  made.requestSubmit();
  await end;
  await pause(10);
  return f.contentDocument.body.textContent.trim();
};
//: are_sent each=get,post engine
return (await inFrame(() => form('/taken', { word: 'said & done', other: 'ü' }, { method: EACH }))) ;
//: are_requested_once each=get,post
const action = EACH === 'get' ? '/taken' : '/taken?' + Q;
await inFrame(() => form(action, { word: Q }, { method: EACH }));
await pause(60);
return counts(Q);
//: are_sent_once_to_a_slow_server
const action = made('slow', { wait: 250 });
await inFrame(() => form(action, { word: 'x' }, { method: 'post' }));
await pause(60);
return (await hits(action)).map(one => one.method + ' ' + one.body).join();
//: are_sent_as each=text/plain,application/x-www-form-urlencoded engine
return inFrame(() => form('/taken', { word: 'a b' }, { method: 'post', enctype: EACH }));
//: are_sent_in_parts engine
const text = await inFrame(() => form('/taken', { word: 'a b' }, { method: 'post', enctype: 'multipart/form-data' }));
return [text.startsWith('POST multipart/form-data'), text.includes('name="word"')].join();
//: are_held_back_when_not_valid engine
const made = form('/taken?' + Q, { word: '' }, { method: 'post' });
made.elements[0].required = true;
const invalid = next(made.elements[0], 'invalid', 500);
made.requestSubmit();
return [!!(await invalid), made.checkValidity(), made.elements[0].validationMessage.length > 0, (await hits('/taken?' + Q, 100)).length].join();
//: are_held_back_by_the_page engine
const made = form('/taken?' + Q, { word: 'x' });
made.addEventListener('submit', event => event.preventDefault());
made.requestSubmit();
return (await hits('/taken?' + Q, 100)).length;
//: tell_which_button engine
const made = form('/taken', { word: 'x' });
const button = element('button', { name: 'how', value: 'fast', textContent: 'go' }, made);
const submitted = new Promise(done => made.addEventListener('submit', event => { event.preventDefault(); done(event.submitter === button) }));
button.click();
return submitted;
//: give_their_data engine
const made = form('/taken', { one: '1', two: '2' });
element('input', { type: 'checkbox', name: 'three', checked: true }, made);
const select = element('select', { name: 'four', multiple: true }, made);
for (const text of ['a', 'b', 'c']) element('option', { textContent: text, selected: text !== 'b' }, select);
return [...new FormData(made)].join(';');
//: send_origin_and_metadata engine
await inFrame(() => form('/taken?' + Q, { word: 'x' }, { method: 'post' }));
const { headers } = (await hits('/taken?' + Q))[0];
return ['site', 'mode', 'dest', 'user'].map(name => headers['sec-fetch-' + name] || '').join() + ' ' + (headers.origin === HERE) + ' ' + headers['cache-control'];
//: go_to_the_other_site engine
const channel = told();
const f = element('iframe', { name: unique() });
const made = form(FAR + '/made', { t: 'text/html', b: '<script>parent.postMessage(location.hostname, "*")</' + 'script>' });
made.target = f.name;
made.submit();
return channel;
//: reset engine
const made = form('/taken', { word: 'first' });
made.elements[0].setAttribute('value', 'first');
made.elements[0].value = 'second';
made.reset();
return made.elements[0].value;
//: types_of_fields engine
return ['date', 'time', 'datetime-local', 'month', 'week', 'color', 'range', 'number', 'email', 'url', 'search', 'tel'].filter(type => element('input', { type }, null).type === type).join();
//: values_are_cleaned engine
return [element('input', { type: 'number', value: 'x' }, null).value, element('input', { type: 'color', value: 'x' }, null).value, element('input', { type: 'range', value: '500' }, null).value].join();
//: dates_show_a_picker
const field = element('input', { type: 'date' });
try { field.showPicker(); return 'shown' } catch (error) { return error.name }
//: fill_themselves_in_nothing
const made = form('/taken', { email: '' });
made.elements[0].autocomplete = 'email';
await pause(50);
return made.elements[0].value === '' ? 'empty' : 'filled';
//: files_by_script engine
const field = element('input', { type: 'file' });
const data = new DataTransfer();
data.items.add(new File(['inside'], 'a.txt'));
field.files = data.files;
return field.files[0].name + ' ' + await field.files[0].text();
//: spelling_is_checked engine
return [element('textarea').spellcheck, 'inputMode' in HTMLElement.prototype].join();
//: focus_moves
const field = document.querySelector('#field');
field.focus();
await pause(20);
return [document.activeElement === field, field.matches(':focus'), field.matches(':focus-visible')].join();
//: events_of_typing_by_command
const field = document.querySelector('#field');
field.focus();
const heard = [];
for (const type of ['beforeinput', 'input', 'change']) field.addEventListener(type, event => heard.push(type + (event.isTrusted ? '' : '?')));
document.execCommand('insertText', false, 'abc');
field.blur();
return heard.join() + ' ' + field.value;
