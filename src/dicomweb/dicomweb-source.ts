import { MedembedError } from "../errors.ts";
import { boundaryOf, readParts } from "./multipart-related.ts";
import { type Answer, type RequestOptions, request } from "./request.ts";
import { integerOf, isUid, search, uidOf } from "./search.ts";
import { authorization, type Credentials, readServerUrl } from "./server-address.ts";
import { ServerFailure } from "./server-failure.ts";

/** As much as is read of a file on the disk. */
const DEFAULT_MAX_INSTANCE_BYTES = 2 ** 30;

const STUDY_UID = "0020000D";
const SERIES_UID = "0020000E";
const INSTANCE_UID = "00080018";
const INSTANCE_NUMBER = "00200013";

/** PS3.18 8.7.3: as the server has it; without it every file would be decompressed there. */
const ACCEPT_INSTANCES = 'multipart/related; type="application/dicom"; transfer-syntax=*';

/** PS3.18 8.3.4: a keyword or tag, or several with points between them. */
const ATTRIBUTE = /^[A-Za-z0-9]{1,64}(\.[A-Za-z0-9]{1,64}){0,8}$/;
/** What the search itself sets. */
const RESERVED = /^(limit|offset|includefield|fuzzymatching)$/i;

export interface DicomWebOptions extends Omit<RequestOptions, "authorization" | "signal"> {
  /** The root of the service, as `https://host/dicom-web`. */
  readonly url: string;
  readonly credentials?: Credentials | undefined;
  /** Larger files are refused; default 1 GiB. */
  readonly maxInstanceBytes?: number | undefined;
}

/** What is asked for: all series of the studies that meet all conditions. */
export interface Selection {
  /** Study Instance UIDs; of all studies where there are none. */
  readonly studies?: readonly string[] | undefined;
  /** Attributes of studies or series and what they must be, as in `{ Modality: "CT", StudyDate: "20240101-" }`. */
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** Where an instance lies on its server. */
export interface InstanceAddress {
  readonly study: string;
  readonly series: string;
  readonly instance: string;
}

/** A server that gives DICOM files by DICOMweb (PS3.18): searched with QIDO-RS, fetched with WADO-RS. */
export class DicomWebSource {
  readonly #root: string;
  readonly #options: RequestOptions;
  readonly #maxInstanceBytes: number;

  /** @throws MedembedError "usage" */
  constructor({ url, credentials, maxInstanceBytes = DEFAULT_MAX_INSTANCE_BYTES, ...options }: DicomWebOptions) {
    this.#root = readServerUrl(url);
    this.#options = { ...options, authorization: credentials && authorization(credentials) };
    this.#maxInstanceBytes = maxInstanceBytes;
  }

  /**
   * The instances of a selection, found while they are consumed: series in the order of the server, the instances of each by their
   * number.
   * @param signal ends the search
   * @throws MedembedError "usage" at once; then "server-failed", "unauthorised", "forbidden", "not-found"; the signal's reason
   */
  list(selection: Selection, signal?: AbortSignal): AsyncGenerator<InstanceAddress> {
    const conditions = conditionsOf(selection);
    const options = { ...this.#options, signal };
    const { studies = [] } = selection;
    return studies.length > 0
      ? this.#listStudies(studies, conditions, options)
      : this.#listSeries(`${this.#root}/series?${conditions}`, options);
  }

  async *#listStudies(
    studies: readonly string[],
    conditions: URLSearchParams,
    options: RequestOptions,
  ): AsyncGenerator<InstanceAddress> {
    for (const uid of studies) {
      let isEmpty = true;
      for await (const instance of this.#listSeries(`${this.#root}/studies/${uid}/series?${conditions}`, options)) {
        isEmpty = false;
        yield instance;
      }
      if (isEmpty)
        throw new MedembedError("not-found", `the DICOMweb server has nothing of study ${uid} that was asked for`);
    }
  }

  /** The bytes of an instance, as the server has them. @throws MedembedError as `list`; the signal's reason */
  fetch({ study, series, instance }: InstanceAddress, signal?: AbortSignal): Promise<Uint8Array> {
    const url = `${this.#root}/studies/${study}/series/${series}/instances/${instance}`;
    const options = { ...this.#options, signal };
    return request(url, ACCEPT_INSTANCES, options, (answer) => readInstance(answer, this.#maxInstanceBytes));
  }

  async *#listSeries(resource: string, options: RequestOptions): AsyncGenerator<InstanceAddress> {
    for await (const page of search(resource, [SERIES_UID, STUDY_UID], options)) {
      for (const found of page) yield* this.#listInstances(uidOf(found, STUDY_UID), uidOf(found, SERIES_UID), options);
    }
  }

  async *#listInstances(study: string, series: string, options: RequestOptions): AsyncGenerator<InstanceAddress> {
    const resource = `${this.#root}/studies/${study}/series/${series}/instances`;
    const instances: { readonly instance: string; readonly number: number }[] = [];
    for await (const page of search(resource, [INSTANCE_UID, INSTANCE_NUMBER], options)) {
      for (const found of page) {
        const number = integerOf(found, INSTANCE_NUMBER) ?? Number.POSITIVE_INFINITY;
        instances.push({ instance: uidOf(found, INSTANCE_UID), number });
      }
    }
    instances.sort((a, b) => a.number - b.number || (a.instance < b.instance ? -1 : 1));
    for (const { instance } of instances) yield { study, series, instance };
  }
}

/** @throws MedembedError "usage" */
function conditionsOf({ studies = [], query = {} }: Selection): URLSearchParams {
  if (studies.length === 0 && Object.keys(query).length === 0) {
    throw new MedembedError(
      "usage",
      "a selection needs a study or a query; whole archives are not fetched by accident",
    );
  }
  for (const uid of studies) {
    if (!isUid(uid)) throw new MedembedError("usage", `${uid} is no study UID: digits and points, at most 64`);
  }
  for (const attribute of Object.keys(query)) {
    if (!ATTRIBUTE.test(attribute) || RESERVED.test(attribute)) {
      throw new MedembedError("usage", `${attribute} is no attribute to search by, such as Modality or 00080060`);
    }
  }
  return new URLSearchParams(query);
}

async function readInstance({ contentType, body }: Answer, maxBytes: number): Promise<Uint8Array> {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) throw new ServerFailure("answers with something else than multipart/related");
  const files: Uint8Array[] = [];
  for await (const part of readParts(body, boundary, maxBytes)) {
    files.push(part);
    if (files.length > 1) break;
  }
  if (files.length !== 1) throw new ServerFailure("has sent another number of files than one");
  return files[0];
}
