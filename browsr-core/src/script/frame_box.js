// Where the content of an iframe lies in the viewport of its parent, once it is there.
const frameBox = (selector, budget) => whenAttached(selector, budget, element => {
  if (!/^i?frame$/.test($(element).localName)) return { failed: describe(element) };
  if ($(element).getBoundingClientRect().bottom < 0 || $(element).getBoundingClientRect().top > innerHeight) {
    $(element).scrollIntoView({ block: 'center', behavior: 'instant' });
  }
  const box = $(element).getBoundingClientRect();
  const style = getComputedStyle(element);
  const scale = $(element).offsetWidth ? box.width / $(element).offsetWidth : 1;
  return {
    x: box.x + ($(element).clientLeft + parseFloat(style.paddingLeft)) * scale,
    y: box.y + ($(element).clientTop + parseFloat(style.paddingTop)) * scale,
    scale,
  };
});
