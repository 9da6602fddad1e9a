import Type, { type Static } from "typebox";
import { MedembedError } from "../../errors.ts";
import { schemaFault } from "../../schema-fault.ts";

/** The request of `POST /score`: the "split" layout of pandas. Unknown keys are ignored everywhere. */
export const EnvelopeSchema = Type.Object({
  input_data: Type.Object({
    columns: Type.Array(Type.String(), { description: '"image" and "text" in any order, or one of them' }),
    index: Type.Optional(
      Type.Union([Type.Integer(), Type.Array(Type.Unknown()), Type.Null()], {
        description: "labels of the rows; they order nothing",
      }),
    ),
    data: Type.Array(Type.Union([Type.Array(Type.Unknown()), Type.Record(Type.String(), Type.Unknown())]), {
      description: "a row is a list in the order of the columns, or an object keyed by them",
    }),
  }),
  params: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])),
});

export type Envelope = Static<typeof EnvelopeSchema>;

/** @throws MedembedError "invalid-request" with the place of the first fault, never with what stands there */
export function checkEnvelope(value: unknown): asserts value is Envelope {
  const fault = schemaFault(EnvelopeSchema, value);
  if (fault) throw new MedembedError("invalid-request", `${fault.path.join(".") || "the body"} ${fault.reason}`);
}
