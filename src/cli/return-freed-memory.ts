/** The one file that imports koffi. */

/** Of glibc, which runs with onnxruntime's Linux builds. */
const C_LIBRARY = "libc.so.6";
/** `mallopt` of its <malloc.h>. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
/** What both begin with. To set them ends that they grow. */
const BYTES = 128 * 2 ** 10;

/**
 * Has memory that was freed go back to the system, for the life of the process. By itself glibc soon keeps blocks of many megabytes in
 * one heap a thread, which they leave in pieces: a process that writes to a library again and again grew by one or two megabytes with
 * each commit. Does nothing on other systems than Linux, where onnxruntime needs glibc.
 */
export async function returnFreedMemory(): Promise<void> {
  if (process.platform !== "linux") return;
  const { default: koffi } = await import("koffi");
  const mallopt = koffi.load(C_LIBRARY).func("int mallopt(int, int)");
  for (const threshold of [M_TRIM_THRESHOLD, M_MMAP_THRESHOLD]) {
    if (mallopt(threshold, BYTES) !== 1) throw new Error(`glibc refuses ${BYTES} for its parameter ${threshold}`);
  }
}
