/** What LanceDB keeps elsewhere than in a folder. */
const REMOTE = /^(s3|gs|az):\/\//;

/** Where a library is: a folder, or an address such as `s3://bucket/library`. */
export interface LibraryPlace {
  readonly uri: string;
  /** For addresses, as LanceDB names them, e.g. `endpoint`, `region`; what is missing is taken from AWS_* in the environment. */
  readonly storage?: Readonly<Record<string, string>> | undefined;
}

/** Whether it is an address; all else is a folder. */
export function isRemote(uri: string): boolean {
  return REMOTE.test(uri);
}
