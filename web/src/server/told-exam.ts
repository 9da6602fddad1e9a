/** What a header and the neighbours say in a word. */
export interface ToldLabel {
  readonly header: string | null;
  /** Null where the neighbours do not agree well enough. */
  readonly predicted: string | null;
  /** Of their votes. */
  readonly share: number;
}

/** The same in a number, with the interval in which most true ones lie. */
export interface ToldNumber {
  readonly header: number | null;
  readonly predicted: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** A record as `POST /library/{library}/exam-parameters` tells it, by field. */
export interface ToldExam {
  readonly id: string;
  readonly source: string;
  readonly labels: Readonly<Record<string, ToldLabel>>;
  readonly numbers: Readonly<Record<string, ToldNumber>>;
}
