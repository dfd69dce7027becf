// Runs an expression among the globals of the page, and describes what comes of it or is thrown.
const run = async source => {
  try {
    return describe(await window.eval(source));
  } catch (error) {
    const thrown = error !== null && typeof error === 'object';
    return write({ e: {
      name: String(thrown && error.name || 'Error'),
      message: String(thrown && error.message !== undefined ? error.message : error),
    } });
  }
};
