import { MAX_COLUMNS, MAX_RECORD_BYTES } from "./read-csv.ts";

const [QUOTE, COMMA, CR, LF] = [0x22, 0x2c, 0x0d, 0x0a];

/** Where a record lies in its file: blank lines before it and its line break are part of it. */
export interface RecordPlace {
  readonly start: number;
  readonly end: number;
}

/** Where the scanner stands. closing: behind a quotation mark that ends the cell, or is one of two; returned: behind that and CR. */
type State = "cell start" | "unquoted" | "quoted" | "closing" | "returned";

/**
 * Finds where the records of a CSV file lie, without making cells of them, which is what takes the time: one process that plans must
 * be ahead of many that embed. It knows sound files alone. What is not plainly sound it leaves to `readCsv`, from the record on that
 * it has come to.
 */
export class RecordScanner {
  #start: number;
  /** Where the line begins on which it stands, if that is the first of the record that is not blank; and its first byte. */
  #content: number;
  #first: number | undefined;
  #commas = 0;
  #state: State = "cell start";
  #isInDoubt = false;
  /** Of the next piece, in the file. */
  #base = 0;
  readonly #maxRecordBytes: number;

  /** @param start where in the file the first record begins */
  constructor(start: number, maxRecordBytes = MAX_RECORD_BYTES) {
    this.#start = start;
    this.#content = start;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Whether the record at `start` is not plainly sound; then nothing more is found. */
  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** Of the record that it has come to. */
  get start(): number {
    return this.#start;
  }

  /** @param piece the next one of the file, from its first byte on @returns the records that end in it */
  scan(piece: Buffer): RecordPlace[] {
    const found: RecordPlace[] = [];
    const next = { [QUOTE]: -1, [COMMA]: -1, [LF]: -1 };
    /** Each byte is looked at once for each of the three, however many records there are. */
    const find = (byte: keyof typeof next, from: number) => {
      if (next[byte] < from) {
        const at = piece.indexOf(byte, from);
        next[byte] = at < 0 ? piece.length : at;
      }
      return next[byte];
    };
    let at = Math.max(0, this.#start - this.#base);
    while (at < piece.length && !this.#isInDoubt) {
      if (this.#base + at === this.#content) this.#first = piece[at];
      if (this.#state === "quoted") {
        at = find(QUOTE, at) + 1;
        if (at <= piece.length) this.#state = "closing";
      } else if (this.#state === "closing" && piece[at] === QUOTE) {
        this.#state = "quoted";
        at++;
      } else if (this.#state === "closing" && piece[at] === CR) {
        this.#state = "returned";
        at++;
      } else if (piece[at] === LF) {
        at++;
        this.#endRecord(this.#base + at, found);
      } else if (piece[at] === COMMA && this.#state !== "returned") {
        this.#state = "cell start";
        this.#isInDoubt = ++this.#commas >= MAX_COLUMNS;
        at++;
      } else if (piece[at] === QUOTE && this.#state === "cell start") {
        this.#state = "quoted";
        at++;
      } else if (piece[at] === QUOTE || this.#state === "closing" || this.#state === "returned") {
        this.#isInDoubt = true;
      } else {
        this.#state = "unquoted";
        at = Math.min(find(QUOTE, at), find(COMMA, at), find(LF, at));
      }
    }
    this.#base += piece.length;
    if (this.#base - this.#start > this.#maxRecordBytes) this.#isInDoubt = true;
    return found;
  }

  /** Behind the last piece. @returns the record that ends with the file, if there is one */
  end(): RecordPlace[] {
    if (this.#state === "quoted" || this.#state === "returned") this.#isInDoubt = true;
    return this.#isInDoubt || this.#base === this.#content ? [] : [{ start: this.#start, end: this.#base }];
  }

  #endRecord(end: number, found: RecordPlace[]): void {
    const bytes = end - this.#content;
    const isBlank = bytes === 1 || (bytes === 2 && this.#first === CR);
    if (end - this.#start > this.#maxRecordBytes) {
      this.#isInDoubt = true; // quotation marks and line breaks do not count, so it may be short enough
      return;
    }
    if (!isBlank) {
      found.push({ start: this.#start, end });
      this.#start = end;
    }
    this.#content = end;
    this.#commas = 0;
    this.#state = "cell start";
  }
}
