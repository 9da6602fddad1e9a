import Type from "typebox";

/** `ErrorBody` as a schema: of every answer that is no success, and of a bad row where they are tolerated. */
export const ErrorSchema = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: "for programs, e.g. image_undecodable" }),
      message: Type.String({ description: "for people; quotes nothing of what was sent" }),
      row: Type.Optional(Type.Integer({ minimum: 0, description: "0-based" })),
      column: Type.Optional(Type.Enum(["image", "text"])),
    }),
  },
  { title: "Error" },
);

/** As most paths word it. */
export const ERROR_BODY = { schema: ErrorSchema, form: (_status: number, body: unknown) => body };
