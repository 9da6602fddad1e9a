/** Resolves after a while, and not before the page is seen. @throws the signal's reason */
export function nextLook(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (document.hidden) document.addEventListener("visibilitychange", look, { once: true, signal });
      else resolve();
    };
    const timer = setTimeout(look, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
