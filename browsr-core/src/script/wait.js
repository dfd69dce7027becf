// Waiting in the page. A frame is raced with a timer: a page in the background gets no animation frames.
const pause = ms => new Promise(done => setTimeout(done, ms));
const nextFrame = () => Promise.race([new Promise(done => requestAnimationFrame(() => done(true))), pause(100)]);

// How long something was waited for, and on which page, without what its address may tell of people.
const inVain = since => ({ waited: Math.round(performance.now() - since), page: location.origin === 'null' ? location.protocol : location.origin + location.pathname });

// Until the DOM changes, at most `ms`: what is waited for may also be a matter of style, which no observer sees.
const nextChange = ms => new Promise(done => {
  const finish = () => { observer.disconnect(); clearTimeout(timer); done(); };
  const observer = new MutationObserver(finish);
  const timer = setTimeout(finish, ms);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
});
