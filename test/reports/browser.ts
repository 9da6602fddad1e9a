import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";

/** The browser of the system, if there is one. */
export const chromium = (process.env.PATH ?? "")
  .split(delimiter)
  .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

/** What a browser has seen of a page. */
export interface SeenPage {
  /** Console messages, faults and what the page's policy has refused. */
  readonly complaints: readonly string[];
  /** Addresses that were asked for, without the page's own and data: URLs. */
  readonly requests: readonly string[];
  /** Of the value of a JavaScript expression. */
  readonly value: unknown;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** Opens a page of the disk in a real browser and evaluates an expression in it. */
export async function lookAt(path: string, expression: string, scheme: "light" | "dark" = "light"): Promise<SeenPage> {
  const folder = mkdtempSync(join(tmpdir(), "medembed-browser-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];
  const browser = spawn(chromium!, [...flags, "--remote-debugging-pipe", `--user-data-dir=${folder}`, "about:blank"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  const tools = new DevTools(browser);
  try {
    return await look(tools, path, expression, scheme);
  } finally {
    await tools.call("Browser.close", {}).catch(() => browser.kill()); // killed, it leaves children that still write
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  }
}

async function look(tools: DevTools, path: string, expression: string, scheme: string): Promise<SeenPage> {
  const { targetId } = await tools.call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await tools.call("Target.attachToTarget", { targetId, flatten: true });
  const call = (method: string, params: object = {}) => tools.call(method, params, sessionId as string);
  for (const domain of ["Page", "Runtime", "Log", "Network", "Audits"]) await call(`${domain}.enable`);
  await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  const loaded = tools.event("Page.loadEventFired");
  await call("Page.navigate", { url: pathToFileURL(path).href });
  await loaded;
  const { result } = await call("Runtime.evaluate", { expression, returnByValue: true });
  const complaints = tools.events(
    "Runtime.consoleAPICalled",
    "Runtime.exceptionThrown",
    "Log.entryAdded",
    "Audits.issueAdded",
  );
  const requested = tools.events("Network.requestWillBeSent").map(({ request }) => (request as { url: string }).url);
  return {
    complaints: complaints.map((complaint) => JSON.stringify(complaint)),
    requests: requested.filter((url) => url !== pathToFileURL(path).href && !url.startsWith("data:")),
    value: (result as { value: unknown }).value,
  };
}

/** The DevTools protocol over a pipe: JSON messages, a zero byte behind each. */
class DevTools {
  readonly #input: Writable;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #events: { method: string; params: Readonly<Record<string, unknown>> }[] = [];
  readonly #waiting = new Map<string, () => void>();
  #fail: (error: Error) => void = () => {};
  readonly #failed: Promise<never>;
  #calls = 0;

  constructor(browser: ChildProcess) {
    this.#input = browser.stdio[3] as Writable;
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failed.catch(() => {});
    browser.once("exit", (code) => this.#fail(new Error(`the browser has ended with ${code}`)));
    browser.once("error", this.#fail);
    this.#input.on("error", this.#fail);
    let rest = "";
    (browser.stdio[4] as Readable).setEncoding("utf8").on("data", (chunk: string) => {
      const messages = `${rest}${chunk}`.split("\0");
      rest = messages.pop()!;
      for (const message of messages) this.#take(JSON.parse(message));
    });
  }

  async call(method: string, params: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#calls;
    const answer = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await Promise.race([answer, this.#failed]);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result!;
  }

  event(method: string): Promise<void> {
    return Promise.race([new Promise<void>((resolve) => this.#waiting.set(method, resolve)), this.#failed]);
  }

  events(...methods: string[]): Readonly<Record<string, unknown>>[] {
    return this.#events.filter(({ method }) => methods.includes(method)).map(({ params }) => params);
  }

  #take({ id, method, ...message }: Message): void {
    if (id !== undefined) this.#answers.get(id)?.(message);
    if (method === undefined) return;
    this.#events.push({ method, params: message.params ?? {} });
    this.#waiting.get(method)?.();
  }
}
