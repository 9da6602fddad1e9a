import { type ErrorCode, MedembedError } from "../../errors.ts";

/** What is wrong with one row; plain, so that it crosses the border between threads. */
export interface RowFault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly column?: "image" | "text";
}

/** A row that makes the whole call fail. */
export class RowError extends MedembedError {
  /** 0-based. */
  readonly row: number;
  readonly column: RowFault["column"];

  constructor(row: number, { code, message, column }: RowFault) {
    super(code, message);
    this.row = row;
    this.column = column;
  }
}
