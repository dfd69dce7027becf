//: own_symbols_of_the_document
return Object.getOwnPropertySymbols(document).map(String).join() || 'none';
//: own_symbols_of_the_window
return Object.getOwnPropertySymbols(window).map(String).join() || 'none';
//: own_names_of_the_document
return Object.getOwnPropertyNames(document).join();
//: symbols_of each=document.documentElement,document.body,navigator,history,location,Element.prototype,Document.prototype,Window.prototype,Function.prototype,Object.prototype,Promise engine
const target = EACH.split('.').reduce((value, name) => value[name], window);
return Object.getOwnPropertySymbols(target).map(String).join() || 'none';
//: strange_globals
const usual = await inside('same_frame', () => Object.getOwnPropertyNames(window).filter(name => !/^\d+$/.test(name)).join());
const known = new Set(usual.split(','));
return Object.getOwnPropertyNames(window).filter(name => !known.has(name) && !/^\d+$/.test(name)).join() || 'none';
//: named_globals
return Object.getOwnPropertyNames(window).filter(name => /cdc|driver|browsr|selenium|puppeteer|playwright|automation|__/i.test(name)).join() || 'none';
//: number_of_globals_is_that_of_a_popup
const there = await inside('popup', () => Object.getOwnPropertyNames(window).length);
return Math.abs(Object.getOwnPropertyNames(window).length - there) < 4 ? 'alike' : Object.getOwnPropertyNames(window).length + ' ' + there;
//: attributes_of_the_root
return [...document.documentElement.attributes].map(attribute => attribute.name).join() + ' ' + document.documentElement.children.length;
//: strange_elements
return document.querySelectorAll('*').length + ' ' + [...document.querySelectorAll('*')].filter(one => one.localName.includes('-') || one.shadowRoot).length;
//: style_sheets
return document.styleSheets.length + ' ' + (document.adoptedStyleSheets || []).length;
//: natives_are_native
const bad = [];
const look = (name, value) => { if (typeof value === 'function' && !/\[native code\]/.test(Function.prototype.toString.call(value))) bad.push(name) };
for (const name of ['fetch', 'open', 'alert', 'confirm', 'prompt', 'print', 'close', 'setTimeout', 'requestAnimationFrame', 'postMessage', 'getComputedStyle', 'matchMedia', 'eval', 'Worker', 'SharedWorker', 'Promise', 'Notification', 'MutationObserver', 'structuredClone', 'queueMicrotask']) look(name, window[name]);
for (const [name, prototype] of [['Element', Element.prototype], ['Document', Document.prototype], ['Navigator', Navigator.prototype], ['Permissions', Permissions.prototype], ['Function', Function.prototype], ['JSON', JSON], ['Object', Object], ['Array', Array.prototype], ['EventTarget', EventTarget.prototype], ['Screen', Screen.prototype], ['Console', console]])
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) { look(name + '.' + key, property.value); look(name + '.get.' + key, property.get) }
return bad.join() || 'native';
//: navigator_has_no_own_properties
return Object.getOwnPropertyNames(navigator).join() || 'none';
//: getters_of_the_navigator_are_where_they_belong engine
return ['userAgent', 'languages', 'platform', 'webdriver', 'plugins', 'userAgentData', 'hardwareConcurrency'].map(name => { const property = Object.getOwnPropertyDescriptor(Navigator.prototype, name); return property ? [!!property.get, property.enumerable, property.configurable].join('') : 'none' }).join();
//: console_is_whole
return ['log', 'debug', 'info', 'warn', 'error', 'table', 'group', 'groupEnd', 'count', 'time', 'trace', 'clear', 'dir', 'assert'].filter(name => !Object.hasOwn(console, name)).join() || 'whole';
//: console_does_not_read_errors
const error = new Error('quiet');
let read = 0;
Object.defineProperty(error, 'stack', { get() { read++; return '' } });
console.log(error); console.debug(error);
await pause(30);
return read;
//: console_does_not_read_objects
let read = 0;
console.log(Object.defineProperty({}, 'id', { get() { read++; return 1 }, enumerable: true }));
await pause(30);
return read;
//: debugger_does_not_stop
const from = performance.now();
debugger;
return performance.now() - from < 500 ? 'went on' : 'stopped';
//: stacks_of_evaluated_code_name_nobody
return /browsr|puppeteer|playwright|selenium/i.test(new Error('x').stack) ? 'named' : 'nobody';
//: stacks_of_page_code_are_of_the_page
self.stack_of_page = '';
await loaded(element('script', { src: script(`self.stack_of_page = (() => new Error('x').stack)()`) }));
return self.stack_of_page.split('\n').filter(line => line.includes('/made?')).length + ' ' + /browsr|__/i.test(self.stack_of_page);
//: toString_of_evaluated_functions
return Function.prototype.toString.call(Function.prototype.toString).includes('native code');
//: mutations_by_a_look /watched?Q
await pause(80);
return MUTATIONS.join() || 'none';
//: listeners_see_nothing_by_a_look /watched?Q
await pause(80);
return HEARD.filter(one => !/^(focus|blur) (window|#document)$/.test(one)).join() || 'none';
//: observers_do_not_see_scrolling
return scrollX + ',' + scrollY;
//: no_violation_of_ours /strict
await pause(60);
return VIOLATIONS.filter(one => !/eval|inline/.test(one)).join() || 'none';
//: a_strict_page_has_no_symbols /strict
return [...Object.getOwnPropertySymbols(document), ...Object.getOwnPropertySymbols(window)].map(String).join() || 'none';
//: frames_have_no_marks each=same_frame,other_frame,srcdoc_frame,popup
return inside(EACH, () => [...Object.getOwnPropertySymbols(document), ...Object.getOwnPropertySymbols(window), ...Object.getOwnPropertyNames(document), ...Object.getOwnPropertyNames(window).filter(name => /cdc|browsr|driver|__/i.test(name))].map(String).join());
//: workers_have_no_marks each=worker,shared_worker,service_worker
return inside(EACH, () => [...Object.getOwnPropertySymbols(self), ...Object.getOwnPropertyNames(self).filter(name => /cdc|browsr|driver|__/i.test(name))].map(String).join());
//: performance_has_no_strange_entries /page?Q
return performance.getEntries().filter(entry => /mark|measure|element|taskattribution/.test(entry.entryType)).map(entry => entry.entryType + ' ' + entry.name).join() || 'none';
//: resources_are_the_pages_own /page?Q
return performance.getEntriesByType('resource').map(entry => new URL(entry.name).pathname).filter(path => path !== '/favicon.ico').join() || 'none';
//: names_of_the_web_are_here each=WebTransport,EyeDropper,XSLTProcessor,SharedArrayBuffer,Summarizer,LanguageModel,Translator,CookieStore,TrustedHTML,Highlight,PressureObserver,IdleDetector engine
return typeof window[EACH];
//: parts_of_the_navigator engine
return ['usb', 'hid', 'serial', 'bluetooth', 'xr', 'wakeLock', 'getBattery', 'keyboard', 'share', 'credentials', 'locks', 'gpu', 'mediaSession', 'presentation', 'virtualKeyboard', 'windowControlsOverlay', 'ink', 'scheduling', 'storageBuckets', 'setAppBadge', 'registerProtocolHandler', 'requestMIDIAccess', 'vibrate', 'contacts'].filter(name => name in navigator).join();
//: battery engine
if (!navigator.getBattery) return 'none';
const battery = await within(navigator.getBattery(), 800);
return [battery.charging, battery.level].join();
//: fonts_of_the_machine engine
return ['DejaVu Sans', 'Liberation Sans', 'Noto Color Emoji', 'No Such Font At All'].map(name => +document.fonts.check(`12px "${name}"`)).join('');
//: policy_allows_as_usual engine
return document.featurePolicy ? ['camera', 'microphone', 'geolocation', 'fullscreen', 'autoplay', 'payment', 'usb', 'midi', 'clipboard-read', 'gamepad', 'picture-in-picture', 'sync-xhr', 'unload', 'ch-ua', 'display-capture', 'storage-access'].filter(name => document.featurePolicy.allowsFeature(name)).join() : 'none';
