// Runs in the page before its own scripts: watches frames and long tasks, and reads what WebGL has drawn.
const longTasks = [];
new PerformanceObserver((list) => longTasks.push(...list.getEntries())).observe({ type: "longtask", buffered: true });

globalThis.watch = {
  /** From now on, until `end` tells what has been: the intervals between frames, and long tasks, in ms. */
  begin() {
    const started = performance.now();
    const intervals = [];
    let last;
    let isOver = false;
    const take = (now) => {
      if (isOver) return;
      if (last !== undefined) intervals.push(now - last);
      last = now;
      requestAnimationFrame(take);
    };
    requestAnimationFrame(take);
    this.end = async () => {
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame); // what the last event has caused is seen, too
      isOver = true;
      await new Promise((resolve) => setTimeout(resolve)); // the observer is told of a task after it
      const tasks = longTasks.filter(({ startTime }) => startTime >= started).map(({ duration }) => duration);
      return { intervals, tasks };
    };
  },

  /** All of the page so far, since it was asked for. */
  longTasks: () => longTasks.map(({ duration }) => duration),

  /** @returns when something that a selector names was there, in ms since the page was asked for */
  untilThere: (selector) => untilFrame(() => document.querySelector(selector) !== null),

  /** @returns when the map had points, in ms since the page was asked for */
  untilDrawn: () =>
    untilFrame(() => {
      const canvas = document.querySelector("canvas");
      if (!canvas) return false;
      const gl = canvas.getContext("webgl");
      const pixels = new Uint8Array(4 * canvas.width * canvas.height);
      gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      return pixels.some((value) => value > 0);
    }),

  /** @returns when the text of what a selector names was another one, in ms since the page was asked for */
  untilOther: (selector, text) => untilFrame(() => document.querySelector(selector)?.textContent !== text),

  /** Addresses of what has been loaded of the page's program. */
  scripts: () =>
    performance
      .getEntriesByType("resource")
      .map(({ name }) => name)
      .filter((name) => name.endsWith(".js")),

  /** What draws. */
  renderer() {
    const gl = document.createElement("canvas").getContext("webgl");
    const names = gl.getExtension("WEBGL_debug_renderer_info");
    return gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  },
};

async function untilFrame(isSo) {
  while (!isSo()) await new Promise(requestAnimationFrame);
  return performance.now();
}
