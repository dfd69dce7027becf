// What scrolls, and how far it has.
const offsets = () => {
  const found = [scrollX, scrollY];
  for (const root of [document, ...shadowRoots(document)]) for (const element of $(root).querySelectorAll('*'))
    if ($(element).scrollTop || $(element).scrollLeft) found.push($(element).scrollTop, $(element).scrollLeft);
  return found.join();
};

// What scrolls the page: the document, or where that does not, the largest scroller that shows.
const mainScroller = sideways => {
  const page = doc.scrollingElement ?? doc.documentElement;
  const goes = (element, overflow) => (sideways ? $(element).scrollWidth > $(element).clientWidth : $(element).scrollHeight > $(element).clientHeight) && overflow(sideways ? 'overflowX' : 'overflowY');
  const kept = axis => [doc.documentElement, doc.body].some(element => element && /hidden|clip/.test(getComputedStyle(element)[axis]));
  if (goes(page, axis => !kept(axis))) return page;
  let best = page, size = 0;
  for (const root of [document, ...shadowRoots(document)]) for (const element of $(root).querySelectorAll('*')) {
    if (!goes(element, axis => /auto|scroll/.test(getComputedStyle(element)[axis]))) continue;
    const box = $(element).getBoundingClientRect();
    const area = Math.max(0, Math.min(box.right, innerWidth) - Math.max(box.left, 0)) * Math.max(0, Math.min(box.bottom, innerHeight) - Math.max(box.top, 0));
    if (area > size) [best, size] = [$(element), area];
  }
  return best;
};

const middleOfScroller = sideways => {
  const scroller = mainScroller(sideways);
  if (scroller === (doc.scrollingElement ?? doc.documentElement)) return { x: innerWidth / 2, y: innerHeight / 2 };
  const box = scroller.getBoundingClientRect();
  return {
    x: (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, y: (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2,
  };
};

const framesThere = () => [document, ...shadowRoots(document)].some(root => $(root).querySelector('iframe, frame'));

// Waits until nothing scrolls any more, and says whether anything has since `before`.
const whenStill = async (budget, before) => {
  const until = performance.now() + budget;
  let last = offsets();
  for (let same = 0; same < 3 && performance.now() < until; ) {
    await nextFrame();
    const now = offsets();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  // What scrolls in frames does not show here.
  return last !== before || (window === window.top && !framesThere() ? false : null);
};
