const NAMES = ['user-agent', 'accept-language', 'sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform'];
/** All that a page or a worker can find out of who it is, as JSON. */
const answers = async () => {
  const data = navigator.userAgentData;
  const high = data ? await data.getHighEntropyValues(['architecture', 'bitness', 'formFactors', 'fullVersionList', 'model', 'platformVersion', 'uaFullVersion', 'wow64']) : null;
  return JSON.stringify({ userAgent: navigator.userAgent, appVersion: navigator.appVersion, platform: navigator.platform, language: navigator.language, languages: navigator.languages, cores: navigator.hardwareConcurrency, ...Object.fromEntries(Object.entries(high || {}).map(([name, value]) => ['hint ' + name, JSON.stringify(value)])) });
};
/** Lets the browser forget what this site has asked for, which later requests would show. */
const forget = async () => { await fetch(made('', { headers: ['clear-site-data: "clientHints"'] })); return '' };
/** Which parts are otherwise, in JSON of objects. */
const compare = (own, other) => {
  let parts;
  try { parts = JSON.parse(other) } catch { return other }
  const page = JSON.parse(own);
  const wrong = [...new Set([...Object.keys(page), ...Object.keys(parts)])].filter(name => JSON.stringify(page[name]) !== JSON.stringify(parts[name]));
  const shown = value => typeof value === 'object' ? JSON.stringify(value) : value;
  return wrong.length ? 'otherwise: ' + wrong.map(name => name + ' ' + shown(parts[name])).join('; ') : 'the same';
};
const ofDocument = async () => {
  const headers = (await hits(location.href))[0].headers;
  return JSON.stringify(Object.fromEntries(NAMES.map(name => [name, headers[name] || 'none'])));
};
//: user_agent chromium
return navigator.userAgent;
//: app_version chromium
return navigator.appVersion;
//: languages chromium
return navigator.language + ' ' + navigator.languages;
//: brands chromium
const data = navigator.userAgentData;
return data ? [JSON.stringify(data.brands), 'mobile', data.mobile, data.platform].join(' ') : 'no userAgentData';
//: high_entropy_values chromium
const data = navigator.userAgentData;
if (!data) return 'no userAgentData';
const high = await data.getHighEntropyValues(['architecture', 'bitness', 'formFactors', 'fullVersionList', 'mobile', 'model', 'platform', 'platformVersion', 'uaFullVersion', 'wow64']);
return [high.architecture, high.bitness, high.formFactors, JSON.stringify(high.fullVersionList), 'mobile', high.mobile, 'model', high.model, 'platform', high.platform, 'version', high.platformVersion, 'full', high.uaFullVersion, 'wow64', high.wow64].join(' ');
//: header_user_agent /page?Q chromium
return (await hits('/page?' + Q))[0].headers['user-agent'];
//: header_accept_language /page?Q chromium
return (await hits('/page?' + Q))[0].headers['accept-language'];
//: header_sec_ch_ua /page?Q chromium
const headers = (await hits('/page?' + Q))[0].headers;
return [headers['sec-ch-ua'] || 'none', headers['sec-ch-ua-mobile'] || 'none', headers['sec-ch-ua-platform'] || 'none'].join(' ');
//: header_hints_that_were_asked_for /hints chromium
const headers = await (await fetch('/headers')).json();
return ['arch', 'bitness', 'full-version-list', 'full-version', 'platform-version', 'model', 'mobile', 'form-factors'].map(hint => {
  const value = headers['sec-ch-ua-' + hint];
  return value === undefined ? 'none' : value;
}).join(' | ') + await forget();
//: plain_facts
return [navigator.platform, navigator.vendor, navigator.product, navigator.productSub, navigator.appName, navigator.appCodeName, navigator.cookieEnabled, navigator.onLine, navigator.doNotTrack, navigator.maxTouchPoints].join();
//: says_that_it_is_driven
return String(navigator.webdriver);
//: locale
const format = Intl.DateTimeFormat().resolvedOptions();
return [format.locale, (1234.5).toLocaleString(), new Date(0).toLocaleDateString(undefined, { timeZone: 'UTC' }), Intl.NumberFormat().resolvedOptions().numberingSystem].join(' ');
//: time_zone
return Intl.DateTimeFormat().resolvedOptions().timeZone + ' ' + new Date(0).getTimezoneOffset();
//: hardware_is_that_of_the_machine
return [navigator.hardwareConcurrency > 0, typeof navigator.deviceMemory, navigator.connection ? navigator.connection.effectiveType : 'none'].join();
//: answers_are_the_same_in each=same_frame,other_frame,frame_in_other_frame,srcdoc_frame,blob_frame,sandboxed_frame,popup,other_popup
return compare(await answers(), await inside(EACH, answers));
//: answers_are_the_same_in_a each=worker,blob_worker,module_worker,nested_worker,worker_of_same_frame,worker_of_other_frame,shared_worker,service_worker
return compare(await answers(), await inside(EACH, answers));
//: brands_are_the_same_in each=same_frame,other_frame,worker,worker_of_other_frame,shared_worker,service_worker,other_popup
const ask = () => JSON.stringify(navigator.userAgentData ? navigator.userAgentData.toJSON() : {});
return compare(ask(), await inside(EACH, ask));
//: time_zone_is_the_same_in each=other_frame,worker,shared_worker,service_worker
const ask = () => JSON.stringify({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: Intl.DateTimeFormat().resolvedOptions().locale });
return compare(ask(), await inside(EACH, ask));
//: fetch_says_the_same_in /page?Q each=page,same_frame,other_frame,frame_in_other_frame,srcdoc_frame,blob_frame,sandboxed_frame,worker,module_worker,nested_worker,worker_of_other_frame,shared_worker,service_worker,popup,other_popup
const ask = `async () => {
  const base = /^http/.test(location.href) ? location.href : ${JSON.stringify(HERE)};
  const headers = await (await fetch(new URL('/headers', base))).json();
  return JSON.stringify(Object.fromEntries(${JSON.stringify(NAMES)}.map(name => [name, headers[name] || 'none'])));
}`;
return compare(await ofDocument(), EACH === 'page' ? await eval(ask)() : await inside(EACH, ask));
//: header_is_navigators_in each=page,same_frame,other_frame,worker,worker_of_other_frame,shared_worker,service_worker,other_popup
const ask = async () => {
  const headers = await (await fetch('/headers')).json();
  return headers['user-agent'] === navigator.userAgent ? 'agrees' : headers['user-agent'] + ' but ' + navigator.userAgent;
};
return inside(EACH, ask);
//: requests_say_the_same_for /page?Q each=image,script,style,font,frame,frame_of_the_other_site,worker,shared_worker,service_worker,beacon,object,prefetched_image,video,manifest_of_css,event_stream,xhr,web_socket,popup
const target = EACH === 'frame_of_the_other_site' ? FAR + '/page?' + unique() : '/taken?' + unique();
let opened;
switch (EACH) {
  case 'image': element('img', { src: target }); break;
  case 'script': element('script', { src: target }); break;
  case 'style': element('link', { rel: 'stylesheet', href: target }); break;
  case 'font': new FontFace('none', `url(${target})`).load().catch(() => {}); break;
  case 'frame': case 'frame_of_the_other_site': frame(target); break;
  case 'worker': new Worker(target).onerror = event => event.preventDefault(); break;
  case 'shared_worker': new SharedWorker(target); break;
  case 'service_worker': navigator.serviceWorker.register(target, { scope: '/in/' + Q + '/' }).catch(() => {}); break;
  case 'beacon': navigator.sendBeacon(target, 'x'); break;
  case 'object': element('object', { data: target }); break;
  case 'prefetched_image': element('link', { rel: 'preload', as: 'image', href: target }); break;
  case 'video': element('video', { src: target, preload: 'auto' }); break;
  case 'manifest_of_css': element('style', { textContent: `h1 { background: url(${target}) }` }); break;
  case 'event_stream': { const source = new EventSource(target); source.onerror = () => source.close(); break }
  case 'xhr': { const request = new XMLHttpRequest(); request.open('GET', target); request.send(); break }
  case 'web_socket': new WebSocket(new URL(target, location.href.replace(/^http/, 'ws'))); break;
  case 'popup': opened = open(target); break;
}
const seen = await hits(target);
if (opened) opened.close();
if (!seen.length) return 'never requested';
const headers = Object.fromEntries(NAMES.map(name => [name, seen[0].headers[name] || 'none']));
return compare(await ofDocument(), JSON.stringify(headers));
//: screen_is_sane chromium
return ['inner ' + innerWidth + 'x' + innerHeight, outerWidth >= innerWidth && outerHeight >= innerHeight, screen.width >= outerWidth, screen.height >= outerHeight, screen.availWidth <= screen.width, screen.availHeight <= screen.height, devicePixelRatio, screen.colorDepth, screen.orientation.type].join();
//: window_lies_on_the_screen chromium
return [screenX >= 0, screenY >= 0, screenX + outerWidth <= screen.width, screenY + outerHeight <= screen.height, screenLeft === screenX].join();
//: media_queries_agree_with_the_window
return [matchMedia(`(width: ${innerWidth}px)`).matches, matchMedia(`(device-width: ${screen.width}px)`).matches, matchMedia('(orientation: landscape)').matches, matchMedia(`(resolution: ${devicePixelRatio}dppx)`).matches, visualViewport.width === innerWidth].join();
//: media_queries
return ['prefers-color-scheme: light', 'prefers-reduced-motion: no-preference', 'hover: hover', 'pointer: fine', 'any-pointer: fine', 'color-gamut: srgb', 'prefers-contrast: no-preference', 'forced-colors: none', 'display-mode: browser', 'scripting: enabled', 'update: fast'].map(query => +matchMedia(`(${query})`).matches).join('');
//: screen_is_the_same_in each=same_frame,other_frame,srcdoc_frame,sandboxed_frame,popup,other_popup chromium
const ask = () => JSON.stringify({ width: screen.width, height: screen.height, availWidth: screen.availWidth, availHeight: screen.availHeight, depth: screen.colorDepth, ratio: devicePixelRatio });
return compare(ask(), await inside(EACH, ask));
//: window_is_the_same_in each=same_frame,other_frame,srcdoc_frame,sandboxed_frame chromium
const ask = async () => {
  for (let tries = 0; tries < 20 && !outerWidth; tries++) await new Promise(done => setTimeout(done, 20));
  return JSON.stringify({ outerWidth, outerHeight, screenX, screenY });
};
return compare(await ask(), await inside(EACH, ask));
//: device_queries_in each=same_frame,other_frame
return inside(EACH, () => [matchMedia(`(device-width: ${screen.width}px)`).matches, matchMedia(`(device-height: ${screen.height}px)`).matches, outerWidth >= innerWidth].join());
//: plugins chromium
return [navigator.plugins.length, navigator.mimeTypes.length, navigator.pdfViewerEnabled, navigator.javaEnabled()].join();
//: chrome_object chromium
return typeof chrome + ' ' + (typeof chrome === 'object' ? Object.keys(chrome).sort().join() : '');
//: touch
return ['ontouchstart' in window, navigator.maxTouchPoints, matchMedia('(any-pointer: coarse)').matches].join();
