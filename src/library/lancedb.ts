/** The one file that imports LanceDB: where a library's table is, how it is opened and made, and what its errors become. */
import { mkdir, readdir, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Connection, connect, Index, Session, type Table } from "@lancedb/lancedb";
import type { Table as ArrowTable } from "apache-arrow";
import { type ErrorCode, MedembedError } from "../errors.ts";
import { librarySchema } from "./arrow-rows.ts";
import { isRemote, type LibraryPlace } from "./library-place.ts";
import type { LibraryHead } from "./vector-space.ts";

export { Index, type Table };

const TABLE_NAME = "records";
/** What LanceDB remembers of files and versions, some 140 KB a commit: enough for the latest thousand, where by itself it keeps a gigabyte. */
const METADATA_BYTES = 128 * 2 ** 20;
/** Of all libraries of the process. Indexes are remembered as LanceDB likes: searches live on that. */
const session = new Session(undefined, BigInt(METADATA_BYTES));
/** How LanceDB speaks of a table whose maker was killed before its first version was there. */
const UNFINISHED = /Table '\w+' exists but could not be loaded.* was not found/s;
/**
 * How it says that another writer was first, and that nothing has been written. Most of the time it tries again by itself, but for no
 * longer than half a minute.
 */
const PREEMPTED = /commit conflict|too many concurrent writers/i;
/** Others may be first several times; who never gets a turn among so many is not helped by more. */
const MAX_TURNS = 20;
/** LanceDB's own messages may be pages long. */
const MAX_REASON_LENGTH = 300;
/** What S3 says why it refuses, and how LanceDB says that nobody has answered; both deep in its messages. */
const STORAGE_CODE = /<Code>(\w{1,64})<\/Code>/;
const UNREACHABLE = /HttpError \{ kind: (Connect|Timeout)\b/;

/** The table of a library; undefined where there is none. Its reads see what others have written meanwhile. */
export async function openTable(place: LibraryPlace): Promise<Table | undefined> {
  if (!isRemote(place.uri) && !(await isFolder(place.uri))) return undefined;
  return attempt("not-found", `the library ${place.uri} cannot be opened`, async () => {
    return openNamed(await connectTo(place), TABLE_NAME);
  });
}

/** A table whose maker was killed before its first version was there is none. */
async function openNamed(connection: Connection, name: string): Promise<Table | undefined> {
  if (!(await connection.tableNames()).includes(name)) return undefined;
  return connection.openTable(name).catch((error) => {
    if (UNFINISHED.test(error.message)) return undefined;
    throw error;
  });
}

/**
 * Makes the table of a library; when another process has made it meanwhile, that one is opened.
 * @throws MedembedError "usage" for a folder with other things in it, "write-failed"
 */
export async function createTable(place: LibraryPlace, head: LibraryHead): Promise<Table> {
  if (!isRemote(place.uri) && (await isFolder(place.uri)) && (await readdir(place.uri)).some(isForeign)) {
    throw new MedembedError(
      "usage",
      `${place.uri} has files in it and is no library; name a folder that does not exist`,
    );
  }
  return attempt("write-failed", `cannot make the library ${place.uri}`, async () => {
    if (!isRemote(place.uri)) await mkdir(place.uri, { recursive: true });
    const connection = await connectTo(place);
    return connection.createEmptyTable(TABLE_NAME, librarySchema(head), { mode: "create", existOk: true });
  });
}

/** Puts a table beside that of the records, in place of the one of this name, in one commit. */
export async function replaceTable(place: LibraryPlace, name: string, rows: ArrowTable): Promise<void> {
  const connection = await connectTo(place);
  const isThere = (await connection.tableNames()).includes(name); // to overwrite nothing is warned of on standard error
  const table = await connection.createTable(name, rows, { mode: isThere ? "overwrite" : "create" });
  table.close();
}

/** All rows of such a table, and what its schema says beside them; undefined where there is none. */
export async function readTable(
  place: LibraryPlace,
  name: string,
): Promise<{ readonly rows: ArrowTable; readonly metadata: ReadonlyMap<string, string> } | undefined> {
  const table = await openNamed(await connectTo(place), name);
  if (!table) return undefined;
  const [rows, { metadata }] = await Promise.all([table.query().toArrow(), table.schema()]);
  table.close();
  return { rows, metadata };
}

/**
 * Does something with a table, and does it again when another process was first. What LanceDB throws else gets a code and the
 * first line of its reason.
 */
export async function attempt<Result>(code: ErrorCode, failure: string, work: () => Promise<Result>): Promise<Result> {
  for (let turn = 1; ; turn++) {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof MedembedError) throw cause;
      const message = cause instanceof Error ? cause.message : String(cause);
      if (turn < MAX_TURNS && PREEMPTED.test(message)) continue;
      throw new MedembedError(code, `${failure}: ${reasonOf(message)}`, { cause });
    }
  }
}

function reasonOf(message: string): string {
  const [, storageCode] = STORAGE_CODE.exec(message) ?? [];
  if (storageCode !== undefined) return `the storage answers ${storageCode}`;
  if (UNREACHABLE.test(message)) return "the storage cannot be reached";
  return message.split("\n")[0].slice(0, MAX_REASON_LENGTH);
}

/** @param place what has no scheme is a folder: LanceDB would take some names for addresses of its own service */
function connectTo(place: LibraryPlace): Promise<Connection> {
  const uri = isRemote(place.uri) ? place.uri : resolve(place.uri);
  return connect(uri, {
    readConsistencyInterval: 0,
    session,
    ...(place.storage && { storageOptions: { ...place.storage } }),
  });
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** What killed processes have left of a library is none. */
function isForeign(name: string): boolean {
  return name !== `${TABLE_NAME}.lance`;
}
