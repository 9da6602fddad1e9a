import { readFileSync } from "node:fs";
import type { TSchema } from "typebox";
import { type ErrorCode, MedembedError } from "../../errors.ts";
import { answerOf } from "../statuses.ts";
import type { Content, RouteDescription } from "./route-description.ts";

type Json = Readonly<Record<string, unknown>>;

const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));

const MEANINGS: Readonly<Record<number, string>> = {
  400: "The request makes no sense.",
  401: "There is no key, or a wrong one.",
  403: "The key is not good for this, or a server without keys was called by a foreign name.",
  404: "There is no such deployment or library.",
  408: "The work took longer than the time allowed.",
  413: "The body is larger than the server allows.",
  415: "The body is not declared as what it must be, or packed in an unknown way.",
  424: "An image or a text cannot be embedded.",
  429: "Too much is pending; come again.",
  500: "The server is at fault; try again.",
  503: "It cannot serve now; come again.",
};

const RETRY_AFTER = { "retry-after": "Seconds after which there may be room." };
const ERROR_HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { "www-authenticate": "Bearer." },
  424: {
    "ms-azureml-model-error-statuscode": "400.",
    "ms-azureml-model-error-reason": "The code, and the row.",
  },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

/** The OpenAPI 3.1 document of these routes: plain JSON, the same for every server of this version. */
export function openApiDocument(routes: readonly RouteDescription[]): Json {
  const components = new Components();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route, components) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "medembed",
      version,
      license: { name: "MIT", identifier: "MIT" },
      description: "Medical images and texts as vectors of one shared space. Research use only.",
    },
    servers: [{ url: "./", description: "this server" }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description:
            "A key of the server; without keys it serves loopback only, and answers 403 to calls by another name.",
        },
      },
    },
  };
}

function operation(route: RouteDescription, components: Components): Json {
  const { method, path, tag, summary, description, needsKey, requestHeaders = {}, query = {}, request, answer } = route;
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      in: "path",
      name,
      required: true,
      schema: { type: "string", examples: ["default"] },
    })),
    ...Object.entries(query).map(([name, schema]) => ({ in: "query", name, schema: components.use(schema) })),
    ...Object.entries(requestHeaders).map(([name, schema]) => ({ in: "header", name, schema: components.use(schema) })),
  ];
  return {
    operationId: `${method}${path.replace(/\W+(\w?)/g, (_, first: string) => first.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: needsKey ? [{ key: [] }, {}] : [],
    ...(parameters.length > 0 && { parameters }),
    ...(request && {
      requestBody: {
        required: true,
        ...(request.description && { description: request.description }),
        content: bodies(request.content, components),
      },
    }),
    responses: {
      [answer.status ?? 200]: {
        description: answer.description,
        headers: headers({ ...answer.headers }),
        content: bodies(answer.content, components),
      },
      ...errorResponses(route, components),
    },
  };
}

function errorResponses({ errors, errorBody }: RouteDescription, components: Components): Json {
  const answers = [...errors.map((code: ErrorCode) => answerOf(new MedembedError(code, ""))), answerOf(new Error())];
  const statuses = [...new Set(answers.map(({ status }) => status))].sort();
  const responseOf = (found: number) => {
    const codes = answers
      .filter(({ status }) => status === found)
      .flatMap(({ body }) => (errorBody.form(found, body) as { error: { code?: string } }).error.code ?? []);
    return {
      description: [MEANINGS[found], [...new Set(codes)].map((code) => `\`${code}\``).join(", ")].join(" ").trim(),
      headers: headers({ ...ERROR_HEADERS[found] }),
      content: bodies({ "application/json": errorBody }, components),
    };
  };
  return Object.fromEntries(statuses.map((status) => [status, responseOf(status)]));
}

function bodies(content: Content, components: Components): Json {
  const described = Object.entries(content).map(([mediaType, { schema, examples }]) => [
    mediaType,
    { schema: components.use(schema), ...(examples && { examples }) },
  ]);
  return Object.fromEntries(described);
}

function headers(described: Readonly<Record<string, string>>): Json {
  const all = { "x-request-id": "The server's own number of the request, as its log has it.", ...described };
  return Object.fromEntries(
    Object.entries(all).map(([name, description]) => [name, { description, schema: { type: "string" } }]),
  );
}

/** Schemas with a title stand once in the document and are referred to by it. */
class Components {
  readonly schemas: Record<string, unknown> = {};
  readonly #known = new Map<string, TSchema>();

  /** @returns the schema as plain JSON, or a reference to it @throws Error for two schemas of one title */
  use(schema: TSchema): unknown {
    const { title } = schema as { title?: unknown };
    if (typeof title !== "string") return this.#plain(schema);
    const known = this.#known.get(title);
    if (known !== undefined && known !== schema) throw new Error(`two schemas have the title ${title}`);
    if (known === undefined) {
      this.#known.set(title, schema);
      this.schemas[title] = this.#plain(schema);
    }
    return { $ref: `#/components/schemas/${title}` };
  }

  /** What stands in it may have a title, too. */
  #plain(schema: object): unknown {
    const part = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(part);
      return typeof value === "object" && value !== null ? this.use(value as TSchema) : value;
    };
    return Array.isArray(schema)
      ? schema.map(part)
      : Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, part(value)]));
  }
}
