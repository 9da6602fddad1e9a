import type { ToldExam, ToldLabel, ToldNumber } from "../server/told-exam.ts";

/** What header and neighbours come to, the most urgent first. */
export const FINDING_KINDS = ["disagrees", "missing", "unclear", "agrees"] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** One field of one record. */
export interface Finding {
  readonly id: string;
  readonly source: string;
  readonly field: string;
  readonly kind: FindingKind;
  readonly header: string | number | null;
  readonly predicted: string | number | null;
  /** Of the votes; undefined for a number. */
  readonly share?: number;
  /** In which most true numbers lie, where the examples are enough to say so. */
  readonly interval?: readonly [low: number, high: number];
}

/** Of the fields that were learned; disagreements first, and of each kind the clearest. */
export function findingsOf(exams: readonly ToldExam[], learned: readonly string[]): Finding[] {
  const isLearned = new Set(learned);
  const found = exams.flatMap(({ id, source, labels, numbers }): Finding[] => [
    ...Object.entries(labels).map(([field, told]) => ({ id, source, field, ...ofLabel(told) })),
    ...Object.entries(numbers).map(([field, told]) => ({ id, source, field, ...ofNumber(told) })),
  ]);
  return found
    .filter(({ field }) => isLearned.has(field))
    .sort((a, b) => rank(a) - rank(b) || (b.share ?? 0) - (a.share ?? 0));
}

function rank({ kind }: Pick<Finding, "kind">): number {
  return FINDING_KINDS.indexOf(kind);
}

function ofLabel({ header, predicted, share }: ToldLabel): Pick<Finding, "kind" | "header" | "predicted" | "share"> {
  return { header, predicted, share, kind: kindOf(header, predicted, header === predicted) };
}

function ofNumber({
  header,
  predicted,
  low,
  high,
}: ToldNumber): Pick<Finding, "kind" | "header" | "predicted" | "interval"> {
  if (low === null || high === null) return { header, predicted, kind: kindOf(header, predicted, true) };
  const isWithin = header !== null && header >= low && header <= high;
  return { header, predicted, interval: [low, high], kind: kindOf(header, predicted, isWithin) };
}

function kindOf(header: unknown, predicted: unknown, isSame: boolean): FindingKind {
  if (predicted === null) return "unclear";
  if (header === null) return "missing";
  return isSame ? "agrees" : "disagrees";
}

/** What is known of a field over all records. */
export interface FieldAudit {
  readonly field: string;
  readonly isLearned: boolean;
  /** Records whose headers tell it, and whose do not. */
  readonly told: number;
  readonly missing: number;
  /** Of those that do not, how many neighbours can tell. */
  readonly known: number;
  readonly disagree: number;
}

/** One for each field, in the order of the answers. */
export function auditOf(
  exams: readonly ToldExam[],
  learned: readonly string[],
  findings: readonly Finding[],
): FieldAudit[] {
  const headers = exams.map(({ labels, numbers }) => ({ ...labels, ...numbers }));
  return Object.keys(headers[0] ?? {}).map((field) => {
    const told = headers.filter((fields) => fields[field].header !== null).length;
    const own = findings.filter((finding) => finding.field === field);
    const count = (kind: FindingKind) => own.filter((finding) => finding.kind === kind).length;
    return {
      field,
      isLearned: learned.includes(field),
      told,
      missing: exams.length - told,
      known: count("missing"),
      disagree: count("disagrees"),
    };
  });
}
