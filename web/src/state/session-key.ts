import { signal } from "@preact/signals";

const STORED_UNDER = "medembed.key";

/** Somebody must give a key; `isWrong` where one was given that the server does not take. */
interface Asking {
  readonly isWrong: boolean;
  /** With the key, or nothing where the user would not give one. */
  readonly answer: (key: string | undefined) => void;
}

/** Set while calls wait for a key. */
export const keyAsked = signal<Asking | undefined>(undefined);

let waiting: Promise<string | undefined> | undefined;

/** The key of this tab; it goes nowhere but into the header of calls to this server. */
export function sessionKey(): string | undefined {
  return sessionStorage.getItem(STORED_UNDER) ?? undefined;
}

/** Asks for a key, once for all calls that need one. @param refused the key that was not taken */
export function askForKey(refused: string | undefined): Promise<string | undefined> {
  if (sessionKey() !== refused) return Promise.resolve(sessionKey()); // another call has asked meanwhile
  waiting ??= new Promise<string | undefined>((resolve) => {
    keyAsked.value = { isWrong: refused !== undefined, answer: resolve };
  }).then((key) => {
    keyAsked.value = undefined;
    waiting = undefined;
    if (key === undefined) sessionStorage.removeItem(STORED_UNDER);
    else sessionStorage.setItem(STORED_UNDER, key);
    return key;
  });
  return waiting;
}
