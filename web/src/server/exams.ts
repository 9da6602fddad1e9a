import { askJson } from "./ask.ts";
import { ALL, pathOf, RECORDS_A_CALL } from "./calls.ts";
import type { Outcome, Refusal } from "./outcome.ts";
import type { ToldExam } from "./told-exam.ts";

export interface ToldPage {
  readonly examples: { readonly records: number; readonly patients: number };
  /** Fields that the examples tell often enough. */
  readonly learned: readonly string[];
  readonly told: readonly ToldExam[];
}

/** A picture that is no record: what its header and the neighbours say. */
export interface ToldPicture extends Pick<ToldExam, "labels" | "numbers"> {
  readonly learned: readonly string[];
  /** The id of the example that is most like it. */
  readonly nearest: string | undefined;
}

interface PicturesAnswer {
  readonly learned: readonly string[];
  readonly told: readonly (
    | (Pick<ToldExam, "labels" | "numbers"> & { readonly neighbours: readonly { readonly id: string }[] })
    | Refusal
  )[];
}

/**
 * Asks the neighbours of pictures how they were made; nothing of them is stored.
 * @param images base64 of files @returns one each, in order, or why it cannot be read @throws as `ask`
 */
export async function tellPictures(
  library: string,
  examples: readonly string[],
  images: readonly string[],
  signal: AbortSignal,
): Promise<readonly Outcome<ToldPicture>[]> {
  const path = `${pathOf(library)}/exam-parameters`;
  const body = { examples, images };
  const { learned, told } = await askJson<PicturesAnswer>(path, { method: "POST", body, signal });
  return told.map((one) => {
    if ("error" in one) return { refused: one.error.message };
    const { labels, numbers, neighbours } = one;
    return { found: { labels, numbers, learned, nearest: neighbours.at(0)?.id } };
  });
}

/** Asks the neighbours of records how they were made, a page at a time. @throws as `ask` */
export async function* tellExams(
  library: string,
  { examples, where }: { readonly examples: readonly string[]; readonly where: readonly string[] },
  signal: AbortSignal,
): AsyncGenerator<ToldPage> {
  let after: string | undefined;
  do {
    const page = { where: [ALL, ...where], limit: RECORDS_A_CALL, ...(after !== undefined && { after }) };
    const path = `${pathOf(library)}/exam-parameters`;
    const answer = await askJson<ToldPage & { readonly next?: string }>(path, {
      method: "POST",
      body: { examples, ...page },
      signal,
    });
    yield answer;
    after = answer.next;
  } while (after !== undefined);
}
