//: alert_returns
return String(alert('one'));
//: confirm_is_cancelled
return String(confirm('one?'));
//: prompt_is_cancelled
return String(prompt('what?', 'that'));
//: three_in_a_row
return [alert('a'), confirm('b'), prompt('c', 'd')].map(String).join();
//: from_a_timer
return new Promise(done => setTimeout(() => done(String(confirm('later'))), 10));
//: while_the_page_loads /dialog-at-load
return SAID;
//: in each=same_frame,other_frame,srcdoc_frame,popup,other_popup,frame_in_other_frame
return inside(EACH, () => [alert('a'), confirm('b'), prompt('c', 'd')].map(String).join());
//: time_stands_still_meanwhile
let ticks = 0;
const timer = setInterval(() => ticks++, 1);
confirm('wait');
const during = ticks;
clearInterval(timer);
return during;
//: a_long_text_is_no_trouble
return String(confirm('long '.repeat(20000)));
//: beforeunload_in_a_frame_lets_go
const inner = frame(page(`addEventListener('beforeunload', event => { event.preventDefault(); event.returnValue = 'stay' }); tell('one')`));
await told();
const message = told();
inner.src = page(`tell('two')`);
return message;
//: print_returns not=firefox
const heard = [];
addEventListener('beforeprint', () => heard.push('before')); addEventListener('afterprint', () => heard.push('after'));
const from = performance.now();
print();
const took = performance.now() - from;
await pause(100);
return (took > 1500 ? 'held up' : 'at once') + ' ' + heard.join();
//: print_matches_media
return matchMedia('print').matches + ' ' + matchMedia('screen').matches;
//: dialog_element
const dialog = element('dialog', { textContent: 'modal' });
dialog.showModal();
const open = dialog.open + ' ' + dialog.matches(':modal');
const closed = next(dialog, 'close');
dialog.close('answer');
await closed;
return open + ' ' + dialog.returnValue;
//: popover
const box = element('div', { popover: 'auto', textContent: 'over' });
const toggled = next(box, 'toggle');
box.showPopover();
return (await toggled).newState + ' ' + box.matches(':popover-open');
//: file_chooser
const field = element('input', { type: 'file' });
const heard = Promise.race([next(field, 'cancel', 300).then(event => event && 'cancel'), next(field, 'change', 300).then(event => event && 'change')]);
field.click();
return await heard || 'nothing';
//: file_pickers
return [typeof showOpenFilePicker, typeof showSaveFilePicker, typeof showDirectoryPicker].join();
//: colour_chooser
const field = element('input', { type: 'color' });
try { field.showPicker(); return field.value } catch (error) { return error.name }
//: permission each=geolocation,notifications,camera,microphone,clipboard-read,clipboard-write,persistent-storage,push,midi,background-sync,accelerometer,screen-wake-lock,idle-detection,local-fonts,storage-access,window-management,payment-handler,display-capture
try { const state = await within(navigator.permissions.query(EACH === 'push' ? { name: 'push', userVisibleOnly: true } : { name: EACH }), 800); return state.state || state } catch (error) { return error.name }
//: permission_in_the_other_sites_frame each=geolocation,notifications,camera,storage-access
return inside('other_frame', `async () => { try { return (await navigator.permissions.query({ name: ${JSON.stringify(EACH)} })).state } catch (error) { return error.name } }`);
//: place
return within(new Promise(done => navigator.geolocation.getCurrentPosition(() => done('place'), error => done('error ' + error.code))), 400);
//: clipboard_by_command
const field = document.querySelector('#field');
field.value = 'to copy'; field.select();
const heard = next(document, 'copy', 300);
return document.execCommand('copy') + ' ' + !!(await heard);
//: clipboard_is_written
return came(navigator.clipboard.writeText('words').then(() => 'written'), 800);
//: sharing
return typeof navigator.share + ' ' + typeof navigator.canShare;
//: credentials
return self.PublicKeyCredential ? within(PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable(), 800) : 'none';
//: wake_lock
return navigator.wakeLock ? came(navigator.wakeLock.request('screen').then(() => 'held'), 600) : 'none';
//: fullscreen
const changed = next(document, 'fullscreenchange', 1500);
const said = await came(document.documentElement.requestFullscreen().then(() => 'full'), 1500);
const full = !!(await changed) && !!document.fullscreenElement;
if (document.fullscreenElement) await within(document.exitFullscreen(), 1000);
return said + ' ' + full;
//: pointer_lock
const changed = Promise.race([next(document, 'pointerlockchange', 300), next(document, 'pointerlockerror', 300)]);
document.body.requestPointerLock();
const event = await changed;
const type = event ? event.type : 'nothing';
document.exitPointerLock();
return type;
//: user_activation
return navigator.userActivation ? [navigator.userActivation.isActive, navigator.userActivation.hasBeenActive].join() : 'none';
// Last, for the answer is kept.
//: notification_is_asked_for fresh engine
return came(Notification.requestPermission(), 400);
