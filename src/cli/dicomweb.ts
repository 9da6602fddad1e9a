import { DicomWebSource, type InstanceAddress, type Selection } from "../dicomweb/dicomweb-source.ts";
import { type Credentials, readServerUrl } from "../dicomweb/server-address.ts";
import { MedembedError } from "../errors.ts";
import type { Input } from "./inputs.ts";
import { text } from "./options.ts";
import { pathOf, type RemoteSeries, remoteSeries } from "./remote-series.ts";

type Options = Readonly<Record<string, unknown>>;

interface Listing {
  /** Told before a request is sent again. */
  readonly note: (message: string) => void;
  /** Ends the list. */
  readonly signal: AbortSignal;
  /** Whether series are listed, and not files. */
  readonly isPerSeries: boolean;
}

/** A server, and who asks it. */
export interface DicomWebServer {
  /** As `https://host/dicom-web`, without credentials. */
  readonly root: string;
  readonly source: DicomWebSource;
}

/** What is asked for of a server. */
export interface DicomWebListing extends Pick<DicomWebServer, "root"> {
  readonly selection: Selection;
  /** The files or series, found while they are consumed; the same each time, as long as the server has the same. */
  readonly list: () => AsyncGenerator<Input | RemoteSeries>;
}

/** The server of `--dicomweb`, with the credentials of the environment; undefined where none is named. @throws MedembedError "usage" */
export function openDicomWeb(options: Options, note: Listing["note"]): DicomWebServer | undefined {
  const url = text(options, "dicomweb");
  if (url === undefined) return undefined;
  const source = new DicomWebSource({
    url,
    credentials: readCredentials(process.env),
    onRetry: ({ message }, waitMs) => note(`${message}; again in ${(waitMs / 1000).toFixed(1)} s`),
  });
  return { root: readServerUrl(url), source };
}

/**
 * The DICOM files or series that `--dicomweb`, `--study` and `--query` name; undefined where none is given. Messages do not repeat what
 * the server calls them.
 * @throws MedembedError "usage"
 */
export function selectDicomWeb(options: Options, { note, signal, isPerSeries }: Listing): DicomWebListing | undefined {
  const studies = (options.study as string[] | undefined) ?? [];
  const query = readQuery((options.query as string[] | undefined) ?? []);
  const server = openDicomWeb(options, note);
  if (!server) {
    if (studies.length === 0 && Object.keys(query).length === 0) return undefined;
    throw new MedembedError("usage", "--study and --query need --dicomweb <url>, the server to ask");
  }
  const { root, source } = server;
  const selection = { studies, query };
  const list = () => {
    const found = source.list(selection, signal);
    return untilAborted<Input | RemoteSeries>(
      isPerSeries ? remoteSeries(source, found, signal) : listInputs(source, found),
      signal,
    );
  };
  return { root, selection, list };
}

/** The same, found while it is consumed. @throws MedembedError "usage" */
export function listDicomWeb(options: Options, listing: Listing): AsyncGenerator<Input | RemoteSeries> | undefined {
  return selectDicomWeb(options, listing)?.list();
}

async function* untilAborted<Item>(items: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  try {
    for await (const item of items) {
      if (signal.aborted) return;
      yield item;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function* listInputs(source: DicomWebSource, found: AsyncIterable<InstanceAddress>): AsyncGenerator<Input> {
  let [series, count, current] = [0, 0, ""];
  for await (const address of found) {
    if (address.series !== current) [series, count, current] = [series + 1, 0, address.series];
    count++;
    const name = `instance ${count} of series ${series}`;
    yield { kind: "image", id: pathOf(address), name, fetch: () => source.fetch(address) };
  }
}

function readQuery(conditions: readonly string[]): Record<string, string> {
  const query: Record<string, string> = {};
  for (const condition of conditions) {
    const [, attribute, value] = /^([^=]+)=(.*)$/s.exec(condition) ?? [];
    if (attribute === undefined)
      throw new MedembedError("usage", `--query ${condition} is not of the form Modality=CT`);
    if (Object.hasOwn(query, attribute)) throw new MedembedError("usage", `--query ${attribute}= is given twice`);
    query[attribute] = value;
  }
  return query;
}

function readCredentials(environment: NodeJS.ProcessEnv): Credentials | undefined {
  const {
    MEDEMBED_DICOMWEB_TOKEN: token,
    MEDEMBED_DICOMWEB_USER: user,
    MEDEMBED_DICOMWEB_PASSWORD: password,
  } = environment;
  if (token && user) {
    throw new MedembedError("usage", "give either MEDEMBED_DICOMWEB_TOKEN or MEDEMBED_DICOMWEB_USER, not both");
  }
  if (token) return { token };
  return user ? { user, password: password ?? "" } : undefined;
}
