// Marks for people to see: where clicks land, and boxes around elements. They lie above the page in a closed shadow
// root that takes no events and no room. `OVERLAY` keeps what is drawn in this document.
const OVERLAY = Symbol.for('browsr.overlay');
const INTERACTIVE = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=link], ' +
  '[role=checkbox], [role=radio], [role=tab], [role=menuitem], [role=option], [role=switch], [contenteditable=""], ' +
  '[contenteditable=true], [onclick], [tabindex]:not([tabindex^="-"])';
const COLORS = ['#d6336c', '#1971c2', '#2f9e44', '#e8590c', '#6741d9', '#0c8599'];

const styled = (tag, style) => {
  const element = doc.createElement(tag);
  // By the object model: a policy of the page may forbid style sheets and attributes.
  for (const [name, value] of Object.entries(style)) $(element).style.setProperty(name, value, 'important');
  return element;
};

// The element that all is drawn in: at a corner of the document, so that marks scroll along.
const surface = state => {
  if (!$(state.host)?.isConnected) {
    state.host = styled('browsr-overlay', {
      all: 'initial', display: 'block', position: 'absolute', left: '0', top: '0', width: '0', height: '0',
      'pointer-events': 'none', 'z-index': '2147483647',
    });
    $(state.host).setAttribute('data-browsr-overlay', '');
    $(state.host).setAttribute('aria-hidden', 'true');
    state.root = state.host.attachShadow({ mode: 'closed' });
    state.layers = {};
    doc.documentElement.append(state.host);
  }
  return state.root;
};

const layer = (state, name) => {
  const root = surface(state);
  if (!state.layers[name]) $(root).append(state.layers[name] = styled('div', { position: 'absolute', left: '0', top: '0' }));
  return state.layers[name];
};

const drawBoxes = state => {
  const boxes = layer(state, 'boxes');
  boxes.replaceChildren();
  const origin = $(state.host).getBoundingClientRect();
  const page = doc.documentElement;
  // No mark reaches beyond the document, which would make it larger.
  const right = Math.max(page.scrollWidth, innerWidth) - scrollX, bottom = Math.max(page.scrollHeight, innerHeight) - scrollY;
  let index = 0;
  for (const element of queryAll(state.boxes.selector)) {
    if (index >= state.boxes.limit) break;
    if (element === state.host || !visible(element)) continue;
    const box = $(element).getBoundingClientRect();
    const width = Math.min(box.right, right) - box.x, height = Math.min(box.bottom, bottom) - box.y;
    if (width <= 0 || height <= 0) { index++; continue; }
    const color = COLORS[index % COLORS.length];
    const mark = styled('div', {
      position: 'absolute', left: `${box.x - origin.x}px`, top: `${box.y - origin.y}px`, width: `${width}px`,
      height: `${height}px`, 'box-sizing': 'border-box', border: `2px solid ${color}`, overflow: 'hidden',
    });
    const label = styled('div', {
      position: 'absolute', right: '0', top: '0', background: color, color: '#fff', padding: '0 3px',
      font: '10px/12px sans-serif', 'white-space': 'nowrap',
    });
    $(label).textContent = String(index++);
    mark.append(label);
    boxes.append(mark);
  }
};

const redrawSoon = state => {
  if (state.drawing || !state.boxes) return;
  state.drawing = true;
  nextFrame().then(() => {
    state.drawing = false;
    if (state.boxes) drawBoxes(state);
  });
};

const watchBoxes = state => {
  const redraw = () => redrawSoon(state);
  const observer = new MutationObserver(redraw);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  for (const type of ['scroll', 'resize', 'load', 'transitionend', 'animationend']) addEventListener(type, redraw, true);
  return () => {
    observer.disconnect();
    for (const type of ['scroll', 'resize', 'load', 'transitionend', 'animationend']) removeEventListener(type, redraw, true);
  };
};

const watchClicks = state => {
  const click = event => {
    if (!event.isTrusted) return;
    const clicks = layer(state, 'clicks');
    const origin = $(state.host).getBoundingClientRect();
    clicks.replaceChildren(styled('div', {
      position: 'absolute', left: `${event.clientX - origin.x - 9}px`, top: `${event.clientY - origin.y - 9}px`,
      width: '18px', height: '18px', 'box-sizing': 'border-box', 'border-radius': '50%', border: '2px solid #d6336c',
      background: '#d6336c59',
    }));
  };
  addEventListener('pointerdown', click, true);
  return () => removeEventListener('pointerdown', click, true);
};

// Draws what is asked for and takes away what is not: `clicks` true or false, `boxes` null or {selector, limit}.
const drawOverlays = ({ clicks, boxes }) => {
  if (!doc.documentElement) return;
  const state = window[OVERLAY] ??= { boxes: null };
  const wanted = boxes && { selector: boxes.selector ?? { engine: 'css', body: INTERACTIVE }, limit: boxes.limit };
  // A bad selector is told before anything changes.
  if (wanted) queryAll(wanted.selector);
  const gone = !$(state.host)?.isConnected;
  if (!clicks && state.unwatchClicks) {
    state.unwatchClicks();
    state.unwatchClicks = null;
    state.layers?.clicks?.replaceChildren();
  } else if (clicks && !state.unwatchClicks) state.unwatchClicks = watchClicks(state);
  const changed = JSON.stringify(wanted) !== JSON.stringify(state.boxes);
  state.boxes = wanted;
  if (!wanted) {
    state.unwatchBoxes?.();
    state.unwatchBoxes = null;
    state.layers?.boxes?.replaceChildren();
  } else {
    state.unwatchBoxes ??= watchBoxes(state);
    if (changed || gone) drawBoxes(state);
  }
  if (!clicks && !wanted) { $(state.host)?.remove(); delete window[OVERLAY]; }
};
