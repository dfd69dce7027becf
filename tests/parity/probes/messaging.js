//: a_message_to_its_own_window
const message = told();
postMessage({ part: [1, 2] });
return JSON.stringify(await message);
//: a_message_to_a_frame_and_back each=same,other
const first = told();
const inner = frame((EACH === 'other' ? FAR : '') + page(`addEventListener('message', event => event.source.postMessage('heard ' + event.data + ' from ' + new URL(event.origin).hostname, event.origin)); tell('ready')`));
await first;
const answer = told();
inner.contentWindow.postMessage('word', '*');
return answer;
//: a_message_for_another_origin_is_dropped
const first = told();
const inner = frame(FAR + page(`addEventListener('message', event => tell('heard ' + event.data)); tell('ready')`));
await first;
inner.contentWindow.postMessage('lost', HERE);
const lost = await told(window, 150);
const kept = told();
inner.contentWindow.postMessage('kept', FAR);
return lost + ', ' + await kept;
//: a_message_to_a_popup_and_back each=same,other
const first = told();
const opened = open((EACH === 'other' ? FAR : '') + page(`addEventListener('message', event => event.source.postMessage('heard ' + event.data, '*')); tell('ready')`));
await first;
const answer = told();
opened.postMessage('word', '*');
const said = await answer;
opened.close();
return said;
//: order_is_kept engine
const heard = [];
addEventListener('message', event => heard.push(event.data));
for (let i = 0; i < 50; i++) postMessage(i);
await pause(60);
return heard.join() === Array.from({ length: 50 }, (_, i) => i).join() ? 'in order' : heard.join();
//: channel_between_two_frames
const { port1, port2 } = new MessageChannel();
const ready = told();
const left = frame(page(`addEventListener('message', event => event.ports[0].postMessage('over the port')); tell('ready')`));
await ready;
const ready2 = told();
const right = frame(FAR + page(`addEventListener('message', event => { event.ports[0].onmessage = inner => tell(inner.data) }); tell('ready')`));
await ready2;
const answer = told();
right.contentWindow.postMessage('take', '*', [port2]);
left.contentWindow.postMessage('take', '*', [port1]);
return answer;
//: broadcast_reaches each=same_frame,popup,worker,shared_worker
const channel = new BroadcastChannel(Q);
const message = told(channel);
await inside(EACH, `() => { new BroadcastChannel(${JSON.stringify(Q)}).postMessage('to all'); return new Promise(done => setTimeout(done, 60)) }`);
return message;
//: broadcast_does_not_reach_the_other_site
const channel = new BroadcastChannel(Q);
const message = told(channel, 250);
await inside('other_frame', `() => { new BroadcastChannel(${JSON.stringify(Q)}).postMessage('to all') }`);
return message;
//: clones_deeply engine
const value = structuredClone({ map: new Map([[1, { day: new Date(0) }]]), set: new Set([3]), bytes: new Uint8Array([7]), pattern: /x/gi, error: new RangeError('far') });
return [value.map.get(1).day.toISOString(), value.set.has(3), value.bytes[0], value.pattern, value.error.name].join();
//: clones_no_functions engine
try { structuredClone(() => 1); return 'cloned' } catch (error) { return error.name }
//: event_stream
const source = new EventSource('/stream?' + Q);
const heard = [];
source.onmessage = event => heard.push(event.lastEventId + event.data);
while (heard.length < 3) if (!await next(source, 'message', 1000)) break;
source.close();
return heard.join();
//: web_socket
const socket = new WebSocket(`ws://${location.host}/talk`);
await next(socket, 'open');
socket.send('word');
const echo = await told(socket);
const closed = next(socket, 'close');
socket.close(1000, 'done');
return echo + ' ' + (await closed).wasClean;
//: web_socket_carries_bytes engine
const socket = new WebSocket(`ws://${location.host}/talk`);
socket.binaryType = 'arraybuffer';
await next(socket, 'open');
socket.send(new Uint8Array([1, 2, 3]));
const bytes = await told(socket);
socket.close();
return bytes.byteLength;
//: web_socket_that_nobody_answers engine
const socket = new WebSocket(`ws://${location.host}/taken`.replace(/:\d+/, ':9'));
const event = await next(socket, 'close');
return event ? [event.code, event.wasClean].join() : 'open';
//: web_socket_in each=worker,other_frame,shared_worker
return inside(EACH, () => new Promise(done => {
  const socket = new WebSocket(`ws://${location.host}/talk`);
  socket.onopen = () => socket.send('over');
  socket.onmessage = event => { done(event.data); socket.close() };
  socket.onerror = () => done('failed');
}));
//: peers_connect chromium
const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
a.onicecandidate = event => event.candidate && b.addIceCandidate(event.candidate);
b.onicecandidate = event => event.candidate && a.addIceCandidate(event.candidate);
const channel = a.createDataChannel('words');
const arrived = new Promise(done => { b.ondatachannel = event => { event.channel.onmessage = message => done(message.data) } });
channel.onopen = () => channel.send('from peer to peer');
await a.setLocalDescription(await a.createOffer());
await b.setRemoteDescription(a.localDescription);
await b.setLocalDescription(await b.createAnswer());
await a.setRemoteDescription(b.localDescription);
const said = await within(arrived, 2500);
a.close(); b.close();
return said;
//: peers_hide_local_addresses chromium
const peer = new RTCPeerConnection();
peer.createDataChannel('x');
const found = new Set();
peer.onicecandidate = event => { if (event.candidate && event.candidate.candidate) found.add(event.candidate.type + (event.candidate.address.endsWith('.local') ? ' hidden' : ' open')) };
await peer.setLocalDescription(await peer.createOffer());
for (let tries = 0; tries < 20 && peer.iceGatheringState !== 'complete'; tries++) await pause(50);
peer.close();
return [...found].sort().join() || 'none';
