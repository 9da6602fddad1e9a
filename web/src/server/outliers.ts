import { askJson } from "./ask.ts";
import { ALL, pathOf, RECORDS_A_CALL } from "./calls.ts";
import type { Outcome, Refusal } from "./outcome.ts";

export const METHODS = ["knn", "mahalanobis"] as const;
export type Method = (typeof METHODS)[number];

/** A record that was compared with a reference, as `POST /library/{library}/outliers` has it. */
export interface Judged {
  readonly id: string;
  readonly source: string;
  readonly score: number;
  /** The chance of so high a score for one that is like the reference. */
  readonly p: number;
  /** The reference nearest to it. */
  readonly nearest: { readonly id: string; readonly source: string; readonly distance: number };
}

/** What the records were compared with. */
export interface Reference {
  readonly records: number;
  readonly groups: number;
  /** No p is smaller. */
  readonly smallestAlpha: number;
  /** The scores of the references, each without itself and its patient, ascending. */
  readonly scores: readonly number[];
  /** Above which the server calls outliers at `ALPHA`; null where the reference is too small for that. */
  readonly threshold: number | null;
}

/** The share of what is like the reference that may be called an outlier. */
export const ALPHA = 0.05;

export interface JudgedPage {
  readonly reference: Reference;
  readonly judged: readonly Judged[];
  /** References among the records looked at. */
  readonly passedBy: number;
}

interface Asked {
  readonly reference: readonly string[];
  readonly where: readonly string[];
  readonly method: Method;
}

interface JudgedOne {
  readonly methods: Readonly<Partial<Record<Method, { readonly score: number; readonly p: number }>>>;
  readonly nearest: readonly Judged["nearest"][];
}

interface PicturesAnswer {
  readonly judged: readonly (JudgedOne | Refusal)[];
}

interface Answer {
  readonly reference: Omit<Reference, "scores" | "threshold">;
  readonly methods: Readonly<
    Partial<
      Record<Method, { readonly threshold: { readonly value: number } | null; readonly leftOut: readonly number[] }>
    >
  >;
  readonly judged: readonly (JudgedOne & { readonly id: string; readonly source: string })[];
  readonly passedBy: number;
  readonly next?: string;
}

/** A picture that is no record. */
export type JudgedPicture = Pick<Judged, "score" | "p" | "nearest">;

/** Compares pictures with a reference; nothing of them is stored. @param images base64 of files @returns one each, in order @throws as `ask` */
export async function judgePictures(
  library: string,
  { reference, method }: Pick<Asked, "reference" | "method">,
  images: readonly string[],
  signal: AbortSignal,
): Promise<readonly Outcome<JudgedPicture>[]> {
  const body = { reference, images, method, alpha: ALPHA };
  const { judged } = await askJson<PicturesAnswer>(`${pathOf(library)}/outliers`, { method: "POST", body, signal });
  return judged.map((one) =>
    "error" in one ? { refused: one.error.message } : { found: { ...one.methods[method]!, nearest: one.nearest[0] } },
  );
}

/** Compares records with a reference, a page at a time. @throws as `ask` */
export async function* judge(
  library: string,
  { reference, where, method }: Asked,
  signal: AbortSignal,
): AsyncGenerator<JudgedPage> {
  let after: string | undefined;
  do {
    const page = { where: [ALL, ...where], limit: RECORDS_A_CALL, ...(after !== undefined && { after }) };
    const body = { reference, ...page, method, alpha: ALPHA, leftOut: true };
    const answer: Answer = await askJson(`${pathOf(library)}/outliers`, { method: "POST", body, signal });
    const { threshold, leftOut } = answer.methods[method]!;
    yield {
      reference: { ...answer.reference, scores: leftOut, threshold: threshold?.value ?? null },
      judged: answer.judged.map(({ id, source, methods, nearest }) => {
        return { id, source, ...methods[method]!, nearest: nearest[0] };
      }),
      passedBy: answer.passedBy,
    };
    after = answer.next;
  } while (after !== undefined);
}

/** The one of a link, else the usual one. */
export function methodOf(named: string | undefined): Method {
  return METHODS.find((method) => method === named) ?? METHODS[0];
}
