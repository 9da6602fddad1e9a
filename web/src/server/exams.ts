import { askJson } from "./ask.ts";
import { ALL, pathOf, RECORDS_A_CALL } from "./calls.ts";
import type { ToldExam } from "./told-exam.ts";

export interface ToldPage {
  readonly examples: { readonly records: number; readonly patients: number };
  /** Fields that the examples tell often enough. */
  readonly learned: readonly string[];
  readonly told: readonly ToldExam[];
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
