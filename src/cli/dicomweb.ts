import { DicomWebSource, type InstanceAddress } from "../dicomweb/dicomweb-source.ts";
import type { Credentials } from "../dicomweb/server-address.ts";
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

/**
 * The DICOM files or series that `--dicomweb`, `--study` and `--query` name, found while they are consumed; undefined where none is given.
 * Messages do not repeat what the server calls them.
 * @throws MedembedError "usage"
 */
export function listDicomWeb(
  options: Options,
  { note, signal, isPerSeries }: Listing,
): AsyncGenerator<Input | RemoteSeries> | undefined {
  const url = text(options, "dicomweb");
  const studies = (options.study as string[] | undefined) ?? [];
  const query = readQuery((options.query as string[] | undefined) ?? []);
  if (url === undefined) {
    if (studies.length === 0 && Object.keys(query).length === 0) return undefined;
    throw new MedembedError("usage", "--study and --query need --dicomweb <url>, the server to ask");
  }
  const source = new DicomWebSource({
    url,
    credentials: readCredentials(process.env),
    onRetry: ({ message }, waitMs) => note(`${message}; again in ${(waitMs / 1000).toFixed(1)} s`),
  });
  const found = source.list({ studies, query }, signal);
  return untilAborted<Input | RemoteSeries>(
    isPerSeries ? remoteSeries(source, found, signal) : listInputs(source, found),
    signal,
  );
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
