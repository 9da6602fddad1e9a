/** What was found out about a picture that is no record, or why it cannot be read. */
export type Outcome<Found> = { readonly found: Found } | { readonly refused: string };

/** A picture of a call in which each fails alone. */
export interface Refusal {
  readonly error: { readonly message: string };
}
