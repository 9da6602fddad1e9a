interface Entry<Value> {
  readonly value: Promise<Value>;
  users: number;
}

/** Opens what several need once for all of them, and keeps what nobody needs at the moment, up to a number. */
export class OpenedOnce<Value extends { close(): Promise<void> }> {
  readonly #idle: number;
  /** The one used last comes last. */
  readonly #entries = new Map<string, Entry<Value>>();

  /** @param idle that are kept open for who comes next */
  constructor(idle: number) {
    this.#idle = idle;
  }

  /** @throws what `open` throws; the next to ask opens it anew */
  async lend<Result>(
    key: string,
    open: () => Promise<Value>,
    work: (value: Value) => Promise<Result>,
  ): Promise<Result> {
    const entry = this.#entries.get(key) ?? { value: open(), users: 0 };
    this.#entries.set(key, entry);
    entry.users++;
    try {
      const value = await entry.value.catch((error) => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
        throw error;
      });
      return await work(value);
    } finally {
      entry.users--;
      if (this.#entries.delete(key)) this.#entries.set(key, entry);
      await this.#closeIdle(this.#idle);
    }
  }

  /** Of what nobody needs. */
  async close(): Promise<void> {
    await this.#closeIdle(0);
  }

  async #closeIdle(kept: number): Promise<void> {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0);
    for (const [key, { value }] of idle.slice(0, Math.max(0, idle.length - kept))) {
      this.#entries.delete(key);
      await (await value).close();
    }
  }
}
