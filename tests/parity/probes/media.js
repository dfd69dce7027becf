//: plays_a_tone
const audio = element('audio', { src: '/tone.wav?' + Q });
const ended = next(audio, 'ended', 2000);
const played = await came(audio.play().then(() => 'played'));
return [played, await ended ? 'ended' : 'goes on', audio.duration.toFixed(1)].join();
//: a_tone_may_start_by_itself
return fromFrame(page(`const a = new Audio('/tone.wav?f${Q}'); a.play().then(() => tell('played'), error => tell(error.name))`));
//: a_tone_may_start_by_itself_on_the_other_site
return fromFrame(FAR + page(`const a = new Audio('/tone.wav?o${Q}'); a.play().then(() => tell('played'), error => tell(error.name))`));
//: a_muted_tone_starts
return fromFrame(page(`const a = new Audio('/tone.wav?m${Q}'); a.muted = true; a.play().then(() => tell('played'), error => tell(error.name))`));
//: audio_starts_by_itself_at_load /sound-at-load
return within(SOUND, 2500);
//: seeks engine
const audio = element('audio', { src: '/tone.wav?' + Q, preload: 'auto' });
await next(audio, 'canplay');
const sought = next(audio, 'seeked');
audio.currentTime = 0.3;
await sought;
return audio.currentTime.toFixed(1) + ' ' + audio.seekable.length;
//: a_missing_film_fails engine
const video = element('video', { src: '/missing.mp4' });
const event = await next(video, 'error');
return event ? 'error ' + video.error.code : 'nothing';
//: plays each=video/mp4;codecs="avc1.42E01E",video/webm;codecs="vp9",video/webm;codecs="av01.0.04M.08",audio/mpeg,audio/mp4;codecs="mp4a.40.2",audio/ogg;codecs="opus",audio/flac,video/mp4;codecs="hvc1.1.6.L93.B0",application/vnd.apple.mpegurl engine
return (element('video', {}, null).canPlayType(EACH) || 'no') + ' ' + MediaSource.isTypeSupported(EACH);
//: decodes_smoothly engine
const result = await navigator.mediaCapabilities.decodingInfo({ type: 'file', video: { contentType: 'video/webm; codecs="vp8"', width: 320, height: 240, bitrate: 1e5, framerate: 24 } });
return [result.supported, result.powerEfficient].join();
//: records_a_canvas engine
const canvas = element('canvas', { width: 32, height: 32 });
const context = canvas.getContext('2d');
const recorder = new MediaRecorder(canvas.captureStream(25));
let size = 0;
recorder.ondataavailable = event => { size += event.data.size };
const stopped = next(recorder, 'stop');
recorder.start(50);
for (let i = 0; i < 12; i++) { context.fillStyle = i % 2 ? 'red' : 'blue'; context.fillRect(0, 0, 32, 32); await pause(25) }
recorder.stop();
await stopped;
return size > 0 ? 'data' : 'empty';
//: plays_what_it_recorded engine
const canvas = element('canvas', { width: 32, height: 32 });
const context = canvas.getContext('2d');
const recorder = new MediaRecorder(canvas.captureStream(25));
const parts = [];
recorder.ondataavailable = event => parts.push(event.data);
const stopped = next(recorder, 'stop');
recorder.start(50);
for (let i = 0; i < 12; i++) { context.fillStyle = i % 2 ? 'red' : 'blue'; context.fillRect(0, 0, 32, 32); await pause(25) }
recorder.stop();
await stopped;
const video = element('video', { src: URL.createObjectURL(new Blob(parts, { type: recorder.mimeType })), muted: true });
const playing = next(video, 'playing');
await came(video.play());
return (await playing ? 'playing ' : 'not playing ') + video.videoWidth;
//: plays_a_stream engine
const canvas = element('canvas', { width: 32, height: 32 });
const context = canvas.getContext('2d');
const video = element('video', { srcObject: canvas.captureStream(), muted: true });
const playing = next(video, 'playing');
video.play();
for (let i = 0; i < 6; i++) { context.fillRect(i, i, 9, 9); await pause(25) }
return await playing ? video.videoWidth : 'not playing';
//: tells_frames_of_a_film engine
const canvas = element('canvas', { width: 16, height: 16 });
const context = canvas.getContext('2d');
const video = element('video', { srcObject: canvas.captureStream(), muted: true });
if (!video.requestVideoFrameCallback) return 'none';
const told = new Promise(done => video.requestVideoFrameCallback((now, data) => done(data.width)));
video.play();
for (let i = 0; i < 8; i++) { context.fillRect(i, i, 9, 9); await pause(25) }
return within(told);
//: source_extensions engine
const source = new MediaSource();
const video = element('video', { src: URL.createObjectURL(source), muted: true });
await next(source, 'sourceopen');
const buffer = source.addSourceBuffer('video/webm; codecs="vp8"');
return source.readyState + ' ' + buffer.mode;
//: keys_of_the_clear_kind engine
if (!navigator.requestMediaKeySystemAccess) return 'none';
return came(navigator.requestMediaKeySystemAccess('org.w3.clearkey', [{ initDataTypes: ['cenc', 'webm'], videoCapabilities: [{ contentType: 'video/webm; codecs="vp8"' }] }]).then(() => 'there'));
//: keys_of_the_sealed_kind engine
if (!navigator.requestMediaKeySystemAccess) return 'none';
return came(navigator.requestMediaKeySystemAccess('com.widevine.alpha', [{ initDataTypes: ['cenc'], videoCapabilities: [{ contentType: 'video/mp4; codecs="avc1.42E01E"' }] }]).then(() => 'there'));
//: camera_and_microphone
return came(navigator.mediaDevices.getUserMedia({ audio: true, video: true }).then(() => 'there'), 700);
//: screen_capture
return came(navigator.mediaDevices.getDisplayMedia({ video: true }).then(() => 'there'), 400);
//: devices
return (await navigator.mediaDevices.enumerateDevices()).map(device => device.kind + (device.label ? ' named' : '')).join() || 'none';
//: voices engine
if (!self.speechSynthesis) return 'none';
speechSynthesis.getVoices();
await pause(150);
return speechSynthesis.getVoices().length ? 'some' : 'no voice';
//: session_metadata engine
navigator.mediaSession.metadata = new MediaMetadata({ title: 'a tone' });
return navigator.mediaSession.metadata.title + ' ' + navigator.mediaSession.playbackState;
//: audio_context_starts
const audio = new AudioContext();
await within(audio.resume(), 600);
const state = audio.state;
await audio.close();
return state;
//: audio_context_time_moves
const audio = new AudioContext();
await within(audio.resume(), 600);
await pause(150);
const moved = audio.currentTime > 0;
await audio.close();
return moved;
//: audio_decodes engine
const audio = new OfflineAudioContext(1, 800, 8000);
const buffer = await audio.decodeAudioData(await (await fetch('/tone.wav?d')).arrayBuffer());
return [buffer.duration.toFixed(1), buffer.numberOfChannels].join();
//: audio_renders engine
const audio = new OfflineAudioContext(1, 4410, 44100);
const tone = audio.createOscillator();
tone.connect(audio.destination); tone.start();
const samples = (await audio.startRendering()).getChannelData(0);
return samples.reduce((sum, sample) => sum + Math.abs(sample), 0) > 1000 ? 'sound' : 'silence';
//: sink_is_the_usual engine
return 'setSinkId' in HTMLMediaElement.prototype;
//: picture_in_picture engine
return document.pictureInPictureEnabled + ' ' + typeof documentPictureInPicture;
//: a_picture_decodes each=dot.png,picture.svg engine
const image = element('img', { src: '/' + EACH + '?' + Q });
await image.decode();
return image.naturalWidth + 'x' + image.naturalHeight;
//: pictures_of_types each=image/webp,image/avif,image/jxl,image/apng engine
const offered = (await hits((element('img', { src: '/dot.png?' + EACH + Q })).src))[0].headers.accept;
return offered.includes(EACH);
//: a_broken_picture_fails engine
return loaded(element('img', { src: '/taken?' + Q }));
//: canvas_encodes each=image/png,image/jpeg,image/webp engine
const canvas = element('canvas', { width: 4, height: 4 });
const data = await new Promise(done => canvas.toBlob(done, EACH));
return data.type + ' ' + (data.size > 0);
//: canvas_reads_back_what_was_drawn engine
const context = element('canvas', { width: 2, height: 2 }).getContext('2d');
context.fillStyle = '#336699';
context.fillRect(0, 0, 2, 2);
return [...context.getImageData(0, 0, 1, 1).data].join();
//: canvas_of_the_other_sites_picture_is_sealed engine
const image = element('img', { src: FAR + '/dot.png?' + Q });
await loaded(image);
const canvas = element('canvas');
canvas.getContext('2d').drawImage(image, 0, 0);
try { canvas.toDataURL(); return 'open' } catch (error) { return error.name }
//: bitmap engine
const bitmap = await createImageBitmap(await (await fetch('/dot.png')).blob());
return bitmap.width + 'x' + bitmap.height;
//: webgl each=webgl,webgl2 engine
const gl = element('canvas').getContext(EACH);
return gl ? (gl.getSupportedExtensions().length > 5 ? 'many extensions ' : 'few extensions ') + gl.getParameter(gl.VENDOR) : 'none';
//: webgl_draws engine
const gl = element('canvas', { width: 2, height: 2 }).getContext('webgl', { preserveDrawingBuffer: true });
if (!gl) return 'none';
gl.clearColor(0, 1, 0, 1); gl.clear(gl.COLOR_BUFFER_BIT);
const pixel = new Uint8Array(4);
gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
return pixel.join();
//: webgpu engine
if (!navigator.gpu) return 'none';
return (await within(navigator.gpu.requestAdapter(), 1000)) ? 'adapter' : 'no adapter';
//: decoder_of_films engine
if (!self.VideoDecoder) return 'none';
return (await VideoDecoder.isConfigSupported({ codec: 'vp8' })).supported;
//: decoder_of_pictures engine
if (!self.ImageDecoder) return 'none';
return ImageDecoder.isTypeSupported('image/png');
