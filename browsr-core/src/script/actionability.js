// Waits until an element is attached, visible, stable, enabled and receives events, and says where to point.
const hitAt = (x, y) => {
  let hit = doc.elementFromPoint(x, y);
  while ($(hit)?.shadowRoot) {
    const inner = $(hit).shadowRoot.elementFromPoint(x, y);
    if (!inner || inner === hit) break;
    hit = inner;
  }
  return hit;
};

const receives = (element, hit) => {
  if (!hit) return false;
  if (holds(element, hit)) return true;
  // A click on a label goes to its control, and one inside an editing host to the host.
  const label = $(hit).closest?.('label');
  return Boolean(label && $(label).control === element);
};

const pointsIn = (element, offset) => {
  if (offset) {
    const box = boxOf(element);
    return [{ x: box.x + offset.x, y: box.y + offset.y }];
  }
  const points = [];
  const area = $(element).localName === 'area' && areaOf(element);
  // The middle of a part with many corners may lie outside of it; that of some three of them does not.
  if (area && area.corners.length > 2) {
    const [first, ...rest] = area.corners;
    const middle = corners => ({ x: corners.reduce((sum, { x }) => sum + x, 0) / corners.length, y: corners.reduce((sum, { y }) => sum + y, 0) / corners.length });
    // A line from there to the side crosses the edge an odd number of times where it begins inside.
    const isInside = ({ x, y }) => area.corners.filter((corner, i) => {
      const before = area.corners.at(i - 1);
      return (corner.y > y) !== (before.y > y) && x < corner.x + (before.x - corner.x) * (y - corner.y) / (before.y - corner.y);
    }).length % 2 === 1;
    const inside = [middle(area.corners), ...rest.slice(1).map((corner, i) => middle([first, rest[i], corner]))].filter(isInside);
    // Chrome counts from the border of the picture, Firefox from what is within.
    return [...inside, ...inside.map(({ x, y }) => ({ x: x - area.inset.x, y: y - area.inset.y }))];
  }
  for (const box of boxesOf(element)) {
    const left = Math.max(0, box.left), right = Math.min(innerWidth, box.right);
    const top = Math.max(0, box.top), bottom = Math.min(innerHeight, box.bottom);
    if (right - left >= 1 && bottom - top >= 1) points.push({ x: (left + right) / 2, y: (top + bottom) / 2 });
    else if (right > left && bottom > top) points.push({ x: left, y: top });
  }
  return points;
};

const ALIGNMENTS = ['center', 'end', 'start', 'nearest'];

const actionable = async ({ selector, needs, budget, offset }) => {
  const need = new Set(needs);
  const until = performance.now() + budget;
  let why = null;
  for (let round = 0; ; round++) {
    const element = query(selector);
    if (!element) why = { failed: 'no_such_element', ...inVain(until - budget) };
    else {
      why = await attempt(element, need, offset, round);
      if (!why.failed) {
        if (need.has('press')) watchPress(element);
        return why;
      }
    }
    const left = until - performance.now();
    if (left <= 0) return why;
    await nextChange(Math.min(left, why.failed === 'unstable' ? 16 : 50));
  }
};

const attempt = async (element, need, offset, round) => {
  if (need.has('visible') && !visible(element)) return { failed: 'hidden' };
  if (need.has('enabled') && !enabled(element)) return { failed: 'disabled' };
  if (need.has('typable')) return typable(element, round);
  const outside = () => {
    const { x, y, width, height } = boxOf(element);
    return y + height <= 0 || x + width <= 0 || y >= innerHeight || x >= innerWidth;
  };
  const scroll = () => {
    const at = ALIGNMENTS[round % ALIGNMENTS.length];
    $(boxedOf(element)).scrollIntoView({ block: at, inline: at, behavior: 'instant' });
  };
  if (need.has('receives')) {
    const { x, y } = pointsIn(element, offset)[0] ?? {};
    // Scrolled only when it must be: a click should not move a page that shows its target already.
    if (x === undefined || outside() || !receives(element, hitAt(x, y))) scroll();
  }
  if (need.has('stable')) {
    let last = boxOf(element), framed = performance.now();
    for (let still = 0; still < 2; ) {
      // Two boxes lie at least a frame apart also where the frames come faster than the display shows them.
      await nextFrame();
      const now = performance.now(), box = boxOf(element);
      if (!$(element).isConnected) return { failed: 'detached' };
      if (box.x !== last.x || box.y !== last.y || box.width !== last.width || box.height !== last.height) {
        return { failed: 'unstable' };
      }
      if (now - framed >= 4) { still++; framed = now; }
      last = box;
    }
  }
  if (!$(element).isConnected) return { failed: 'detached' };
  const result = { box: boxOf(element), tag: $(element).localName, type: $(element).type ?? '' };
  if (!need.has('receives')) return result;
  const points = pointsIn(element, offset);
  if (!points.length) return { failed: visible(element) ? 'outside' : 'hidden' };
  let by = null;
  for (const point of points) {
    const hit = hitAt(point.x, point.y);
    if (receives(element, hit)) return { ...result, point };
    by ??= hit;
  }
  // Firefox finds the picture, whichever part is there.
  if ($(element).localName === 'area' && by && areaOf(element)?.picture === by) return { ...result, point: points[0] };
  if (getComputedStyle(element).pointerEvents === 'none') return { failed: 'no_pointer_events' };
  return { failed: 'covered', by: by ? describe(by) : null, point: points[0] };
};
