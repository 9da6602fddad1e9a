import type { TSchema } from "typebox";
import type { ErrorCode } from "../../errors.ts";
import type { ErrorForm } from "../statuses.ts";

/** What the document says of one path and method. A schema with a title becomes a component of that name. */
export interface RouteDescription {
  readonly method: "get" | "post" | "delete";
  /** As OpenAPI has it, e.g. "/v2/models/{model}/infer"; the parameters in it are strings. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly needsKey: boolean;
  /** Headers of the request, by name. */
  readonly requestHeaders?: Readonly<Record<string, TSchema>>;
  /** Parameters behind the path, by name. */
  readonly query?: Readonly<Record<string, TSchema>>;
  readonly request?: { readonly description?: string; readonly content: Content };
  readonly answer: {
    /** Default: 200. */
    readonly status?: number;
    readonly description: string;
    /** By name, beside `x-request-id`. */
    readonly headers?: Readonly<Record<string, string>>;
    readonly content: Content;
  };
  /** Every way in which it refuses; 500 goes without saying. */
  readonly errors: readonly ErrorCode[];
  readonly errorBody: { readonly schema: TSchema; readonly form: ErrorForm };
}

/** By media type. */
export type Content = Readonly<Record<string, Body>>;

interface Body {
  readonly schema: TSchema;
  /** By name; of a request each can be sent as it is. */
  readonly examples?: Readonly<Record<string, Example>>;
}

interface Example {
  readonly summary: string;
  readonly value: unknown;
}
